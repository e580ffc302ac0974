"""Enrol subjects: from here on they can be spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from graph_service.actions.desk import Desk
from graph_service.errors import ExistsDifferently, IdentifierTaken, KindUnknown
from graph_service.lookups.book import not_in_future
from graph_service.model.days import EVER
from graph_service.model.journal import Entry, EntryKind, Value
from graph_service.model.subjects import PERSONAL_KINDS, AgeClass, SubjectKind, checked_id
from graph_service.ports.vault import Profile

_KINDS = frozenset(SubjectKind)

#: Years of age at which a person changes class, and the class reached.
AGE_STEPS = ((14, AgeClass.FROM_14_TO_17), (18, AgeClass.ADULT))


def enrol(
    desk: Desk,
    *,
    subject: str,
    kind: str,
    actor: str,
    name: str | None = None,
    born_on: date | None = None,
    identifiers: Mapping[str, str] | None = None,
    since: date | None = None,
) -> Entry:
    """Enrol a subject.

    Names of persons and families, birth days and identifiers go to the vault; an organisation's public name goes to the
    journal, and to the vault as well, because that is where names are found. The journal learns a person's age class
    and the days on which it changed, and no birth day. Where no `since` is given, a person exists from the first day of
    the birth year, so that nothing can be recorded of anyone before that.

    Raises:
        IdMalformed: The id has characters that ids do not have.
        IdPersonal: The id is a number of the person's own.
        KindUnknown: There is no such kind of subject.
        ExistsDifferently: The same subject was enrolled with other data.
        DayInFuture: The birth day has not come.
        IdentifierTaken: An identifier is another subject's.
    """
    asked = enrolment(subject, kind, name, since)
    profile = Profile(name=name, born_on=born_on, identifiers=dict(identifiers or {}))
    repeated = desk.repeated(f"subject/{subject}", asked)
    repeated = repeated or desk.repeated_row(desk.page.subjects_of([subject]).get(subject), asked)
    if repeated is not None:
        # Of who was forgotten nothing is left to compare.
        if not desk.forgotten(subject):
            same_profile(subject, desk.profile(subject), profile)
        return repeated
    outcome = enrolled(desk, subject, profile, since)
    if profile != Profile():
        desk.envelope.put_profile(subject, profile)
    return desk.write(f"subject/{subject}", EntryKind.SUBJECT_ENROLLED, actor, asked, outcome)


def enrolment(subject: str, kind: str, name: str | None, since: date | None) -> dict[str, Value]:
    """Write down what the journal is told of a subject to enrol; names of persons and families are none of it."""
    checked_id(subject, "id")
    if kind not in _KINDS:
        raise KindUnknown(kind=kind, known=", ".join(SubjectKind), field="kind")
    asked: dict[str, Value] = {"subject": subject, "kind": kind}
    if since is not None:
        asked["since"] = since.isoformat()
    if name and SubjectKind(kind) not in PERSONAL_KINDS:
        asked["name"] = name
    return asked


def enrolled(desk: Desk, subject: str, profile: Profile, since: date | None) -> dict[str, Value]:
    """Work out what an enrolment comes to: age classes, and since when the subject exists."""
    for scheme, value in profile.identifiers.items():
        holder = desk.holder_of(scheme, value)
        # The vault is written first: after a crash it may hold what the journal never learned of this very subject.
        if holder is not None and holder != subject:
            raise IdentifierTaken(subject=subject, scheme=scheme, holder=holder, field=scheme)
    outcome: dict[str, Value] = {}
    born_on = profile.born_on
    if born_on is not None:
        not_in_future(born_on, desk.today, "born_on")
        outcome["ages"] = [[day.isoformat(), str(age_class)] for day, age_class in ages(born_on, desk.today)]
    exists_since = since or (born_on and date(born_on.year, 1, 1))
    if exists_since:
        outcome["since"] = exists_since.isoformat()
    return outcome


def same_profile(subject: str, held: Profile, profile: Profile) -> None:
    """Refuse a repetition that comes with other personal data than the first time."""
    for field in ("name", "born_on", "identifiers"):
        if getattr(held, field) != getattr(profile, field):
            raise ExistsDifferently(id=subject, field=field)


def birth_days(day: date, age: int) -> list[date]:
    """List the birth days of those who reach an age on a day.

    >>> birth_days(date(2026, 3, 1), 18)
    [datetime.date(2008, 2, 29), datetime.date(2008, 3, 1)]
    """
    last = date(day.year - age, day.month, 1) + timedelta(days=day.day - 1)
    # Who was born on 29 February reaches the age on 1 March of a common year, so look a day back.
    return [born for born in (last - timedelta(days=1), last) if birthday(born, age) == day]


def ages(born_on: date, today: date) -> list[tuple[date, AgeClass]]:
    """List the age changes of a person up to today, in order; the first class holds from ever.

    >>> ages(date(2010, 5, 1), date(2026, 1, 1))[-1]
    (datetime.date(2024, 5, 1), <AgeClass.FROM_14_TO_17: 'from_14_to_17'>)
    """
    reached = [(birthday(born_on, age), age_class) for age, age_class in AGE_STEPS]
    return [(EVER, AgeClass.UNDER_14), *(change for change in reached if change[0] <= today)]


def birthday(born_on: date, age: int) -> date:
    """Give the day on which an age is reached; who was born on 29 February reaches it on 1 March of a common year."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)
