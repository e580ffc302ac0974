"""Actors: who is named in the journal as having done something."""

from __future__ import annotations

from enum import StrEnum

from graph_service.errors import ActorReserved
from graph_service.model.subjects import checked_id


class Automaton(StrEnum):
    """What acts where no person does. A caller's text is never one of these, however it is spelt."""

    #: The day itself: what falls due on it happens.
    TICK = "tick"
    #: What carries a result of one scheme into another.
    BRIDGE = "bridge"


def checked_person(value: str, field: str) -> str:
    """Give back the id of a person who does something, or of what acts by itself.

    Raises:
        ActorReserved: A caller takes the name of what acts by itself.
        IdMalformed, IdPersonal: It is no id.

    >>> checked_person("t-01", "approver"), checked_person(Automaton.TICK, "actor")
    ('t-01', 'tick')
    """
    if isinstance(value, Automaton):
        return value.value
    if value.casefold() in set(Automaton):
        raise ActorReserved(person=value, field=field)
    return checked_id(value, field)
