"""Subjects: `id, kind, name, born_on?, since?` and external identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from graph_service.actions.desk import Desk
from graph_service.actions.enrol import enrol
from graph_service.model.journal import Entry
from loaders.cells import Cells
from loaders.freight import EXTERNAL
from loaders.item import Signatures
from loaders.refusals import ExternalSchemeUnfit

_SCHEME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectItem:
    """A subject to enrol."""

    id: str
    kind: str
    name: str | None
    born_on: date | None
    since: date | None
    external_ids: Mapping[str, str]

    def enter(self, desk: Desk, by: Signatures, origin: str) -> Entry:  # noqa: ARG002 - subjects keep no origin
        """Enrol the subject."""
        return enrol(
            desk,
            subject=self.id,
            kind=self.kind,
            actor=by.filer,
            name=self.name,
            born_on=self.born_on,
            identifiers=self.external_ids,
            since=self.since,
        )


def read(cells: Cells) -> SubjectItem:
    """Read a row."""
    return SubjectItem(
        id=cells.needed("id"),
        kind=cells.needed("kind"),
        name=cells.text("name"),
        born_on=cells.day("born_on"),
        since=cells.day("since"),
        external_ids=_external_ids(cells),
    )


def _external_ids(cells: Cells) -> dict[str, str]:
    read_ids = {}
    for column in cells.columns():
        if column.startswith(EXTERNAL):
            scheme = column.removeprefix(EXTERNAL)
            value = cells.text(column)
            if not _SCHEME.fullmatch(scheme):
                cells.fault(column, ExternalSchemeUnfit(value=scheme or '""'))
            elif value is not None:
                read_ids[scheme] = value
    return read_ids
