"""Import records that were decided elsewhere: many at a time, as filing and approving them one by one would.

A row is weighed by the same functions that file and approve a single record; what they gave is remembered for the rows
that are like it, which in a year of a district are nearly all. Whatever is not plain is left to the single way, which
also says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple, cast

from graph_service.actions.decide import as_approved
from graph_service.actions.desk import Desk
from graph_service.actions.settle import next_step
from graph_service.actions.steps import entering_force
from graph_service.errors import JournalWentOn, Refusal
from graph_service.lookups.book import edition_of, rule_of, scheme_of
from graph_service.lookups.derived import brings_about
from graph_service.lookups.listing import records_exist
from graph_service.lookups.proposal import check_reach
from graph_service.model.actors import checked_person
from graph_service.model.journal import Entry, EntryKind, Value, Written
from graph_service.model.records import LATEST, Record, RecordState
from graph_service.model.subjects import Subject, SubjectKind, checked_id
from graph_service.policy.schemes import Edition, Rule, Scheme
from graph_service.ports.store import Reading
from graph_service.projection.codec import found_of, of_row
from graph_service.scoring import assess
from graph_service.scoring.reach import reach_bound

#: Findings that are remembered at a time.
REMEMBERED_MAX = 200_000


class Told(NamedTuple):
    """A row: a record that was approved elsewhere, in the order of `codec.SAID`. Quantity and points in millionths."""

    id: str
    subject: str
    scheme: str
    rule: str
    happened_on: date
    quantity: int | None
    points: int | None
    filer: str
    approver: str
    approved_on: date

    @property
    def said(self) -> list[Value]:
        """The row as the journal keeps it."""
        return [*self[:4], self.happened_on.isoformat(), *self[5:9], self.approved_on.isoformat()]


class Weighed(NamedTuple):
    """A row with what was found out about it, in the order of `codec.FOUND`."""

    told: Told
    found: list[Value]


def import_records(desk: Desk, rows: Sequence[tuple[list[Value], list[Value]]], *, actor: str, after: int) -> Entry:
    """Write rows that were weighed (said and found) as one entry.

    Raises:
        JournalWentOn: Something else was entered since they were weighed, so they may weigh otherwise.
    """
    head = desk.page.head().seq
    if head != after:
        raise JournalWentOn(weighed_at=after, head=head)
    asked = {"rows": [said for said, _ in rows]}
    outcome = {"rows": [found for _, found in rows]}
    return desk.write(f"records/imported/{head + 1}", EntryKind.RECORDS_IMPORTED, actor, asked, outcome)


def import_laid(
    desk: Desk, asked: Written, outcome: Written, *, schemes: Collection[str], laid_on: date, actor: str, after: int
) -> Entry:
    """Write rows that were weighed, and laid out in a file from which the store takes them, as one entry.

    Raises:
        JournalWentOn: Something else was entered since they were weighed, or a day or a scheme began.
    """
    head = desk.page.head().seq
    if head != after or desk.today != laid_on or not set(schemes) <= desk.page.unkept():
        raise JournalWentOn(weighed_at=after, head=head)
    return desk.write(
        f"records/imported/{head + 1}", EntryKind.RECORDS_IMPORTED, actor, {"rows": asked}, {"rows": outcome}
    )


#: What was approved before, by scheme and rule, in order of approval.
Earlier = dict[tuple[str, str], list["Record | Weighed"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What a rule says of behaviour on a day."""

    edition: Edition
    scheme: Scheme
    rule: Rule
    kinds: frozenset[SubjectKind]
    looks_back: bool
    #: Whether no act under it can reach too many; else its walks have to be looked at.
    reach_bound: bool


class Way(StrEnum):
    """How rows that are alike, and the same to their rule, come to be weighed."""

    #: As one of them weighs, so does each.
    ALIKE = "alike"
    #: Likewise where its subject has none by the rule before it.
    FIRST = "first"
    #: Each has to be weighed by itself.
    EACH = "each"
    #: It must be entered the single way, and all others of its subject with it.
    ALONE = "alone"


