"""Preview: what a behaviour would do to whom, before it is filed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from graph_service.lookups.book import edition_of, scheme_of
from graph_service.lookups.derived import carried_over
from graph_service.lookups.linked import filed_also
from graph_service.lookups.proposal import drafted, propose
from graph_service.model.records import LATEST, Moment, Record
from graph_service.model.standing import Line, Share, Standing
from graph_service.policy.schemes import Scheme
from graph_service.ports.store import Reading
from graph_service.scoring.sharing import strongest
from graph_service.scoring.total import balances_of, grades_of, total

#: Stands for the record that is not there yet.
DRAFT = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a draft would do to one subject if it counted today."""

    #: None where it gives no points: to the one who acted, where it sets the grade.
    share: Share | None
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A draft as it would be assessed, and whom it would reach, in order of subject id."""

    draft: Record
    changes: tuple[Change, ...]
    #: The records that would be filed with it: those of linked subjects, and what bridges would carry over.
    derived: tuple[Record, ...]


def preview(
    reading: Reading,
    today: date,
    *,
    subject: str,
    scheme: str,
    rule: str,
    happened_on: date,
    matching: Sequence[str] = (),
    quantity: int | None = None,
    points: int | None = None,
) -> Preview:
    """Tell what filing and approving this now would do to whom; nothing is written.

    Standings are shown as if the draft counted today, whether or not notice days would have to pass first. Quantity and
    points are in millionths.

    Raises:
        The refusals of filing it.
    """
    draft = propose(
        reading,
        drafted(
            id_=DRAFT,
            subject=subject,
            scheme=scheme,
            rule=rule,
            matching=matching,
            happened_on=happened_on,
            quantity=quantity,
            points=points,
            filer=DRAFT,
            filed_on=today,
        ),
        today,
    )
    moment = Moment(today, LATEST)
    edition = scheme_of(edition_of(reading, today), scheme, today)
    shares = strongest(draft.act, reading.walks_from(draft.act, moment))
    reached: dict[str, Share | None] = {share.target: share for share in shares}
    if draft.grade:
        reached.setdefault(draft.subject, None)
    return Preview(
        draft=draft,
        changes=tuple(_change(reading, edition, draft, target, reached[target]) for target in sorted(reached)),
        derived=(*filed_also(reading, draft, today).values(), *carried_over(reading, draft)),
    )


def _change(reading: Reading, scheme: Scheme, draft: Record, target: str, share: Share | None) -> Change:
    moment = Moment(draft.filed_on, LATEST)
    lines = reading.lines_to([target], scheme.code, moment).get(target, [])
    grades = grades_of(reading.grading_acts_to([target], scheme.code, moment).get(target, []))
    given = [*grades, draft.grade] if draft.grade and target == draft.subject else grades
    more = lines if share is None else [*lines, Line(share=share, act=draft.act)]
    return Change(
        share=share,
        before=total(scheme, target, balances_of(scheme, lines), grades).standing,
        after=total(scheme, target, balances_of(scheme, more), given).standing,
    )
