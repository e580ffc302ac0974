"""Made-up worlds, built through the service: two schemes, several editions, and every kind of step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random

from graph_service.actions import connect, consent, decide
from graph_service.actions.adopt import adopt
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.errors import Refusal
from graph_service.ports.store import Store
from graph_service.service import TrustService
from tests.doubles import PlainVault

START = date(2026, 9, 1)

TIES = """
member_of:
  title: {en: Member of, zh: 成员}
  reverse: {en: Members, zh: 成员}
  ends: [person -> study_group]
family_of:
  title: {en: Family of, zh: 家庭}
  reverse: {en: Family, zh: 家庭}
  ends: [person -> family]
guardian_of:
  title: {en: Guardian of, zh: 监护人}
  reverse: {en: Guardian, zh: 监护人}
  ends: [person -> person]
"""

SCHOOL = """
scheme: school
title: {{en: School, zh: 校园}}
subjects: [person, study_group, family]
base: {base}
ceiling: 1200
period: term
time_zone: Asia/Shanghai
notice_days: 2
grades: [{{grade: AAA, at_least: 1050}}, {{grade: A, at_least: 960}}, {{grade: D}}]
rules:
  lost: {{title: {{en: l, zh: l}}, points: 25, valid: period, basis: b, topic: honesty}}
  helped:
    title: {{en: h, zh: h}}
    points: 7
    valid: 20 days
    limits: [{{acts: 2, per: month}}]
    basis: b
    topic: care
  late:
    title: {{en: l, zh: l}}
    points: -10
    valid: period
    repeat: {{times: 2}}
    repair: {{after: 1 days}}
    basis: b
    topic: conduct
  forged: {{title: {{en: f, zh: f}}, grade: D, valid: period, basis: b, topic: honesty}}
routes:
  group:
    path: person -member_of-> study_group <-member_of- person
    merit: {{percent: {percent}, at_most: 5, cap: {{points: {cap}, per: month}}}}
    demerit: {{percent: 10, at_most: 1, consent: {{purpose: shared-demerit, of: [actor, target]}}}}
    fan_out: 10
  group-standing:
    path: person -member_of-> study_group
    merit: {{percent: 100}}
    demerit: {{percent: 33.33}}
    fan_out: 5
"""

VILLAGE = """
scheme: village
title: {en: Village, zh: 村}
subjects: [person, family]
base: 100
period: year
time_zone: Asia/Shanghai
grades: [{grade: five, at_least: 120}, {grade: three, at_least: 100}, {grade: one}]
rules:
  swept:
    title: {en: s, zh: s}
    points: 3.000001
    valid: until_corrected
    repair: {after: 1 days}
    basis: b
    topic: environment
  dumped: {title: {en: d, zh: d}, points: -4, valid: period, basis: b, topic: environment}
routes:
  household:
    path: person -family_of-> family <-family_of- person
    merit: {fixed: 1.5, cap: {points: 4, per: week}}
    demerit: {percent: 50}
    fan_out: 10
    vesting: 3
  house:
    path: person -family_of-> family
    merit: {percent: 100}
    demerit: {percent: 100}
    fan_out: 3
