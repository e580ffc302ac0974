"""Linked records: what a record's rule files also, for the subjects that a path reaches on the day of the behaviour."""

from __future__ import annotations

from datetime import date

from graph_service.errors import FanOutExceeded
from graph_service.lookups.book import book_of, edition_of
from graph_service.lookups.derived import carried_over, derived_from, held_over
from graph_service.lookups.proposal import assessed
from graph_service.model.days import lies_within
from graph_service.model.records import Origin, Record, RecordState
from graph_service.model.subjects import Subject, SubjectKind
from graph_service.model.ties import Tie
from graph_service.policy.schemes import Also, Path
from graph_service.ports.store import Reading

#: The most records that one record may file also.
LINKED_MAX = 1_000


def filed_also(reading: Reading, source: Record, today: date) -> dict[str, Record]:
    """Give the records that are filed also when a record is approved, by id, in the order of its rule and of subjects.

    They are filed by the same person, and assessed as proposals. Who did not exist on the day of the behaviour, or has
    ended, is left out; who is reached twice by one rule is given one record.

    Raises:
        FanOutExceeded: There would be more than `LINKED_MAX` of them.
    """
    _, rule = book_of(reading, source)
    filings: dict[str, Record] = {}
    for also in rule.also:
        for subject in _subjects(reading, also, source, today):
            filing = _filing(reading, also, subject, source, today)
            filings[filing.id] = filing
    if len(filings) > LINKED_MAX:
        raise FanOutExceeded(route="also", record=source.id, reached=len(filings), fan_out=LINKED_MAX)
    return filings


def filed_with(reading: Reading, source: Record, today: date) -> list[Record]:
    """Give the records that were filed with a record: those of linked subjects, and what bridges carried over of it.

    Where it still waits for its approval, those that would be filed, as proposals.

    Raises:
        FanOutExceeded: There would be more than `LINKED_MAX` of them.
    """
    if source.state is RecordState.FILED:
        return [*filed_also(reading, source, today).values(), *carried_over(reading, source)]
    held = reading.records_of(source.linked)
    return [*(held[id_] for id_ in source.linked), *held_over(reading, source)]


def _subjects(reading: Reading, also: Also, source: Record, today: date) -> list[str]:
    reached = reading.subjects_of(ends_of(reading, also.path, source.subject, source.happened_on))
    return [id_ for id_, subject in sorted(reached.items()) if _lives(subject, source.happened_on, today)]


def _lives(subject: Subject, day: date, today: date) -> bool:
    """Tell whether something that happened on a day may be said of a subject today."""
    return (subject.since is None or subject.since <= day) and (subject.until is None or subject.until > today)


def _filing(reading: Reading, also: Also, subject: str, source: Record, today: date) -> Record:
    edition = edition_of(reading, source.happened_on)
    _, id_ = derived_from(reading, Origin(record=source.id), subject, also.scheme, also.rule)
    filing = Record(
        id=id_,
        subject=subject,
        scheme=also.scheme,
        rule=also.rule,
        happened_on=source.happened_on,
        edition=edition.number,
        points=0,
        state=RecordState.FILED,
        filer=source.filer,
        filed_on=today,
        origin=Origin(record=source.id),
    )
    return assessed(reading, edition.policy.schemes[also.scheme], filing)


def linked_over(reading: Reading, tie: Tie) -> list[str]:
    """List the linked records that were filed over a tie, and to whose subjects no walk leads without it.

    In order of the subjects whose records they come from, of these newest first, and as they were filed.
    """
    starts = {
        start
        for edition in reading.editions()
        for scheme in edition.policy.schemes.values()
        for rule in scheme.rules.values()
        for also in rule.also
        for start in _starts_over(reading, also.path, tie)
    }
    about = reading.records_about(starts)
    return [
        linked
        for start in sorted(starts)
        for source in about.get(start, ())
        if source.linked and lies_within(source.happened_on, tie.since, tie.until)
        for linked in _filed_over(reading, source, tie)
    ]


def _starts_over(reading: Reading, path: Path, tie: Tie) -> set[str]:
    """Find the subjects from which a path can lead over a tie, on whatever day."""
    starts: set[str] = set()
    for place, step in enumerate(path.steps):
        near, _, far_kind = _directed(tie, forward=step.forward)
        if tie.kind != step.kind or far_kind is not path.kinds[place + 1]:
            continue
        reached = {near}
        for before in reversed(path.steps[:place]):
            around = reading.ties_around(reached)
            reached = {
                _directed(other, forward=before.forward)[0]
                for far in reached
                for other in around.get(far, ())
                if other.kind == before.kind and _directed(other, forward=before.forward)[1] == far
            }
        starts |= reached
    return starts


def _filed_over(reading: Reading, source: Record, tie: Tie) -> list[str]:
    _, rule = book_of(reading, source)
    held = reading.records_of(source.linked)
    reached, left = (
        {
            (also.scheme, also.rule, subject)
            for also in rule.also
            for subject in ends_of(reading, also.path, source.subject, source.happened_on, without=without)
        }
        for without in (None, tie.id)
    )
    lost = reached - left
    return [id_ for id_ in source.linked if (held[id_].scheme, held[id_].rule, held[id_].subject) in lost]


def ends_of(reading: Reading, path: Path, start: str, day: date, *, without: str | None = None) -> set[str]:
    """Find the subjects at the far ends of a path, over ties in force on a day, no subject twice on the way.

    One tie may be left out, as if it had never been there.
    """
    if reading.subjects_of([start])[start].kind is not path.kinds[0]:
        return set()
    walks: set[tuple[str, ...]] = {(start,)}
    for step, kind in zip(path.steps, path.kinds[1:], strict=True):
        around = reading.ties_around({walk[-1] for walk in walks})
        walks = {
            (*walk, far)
            for walk in walks
            for tie in around.get(walk[-1], ())
            if tie.kind == step.kind and tie.voided_on is None and lies_within(day, tie.since, tie.until)
            if tie.id != without
            for near, far, far_kind in (_directed(tie, forward=step.forward),)
            if near == walk[-1] and far_kind is kind and far not in walk
        }
    return {walk[-1] for walk in walks}


def _directed(tie: Tie, *, forward: bool) -> tuple[str, str, SubjectKind]:
    """Give the near and the far end of a tie as it is walked, and the kind of the far one."""
    return (tie.source, tie.target, tie.target_kind) if forward else (tie.target, tie.source, tie.source_kind)
