"""Statements: why a standing is what it is, down to the last point."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph_service.errors import Refusal as KeptRefusal
from graph_service.lookups import statement as lookup
from graph_service.lookups.book import edition_of
from graph_service.model.records import Act
from graph_service.model.standing import Line
from graph_service.scoring.total import Capped
from schema.context import Context, Info
from schema.paging import FIRST, Connection, Order, page_cut
from schema.policy import Cap, Route, Rule, route_in
from schema.records import Record
from schema.refusals import Refusal, refused
from schema.scalars import Cursor, Points
from schema.scoring import period_name
from schema.shares import Share
from schema.showing import load_subject
from schema.standing import Standing

if TYPE_CHECKING:
    from schema.subjects import Subject

_BY_DAY = Order("statement line", (int, str))


def _rule_of(info: Info, act: Act) -> Rule:
    """Give the rule of an act, by the edition of the day it happened."""
    return Rule(held=info.context.editions[act.edition].policy.schemes[act.scheme].rules[act.rule])


@strawberry.type
class StatementLine:
    """One share that counts, and the behaviour behind it."""

    held: strawberry.Private[Line]

    @strawberry.field
    def share(self) -> Share:
        """What it gives, over which walk."""
        return Share(held=self.held.share, edition=self.held.act.edition, in_scheme=self.held.act.scheme)

    @strawberry.field
    async def record(self, info: Info) -> Record:
        """The record as it stands now."""
        held = await info.context.batchers.records.load(self.held.act.record)
        assert held is not None
        return Record(held=held)

    @strawberry.field
    def rule(self, info: Info) -> Rule:
        """The rule, by the edition of the day it happened."""
        return _rule_of(info, self.held.act)

    @strawberry.field
    async def actor(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """Who acted."""
        return await load_subject(info.context, self.held.act.subject)

    @strawberry.field
    def happened_on(self) -> date:
        """The day of the behaviour."""
        return self.held.act.happened_on

    @strawberry.field
    def points(self) -> Points:
        """What the record is worth to the one who acted, at the moment of the statement."""
        return Points(self.held.act.points)


@strawberry.type
class StatementPart:
    """What came over one route, of merit or of demerit, before and after its cap."""

    held: strawberry.Private[Capped]
    edition: strawberry.Private[int]

    @strawberry.field
    def route_code(self) -> str:
        """The code of the route; `own` for the subject's own records."""
        return self.held.balance.route

    @strawberry.field
    def route(self, info: Info) -> Route | None:
        """The route; null for the subject's own records, and where the edition of the day has it no longer."""
        routes = info.context.editions[self.edition].policy.schemes[self.held.balance.scheme].routes
        if all(route.code != self.held.balance.route for route in routes):
            return None
        return route_in(info.context, self.edition, self.held.balance.scheme, self.held.balance.route)

    @strawberry.field
    def period(self) -> date | None:
        """The first day of the cap's period; null where no cap bounds it."""
        return self.held.balance.period

    @strawberry.field
    def amount(self) -> Points:
        """The sum of the shares; below zero for demerit."""
        return Points(self.held.balance.amount)

    @strawberry.field
    def share_count(self) -> int:
        """How many shares it sums up."""
        return self.held.balance.shares

    @strawberry.field
    def cap(self) -> Cap | None:
        """What bounds it; null where nothing does."""
        cap = self.held.cap
        return None if cap is None else Cap(points=Points(cap.points), per=period_name(cap.per))

    @strawberry.field
    def counted(self) -> Points:
        """What counts: within the cap, and nothing of merit while a direct grade is in force."""
        return Points(self.held.counted)


@strawberry.type
class StatementGrade:
    """One record that sets a grade directly, whatever the score."""

    held: strawberry.Private[Act]

    @strawberry.field
    async def record(self, info: Info) -> Record:
        """The record as it stands now."""
        held = await info.context.batchers.records.load(self.held.record)
        assert held is not None
        return Record(held=held)

    @strawberry.field
    def rule(self, info: Info) -> Rule:
        """The rule, by the edition of the day it happened."""
        return _rule_of(info, self.held)

    @strawberry.field
    def happened_on(self) -> date:
        """The day of the behaviour."""
        return self.held.happened_on

    @strawberry.field
    def grade(self) -> str:
        """The grade that it sets."""
        assert self.held.grade is not None
        return self.held.grade


@strawberry.type
class Statement:
    """Why a subject stands where it does: every record and share that counts, and how they add up."""

    held: strawberry.Private[lookup.Statement]

    @strawberry.field
    def standing(self) -> Standing:
        """What it comes to."""
        return Standing(held=self.held.total.standing, moment=self.held.moment)

    @strawberry.field
    def base(self) -> Points:
        """What everybody begins with."""
        return Points(self.held.total.base)

    @strawberry.field
    def parts(self, info: Info) -> list[StatementPart]:
        """What came over each route, in order of route, merit or demerit, and period."""
        number = edition_of(info.context.reading, self.held.moment.as_of, self.held.moment.known_at).number
        return [StatementPart(held=part, edition=number) for part in self.held.total.parts]

    @strawberry.field
    def graded_by(self) -> list[StatementGrade]:
        """The records in force that set a grade directly, in order of day of behaviour and record; the lowest holds."""
        return [StatementGrade(held=act) for act in self.held.graded_by]

    @strawberry.field
    def merit_suspended(self) -> bool:
        """Whether merit is kept back because a record that sets a grade is in force."""
        return self.held.total.merit_suspended

    @strawberry.field
    def bounded_by(self) -> Points:
        """What the scheme's floor added or its ceiling took."""
        return Points(self.held.total.bounded_by)

    @strawberry.field
    def lines(self, first: int = FIRST, after: Cursor | None = None) -> Connection[StatementLine]:
        """The shares that count, in order of day of behaviour and record.

        Args:
            first: How many, 1 to 100.
            after: The cursor to go on from.
        """
        keyed = [((line.act.happened_on.toordinal(), line.act.record), line) for line in self.held.lines]
        page = page_cut(_BY_DAY, keyed, first, after)
        return page.shown([StatementLine(held=line) for line in page.held])


StatementResult = Annotated[
    Statement | Refusal, strawberry.union("StatementResult", description="A statement, or why there is none.")
]


def statement_at(
    context: Context, subject: str, scheme: str, as_of: date | None, known_at: int | None
) -> Statement | Refusal:
    """Explain a subject's standing at a moment."""
    try:
        held = lookup.statement(context.reading, subject, scheme, as_of=as_of, known_at=known_at)
    except KeptRefusal as refusal:
        return refused(refusal)
    return Statement(held=held)
