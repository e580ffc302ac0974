"""Records: one behaviour of one subject, and where it is in its life."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph_service.model.records import Origin as KeptOrigin
from graph_service.model.records import Reason as KeptReason
from graph_service.model.records import Record as KeptRecord
from schema.context import Context, Info
from schema.enums import RecordState
from schema.node import Node
from schema.paging import Connection, Order, page_cut, page_read
from schema.policy import Rule, Scheme, scheme_in
from schema.scalars import Cursor, Points, Quantity
from schema.shares import Share, shares_now
from schema.showing import load_subject

if TYPE_CHECKING:
    from schema.subjects import Subject

_BY_ID = Order("record", (str,))
_NEWEST = Order("newest record", (int, str))


@strawberry.type
class Reason:
    """Why a record was assessed as it was: a code and a number, never a text."""

    code: str = strawberry.field(description="What decided: a limit, a band, a tier, a repetition.")
    amount: Points = strawberry.field(description="The number that goes with the code.")
    records: list[str] = strawberry.field(description="The records that were counted, by plain id.")


@strawberry.type
class Origin:
    """Where a derived record comes from: another record, or a grade at the end of a period, over a bridge."""

    held: strawberry.Private[KeptOrigin]

    @strawberry.field
    async def record(self, info: Info) -> Record | None:
        """The record behind it; null where it is the grade at the end of a period."""
        return await _other(info.context, self.held.record)

    @strawberry.field
    def scheme_code(self) -> str | None:
        """The scheme of the bridge; null where the other record's rule files it also."""
        return self.held.scheme

    @strawberry.field
    def bridge_code(self) -> str | None:
        """The code of the bridge; null where the other record's rule files it also."""
        return self.held.bridge

    @strawberry.field
    def period_end(self) -> date | None:
        """The last day of the period by whose grade the bridge went; null where it did not."""
        return self.held.period_end


@strawberry.type
class Record(Node):
    """One behaviour of one subject, assessed by one rule on the day it happened."""

    held: strawberry.Private[KeptRecord]

    @strawberry.field
    async def subject(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """Whom it is about."""
        return await load_subject(info.context, self.held.subject)

    @strawberry.field
    def scheme(self, info: Info) -> Scheme:
        """The scheme, by the edition of the day it happened."""
        return scheme_in(info.context, self.held.edition, self.held.scheme)

    @strawberry.field
    def rule(self, info: Info) -> Rule:
        """The rule that it is assessed by, by the edition of the day it happened."""
        edition = info.context.editions[self.held.edition]
        return Rule(held=edition.policy.schemes[self.held.scheme].rules[self.held.rule])

    @strawberry.field
    def rules_filed(self) -> list[str]:
        """The codes of the rules that the act was filed under, in the order named; the weightiest decided."""
        return list(self.held.rules_filed)

    @strawberry.field
    def happened_on(self) -> date:
        """The day of the behaviour."""
        return self.held.happened_on

    @strawberry.field
    def quantity(self) -> Quantity | None:
        """How much, in the rule's unit; null where the rule does not score by quantity."""
        return None if self.held.quantity is None else Quantity(self.held.quantity)

    @strawberry.field
    def points(self) -> Points:
        """What it is worth: as a proposal until it is approved, and then for good."""
        return Points(self.held.points)

    @strawberry.field
    def grade(self) -> str | None:
        """The grade that it sets directly; null where it sets none."""
        return self.held.grade

    @strawberry.field
    def reasons(self) -> list[Reason]:
        """Why it is worth that."""
        return [shown_reason(reason) for reason in self.held.reasons]

    @strawberry.field
    def state(self) -> RecordState:
        """Where it is in its life."""
        return self.held.state

    @strawberry.field
    def filer(self) -> str:
        """Who proposed it."""
        return self.held.filer

    @strawberry.field
    def filed_on(self) -> date:
        """When it was proposed."""
        return self.held.filed_on

    @strawberry.field
    def approver(self) -> str | None:
        """Who decided about it; null while nobody has."""
        return self.held.approver

    @strawberry.field
    def approved_on(self) -> date | None:
        """When it was approved; null where it was not."""
        return self.held.approved_on

    @strawberry.field
    def notified_on(self) -> date | None:
        """The day on which the subject, or the guardian, was told of a demerit."""
        return self.held.notified_on

    @strawberry.field
    def force_on(self) -> date | None:
        """The first day on which it counted or will count; null while unknown."""
        return self.held.force_on

    @strawberry.field
    def valid_until(self) -> date | None:
        """The first day on which it no longer counts; null where nothing ends it by itself."""
        return self.held.valid_until

    @strawberry.field
    def contest(self) -> str | None:
        """The plain id of the contest that is open, or that it was revoked in; null where there is none."""
        return self.held.contest

    @strawberry.field
    def contested_by(self) -> str | None:
        """Who contested it; null where nobody does."""
        return self.held.contested_by

    @strawberry.field
    def contested_on(self) -> date | None:
        """When it was contested."""
        return self.held.contested_on

    @strawberry.field
    def decide_by(self) -> date | None:
        """The day by which the contest should be decided."""
        return self.held.decide_by

    @strawberry.field
    def lapses_on(self) -> date | None:
        """The day on which it is revoked if the contest was not decided."""
        return self.held.lapses_on

    @strawberry.field
    async def replaced_by(self, info: Info) -> Record | None:
        """The lighter record that took its place when it was repaired."""
        return await _other(info.context, self.held.replaced_by)

    @strawberry.field
    async def replaces(self, info: Info) -> Record | None:
        """The repaired record whose place it took."""
        return await _other(info.context, self.held.replaces)

    @strawberry.field
    def origin(self) -> Origin | None:
        """Where it comes from; null where a person recorded a behaviour."""
        return None if self.held.origin is None else Origin(held=self.held.origin)

    @strawberry.field
    async def linked(self, info: Info) -> list[Record]:
        """The records that were filed with it for linked subjects, in the order of its rule and of subjects."""
        found = await info.context.batchers.records.load_many(self.held.linked)
        return [Record(held=held) for held in found if held is not None]

    @strawberry.field
    def shares(self, info: Info) -> list[Share]:
        """What it gives to whom for as long as it counts, be that to come or over, in order of the targets' ids.

        Nothing where it was rejected, revoked or repaired.
        """
        return shares_now(info.context, self.held)


async def _other(context: Context, id_: str | None) -> Record | None:
    held = None if id_ is None else await context.batchers.records.load(id_)
    return None if held is None else Record(held=held)


def shown_reason(reason: KeptReason) -> Reason:
    """Give a reason as it is answered."""
    return Reason(code=reason.code, amount=Points(reason.amount), records=list(reason.records))


def records_page(held: Sequence[KeptRecord], first: int, after: Cursor | None) -> Connection[Record]:
    """Page through all records of a subject, newest behaviour first, then by id."""
    keyed = [((-record.happened_on.toordinal(), record.id), record) for record in held]
    page = page_cut(_NEWEST, keyed, first, after)
    return page.shown([Record(held=record) for record in page.held])


def all_records_page(
    context: Context, states: Sequence[RecordState] | None, first: int, after: Cursor | None
) -> Connection[Record]:
    """Page through the records in some states, in order of id."""
    start = _BY_ID.id_after(after)
    held = context.reading.records(states=list(states or ()), after=start, limit=first + 1)
    page = page_read(_BY_ID, [((record.id,), record) for record in held], first, after)
    return page.shown([Record(held=record) for record in page.held])
