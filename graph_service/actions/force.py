"""Force: what a record is from the day on which it counts."""

from __future__ import annotations

from dataclasses import replace

from graph_service.actions.desk import Desk
from graph_service.lookups.proposal import validity_over
from graph_service.model.records import Record, RecordState


def entering_force(desk: Desk, record: Record) -> Record:
    """Give the record as it is from the day it enters force: its validity is known from here on."""
    return replace(record, state=RecordState.IN_FORCE, valid_until=validity_over(desk.page, record))
