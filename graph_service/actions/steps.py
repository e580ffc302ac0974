"""Steps of a record's life: what is entered of one, and what a record is after some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from graph_service.actions.desk import Desk
from graph_service.lookups.proposal import validity_over
from graph_service.model.actors import Automaton
from graph_service.model.journal import EntryKind, Value
from graph_service.model.records import Record, RecordState
from graph_service.ports.store import Reading


@dataclass(frozen=True, slots=True)
class Step:
    """A step to be taken: who asks for it, what the record is before and after it, and from which day on."""

    id: str
    kind: EntryKind
    actor: str
    asked: Mapping[str, Value]
    before: Record
    after: Record
    on: date

    @property
    def by_itself(self) -> bool:
        """Whether no person asked for it, so that nobody can be refused."""
        return self.actor in set(Automaton)


def automatic(
    desk: Desk,
    kind: EntryKind,
    before: Record,
    after: Record,
    on: date,
    *,
    actor: Automaton = Automaton.TICK,
    because_of: Mapping[str, Value] | None = None,
) -> Step:
    """Make a step that nobody asks for. It may come more than once in a life, so the head's number names it.

    Args:
        desk: To write on.
        kind: What happens.
        before: The record before it.
        after: And after it.
        on: The day on which it takes effect.
        actor: What acts by itself.
        because_of: What brought it about; the day itself where left out.
    """
    name = kind.removeprefix("record_")
    return Step(
        id=f"record/{before.id}/{name}/{desk.page.head().seq + 1}",
        kind=kind,
        actor=actor,
        asked={"record": before.id} | dict(because_of or {"on": on.isoformat()}),
        before=before,
        after=after,
        on=on,
    )


def entering_force(reading: Reading, record: Record) -> Record:
    """Give the record as it is from the day it enters force: its validity is known from here on."""
    return replace(record, state=RecordState.IN_FORCE, valid_until=validity_over(reading, record))


def revoked(record: Record) -> Record:
    """Give the record as it is when it is revoked: no contest of it runs any more."""
    return replace(record, state=RecordState.REVOKED, lapses_on=None, decide_by=None)
