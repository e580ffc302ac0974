"""Ties: what joins two subjects, and from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph_service.model.points import format_points
from graph_service.model.ties import Tie as KeptTie
from graph_service.model.ties import TieEnd
from graph_service.policy.schemes import AttributeType, TieKind
from graph_service.ports.store import TiesHeld
from schema.context import Context, Info
from schema.facts import DatedFact
from schema.paging import Connection, Order, page_read
from schema.scalars import Cursor
from schema.showing import load_subject
from schema.titles import Title, titled

if TYPE_CHECKING:
    from schema.subjects import Subject

_BY_FAR_END = Order("tie", (str, str))


@strawberry.enum(description="Which end of a tie a subject is.")
class TieDirection(Enum):
    """Which end of a tie a subject is."""

    OUT = strawberry.enum_value("out", description="The tie runs from the subject: it is the source.")
    IN = strawberry.enum_value("in", description="The tie runs to the subject: it is the target.")


_NEAR_ENDS = {TieDirection.OUT: TieEnd.SOURCE, TieDirection.IN: TieEnd.TARGET}


@strawberry.type
class TieAttribute:
    """One attribute of a tie, as its kind declares it."""

    name: str = strawberry.field(description="Which: `amount`, `currency`, `percent`, `role`, ...")
    value: str = strawberry.field(description="The value as text; amounts and percentages as exact decimals.")


@strawberry.type
class Tie(DatedFact):
    """A typed, directed bond between two subjects that carries what happens while it holds."""

    held: strawberry.Private[KeptTie]

    @strawberry.field
    def kind(self) -> str:
        """Its kind by name, such as `member_of`."""
        return self.held.kind

    @strawberry.field
    def title(self, info: Info) -> Title | None:
        """How the kind reads from the source: "Is a member of"; null where today's policy has no such kind."""
        declared = _declared(info.context, self.held)
        return None if declared is None else titled(declared.title)

    @strawberry.field
    def reverse_title(self, info: Info) -> Title | None:
        """How the kind reads from the target: "Has as a member"; null where today's policy has no such kind."""
        declared = _declared(info.context, self.held)
        return None if declared is None else titled(declared.reverse)

    @strawberry.field
    async def source(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """The subject that it runs from."""
        return await load_subject(info.context, self.held.source)

    @strawberry.field
    async def target(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """The subject that it runs to."""
        return await load_subject(info.context, self.held.target)

    @strawberry.field
    def origin(self) -> str | None:
        """Where it came from: a file and line, or the person who entered it."""
        return self.held.origin

    @strawberry.field
    def attributes(self, info: Info) -> list[TieAttribute]:
        """The attributes of its kind, in order of name."""
        declared = _declared(info.context, self.held)
        types = {} if declared is None else declared.attributes
        return [
            TieAttribute(name=name, value=_text(value, types.get(name)))
            for name, value in sorted(self.held.attributes.items())
        ]


def _declared(context: Context, tie: KeptTie) -> TieKind | None:
    edition = context.edition_now
    return None if edition is None else edition.policy.tie_kinds.get(tie.kind)


def _text(value: str | int, declared: AttributeType | None) -> str:
    if isinstance(value, int):
        return format_points(value * 10_000 if declared is AttributeType.PERCENT else value)
    return value


async def ties_page(
    context: Context,
    subject: str,
    kinds: Sequence[str] | None,
    direction: TieDirection | None,
    *,
    on: date | None,
    first: int,
    after: Cursor | None,
) -> Connection[Tie]:
    """Page through the ties of a subject that hold on a day, in order of the far end's id and then of their own."""
    start = _BY_FAR_END.place(after)
    question = TiesHeld(
        on=on or context.now.as_of,
        end=None if direction is None else _NEAR_ENDS[direction],
        kinds=frozenset(kinds or ()),
        after=None if start is None else (str(start[0]), str(start[1])),
        limit=first + 1,
    )
    held = [] if kinds == [] else await context.batchers.ties_held.load((subject, question))
    keyed = [((tie.target if tie.source == subject else tie.source, tie.id), tie) for tie in held]
    page = page_read(_BY_FAR_END, keyed, first, after)
    return page.shown([Tie(held=tie) for tie in page.held])
