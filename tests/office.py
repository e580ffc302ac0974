"""An office: a service over some store with a small school in it, and short ways to let things happen.

It is Tuesday, 10 March 2026. Lin, Mei and Zhao are grown up, Kid is nine and her guardian is Zhao, nobody knows how old
Ben is. Lin and Mei have been members of group g1 since 1 March, and Zhao mentors Lin.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import pytest

from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect
from graph_service.actions.consent import give_consent
from graph_service.actions.decide import approve
from graph_service.actions.desk import Desk
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.errors import Refusal
from graph_service.lookups.standing import standings_of
from graph_service.model.journal import Entry
from graph_service.model.points import POINT
from graph_service.model.records import LATEST, Moment, Record
from graph_service.model.standing import Standing
from graph_service.ports.store import Store
from graph_service.service import TrustService
from tests.doubles import HandClock, PlainVault
from tests.worlds import View, view

TODAY = date(2026, 3, 10)
BEGAN = date(2025, 9, 1)
JOINED = date(2026, 3, 1)

SCHOOL = """
scheme: school
title: {en: School, zh: 学校}
subjects: [person, study_group]
base: 1000
floor: 0
ceiling: 1300
period: term
time_zone: Asia/Shanghai
notice_days: 7
contest: {decide_within: 7, lapses_after: 30}
grades:
  - {grade: AAA, at_least: 1050}
  - {grade: AA, at_least: 1030}
  - {grade: A, at_least: 960}
  - {grade: B, at_least: 850}
  - {grade: D}
valid: 1 year
rules:
  found: {title: {en: Hands back lost property, zh: 拾金不昧}, points: 25, basis: agreed, topic: honesty}
  kindness: {title: {en: Helps, zh: 助人}, points: {from: 1, to: 5}, basis: agreed, topic: care}
  donation:
    title: {en: Gives, zh: 捐款}
    bands: {unit: yuan, each: [{up_to: 1000, step: 100, points: 1}, {step: 400, points: 1}]}
    basis: agreed
    topic: charity
  hours:
    title: {en: Volunteers, zh: 志愿服务}
    tiers: {unit: hour, per: term, totals: [{at_least: 4, points: 1}, {at_least: 10, points: 3}]}
    basis: agreed
    topic: volunteering
  diary:
    title: {en: Keeps a diary, zh: 诚信周记}
    points: 3
    limits: [{acts: 1, per: term}]
    basis: agreed
    topic: honesty
  late:
    title: {en: Is late, zh: 迟到}
    points: -1
    repeat: {times: 2}
    repair: {after: 0 days}
    basis: agreed
    topic: conduct
  bullying:
    title: {en: Bullies, zh: 欺凌}
    points: -15
    repair: {after: 30 days, replaced_by: amends}
    basis: agreed
    topic: conduct
  amends: {title: {en: Has made amends, zh: 改正}, points: -2, valid: period, basis: agreed, topic: conduct}
  fraud:
    title: {en: Cheats, zh: 作弊}
    grade: D
    valid: until_corrected
    repair: {after: 0 days}
    basis: agreed
    topic: honesty
  flower: {title: {en: Gets a flower, zh: 小红花}, points: 2, valid: 5 days, basis: agreed, topic: conduct}
  term-star: {title: {en: Star of the term, zh: 学期之星}, points: 4, valid: period, basis: agreed, topic: conduct}
  honour: {title: {en: Group of the month, zh: 小组}, points: 6, subjects: [study_group], basis: agreed, topic: honours}
routes:
  study-group:
    path: person -member_of-> study_group <-member_of- person
    merit: {percent: 20, at_most: 4}
    demerit: {percent: 10, at_most: 1, consent: {purpose: sharing, of: [actor, target]}, except: [bullying]}
    fan_out: 2
  mentor:
    path: person <-mentors- person
    merit: {percent: 10}
    fan_out: 5
    vesting: 3
"""

_TITLES = "title: {en: tie, zh: 关系}, reverse: {en: tie, zh: 关系}"
TIES = f"""
member_of:
  {{{_TITLES}, ends: [{{source: person, target: study_group, each_source_at_most: 1}}],
   attributes: {{role: text, share: percent, fee: amount, signed: day}}}}
