"""Values of the model as JSON of the journal, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from graph_service.model.journal import Entry, Value
from graph_service.model.records import Force, Record, RecordState

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Record)


def day_or_none(value: Value) -> date | None:
    """Read a day of the journal that may be absent."""
    return None if value is None else date.fromisoformat(value)


def _unplaced(record: Record) -> Record:
    """Leave out the positions: they are those of the entries themselves. Everything else an entry says."""
    return replace(record, seq=0, approved_seq=None)


def changes(before: Record | None, after: Record) -> dict[str, Value]:
    """Say what has to change in `before` (nothing at all, where it is None) for it to become `after`.

    What is taken away, or put back to what it is by itself, changes to None.
    """
    new = _told(after)
    if before is None:
        return new
    old = _told(before)
    return {name: new.get(name) for name in {**old, **new} if old.get(name) != new.get(name)}


def changed(before: Record | None, change: Mapping[str, Value], seq: int) -> Record:
    """Apply what `changes` said at a position. A record keeps those at which it was filed and approved."""
    told = change if before is None else {**_told(before), **change}
    after = _read(told)
    approved_seq = None if before is None else before.approved_seq
    if approved_seq is None and after.approved_on is not None:
        approved_seq = seq
    return replace(after, approved_seq=approved_seq, seq=seq if before is None else before.seq)


def _told(record: Record) -> dict[str, Value]:
    told: dict[str, Value] = msgspec.json.decode(_encoder.encode(_unplaced(record)))
    return told


def _read(told: Mapping[str, Value]) -> Record:
    return msgspec.convert({name: value for name, value in told.items() if value is not None}, Record)


def whole(record: Record) -> str:
    """Write all that is known of a record but its positions, as the one text it has."""
    return _encoder.encode(_unplaced(record)).decode()


def of_whole(text: str, *, seq: int, approved_seq: int | None) -> Record:
    """Read what `whole` wrote, with the positions beside."""
    return replace(_decoder.decode(text), seq=seq, approved_seq=approved_seq)


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
    found: list[Value] = msgspec.json.decode(_encoder.encode(_found(record)))
    return found


def imported(entry: Entry) -> Iterator[Record]:
    """Read the records of an import, in the order of its rows. They were filed, and approved, by its entry."""
    for said, found in zip(entry.asked["rows"], entry.outcome["rows"], strict=True):
        yield of_row(said, found, filed_on=entry.entered_on, seq=entry.seq)


def of_row(said: Sequence[Value], found: Sequence[Value], *, filed_on: date, seq: int) -> Record:
    """Read a row of an import: a record that was filed, and approved, at a position."""
    told = _read(dict(zip(SAID + FOUND, [*said, *found], strict=True)) | {"filed_on": filed_on.isoformat()})
    return replace(told, seq=seq, approved_seq=seq)


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
