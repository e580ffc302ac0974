"""Mutations of ties."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from graph_service.actions import connect
from graph_service.errors import TieAttributeUnfit
from graph_service.model.journal import Entry
from schema.context import Context, Info
from schema.journal import Receipt, shown_receipt
from schema.refusals import Refusal, refused
from schema.ties import Tie
from schema.writing import performed


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
    since: date | None = strawberry.field(
        default=None, description="The first day on which it holds: tomorrow at the earliest, and where left out."
    )
    until: date | None = strawberry.field(default=None, description="The first day on which it no longer holds.")
    attributes: list[TieAttributeInput] = strawberry.field(
        default_factory=list, description="The attributes of its kind."
    )


@strawberry.input
class CloseTieInput:
    """A tie to be closed."""

    tie: str = strawberry.field(description="Its plain id.")
    until: date | None = strawberry.field(
        default=None,
        description="The first day on which it no longer holds; tomorrow at the earliest, or by default.",
    )


@strawberry.input
class VoidTieInput:
    """A tie that was entered in error."""

    tie: str = strawberry.field(description="Its plain id.")
    reason: str = strawberry.field(description="What was wrong; kept in the vault.")


@strawberry.type
class TieDone:
    """A change of a tie that is durable."""

    tie: Tie = strawberry.field(description="The tie as it is now.")
    receipt: Receipt = strawberry.field(description="The proof.")


TieResult = Annotated[
    TieDone | Refusal, strawberry.union("TieResult", description="A durable change, or why there is none.")
]


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
        entry = await performed(
            info.context,
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
            noun="tie",
        )
        return await _done(info.context, input.tie, entry)

    @strawberry.mutation
    async def close_tie(self, info: Info, input: CloseTieInput) -> TieResult:
        """Close a tie: what happened while it held stays as it is.

        Args:
            info: What Strawberry hands over.
            input: Which tie, from when on.
        """
        entry = await performed(
            info.context,
            lambda desk, operator: connect.disconnect(desk, tie=input.tie, actor=operator, until=input.until),
            noun="tie",
        )
        return await _done(info.context, input.tie, entry)

    @strawberry.mutation
    async def void_tie(self, info: Info, input: VoidTieInput) -> TieResult:
        """Void a tie that was entered in error: the records it carried are derived anew, from today on.

        Args:
            info: What Strawberry hands over.
            input: Which tie, and why.
        """
        entry = await performed(
            info.context,
            lambda desk, operator: connect.void_tie(desk, tie=input.tie, actor=operator, reason=input.reason),
            noun="tie",
        )
        return await _done(info.context, input.tie, entry)


async def _done(context: Context, tie: str, entry: Entry | Refusal) -> TieDone | Refusal:
    if isinstance(entry, Refusal):
        return entry
    held = await context.batchers.ties.load(tie)
    assert held is not None
    return TieDone(tie=Tie(held=held), receipt=shown_receipt(entry))
