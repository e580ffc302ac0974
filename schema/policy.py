"""Schemes, rules and routes, as an edition of the policy has them."""

from __future__ import annotations

from datetime import date

import strawberry

from graph_service.model.standing import OWN
from graph_service.policy.schemes import Edition
from graph_service.policy.schemes import Route as KeptRoute
from graph_service.policy.schemes import Rule as KeptRule
from graph_service.policy.schemes import Scheme as KeptScheme
from graph_service.policy.schemes import Term as KeptTerm
from graph_service.projection.keep import edition_on
from schema.context import Context
from schema.enums import SubjectKind, WalkPosition
from schema.scalars import Percent, Points
from schema.scoring import Scoring, period_name, shown_scoring
from schema.titles import Title, titled


@strawberry.type
class GradeStep:
    """A grade, and the score from which on it is reached."""

    grade: str = strawberry.field(description="The grade: `AAA`.")
    title: Title = strawberry.field(description="What people call it.")
    at_least: Points | None = strawberry.field(description="The lowest score; null for the lowest grade.")


@strawberry.type
class ConsentNeeded:
    """A consent that a term asks before it lets points pass."""

    purpose: str = strawberry.field(description="What has to be consented to.")
    of: list[WalkPosition] = strawberry.field(description="Whose consent.")


@strawberry.type
class RulePoints:
    """The points that a route gives for one rule."""

    rule: str = strawberry.field(description="The rule's code.")
    points: Points = strawberry.field(description="How many, as a magnitude.")


@strawberry.type
class Cap:
    """The most that a route may add or take in a period."""

    points: Points = strawberry.field(description="How many, as a magnitude.")
    per: str = strawberry.field(description="The period: `term`, `month`, `year`.")


@strawberry.type
class Term:
    """What a route gives of merit, or of demerit: a percentage, the same points each time, or points by rule."""

    percent: Percent | None = strawberry.field(description="Of the record's points.")
    fixed: Points | None = strawberry.field(description="The same each time, as a magnitude.")
    table: list[RulePoints] | None = strawberry.field(description="By rule; rules that are not listed give nothing.")
    at_most: Points = strawberry.field(description="The most that one record gives, as a magnitude.")
    exceptions: list[str] = strawberry.field(description="Rules that never travel here, in order of code.")
    consent: ConsentNeeded | None = strawberry.field(description="The consent that it asks; null where it asks none.")
    cap: Cap | None = strawberry.field(description="What bounds it in a period; null where nothing does.")


@strawberry.type
class Route:
    """A path over ties along which a record's points reach another subject."""

    code: str = strawberry.field(description="The code: `study-group`.")
    title: Title = strawberry.field(description="What people call it.")
    path: str = strawberry.field(description="`person -member_of-> study_group <-member_of- person`")
    merit: Term | None = strawberry.field(description="What it gives of merit; null where nothing.")
    demerit: Term | None = strawberry.field(description="What it gives of demerit; null where nothing.")
    fan_out: int = strawberry.field(description="The most subjects that one record may reach over it.")
    vesting: int = strawberry.field(description="Days that every tie must have held before it carries.")


@strawberry.type
class ValidityBand:
    """How long records of a size count."""

    up_to: Points | None = strawberry.field(description="The largest magnitude; null for the last band.")
    valid: str = strawberry.field(description="`period`, `until_corrected`, `24 months`.")


@strawberry.type
class Rule:
    """A scored behaviour of a scheme, as an edition has it."""

    held: strawberry.Private[KeptRule]

    @strawberry.field
    def code(self) -> str:
        """The code: `returned-lost-property`."""
        return self.held.code

    @strawberry.field
    def title(self) -> Title:
        """What people call it."""
        return titled(self.held.title)

    @strawberry.field
    def scoring(self) -> Scoring:
        """How it scores."""
        return shown_scoring(self.held.scoring)

    @strawberry.field
    def subjects(self) -> list[SubjectKind]:
        """Kinds of subject that it may be filed for; empty where the scheme's own are."""
        return list(self.held.subjects)

    @strawberry.field
    def valid(self) -> list[ValidityBand]:
        """How long a record of it counts, by the size of its points as assessed, in rising order."""
        return [
            ValidityBand(up_to=None if band.up_to is None else Points(band.up_to), valid=str(band.valid))
            for band in self.held.valid
        ]

    @strawberry.field
    def basis(self) -> str:
        """The regulation or agreement that it rests on."""
        return self.held.basis

    @strawberry.field
    def topic(self) -> str:
        """What it is about: `honesty`, `volunteering`."""
        return self.held.topic


