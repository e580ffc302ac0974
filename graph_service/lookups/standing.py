"""Standings: where subjects stand in a scheme, now or at any moment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from graph_service.errors import LimitExceeded
from graph_service.lookups.book import edition_of, is_now, moment_of, scheme_of
from graph_service.model.records import Moment
from graph_service.model.standing import Standing
from graph_service.model.subjects import Subject
from graph_service.policy.schemes import Scheme
from graph_service.ports.store import Reading
from graph_service.scoring.total import balances_of, grades_of, total

#: Standings that one page may hold.
PAGE_MAX = 500


def standings_of(
    reading: Reading, subjects: Collection[str], scheme: str, moment: Moment | None = None
) -> Mapping[str, Standing]:
    """Give the standings of subjects at a moment; those that no share reached stand at the scheme's base.

    Now, they are read as they are kept; at another moment they are derived from the share relation.
    """
    moment = moment or moment_of(reading)
    edition = scheme_of(edition_of(reading, moment.as_of, moment.known_at), scheme, moment.as_of)
    if is_now(reading, moment) and scheme not in reading.unkept():
        kept = reading.standings_of(subjects, scheme)
        return {subject: kept.get(subject) or total(edition, subject, (), ()).standing for subject in subjects}
    return dict(_derived(reading, subjects, edition, moment))


def _derived(
    reading: Reading, subjects: Collection[str], scheme: Scheme, moment: Moment
) -> Iterator[tuple[str, Standing]]:
    lines = reading.lines_to(subjects, scheme.code, moment)
    acts = reading.grading_acts_to(subjects, scheme.code, moment)
    for subject in subjects:
        balances = balances_of(scheme, lines.get(subject, ()))
        yield subject, total(scheme, subject, balances, grades_of(acts.get(subject, ()))).standing


def standings(
    reading: Reading,
    scheme: str,
    *,
    as_of: date | None = None,
    known_at: int | None = None,
    after: str | None = None,
    limit: int = PAGE_MAX,
) -> list[Standing]:
    """List the standings of all subjects of the scheme's kinds, in order of subject id, from the one behind `after`.

    Raises:
        LimitExceeded: More than `PAGE_MAX` were asked for.
        PolicyMissing, SchemeUnknown: There is no such scheme on the day.
        DayNotWorked, PositionUnknown: The moment cannot be read.
    """
    if limit > PAGE_MAX:
        raise LimitExceeded(limit="limit", most=PAGE_MAX, asked=limit, field="limit")
    moment = moment_of(reading, as_of, known_at)
    edition = scheme_of(edition_of(reading, moment.as_of, moment.known_at), scheme, moment.as_of)
    listed: list[Standing] = []
    while len(listed) < limit:
        page = reading.subjects(kinds=edition.subjects, after=after, limit=limit)
        found = [subject.id for subject in page if stands(subject, moment)][: limit - len(listed)]
        held = standings_of(reading, found, scheme, moment)
        listed.extend(held[subject] for subject in found)
        if len(page) < limit:
            break
        after = page[-1].id
    return listed


def stands(subject: Subject, moment: Moment) -> bool:
    """Tell whether a subject is known, and has not ended, at a moment."""
    ended = subject.until is not None and subject.until <= moment.as_of
    return subject.seq <= moment.known_at and not ended


def all_standings(
    reading: Reading, scheme: str, *, as_of: date | None = None, known_at: int | None = None
) -> Iterator[Standing]:
    """Go through the standings of all subjects of the scheme's kinds, in order of subject id."""
    after: str | None = None
    while True:
        page: Sequence[Standing] = standings(reading, scheme, as_of=as_of, known_at=known_at, after=after)
        yield from page
        if len(page) < PAGE_MAX:
            return
        after = page[-1].subject
