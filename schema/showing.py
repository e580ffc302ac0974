"""Which GraphQL type shows a subject of which kind. `kinds` fills the list; whoever refers to a subject asks here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from graph_service.model.subjects import Subject as KeptSubject
from graph_service.model.subjects import SubjectKind
from schema.context import Context

if TYPE_CHECKING:
    from schema.subjects import Subject

_Shown = TypeVar("_Shown", bound="type[Subject]")
_TYPES: dict[SubjectKind, type[Subject]] = {}


def shows(kind: SubjectKind) -> Callable[[_Shown], _Shown]:
    """Let a type show the subjects of a kind."""

    def note(type_: _Shown) -> _Shown:
        _TYPES[kind] = type_
        return type_

    return note


def shown_subject(subject: KeptSubject) -> Subject:
    """Give a subject as the type of its kind."""
    return _TYPES[subject.kind](held=subject)


async def load_subject(context: Context, id_: str) -> Subject:
    """Find a subject that is known to be there, because a tie or record names it."""
    held = await context.batchers.subjects.load(id_)
    assert held is not None
    return shown_subject(held)


async def load_subjects(context: Context, ids: Sequence[str]) -> list[Subject]:
    """Find subjects that are known to be there, in the order of their ids as given."""
    held = await context.batchers.subjects.load_many(ids)
    return [shown_subject(subject) for subject in held if subject is not None]
