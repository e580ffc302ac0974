"""What if: who would stand where under a changed policy, and why. Nothing is touched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph_service.errors import Refusal as KeptRefusal
from graph_service.model.faults import Fault
from graph_service.policy.faults import PolicyFaults
from graph_service.policy.folder import completed
from graph_service.policy.parse import parse_policy
from graph_service.replay import what_if as engine
from schema.context import Context, Info
from schema.paging import Connection, Order, page_read
from schema.refusals import Refusal, refused
from schema.scalars import Cursor, Points
from schema.showing import load_subject

if TYPE_CHECKING:
    from schema.subjects import Subject

_BY_CHANGE = Order("mover", (int, str))


@strawberry.input
class PolicyFileInput:
    """One file of a policy's folder."""

    name: str = strawberry.field(description="Its name in the folder, such as `school.yaml`.")
    text: str = strawberry.field(description="What it says.")


@strawberry.type
class PolicyFault:
    """A place in a policy's files that cannot be used."""

    held: strawberry.Private[Fault]

    @strawberry.field
    def file(self) -> str:
        """The file."""
        return self.held.file

    @strawberry.field
    def line(self) -> int | None:
        """The line; null where it is the file as a whole."""
        return self.held.line

    @strawberry.field
    def field(self) -> str | None:
        """Where in the file, as a path of names."""
        return self.held.field

    @strawberry.field
    def refusal(self) -> Refusal:
        """What is wrong with it, and the cure."""
        return refused(self.held.refusal)


@strawberry.type
class PolicyFaultList:
    """A policy that cannot be used, with every fault at once, in order of file, line and field."""

    faults: list[PolicyFault] = strawberry.field(description="The faults.")


@strawberry.type
class GradeMove:
    """How many subjects stand at one grade by the adopted policy and at another by the changed one."""

    before: str | None = strawberry.field(description="The grade now; null where such subjects are not scored.")
    after: str | None = strawberry.field(description="The grade then; null where such subjects are not scored.")
    subjects: int = strawberry.field(description="How many.")


@strawberry.type
class ChangeBand:
    """How many scores change by so much: a bar of a chart. Scores that stay are in no band."""

    above: Points | None = strawberry.field(description="The least change of the band; null where it has no end.")
    below: Points | None = strawberry.field(description="Smaller than this; null where it has no end.")
    subjects: int = strawberry.field(description="How many.")


@strawberry.type
class RouteCause:
    """What the change does to what counts over one route, of merit or of demerit."""

    route: str = strawberry.field(description="The route's code; `own` for the subjects' own records.")
    merit: bool = strawberry.field(description="Whether it is merit.")
    subjects: int = strawberry.field(description="To how many something else comes.")
    change: Points = strawberry.field(description="All together, after caps.")


@strawberry.type
class RuleCause:
    """What the change does to the records of one rule, by their own points, before any cap."""

    rule: str = strawberry.field(description="The rule's code.")
    records_before: int = strawberry.field(description="Records in force by the adopted policy.")
    records_after: int = strawberry.field(description="Records in force by the changed one.")
    points_before: Points = strawberry.field(description="Their points by the adopted policy.")
    points_after: Points = strawberry.field(description="Their points by the changed one.")
    subjects: int = strawberry.field(description="Whose records are worth something else.")


@strawberry.type
class ChangedPart:
    """What came to one subject over one route, before and after caps, by both policies."""

    route: str = strawberry.field(description="The route's code; `own` for the subject's own records.")
    merit: bool = strawberry.field(description="Whether it is merit.")
    amount_before: Points = strawberry.field(description="The sum of the shares by the adopted policy.")
    counted_before: Points = strawberry.field(description="What counted of it.")
    amount_after: Points = strawberry.field(description="The sum of the shares by the changed policy.")
    counted_after: Points = strawberry.field(description="What would count of it.")


@strawberry.type
class ChangedRule:
    """What one subject's own records of a rule are worth by both policies."""

    rule: str = strawberry.field(description="The rule's code.")
    records_before: int = strawberry.field(description="Records in force by the adopted policy.")
    points_before: Points = strawberry.field(description="Their points by the adopted policy.")
    records_after: int = strawberry.field(description="Records in force by the changed one.")
    points_after: Points = strawberry.field(description="Their points by the changed one.")