@dataclass(slots=True)
class Scales:
    """Weighs the rows of subjects; remembers what it found."""

    reading: Reading
    #: The day up to which a record lives.
    today: date
    _cases: dict[tuple[str, str, date], _Case | None] = field(default_factory=dict)
    _found: dict[tuple[object, ...], list[Value]] = field(default_factory=dict)
    _bound: dict[tuple[int, str, str], bool] = field(default_factory=dict)
    _people: set[str] = field(default_factory=set)

    def alike(self, kind: SubjectKind, told: Told) -> tuple[Way, list[Value] | None]:
        """Tell what rows come to that are like this one: of a subject of a kind, whoever it is, and from whomever.

        The subject's first day and the people are the caller's to look at: see `lives` and `fit`.
        """
        case = self._case(told)
        if case is None or kind not in case.kinds or not self._in_order(told):
            return Way.ALONE, None
        if not case.reach_bound:
            return Way.EACH, None
        record = self._record(case, told, ())
        if record is None:
            return Way.ALONE, None
        return Way.FIRST if case.looks_back else Way.ALIKE, found_of(record)

    def lives(self, subject: Subject) -> bool:
        """Tell whether records may still be entered of a subject."""
        return subject.until is None or subject.until > self.today

    def fit(self, person: str) -> bool:
        """Tell whether somebody may be named as having filed or approved."""
        if person not in self._people:
            try:
                self._people.add(checked_person(person, "filer"))
            except Refusal:
                return False
        return True

    def weigh(self, told: Sequence[Told]) -> Iterator[tuple[list[Told], list[Weighed] | None]]:
        """Weigh rows; for each subject give its rows and what they weigh, both in order of approval.

        None in place of what they weigh says that there is a row among them that must be entered the single way, so
        that all of them must, in order. Rows that the journal holds already, saying the same, do not weigh.
        """
        subjects = self.reading.subjects_of({row.subject for row in told})
        some = records_exist(self.reading)
        known = self.reading.records_of([row.id for row in told]) if some else {}
        about = self.reading.records_about(list(subjects)) if some else {}
        for subject, rows in _by_subject(told).items():
            held = subjects.get(subject)
            rows.sort(key=lambda row: (row.approved_on, row.id))
            yield rows, None if held is None else self._weigh(held, rows, known, about.get(subject, ()))

    def _weigh(
        self, subject: Subject, rows: Sequence[Told], known: Mapping[str, Record], about: Iterable[Record]
    ) -> list[Weighed] | None:
        if not self.lives(subject):
            return None
        earlier: Earlier = {}
        for record in sorted(about, key=lambda record: record.approval):
            if record.approved_on is not None:
                earlier.setdefault((record.scheme, record.rule), []).append(record)
        weighed: list[Weighed] = []
        for row in rows:
            if row.id in known:
                if not _same(known[row.id], row):
                    return None
                continue
            found = self._row(subject, row, earlier)
            if found is None:
                return None
            weighed.append(Weighed(row, found))
        return weighed

    def _row(self, subject: Subject, row: Told, earlier: Earlier) -> list[Value] | None:
        case = self._case(row)
        if case is None or subject.kind not in case.kinds or not self._plain(subject, row):
            return None
        before = earlier.setdefault((row.scheme, row.rule), []) if case.looks_back else []
        if before:
            before[:] = [self._whole(each) if isinstance(each, Weighed) else each for each in before]
            record = self._record(case, row, cast("list[Record]", before))
            if record is None:
                return None
            before.append(record)
            return found_of(record)
        found = self._alone(case, row)
        if found is not None and case.looks_back:
            before.append(Weighed(row, found))
        return found

    def _whole(self, weighed: Weighed) -> Record:
        """Give a record that was weighed as later ones look back on it."""
        return of_row(weighed.told.said, weighed.found, filed_on=self.today, seq=LATEST)

    def _alone(self, case: _Case, row: Told) -> list[Value] | None:
        """Weigh a row on which nothing before it bears: rows that are alike weigh the same."""
        key = (row[2:7], row.approved_on)
        found = self._found.get(key) if case.reach_bound else None
        if found is None:
            record = self._record(case, row, ())
            if record is None:
                return None
            if len(self._found) >= REMEMBERED_MAX:
                self._found.clear()
            found = self._found[key] = found_of(record)
        return found

    def _plain(self, subject: Subject, row: Told) -> bool:
        """Tell whether nothing about days and people has to be said."""
        if not self._in_order(row):
            return False
        if subject.since is not None and row.happened_on < subject.since:
            return False
        if row.approver in (row.filer, row.subject):
            return False
        try:
            checked_id(row.id, "id")
        except Refusal:
            return False
        return self.fit(row.filer) and self.fit(row.approver)

    def _in_order(self, row: Told) -> bool:
        return row.happened_on <= row.approved_on <= self.today

    def _case(self, row: Told) -> _Case | None:
        """Find the rule of a row; None where there is none, or where more follows from it than shares."""
        key = (row.scheme, row.rule, row.happened_on)
        if key not in self._cases:
            self._cases[key] = self._found_case(row)
        return self._cases[key]

    def _found_case(self, row: Told) -> _Case | None:
        try:
            edition = edition_of(self.reading, row.happened_on)
            scheme = scheme_of(edition, row.scheme, row.happened_on)
            rule = rule_of(scheme, row.rule, row.happened_on)
        except Refusal:
            return None
        if rule.derived or brings_about(scheme, rule):
            return None
        return _Case(
            edition=edition,
            scheme=scheme,
            rule=rule,
            kinds=frozenset(rule.subjects or scheme.subjects),
            looks_back=assess.looks_back(rule),
            reach_bound=self._reach_bound(edition, scheme, rule),
        )

    def _reach_bound(self, edition: Edition, scheme: Scheme, rule: Rule) -> bool:
        # The same on every day of an edition.
        key = (edition.number, scheme.code, rule.code)
        if key not in self._bound:
            self._bound[key] = reach_bound(self.reading.editions(), scheme, rule)
        return self._bound[key]

    def _record(self, case: _Case, row: Told, earlier: Sequence[Record]) -> Record | None:
        """Live the record's life up to today; None where the rule cannot assess it."""
        behaviour = assess.Behaviour(happened_on=row.happened_on, quantity=row.quantity, points=row.points)
        try:
            assess.check(case.rule, behaviour)
        except Refusal:
            return None
        found = assess.assess(case.rule, behaviour, earlier)
        proposed = Record(
            id=row.id,
            subject=row.subject,
            scheme=row.scheme,
            rule=row.rule,
            happened_on=row.happened_on,
            quantity=row.quantity,
            asked_points=row.points,
            edition=case.edition.number,
            points=found.points,
            grade=found.grade,
            reasons=found.reasons,
            state=RecordState.FILED,
            filer=row.filer,
            filed_on=self.today,
        )
        try:
            if not case.reach_bound:
                check_reach(self.reading, case.scheme, proposed, self.today)
        except Refusal:
            return None
        record = as_approved(proposed, case.scheme, row.approver, row.approved_on, history=True)
        if record.force_on is not None and record.force_on <= self.today:
            record = entering_force(self.reading, record)
        while due := next_step(self.reading, record, self.today):
            record = due[2]
        return record


def _by_subject(told: Sequence[Told]) -> dict[str, list[Told]]:
    rows: dict[str, list[Told]] = {}
    for row in told:
        rows.setdefault(row.subject, []).append(row)
    return rows


def _same(record: Record, row: Told) -> bool:
    """Tell whether a record that is there says what the row says."""
    held = (
        *(record.id, record.subject, record.scheme, record.rule, record.happened_on),
        *(record.quantity, record.asked_points, record.filer, record.approver, record.approved_on),
    )
    # One that was filed under several rules says more than a row can.
    return held == tuple(row) and not record.asked_rules
