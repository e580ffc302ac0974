"""Reassess: when a record is taken away, those that leaned on it are assessed again."""

from __future__ import annotations

from dataclasses import replace

from graph_service.actions.desk import Desk
from graph_service.errors import FanOutExceeded
from graph_service.lookups.book import book_of
from graph_service.lookups.proposal import assessed, check_reach, validity_over
from graph_service.model.actors import Automaton
from graph_service.model.journal import EntryKind
from graph_service.model.records import FINAL_STATES, Record, RecordState
from graph_service.projection.codec import changes
from graph_service.scoring.assess import looks_back


def reassess(desk: Desk, gone: Record, *, asked_for: bool = True) -> None:
    """Assess again, by their own edition and in order of approval, the later records that one that is gone could sway.

    Those are the records of its subject under a rule that counts it, and those under a rule that counts one of these
    whose assessment changed, in turn. Their points change from today on; what they were before stays as it was.

    Args:
        desk: To write on.
        gone: The record that was taken away.
        asked_for: Whether somebody asked for it to be taken away, who can be refused. Where the day itself took it
            away, nobody can: a record that would then reach too many stays assessed as it was.

    Raises:
        FanOutExceeded: A record would come to points that reach more subjects than a route allows.
    """
    swayed = {gone.rule}
    for record in _approved_after(desk, gone):
        scheme, _ = book_of(desk.page, record)
        rules = [scheme.rules[code] for code in record.rules_filed]
        if not any(rule.code in swayed and looks_back(rule) for rule in rules):
            continue
        after = assessed(desk.page, scheme, record)
        if record.state is RecordState.IN_FORCE or record.valid_until is not None:
            after = replace(after, valid_until=validity_over(desk.page, after))
        if after == record:
            continue
        try:
            check_reach(desk.page, scheme, after, desk.today)
        except FanOutExceeded:
            if asked_for:
                raise
            continue
        swayed |= {record.rule, after.rule}
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
        _expire(desk, after)


def _approved_after(desk: Desk, gone: Record) -> list[Record]:
    """List what still may change of the subject's records in the scheme, in order of approval."""
    later = (
        record
        for record in desk.page.records_about([gone.subject]).get(gone.subject, ())
        if record.scheme == gone.scheme
        and record.state not in FINAL_STATES
        and record.approved_on is not None
        and record.approval > gone.approval
    )
    return sorted(later, key=lambda record: record.approval)


def _expire(desk: Desk, record: Record) -> None:
    """End a record today that would have ended before, had it always been assessed so: what it gave stays as it was."""
    if record.state is not RecordState.IN_FORCE or record.valid_until is None or record.valid_until > desk.today:
        return
    on = desk.today.isoformat()
    outcome = {"record": record.id, "on": on, "changes": changes(record, replace(record, state=RecordState.EXPIRED))}
    desk.write(
        f"record/{record.id}/{EntryKind.RECORD_EXPIRED}/{desk.page.head().seq + 1}",
        EntryKind.RECORD_EXPIRED,
        Automaton.TICK,
        {"record": record.id, "on": on},
        outcome,
    )
