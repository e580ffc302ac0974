"""The oracle: DESIGN §2 to §4 read a second time, straight from the page, with networkx and without any index.

It shares no code with the product but the values of a policy and the plain values of the model. It keeps its own log of
what happened, with the kind of every entry that must stand in the journal, and answers every question by reading the
definition aloud: slowly, and from the beginning each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256

import networkx as nx

from graph_service.model.standing import Share
from graph_service.policy.periods import Calendar, PeriodKind
from graph_service.policy.schemes import (
    Bands,
    Bridge,
    Cap,
    DirectGrade,
    FixedPoints,
    Path,
    PointsRange,
    Policy,
    Position,
    Route,
    Rule,
    Scheme,
    Term,
    Tiers,
    ValidityUnit,
)

ONE_DAY = timedelta(days=1)
ALWAYS = 10**12

#: States from which a record never comes back.
FINAL = {"expired", "rejected", "revoked", "repaired"}
#: States in which a later record may lean on it.
LEANED_ON = {"approved", "in_force", "contested", "expired"}


class Refused(Exception):
    """The definition does not allow it: the code, and the records or the route that stand in the way."""

    def __init__(self, code: str, named: tuple[str, ...] = ()) -> None:
        super().__init__(code, named)
        self.code = code
        self.named = named


@dataclass(frozen=True)
class Moment:
    """The end of a day, as far as the journal was known up to a position."""

    as_of: date
    known_at: int = ALWAYS


@dataclass
class Fact:
    """A tie, consent or waiver: dated, and possibly found to be an error."""

    id: str
    seq: int
    since: date
    #: Its ends, each with the position at which it was told.
    ends: list[tuple[int, date | None]]
    voided: tuple[int, date] | None = None

    def holds(self, day: date, moment: Moment, vesting: int = 0) -> bool:
        """`since` is inside, `until` is outside, and what was voided holds on no day, from the day of voiding on."""
        if self.seq > moment.known_at:
            return False
        if self.voided and self.voided[0] <= moment.known_at and self.voided[1] <= moment.as_of:
            return False
        until = [until for seq, until in self.ends if seq <= moment.known_at][-1]
        return self.since + timedelta(days=vesting) <= day and (until is None or day < until)


@dataclass
class TieFact(Fact):
    kind: str = ""
    source: str = ""
    target: str = ""


@dataclass
class ConsentFact(Fact):
    subject: str = ""
    purpose: str = ""
    guardian: str | None = None


@dataclass
class WaiverFact(Fact):
    member: str = ""
    group: str = ""


@dataclass(frozen=True)
class Someone:
    """A subject; persons are born on a day, which may be unknown."""

    id: str
    kind: str
    born_on: date | None = None
    #: The first day on which it is no longer spoken of.
    until: date | None = None

    @property
    def since(self) -> date:
        """The first day on which anything may have happened to it: that of the birth year, where it is known."""
        return date.min if self.born_on is None else date(self.born_on.year, 1, 1)


@dataclass(frozen=True)
class Step:
    """A record as it is from a position and a day on."""

    seq: int
    on: date
    state: str
    points: int
    grade: str | None
    leans_on: frozenset[str]
    force_on: date | None = None
    valid_until: date | None = None
    lapses_on: date | None = None
    #: By which rule it was assessed, and why it came to that: (code, number, records).
    rule: str = ""
    why: tuple[tuple[str, int, tuple[str, ...]], ...] = ()


#: Record, scheme and code of a bridge, last day of a period.
Origin = tuple[str | None, str | None, str | None, date | None]


@dataclass
class Told:
    """A record with everything that happened to it."""

    id: str
    subject: str
    scheme: str
    rule: str
    happened_on: date
    edition: int
    quantity: int | None
    asked_points: int | None
    steps: list[Step] = field(default_factory=list)
    approved_seq: int | None = None
    approved_on: date | None = None
    #: The rules that the act was filed under, where there were several.
    matching: tuple[str, ...] = ()
    #: The first day on which it counted.
    entered_on: date | None = None
    #: Where a derived record comes from: record, scheme and code of the bridge, last day of the period.
    origin: Origin | None = None
    linked: tuple[str, ...] = ()
    revoked_by_bridge: bool = False

    @property
    def follows(self) -> bool:
        """Whether a bridge carried it over from a record that sets a grade."""
        return self.origin is not None and self.origin[0] is not None and self.origin[1] is not None

    @property
    def approval(self) -> tuple[int, date, str]:
        """Where its approval stands among others; those of one import stand by their days, then by their names."""
        return self.approved_seq or ALWAYS, self.approved_on or date.max, self.id

    @property
    def now(self) -> Step:
        return self.steps[-1]

    def at(self, moment: Moment) -> Step | None:
        """The last step that was known and had taken effect."""
        known = [step for step in self.steps if step.seq <= moment.known_at and step.on <= moment.as_of]
        return known[-1] if known else None


@dataclass(frozen=True)
class Adopted:
    number: int
    seq: int
    since: date
    policy: Policy


@dataclass(frozen=True)
class Standing:
    score: int
    grade: str
    own: int
    shared: int


@dataclass(frozen=True)
class Walk:
    target: str
    route: str
    place: int
    ties: tuple[str, ...]
    amount: int


class Oracle:
    """Everything that happened, and what follows from it."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.ticked_on: date | None = None
        #: (kind of entry, record or day it is about), in order of position.
        self.log: list[tuple[str, str]] = []
        self.editions: list[Adopted] = []
        self.subjects: dict[str, Someone] = {}
        self.ties: dict[str, TieFact] = {}
        self.consents: dict[str, ConsentFact] = {}
        self.waivers: dict[str, WaiverFact] = {}
        self.records: dict[str, Told] = {}
        #: By last day of a period, the position at which its grades had been carried over.
        self.bridged: dict[date, int] = {}
        #: While many things are entered by one entry, nothing else is entered.
        self.within_entry = False
        self.pass_days(today)

    def copy(self) -> Oracle:
        """A copy that may be tried out; policies and subjects never change and are shared."""
        shared = {id(value): value for value in (*self.editions, *self.subjects.values())}
        return deepcopy(self, dict(shared))

    def _enter(self, kind: str, about: str) -> int:
        if not self.within_entry:
            self.log.append((kind, about))
        return len(self.log)

    @contextmanager
    def by_one_entry(self, kind: str, names: Iterable[str]) -> Iterator[None]:
        """Whatever happens meanwhile is entered by one entry of many rows."""
        self._enter(kind, ", ".join(names))
        self.within_entry = True
        yield
        self.within_entry = False

    # What holds on a day

    def policy_on(self, day: date, known_at: int = ALWAYS) -> Policy | None:
        """The edition in force on a day: the last that had begun."""
        begun = [each for each in self.editions if each.since <= day and each.seq <= known_at]
        return begun[-1].policy if begun else None

    def scheme_of(self, record: Told) -> Scheme:
        """A record keeps the edition of the day it happened."""
        return self.editions[record.edition - 1].policy.schemes[record.scheme]

    def is_adult(self, subject: str, day: date) -> bool:
        """Organisations are their own masters; persons from their eighteenth birthday on, where it is known."""
        someone = self.subjects[subject]
        if someone.kind != "person":
            return True
        return someone.born_on is not None and birthday(someone.born_on, 18) <= day

    def consents_to(self, subject: str, purpose: str, day: date, moment: Moment) -> bool:
        """The subject lets the purpose happen that day; for a minor, the guardian does, and nobody else."""
        return any(
            given.subject == subject
            and given.purpose == purpose
            and (given.guardian is None) == self.is_adult(subject, day)
            and given.holds(day, moment)
            for given in self.consents.values()
        )

    # The share relation (DESIGN §2, 1 to 6)

    def walks(self, record: Told, points: int, moment: Moment, rule: str | None = None) -> list[Walk]:
        """Every walk over which the record counts, under the rule that decides now or decided then."""
        scheme = self.scheme_of(record)
        rule = rule or record.rule
        return [
            Walk(subjects[-1], route.code, place, ties, amount)
            for place, route in enumerate(scheme.routes)
            for term in (route.merit if points > 0 else route.demerit,)
            if points
            and term is not None
            and rule not in term.exceptions
            # What is derived stays with its subject.
            and not scheme.rules[rule].derived
            for amount in (amount_of(term, rule, points),)
            if amount
            for subjects, ties in self._matches(record, route, moment)
            if self._consented(term, subjects, record.happened_on, moment)
            and not (points < 0 and self._waived(subjects, record.happened_on, moment))
        ]

    def _matches(self, record: Told, route: Route, moment: Moment) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Every way to follow the path over ties that held on the day and had vested, all subjects distinct."""
        graph = self._graph(record.happened_on, moment, route.vesting)
        yield from self._follow(graph, route.path, (record.subject,), ())

    def _graph(self, day: date, moment: Moment, vesting: int = 0) -> nx.MultiDiGraph[str]:
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        graph.add_nodes_from(self.subjects)
        for tie in self.ties.values():
            if tie.holds(day, moment, vesting):
                graph.add_edge(tie.source, tie.target, key=tie.id, kind=tie.kind)
        return graph

    def _follow(
        self, graph: nx.MultiDiGraph[str], path: Path, subjects: tuple[str, ...], ties: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        at = len(ties)
        if self.subjects[subjects[-1]].kind != path.kinds[at]:
            return
        if at == len(path.steps):
            yield subjects, ties
            return
        step, here = path.steps[at], subjects[-1]
        edges: Iterable[tuple[str, str, str, str]] = (
            graph.out_edges(here, keys=True, data="kind")
            if step.forward
            else graph.in_edges(here, keys=True, data="kind")
        )
        for source, target, tie, kind in list(edges):
            there = target if step.forward else source
            if kind == step.kind and there not in subjects:
                yield from self._follow(graph, path, (*subjects, there), (*ties, tie))

    def _consented(self, term: Term, subjects: tuple[str, ...], day: date, moment: Moment) -> bool:
        if term.consent is None:
            return True
        asked = {
            Position.ACTOR: subjects[:1],
            Position.MIDDLE: subjects[1:-1],
            Position.TARGET: subjects[-1:],
        }
        return all(
            self.consents_to(subject, term.consent.purpose, day, moment)
            for position in term.consent.of
            for subject in asked[position]
        )

    def _waived(self, subjects: tuple[str, ...], day: date, moment: Moment) -> bool:
        return any(
            waiver.member == subjects[0] and waiver.group in subjects[1:] and waiver.holds(day, moment)
            for waiver in self.waivers.values()
        )

    def shares(self, record: Told, points: int, moment: Moment, rule: str | None = None) -> list[Share]:
        """One share for each subject that is reached, over the strongest walk; and the record's own."""
        reached: dict[str, Share] = {}
        ranked = sorted(
            self.walks(record, points, moment, rule),
            key=lambda walk: (-abs(walk.amount), walk.place, tuple(tie.encode() for tie in walk.ties)),
        )
        for walk in ranked:
            share = Share(record=record.id, target=walk.target, route=walk.route, walk=walk.ties, amount=walk.amount)
            reached.setdefault(walk.target, share)
        if points:
            reached[record.subject] = Share(
                record=record.id, target=record.subject, route="own", walk=(), amount=points
            )
        return [reached[target] for target in sorted(reached)]

    def check_fan_out(self, record: Told, points: int) -> None:
        """A record that would reach more than a route declares is refused by name."""
        walks = self.walks(record, points, Moment(self.today))
        for route in self.scheme_of(record).routes:
            if len({walk.target for walk in walks if walk.route == route.code}) > route.fan_out:
                raise Refused("fan_out_exceeded", (route.code,))

    # Statements and standings (DESIGN §2, 7)

    def lines(self, scheme: str, moment: Moment) -> list[tuple[Share, Told]]:
        """Every share of every record in force."""
        return [
            (share, record)
            for record in self.records.values()
            if record.scheme == scheme
            for step in (record.at(moment),)
            if step is not None and step.state == "in_force"
            for share in self.shares(record, step.points, moment, step.rule)
        ]

    def standings(self, code: str, moment: Moment) -> dict[str, Standing]:
        """Where every subject stands that some share or direct grade reaches, and everybody else at the base."""
        policy = self.policy_on(moment.as_of, moment.known_at)
        assert policy is not None
        scheme = policy.schemes[code]
        lines = self.lines(code, moment)
        direct = self._direct(code, moment)
        return {subject: self.standing(scheme, subject, lines, direct.get(subject, [])) for subject in self.subjects}

    def _direct(self, scheme: str, moment: Moment, wrong: frozenset[str] = frozenset()) -> dict[str, list[str]]:
        """The grades that records in force give directly, by subject."""
        given: dict[str, list[str]] = {}
        for record in self.records.values():
            step = record.at(moment)
            if record.scheme == scheme and record.id not in wrong and step is not None and step.state == "in_force":
                given.setdefault(record.subject, []).extend([step.grade] if step.grade is not None else [])
        return given

    def standing(self, scheme: Scheme, subject: str, lines: list[tuple[Share, Told]], direct: list[str]) -> Standing:
        own, shared = 0, 0
        sums: dict[tuple[str, int, date | None], int] = {}
        for share, record in lines:
            if share.target != subject or (direct and share.amount > 0):
                continue
            if share.route == "own":
                own += share.amount
                continue
            sign = 1 if share.amount > 0 else -1
            cap = cap_of(scheme, share.route, sign)
            period = None if cap is None else period_start(cap.per, record.happened_on)
            sums[share.route, sign, period] = sums.get((share.route, sign, period), 0) + share.amount
        for (route, sign, _), amount in sums.items():
            cap = cap_of(scheme, route, sign)
            shared += amount if cap is None else sign * min(abs(amount), cap.points)
        score = scheme.base + own + shared
        score = score if scheme.floor is None else max(score, scheme.floor)
        score = score if scheme.ceiling is None else min(score, scheme.ceiling)
        return Standing(score, grade_of(scheme, score, direct), own, shared)

    # Entering: policies, subjects, ties, consents, waivers

    def adopt(self, policy: Policy, since: date) -> None:
        seq = self._enter("policy_adopted", policy.name)
        self.editions.append(Adopted(len(self.editions) + 1, seq, since, policy))

    def enrol(self, subject: str, kind: str, born_on: date | None = None) -> None:
        self._enter("subject_enrolled", subject)
        self.subjects[subject] = Someone(subject, kind, born_on)

    def forget(self, subject: str) -> None:
        """Ties and consents that would hold after tomorrow end overnight; everything that was shared stays."""
        tomorrow = self.today + ONE_DAY
        for _, tie in sorted(self.ties.items()):
            if subject in {tie.source, tie.target} and self._goes_on(tie, tomorrow):
                self._end(tie, "tie_closed", max(tie.since, tomorrow))
        for _, given in sorted(self.consents.items()):
            if given.subject == subject and self._goes_on(given, tomorrow):
                self._end(given, "consent_withdrawn", max(given.since, tomorrow))
        self._enter("subject_forgotten", subject)
        self.subjects[subject] = replace(self.subjects[subject], until=tomorrow)

    def _goes_on(self, fact: Fact, day: date) -> bool:
        until = fact.ends[-1][1]
        return fact.voided is None and (until is None or until > day)

    def connect(self, tie: str, kind: str, source: str, target: str, since: date, until: date | None) -> None:
        def change() -> None:
            seq = self._enter("tie_opened", tie)
            self.ties[tie] = TieFact(tie, seq, since, [(seq, until)], kind=kind, source=source, target=target)

        self._import(change, since)

    def disconnect(self, tie: str, until: date) -> None:
        self._import(lambda: self._end(self.ties[tie], "tie_closed", until), until)

    def consent(
        self, consent: str, subject: str, purpose: str, guardian: str | None, since: date, until: date | None
    ) -> None:
        def change() -> None:
            seq = self._enter("consent_given", consent)
            self.consents[consent] = ConsentFact(
                consent, seq, since, [(seq, until)], subject=subject, purpose=purpose, guardian=guardian
            )

        self._import(change, since)

    def withdraw(self, consent: str, until: date) -> None:
        self._import(lambda: self._end(self.consents[consent], "consent_withdrawn", until), until)

    def waive(self, waiver: str, member: str, group: str, since: date, until: date | None) -> None:
        def change() -> None:
            seq = self._enter("waiver_granted", waiver)
            self.waivers[waiver] = WaiverFact(waiver, seq, since, [(seq, until)], member=member, group=group)

        self._import(change, since)

    def end_waiver(self, waiver: str, until: date) -> None:
        self._import(lambda: self._end(self.waivers[waiver], "waiver_ended", until), until)

    def _end(self, fact: Fact, kind: str, until: date) -> None:
        fact.ends.append((self._enter(kind, fact.id), until))

    def _import(self, change: Callable[[], None], first_day: date) -> None:
        """Earlier days may be stated only where no existing record's shares change, on whatever day one looks."""
        if first_day > self.today:
            change()
            return
        before = self._every_share()
        change()
        after = self._every_share()
        touched = sorted({record for record, day in before if before[record, day] != after[record, day]})
        if touched:
            raise Refused("history_touched", tuple(touched))

    def _every_share(self) -> dict[tuple[str, date], list[Share]]:
        """The shares of every existing record, on every day on which they may have become others."""
        voids = {
            fact.voided[1] + days
            for facts in (self.ties, self.consents, self.waivers)
            for fact in facts.values()
            if fact.voided
            for days in (-ONE_DAY, timedelta())
        }
        found = {}
        for record in self.records.values():
            if record.now.state == "rejected":
                continue
            found[record.id, date.max] = self.shares(record, record.now.points, Moment(self.today))
            for day in {self.today, *voids, *(step.on for step in record.steps)}:
                step = record.at(Moment(day))
                if step is not None and step.state == "in_force":
                    found[record.id, day] = self.shares(record, step.points, Moment(day), step.rule)
        return found

    def void_tie(self, tie: str) -> None:
        """What was filed also for those to whom no walk leads any more goes with it."""
        before = {record.id: self._also_reached(record) for record in self.records.values() if record.linked}
        self._void(self.ties[tie], "tie_voided")
        newest_first = sorted(before, key=lambda name: name)
        newest_first.sort(key=lambda name: self.records[name].happened_on, reverse=True)
        for name in sorted(newest_first, key=lambda name: self.records[name].subject):
            lost = before[name] - self._also_reached(self.records[name])
            linked = [self.records[each] for each in self.records[name].linked]
            self._take_back(each for each in linked if (each.scheme, each.rule, each.subject) in lost)
        self._found_wrong()

    def _also_reached(self, told: Told) -> set[tuple[str, str, str]]:
        graph = self._graph(told.happened_on, Moment(self.today))
        return {
            (also.scheme, also.rule, subjects[-1])
            for also in self.scheme_of(told).rules[told.rule].also
            for subjects, _ in self._follow(graph, also.path, (told.subject,), ())
        }

    def void_consent(self, consent: str) -> None:
        self._void(self.consents[consent], "consent_voided")
        self._found_wrong()

    def void_waiver(self, waiver: str) -> None:
        """What a waiver kept back is let go; where that reached too many, it is refused."""
        fact = self.waivers[waiver]
        self._void(fact, "waiver_voided")
        for record in self.records.values():
            if record.subject == fact.member and record.now.points < 0 and record.now.state != "rejected":
                self.check_fan_out(record, record.now.points)
        self._found_wrong()

    def _void(self, fact: Fact, kind: str) -> None:
        """A void takes effect on the day on which it is entered: earlier days keep what they had."""
        fact.voided = (self._enter(kind, fact.id), self.today)

    def _found_wrong(self) -> None:
        """Whatever was filed by a past grade is looked at again: only where something was wrong does it change."""
        self._correct(list(self.records))

    # Entering: the life of a record (DESIGN §4)

    def file(
        self,
        record: str,
        subject: str,
        scheme: str,
        rule: str,
        happened_on: date,
        quantity: int | None = None,
        points: int | None = None,
        matching: tuple[str, ...] = (),
    ) -> None:
        edition = [each for each in self.editions if each.since <= happened_on][-1].number
        told = Told(record, subject, scheme, rule, happened_on, edition, quantity, points)
        told.matching = (rule, *matching) if matching else ()
        self._file(told)

    def _file(self, told: Told) -> None:
        worth = self._assess(told)
        self.check_fan_out(told, worth.points)
        seq = self._enter("record_filed", told.id)
        told.steps.append(replace(worth, seq=seq, on=self.today))
        self.records[told.id] = told

    def approve(self, record: str, history_on: date | None = None) -> None:
        """Merit enters force at once; a demerit when its notice days are over, which in an import are past."""
        told = self.records[record]
        assessed = self._assess(told)
        self.check_fan_out(told, assessed.points)
        on = history_on or self.today
        scheme = self.scheme_of(told)
        waits = bool((assessed.points < 0 or assessed.grade is not None) and scheme.notice_days)
        force_on: date | None = on
        if waits:
            force_on = None if history_on is None else history_on + timedelta(days=scheme.notice_days)
        worth = replace(assessed, force_on=force_on)
        filings = list(self.filed_also(told))
        told.linked = tuple(linked.id for linked in filings)
        told.approved_on = on
        if force_on is not None and force_on <= self.today:
            self._step(told, "record_approved", force_on, self._in_force(told, worth, force_on))
        else:
            self._step(told, "record_approved", on, replace(worth, state="approved"))
        self._settle(told)
        for linked in filings:
            self._file(linked)
            self.approve(linked.id, history_on)

    def reject(self, record: str) -> None:
        told = self.records[record]
        self._step(told, "record_rejected", self.today, replace(told.now, state="rejected"))

    def notify(self, record: str, on: date) -> None:
        """Notice days run from the delivery; nothing enters force before we learn of it."""
        told = self.records[record]
        over = max(on + timedelta(days=self.scheme_of(told).notice_days), self.today)
        self._step(told, "notice_delivered", self.today, replace(told.now, force_on=over))
        self._settle(told)

    def contest(self, record: str) -> None:
        told = self.records[record]
        lapses_on = self.today + timedelta(days=self.scheme_of(told).contest.lapses_after)
        self._step(told, "record_contested", self.today, replace(told.now, state="contested", lapses_on=lapses_on))

    def uphold(self, record: str) -> None:
        """It counts again from today; one that never counted waits for the end of its notice days."""
        told = self.records[record]
        upheld = replace(told.now, state="approved", lapses_on=None)
        if upheld.force_on is not None and upheld.force_on <= self.today:
            upheld = self._in_force(told, upheld, self.today)
        self._step(told, "record_upheld", self.today, upheld)
        self._settle(told)

    def revoke(self, record: str) -> None:
        told = self.records[record]
        self._step(told, "record_revoked", self.today, replace(told.now, state="revoked", lapses_on=None))

    def repair(self, record: str, lighter: str) -> None:
        """It counts no longer, and the rule's lighter record takes its place."""
        told = self.records[record]
        rule = self.scheme_of(told).rules[told.rule]
        assert rule.repair is not None
        self._step(told, "record_repaired", self.today, replace(told.now, state="repaired", lapses_on=None))
        if rule.repair.replaced_by is not None:
            self.file(lighter, told.subject, told.scheme, rule.repair.replaced_by, self.today)
            self.approve(lighter)

    def _step(self, told: Told, kind: str, on: date, after: Step, *, asked_for: bool = True) -> None:
        seq = self._enter(kind, told.id)
        if after.state == "in_force" and told.entered_on is None:
            told.entered_on = on
        told.steps.append(replace(after, seq=seq, on=on))
        if kind == "record_approved":
            told.approved_seq = seq
        if after.state in {"revoked", "repaired"}:
            self._reassess(told, asked_for=asked_for)
        self._carry_grade(told, on)
        if after.state == "revoked":
            self._revoke_linked(told)
            self._correct([told.id])

    # Derived records (docs/decisions/what-is-derived-follows-what-it-comes-from.md)

    def _derived(self, origin: Origin, subject: str, scheme: str, rule: str | None = None) -> tuple[Told | None, str]:
        """The record last derived from an origin for a subject, and the id of the next."""
        told = [*origin[:3], str(origin[3]), subject, scheme, rule]
        base = "derived-" + sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()[:32]
        found, name, number = None, base, 1
        while name in self.records:
            found, number = self.records[name], number + 1
            name = f"{base}-{number}"
        return found, name

    def filed_also(self, told: Told) -> Iterator[Told]:
        """A record for each subject that the path reaches on the day of the behaviour and that has not ended."""
        policy = self.editions[told.edition - 1].policy
        graph, origin = self._graph(told.happened_on, Moment(self.today)), (told.id, None, None, None)
        for also in policy.schemes[told.scheme].rules[told.rule].also:
            ends = {subjects[-1] for subjects, _ in self._follow(graph, also.path, (told.subject,), ())}
            for subject in sorted(ends):
                someone = self.subjects[subject]
                if someone.since <= told.happened_on and self._is_spoken_of(someone):
                    _, name = self._derived(origin, subject, also.scheme, also.rule)
                    yield Told(
                        name, subject, also.scheme, also.rule, told.happened_on, told.edition, None, None, origin=origin
                    )

    def _is_spoken_of(self, someone: Someone) -> bool:
        return someone.until is None or someone.until > self.today

    def _revoke_linked(self, told: Told) -> None:
        """What was filed with a record that was wrong was wrong, too."""
        self._take_back(self.records[name] for name in told.linked)

    def _take_back(self, records: Iterable[Told]) -> None:
        for linked in records:
            if linked.now.state == "filed":
                self._step(linked, "record_rejected", self.today, replace(linked.now, state="rejected"))
            elif linked.now.state not in FINAL - {"expired"}:
                self._revoke_derived(linked, self.today)

    def _revoke_derived(self, told: Told, on: date) -> None:
        told.revoked_by_bridge = True
        after = replace(told.now, state="revoked", lapses_on=None)
        self._step(told, "record_revoked", on, after, asked_for=False)

    def _taken(self, scheme: Scheme | None, code: str | None, someone: Someone) -> str | None:
        """The derived rule of that code, if the scheme has one for such a subject."""
        rule = scheme.rules.get(code) if scheme is not None and code is not None else None
        if scheme is None or rule is None or not rule.derived:
            return None
        return rule.code if someone.kind in (rule.subjects or scheme.subjects) else None

    def _file_derived(self, told: Told, on: date) -> None:
        """What a bridge files enters force at once; what would be over by then is not filed."""
        until = None if told.follows else self._valid_until(told, self._assess(told).points, on)
        if until is not None and until <= on:
            return
        self._file(told)
        self._step(told, "record_approved", on, replace(told.now, state="in_force", force_on=on, valid_until=until))

    def _carry_grade(self, told: Told, on: date) -> None:
        """What is carried over of a direct grade counts exactly while the record that sets the grade does."""
        policy = self.editions[told.edition - 1].policy
        scheme, someone = policy.schemes[told.scheme], self.subjects[told.subject]
        if told.origin is not None or scheme.rules[told.rule].derived:
            return
        for bridge in scheme.bridges:
            if bridge.when != "direct_grade":
                continue
            origin = (told.id, scheme.code, bridge.code, None)
            held, name = self._derived(origin, told.subject, bridge.to)
            now = told.now
            grade = now.grade if now.state == "in_force" else None
            code = self._taken(policy.schemes[bridge.to], bridge.files.get(grade) if grade else None, someone)
            if held is not None and (held.now.state not in FINAL or held.now.state == "expired"):
                self._follow_source(held, now.state, code, on)
            elif code is not None and self._is_spoken_of(someone):
                self._file_derived(
                    Told(
                        name, told.subject, bridge.to, code, told.happened_on, told.edition, None, None, origin=origin
                    ),
                    on,
                )

    def _follow_source(self, held: Told, source: str, code: str | None, on: date) -> None:
        if held.now.state == "expired":
            if source == "revoked":
                self._revoke_derived(held, on)
        elif code is not None:
            if held.now.state == "approved":
                self._step(held, "record_entered_force", on, replace(held.now, state="in_force", force_on=on))
        elif source in FINAL:
            self._step(held, f"record_{source}", on, replace(held.now, state=source), asked_for=False)
        elif held.now.state == "in_force":
            self._step(held, "record_suspended", on, replace(held.now, state="approved", force_on=None))

    def _bridge_periods(self) -> None:
        """On the first day after a period, by the grades of its last day, whatever else falls due today."""
        ended_on = self.today - ONE_DAY
        policy = self.policy_on(ended_on)
        due = [
            (scheme, bridge)
            for scheme in (policy.schemes.values() if policy else ())
            if _begins(scheme.period, self.today)
            for bridge in scheme.bridges
            if bridge.when == "period_end"
        ]
        if not due:
            return
        standings = {scheme.code: self.standings(scheme.code, Moment(ended_on)) for scheme, _ in due}
        for _, someone in sorted(self.subjects.items()):
            for scheme, bridge in due:
                if self._stood(someone, scheme, ended_on):
                    self._file_by_grade(scheme, bridge, someone, standings[scheme.code][someone.id].grade, ended_on)
        self.bridged[ended_on] = self._enter("periods_bridged", self.today.isoformat())

    def _stood(self, someone: Someone, scheme: Scheme, ended_on: date) -> bool:
        ended = someone.until is not None and someone.until <= ended_on + ONE_DAY
        return someone.kind in scheme.subjects and someone.since <= ended_on and not ended

    def _file_by_grade(
        self, scheme: Scheme, bridge: Bridge, someone: Someone, grade: str, ended_on: date
    ) -> Told | None:
        """What was filed before stays, unless a correction revoked it."""
        origin = (None, scheme.code, bridge.code, ended_on)
        held, name = self._derived(origin, someone.id, bridge.to)
        if held is not None and not (held.now.state == "revoked" and held.revoked_by_bridge):
            return held
        edition = [each for each in self.editions if each.since <= ended_on + ONE_DAY][-1]
        code = self._taken(edition.policy.schemes.get(bridge.to), bridge.files.get(grade), someone)
        if code is not None and self._is_spoken_of(someone):
            happened_on = ended_on + ONE_DAY
            told = Told(name, someone.id, bridge.to, code, happened_on, edition.number, None, None, origin=origin)
            self._file_derived(told, self.today)
        return None

    def _correct(self, records: list[str]) -> None:
        """Where these counted for a grade by which a bridge filed, it is worked out again without what was wrong."""
        touched: set[tuple[date, str, str]] = set()
        for ended_on, known_at in self.bridged.items():
            for told in (self.records[name] for name in records):
                step = told.at(Moment(ended_on, known_at))
                if step is not None and step.state == "in_force":
                    reached = {
                        share.target for share in self.shares(told, step.points, Moment(ended_on, known_at), step.rule)
                    }
                    reached |= {told.subject} if step.grade else set()
                    touched |= {(ended_on, told.scheme, subject) for subject in reached}
        for ended_on, code in sorted({(day, code) for day, code, _ in touched}):
            policy = self.policy_on(ended_on, self.bridged[ended_on])
            scheme = policy.schemes.get(code) if policy else None
            if scheme is None or not _begins(scheme.period, ended_on + ONE_DAY):
                continue
            for bridge in scheme.bridges:
                for _, _, subject in sorted(each for each in touched if each[:2] == (ended_on, code)):
                    if bridge.when == "period_end":
                        self._correct_one(scheme, bridge, self.subjects[subject], ended_on)

    def _correct_one(self, scheme: Scheme, bridge: Bridge, someone: Someone, ended_on: date) -> None:
        if not self._stood(someone, scheme, ended_on):
            return
        grade = self._grade_corrected(scheme, someone.id, Moment(ended_on, self.bridged[ended_on]))
        held = self._file_by_grade(scheme, bridge, someone, grade, ended_on)
        if held is None or held.now.state in FINAL - {"expired"}:
            return
        target = self.editions[held.edition - 1].policy.schemes[held.scheme]
        code = self._taken(target, bridge.files.get(grade), someone)
        if code is None:
            self._revoke_derived(held, self.today)
        elif code != held.rule and held.now.state != "expired":
            held.rule = code
            worth = self._assess(held)
            assert held.now.force_on is not None
            until = self._valid_until(held, worth.points, held.now.force_on)
            until = None if until is None else max(until, self.today + ONE_DAY)
            after = replace(worth_of(held.now, worth), valid_until=until)
            self._step(held, "record_reassessed", self.today, after)

    def _grade_corrected(self, scheme: Scheme, subject: str, moment: Moment) -> str:
        """What counted then counts as it did, but for what was revoked since, over what was not voided since."""
        wrong = frozenset(told.id for told in self.records.values() if told.now.state == "revoked")
        lines = [
            (share, told)
            for reaching, told in self.lines(scheme.code, moment)
            if reaching.target == subject and told.id not in wrong
            for step in (told.at(moment),)
            if step is not None
            for share in self.shares(told, step.points, Moment(self.today), step.rule)
        ]
        return self.standing(scheme, subject, lines, self._direct(scheme.code, moment, wrong).get(subject, [])).grade

    def _in_force(self, told: Told, step: Step, on: date) -> Step:
        """How long it counts is known from the day on which it first enters force."""
        entered_on = told.entered_on or on
        return replace(step, state="in_force", valid_until=self._valid_until(told, step.points, entered_on))

    def _valid_until(self, told: Told, points: int, entered_on: date) -> date | None:
        """By the size of the points as assessed."""
        scheme = self.scheme_of(told)
        sized = scheme.rules[told.rule].valid
        valid = next(each.valid for each in sized if each.up_to is None or abs(points) <= each.up_to)
        if valid.unit is ValidityUnit.UNTIL_CORRECTED:
            return None
        if valid.unit is ValidityUnit.PERIOD:
            return period_end(scheme.period, entered_on)
        if valid.unit is ValidityUnit.DAYS:
            return told.happened_on + timedelta(days=valid.count)
        return months_later(told.happened_on, valid.count * (12 if valid.unit is ValidityUnit.YEARS else 1))

    def _due_on(self, told: Told) -> date | None:
        step = told.now
        return {"approved": step.force_on, "in_force": step.valid_until, "contested": step.lapses_on}.get(step.state)

    def _settle(self, told: Told) -> None:
        """Whatever has fallen due happens, each step on its own day."""
        while (due := self._due_on(told)) is not None and due <= self.today:
            if told.now.state == "approved":
                self._step(told, "record_entered_force", due, self._in_force(told, told.now, due))
            elif told.now.state == "in_force":
                # Nothing ends before it began.
                ends = max(due, told.entered_on or due)
                self._step(told, "record_expired", ends, replace(told.now, state="expired"))
            else:
                after = replace(told.now, state="revoked", lapses_on=None)
                self._step(told, "record_revoked", due, after, asked_for=False)

    def pass_days(self, today: date) -> None:
        """Every day up to today is worked off, in order."""
        while self.ticked_on is None or self.ticked_on < today:
            self.today = today if self.ticked_on is None else self.ticked_on + ONE_DAY
            self._bridge_periods()
            due = [(on, told.id) for told in self.records.values() if (on := self._due_on(told)) and on <= self.today]
            for _, record in sorted(due):
                self._settle(self.records[record])
            if any(self._comes_of_age(someone) for someone in self.subjects.values()):
                self._enter("age_changed", self.today.isoformat())
            self._enter("day_ticked", self.today.isoformat())
            self.ticked_on = self.today

    def _comes_of_age(self, someone: Someone) -> bool:
        if someone.born_on is None or someone.until is not None:
            return False
        return self.today in {birthday(someone.born_on, age) for age in (14, 18)}

    # Assessment (DESIGN §3)

    def _assess(self, told: Told) -> Step:
        """What it comes to under the weightiest of its rules; that rule is its rule from then on.

        A grade weighs more than points, a lower one more than a higher; of points the greater weigh more; of equals the
        rule named first.
        """
        scheme = self.scheme_of(told)
        table = [step.grade for step in scheme.grades]
        found = [self._under(told, scheme.rules[code]) for code in told.matching or (told.rule,)]
        kept = found[0]
        for other in found[1:]:
            if other.grade is None:
                heavier = kept.grade is None and abs(other.points) > abs(kept.points)
            else:
                heavier = kept.grade is None or table.index(other.grade) > table.index(kept.grade)
            kept = other if heavier else kept
        if told.matching:
            counted = [id_ for other in found if other is not kept for _, _, ids in other.why for id_ in ids]
            kept = replace(kept, why=(*kept.why, ("highest", kept.points, tuple(dict.fromkeys(counted)))))
        told.rule = kept.rule
        return replace(kept, leans_on=frozenset(id_ for _, _, ids in kept.why for id_ in ids))

    def _under(self, told: Told, rule: Rule) -> Step:
        """Points, direct grade, and the records that were counted: scoring, then repetition, then limits."""
        earlier = self._earlier(told, rule.code)
        grade = rule.scoring.grade if isinstance(rule.scoring, DirectGrade) else None
        points = points_of(rule, told, earlier)
        code = {FixedPoints: "fixed", PointsRange: "chosen", Bands: "banded", Tiers: "tiered"}
        counted = in_period(rule.scoring.per, told, earlier) if isinstance(rule.scoring, Tiers) else []
        why = [(code.get(type(rule.scoring), "direct_grade"), points, ids_of(counted))]
        before = [
            each
            for each in earlier
            if each.happened_on <= told.happened_on
            and (each.now.valid_until is None or told.happened_on < each.now.valid_until)
        ]
        if rule.repeat_times > 1 and before:
            points *= rule.repeat_times
            why.append(("repeated", points, ids_of(before)))
        for limit in rule.limits:
            counted = in_period(limit.per, told, earlier)
            left = points
            if limit.acts is not None and len([each for each in counted if each.now.points]) >= limit.acts:
                left = 0
            if limit.points is not None:
                room = max(limit.points - sum(abs(each.now.points) for each in counted), 0)
                left = min(left, room) if points > 0 else max(left, -room)
            if left != points:
                points = left
                why.append(("limited", points, ids_of(counted)))
        return Step(0, self.today, "filed", points, grade, frozenset(), rule=rule.code, why=tuple(why))

    def _earlier(self, told: Told, rule: str) -> list[Told]:
        return [
            other
            for other in sorted(self.records.values(), key=lambda each: each.approval)
            if other.id != told.id
            and (other.subject, other.scheme, other.rule) == (told.subject, told.scheme, rule)
            and other.approved_seq is not None
            and other.approval < told.approval
            and other.now.state in LEANED_ON
        ]

    def _reassess(self, gone: Told, *, asked_for: bool) -> None:
        """Later records that count what is gone, or what changed with it, are assessed again in order of approval.

        What would then reach too many is refused, and stays as it was where nobody asked.
        """
        changed = {gone.rule}
        for told in sorted(self.records.values(), key=lambda each: each.approval):
            if (told.subject, told.scheme) != (gone.subject, gone.scheme) or told.now.state in FINAL:
                continue
            if told.approved_seq is None or (gone.approved_seq is not None and told.approval < gone.approval):
                continue
            rules = self.scheme_of(told).rules
            if not any(code in changed and counts(rules[code]) for code in told.matching or (told.rule,)):
                continue
            was = told.rule
            worth = self._assess(told)
            after = worth_of(told.now, worth)
            if told.entered_on is not None and not told.follows:
                after = replace(after, valid_until=self._valid_until(told, after.points, told.entered_on))
            if after == told.now:
                continue
            try:
                self.check_fan_out(told, after.points)
            except Refused:
                if asked_for:
                    raise
                continue
            changed |= {was, told.rule}
            self._step(told, "record_reassessed", self.today, after)
            if after.state == "in_force" and after.valid_until is not None and after.valid_until <= self.today:
                self._step(told, "record_expired", self.today, replace(told.now, state="expired"))


