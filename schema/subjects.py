"""Subjects: the interface that every kind shares."""

from __future__ import annotations

from datetime import date

import strawberry

from graph_service.model.subjects import PERSONAL_KINDS
from graph_service.model.subjects import Subject as KeptSubject
from schema.consents import Consent, Waiver
from schema.context import Context, Info
from schema.enums import SubjectKind
from schema.node import Node
from schema.paging import FIRST, Connection, Order, page_cut
from schema.records import Record, records_page
from schema.scalars import Cursor, Position
from schema.standing import Standing, StandingResult, standing_at
from schema.statement import StatementResult, statement_at
from schema.ties import Tie, TieDirection, ties_page

_CONSENTS = Order("consent", (str,))
_WAIVERS = Order("waiver", (str,))


@strawberry.interface
class Subject(Node):
    """Whoever or whatever has a standing: a person, a family, a study group, an enterprise, a village."""

    held: strawberry.Private[KeptSubject]

    @strawberry.field
    def kind(self) -> SubjectKind:
        """What it is."""
        return self.held.kind

    @strawberry.field
    async def name(self, info: Info) -> str | None:
        """Its name; of a person or family opened from the vault, and null once it was forgotten."""
        return await name_of(info.context, self.held)

    @strawberry.field
    def since(self) -> date | None:
        """The first day on which anything may have happened to it; null where that was not stated."""
        return self.held.since

    @strawberry.field
    def until(self) -> date | None:
        """The first day on which it is no longer scored; null while it is."""
        return self.held.until

    @strawberry.field
    async def ties(
        self,
        info: Info,
        *,
        kinds: list[str] | None = None,
        direction: TieDirection | None = None,
        on: date | None = None,
        first: int = FIRST,
        after: Cursor | None = None,
    ) -> Connection[Tie]:
        """The ties that hold on a day, in order of the id at the far end and then of their own.

        Args:
            info: What Strawberry hands over.
            kinds: Kinds of tie by name, such as `member_of`; all where left out.
            direction: Whether it is the source (OUT) or the target (IN); both where left out.
            on: The day; the last day worked off where left out.
            first: How many, 1 to 100.
            after: The cursor to go on from.
        """
        return await ties_page(info.context, self.held.id, kinds, direction, on=on, first=first, after=after)

    @strawberry.field
    async def standing(
        self, info: Info, scheme: str, as_of: date | None = None, known_at: Position | None = None
    ) -> StandingResult:
        """Where it stands in a scheme.

        Args:
            info: What Strawberry hands over.
            scheme: The scheme's code.
            as_of: The day at whose end; the last day worked off where left out.
            known_at: Only what the journal knew up to this position; everything where left out.
        """
        return await standing_at(info.context, self.held, scheme, as_of, known_at)

    @strawberry.field
    async def standings(self, info: Info) -> list[Standing]:
        """Where it stands now in every scheme that is made for its kind, in order of the schemes' codes."""
        return await standings_now(info.context, self.held)

    @strawberry.field
    def statement(
        self, info: Info, scheme: str, as_of: date | None = None, known_at: Position | None = None
    ) -> StatementResult:
        """Why it stands there: every record and share that counts, and how they add up.

        Args:
            info: What Strawberry hands over.
            scheme: The scheme's code.
            as_of: The day at whose end; the last day worked off where left out.
            known_at: Only what the journal knew up to this position; everything where left out.
        """
        return statement_at(info.context, self.held.id, scheme, as_of, known_at)

    @strawberry.field
    async def records(self, info: Info, first: int = FIRST, after: Cursor | None = None) -> Connection[Record]:
        """The records about it, in whatever state, newest behaviour first.

        Args:
            info: What Strawberry hands over.
            first: How many, 1 to 100.
            after: The cursor to go on from.
        """
        held = await info.context.batchers.records_about.load(self.held.id)
        return records_page(held, first, after)

    @strawberry.field
    async def consents(self, info: Info, first: int = FIRST, after: Cursor | None = None) -> Connection[Consent]:
        """The consents it gave, or that were given in its name, in order of id; ended and voided ones too.

        Args:
            info: What Strawberry hands over.
            first: How many, 1 to 100.
            after: The cursor to go on from.
        """
        held = await info.context.batchers.consents_by.load(self.held.id)
        page = page_cut(_CONSENTS, [((consent.id,), consent) for consent in held], first, after)
        return page.shown([Consent(held=consent) for consent in page.held])

    @strawberry.field
    async def waivers(self, info: Info, first: int = FIRST, after: Cursor | None = None) -> Connection[Waiver]:
        """The waivers that keep its demerits from groups, in order of id; ended and voided ones too.

        Args:
            info: What Strawberry hands over.
            first: How many, 1 to 100.
            after: The cursor to go on from.
        """
        held = await info.context.batchers.waivers_for.load(self.held.id)
        page = page_cut(_WAIVERS, [((waiver.id,), waiver) for waiver in held], first, after)
        return page.shown([Waiver(held=waiver) for waiver in page.held])


async def name_of(context: Context, subject: KeptSubject) -> str | None:
    """Give a subject's name: public ones from the journal, a person's or family's from the vault."""
    if subject.kind in PERSONAL_KINDS:
        return await context.batchers.names.load(subject.id)
    return subject.name


async def standings_now(context: Context, subject: KeptSubject) -> list[Standing]:
    """Give a subject's standings in all schemes made for its kind."""
    edition = context.edition_now
    if edition is None:
        return []
    codes = [code for code, scheme in sorted(edition.policy.schemes.items()) if subject.kind in scheme.subjects]
    keys = [(subject.id, code, context.now) for code in codes]
    held = await context.batchers.standings.load_many(keys)
    return [Standing(held=standing, moment=context.now) for standing in held]
