"""Reassess: when a record is taken away, those that leaned on it are assessed again."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from graph_service.actions.desk import Desk
from graph_service.actions.steps import Step, automatic
from graph_service.errors import FanOutExceeded
from graph_service.lookups.book import book_of
from graph_service.lookups.proposal import assessed, check_reach, validity_over
from graph_service.model.journal import EntryKind
from graph_service.model.records import FINAL_STATES, Record, RecordState
from graph_service.scoring.assess import looks_back


def reassessments(desk: Desk, gone: Record, *, asked_for: bool) -> Iterator[Step]:
    """Assess again, by their own edition and in order of approval, the later records that one that is gone could sway.

    Those are the records of its subject under a rule that counts it, and those under a rule that counts one of these
    whose assessment changed, in turn. Their points change from today on; what they were before stays as it was. Each
    step has to be taken before the next is asked for, which looks at what it brought about.

    Args:
        desk: To read from.
        gone: The record that was taken away.
        asked_for: Whether somebody asked for it to be taken away, who can be refused. Where the day itself took it
            away, nobody can: a record that would then reach too many stays assessed as it was.

    Raises:
        FanOutExceeded: A record would come to points that reach more subjects than a route allows.
    """
    swayed = {gone.rule}
    for id_ in _approved_after(desk, gone):
        # Read one by one: what is assessed again may have brought about more.
        record = desk.page.records_of([id_])[id_]
        after = _assessed_again(desk, record, swayed)
        if after is None or not _within_reach(desk, after, asked_for=asked_for):
            continue
        swayed |= {record.rule, after.rule}
        why = {"gone": gone.id}
        yield automatic(desk, EntryKind.RECORD_REASSESSED, record, after, desk.today, because_of=why)
        if after.state is RecordState.IN_FORCE and after.valid_until is not None and after.valid_until <= desk.today:
            # It would have ended before, had it always been assessed so. What it gave until today stays as it was.
            expired = replace(after, state=RecordState.EXPIRED)
            yield automatic(desk, EntryKind.RECORD_EXPIRED, after, expired, desk.today)


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


def _assessed_again(desk: Desk, record: Record, swayed: set[str]) -> Record | None:
    """Give a record as it is assessed now; None where no rule that was swayed bears on it, or all stays as it was."""
    scheme, _ = book_of(desk.page, record)
    rules = [scheme.rules[code] for code in record.rules_filed]
    if record.state in FINAL_STATES or not any(rule.code in swayed and looks_back(rule) for rule in rules):
        return None
    after = assessed(desk.page, scheme, record)
    # What follows another record ends with that one, and by no validity of its own.
    if (record.state is RecordState.IN_FORCE or record.valid_until is not None) and record.follows is None:
        after = replace(after, valid_until=validity_over(desk.page, after))
    return None if after == record else after


def _within_reach(desk: Desk, record: Record, *, asked_for: bool) -> bool:
    scheme, _ = book_of(desk.page, record)
    try:
        check_reach(desk.page, scheme, record, desk.today)
    except FanOutExceeded:
        if asked_for:
            raise
        return False
    return True