def worth_of(now: Step, worth: Step) -> Step:
    """A step as it is when it is assessed again."""
    return replace(now, points=worth.points, grade=worth.grade, leans_on=worth.leans_on, rule=worth.rule, why=worth.why)


def counts(rule: Rule) -> bool:
    """Whether a rule counts what was approved before."""
    return bool(rule.limits) or rule.repeat_times > 1 or isinstance(rule.scoring, Tiers)


def ids_of(records: list[Told]) -> tuple[str, ...]:
    return tuple(each.id for each in records)


def points_of(rule: Rule, told: Told, earlier: list[Told]) -> int:
    """What the rule gives before repetition and limits."""
    scoring, quantity = rule.scoring, told.quantity or 0
    if isinstance(scoring, FixedPoints):
        return scoring.points
    if isinstance(scoring, PointsRange):
        return told.asked_points or 0
    if isinstance(scoring, Bands):
        points, begins = 0, 0
        for band in scoring.bands:
            inside = max(0, (quantity if band.up_to is None else min(quantity, band.up_to)) - begins)
            points += inside // band.step * band.points
            begins = band.up_to or quantity
        return points
    if isinstance(scoring, Tiers):
        before = sum(each.quantity or 0 for each in in_period(scoring.per, told, earlier))
        return tier_points(scoring, before + quantity) - tier_points(scoring, before)
    return 0


