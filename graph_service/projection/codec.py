"""Values of the model as JSON of the journal, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from operator import attrgetter
from typing import Any

from graph_service.model.journal import Entry, Value
from graph_service.model.records import Force, Origin, Reason, Record, RecordState

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


#: What the one who approves says of a record; all else the filer says.
_APPROVING = ("approver", "approved_on")


def said_of(record: Record) -> tuple[dict[str, Value], dict[str, Value]]:
    """Give what filing, and what approving, an imported record by itself would have said of it."""
    said = changes(None, record)
    named = {"id": "record", "asked_points": "points"}
    filed = {named.get(name, name): said[name] for name in SAID if name in said and name not in _APPROVING}
    return filed, {"record": record.id} | {name: said[name] for name in _APPROVING}


_found = attrgetter(*FOUND)


def found_of(record: Record) -> list[Value]:
    """Give what was found out about a record, in order, as `changes` of nothing says it."""
    return [None if value is None else _written(name, value) for name, value in zip(FOUND, _found(record), strict=True)]


def imported(entry: Entry) -> Iterator[Record]:
    """Read the records of an import, in the order of its rows. They were filed, and approved, by its entry."""
    for said, found in zip(entry.asked["rows"], entry.outcome["rows"], strict=True):
        yield of_row(said, found, filed_on=entry.entered_on, seq=entry.seq)


def of_row(said: Sequence[Value], found: Sequence[Value], *, filed_on: date, seq: int) -> Record:
    """Read a row of an import: a record that was filed, and approved, at a position."""
    whole = dict(zip(SAID + FOUND, [*said, *found], strict=True)) | {"filed_on": filed_on.isoformat()}
    return kept(whole, seq=seq, approved_seq=seq)


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
    if name in {"asked_rules", "linked"}:
        return list(value)
    if isinstance(value, Origin):
        return [value.record, value.scheme, value.bridge, _written("period_end", value.period_end)]
    return str(value) if isinstance(value, RecordState) else value


def _reasons(value: Value) -> tuple[Reason, ...]:
    return tuple(Reason(code=code, amount=amount, records=tuple(records)) for code, amount, records in value)


def _origin(value: Value) -> Origin:
    record, scheme, bridge, period_end = value
    return Origin(record=record, scheme=scheme, bridge=bridge, period_end=day_or_none(period_end))


#: How values are read that are more than what JSON holds, by the name of the field.
_READERS: dict[str, Callable[[Value], object]] = {
    **dict.fromkeys(_DAYS, date.fromisoformat),
    "state": RecordState,
    "reasons": _reasons,
    "origin": _origin,
    "linked": tuple,
    "asked_rules": tuple,
}


def _read(name: str, value: Value) -> object:
    reader = _READERS.get(name)
    return value if value is None or reader is None else reader(value)