@strawberry.type
class Scheme:
    """A credit regime of its own, as an edition of the policy has it."""

    held: strawberry.Private[KeptScheme]
    edition: int = strawberry.field(description="The number of the edition.")
    edition_since: date = strawberry.field(description="The day from which on the edition is in force.")

    @strawberry.field
    def code(self) -> str:
        """The code: `school`."""
        return self.held.code

    @strawberry.field
    def title(self) -> Title:
        """What people call it."""
        return titled(self.held.title)

    @strawberry.field
    def subjects(self) -> list[SubjectKind]:
        """The kinds of subject that stand in it."""
        return list(self.held.subjects)

    @strawberry.field
    def base(self) -> Points:
        """The score of who has no record."""
        return Points(self.held.base)

    @strawberry.field
    def floor(self) -> Points | None:
        """The lowest score there is; null where nothing bounds it."""
        return None if self.held.floor is None else Points(self.held.floor)

    @strawberry.field
    def ceiling(self) -> Points | None:
        """The highest score there is; null where nothing bounds it."""
        return None if self.held.ceiling is None else Points(self.held.ceiling)

    @strawberry.field
    def period(self) -> str:
        """How it cuts time: `term`, `year`."""
        return period_name(self.held.period)

    @strawberry.field
    def notice_days(self) -> int:
        """Days between the delivery of the notice of a demerit and the day on which it begins to count."""
        return self.held.notice_days

    @strawberry.field
    def grades(self) -> list[GradeStep]:
        """The grades from the highest to the lowest."""
        return [
            GradeStep(
                grade=step.grade,
                title=titled(step.title),
                at_least=None if step.at_least is None else Points(step.at_least),
            )
            for step in self.held.grades
        ]

    @strawberry.field
    def rules(self) -> list[Rule]:
        """The rules, in order of code."""
        return [Rule(held=rule) for _, rule in sorted(self.held.rules.items())]

    @strawberry.field
    def rule(self, code: str) -> Rule | None:
        """One rule; null where it has none of this code.

        Args:
            code: The rule's code.
        """
        held = self.held.rules.get(code)
        return None if held is None else Rule(held=held)

    @strawberry.field
    def routes(self) -> list[Route]:
        """The routes, in the order that decides between equal amounts."""
        return [shown_route(route) for route in self.held.routes]


def shown_scheme(edition: Edition, code: str) -> Scheme | None:
    """Give a scheme of an edition as it is answered; None where it has none of this code."""
    held = edition.policy.schemes.get(code)
    return None if held is None else Scheme(held=held, edition=edition.number, edition_since=edition.since)


def schemes_on(context: Context, day: date | None) -> list[Scheme]:
    """List the schemes of a day, in order of code; none before the first edition."""
    edition = edition_on(list(context.editions.values()), day or context.now.as_of)
    if edition is None:
        return []
    shown = (shown_scheme(edition, code) for code in sorted(edition.policy.schemes))
    return [scheme for scheme in shown if scheme is not None]


def scheme_in(context: Context, edition: int, code: str) -> Scheme:
    """Give a scheme that a record or standing names, by the edition that it names."""
    scheme = shown_scheme(context.editions[edition], code)
    assert scheme is not None
    return scheme


def route_in(context: Context, edition: int, scheme: str, code: str) -> Route | None:
    """Give a route that a share names; None for the route of a subject's own records."""
    if code == OWN:
        return None
    routes = context.editions[edition].policy.schemes[scheme].routes
    return next(shown_route(route) for route in routes if route.code == code)


def shown_route(route: KeptRoute) -> Route:
    """Give a route as it is answered."""
    return Route(
        code=route.code,
        title=titled(route.title),
        path=str(route.path),
        merit=_term(route.merit),
        demerit=_term(route.demerit),
        fan_out=route.fan_out,
        vesting=route.vesting,
    )


def _term(term: KeptTerm | None) -> Term | None:
    if term is None:
        return None
    table = None
    if term.table is not None:
        table = [RulePoints(rule=rule, points=Points(points)) for rule, points in sorted(term.table.items())]
    needed, cap = term.consent, term.cap
    return Term(
        percent=None if term.percent is None else Percent(term.percent),
        fixed=None if term.fixed is None else Points(term.fixed),
        table=table,
        at_most=Points(term.at_most),
        exceptions=sorted(term.exceptions),
        consent=None if needed is None else ConsentNeeded(purpose=needed.purpose, of=list(needed.of)),
        cap=None if cap is None else Cap(points=Points(cap.points), per=period_name(cap.per)),
    )
