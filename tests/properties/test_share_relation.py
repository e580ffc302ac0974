"""The share relation by itself: small crowded worlds of few days, put straight into the stores."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.model.consents import Consent, Waiver
from graph_service.model.days import EVER
from graph_service.model.journal import Draft, EntryKind, place
from graph_service.model.points import POINT
from graph_service.model.records import LATEST, Act, Force, Moment, Record, RecordState
from graph_service.model.subjects import AgeChange, AgeClass, Subject, SubjectKind
from graph_service.model.ties import Tie
from graph_service.policy.parse import parse_policy
from graph_service.ports.store import Page, Reading, Store
from graph_service.projection.project import project
from graph_service.scoring.sharing import strongest
from graph_service.scoring.total import balances_of, total
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from tests import oracle as told
from tests.every_store import empty_graph
from tests.oracle import ConsentFact, Oracle, Someone, Step, TieFact, Told, WaiverFact
from tests.properties.test_stores_and_oracle_agree import memory_folder
from tests.worlds import JOINS, PERSON, PERSONS, SUBJECTS, USUAL_TIES, Files, policies

#: The days on which everything happens, so few that beginnings, ends and deeds fall together.
FIRST = date(2026, 1, 29)
DAYS = 6
LAST = FIRST + timedelta(days=DAYS)
#: Ids whose order as bytes is not the one that a reader expects.
NAMES = ("t1", "t10", "t2", "T3", "t", "a.b", "a-b", "a_b", "Z", "t:1", "t-1", "b", "a:b", "0", "00", "t01", "zz", "T")
#: Worlds that are put into a graph.
CROWDS_IN_A_GRAPH = settings().max_examples // 35
POINTS = {"found": 25, "kindness": 7, "late": -1, "litter": -5, "bullying": -15}

days = st.integers(0, DAYS - 1)
ends = st.one_of(st.none(), st.integers(1, DAYS))
#: When it was found to be an error; mostly it was not.
voids = st.one_of(st.none(), st.none(), st.none(), days)
positions = st.integers(10, 40)


@dataclass(frozen=True)
class Span:
    """When a fact holds and how it is known, in days from the first and in positions of the journal."""

    since: int
    until: int | None
    voided: int | None
    seq: int

    @property
    def voided_seq(self) -> int | None:
        return None if self.voided is None else self.seq + 3


spans = st.builds(
    Span,
    since=st.one_of(st.just(0), days),
    until=ends,
    voided=voids,
    seq=positions,
).filter(lambda span: span.until is None or span.until > span.since)
long_ties = st.builds(
    Span, since=st.just(0), until=st.one_of(st.none(), st.none(), st.integers(1, DAYS)), voided=voids, seq=st.just(10)
)
subjects = st.sampled_from([*SUBJECTS])
usual = st.tuples(st.sampled_from(USUAL_TIES), long_ties)
unusual = st.tuples(
    st.sampled_from(JOINS).flatmap(
        lambda join: st.tuples(
            st.just(join[0]),
            st.sampled_from([subject for subject, kind in SUBJECTS.items() if kind == join[1]]),
            st.sampled_from([subject for subject, kind in SUBJECTS.items() if kind == join[2]]),
        )
    ),
    spans,
).filter(lambda pair: pair[0][1] != pair[0][2])
deeds = st.tuples(
    st.sampled_from(["p1", "p1", "p2", "g1", "p4"]),
    st.sampled_from([*POINTS]),
    days,
    st.sampled_from([POINT, POINT, 333_333, 1]),
    positions,
)


def _day(number: int | None) -> date | None:
    return None if number is None else FIRST + timedelta(days=number)


def _told(span: Span) -> dict[str, Any]:
    """A span as the oracle knows it."""
    voided = None if span.voided is None else (span.voided_seq, _day(span.voided))
    return {"seq": span.seq, "since": _day(span.since), "ends": [(span.seq, _day(span.until))], "voided": voided}


def _dated(span: Span) -> dict[str, Any]:
    """A span as the stores know it."""
    return {
        "since": _day(span.since),
        "until": _day(span.until),
        "seq": span.seq,
        "voided_on": _day(span.voided),
        "voided_seq": span.voided_seq,
    }


@dataclass
class Crowd:
    """A world that is put into stores and oracle alike."""

    files: Files
    grown_up: dict[str, int | None]
    ties: Sequence[tuple[tuple[str, str, str], Span]]
    consents: Sequence[tuple[str, str, bool, Span]]
    waivers: Sequence[tuple[str, str, Span]]
    deeds: Sequence[tuple[str, str, int, int, int]]

    def names(self) -> dict[str, tuple[tuple[str, str, str], Span]]:
        return dict(zip(NAMES, self.ties, strict=False))

    def given(self) -> list[tuple[str, str, str, str | None, Span]]:
        """Consents by name: of whom, to what, in whose name."""
        return [
            (f"c{number}", subject, purpose, "p5" if guarded else None, span)
            for number, (subject, purpose, guarded, span) in enumerate(self.consents)
        ]

    def told(self) -> Oracle:
        """The world as the oracle knows it."""
        oracle = Oracle(LAST)
        oracle.adopt(parse_policy("first", self.files), FIRST - timedelta(days=400))
        for subject, kind in SUBJECTS.items():
            grown = _day(self.grown_up.get(subject))
            born = None if grown is None else grown.replace(year=grown.year - 18)
            oracle.subjects[subject] = Someone(subject, kind, born)
        for name, ((kind, source, target), span) in self.names().items():
            oracle.ties[name] = TieFact(id=name, kind=kind, source=source, target=target, **_told(span))
        for name, subject, purpose, guardian, span in self.given():
            oracle.consents[name] = ConsentFact(
                id=name, subject=subject, purpose=purpose, guardian=guardian, **_told(span)
            )
        for number, (member, group, span) in enumerate(self.waivers):
            oracle.waivers[f"w{number}"] = WaiverFact(id=f"w{number}", member=member, group=group, **_told(span))
        for act, seq in self.acts():
            record = Told(act.record, act.subject, "school", act.rule, act.happened_on, 1, None, None)
            record.steps.append(Step(seq, act.happened_on, "in_force", act.points, None, frozenset()))
            oracle.records[act.record] = record
        return oracle

    def acts(self) -> list[tuple[Act, int]]:
        return [
            (
                Act(
                    record=f"r{number}",
                    subject=subject,
                    scheme="school",
                    rule=rule,
                    edition=1,
                    happened_on=FIRST + timedelta(days=day),
                    points=POINTS[rule] * times,
                ),
                seq,
            )
            for number, (subject, rule, day, times, seq) in enumerate(self.deeds)
        ]

    def put_into(self, store: Store) -> None:
        """Put the world into a store, past the journal."""
        with store.writing() as page:
            self._adopt(page)
            for subject, kind in SUBJECTS.items():
                page.put_subjects([Subject(id=subject, kind=SubjectKind(kind))])
                grown = _day(self.grown_up.get(subject))
                if kind == PERSON:
                    page.put_ages([AgeChange(subject=subject, age_class=AgeClass.UNDER_14, since=EVER)])
                if grown is not None:
                    page.put_ages([AgeChange(subject=subject, age_class=AgeClass.ADULT, since=grown)])
            self._put_facts(page)
            for act, seq in self.acts():
                self._put_record(page, act, seq)

    def _adopt(self, page: Page) -> None:
        since = (FIRST - timedelta(days=400)).isoformat()
        asked = {"name": "first", "files": self.files, "since": since}
        for number, kind in enumerate((EntryKind.DAY_TICKED, EntryKind.POLICY_ADOPTED)):
            said = {"day": LAST.isoformat()} if number == 0 else asked
            draft = Draft(id=f"e{number}", kind=kind, actor="clerk", asked=said, outcome={"number": 1})
            project(page, place(draft, page.head(), LAST))

    def _put_facts(self, page: Page) -> None:
        for name, ((kind, source, target), span) in self.names().items():
            page.put_ties(
                [
                    Tie(
                        id=name,
                        kind=kind,
                        source=source,
                        target=target,
                        source_kind=SubjectKind(SUBJECTS[source]),
                        target_kind=SubjectKind(SUBJECTS[target]),
                        **_dated(span),
                    )
                ]
            )
        for name, subject, purpose, guardian, span in self.given():
            page.put_consents([Consent(id=name, subject=subject, purpose=purpose, guardian=guardian, **_dated(span))])
        for number, (member, group, span) in enumerate(self.waivers):
            page.put_waiver(Waiver(id=f"w{number}", member=member, group=group, **_dated(span)))

    def _put_record(self, page: Page, act: Act, seq: int) -> None:
        record = Record(
            id=act.record,
            subject=act.subject,
            scheme=act.scheme,
            rule=act.rule,
            happened_on=act.happened_on,
            edition=1,
            points=act.points,
            state=RecordState.IN_FORCE,
            filer="clerk",
            filed_on=act.happened_on,
            seq=seq,
        )
        page.put_record(record)
        page.open_force(Force(act=act, opened_on=act.happened_on, opened_seq=seq))


crowds = st.builds(
    Crowd,
    files=policies(),
    grown_up=st.fixed_dictionaries({person: st.sampled_from([0, 0, None, 3]) for person in PERSONS}),
    ties=st.lists(st.one_of(usual, usual, usual, unusual), min_size=8, max_size=len(NAMES)),
    consents=st.lists(
        st.tuples(subjects, st.sampled_from(["sharing", "sharing", "sharing-more"]), st.booleans(), spans),
        min_size=6,
        max_size=24,
    ),
    waivers=st.lists(st.tuples(st.sampled_from(["p1", "p2", "p4"]), subjects, spans), max_size=4),
    deeds=st.lists(deeds, min_size=3, max_size=8),
)


looks_at = st.lists(st.tuples(days, st.one_of(st.just(99), positions)), min_size=1, max_size=3)


@given(crowd=crowds, looks=looks_at)
def test_forward_backward_and_whole_are_what_the_definition_says(crowd: Crowd, looks: list[tuple[int, int]]) -> None:
    with ExitStack() as stack:
        folder = memory_folder()
        stack.callback(shutil.rmtree, folder)
        for store in (MemoryStore(), SQLiteStore(folder / "trustnet.db")):
            stack.callback(store.close)
            _agrees(store, crowd, looks)


@pytest.mark.neo4j
@settings(max_examples=CROWDS_IN_A_GRAPH, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crowd=crowds, looks=looks_at)
def test_so_they_are_in_a_graph(neo4j_address: str, crowd: Crowd, looks: list[tuple[int, int]]) -> None:
    """Fewer worlds: every policy has statements of its own, which the server has to plan."""
    with ExitStack() as stack:
        store = empty_graph(neo4j_address)
        stack.callback(store.close)
        _agrees(store, crowd, looks)


def _agrees(store: Store, crowd: Crowd, looks: list[tuple[int, int]]) -> None:
    oracle = crowd.told()
    crowd.put_into(store)
    with store.reading() as reading:
        _through(reading, oracle)
        for day, known_at in [(DAYS, LATEST - 1), *looks]:
            _agree(reading, oracle, crowd, FIRST + timedelta(days=day), known_at)


def _agree(reading: Reading, oracle: Oracle, crowd: Crowd, as_of: date, known_at: int) -> None:
    moment, then = Moment(as_of, known_at), told.Moment(as_of, known_at)
    for act, _ in crowd.acts():
        forward = strongest(act, reading.walks_from(act, moment))
        assert forward == oracle.shares(oracle.records[act.record], act.points, then)
    expected = sorted(oracle.lines("school", then), key=lambda pair: (pair[0].target, pair[1].happened_on, pair[1].id))
    found = reading.lines_to([*SUBJECTS], "school", moment)
    assert [line.share for subject in sorted(found) for line in found[subject]] == [share for share, _ in expected]
    whole = sorted(
        reading.lines("school", moment), key=lambda line: (line.share.target, line.act.happened_on, line.act.record)
    )
    assert [line.share for line in whole] == [share for share, _ in expected]
    scheme = oracle.editions[0].policy.schemes["school"]
    shared = oracle.lines("school", then)
    for subject in SUBJECTS:
        summed = total(scheme, subject, balances_of(scheme, found.get(subject, ())), ()).standing
        assert told.Standing(summed.score, summed.grade, summed.own, summed.shared) == oracle.standing(
            scheme, subject, shared, []
        )


def _through(reading: Reading, oracle: Oracle) -> None:
    """Through a tie: no record is missed that has a share over it; walks of no amount may be among them."""
    now = told.Moment(date.max - timedelta(days=1), LATEST - 1)
    walks = {record.id: oracle.walks(record, record.now.points, now) for record in oracle.records.values()}
    for tie in oracle.ties:
        over = sorted(record for record, found in walks.items() if any(tie in walk.ties for walk in found))
        found_over = reading.records_through_tie(tie)
        assert set(over) <= set(found_over) <= set(walks)
        assert found_over == sorted(found_over)
