"""Mutations of ties."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from graph_service.actions import connect
from graph_service.errors import TieAttributeUnfit
from graph_service.model.ties import Tie as KeptTie
from schema.context import Info
from schema.facts import ENDS_ON, SINCE, UNTIL, VOID_REASON
from schema.refusals import Refusal, refused
from schema.ties import Tie
from schema.writing import Done, Writing


@strawberry.input
class TieAttributeInput:
    """One attribute of a tie, as its kind declares it."""

    name: str = strawberry.field(description="Which: `amount`, `currency`, `percent`, `role`, ...")
    value: str = strawberry.field(description="The value as text; amounts and percentages as exact decimals.")


@strawberry.input
class OpenTieInput:
    """A tie to be opened."""

    tie: str = strawberry.field(description="The plain id that the caller gives it.")
    kind: str = strawberry.field(description="Its kind by name, such as `member_of`.")
    source: str = strawberry.field(description="The subject that it runs from, by plain id.")
    target: str = strawberry.field(description="The subject that it runs to, by plain id.")
    since: date | None = strawberry.field(default=None, description=SINCE)
    until: date | None = strawberry.field(default=None, description=UNTIL)
    attributes: list[TieAttributeInput] = strawberry.field(
        default_factory=list, description="The attributes of its kind."
    )


@strawberry.input
class CloseTieInput:
    """A tie to be closed."""

    tie: str = strawberry.field(description="Its plain id.")
    until: date | None = strawberry.field(default=None, description=ENDS_ON)


@strawberry.input
class VoidTieInput:
    """A tie that was entered in error."""

    tie: str = strawberry.field(description="Its plain id.")
    reason: str = strawberry.field(description=VOID_REASON)


@strawberry.type
class TieDone(Done):
    """A change of a tie that is durable."""

    tie: Tie = strawberry.field(description="The tie as it is now.")


TieResult = Annotated[
    TieDone | Refusal, strawberry.union("TieResult", description="A durable change, or why there is none.")
]

_write: Writing[KeptTie, TieDone] = Writing(
    noun="tie",
    batcher=lambda batchers: batchers.ties,
    done=lambda held, receipt: TieDone(tie=Tie(held=held), receipt=receipt),
)


@strawberry.type
class TieMutations:
    """What can be done about ties."""

    @strawberry.mutation
    async def open_tie(self, info: Info, input: OpenTieInput) -> TieResult:
        """Open a tie: it carries what happens while it holds, and nothing before.

        Args:
            info: What Strawberry hands over.
            input: Which tie, under which id.
        """
        attributes = {attribute.name: attribute.value for attribute in input.attributes}
        if len(attributes) < len(input.attributes):
            known = ", ".join(sorted(attributes))
            return refused(TieAttributeUnfit(field="attributes", kind=input.kind, reason="given twice", known=known))
        return await _write(
            info,
            input.tie,
            lambda desk, operator: connect.connect(
                desk,
                tie=input.tie,
                kind=input.kind,
                source=input.source,
                target=input.target,
                actor=operator,
                since=input.since,
                until=input.until,
                attributes=attributes,
                origin=operator,
            ),
        )

    @strawberry.mutation
    async def close_tie(self, info: Info, input: CloseTieInput) -> TieResult:
        """Close a tie: what happened while it held stays as it is.

        Args:
            info: What Strawberry hands over.
            input: Which tie, from when on.
        """
        return await _write(
            info,
            input.tie,
            lambda desk, operator: connect.disconnect(desk, tie=input.tie, actor=operator, until=input.until),
        )

    @strawberry.mutation
    async def void_tie(self, info: Info, input: VoidTieInput) -> TieResult:
        """Void a tie that was entered in error: the records it carried are derived anew, from today on.

        Args:
            info: What Strawberry hands over.
            input: Which tie, and why.
        """
        return await _write(
            info,
            input.tie,
            lambda desk, operator: connect.void_tie(desk, tie=input.tie, actor=operator, reason=input.reason),
        )
