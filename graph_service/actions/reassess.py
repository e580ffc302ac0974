"""Reassess: when a record is taken away, those that leaned on it are assessed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from graph_service.actions.desk import Desk
from graph_service.errors import FanOutExceeded
from graph_service.lookups.book import book_of
from graph_service.lookups.proposal import assessed, check_reach, validity_over
from graph_service.model.actors import Automaton
from graph_service.model.journal import Entry, EntryKind, Value
from graph_service.model.records import FINAL_STATES, Record, RecordState
from graph_service.scoring.assess import looks_back


class Stepping(Protocol):
    """How a step is written, with all that follows from it."""

    def __call__(
        self,
        desk: Desk,
        id_: str,
        kind: EntryKind,
        actor: str,
        *,
        asked: Mapping[str, Value],
        before: Record,
        after: Record,
        on: date,
    ) -> Entry:
        """Write it."""
        ...


def reassess(desk: Desk, gone: Record, step: Stepping, *, asked_for: bool) -> None:
    """Assess again, by their own edition and in order of approval, the later records that one that is gone could sway.

    Those are the records of its subject under a rule that counts it, and those under a rule that counts one of these
    whose assessment changed, in turn. Their points change from today on; what they were before stays as it was.

    Args:
        desk: To write on.
        gone: The record that was taken away.
        step: How a step is written.
        asked_for: Whether somebody asked for it to be taken away, who can be refused. Where the day itself took it
            away, nobody can: a record that would then reach too many stays assessed as it was.

    Raises:
        FanOutExceeded: A record would come to points that reach more subjects than a route allows.
    """
    swayed = {gone.rule}
    for known in _approved_after(desk, gone):
        # Read one by one: what is assessed again may have brought about more.
        record = desk.page.records_of([known])[known]
        scheme, _ = book_of(desk.page, record)
        rules = [scheme.rules[code] for code in record.rules_filed]
        if record.state in FINAL_STATES or not any(rule.code in swayed and looks_back(rule) for rule in rules):
            continue
        after = assessed(desk.page, scheme, record)
        # What follows another record ends with that one, and by no validity of its own.
        if (record.state is RecordState.IN_FORCE or record.valid_until is not None) and record.follows is None:
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
        asked = {"record": record.id, "gone": gone.id}
        id_ = f"record/{record.id}/reassessed/{desk.page.head().seq + 1}"
        kind = EntryKind.RECORD_REASSESSED
        step(desk, id_, kind, Automaton.TICK, asked=asked, before=record, after=after, on=desk.today)
        _expire(desk, after, step)


def _approved_after(desk: Desk, gone: Record) -> list[str]:
    """List what still may change of the subject's records in the scheme, in order of approval."""
    later = (
        record
        for record in desk.page.records_about([gone.subject]).get(gone.subject, ())
        if record.scheme == gone.scheme
        and record.state not in FINAL_STATES
        and record.approved_on is not None
        and record.approval > gone.approval
    )
    return [record.id for record in sorted(later, key=lambda record: record.approval)]


def _expire(desk: Desk, record: Record, step: Stepping) -> None:
    """End a record today that would have ended before, had it always been assessed so: what it gave stays as it was."""
    if record.state is not RecordState.IN_FORCE or record.valid_until is None or record.valid_until > desk.today:
        return
    id_ = f"record/{record.id}/{EntryKind.RECORD_EXPIRED}/{desk.page.head().seq + 1}"
    asked = {"record": record.id, "on": desk.today.isoformat()}
    expired = replace(record, state=RecordState.EXPIRED)
    step(desk, id_, EntryKind.RECORD_EXPIRED, Automaton.TICK, asked=asked, before=record, after=expired, on=desk.today)
