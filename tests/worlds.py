"""Worlds: random policies, and a driver that lets the same things happen in several stores and in the oracle."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect, disconnect, void_tie
from graph_service.actions.consent import (
    end_waiver,
    give_consent,
    grant_waiver,
    void_consent,
    void_waiver,
    withdraw_consent,
)
from graph_service.actions.decide import approve, contest, deliver_notice, reject, repair, revoke, uphold
from graph_service.actions.desk import Desk
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.actions.forget import forget
from graph_service.actions.import_records import Scales, Told, Weighed, import_records
from graph_service.actions.imports import Imported, import_consents, import_subjects, import_ties
from graph_service.actions.keep import keep_again, leave_unkept
from graph_service.errors import Refusal
from graph_service.lookups.imported import ID_FIELDS
from graph_service.lookups.preview import preview
from graph_service.lookups.shares import shares_of
from graph_service.lookups.standing import standings_of
from graph_service.model.journal import Entry, EntryKind, rows_of
from graph_service.model.points import parse_points
from graph_service.model.records import LATEST, Moment, Record
from graph_service.model.standing import Balance, Share, Standing
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Bands, PointsRange, Policy, Scheme, Tiers
from graph_service.ports.store import Reading, Store
from graph_service.projection.project import project
from graph_service.scoring.total import balances_of, grades_of, total
from graph_service.service import TrustService
from tests import oracle as told
from tests.doubles import HandClock, PlainVault
from tests.oracle import Oracle, Refused

Draw = DrawFn
Tree = dict[str, Any]

PERSON, GROUP, FIRM = "person", "study_group", "enterprise"
PERSONS = ("p1", "p2", "p3", "p4", "p5")
#: Who is enrolled, of which kind.
SUBJECTS = {**dict.fromkeys(PERSONS, PERSON), "g1": GROUP, "g2": GROUP, "e1": FIRM, "e2": FIRM}
PURPOSES = ("sharing", "sharing", "sharing-more")
#: What a tie kind joins; routes walk them in both directions.
ENDS = {
    "member_of": ((PERSON, GROUP), (PERSON, FIRM)),
    "mentors": ((PERSON, PERSON),),
    "sponsors": ((FIRM, GROUP),),
    "guardian_of": ((PERSON, PERSON),),
}
JOINS = [(kind, source, target) for kind, ends in ENDS.items() for source, target in ends if kind != "guardian_of"]

#: Who is joined to whom from the start, unless a world leaves it out: (tie kind, source, target).
USUAL_TIES = (
    ("member_of", "p1", "g1"),
    ("member_of", "p2", "g1"),
    ("member_of", "p3", "g1"),
    ("mentors", "p2", "p1"),
    ("mentors", "p1", "p4"),
    ("mentors", "p4", "p5"),
    ("member_of", "p1", "e1"),
    ("member_of", "p5", "e1"),
    ("sponsors", "e1", "g1"),
    ("sponsors", "e1", "g2"),
    ("member_of", "p4", "g2"),
    ("sponsors", "e2", "g1"),
    ("mentors", "p2", "p1"),
)

#: Days before which a period, a term or a year soon begins.
STARTS = (date(2026, 1, 25), date(2026, 8, 20), date(2027, 12, 20))
#: How far back the first edition reaches, so that history can be imported.
HISTORY_DAYS = 400


# -- Policies ----------------------------------------------------------------------------------------------------------


def _title(text: str) -> Tree:
    return {"en": text, "zh": text}


def _paths() -> list[str]:
    """Every path of one to three ties that the tie kinds allow; guardians share nothing."""
    steps = [
        (near, f"-{kind}->" if forward else f"<-{kind}-", far)
        for kind, source, target in JOINS
        for forward in (True, False)
        for near, far in (((source, target) if forward else (target, source)),)
    ]
    paths: list[str] = []
    longer = [(kind, kind) for kind in (PERSON, GROUP, FIRM)]
    for _ in range(3):
        longer = [(f"{path} {arrow} {far}", far) for path, end in longer for near, arrow, far in steps if near == end]
        paths += [path for path, _ in longer]
    return paths


PATHS = _paths()
#: Those that are met most, in schools and villages.
USUAL_PATHS = [
    "person -member_of-> study_group",
    "person -member_of-> study_group <-member_of- person",
    "study_group <-member_of- person",
    "person -mentors-> person",
    "person <-mentors- person",
    "person -mentors-> person -mentors-> person",
    "person -member_of-> study_group <-sponsors- enterprise",
    "person <-mentors- person -member_of-> study_group <-member_of- person",
    "person -member_of-> enterprise -sponsors-> study_group <-member_of- person",
]
assert set(USUAL_PATHS) <= set(PATHS)

VALIDITIES = ("period", "until_corrected", "3 days", "30 days", "1 month", "1 year")
#: By the size of the points: what is limited or doubled counts for another time than the act alone.
SIZED = (
    [{"up_to": "1.5", "valid": "30 days"}, {"valid": "1 year"}],
    [{"up_to": "1", "valid": "1 year"}, {"up_to": "9", "valid": "3 days"}, {"valid": "period"}],
)
CALENDARS = ("month", "term", "year", "week")
AMEND = {"after": "0 days", "replaced_by": "amends"}


def _between_pupils(path: str) -> bool:
    words = path.split()
    same_tie = words[1].strip("<->") == words[-2].strip("<->")
    return words[0] == words[-1] == PERSON and GROUP in words[2:-2:2] and same_tie


def _rule(points: Tree, valid: object = "1 year", **more: object) -> Tree:
    repair = {"repair": {"after": "0 days"}} if valid == "until_corrected" else {}
    return {
        "title": _title("rule"),
        "basis": "agreed",
        "topic": "conduct",
        "valid": valid,
        **points,
        **repair,
        **more,
    }


@st.composite
def rules(draw: Draw) -> Tree:
    """Rules of every make, each under its usual name."""

    def valid() -> object:
        return draw(st.sampled_from((*VALIDITIES, *SIZED)))

    def limits(most: int) -> Tree:
        per = draw(st.sampled_from(CALENDARS))
        chosen = draw(st.sampled_from([None, {"acts": "1", "per": per}, {"points": str(most), "per": per}]))
        return {} if chosen is None else {"limits": [chosen]}

    per = draw(st.sampled_from(CALENDARS))
    bullying = draw(st.sampled_from(["-15", "-0.000007"]))
    return {
        "found": _rule({"points": draw(st.sampled_from(["25", "10", "0.000003"]))}, valid(), **limits(25)),
        "kindness": _rule({"points": {"from": "0.5", "to": "7"}}, valid(), **limits(9)),
        "donation": _rule(
            {
                "bands": {
                    "unit": "yuan",
                    "each": [
                        {"up_to": "1000", "step": "100", "points": "1"},
                        {"up_to": "5000", "step": "400", "points": "1.5"},
                        {"step": "1000", "points": "0.333333"},
                    ],
                }
            },
            valid(),
            **limits(20),
        ),
        "hours": _rule(
            {
                "tiers": {
                    "unit": "hour",
                    "per": per,
                    "totals": [
                        {"at_least": "4", "points": "1"},
                        {"at_least": "10", "points": "2.5"},
                        {"at_least": "20", "points": "5"},
                    ],
                }
            },
            valid(),
        ),
        "late": _rule({"points": "-1"}, valid(), repeat=draw(st.sampled_from(["none", {"times": "2"}])), **limits(3)),
        "litter": _rule({"points": {"from": "-5", "to": "-0.1"}}, valid(), **limits(6)),
        "bullying": _rule({"points": bullying}, draw(st.sampled_from(["period", "1 month", "1 year"])), repair=AMEND),
        "amends": _rule({"points": "-2"}, draw(st.sampled_from(["period", "3 days", "1 year"]))),
        "fraud": _rule({"grade": draw(st.sampled_from(["C", "D"]))}, draw(st.sampled_from(VALIDITIES))),
    }


@st.composite
def terms(draw: Draw, path: str, *, merit: bool) -> Tree:
    """What a route gives: a percentage, a fixed amount or a table, with everything that may hem it in."""
    amount: Tree = draw(
        st.sampled_from(
            [
                {"percent": "20"},
                {"percent": "100"},
                {"percent": "33.33"},
                {"fixed": "2"},
                {"fixed": "0.000001"},
                {"table": {"found": "5", "kindness": "2", "bullying": "3", "late": "2"}},
            ]
        )
    )
    term = dict(amount)
    if draw(st.booleans()):
        term["at_most"] = draw(st.sampled_from(["5", "1", "0.5"]))
    if draw(st.integers(0, 3)) == 0:
        term["except"] = ["bullying"]
    if draw(st.integers(0, 2)) == 0:
        term["cap"] = {
            "points": draw(st.sampled_from(["5", "8"])),
            "per": draw(st.sampled_from([*CALENDARS, "period"])),
        }
    one_tie = len(path.split()) == len(["person", "-mentors->", "person"])
    positions = ["actor", "target"] if one_tie else ["actor", "middle", "target"]
    must = _between_pupils(path) and not merit
    if must or draw(st.integers(0, 3)) == 0:
        of = draw(st.lists(st.sampled_from(positions), min_size=1, max_size=3, unique=True))
        if must and "target" not in of:
            of.append("target")
        term["consent"] = {"purpose": draw(st.sampled_from(PURPOSES)), "of": of}
    return term


@st.composite
def schemes(draw: Draw, code: str) -> Tree:
    """A scheme of all rules and up to four routes."""
    usual = st.sampled_from(USUAL_PATHS)
    paths = [draw(usual), *draw(st.lists(st.one_of(usual, usual, st.sampled_from(PATHS)), min_size=1, max_size=3))]
    paths = list(dict.fromkeys(paths))
    routes: Tree = {}
    for number, path in enumerate(paths, 1):
        signs = draw(st.sampled_from([("merit", "demerit"), ("merit",), ("demerit",)]))
        routes[f"route-{number}"] = {
            "path": path,
            "fan_out": draw(st.sampled_from(["50", "50", "50", "2", "1"])),
            "vesting": draw(st.sampled_from(["0", "0", "3"])),
            **{sign: draw(terms(path, merit=sign == "merit")) for sign in signs},
        }
    scheme = {
        "scheme": code,
        "title": _title(code),
        "subjects": [PERSON, GROUP, FIRM],
        "base": draw(st.sampled_from(["1000", "0"])),
        "period": draw(st.sampled_from(["month", "term", "year"])),
        "time_zone": "Asia/Shanghai",
        "grades": [
            {"grade": "A", "at_least": draw(st.sampled_from(["1010", "1000", "1"]))},
            {"grade": "B", "at_least": draw(st.sampled_from(["-5", "0"]))},
            {"grade": "C", "above": "-10"},
            {"grade": "D"},
        ],
        "notice_days": draw(st.sampled_from(["0", "0", "7"])),
        "rules": draw(rules()),
        "routes": routes,
    }
    if draw(st.booleans()):
        scheme |= {"floor": "-20", "ceiling": "1020"}
    return scheme


TIES = json.dumps(
    {
        kind: {
            "title": _title(kind),
            "reverse": _title(kind),
            "ends": [
                {"source": source, "target": target, "each_source_at_most": "2"}
                if (kind, target) == ("member_of", GROUP)
                else f"{source} -> {target}"
                for source, target in ends
            ],
        }
        for kind, ends in ENDS.items()
    }
)

Files = dict[str, str]


@st.composite
def policies(draw: Draw) -> Files:
    """The files of a policy of one or two schemes. JSON is YAML, so JSON is what is written."""
    files = {"ties.yaml": TIES, "school.yaml": json.dumps(draw(schemes("school")))}
    if draw(st.integers(0, 3)) == 0:
        files["village.yaml"] = json.dumps(draw(schemes("village")))
    if draw(st.sampled_from([True, True, False])):
        files |= draw(derived(files))
    return files


#: What may be filed by something else: rules by their usual names.
DERIVED: dict[str, Tree] = {
    "told-merit": {"points": "3"},
    "told-demerit": {"points": "-4", "repair": AMEND},
    "told-grade": {"grade": "C"},
}
#: Which bridges a scheme has.
OCCASIONS = (("period_end",), ("period_end",), ("period_end", "direct_grade"), ("direct_grade",), ())
#: What reaches someone else, or one's group; of two ways between the same two, both are walked.
ALSO_PATHS = ("person -mentors-> person", "person -member_of-> study_group <-member_of- person", USUAL_PATHS[0])


@st.composite
def derived(draw: Draw, files: Files) -> Files:
    """Bridges between schemes and what rules file also, with the derived rules that they name."""
    trees: dict[str, Tree] = {
        name.removesuffix(".yaml"): json.loads(text) for name, text in files.items() if name != "ties.yaml"
    }
    if "village" not in trees and draw(st.sampled_from([True, True, True, False])):
        trees["village"] = draw(schemes("village"))
    named: set[tuple[str, str]] = set()

    def rule_of(scheme: str) -> str:
        rule: str = draw(st.sampled_from(sorted(DERIVED)))
        named.add((scheme, rule))
        return rule

    for code, tree in sorted(trees.items()):
        others = sorted(set(trees) - {code})
        for when in draw(st.sampled_from(OCCASIONS)) if others else ():
            # Most stand at the base, in one of the upper grades.
            grades = draw(st.lists(st.sampled_from("ABABCD"), min_size=1, max_size=3, unique=True))
            bridge = {"to": others[0], "when": when, "files": {grade: rule_of(others[0]) for grade in grades}}
            tree.setdefault("bridges", {})[when.replace("_", "-")] = bridge
            if when == "period_end":
                # Weeks end often enough for a short world to see it.
                tree["period"] = draw(st.sampled_from(["week", "week", "week", tree["period"]]))
        for behaviour in draw(st.lists(st.sampled_from(["found", "late", "bullying", "fraud"]), unique=True)):
            scheme, path = draw(st.sampled_from(sorted(trees))), draw(st.sampled_from(ALSO_PATHS))
            tree["rules"][behaviour]["also"] = [{"path": path, "scheme": scheme, "rule": rule_of(scheme)}]
    for scheme, rule in sorted(named):
        valid = draw(st.sampled_from(["period", "1 month", "1 year"]))
        trees[scheme]["rules"][rule] = _rule(DERIVED[rule], valid, derived="true")
    return {f"{code}.yaml": json.dumps(tree) for code, tree in trees.items()}


# -- Driving -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """All that a store tells of itself at its head, in an order that does not depend on it."""

    journal: list[Entry]
    subjects: list[object]
    facts: list[object]
    records: list[Record]
    forces: object
    due: object
    ages: object
    kept: list[tuple[object, object]]
    editions: list[object]


class Deed(NamedTuple):
    """Behaviour that was decided elsewhere, some days after it happened."""

    subject: str
    scheme: str
    rule: str
    happened_on: date
    amount: int
    approved_after: int


class SubjectToEnrol(NamedTuple):
    """A row of an import."""

    id: str
    kind: str
    born_on: date | None
    name: None = None
    since: None = None
    external_ids: Mapping[str, str] = {}


class TieToOpen(NamedTuple):
    """A row of an import."""

    id: str
    kind: str
    source: str
    target: str
    since: date
    until: date | None
    attributes: Mapping[str, str] = {}


class ConsentToGive(NamedTuple):
    """A row of an import."""

    id: str
    subject: str
    guardian: str | None
    purpose: str
    since: date
    until: None = None


Row = TypeVar("Row", SubjectToEnrol, TieToOpen, ConsentToGive)


@dataclass
class Driver:
    """Lets the same thing happen in every store and in the oracle, and compares what they say of it."""

    services: Sequence[TrustService]
    clock: HandClock
    oracle: Oracle
    counter: Iterable[int] = field(default_factory=lambda: itertools.count(1))
    #: What was asked before, to be asked again.
    asked: list[tuple[Callable[[Desk], Entry], Entry]] = field(default_factory=list)
    #: Schemes whose balances and standings are not kept for now.
    unkept: set[str] = field(default_factory=set)
    compared_to: int = 0
    looked_at: int = 0

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(iter(self.counter))}"

    # Letting things happen

    def do(self, action: Callable[[Desk], Entry], tell: Callable[[Oracle], None]) -> Entry | Refusal:
        """Let something happen everywhere: the same receipts, or the same refusal and the oracle's consent to it."""
        answers = [_answer(service, action) for service in self.services]
        first = answers[0]
        for other in answers[1:]:
            assert _comparable(other) == _comparable(first)
        if isinstance(first, Refusal):
            if first.code in {"history_touched", "fan_out_exceeded"}:
                self._refused(first, tell)
            return first
        if first.seq > len(self.oracle.log):
            tell(self.oracle)
        self.compare_journals()
        self.asked.append((action, first))
        return first

    def _refused(self, refusal: Refusal, tell: Callable[[Oracle], None]) -> None:
        trial = self.oracle.copy()
        try:
            tell(trial)
        except Refused as refused:
            assert refused.code == refusal.code, (refused, refusal.code, refusal.parameters)
            named = refusal.parameters.get("records", refusal.parameters.get("route"))
            more = len(refused.named) - 5
            assert named == ", ".join(refused.named[:5]) + (f" (+{more})" if more > 0 else "")
        else:
            raise AssertionError(f"refused with {refusal.code} {refusal.parameters}, which the definition allows")

    def again(self, number: int) -> None:
        """The same again is the first answer, and nothing else happens."""
        if self.asked:
            action, first = self.asked[number % len(self.asked)]
            assert [_answer(service, action) for service in self.services] == [first] * len(self.services)
            self.compare_journals()

    def wait(self, days: int) -> None:
        """Let days pass and be worked off."""
        self.clock.move(days)
        for service in self.services:
            service.tick()
        self.oracle.pass_days(self.clock.today())
        self.compare_journals()

    @property
    def today(self) -> date:
        return self.clock.today()

    def compare_journals(self) -> None:
        """Every journal says the same, and what the oracle says must have been entered."""
        news = []
        for service in self.services:
            with service.reading() as reading:
                news.append(reading.entries(after=self.compared_to, limit=10_000))
        for other in news[1:]:
            assert other == news[0]
        about = [(str(entry.kind), _about(entry)) for entry in news[0]]
        assert about == self.oracle.log[self.compared_to :]
        self.compared_to += len(news[0])

    # Actions

    def adopt(self, name: str, files: Files, since: date) -> Entry | Refusal:
        return self.do(
            lambda desk: adopt(desk, name=name, files=files, since=since, actor="clerk"),
            lambda oracle: oracle.adopt(parse_policy(name, files), since),
        )

    def enrol(self, subject: str, kind: str, born_on: date | None = None) -> Entry | Refusal:
        return self.do(
            lambda desk: enrol(desk, subject=subject, kind=kind, actor="clerk", born_on=born_on),
            lambda oracle: oracle.enrol(subject, kind, born_on),
        )

    def forget(self, subject: str) -> Entry | Refusal:
        return self.do(
            lambda desk: forget(desk, subject=subject, asked_by="clerk", approver="head"),
            lambda oracle: oracle.forget(subject),
        )

    def connect(
        self, kind: str, source: str, target: str, since: date, until: date | None, *, tie: str | None = None
    ) -> Entry | Refusal:
        name = tie or self.new_id("t")
        return self.do(
            lambda desk: connect(
                desk,
                tie=name,
                kind=kind,
                source=source,
                target=target,
                actor="clerk",
                since=since,
                until=until,
                history=since <= desk.today,
            ),
            lambda oracle: oracle.connect(name, kind, source, target, since, until),
        )

    def disconnect(self, tie: str, until: date) -> Entry | Refusal:
        return self.do(
            lambda desk: disconnect(desk, tie=tie, actor="clerk", until=until, history=until <= desk.today),
            lambda oracle: oracle.disconnect(tie, until),
        )

    def void_tie(self, tie: str) -> Entry | Refusal:
        return self.do(
            lambda desk: void_tie(desk, tie=tie, actor="head", reason="mistaken"), lambda oracle: oracle.void_tie(tie)
        )

    def consent(
        self, subject: str, purpose: str, guardian: str | None, since: date, until: date | None
    ) -> Entry | Refusal:
        name = self.new_id("c")
        return self.do(
            lambda desk: give_consent(
                desk,
                consent=name,
                subject=subject,
                purpose=purpose,
                guardian=guardian,
                actor="clerk",
                since=since,
                until=until,
                history=since <= desk.today,
            ),
            lambda oracle: oracle.consent(name, subject, purpose, guardian, since, until),
        )

    def withdraw(self, consent: str, until: date) -> Entry | Refusal:
        return self.do(
            lambda desk: withdraw_consent(
                desk, consent=consent, actor="clerk", until=until, history=until <= desk.today
            ),
            lambda oracle: oracle.withdraw(consent, until),
        )

    def void_consent(self, consent: str) -> Entry | Refusal:
        return self.do(
            lambda desk: void_consent(desk, consent=consent, actor="head", reason="mistaken"),
            lambda oracle: oracle.void_consent(consent),
        )

    def waive(self, member: str, group: str, since: date, until: date | None) -> Entry | Refusal:
        name = self.new_id("w")
        return self.do(
            lambda desk: grant_waiver(
                desk,
                waiver=name,
                member=member,
                group=group,
                actor="clerk",
                since=since,
                until=until,
                history=since <= desk.today,
            ),
            lambda oracle: oracle.waive(name, member, group, since, until),
        )

    def end_waiver(self, waiver: str, until: date) -> Entry | Refusal:
        return self.do(
            lambda desk: end_waiver(desk, waiver=waiver, actor="clerk", until=until, history=until <= desk.today),
            lambda oracle: oracle.end_waiver(waiver, until),
        )

    def void_waiver(self, waiver: str) -> Entry | Refusal:
        return self.do(
            lambda desk: void_waiver(desk, waiver=waiver, actor="head", reason="mistaken"),
            lambda oracle: oracle.void_waiver(waiver),
        )

    def file(
        self,
        subject: str,
        scheme: str,
        rule: str,
        happened_on: date,
        amount: int = 0,
        matching: tuple[str, ...] = (),
    ) -> Entry | Refusal:
        """File a record; `amount` turns into what its rules leave to the filer."""
        name = self.new_id("r")
        left = [self._left_to_filer(scheme, code, happened_on, amount) for code in (rule, *matching)]
        quantity = next((each for each, _ in left if each is not None), None)
        points = next((each for _, each in left if each is not None), None)
        return self.do(
            lambda desk: file_record(
                desk,
                record=name,
                subject=subject,
                scheme=scheme,
                rule=rule,
                happened_on=happened_on,
                filer="clerk",
                matching=matching,
                quantity=quantity,
                points=points,
            ),
            lambda oracle: oracle.file(name, subject, scheme, rule, happened_on, quantity, points, matching),
        )

    def import_subjects(self, rows: Sequence[SubjectToEnrol]) -> None:
        self._import(
            lambda desk: import_subjects(desk, rows, actor="clerk"),
            rows,
            ("subjects_imported", lambda oracle, row: oracle.enrol(row.id, row.kind, row.born_on)),
        )

    def import_ties(self, rows: Sequence[TieToOpen]) -> None:
        self._import(
            lambda desk: import_ties(desk, rows, actor="clerk"),
            rows,
            ("ties_imported", lambda oracle, row: oracle.connect(*row[:6])),
        )

    def import_consents(self, rows: Sequence[ConsentToGive]) -> None:
        self._import(
            lambda desk: import_consents(desk, rows, actor="clerk"),
            rows,
            (
                "consents_imported",
                lambda oracle, row: oracle.consent(
                    row.id, row.subject, row.purpose, row.guardian, row.since, row.until
                ),
            ),
        )

    def _import(
        self,
        enter: Callable[[Desk], Imported],
        rows: Sequence[Row],
        telling: tuple[str, Callable[[Oracle, Row], None]],
    ) -> None:
        """Enter many rows by one entry; each is refused as by itself. There must be no records yet."""
        refused: list[dict[int, object]] = []
        kind, tell_one = telling

        def action(desk: Desk) -> Entry:
            answer = enter(desk)
            assert not answer.known
            refused.append({place: _comparable(each) for place, each in answer.refused.items()})
            return desk.page.entries(after=desk.page.head().seq - 1, limit=1)[0]

        def tell(oracle: Oracle) -> None:
            entered = [row for place, row in enumerate(rows) if place not in refused[0]]
            with oracle.by_one_entry(kind, [row.id for row in entered]):
                for row in entered:
                    tell_one(oracle, row)

        self.do(action, tell)
        assert refused == refused[:1] * len(self.services)
        # Entered again, the rows are known, and no entry is the answer.
        self.asked.pop()
        again: Imported = self.services[0].do(enter)
        assert sorted([*again.known, *refused[0]]) == list(range(len(rows)))

    def import_records(self, deeds: Sequence[Deed]) -> None:
        """Import records that were decided elsewhere: at once what is plain, and what is not one by one."""
        rows = [
            Told(self.new_id("r"), deed.subject, deed.scheme, deed.rule, deed.happened_on, *left, "clerk", "head", on)
            for deed in deeds
            for left in (self._left_to_filer(deed.scheme, deed.rule, deed.happened_on, deed.amount),)
            for on in (min(self.today, deed.happened_on + timedelta(days=deed.approved_after)),)
        ]
        plain = [each.told for each in self.services[0].do(lambda desk: _weighed(desk, rows))]
        if plain:
            entry = self._importplain_standing(plain)
            for row in plain:
                self.asked += [(partial(_file_told, row=row), entry), (partial(_approve_told, row=row), entry)]
        for row in sorted(set(rows) - set(plain), key=lambda row: (row.approved_on, row.id)):
            filed = self.do(
                partial(_file_told, row=row),
                lambda oracle, row=row: oracle.file(*row[:7]),  # type: ignore[misc]
            )
            if not isinstance(filed, Refusal):
                self.approve(row.id, row.approved_on)

    def _importplain_standing(self, rows: Sequence[Told]) -> Entry:
        def tell(oracle: Oracle) -> None:
            with oracle.by_one_entry("records_imported", [row.id for row in rows]):
                for row in sorted(rows, key=lambda row: (row.approved_on, row.id)):
                    oracle.file(*row[:7])
                    oracle.approve(row.id, row.approved_on)

        def enter(desk: Desk) -> Entry:
            weighed = [(each.told.said, each.found) for each in _weighed(desk, rows)]
            return import_records(desk, weighed, actor="clerk", after=desk.page.head().seq)

        entry = self.do(enter, tell)
        assert isinstance(entry, Entry)
        # Entered again, the rows are known, and no entry is the answer.
        self.asked.pop()
        assert not self.services[0].do(lambda desk: _weighed(desk, rows))
        return entry

    def leave_unkept(self, scheme: str) -> None:
        """Stop keeping what a scheme's records come to."""
        for service in self.services:
            service.do(partial(leave_unkept, schemes=[scheme]))
        self.unkept.add(scheme)
        self.looked_at = 0

    def keep_again(self) -> None:
        for service in self.services:
            service.do(keep_again)
        self.unkept.clear()
        self.looked_at = 0

    def _left_to_filer(self, scheme: str, rule: str, day: date, amount: int) -> tuple[int | None, int | None]:
        policy = self.oracle.policy_on(day)
        held = policy.schemes[scheme].rules[rule] if policy and scheme in policy.schemes else None
        if held is not None and isinstance(held.scoring, PointsRange):
            lowest, highest = held.scoring.lowest, held.scoring.highest
            return None, lowest + (highest - lowest) * (amount % 8) // 7
        if held is not None and isinstance(held.scoring, Bands | Tiers):
            return (amount % 7 + 1) * parse_points("850.5" if isinstance(held.scoring, Bands) else "3.5"), None
        return None, None

    def approve(self, record: str, history_on: date | None = None) -> Entry | Refusal:
        return self.do(
            lambda desk: approve(desk, record=record, approver="head", history_on=history_on),
            lambda oracle: oracle.approve(record, history_on),
        )

    def reject(self, record: str) -> Entry | Refusal:
        return self.do(
            lambda desk: reject(desk, record=record, approver="head", reason="unfounded"),
            lambda oracle: oracle.reject(record),
        )

    def notify(self, record: str, on: date) -> Entry | Refusal:
        return self.do(
            lambda desk: deliver_notice(desk, record=record, actor="clerk", delivered_on=on),
            lambda oracle: oracle.notify(record, on),
        )

    def contest(self, record: str) -> Entry | Refusal:
        name = self.new_id("k")
        return self.do(
            lambda desk: contest(desk, record=record, contest=name, contester="parent", reason="disputed"),
            lambda oracle: oracle.contest(record),
        )

    def uphold(self, record: str) -> Entry | Refusal:
        name = self.contest_of(record)
        return self.do(
            lambda desk: uphold(desk, record=record, contest=name, decider="board", reason="confirmed"),
            lambda oracle: oracle.uphold(record),
        )

    def contest_of(self, record: str) -> str:
        """The contest that is open about a record, or was the last."""
        with self.services[0].reading() as reading:
            return reading.records_of([record])[record].contest or "none"

    def revoke(self, record: str) -> Entry | Refusal:
        return self.do(
            lambda desk: revoke(desk, record=record, decider="board", reason="unfounded"),
            lambda oracle: oracle.revoke(record),
        )

    def repair(self, record: str) -> Entry | Refusal:
        lighter = f"repair-{len(self.oracle.log)}"
        return self.do(
            lambda desk: repair(desk, record=record, asked_by="parent", decider="board"),
            lambda oracle: oracle.repair(record, lighter),
        )

    # Looking ahead

    def foresee(
        self, subject: str, scheme: str, rule: str, happened_on: date, amount: int
    ) -> list[list[object]] | None:
        """Say of every store what a record would give to whom, or None where it would be refused."""
        quantity, points = self._left_to_filer(scheme, rule, happened_on, amount)
        foreseen: list[list[object]] = []
        for service in self.services:
            with service.reading() as reading:
                try:
                    seen = preview(
                        reading,
                        self.today,
                        subject=subject,
                        scheme=scheme,
                        rule=rule,
                        happened_on=happened_on,
                        quantity=quantity,
                        points=points,
                    )
                except Refusal:
                    return None
            foreseen.append([_nameless(change.share) for change in seen.changes if change.share])
        return foreseen

    def shares_everywhere(self, record: str) -> list[list[object]]:
        """Give the shares of a record in every store, nameless."""
        shares: list[list[object]] = []
        for service in self.services:
            with service.reading() as reading:
                shares.append([_nameless(share) for share in shares_of(reading, record)])
        return shares

    def kept_everywhere(self) -> list[dict[str, told.Standing]]:
        """Give the kept standings of every store and scheme."""
        policy = self.oracle.policy_on(self.today)
        assert policy is not None
        found = []
        for service in self.services:
            with service.reading() as reading:
                found += [kept(reading, scheme) for scheme in policy.schemes.values()]
        return found

    def views(self) -> list[View]:
        """Give all that every store holds."""
        schemes_known = all_schemes(each.policy for each in self.oracle.editions)
        found = []
        for service in self.services:
            with service.reading() as reading:
                found.append(view(reading, schemes_known))
        return found

    # Comparing

    def schemes_today(self) -> list[str]:
        policy = self.oracle.policy_on(self.today)
        return sorted(policy.schemes) if policy else []

    def compare_now(self) -> None:
        """Kept, backward summed up, whole summed up and the oracle: four ways to the same number."""
        if self.looked_at == len(self.oracle.log):
            return
        self.looked_at = len(self.oracle.log)
        policy = self.oracle.policy_on(self.today)
        assert policy is not None
        for code, scheme in sorted(policy.schemes.items()):
            expected = self.oracle.standings(code, told.Moment(self.today))
            shares = self.oracle.lines(code, told.Moment(self.today))
            for service in self.services:
                with service.reading() as reading:
                    everything = _compare(reading, scheme, Moment(self.today, LATEST - 1), shares, expected)
                    assert standings_in(reading, code) == expected
                    assert reading.unkept() == self.unkept
                    if code in self.unkept:
                        continue
                    assert kept(reading, scheme) == expected
                    held = reading.balances_of(list(SUBJECTS), scheme.code)
                    assert [each for subject in sorted(held) for each in held[subject]] == everything

    def compare_at(self, as_of: date, known_at: int) -> None:
        """The same on a past day, as far as it was known then."""
        policy = self.oracle.policy_on(as_of, known_at)
        for code, scheme in sorted(policy.schemes.items() if policy else ()):
            expected = self.oracle.standings(code, told.Moment(as_of, known_at))
            shares = self.oracle.lines(code, told.Moment(as_of, known_at))
            for service in self.services:
                with service.reading() as reading:
                    _compare(reading, scheme, Moment(as_of, known_at), shares, expected)

    def close(self) -> None:
        for service in self.services:
            service.close()


