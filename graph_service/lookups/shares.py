"""Shares of a record: what it gives to whom."""

from __future__ import annotations

from datetime import date

from graph_service.errors import RecordUnknown
from graph_service.lookups.book import moment_of
from graph_service.model.records import Record, RecordState
from graph_service.model.standing import Share
from graph_service.ports.store import Reading
from graph_service.scoring.sharing import strongest


def record_of(reading: Reading, record: str) -> Record:
    """Find a record.

    Raises:
        RecordUnknown: There is none.
    """
    found = reading.records_of([record]).get(record)
    if found is None:
        raise RecordUnknown(record=record, field="record")
    return found


#: States in which a record gives nothing and will give nothing.
_GONE = frozenset({RecordState.REJECTED, RecordState.REVOKED, RecordState.REPAIRED})


def shares_of(reading: Reading, record: str, *, as_of: date | None = None, known_at: int | None = None) -> list[Share]:
    """List what a record gives to whom, in order of target.

    With a day or a position, what it gave then: nothing where it was not in force. Without, what it gives for as long
    as it is in force, whether that is still to come or over; nothing where it was rejected, revoked or repaired.

    Raises:
        RecordUnknown: There is none.
        DayNotWorked, PositionUnknown: The moment cannot be read.
    """
    found = record_of(reading, record)
    moment = moment_of(reading, as_of, known_at)
    if as_of is None and known_at is None:
        acts = [] if found.state in _GONE else [found.act]
    else:
        acts = [force.act for force in reading.forces_of([record]).get(record, ()) if force.open_at(moment)]
    return [share for act in acts for share in strongest(act, reading.walks_from(act, moment))]