def tier_points(tiers: Tiers, total: int) -> int:
    """Tiers rise: the last that was reached counts."""
    return [0, *(tier.points for tier in tiers.tiers if total >= tier.at_least)][-1]


def in_period(per: Calendar, told: Told, others: list[Told]) -> list[Told]:
    """The records that happened in the same period."""
    start = period_start(per, told.happened_on)
    return [other for other in others if period_start(per, other.happened_on) == start]


def amount_of(term: Term, rule: str, points: int) -> int:
    """Multiply, divide truncating toward zero, then apply `at_most`; of the record's own sign."""
    if term.percent is not None:
        size = abs(points) * term.percent // 10_000
    elif term.fixed is not None:
        size = term.fixed
    else:
        size = (term.table or {}).get(rule, 0)
    size = min(size, term.at_most)
    return size if points > 0 else -size


def cap_of(scheme: Scheme, code: str, sign: int) -> Cap | None:
    """The cap that the scheme of the day read puts on a route, for merit or demerit."""
    for route in scheme.routes:
        if route.code == code:
            term = route.merit if sign > 0 else route.demerit
            return term.cap if term is not None else None
    return None


def grade_of(scheme: Scheme, score: int, direct: list[str]) -> str:
    """The lowest grade given directly, or else the first of the table whose lower end is reached."""
    table = [step.grade for step in scheme.grades]
    lowest = [grade for grade in reversed(table) if grade in direct]
    if lowest:
        return lowest[0]
    return next(step.grade for step in scheme.grades if step.at_least is None or score >= step.at_least)


