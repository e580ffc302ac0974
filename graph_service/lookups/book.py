"""What stands in the book: subjects, schemes and rules, found or refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from graph_service.errors import (
    DayInFuture,
    DayNotWorked,
    PolicyMissing,
    PositionUnknown,
    RuleUnknown,
    SchemeUnknown,
    SubjectEnded,
    SubjectUnknown,
)
from graph_service.model.records import LATEST, Moment, Record
from graph_service.model.subjects import Subject
from graph_service.policy.schemes import Edition, Rule, Scheme
from graph_service.ports.store import Reading
from graph_service.projection.keep import edition_on


def subject_of(reading: Reading, id_: str, *, field: str = "subject") -> Subject:
    """Find a subject.

    Raises:
        SubjectUnknown: There is none.
    """
    subject = reading.subjects_of([id_]).get(id_)
    if subject is None:
        raise SubjectUnknown(subject=id_, field=field)
    return subject


def living_subject(reading: Reading, id_: str, today: date, *, field: str = "subject") -> Subject:
    """Find a subject that something new may be said of.

    Raises:
        SubjectUnknown: There is none.
        SubjectEnded: It has ended.
    """
    return living(reading.subjects_of([id_]), id_, today, field=field)


def living(found: Mapping[str, Subject], id_: str, today: date, *, field: str) -> Subject:
    """Give a subject that something new may be said of, out of those that were found.

    Raises:
        SubjectUnknown: It was not found.
        SubjectEnded: It has ended.
    """
    subject = found.get(id_)
    if subject is None:
        raise SubjectUnknown(subject=id_, field=field)
    if subject.until is not None and subject.until <= today:
        raise SubjectEnded(subject=id_, field=field)
    return subject


def edition_of(reading: Reading, day: date, known_at: int = LATEST) -> Edition:
    """Find the edition of a day, as far as it was known at a position.

    Raises:
        PolicyMissing: None is in force.
    """
    edition = edition_on(reading.editions(), day, known_at)
    if edition is None:
        raise PolicyMissing(on=day.isoformat())
    return edition


def scheme_of(edition: Edition, code: str, day: date) -> Scheme:
    """Find a scheme in an edition.

    Raises:
        SchemeUnknown: It has none of this code.
    """
    scheme = edition.policy.schemes.get(code)
    if scheme is None:
        known = ", ".join(sorted(edition.policy.schemes))
        raise SchemeUnknown(scheme=code, on=day.isoformat(), known=known, field="scheme")
    return scheme


def rule_of(scheme: Scheme, code: str, day: date, *, field: str = "rule") -> Rule:
    """Find a rule in a scheme.

    Raises:
        RuleUnknown: It has none of this code.
    """
    rule = scheme.rules.get(code)
    if rule is None:
        raise RuleUnknown(scheme=scheme.code, rule=code, on=day.isoformat(), field=field)
    return rule


def schemes_of(reading: Reading, record: Record) -> Mapping[str, Scheme]:
    """Give the schemes of the edition of the day a record happened, by code."""
    for edition in reading.editions():
        if edition.number == record.edition:
            return edition.policy.schemes
    raise AssertionError(f"the journal has no edition {record.edition}")


def book_of(reading: Reading, record: Record) -> tuple[Scheme, Rule]:
    """Give scheme and rule of a record, by the edition of the day it happened."""
    scheme = schemes_of(reading, record)[record.scheme]
    return scheme, scheme.rules[record.rule]


def not_in_future(day: date, today: date, field: str) -> None:
    """Refuse a day that has not come.

    Raises:
        DayInFuture: It lies after today.
    """
    if day > today:
        raise DayInFuture(field=field, day=day.isoformat(), today=today.isoformat())


def moment_of(reading: Reading, as_of: date | None = None, known_at: int | None = None) -> Moment:
    """Give the moment that is asked for: by default the last day worked off, with everything that is known.

    Raises:
        DayNotWorked: The day has not been worked off.
        PositionUnknown: The journal does not reach so far.
    """
    head = reading.head()
    ticked = head.ticked_on or date.min
    if as_of is not None and as_of > ticked:
        raise DayNotWorked(day=as_of.isoformat(), ticked=ticked.isoformat(), field="as_of")
    if known_at is not None and not 0 <= known_at <= head.seq:
        raise PositionUnknown(position=known_at, head=head.seq, field="known_at")
    return Moment(as_of or ticked, head.seq if known_at is None else known_at)


def is_now(reading: Reading, moment: Moment) -> bool:
    """Tell whether a moment is the one for which standings are kept.

    While a day is being worked off, what is kept is of a day that cannot be read yet.
    """
    head = reading.head()
    ticked = head.ticked_on or date.min
    half_worked = head.entered_on is not None and head.entered_on > ticked
    return moment == Moment(ticked, head.seq) and not half_worked
