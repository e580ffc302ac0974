"""Preview: what a behaviour would do to whom, before it is filed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph_service.errors import Refusal as KeptRefusal
from graph_service.lookups import preview as lookup
from graph_service.model.records import Moment, Record
from schema.context import Context, Info
from schema.records import Reason, shown_reason
from schema.refusals import Refusal, refused
from schema.scalars import Points, Quantity
from schema.shares import Share
from schema.showing import load_subject
from schema.standing import Standing

if TYPE_CHECKING:
    from schema.subjects import Subject


@strawberry.input
class PreviewInput:
    """A behaviour that may be filed."""

    subject: str = strawberry.field(description="Whom it is about, by plain id.")
    scheme: str = strawberry.field(description="The scheme's code.")
    rule: str = strawberry.field(description="The rule's code.")
    happened_on: date = strawberry.field(description="The day of the behaviour.")
    matching: list[str] = strawberry.field(
        default_factory=list, description="Further rules that the same act matches; the weightiest of all decides."
    )
    quantity: Quantity | None = strawberry.field(default=None, description="How much, where the rule asks a quantity.")
    points: Points | None = strawberry.field(default=None, description="Points, where the rule leaves a range.")


@strawberry.type
class PreviewChange:
    """What it would do to one subject if it counted today."""

    share: Share | None = strawberry.field(
        description="What it would give, over which walk; null where it gives nothing and sets the subject's grade."
    )

    before: Standing = strawberry.field(description="Where the subject stands without it.")
    after: Standing = strawberry.field(description="Where the subject would stand with it.")


@strawberry.type
class PreviewRecord:
    """A record that would be filed with it, for a linked subject or over a bridge."""

    held: strawberry.Private[Record]

    @strawberry.field
    async def subject(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """Whom it would be about."""
        return await load_subject(info.context, self.held.subject)

    @strawberry.field
    def scheme_code(self) -> str:
        """The code of the scheme in which it would be filed."""
        return self.held.scheme

    @strawberry.field
    def rule_code(self) -> str:
        """The code of its rule."""
        return self.held.rule

    @strawberry.field
    def points(self) -> Points:
        """What it would be worth."""
        return Points(self.held.points)

    @strawberry.field
    def grade(self) -> str | None:
        """The grade that it would set directly; null where it sets none."""
        return self.held.grade


@strawberry.type
class Preview:
    """A behaviour as it would be assessed, and whom it would reach."""

    rule: str = strawberry.field(description="The code of the rule that would decide.")
    points: Points = strawberry.field(description="What it would be worth.")
    grade: str | None = strawberry.field(description="The grade that it would set directly; null where it sets none.")
    reasons: list[Reason] = strawberry.field(description="Why it would be worth that.")
    changes: list[PreviewChange] = strawberry.field(description="Whose standing it would touch, in order of id.")
    derived: list[PreviewRecord] = strawberry.field(description="The records that would be filed with it.")


PreviewResult = Annotated[
    Preview | Refusal, strawberry.union("PreviewResult", description="A preview, or why it could not be filed.")
]


def _share(change: lookup.Change, draft: Record) -> Share | None:
    held = change.share
    return None if held is None else Share(held=held, edition=draft.edition, in_scheme=draft.scheme)


def previewed(context: Context, asked: PreviewInput) -> Preview | Refusal:
    """Tell what filing and approving a behaviour would do; nothing is written."""
    try:
        found = lookup.preview(
            context.reading,
            context.today,
            subject=asked.subject,
            scheme=asked.scheme,
            rule=asked.rule,
            happened_on=asked.happened_on,
            matching=asked.matching,
            quantity=asked.quantity,
            points=asked.points,
        )
    except KeptRefusal as refusal:
        return refused(refusal)
    moment = Moment(context.today, context.now.known_at)
    return Preview(
        rule=found.draft.rule,
        points=Points(found.draft.points),
        grade=found.draft.grade,
        reasons=[shown_reason(reason) for reason in found.draft.reasons],
        changes=[
            PreviewChange(
                share=_share(change, found.draft),
                before=Standing(held=change.before, moment=moment),
                after=Standing(held=change.after, moment=moment),
            )
            for change in found.changes
        ],
        derived=[PreviewRecord(held=record) for record in found.derived],
    )
