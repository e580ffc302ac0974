"""Shares: what one record gives one subject, and over which walk."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph_service.errors import Refusal as KeptRefusal
from graph_service.lookups import shares as lookup
from graph_service.lookups.preview import DRAFT
from graph_service.model.records import Record as KeptRecord
from graph_service.model.standing import Share as KeptShare
from schema.context import Context, Info
from schema.policy import Route, route_in
from schema.refusals import Refusal, refused
from schema.scalars import Points
from schema.showing import load_subject
from schema.ties import Tie

if TYPE_CHECKING:
    from schema.subjects import Subject


@strawberry.type
class Share:
    """What one record gives one subject over its strongest walk."""

    held: strawberry.Private[KeptShare]
    edition: strawberry.Private[int]
    in_scheme: strawberry.Private[str]

    @strawberry.field
    def record_ref(self) -> str | None:
        """The plain id of the record that gives it; null in a preview, where it is not filed yet."""
        return None if self.held.record == DRAFT else self.held.record

    @strawberry.field
    async def target(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """Whom it reaches."""
        return await load_subject(info.context, self.held.target)

    @strawberry.field
    def route_code(self) -> str:
        """The code of the route; `own` for a subject's own record."""
        return self.held.route

    @strawberry.field
    def route(self, info: Info) -> Route | None:
        """The route, by the edition of the day it happened; null for a subject's own record."""
        return route_in(info.context, self.edition, self.in_scheme, self.held.route)

    @strawberry.field
    async def walk(self, info: Info) -> list[Tie]:
        """The ties walked, from the one who acted to the target; empty for a subject's own record."""
        held = await info.context.batchers.ties.load_many(self.held.walk)
        return [Tie(held=tie) for tie in held if tie is not None]

    @strawberry.field
    def amount(self) -> Points:
        """What it gives; below zero for a demerit."""
        return Points(self.held.amount)


@strawberry.type
class Shares:
    """What one record gives to whom."""

    shares: list[Share] = strawberry.field(description="In order of the targets' ids.")


SharesResult = Annotated[
    Shares | Refusal, strawberry.union("SharesResult", description="The shares of a record, or why there are none.")
]


def shares_now(context: Context, record: KeptRecord) -> list[Share]:
    """List what a record gives for as long as it counts."""
    held = lookup.shares_of(context.reading, record.id)
    return [Share(held=share, edition=record.edition, in_scheme=record.scheme) for share in held]


def shares_at(context: Context, record: str, as_of: date | None, known_at: int | None) -> Shares | Refusal:
    """List what a record gives at a moment."""
    try:
        of = lookup.record_of(context.reading, record)
        held = lookup.shares_of(context.reading, record, as_of=as_of, known_at=known_at)
    except KeptRefusal as refusal:
        return refused(refusal)
    return Shares(shares=[Share(held=share, edition=of.edition, in_scheme=of.scheme) for share in held])
