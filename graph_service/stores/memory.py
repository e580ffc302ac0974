"""The reference store: the plainest code that is right, kept in memory. It has no index and must never grow one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from threading import Lock
from typing import TypeVar

from msgspec.structs import replace

from graph_service.model.consents import Consent, Waiver
from graph_service.model.days import EVER, lies_within
from graph_service.model.journal import GENESIS, Entry, EntryKind, Head
from graph_service.model.records import LATEST, Act, Force, Moment, Record, RecordState
from graph_service.model.standing import Balance, Line, Standing
from graph_service.model.subjects import AgeChange, AgeClass, Subject, SubjectKind
from graph_service.model.ties import Tie, TieEnd
from graph_service.policy.schemes import Edition
from graph_service.ports.store import Due, EntryTaken, Page, Reading, TiesHeld
from graph_service.projection.codec import force_of, imported
from graph_service.scoring.sharing import (
    Carriage,
    Condition,
    Consents,
    Differ,
    Holds,
    Pattern,
    Unwaived,
    Walk,
    amount,
    carriages,
    conditions,
    strongest,
)

BalanceKey = tuple[str, str, str, int, date | None]
Held = TypeVar("Held")
Listed = TypeVar("Listed", Subject, Tie, Consent, Waiver, Record)


@dataclass(slots=True)
class _State:
    """Everything that is kept. Values are frozen, so a copy of the containers is a copy of all."""

    entries: list[Entry] = field(default_factory=list)
    ticked: list[date] = field(default_factory=list)
    editions: list[Edition] = field(default_factory=list)
    subjects: dict[str, Subject] = field(default_factory=dict)
    ages: list[AgeChange] = field(default_factory=list)
    ties: dict[str, Tie] = field(default_factory=dict)
    consents: dict[str, Consent] = field(default_factory=dict)
    waivers: dict[str, Waiver] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    due: dict[str, date] = field(default_factory=dict)
    forces: list[Force] = field(default_factory=list)
    balances: dict[BalanceKey, Balance] = field(default_factory=dict)
    standings: dict[tuple[str, str], Standing] = field(default_factory=dict)
    unkept: set[str] = field(default_factory=set)

    def copy(self) -> _State:
        return _State(**{each.name: copy(getattr(self, each.name)) for each in fields(self)})


def visible(held: Tie | Consent | Waiver, moment: Moment) -> bool:
    """Tell whether a fact is known, and not found to be an error, at a moment."""
    if held.seq > moment.known_at:
        return False
    if held.voided_on is None or held.voided_seq is None:
        return True
    return held.voided_on > moment.as_of or held.voided_seq > moment.known_at


def holds(held: Tie | Consent | Waiver, day: date) -> bool:
    """Tell whether a day lies in `[since, until)`."""
    return lies_within(day, held.since, held.until)


class MemoryPage:
    """Reads and writes one state, by looking at everything."""

    def __init__(self, state: _State) -> None:
        self._state = state

    # The journal

    def head(self) -> Head:
        """Give the end of the journal."""
        entries, ticked = self._state.entries, self._state.ticked
        last = entries[-1] if entries else None
        return Head(
            seq=last.seq if last else 0,
            hash=last.hash if last else GENESIS,
            entered_on=last.entered_on if last else None,
            ticked_on=ticked[-1] if ticked else None,
        )

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        """List entries that follow a position."""
        return self._state.entries[after : after + limit]

    def entries_of(self, ids: Collection[str]) -> Mapping[str, Entry]:
        """Find entries by id."""
        return {entry.id: entry for entry in self._state.entries if entry.id in ids}

    def life_of(self, records: Collection[str]) -> Mapping[str, list[Entry]]:
        """List the entries that tell each record's life."""
        told: list[tuple[str, Entry]] = []
        for entry in self._state.entries:
            if entry.kind is EntryKind.RECORDS_IMPORTED:
                told += [(record.id, entry) for record in imported(entry)]
            elif "record" in entry.outcome:
                told.append((entry.outcome["record"], entry))
        return _grouped((record, entry) for record, entry in told if record in records)

    def editions(self) -> list[Edition]:
        """List the adopted editions."""
        return list(self._state.editions)

    # The graph

    def subjects_of(self, ids: Collection[str]) -> Mapping[str, Subject]:
        """Find subjects by id."""
        return _found(self._state.subjects, ids)

    def subjects(self, *, kinds: Collection[SubjectKind], after: str | None, limit: int) -> list[Subject]:
        """List subjects of some kinds."""
        return _page(
            (each for each in self._state.subjects.values() if not kinds or each.kind in kinds),
            after,
            limit,
        )

    def ages_of(self, subjects: Collection[str]) -> Mapping[str, list[AgeChange]]:
        """List the age changes of persons."""
        changes = sorted(self._state.ages, key=lambda change: (change.subject, change.since))
        return _grouped((each.subject, each) for each in changes if each.subject in subjects)

    def ages(self, *, after: str | None, limit: int) -> list[AgeChange]:
        """List all age changes of up to `limit` persons."""
        changed = _next((change.subject for change in self._state.ages), after, limit)
        return [change for changes in _values(self.ages_of(changed)) for change in changes]

    def ties_of(self, ids: Collection[str]) -> Mapping[str, Tie]:
        """Find ties by id."""
        return _found(self._state.ties, ids)

    def ties_around(self, subjects: Collection[str]) -> Mapping[str, list[Tie]]:
        """List all ties that each subject ever had."""
        return _grouped(
            (subject, tie)
            for _, tie in sorted(self._state.ties.items())
            for subject in dict.fromkeys((tie.source, tie.target))
            if subject in subjects
        )

    def ties_held(self, subjects: Collection[str], question: TiesHeld) -> Mapping[str, list[Tie]]:
        """List a page of the ties of each subject that hold on a day."""
        found = sorted(
            (tie.at(end), tie.at(end.other), tie.id)
            for tie in self._state.ties.values()
            for end in question.ends
            if tie.at(end) in subjects and question.asks_for(tie, end)
        )
        pages = _grouped((subject, self._state.ties[id_]) for subject, _, id_ in found)
        return {subject: ties[: question.limit] for subject, ties in pages.items()}

    def ties_at(self, subjects: Collection[str], kind: str, end: TieEnd) -> Mapping[str, list[Tie]]:
        """List the ties of a kind that each subject ever had at an end."""
        return _grouped(
            (getattr(tie, end), tie)
            for _, tie in sorted(self._state.ties.items())
            if tie.kind == kind and getattr(tie, end) in subjects
        )

    def ties(self, *, after: str | None, limit: int) -> list[Tie]:
        """List ties."""
        return _page(self._state.ties.values(), after, limit)

    def void_days(self, *, since: date, until: date) -> list[date]:
        """List the days on which a tie, consent or waiver was voided."""
        state = self._state
        facts: list[Tie | Consent | Waiver] = [*state.ties.values(), *state.consents.values(), *state.waivers.values()]
        return sorted({fact.voided_on for fact in facts if fact.voided_on and since <= fact.voided_on < until})

    def consents_of(self, ids: Collection[str]) -> Mapping[str, Consent]:
        """Find consents by id."""
        return _found(self._state.consents, ids)

    def consents_by(self, subjects: Collection[str]) -> Mapping[str, list[Consent]]:
        """List all consents of each subject."""
        given = sorted(self._state.consents.items())
        return _grouped((each.subject, each) for _, each in given if each.subject in subjects)

    def consents(self, *, after: str | None, limit: int) -> list[Consent]:
        """List consents."""
        return _page(self._state.consents.values(), after, limit)

    def waivers_of(self, ids: Collection[str]) -> Mapping[str, Waiver]:
        """Find waivers by id."""
        return _found(self._state.waivers, ids)

    def waivers_for(self, members: Collection[str]) -> Mapping[str, list[Waiver]]:
        """List all waivers of each member."""
        granted = sorted(self._state.waivers.items())
        return _grouped((each.member, each) for _, each in granted if each.member in members)

    def waivers(self, *, after: str | None, limit: int) -> list[Waiver]:
        """List waivers."""
        return _page(self._state.waivers.values(), after, limit)

    # Records

    def records_of(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Find records by id."""
        return _found(self._state.records, ids)

    def records_about(self, subjects: Collection[str]) -> Mapping[str, list[Record]]:
        """List the records of each subject, newest behaviour first."""
        by_id = sorted(self._state.records.values(), key=lambda record: record.id)
        newest = sorted(by_id, key=lambda record: record.happened_on, reverse=True)
        return _grouped((each.subject, each) for each in newest if each.subject in subjects)

    def records(self, *, states: Collection[RecordState], after: str | None, limit: int) -> list[Record]:
        """List records in some states."""
        return _page(
            (each for each in self._state.records.values() if not states or each.state in states),
            after,
            limit,
        )

    def forces_of(self, records: Collection[str]) -> Mapping[str, list[Force]]:
        """List the stretches in which each record was in force."""
        opened = sorted(self._state.forces, key=lambda force: (force.act.record, force.opened_seq))
        return _grouped((each.act.record, each) for each in opened if each.act.record in records)

    def forces(self, *, after: str | None, limit: int) -> list[Force]:
        """List all stretches of up to `limit` records."""
        records = _next((force.act.record for force in self._state.forces), after, limit)
        return [force for forces in _values(self.forces_of(records)) for force in forces]

    def due(self, *, by: date, limit: int) -> list[Due]:
        """List what falls due up to and on a day."""
        due = sorted((on, record) for record, on in self._state.due.items() if on <= by)
        return [Due(record=record, on=on) for on, record in due[:limit]]

    def due_of(self, records: Collection[str]) -> Mapping[str, Due]:
        """Find what falls due for records."""
        due = _found(self._state.due, records)
        return {record: Due(record=record, on=on) for record, on in due.items()}

    # The share relation

    def walks_from(self, act: Act, moment: Moment) -> list[Walk]:
        """Forward: every walk over which an act counts."""
        return [
            Walk(
                target=subjects[-1],
                route=carriage.route,
                place=carriage.place,
                ties=tuple(tie.id for tie in ties),
                amount=amount(act.points, carriage),
            )
            for carriage in self._carriages(act)
            for subjects, ties in self._matches(act, carriage.pattern)
            if all(self._true(condition, act, subjects, ties, moment) for condition in conditions(carriage.pattern))
        ]

    def _carriages(self, act: Act) -> Iterator[Carriage]:
        for edition in self._state.editions:
            if edition.number == act.edition:
                for carriage in carriages(edition):
                    if (carriage.scheme, carriage.rule, carriage.sign) == (
                        act.scheme,
                        act.rule,
                        act.sign,
                    ):
                        yield carriage

    def _matches(self, act: Act, pattern: Pattern) -> Iterator[tuple[list[str], list[Tie]]]:
        """Go through every way to follow the path from the actor, whatever the days."""
        path = pattern.path
        if self._state.subjects[act.subject].kind is not path.kinds[0]:
            return
        found: list[tuple[list[str], list[Tie]]] = [([act.subject], [])]
        for step, kind in zip(path.steps, path.kinds[1:], strict=True):
            near, far = ("source", "target") if step.forward else ("target", "source")
            found = [
                ([*subjects, getattr(tie, far)], [*ties, tie])
                for subjects, ties in found
                for tie in self._state.ties.values()
                if tie.kind == step.kind and getattr(tie, near) == subjects[-1] and getattr(tie, f"{far}_kind") is kind
            ]
        yield from found

    def _true(
        self,
        condition: Condition,
        act: Act,
        subjects: Sequence[str],
        ties: Sequence[Tie],
        moment: Moment,
    ) -> bool:
        day = act.happened_on
        match condition:
            case Holds(tie=number, vesting=vesting):
                tie = ties[number - 1]
                vested = tie.since + timedelta(days=vesting) <= day
                return vested and holds(tie, day) and visible(tie, moment)
            case Differ(first=first, second=second):
                return subjects[first] != subjects[second]
            case Consents(position=position, purpose=purpose):
                return self._consents(subjects[position], purpose, day, moment)
            case Unwaived(position=position):
                return not any(
                    (waiver.member, waiver.group) == (act.subject, subjects[position])
                    and holds(waiver, day)
                    and visible(waiver, moment)
                    for waiver in self._state.waivers.values()
                )

    def _consents(self, subject: str, purpose: str, day: date, moment: Moment) -> bool:
        person = self._state.subjects[subject].kind is SubjectKind.PERSON
        adult = not person or any(
            change.subject == subject
            and change.age_class is AgeClass.ADULT
            and change.since <= day
            and change.seq <= moment.known_at
            for change in self._state.ages
        )
        return any(
            (consent.subject, consent.purpose) == (subject, purpose)
            and (consent.guardian is None) == adult
            and holds(consent, day)
            and visible(consent, moment)
            for consent in self._state.consents.values()
        )

    def lines_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Line]]:
        """Backward: the shares of every record in force that reach each subject."""
        lines = sorted(self.lines(scheme, moment), key=lambda line: (line.act.happened_on, line.act.record))
        return _grouped((line.share.target, line) for line in lines if line.share.target in subjects)

    def lines(self, scheme: str, moment: Moment) -> Iterator[Line]:
        """Whole: every share of every record in force."""
        for force in self._state.forces:
            if force.act.scheme == scheme and force.open_at(moment):
                for share in strongest(force.act, self.walks_from(force.act, moment)):
                    yield Line(share=share, act=force.act)

    def grading_acts_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Act]]:
        """List the acts in force that give each subject a grade directly."""
        forces = sorted(self._state.forces, key=lambda force: force.act.record)
        return _grouped(
            (force.act.subject, force.act)
            for force in forces
            if force.act.grade is not None
            and force.act.subject in subjects
            and force.act.scheme == scheme
            and force.open_at(moment)
        )

    def graded(self, scheme: str, moment: Moment) -> list[str]:
        """List the subjects to whom records in force give a grade directly."""
        return sorted(
            {
                force.act.subject
                for force in self._state.forces
                if force.act.grade is not None and force.act.scheme == scheme and force.open_at(moment)
            }
        )

    def records_through_tie(self, tie: str) -> list[str]:
        """Through a tie: the records with a walk that counts over it."""
        far = Moment(date.max - timedelta(days=1), LATEST - 1)
        return [
            record.id
            for record in self._existing()
            if any(tie in walk.ties for act in self._acts(record) for walk in self.walks_from(act, far))
        ]

    def records_through_subject(self, subject: str, purpose: str) -> list[str]:
        """Through a subject: the records that its consent could let pass."""
        far = Moment(date.max - timedelta(days=1), LATEST - 1)
        return [
            record.id
            for record in self._existing()
            if any(
                subject in subjects
                and all(
                    self._true(condition, act, subjects, ties, far)
                    for condition in conditions(carriage.pattern)
                    if isinstance(condition, Holds | Differ)
                )
                for act in self._acts(record)
                for carriage in self._carriages(act)
                if carriage.pattern.consent and carriage.pattern.consent.purpose == purpose
                for subjects, ties in self._matches(act, carriage.pattern)
            )
        ]

    def _acts(self, record: Record) -> list[Act]:
        """A record as it is now, and as it ever counted."""
        return [record.act, *(force.act for force in self._state.forces if force.act.record == record.id)]

    def _existing(self) -> list[Record]:
        records = sorted(self._state.records.values(), key=lambda record: record.id)
        return [record for record in records if record.state is not RecordState.REJECTED]

    # What is kept

    def balances_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, list[Balance]]:
        """List each subject's kept balances."""
        held = sorted(
            self._state.balances.values(),
            key=lambda each: (each.subject, each.route, each.sign, each.period or EVER),
        )
        return _grouped((each.subject, each) for each in held if each.subject in subjects and each.scheme == scheme)

    def standings_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, Standing]:
        """Find kept standings."""
        return {
            subject: standing
            for (held_in, subject), standing in self._state.standings.items()
            if held_in == scheme and subject in subjects
        }

    def unkept(self) -> frozenset[str]:
        """Give the schemes whose balances and standings are not kept for now."""
        return frozenset(self._state.unkept)

    def balances(self, *, after: str | None, limit: int) -> list[Balance]:
        """List all kept balances of up to `limit` subjects."""
        held = self._state.balances.values()
        subjects = _next((balance.subject for balance in held), after, limit)
        return sorted(
            (balance for balance in held if balance.subject in subjects),
            key=lambda each: (each.subject, each.scheme, each.route, each.sign, each.period or EVER),
        )

    def standings(self, scheme: str, *, after: str | None, limit: int) -> list[Standing]:
        """List kept standings."""
        held_in = {subject for code, subject in self._state.standings if code == scheme}
        return [self._state.standings[scheme, subject] for subject in _next(held_in, after, limit)]

    def contradictions(self, *, limit: int) -> list[str]:  # noqa: ARG002 - nothing is kept twice here
        """Name places where the store contradicts itself: it keeps nothing twice."""
        return []

    # Writing

    def append(self, entry: Entry) -> None:
        """Put an entry behind the head."""
        if any(entry.id == other.id or entry.seq == other.seq for other in self._state.entries):
            raise EntryTaken(entry.id)
        self._state.entries.append(entry)

    def put_edition(self, edition: Edition) -> None:
        """Keep an adopted edition."""
        self._state.editions.append(edition)

    def put_subjects(self, subjects: Sequence[Subject]) -> None:
        """Keep subjects."""
        self._state.subjects.update({subject.id: subject for subject in subjects})

    def put_ages(self, changes: Sequence[AgeChange]) -> None:
        """Keep age changes."""
        self._state.ages.extend(changes)

    def put_ties(self, ties: Sequence[Tie]) -> None:
        """Keep ties."""
        self._state.ties.update({tie.id: tie for tie in ties})

    def put_consents(self, consents: Sequence[Consent]) -> None:
        """Keep consents."""
        self._state.consents.update({consent.id: consent for consent in consents})

    def put_waiver(self, waiver: Waiver) -> None:
        """Keep a waiver."""
        self._state.waivers[waiver.id] = waiver

    def put_record(self, record: Record) -> None:
        """Keep a record."""
        self._state.records[record.id] = record
        self._state.due.pop(record.id, None)
        if record.due_on is not None:
            self._state.due[record.id] = record.due_on

    def put_imported(self, entry: Entry) -> None:
        """Keep the records of an import."""
        for record in imported(entry):
            self.put_record(record)
            if force := force_of(record):
                self.open_force(force)

    def open_force(self, force: Force) -> None:
        """Let an act count from a day on."""
        self._state.forces.append(force)

    def close_force(self, record: str, *, on: date, seq: int) -> None:
        """Let a record count no longer from a day on."""
        self._state.forces = [
            replace(force, closed_on=on, closed_seq=seq)
            if force.act.record == record and force.closed_seq is None
            else force
            for force in self._state.forces
        ]

    def change_balances(self, changes: Sequence[Balance]) -> None:
        """Add amounts and numbers of shares to balances."""
        balances = self._state.balances
        for change in changes:
            key = (change.subject, change.scheme, change.route, change.sign, change.period)
            held = balances.get(key)
            if held is not None:
                amount, shares = held.amount + change.amount, held.shares + change.shares
                change = replace(held, amount=amount, shares=shares)  # noqa: PLW2901 - the sum takes the change's place
            balances[key] = change
            if change.shares == 0:
                del balances[key]

    def drop_balances(self, scheme: str) -> None:
        """Forget all balances and standings of a scheme."""
        state = self._state
        state.balances = {key: held for key, held in state.balances.items() if key[1] != scheme}
        state.standings = {key: held for key, held in state.standings.items() if key[0] != scheme}

    def set_unkept(self, schemes: Collection[str]) -> None:
        """Note which schemes are not kept for now."""
        self._state.unkept = set(schemes)

    def put_standings(self, standings: Sequence[Standing]) -> None:
        """Keep standings."""
        for standing in standings:
            self._state.standings[standing.scheme, standing.subject] = standing

    def drop_standings(self, subjects: Sequence[str], scheme: str) -> None:
        """Keep no standings of subjects any more."""
        for subject in subjects:
            self._state.standings.pop((scheme, subject), None)

    def set_ticked(self, day: date) -> None:
        """Note that a day's tick is done."""
        self._state.ticked.append(day)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back what is written inside where it ends in an exception."""
        before = self._state.copy()
        try:
            yield
        except BaseException:
            for each in fields(before):
                setattr(self._state, each.name, getattr(before, each.name))
            raise


class MemoryStore:
    """A journal and its views that are gone when the program ends."""

    def __init__(self) -> None:
        self._state = _State()
        self._turn = Lock()

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Read at one moment: a state that was put in place is never changed again."""
        yield MemoryPage(self._state)

    @contextmanager
    def writing(self) -> Iterator[Page]:
        """Write on a copy that takes the state's place when all went well."""
        with self._turn:
            state = self._state.copy()
            yield MemoryPage(state)
            self._state = state

    def close(self) -> None:
        """There is nothing to let go of."""


def _found(held: Mapping[str, Held], ids: Collection[str]) -> dict[str, Held]:
    return {id_: held[id_] for id_ in ids if id_ in held}


def _grouped(pairs: Iterable[tuple[str, Held]]) -> dict[str, list[Held]]:
    groups: dict[str, list[Held]] = {}
    for key, held in pairs:
        groups.setdefault(key, []).append(held)
    return groups


def _page(held: Iterable[Listed], after: str | None, limit: int) -> list[Listed]:
    listed = sorted(held, key=lambda each: each.id)
    return [each for each in listed if after is None or each.id > after][:limit]


def _next(ids: Iterable[str], after: str | None, limit: int) -> list[str]:
    return sorted({id_ for id_ in ids if after is None or id_ > after})[:limit]


def _values(groups: Mapping[str, Held]) -> Iterator[Held]:
    return (groups[key] for key in sorted(groups))
