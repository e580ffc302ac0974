"""Ties: `id, kind, source, target, since, until?` and the attributes of their kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from graph_service.actions.connect import connect, disconnect, void_tie
from graph_service.actions.desk import Desk
from graph_service.model.journal import Entry
from loaders.cells import Cells
from loaders.freight import COLUMNS, Freight
from loaders.item import Signatures

_OWN = frozenset(COLUMNS[Freight.TIES].known)


@dataclass(frozen=True, slots=True, kw_only=True)
class TieItem:
    """A tie to open."""

    id: str
    kind: str
    source: str
    target: str
    since: date
    until: date | None
    attributes: Mapping[str, str]

    def enter(self, desk: Desk, by: Signatures, origin: str) -> Entry:
        """Open the tie; files may state earlier days."""
        return connect(
            desk,
            tie=self.id,
            kind=self.kind,
            source=self.source,
            target=self.target,
            actor=by.filer,
            since=self.since,
            until=self.until,
            attributes=self.attributes,
            origin=origin,
            history=True,
        )


#: Why a tie is voided that a roster takes back on the day on which it was entered.
CORRECTED = "名册更正 (corrected by the roster)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TieEndItem:
    """A tie to end, because a roster says something else."""

    tie: str
    kind: str
    until: date
    #: It would begin no sooner than it ends: it was entered in error today, and never held.
    void: bool = False

    @property
    def id(self) -> str:
        """An id of its own beside that of the tie."""
        return f"{self.tie}/ended"

    def enter(self, desk: Desk, by: Signatures, origin: str) -> Entry:  # noqa: ARG002 - ends keep no origin
        """End the tie, or void it."""
        if self.void:
            return void_tie(desk, tie=self.tie, actor=by.filer, reason=CORRECTED)
        return disconnect(desk, tie=self.tie, actor=by.filer, until=self.until, history=True)


def read(cells: Cells) -> TieItem:
    """Read a row."""
    return TieItem(
        id=cells.needed("id"),
        kind=cells.needed("kind"),
        source=cells.needed_id("source"),
        target=cells.needed_id("target"),
        since=cells.needed_day("since"),
        until=cells.day("until"),
        attributes=_attributes(cells),
    )


def _attributes(cells: Cells) -> dict[str, str]:
    """Take what stands in further columns as it is: the tie's kind says how it is read."""
    texts = {column: cells.text(column) for column in cells.columns() if column not in _OWN}
    return {column: text for column, text in texts.items() if text is not None}
