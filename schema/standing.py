"""Standings: where a subject stands in a scheme at a moment."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph_service.errors import Refusal as KeptRefusal
from graph_service.lookups import standing as lookup
from graph_service.lookups.book import edition_of
from graph_service.model.records import Moment
from graph_service.model.standing import Standing as KeptStanding
from graph_service.model.subjects import Subject as KeptSubject
from schema.context import Context, Info
from schema.paging import Connection, Order, page_read
from schema.policy import Scheme, scheme_in
from schema.refusals import Refusal, refused
from schema.scalars import Cursor, Points, Position
from schema.showing import load_subject
from schema.titles import Title, titled

if TYPE_CHECKING:
    from schema.subjects import Subject

_BY_SUBJECT = Order("standing", (str,))


@strawberry.type
class Standing:
    """Where a subject stands in a scheme: on a day, as far as was known at a position."""

    held: strawberry.Private[KeptStanding]
    moment: strawberry.Private[Moment]

    @strawberry.field
    async def subject(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """Whose it is."""
        return await load_subject(info.context, self.held.subject)

    @strawberry.field
    def scheme(self, info: Info) -> Scheme:
        """The scheme, by the edition of the day."""
        return scheme_in(
            info.context,
            edition_of(info.context.reading, self.moment.as_of, self.moment.known_at).number,
            self.held.scheme,
        )

    @strawberry.field
    def score(self) -> Points:
        """Base, own and shared points together, within the scheme's bounds."""
        return Points(self.held.score)

    @strawberry.field
    def grade(self) -> str:
        """The grade or stars: `AAA`."""
        return self.held.grade

    @strawberry.field
    def grade_title(self, info: Info) -> Title:
        """What people call the grade."""
        edition = edition_of(info.context.reading, self.moment.as_of, self.moment.known_at)
        steps = edition.policy.schemes[self.held.scheme].grades
        return next(titled(step.title) for step in steps if step.grade == self.held.grade)

    @strawberry.field
    def own(self) -> Points:
        """Points from the subject's own records, as counted."""
        return Points(self.held.own)

    @strawberry.field
    def shared(self) -> Points:
        """Points from other subjects' records, after caps."""
        return Points(self.held.shared)

    @strawberry.field
    def as_of(self) -> date:
        """The day at whose end it is read."""
        return self.moment.as_of

    @strawberry.field
    def known_at(self) -> Position:
        """The position of the journal up to which it is read."""
        return Position(self.moment.known_at)


@strawberry.type
class StandingConnection(Connection[Standing]):
    """A page of standings, in order of the subjects' ids."""


StandingResult = Annotated[
    Standing | Refusal, strawberry.union("StandingResult", description="A standing, or why there is none.")
]

StandingsResult = Annotated[
    StandingConnection | Refusal,
    strawberry.union("StandingsResult", description="A page of standings, or why there is none."),
]


async def standing_at(
    context: Context, subject: KeptSubject, scheme: str, as_of: date | None, known_at: int | None
) -> Standing | Refusal:
    """Give a subject's standing at a moment."""
    try:
        moment = context.moment(as_of, known_at)
        held = await context.batchers.standings.load((subject.id, scheme, moment))
    except KeptRefusal as refusal:
        return refused(refusal)
    return Standing(held=held, moment=moment)


def standings_page(
    context: Context, scheme: str, *, as_of: date | None, known_at: int | None, first: int, after: Cursor | None
) -> StandingConnection | Refusal:
    """Page through the standings of all subjects of a scheme's kinds, in order of the subjects' ids."""
    start = _BY_SUBJECT.id_after(after)
    try:
        moment = context.moment(as_of, known_at)
        held = lookup.standings(context.reading, scheme, as_of=as_of, known_at=known_at, after=start, limit=first + 1)
    except KeptRefusal as refusal:
        return refused(refusal)
    page = page_read(_BY_SUBJECT, [((each.subject,), each) for each in held], first, after)
    shown = page.shown([Standing(held=each, moment=moment) for each in page.held])
    # Strawberry cannot tell which generic type of a union a value is of.
    return StandingConnection(edges=shown.edges, page_info=shown.page_info, total_count=shown.total_count)
