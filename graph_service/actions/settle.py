"""Settle records: work off what has fallen due for them, up to today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from graph_service.actions.desk import Desk
from graph_service.actions.reassess import reassess
from graph_service.lookups.book import book_of
from graph_service.model.actors import Automaton
from graph_service.model.journal import EntryKind
from graph_service.model.records import Record, RecordState
from graph_service.policy.periods import period_of
from graph_service.policy.schemes import Scheme, Validity, ValidityUnit
from graph_service.projection.codec import changes


def settle(desk: Desk, record: Record) -> None:
    """Take the steps that have fallen due for a record, in their order, each on its own day."""
    while True:
        settled = _next(desk, record)
        if settled is None:
            return
        kind, on, after = settled
        outcome = {"record": record.id, "on": on.isoformat(), "changes": changes(record, after)}
        asked = {"record": record.id, "on": on.isoformat()}
        desk.write(f"record/{record.id}/{kind}/{desk.page.head().seq + 1}", kind, Automaton.TICK, asked, outcome)
        if after.state is RecordState.REVOKED:
            reassess(desk, after, asked_for=False)
        record = after


def _next(desk: Desk, record: Record) -> tuple[EntryKind, date, Record] | None:
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


def entering_force(desk: Desk, record: Record) -> Record:
    """Give the record as it is from the day it enters force: its validity is known from here on."""
    if record.valid_until is not None or record.force_on is None:
        return replace(record, state=RecordState.IN_FORCE)
    scheme, rule = book_of(desk.page, record)
    until = valid_until(rule.valid, scheme, record.happened_on, record.force_on)
    return replace(record, state=RecordState.IN_FORCE, valid_until=until)


def valid_until(validity: Validity, scheme: Scheme, happened_on: date, force_on: date) -> date | None:
    """Give the first day on which a record no longer counts; None where it counts until it is corrected.

    Days, months and years run from the behaviour, so that late entry never makes a record last longer; a period is the
    one in which the record first enters force.
    """
    match validity.unit:
        case ValidityUnit.UNTIL_CORRECTED:
            return None
        case ValidityUnit.PERIOD:
            return period_of(scheme.period, force_on)[1]
        case ValidityUnit.DAYS:
            return happened_on + timedelta(days=validity.count)
        case ValidityUnit.MONTHS:
            return months_after(happened_on, validity.count)
        case ValidityUnit.YEARS:
            return months_after(happened_on, 12 * validity.count)


def months_after(day: date, months: int) -> date:
    """Give the same day some months later, or the first of the month after where there is no such day.

    >>> months_after(date(2026, 1, 31), 1)
    datetime.date(2026, 3, 1)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        year, month = divmod(year * 12 + month + 1, 12)
        return date(year, month + 1, 1)
