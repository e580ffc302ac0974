"""Reassess: when a record is taken away, those that leaned on it are assessed again."""

from __future__ import annotations

from graph_service.actions.desk import Desk
from graph_service.errors import FanOutExceeded
from graph_service.lookups.book import book_of
from graph_service.lookups.proposal import approvals, assessed, check_reach
from graph_service.model.actors import Automaton
from graph_service.model.journal import EntryKind
from graph_service.model.records import FINAL_STATES, Record
from graph_service.projection.codec import changes


def reassess(desk: Desk, gone: Record, *, asked_for: bool = True) -> None:
    """Assess again, by their own edition and in order of approval, the records whose reasons count one that is gone.

    Their points change from today on; what they were before stays as it was.

    Args:
        desk: To write on.
        gone: The record that was taken away.
        asked_for: Whether somebody asked for it to be taken away, who can be refused. Where the day itself took it
            away, nobody can: a record that would then reach too many stays assessed as it was.

    Raises:
        FanOutExceeded: A record would come to points that reach more subjects than a route allows.
    """
    leaning = [
        record
        for record in desk.page.records_about([gone.subject]).get(gone.subject, ())
        if record.state not in FINAL_STATES
        and record.approved_on is not None
        and any(gone.id in reason.records for reason in record.reasons)
    ]
    approved = approvals(desk.page, [record.id for record in leaning])
    for record in sorted(leaning, key=lambda record: approved[record.id]):
        scheme, rule = book_of(desk.page, record)
        after = assessed(desk.page, rule, record)
        if after == record:
            continue
        try:
            check_reach(desk.page, scheme, after, desk.today)
        except FanOutExceeded:
            if asked_for:
                raise
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
            Automaton.TICK,
            asked,
            outcome,
        )