def drive(stack: ExitStack, today: date, *stores: Store) -> Driver:
    """Start a driver over empty stores."""
    clock = HandClock(today)
    driver = Driver([TrustService(store, PlainVault(), clock) for store in stores], clock, Oracle(today))
    stack.callback(driver.close)
    for service in driver.services:
        service.tick()
    driver.compare_journals()
    return driver


def _weighed(desk: Desk, rows: Sequence[Told]) -> list[Weighed]:
    return [each for _, some in Scales(desk.page, desk.today).weigh(rows) if some is not None for each in some]


def _file_told(desk: Desk, row: Told) -> Entry:
    return file_record(
        desk,
        record=row.id,
        subject=row.subject,
        scheme=row.scheme,
        rule=row.rule,
        happened_on=row.happened_on,
        filer=row.filer,
        quantity=row.quantity,
        points=row.points,
    )


def _approve_told(desk: Desk, row: Told) -> Entry:
    return approve(desk, record=row.id, approver=row.approver, history_on=row.approved_on)


def _nameless(share: Share) -> object:
    return share.target, share.route, share.walk, share.amount


def _about(entry: Entry) -> str:
    """What the oracle's log calls the thing that an entry is about."""
    if "record" in entry.outcome:
        return str(entry.outcome["record"])
    if entry.kind is EntryKind.RECORDS_IMPORTED:
        return ", ".join(row[0] for row in entry.asked["rows"])
    if entry.kind in ID_FIELDS:
        return ", ".join(asked[ID_FIELDS[entry.kind]] for asked, _ in rows_of(entry))
    names = ("tie", "consent", "waiver", "subject", "name", "day")
    return str(next(entry.asked[name] for name in names if name in entry.asked))


