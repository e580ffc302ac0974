"""The tables of a snapshot: their columns and types, and a store's values as rows of them.

Days are counted from 1970-01-01, open ends and positions that never came are as in the embedded store, points are in
millionths: the printed share relation reads a snapshot exactly as it reads a store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from graph_service.lookups.listing import every
from graph_service.model.consents import Consent, Waiver
from graph_service.model.days import EVER, FOREVER, day_number, end_number
from graph_service.model.journal import canonical
from graph_service.model.records import LATEST, Force, Record
from graph_service.model.standing import Balance
from graph_service.model.subjects import AgeChange, Subject
from graph_service.model.ties import Tie
from graph_service.ports.store import Reading
from graph_service.scoring.sharing import Carriage, carriages

Cell = str | int | None
Cells = tuple[Cell, ...]

_TEXT, _NUMBER, _SMALL = "VARCHAR", "BIGINT", "INTEGER"
_SPAN = {"since": _SMALL, "until": _SMALL, "seq": _NUMBER, "voided_on": _SMALL, "voided_seq": _NUMBER}
_ACTED = {"subject": _TEXT, "scheme": _TEXT, "rule": _TEXT, "edition": _SMALL, "happened_on": _SMALL, "points": _NUMBER}

#: The type of every column of every table, in order.
TABLES: Mapping[str, Mapping[str, str]] = {
    "subject": {"id": _TEXT, "kind": _TEXT, "since": _SMALL, "until": _SMALL, "seq": _NUMBER},
    "age": {"subject": _TEXT, "age_class": _TEXT, "since": _SMALL, "seq": _NUMBER},
    "tie": {
        "id": _TEXT,
        "kind": _TEXT,
        "source": _TEXT,
        "target": _TEXT,
        "source_kind": _TEXT,
        "target_kind": _TEXT,
        "attributes": _TEXT,
        **_SPAN,
    },
    "consent": {"id": _TEXT, "subject": _TEXT, "guardian": _TEXT, "purpose": _TEXT, **_SPAN},
    "waiver": {"id": _TEXT, "member": _TEXT, "granted_to": _TEXT, **_SPAN},
    "carriage": {
        "edition": _SMALL,
        "scheme": _TEXT,
        "rule": _TEXT,
        "sign": _SMALL,
        "pattern": _TEXT,
        "route": _TEXT,
        "place": _SMALL,
        "percent": _SMALL,
        "fixed": _NUMBER,
        "at_most": _NUMBER,
    },
    "force": {
        "record": _TEXT,
        **_ACTED,
        "sign": _SMALL,
        "grade": _TEXT,
        "opened_on": _SMALL,
        "opened_seq": _NUMBER,
        "closed_on": _SMALL,
        "closed_seq": _NUMBER,
    },
    "record": {
        "id": _TEXT,
        **_ACTED,
        "asked_rules": _TEXT,
        "quantity": _NUMBER,
        "asked_points": _NUMBER,
        "grade": _TEXT,
        "state": _TEXT,
        "valid_until": _TEXT,
        "approved_on": _TEXT,
        "approved_seq": _NUMBER,
        "seq": _NUMBER,
    },
}

#: The columns of a scheme's kept balances.
KEPT: Mapping[str, str] = {
    "subject": _TEXT,
    "route": _TEXT,
    "sign": _SMALL,
    "period": _SMALL,
    "amount": _NUMBER,
    "shares": _NUMBER,
}


def _span(held: Tie | Consent | Waiver) -> Cells:
    return (
        day_number(held.since),
        end_number(held.until),
        held.seq,
        end_number(held.voided_on),
        LATEST if held.voided_seq is None else held.voided_seq,
    )


def _subject(subject: Subject) -> Cells:
    since = None if subject.since is None else day_number(subject.since)
    return subject.id, str(subject.kind), since, end_number(subject.until), subject.seq


def _age(change: AgeChange) -> Cells:
    return change.subject, str(change.age_class), day_number(change.since), change.seq


def _tie(tie: Tie) -> Cells:
    ends = (tie.source, tie.target, str(tie.source_kind), str(tie.target_kind))
    return tie.id, tie.kind, *ends, canonical(dict(tie.attributes)).decode(), *_span(tie)


def _consent(consent: Consent) -> Cells:
    return consent.id, consent.subject, consent.guardian, consent.purpose, *_span(consent)


def _waiver(waiver: Waiver) -> Cells:
    return waiver.id, waiver.member, waiver.group, *_span(waiver)


def carriage_cells(carriage: Carriage) -> Cells:
    """Write a carriage as a row."""
    named = (carriage.edition, carriage.scheme, carriage.rule, carriage.sign, carriage.pattern.key)
    return *named, carriage.route, carriage.place, carriage.percent, carriage.fixed, carriage.at_most


def _force(force: Force) -> Cells:
    act = force.act
    return (
        act.record,
        act.subject,
        act.scheme,
        act.rule,
        act.edition,
        day_number(act.happened_on),
        act.points,
        act.sign,
        act.grade,
        day_number(force.opened_on),
        force.opened_seq,
        FOREVER if force.closed_on is None else day_number(force.closed_on),
        LATEST if force.closed_seq is None else force.closed_seq,
    )


def _record(record: Record) -> Cells:
    acted = (record.subject, record.scheme, record.rule, record.edition)
    return (
        record.id,
        *acted,
        day_number(record.happened_on),
        record.points,
        canonical(record.asked_rules).decode() if record.asked_rules else None,
        record.quantity,
        record.asked_points,
        record.grade,
        str(record.state),
        None if record.valid_until is None else record.valid_until.isoformat(),
        None if record.approved_on is None else record.approved_on.isoformat(),
        record.approved_seq,
        record.seq,
    )


def rows(reading: Reading) -> Mapping[str, Iterator[Cells]]:
    """Ask a store for the rows of every table."""
    subjects = every(partial(reading.subjects, kinds=()), lambda each: each.id)
    return {
        "subject": map(_subject, subjects),
        "age": map(_age, every(reading.ages, lambda each: each.subject)),
        "tie": map(_tie, every(reading.ties, lambda each: each.id)),
        "consent": map(_consent, every(reading.consents, lambda each: each.id)),
        "waiver": map(_waiver, every(reading.waivers, lambda each: each.id)),
        "carriage": (carriage_cells(each) for edition in reading.editions() for each in carriages(edition)),
        "force": map(_force, every(reading.forces, lambda each: each.act.record)),
        "record": map(_record, every(partial(reading.records, states=()), lambda each: each.id)),
    }


def kept_rows(reading: Reading, scheme: str) -> Iterator[Cells]:
    """Ask a store for the balances that it keeps of a scheme."""
    for each in every(reading.balances, lambda each: each.subject):
        if each.scheme == scheme:
            yield balance_cells(each)


def balance_cells(balance: Balance) -> Cells:
    """Write a balance as a row of its scheme."""
    period = day_number(balance.period or EVER)
    return balance.subject, balance.route, balance.sign, period, balance.amount, balance.shares