def starts_of(calendar: Calendar, year: int) -> list[date]:
    """The first days of the periods that begin in a year."""
    months_and_days = {
        PeriodKind.MONTH: [(month, 1) for month in range(1, 13)],
        PeriodKind.QUARTER: [(1, 1), (4, 1), (7, 1), (10, 1)],
        PeriodKind.TERM: list(calendar.starts) or [(2, 1), (9, 1)],
        PeriodKind.YEAR: [(1, 1)],
    }
    return [date(year, month, day) for month, day in months_and_days[calendar.kind]]


def period_start(calendar: Calendar, day: date) -> date:
    """Go back from a day until a period begins."""
    while not _begins(calendar, day):
        day -= ONE_DAY
    return day


def period_end(calendar: Calendar, day: date) -> date:
    """Go on from the day after until a period begins."""
    day += ONE_DAY
    while not _begins(calendar, day):
        day += ONE_DAY
    return day


def _begins(calendar: Calendar, day: date) -> bool:
    if calendar.kind is PeriodKind.WEEK:
        return day.isoweekday() == 1
    return day in starts_of(calendar, day.year)


def months_later(day: date, months: int) -> date:
    """The same day some months later; where that month is too short, the first of the next."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + timedelta(days=31)).replace(day=1)
    later = first + timedelta(days=day.day - 1)
    return later if later.month == first.month else later.replace(day=1)


def birthday(born_on: date, age: int) -> date:
    """The day on which an age is reached: 1 March of a common year for those born on 29 February."""
    if (born_on.month, born_on.day) == (2, 29):
        return date(born_on.year + age, 2, 28) + ONE_DAY
    return born_on.replace(year=born_on.year + age)