def _answer(service: TrustService, action: Callable[[Desk], Entry]) -> Entry | Refusal:
    try:
        return service.do(action)
    except Refusal as refusal:
        return refusal


def _comparable(answer: Entry | Refusal) -> object:
    return (answer.code, answer.parameters) if isinstance(answer, Refusal) else answer


# -- Readings ----------------------------------------------------------------------------------------------------------


def plain_standing(standing: Standing) -> told.Standing:
    """A standing as the oracle says it."""
    return told.Standing(standing.score, standing.grade, standing.own, standing.shared)


def standings_in(reading: Reading, scheme: str) -> dict[str, told.Standing]:
    """The standings that are read today, whether they are kept or derived."""
    return {each: plain_standing(held) for each, held in standings_of(reading, list(SUBJECTS), scheme).items()}


def kept(reading: Reading, scheme: Scheme) -> dict[str, told.Standing]:
    """The standings that are kept; those that are not are at the base."""
    held = reading.standings_of(list(SUBJECTS), scheme.code)
    return {
        subject: plain_standing(held[subject] if subject in held else total(scheme, subject, (), ()).standing)
        for subject in SUBJECTS
    }


def _compare(
    reading: Reading,
    scheme: Scheme,
    moment: Moment,
    shares: list[tuple[Share, told.Told]],
    expected: dict[str, told.Standing],
) -> list[Balance]:
    """Backward, line by line and in its order, is what the oracle says; so is the whole; give what it sums up to."""
    found = reading.lines_to(list(SUBJECTS), scheme.code, moment)
    backward = [line for subject in sorted(found) for line in found[subject]]
    ordered = sorted(shares, key=lambda pair: (pair[0].target, pair[1].happened_on, pair[1].id))
    assert [line.share for line in backward] == [share for share, _ in ordered]
    whole = list(reading.lines(scheme.code, moment))
    assert sorted(whole, key=lambda line: (line.share.target, line.act.happened_on, line.act.record)) == backward
    acts = reading.grading_acts_to(list(SUBJECTS), scheme.code, moment)
    standings = {
        subject: total(
            scheme, subject, balances_of(scheme, found.get(subject, ())), grades_of(acts.get(subject, ()))
        ).standing
        for subject in SUBJECTS
    }
    assert {subject: plain_standing(standing) for subject, standing in standings.items()} == expected
    return balances_of(scheme, whole)