mentors: {{{_TITLES}, ends: [person -> person]}}
guardian_of: {{{_TITLES}, ends: [person -> person]}}
"""

FILES = {"school.yaml": SCHOOL, "ties.yaml": TIES}
assert json.dumps(FILES)

Answer = TypeVar("Answer")


@dataclass
class Office:
    """A service, and the day."""

    service: TrustService
    clock: HandClock

    def do(self, action: Callable[..., Answer], **said: object) -> Answer:
        """Let an action happen, with what is said."""
        return self.service.do(lambda desk: action(desk, **said))

    def refuses(self, code: str, action: Callable[..., Answer], **said: object) -> Refusal:
        """Give the refusal of an action, and prove that nothing changed: neither head nor any view."""
        self.service.tick()
        before = self.view()
        with pytest.raises(Refusal) as refusal:
            self.do(action, **said)
        assert refusal.value.code == code, str(refusal.value)
        assert refusal.value.sentence("en")
        assert refusal.value.sentence("zh")
        assert self.view() == before
        return refusal.value

    def view(self) -> View:
        """Everything that the store holds."""
        with self.service.reading() as reading:
            return view(reading, ["school"])

    def wait(self, days: int) -> date:
        """Let days pass and be worked off; give the day it is then."""
        self.clock.move(days)
        self.service.tick()
        return self.clock.today()

    def record(self, id_: str) -> Record:
        with self.service.reading() as reading:
            return reading.records_of([id_])[id_]

    def state(self, id_: str) -> str:
        return str(self.record(id_).state)

    def standing(self, subject: str) -> Standing:
        with self.service.reading() as reading:
            return standings_of(reading, [subject], "school")[subject]

    def score(self, subject: str) -> int:
        """The score in whole points; there must be no rest."""
        points, rest = divmod(self.standing(subject).score, POINT)
        assert rest == 0
        return points

    def score_at(self, subject: str, as_of: date, known_at: int = LATEST - 1) -> int:
        with self.service.reading() as reading:
            standing = standings_of(reading, [subject], "school", Moment(as_of, known_at))[subject]
        points, rest = divmod(standing.score, POINT)
        assert rest == 0
        return points

    def life(self, id_: str) -> list[tuple[str, str]]:
        """The steps of a record with the day on which each took effect."""
        with self.service.reading() as reading:
            entries: list[Entry] = reading.life_of([id_])[id_]
        return [(str(entry.kind), str(entry.outcome["on"])) for entry in entries]

    def filed(
        self, id_: str, rule: str = "found", subject: str = "lin", happened_on: date = TODAY, **more: object
    ) -> Entry:
        entry: Entry = self.do(
            file_record,
            record=id_,
            subject=subject,
            scheme="school",
            rule=rule,
            happened_on=happened_on,
            filer="teacher",
            **more,
        )
        return entry

    def approved(
        self, id_: str, rule: str = "found", subject: str = "lin", happened_on: date = TODAY, **more: object
    ) -> Entry:
        self.filed(id_, rule, subject, happened_on, **more)
        entry: Entry = self.do(approve, record=id_, approver="head")
        return entry


def open_office(store: Store) -> Office:
    """An office that has just been opened: nothing has happened but that today began."""
    clock = HandClock(TODAY)
    office = Office(TrustService(store, PlainVault(), clock), clock)
    office.service.tick()
    return office


def furnish(office: Office) -> Office:
    """Bring in the people."""
    office.do(adopt, name="first", files=FILES, since=BEGAN, actor="head")

    def people(desk: Desk) -> None:
        for subject, born_on in (("lin", 1990), ("mei", 1991), ("zhao", 1980), ("kid", 2016)):
            enrol(desk, subject=subject, kind="person", actor="clerk", born_on=date(born_on, 5, 1))
        enrol(desk, subject="ben", kind="person", actor="clerk")
        for group in ("g1", "g2"):
            enrol(desk, subject=group, kind="study_group", actor="clerk", since=BEGAN)
        for tie, kind, source, target in (
            ("t1", "member_of", "lin", "g1"),
            ("t2", "member_of", "mei", "g1"),
            ("t3", "mentors", "zhao", "lin"),
            ("t4", "guardian_of", "zhao", "kid"),
        ):
            connect(desk, tie=tie, kind=kind, source=source, target=target, actor="clerk", since=JOINED, history=True)
        for consent, subject in (("c1", "lin"), ("c2", "mei")):
            give_consent(
                desk, consent=consent, subject=subject, purpose="sharing", actor="clerk", since=JOINED, history=True
            )

    office.do(people)
    return office
