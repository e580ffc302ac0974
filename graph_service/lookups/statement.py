"""Statements: why a standing is what it is, down to the last point."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graph_service.errors import StandingUnfit
from graph_service.lookups.book import edition_of, moment_of, scheme_of, subject_of
from graph_service.model.records import Act, Moment
from graph_service.model.standing import Line
from graph_service.policy.schemes import Scheme
from graph_service.ports.store import Reading
from graph_service.scoring.total import Total, balances_of, grades_of, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The records and shares that explain a score, and how they were added up."""

    subject: str
    #: As the edition of the day has it: base, caps, bounds and grades are from here.
    scheme: Scheme
    moment: Moment
    total: Total
    #: In order of day of behaviour and record.
    lines: tuple[Line, ...]
    #: The acts in force that give a grade directly, whatever the score: in order of day of behaviour and record.
    graded_by: tuple[Act, ...]


def statement(
    reading: Reading,
    subject: str,
    scheme: str,
    *,
    as_of: date | None = None,
    known_at: int | None = None,
) -> Statement:
    """Explain a subject's standing in a scheme: what held at the end of a day, as far as it was known at a position.

    It is derived backward from the share relation, never from what is kept; that both agree is what tests prove.

    Raises:
        SubjectUnknown, SchemeUnknown, PolicyMissing: There is none.
        StandingUnfit: Subjects of its kind have no standing in the scheme.
        DayNotWorked, PositionUnknown: The moment cannot be read.
    """
    held = subject_of(reading, subject)
    moment = moment_of(reading, as_of, known_at)
    edition = scheme_of(edition_of(reading, moment.as_of, moment.known_at), scheme, moment.as_of)
    if held.kind not in edition.subjects:
        allowed = ", ".join(edition.subjects)
        raise StandingUnfit(subject=subject, kind=str(held.kind), scheme=scheme, allowed=allowed, field="scheme")
    lines = reading.lines_to([subject], scheme, moment).get(subject, [])
    acts = reading.grading_acts_to([subject], scheme, moment).get(subject, [])
    return Statement(
        subject=subject,
        scheme=edition,
        moment=moment,
        total=total(edition, subject, balances_of(edition, lines), grades_of(acts)),
        lines=tuple(lines),
        graded_by=tuple(sorted(acts, key=lambda act: (act.happened_on, act.record))),
    )
