"""Values of the model as JSON of the journal, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from operator import attrgetter
from typing import Any

from graph_service.model.journal import Entry, Value
from graph_service.model.records import Force, Reason, Record, RecordState

#: Positions are those of the entries themselves; everything else an entry says.
_POSITIONS = frozenset({"seq", "approved_seq"})
_NAMES = tuple(field.name for field in fields(Record) if field.name not in _POSITIONS)
#: What was not said before there was a record.
_NOTHING = tuple(() if name == "asked_rules" else None for name in _NAMES)
_values = attrgetter(*_NAMES)
_DAYS = frozenset(field.name for field in fields(Record) if "date" in str(field.type))


def day_or_none(value: Value) -> date | None:
    """Read a day of the journal that may be absent."""
    return None if value is None else date.fromisoformat(value)


def changes(before: Record | None, after: Record) -> dict[str, Value]:
    """Say what has to change in `before` (nothing at all, where it is None) for it to become `after`."""
    old = _NOTHING if before is None else _values(before)
    return {
        name: _written(name, new)
        for name, was, new in zip(_NAMES, old, _values(after), strict=True)
        if new is not was and new != was
    }


def changed(before: Record | None, change: Mapping[str, Value], seq: int) -> Record:
    """Apply what `changes` said at a position. A record keeps those at which it was filed and approved."""
    values: dict[str, Any] = {} if before is None else dict(zip(_NAMES, _values(before), strict=True))
    for name, value in change.items():
        values[name] = _read(name, value)
    approved = None if before is None else before.approved_seq
    if approved is None and values.get("approved_on") is not None:
        approved = seq
    return Record(**values, approved_seq=approved, seq=seq if before is None else before.seq)


def kept(whole: Mapping[str, Value], *, seq: int, approved_seq: int | None) -> Record:
    """Read a record that is kept as `changes` of nothing said, with its positions beside."""
    values: dict[str, Any] = {name: _read(name, value) for name, value in whole.items()}
    return Record(**values, approved_seq=approved_seq, seq=seq)


#: What a row of an import says of a record, in order, as the journal keeps it under `rows`.
SAID = (
    "id",
    "subject",
    "scheme",
    "rule",
    "happened_on",
    "quantity",
    "asked_points",
    "filer",
    "approver",
    "approved_on",
)
#: What was found out about it, in order.
FOUND = ("edition", "points", "grade", "reasons", "state", "notified_on", "force_on", "valid_until")


def imported(entry: Entry) -> Iterator[Record]:
    """Read the records of an import, in the order of its rows. They were filed, and approved, by its entry."""
    filed_on = entry.entered_on.isoformat()
    for said, found in zip(entry.asked["rows"], entry.outcome["rows"], strict=True):
        whole = dict(zip(SAID + FOUND, [*said, *found], strict=True)) | {"filed_on": filed_on}
        approved = None if whole["approved_on"] is None else entry.seq
        yield kept(whole, seq=entry.seq, approved_seq=approved)


def force_of(record: Record) -> Force | None:
    """Give the stretch in which an imported record counted, or counts; None where it did not enter force yet."""
    if record.force_on is None or record.state not in {RecordState.IN_FORCE, RecordState.EXPIRED}:
        return None
    force = Force(act=record.act, opened_on=record.force_on, opened_seq=record.seq)
    if record.state is RecordState.IN_FORCE:
        return force
    # Nothing ends before it began: what was approved after its validity counts on no day.
    ended = max(record.force_on, record.valid_until or record.force_on)
    return replace(force, closed_on=ended, closed_seq=record.seq)


def _written(name: str, value: Value) -> Value:
    if isinstance(value, date):
        return value.isoformat()
    if name == "reasons":
        return [[reason.code, reason.amount, list(reason.records)] for reason in value]
    if name == "asked_rules":
        return list(value)
    return str(value) if isinstance(value, RecordState) else value


def _read(name: str, value: Value) -> object:
    if value is None:
        return None
    if name in _DAYS:
        return date.fromisoformat(value)
    if name == "state":
        return RecordState(value)
    if name == "asked_rules":
        return tuple(value)
    if name == "reasons":
        return tuple(Reason(code=code, amount=amount, records=tuple(records)) for code, amount, records in value)
    return value
