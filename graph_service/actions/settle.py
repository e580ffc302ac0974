"""Settle records: work off what has fallen due for them, up to today."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from graph_service.actions.derive import take
from graph_service.actions.desk import Desk
from graph_service.actions.steps import automatic, entering_force, revoked
from graph_service.model.journal import EntryKind
from graph_service.model.records import Record, RecordState
from graph_service.ports.store import Reading


def settle(desk: Desk, record: Record) -> None:
    """Take the steps that have fallen due for a record, in their order, each on its own day."""
    while (due := next_step(desk.page, record, desk.today)) is not None:
        kind, on, after = due
        take(desk, automatic(desk, kind, record, after, on))
        record = after


def next_step(reading: Reading, record: Record, today: date) -> tuple[EntryKind, date, Record] | None:
    """Give the step that has fallen due for a record up to a day, the day on which it did, and the record after it."""
    due_on = record.due_on
    if due_on is None or due_on > today:
        return None
    match record.state:
        case RecordState.APPROVED:
            return EntryKind.RECORD_ENTERED_FORCE, due_on, entering_force(reading, record)
        case RecordState.IN_FORCE:
            # Nothing ends before it began: what was approved after its validity counts on no day.
            on = max(due_on, record.force_on or due_on)
            return EntryKind.RECORD_EXPIRED, on, replace(record, state=RecordState.EXPIRED)
        case _:
            # Contested, and not decided in time.
            return EntryKind.RECORD_REVOKED, due_on, revoked(record)
