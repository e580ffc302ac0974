"""Consents: `id, subject, guardian?, purpose, since, until?`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graph_service.actions.consent import give_consent
from graph_service.actions.desk import Desk
from graph_service.model.journal import Entry
from loaders.cells import Cells
from loaders.item import Signatures


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentItem:
    """A consent to enter."""

    id: str
    subject: str
    guardian: str | None
    purpose: str
    since: date
    until: date | None

    @property
    def kind(self) -> str:
        """The purpose."""
        return self.purpose

    def enter(self, desk: Desk, by: Signatures, origin: str) -> Entry:  # noqa: ARG002 - consents keep no origin
        """Enter the consent; files may state earlier days."""
        return give_consent(
            desk,
            consent=self.id,
            subject=self.subject,
            guardian=self.guardian,
            purpose=self.purpose,
            actor=by.filer,
            since=self.since,
            until=self.until,
            history=True,
        )


def read(cells: Cells) -> ConsentItem:
    """Read a row."""
    return ConsentItem(
        id=cells.needed("id"),
        subject=cells.needed_id("subject"),
        guardian=cells.id("guardian"),
        purpose=cells.needed("purpose"),
        since=cells.needed_day("since"),
        until=cells.day("until"),
    )
