"""Shares of a record: what it gives to whom."""

from __future__ import annotations

from datetime import date

from graph_service.errors import RecordUnknown
from graph_service.lookups.book import moment_of
from graph_service.model.records import Record
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


def shares_of(reading: Reading, record: str, *, as_of: date | None = None, known_at: int | None = None) -> list[Share]:
    """List what a record gives to whom while it is in force, in order of target; nothing while it is not.

    Raises:
        RecordUnknown: There is none.
        DayNotWorked, PositionUnknown: The moment cannot be read.
    """
    record_of(reading, record)
    moment = moment_of(reading, as_of, known_at)
    for force in reading.forces_of([record]).get(record, ()):
        if force.open_at(moment):
            return strongest(force.act, reading.walks_from(force.act, moment))
    return []
