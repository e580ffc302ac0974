"""Settle records: work off what has fallen due for them, up to today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from graph_service.actions.derive import step
from graph_service.actions.desk import Desk
from graph_service.actions.force import entering_force
from graph_service.model.actors import Automaton
from graph_service.model.journal import EntryKind
from graph_service.model.records import Record, RecordState


def settle(desk: Desk, record: Record) -> None:
    """Take the steps that have fallen due for a record, in their order, each on its own day."""
    while True:
        settled = next_step(desk, record)
        if settled is None:
            return
        kind, on, after = settled
        asked = {"record": record.id, "on": on.isoformat()}
        id_ = f"record/{record.id}/{kind}/{desk.page.head().seq + 1}"
        step(desk, id_, kind, Automaton.TICK, asked=asked, before=record, after=after, on=on)
        record = after


def next_step(desk: Desk, record: Record) -> tuple[EntryKind, date, Record] | None:
    """Give the step that has fallen due for a record, the day on which it did, and the record after it."""
    match record.state:
        case RecordState.APPROVED if _due(record.force_on, desk):
            assert record.force_on is not None
            return EntryKind.RECORD_ENTERED_FORCE, record.force_on, entering_force(desk, record)
        case RecordState.IN_FORCE if _due(record.valid_until, desk):
            assert record.valid_until is not None
            # Nothing ends before it began: what was approved after its validity counts on no day.
            on = max(record.valid_until, record.force_on or record.valid_until)
            return EntryKind.RECORD_EXPIRED, on, replace(record, state=RecordState.EXPIRED)
        case RecordState.CONTESTED if _due(record.lapses_on, desk):
            assert record.lapses_on is not None
            revoked = replace(record, state=RecordState.REVOKED, lapses_on=None, decide_by=None)
            return EntryKind.RECORD_REVOKED, record.lapses_on, revoked
        case _:
            return None


def _due(on: date | None, desk: Desk) -> bool:
    return on is not None and on <= desk.today
