"""Values of the model as JSON of the journal, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Any

from graph_service.model.journal import Value
from graph_service.model.records import Reason, Record, RecordState

_NAMES = tuple(field.name for field in fields(Record) if field.name != "seq")
_NOTHING = (None,) * len(_NAMES)
_values = attrgetter(*_NAMES)
_DAYS = frozenset(field.name for field in fields(Record) if "date" in str(field.type))


def day_or_none(value: Value) -> date | None:
    """Read a day of the journal that may be absent."""
    return None if value is None else date.fromisoformat(value)


def changes(before: Record | None, after: Record) -> dict[str, Value]:
    """Say what has to change in `before` (nothing at all, where it is None) for it to become `after`."""
    old = _NOTHING if before is None else _values(before)
    return {
        name: _written(new)
        for name, was, new in zip(_NAMES, old, _values(after), strict=True)
        if new is not was and new != was
    }


def changed(before: Record | None, change: Mapping[str, Value], seq: int) -> Record:
    """Apply what `changes` said. A record keeps the position at which it was filed."""
    values: dict[str, Any] = {} if before is None else dict(zip(_NAMES, _values(before), strict=True))
    for name, value in change.items():
        values[name] = _read(name, value)
    return Record(**values, seq=seq if before is None else before.seq)


def _written(value: object) -> Value:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [[reason.code, reason.amount, list(reason.records)] for reason in value]
    return str(value) if isinstance(value, RecordState) else value


def _read(name: str, value: Value) -> object:
    if value is None:
        return None
    if name in _DAYS:
        return date.fromisoformat(value)
    if name == "state":
        return RecordState(value)
    if name == "reasons":
        return tuple(Reason(code=code, amount=amount, records=tuple(records)) for code, amount, records in value)
    return value