@strawberry.type
class Mover:
    """A subject whose score or grade would be another, and why."""

    held: strawberry.Private[engine.Mover]

    @strawberry.field
    async def subject(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """Who."""
        return await load_subject(info.context, self.held.subject)

    @strawberry.field
    def change(self) -> Points:
        """By how much the score changes."""
        return Points(self.held.change)

    @strawberry.field
    def score_before(self) -> Points | None:
        """The score by the adopted policy; null where it scores no such subjects."""
        return None if self.held.score_before is None else Points(self.held.score_before)

    @strawberry.field
    def grade_before(self) -> str | None:
        """The grade by the adopted policy."""
        return self.held.grade_before

    @strawberry.field
    def score_after(self) -> Points | None:
        """The score by the changed policy; null where it scores no such subjects."""
        return None if self.held.score_after is None else Points(self.held.score_after)

    @strawberry.field
    def grade_after(self) -> str | None:
        """The grade by the changed policy."""
        return self.held.grade_after

    @strawberry.field
    def parts(self) -> list[ChangedPart]:
        """What changes over the routes, `own` first, then in order of route."""
        return [
            ChangedPart(
                route=part.route,
                merit=part.sign > 0,
                amount_before=Points(part.amount_before),
                counted_before=Points(part.counted_before),
                amount_after=Points(part.amount_after),
                counted_after=Points(part.counted_after),
            )
            for part in self.held.parts
        ]

    @strawberry.field
    def rules(self) -> list[ChangedRule]:
        """What changes of its own records, in order of rule."""
        return [
            ChangedRule(
                rule=rule.rule,
                records_before=rule.records_before,
                points_before=Points(rule.points_before),
                records_after=rule.records_after,
                points_after=Points(rule.points_after),
            )
            for rule in self.held.rules
        ]


@strawberry.type
class WhatIf:
    """A scheme's whole history under a changed policy, held against the adopted one."""

    scheme: str = strawberry.field(description="The scheme's code.")
    as_of: date = strawberry.field(description="The day at whose end everybody stands.")
    subjects: int = strawberry.field(description="How many are scored by either policy.")
    moved: int = strawberry.field(description="How many would have another score or grade.")
    regraded: int = strawberry.field(description="How many would have another grade.")
    records_dropped: int = strawberry.field(description="Records that the changed policy has no rule for.")
    records_unfit: int = strawberry.field(description="Records that the changed rule cannot assess.")
    matrix: list[GradeMove] = strawberry.field(description="From which grade to which, the highest first.")
    bands: list[ChangeBand] = strawberry.field(description="Changes of scores by size, the greatest loss first.")
    routes: list[RouteCause] = strawberry.field(description="Over which routes, the greatest change first.")
    rules: list[RuleCause] = strawberry.field(description="By which rules, the greatest change first.")
    movers: Connection[Mover] = strawberry.field(description="Who moves, the greatest change first, then by plain id.")


WhatIfResult = Annotated[
    WhatIf | PolicyFaultList | Refusal,
    strawberry.union("WhatIfResult", description="What would be, or why that cannot be told."),
]


def asked(
    context: Context,
    files: Sequence[PolicyFileInput],
    scheme: str,
    *,
    as_of: date | None,
    first: int,
    after: Cursor | None,
) -> WhatIf | PolicyFaultList | Refusal:
    """Replay the history of a scheme under the policy of these files."""
    place = _BY_CHANGE.place(after)
    try:
        policy = parse_policy("what-if", completed({file.name: file.text for file in files}))
        with engine.what_if(context.service.store, policy, scheme, as_of=as_of) as found:
            behind = None if place is None else (int(place[0]), str(place[1]))
            return _shown(found, _movers(found, first, behind, after))
    except PolicyFaults as faults:
        return PolicyFaultList(faults=[PolicyFault(held=fault) for fault in faults.faults])
    except KeptRefusal as refusal:
        return refused(refusal)


def _movers(
    found: engine.WhatIf, first: int, behind: tuple[int, str] | None, after: Cursor | None
) -> Connection[Mover]:
    """Page through who moves.

    This is THE place to ask whether the operator may see who: the counts are for everybody who may ask at all.
    """
    held = found.movers(after=behind, limit=first + 1)
    page = page_read(_BY_CHANGE, [(mover.place, mover) for mover in held], first, after, total=found.moved())
    return page.shown([Mover(held=mover) for mover in page.held])


def _shown(found: engine.WhatIf, movers: Connection[Mover]) -> WhatIf:
    return WhatIf(
        scheme=found.after.code,
        as_of=found.as_of,
        subjects=found.subjects(),
        moved=found.moved(),
        regraded=found.regraded(),
        records_dropped=sum(found.reassessed.dropped.values()),
        records_unfit=sum(found.reassessed.unfit.values()),
        matrix=[GradeMove(before=move.before, after=move.after, subjects=move.subjects) for move in found.matrix()],
        bands=[
            ChangeBand(above=_points(band.above), below=_points(band.below), subjects=band.subjects)
            for band in found.bands()
        ],
        routes=[
            RouteCause(route=cause.route, merit=cause.sign > 0, subjects=cause.subjects, change=Points(cause.change))
            for cause in found.routes()
        ],
        rules=[
            RuleCause(
                rule=cause.rule,
                records_before=cause.records_before,
                records_after=cause.records_after,
                points_before=Points(cause.points_before),
                points_after=Points(cause.points_after),
                subjects=cause.subjects,
            )
            for cause in found.rules()
        ],
        movers=movers,
    )


def _points(amount: int | None) -> Points | None:
    return None if amount is None else Points(amount)


__all__: Sequence[str] = ["PolicyFileInput", "WhatIfResult", "asked"]
