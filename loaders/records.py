"""Records: `id, subject, scheme, rule, happened_on`.

And `matching?, quantity?, points?, approved_on?, note?, filer?, approver?, bridge?, replaces?`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from graph_service.actions import decide
from graph_service.actions.bridges import restate
from graph_service.actions.desk import Desk
from graph_service.actions.file_record import file_record
from graph_service.errors import RuleDerived
from graph_service.lookups.book import edition_of, rule_of, scheme_of
from graph_service.model.journal import Entry
from graph_service.model.records import Origin
from graph_service.model.subjects import checked_id
from loaders.cells import Cells
from loaders.item import Signatures
from loaders.refusals import ApproverUnneeded, BridgeUnfit


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordItem:
    """A record to file and, where it was approved elsewhere, to approve."""

    id: str
    subject: str
    scheme: str
    rule: str
    #: Further rules that the same act matches.
    matching: tuple[str, ...]
    happened_on: date
    #: Both in millionths.
    quantity: int | None
    points: int | None
    approved_on: date | None
    note: str | None
    filer: str | None
    approver: str | None
    #: Where a bridge filed it by the grade at the end of a period: the bridge, and the last day of the period.
    bridge: Origin | None = None
    #: The record that was repaired, where this is the lighter one in its place.
    replaces: str | None = None

    @property
    def kind(self) -> str:
        """The rule."""
        return self.rule

    def enter(self, desk: Desk, by: Signatures, origin: str) -> Entry:  # noqa: ARG002 - records keep no origin
        """File the record and approve it as of the day on which it was."""
        if self.bridge is not None:
            on = self.approved_on or self.happened_on
            return restate(desk, subject=self.subject, scheme=self.scheme, rule=self.rule, origin=self.bridge, on=on)
        if self.replaces is not None:
            checked_id(self.replaces, "replaces")
            self._refuse_unless_lighter(desk)
        entry = file_record(
            desk,
            record=self.id,
            subject=self.subject,
            scheme=self.scheme,
            rule=self.rule,
            matching=self.matching,
            happened_on=self.happened_on,
            filer=self.filer or by.filer,
            quantity=self.quantity,
            points=self.points,
            note=self.note,
            replaces=self.replaces,
        )
        if self.approved_on is None:
            return entry
        return decide.approve(desk, record=self.id, approver=self.approver or by.approver, history_on=self.approved_on)

    def _refuse_unless_lighter(self, desk: Desk) -> None:
        """Nobody files by a derived rule in the name of a repair that does not file by it.

        Raises:
            RuleDerived: It does not.
            PolicyMissing, SchemeUnknown, RuleUnknown: There is none on the day.
        """
        scheme = scheme_of(edition_of(desk.page, self.happened_on), self.scheme, self.happened_on)
        lighter = {rule.repair.replaced_by for rule in scheme.rules.values() if rule.repair is not None}
        if rule_of(scheme, self.rule, self.happened_on).derived and self.rule not in lighter:
            raise RuleDerived(scheme=self.scheme, rule=self.rule, field="rule")


def read(cells: Cells) -> RecordItem:
    """Read a row."""
    if "approver" in cells.columns() and "approved_on" not in cells.columns():
        cells.fault("approver", ApproverUnneeded())
    return RecordItem(
        id=cells.needed("id"),
        subject=cells.needed_id("subject"),
        scheme=cells.needed("scheme"),
        rule=cells.needed("rule"),
        matching=tuple((cells.text("matching") or "").split()),
        happened_on=cells.needed_day("happened_on"),
        quantity=cells.millionths("quantity"),
        points=cells.millionths("points"),
        approved_on=cells.day("approved_on"),
        note=cells.note("note"),
        filer=cells.person("filer"),
        approver=cells.person("approver"),
        bridge=_bridge(cells),
        replaces=cells.text("replaces"),
    )


#: How the column `bridge` is written: the scheme and the code of the bridge, and the last day of the period.
_BRIDGE = re.compile(r"([a-z0-9-]+)/([a-z0-9-]+)/(\d{4}-\d\d-\d\d)", re.ASCII)


def _bridge(cells: Cells) -> Origin | None:
    written = cells.text("bridge")
    if written is None:
        return None
    found = _BRIDGE.fullmatch(written)
    try:
        if found is not None:
            return Origin(scheme=found[1], bridge=found[2], period_end=date.fromisoformat(found[3]))
    except ValueError:
        pass
    cells.fault("bridge", BridgeUnfit(value=written[:80]))
    return None