"""


def policy(*, base: int = 1000, percent: int = 20, cap: int = 8) -> dict[str, str]:
    """Give the texts of a policy."""
    school = SCHOOL.format(base=base, percent=percent, cap=cap)
    return {"ties.yaml": TIES, "school.yaml": school, "village.yaml": VILLAGE}


@dataclass
class Clock:
    """Stands where it is put."""

    day: date = START

    def today(self) -> date:
        return self.day


@dataclass
class World:
    """A service, and dice to drive it with."""

    store: Store
    seed: int = 0
    clock: Clock = field(default_factory=Clock)
    persons: list[str] = field(default_factory=lambda: [f"p{number:02}" for number in range(12)])

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)
        self.records: list[str] = []
        self.service = TrustService(self.store, PlainVault(), self.clock)

    def do(self, action: Callable[..., object], **said: object) -> None:
        self.service.do(partial(action, **said))

    def attempt(self, action: Callable[..., object], **said: object) -> bool:
        """Do what may be refused."""
        with suppress(Refusal):
            self.do(action, **said)
            return True
        return False

    def settle_down(self) -> None:
        """Adopt a policy, enrol everybody and tie them to each other."""
        self.do(adopt, name="first", files=policy(), since=date(2020, 1, 1), actor="me")
        for person in self.persons:
            born = date(1980, 5, 1) if self.dice.random() < 0.7 else date(2008, 9, 20)  # adult during the story
            self.do(enrol, subject=person, kind="person", actor="me", born_on=born)
        for name, kind in (("g1", "study_group"), ("g2", "study_group"), ("f1", "family"), ("f2", "family")):
            self.do(enrol, subject=name, kind=kind, actor="me")
        for number, person in enumerate(self.persons):
            past = START - timedelta(days=30)
            for name, kind in (
                (self.dice.choice(["g1", "g2"]), "member_of"),
                (self.dice.choice(["f1", "f2"]), "family_of"),
            ):
                self.do(
                    connect.connect,
                    tie=f"{kind}-{number}",
                    kind=kind,
                    source=person,
                    target=name,
                    since=past,
                    history=True,
                    actor="me",
                )
            self.attempt(
                consent.give_consent,
                consent=f"c{number}",
                subject=person,
                purpose="shared-demerit",
                since=past,
                history=True,
                actor="me",
            )

    def live(self, days: int) -> None:
        """Let days pass on which things happen."""
        for _ in range(days):
            self.clock.day += timedelta(days=1)
            for _ in range(4):
                self._file()
            self._decide()
            self._change()
        self.service.tick()

    def _file(self) -> None:
        record = f"r{len(self.records):03}"
        scheme, rule = self.dice.choice(
            [("school", "lost"), ("school", "helped"), ("school", "late"), ("village", "swept"), ("village", "dumped")]
            * 4
            + [("school", "forged")]
        )
        happened = self.clock.day - timedelta(days=self.dice.randrange(4))
        person = self.dice.choice(self.persons)
        said = {"subject": person, "scheme": scheme, "rule": rule, "happened_on": happened, "filer": "teacher"}
        if self.attempt(file_record, record=record, **said):
            self.records.append(record)
            if self.dice.random() < 0.9 and self.attempt(decide.approve, record=record, approver="head"):
                self.attempt(decide.deliver_notice, record=record, actor="head")

    def _decide(self) -> None:
        record = self.dice.choice(self.records) if self.records else ""
        step = self.dice.randrange(8)
        if step == 0:
            self.attempt(decide.revoke, record=record, decider="judge", reason="unfounded")
        elif step == 1:
            contest = f"k-{self.clock.day}-{record}"
            self.attempt(decide.contest, record=record, contest=contest, contester="lawyer", reason="disputed")
        elif step == 2:
            with self.service.reading() as reading:
                held = reading.records_of([record]).get(record)
            contest = (held and held.contest) or "none"
            self.attempt(decide.uphold, record=record, contest=contest, decider="judge", reason="confirmed")
        elif step == 3:
            self.attempt(decide.repair, record=record, asked_by="teacher", decider="judge")
        elif step == 4:
            self.attempt(decide.reject, record=record, approver="head", reason="unfounded")

    def _change(self) -> None:
        number = self.dice.randrange(len(self.persons))
        step = self.dice.randrange(12)
        if step == 0:
            self.attempt(connect.void_tie, tie=f"member_of-{number}", actor="me", reason="mistaken")
        elif step == 1:
            self.attempt(connect.disconnect, tie=f"family_of-{number}", actor="me")
        elif step == 2:
            self.attempt(consent.void_consent, consent=f"c{number}", actor="me", reason="mistaken")
        elif step == 3:
            waiver = f"w{self.clock.day}-{number}"
            member = self.persons[number]
            self.attempt(consent.grant_waiver, waiver=waiver, member=member, group="g1", actor="me")
        elif step == 4:
            tie = f"more-{self.clock.day}"
            said = {"kind": "member_of", "source": self.persons[number], "target": "g2", "actor": "me"}
            self.attempt(connect.connect, tie=tie, **said)

    def amend(self, name: str, files: dict[str, str]) -> None:
        """Adopt another edition, from tomorrow."""
        since = self.clock.day + timedelta(days=1)
        self.do(adopt, name=name, files=files, since=since, actor="me")


def built(store: Store, seed: int) -> World:
    """Build a whole world: a month and a half under three editions."""
    world = World(store, seed)
    world.settle_down()
    world.live(16)
    world.amend("second", policy(base=990, percent=30, cap=6))
    world.live(16)
    world.amend("third", policy(base=1005, percent=15, cap=9))
    world.live(12)
    return world