def view(reading: Reading, schemes_known: Iterable[str]) -> View:
    """Everything that a store holds."""
    subjects = reading.subjects(kinds=(), after=None, limit=1000)
    ids = [subject.id for subject in subjects]
    records = reading.records(states=(), after=None, limit=1000)
    facts = [
        reading.ties(after=None, limit=1000),
        reading.ties_around(ids),
        reading.consents_by(ids),
        reading.waivers_for(ids),
        reading.records_about(ids),
    ]
    return View(
        journal=reading.entries(after=0, limit=100_000),
        subjects=list(subjects),
        facts=list(facts),
        records=records,
        forces=reading.forces_of([record.id for record in records]),
        due=reading.due(by=date.max, limit=1000),
        ages=reading.ages_of(ids),
        kept=[
            (reading.balances_of(ids, scheme), reading.standings_of(ids, scheme)) for scheme in sorted(schemes_known)
        ],
        editions=[reading.head(), *reading.editions()],
    )


def projected(store: Store, told_by: View) -> View:
    """What an empty store holds once a journal was told to it again."""
    with store.writing() as page:
        for entry in told_by.journal:
            project(page, entry)
    with store.reading() as reading:
        return view(reading, all_schemes(edition.policy for edition in reading.editions()))


def all_schemes(policies_known: Iterable[Policy]) -> list[str]:
    return sorted({code for policy in policies_known for code in policy.schemes})
