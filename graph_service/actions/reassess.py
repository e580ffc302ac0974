"""Reassess: when a record is taken away, those that leaned on it are assessed again."""

from __future__ import annotations

from dataclasses import replace

from graph_service.actions.desk import Desk
from graph_service.lookups.book import book_of
from graph_service.lookups.proposal import assessed, validity_over
from graph_service.model.journal import EntryKind
from graph_service.model.records import FINAL_STATES, Record, RecordState
from graph_service.projection.codec import changes


def reassess(desk: Desk, gone: Record) -> None:
    """Assess again, by their own edition and in order of approval, the records whose reasons count one that is gone.

    Their points change from today on; what they were before stays as it was.
    """
    leaning = [
        record
        for record in desk.page.records_about([gone.subject]).get(gone.subject, ())
        if record.state not in FINAL_STATES
        and record.approved_on is not None
        and any(gone.id in reason.records for reason in record.reasons)
    ]
    for record in sorted(leaning, key=lambda record: record.approval):
        _, rule = book_of(desk.page, record)
        after = assessed(desk.page, rule, record)
        if record.state is RecordState.IN_FORCE or record.valid_until is not None:
            after = replace(after, valid_until=validity_over(desk.page, after))
        if after == record:
            continue
        outcome = {
            "record": record.id,
            "on": desk.today.isoformat(),
            "changes": changes(record, after),
        }
        asked = {"record": record.id, "gone": gone.id}
        desk.write(
            f"record/{record.id}/reassessed/{desk.page.head().seq + 1}",
            EntryKind.RECORD_REASSESSED,
            "tick",
            asked,
            outcome,
        )
        _expire(desk, after)


def _expire(desk: Desk, record: Record) -> None:
    """End a record today that would have ended before, had it always been assessed so: what it gave stays as it was."""
    if record.state is not RecordState.IN_FORCE or record.valid_until is None or record.valid_until > desk.today:
        return
    on = desk.today.isoformat()
    outcome = {"record": record.id, "on": on, "changes": changes(record, replace(record, state=RecordState.EXPIRED))}
    desk.write(
        f"record/{record.id}/{EntryKind.RECORD_EXPIRED}/{desk.page.head().seq + 1}",
        EntryKind.RECORD_EXPIRED,
        "tick",
        {"record": record.id, "on": on},
        outcome,
    )
