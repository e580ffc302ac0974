"""Whatever happens, both stores and the oracle agree on it, to the last digit."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from graph_service.actions.decide import approve, contest, reject, repair, revoke, uphold
from graph_service.model.journal import Entry
from graph_service.ports.store import Store
from graph_service.replay import plain, snapshot, whole
from graph_service.replay.duckdb import replayed
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from loaders import FilesFaulty, Form
from tests.every_store import empty_graph
from tests.exports import all_exported, is_said_in_full, loaded_again
from tests.oracle import FINAL, Moment
from tests.worlds import (
    HISTORY_DAYS,
    JOINS,
    PERSONS,
    STARTS,
    SUBJECTS,
    USUAL_TIES,
    ConsentToGive,
    Deed,
    Driver,
    Files,
    SubjectToEnrol,
    TieToOpen,
    drive,
    plain_standing,
    policies,
    projected,
    standings_in,
)

Chosen = TypeVar("Chosen")

#: Numbers that choose among what there is by then.
picks = st.integers(0, 30)
few = st.integers(0, 2)
#: Days from today; tomorrow is 1, and nothing above 0 is history.
soon = st.sampled_from([1, 1, 1, 2, 3])
past = st.sampled_from([0, -1, -2, -5, -20, -40])
spans = st.sampled_from([None, None, None, 1, 2, 10])
#: Ages, in days before the birthday on which they are reached.
births = st.sampled_from(["adult", "adult", "child", "soon 18", "soon 14", "unknown"])
MERITS, DEMERITS = ("found", "kindness", "donation", "hours"), ("late", "litter", "bullying", "fraud")
codes = st.sampled_from(MERITS + DEMERITS)
#: Rules that one act matches: all give points, or all take them, or some of each, which is refused.
matched = st.one_of(
    *(
        st.lists(st.sampled_from(among), min_size=2, max_size=3, unique=True)
        for among in (MERITS, MERITS, DEMERITS, DEMERITS, MERITS + DEMERITS)
    )
)
subjects = st.sampled_from(["p1", "p1", "p1", "g1", *SUBJECTS])
ago = st.sampled_from([0, 0, 0, 1, 2, 30, 200])
#: Whose, by which rule and of which scheme, how many days ago, approved how many days later, and an amount.
ImportedDeed = tuple[str, str, int, int, int, int]
later = st.sampled_from([0, 0, 1, 10, 40])
imports = st.one_of(
    st.lists(st.tuples(subjects, codes, few, ago, later, picks), min_size=1, max_size=6),
    # One person's history by the rules that look back.
    st.lists(
        st.tuples(st.just("p1"), st.sampled_from(["late", "hours"]), st.just(0), ago, later, picks),
        min_size=3,
        max_size=6,
    ),
)


def _pick(among: Sequence[Chosen], number: int) -> Chosen:
    return among[number % len(among)]


def born_on(age: str, today: date) -> date | None:
    """A birth day for an age that may be reached in the days to come."""
    years = {"adult": 40, "child": 9, "soon 18": 18, "soon 14": 14}
    if age == "unknown":
        return None
    day = (today + timedelta(days=10 if age.startswith("soon") else 0)).replace(day=28)
    return day.replace(year=day.year - years[age])


def memory_folder() -> Path:
    """Files that need not outlive the test need no disk."""
    shared = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="trustnet-", dir=shared if shared.is_dir() else None))


class World(RuleBasedStateMachine):
    """One world, in three books."""

    driver: Driver
    stores: tuple[Store, Store]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = memory_folder()
        self.stack.callback(shutil.rmtree, folder)
        self.folder = folder

    def teardown(self) -> None:
        self.stack.close()

    def two_stores(self) -> tuple[Store, Store]:
        """The stores in which everything happens."""
        return MemoryStore(), SQLiteStore(self.folder / "trustnet.db")

    @initialize(
        start=st.sampled_from(STARTS),
        files=policies(),
        ages=st.tuples(*(births for _ in PERSONS)),
        absent=st.sets(st.integers(0, len(USUAL_TIES) - 1), max_size=6),
        ties=st.lists(st.tuples(st.sampled_from(JOINS), few, few, st.sampled_from([30, 5])), max_size=4),
        silent=st.sets(st.sampled_from([*SUBJECTS]), max_size=3),
        deeds=st.lists(st.tuples(subjects, codes, ago, picks), min_size=2, max_size=8),
        history=st.one_of(st.just([]), imports),
        acts=st.lists(st.tuples(matched, few, ago, picks), max_size=2),
        at_once=st.booleans(),
        weeks=st.sampled_from([0, 1, 1, 2]),
    )
    def begin(
        self,
        *,
        start: date,
        files: Files,
        ages: tuple[str, ...],
        absent: set[int],
        ties: list[tuple[tuple[str, str, str], int, int, int]],
        silent: set[str],
        deeds: list[tuple[str, str, int, int]],
        history: list[ImportedDeed],
        acts: list[tuple[list[str], int, int, int]],
        at_once: bool,
        weeks: int,
    ) -> None:
        """People, ties and consents that have been there for a while, and what was done; perhaps weeks ended since."""
        self.stores = self.two_stores()
        self.driver = drive(self.stack, start, *self.stores)
        assert isinstance(self.driver.adopt("first", files, start - timedelta(days=HISTORY_DAYS)), Entry)
        age_of = dict(zip(PERSONS, ages, strict=True))
        born = {subject: born_on(age_of.get(subject, "unknown"), start) for subject in SUBJECTS}
        long_ago = start - timedelta(days=30)
        joined = [tie for number, tie in enumerate(USUAL_TIES) if number not in absent]
        if at_once:
            self.driver.import_subjects([SubjectToEnrol(each, kind, born[each]) for each, kind in SUBJECTS.items()])
            self.driver.import_ties([TieToOpen(self.driver.new_id("t"), *tie, long_ago, None) for tie in joined])
        else:
            for subject, kind in SUBJECTS.items():
                self.driver.enrol(subject, kind, born[subject])
            for tie_kind, source, target in joined:
                self.driver.connect(tie_kind, source, target, long_ago, None)
        for join, near, far, days_ago in ties:
            self._join(join, near, far, -days_ago, None)
        consenting = [(subject, self._guardian(subject)) for subject in sorted(set(SUBJECTS) - silent)]
        purpose = self._purposes()[0]
        if at_once:
            self.driver.import_consents(
                [ConsentToGive(self.driver.new_id("c"), *each, purpose, long_ago) for each in consenting]
            )
        else:
            for subject, guardian in consenting:
                self.driver.consent(subject, purpose, guardian, long_ago, None)
        for subject, code, days_ago, amount in deeds:
            self._file(subject, code, 0, days_ago, amount, approved=True)
        if history:
            self._import(history)
        for codes_matched, scheme, days_ago, amount in acts:
            self._match(codes_matched, scheme, days_ago, amount)
        if weeks:
            self.weeks_end(weeks)

    def _purposes(self) -> list[str]:
        """Those that some term asks for, or else one that none does."""
        return sorted({name for each in self.driver.oracle.editions for name in each.policy.purposes}) or ["unknown"]

    def _day(self, offset: int) -> date:
        return self.driver.today + timedelta(days=offset)

    def _guardian(self, subject: str) -> str | None:
        """The guardian who can consent for a minor, who is found or made."""
        if self.driver.oracle.is_adult(subject, self.driver.today):
            return None
        guardian = next(other for other in PERSONS if other != subject)
        self.driver.connect("guardian_of", guardian, subject, self._day(-200), None)
        return guardian

    def _join(self, join: tuple[str, str, str], near: int, far: int, offset: int, span: int | None) -> None:
        kind, source, target = join
        sources = [subject for subject, its_kind in SUBJECTS.items() if its_kind == source]
        targets = [subject for subject, its_kind in SUBJECTS.items() if its_kind == target]
        since = self._day(offset)
        until = None if span is None else since + timedelta(days=span)
        self.driver.connect(kind, _pick(sources, near), _pick(targets, far), since, until)

    # Ties

    @rule(join=st.sampled_from(JOINS), near=picks, far=picks, offset=st.one_of(soon, past), span=spans)
    def a_tie_is_opened(self, join: tuple[str, str, str], near: int, far: int, offset: int, span: int | None) -> None:
        """From tomorrow on, or as an import of history."""
        self._join(join, near, far, offset, span)

    @precondition(lambda self: self.driver.oracle.ties)
    @rule(number=picks, offset=st.one_of(st.none(), soon, past))
    def a_tie_ends(self, number: int, offset: int | None) -> None:
        """On a day, or because it was never there."""
        tie = _pick(list(self.driver.oracle.ties), number)
        if offset is None:
            self.driver.void_tie(tie)
        else:
            self.driver.disconnect(tie, self._day(offset))

    # Consents and waivers

    @rule(subject=subjects, purpose=picks, offset=st.one_of(soon, past), span=spans)
    def a_consent_is_given(self, subject: str, purpose: int, offset: int, span: int | None) -> None:
        since = self._day(offset)
        until = None if span is None else since + timedelta(days=span)
        self.driver.consent(subject, _pick(self._purposes(), purpose), self._guardian(subject), since, until)

    @precondition(lambda self: self.driver.oracle.consents)
    @rule(number=picks, offset=st.one_of(st.none(), soon, past))
    def a_consent_ends(self, number: int, offset: int | None) -> None:
        consent = _pick(list(self.driver.oracle.consents), number)
        if offset is None:
            self.driver.void_consent(consent)
        else:
            self.driver.withdraw(consent, self._day(offset))

    @rule(member=subjects, group=subjects, offset=st.one_of(soon, past), span=spans)
    def a_waiver_is_granted(self, member: str, group: str, offset: int, span: int | None) -> None:
        since = self._day(offset)
        self.driver.waive(member, group, since, None if span is None else since + timedelta(days=span))

    @precondition(lambda self: self.driver.oracle.waivers)
    @rule(number=picks, offset=st.one_of(st.none(), soon, past))
    def a_waiver_ends(self, number: int, offset: int | None) -> None:
        waiver = _pick(list(self.driver.oracle.waivers), number)
        if offset is None:
            self.driver.void_waiver(waiver)
        else:
            self.driver.end_waiver(waiver, self._day(offset))

    # Records

    def _records(self, *states: str) -> list[str]:
        return [record.id for record in self.driver.oracle.records.values() if record.now.state in states]

    def _file(self, subject: str, code: str, scheme: int, days_ago: int, amount: int, approved: bool) -> None:  # noqa: FBT001
        known = len(self.driver.oracle.records)
        self.driver.file(subject, _pick(self.driver.schemes_today(), scheme), code, self._day(-days_ago), amount)
        if approved and len(self.driver.oracle.records) > known:
            self.driver.approve(list(self.driver.oracle.records)[-1])

    @rule(subject=subjects, code=codes, scheme=picks, days_ago=ago, amount=picks, approved=st.booleans())
    def a_record_is_filed(
        self, subject: str, code: str, scheme: int, days_ago: int, amount: int, *, approved: bool
    ) -> None:
        self._file(subject, code, scheme, days_ago, amount, approved=approved)

    @rule(code=codes, days_ago=ago, amounts=st.lists(picks, min_size=1, max_size=3))
    def the_same_is_done_again(self, code: str, days_ago: int, amounts: list[int]) -> None:
        """One person, one rule, several times: what repetition, tiers and limits are about."""
        for amount in amounts:
            self._file("p1", code, 0, days_ago, amount, approved=True)

    @rule(matched=matched, scheme=few, days_ago=ago, amount=picks)
    def an_act_matches_several_rules(self, matched: list[str], scheme: int, days_ago: int, amount: int) -> None:
        """One person again, so that the rules have something to count; some such acts are refused by name."""
        self._match(matched, scheme, days_ago, amount)

    def _match(self, matched: list[str], scheme: int, days_ago: int, amount: int) -> None:
        driver, known = self.driver, len(self.driver.oracle.records)
        first, *others = matched
        driver.file("p1", _pick(driver.schemes_today(), scheme), first, self._day(-days_ago), amount, tuple(others))
        if len(driver.oracle.records) > known:
            driver.approve(list(driver.oracle.records)[-1])

    @rule(rows=imports)
    def records_are_imported(self, rows: list[ImportedDeed]) -> None:
        """What was decided elsewhere, many at once; further ones may look back on them."""
        self._import(rows)

    def _import(self, rows: list[ImportedDeed]) -> None:
        schemes = self.driver.schemes_today()
        self.driver.import_records(
            [
                Deed(subject, _pick(schemes, scheme), code, self._day(-days_ago), amount, after)
                for subject, code, scheme, days_ago, after, amount in rows
            ]
        )

    @rule(scheme=picks)
    def a_scheme_is_left_unkept(self, scheme: int) -> None:
        self.driver.leave_unkept(_pick(self.driver.schemes_today(), scheme))

    @precondition(lambda self: self.driver.unkept)
    @rule()
    def what_was_left_is_kept_again(self) -> None:
        self.driver.keep_again()

    @precondition(lambda self: self._records("filed"))
    @rule(number=picks, history=st.sampled_from([None, None, 0, 1, 10, 100, "no"]))
    def a_record_is_decided(self, number: int, history: int | str | None) -> None:
        record = _pick(self._records("filed"), number)
        if history == "no":
            self.driver.reject(record)
        else:
            self.driver.approve(record, self._day(-history) if isinstance(history, int) else None)

    @precondition(lambda self: self._records("approved"))
    @rule(number=picks, days_ago=st.sampled_from([0, 0, 1, 9]))
    def a_notice_is_delivered(self, number: int, days_ago: int) -> None:
        self.driver.notify(_pick(self._records("approved"), number), self._day(-days_ago))

    @precondition(lambda self: self._records("approved", "in_force"))
    @rule(number=picks, days=st.sampled_from([None, 0, 1, 3]))
    def a_record_is_contested(self, number: int, days: int | None) -> None:
        """And perhaps upheld after some days."""
        record = _pick(self._records("approved", "in_force"), number)
        self.driver.contest(record)
        if days is not None:
            self.driver.wait(days)
            self.driver.uphold(record)

    @precondition(lambda self: self._records("contested"))
    @rule(number=picks)
    def a_record_is_upheld(self, number: int) -> None:
        self.driver.uphold(_pick(self._records("contested"), number))

    @precondition(lambda self: self._records("approved", "in_force", "contested", "expired"))
    @rule(number=picks, repaired=st.booleans())
    def a_record_is_taken_back(self, number: int, *, repaired: bool) -> None:
        """Made good, or found wrong, which may come to light when it has expired."""
        record = _pick(self._records("approved", "in_force", "contested", "expired"), number)
        if repaired:
            self.driver.repair(record)
        else:
            self.driver.revoke(record)

    @precondition(lambda self: self._records(*FINAL))
    @rule(number=picks, step=st.sampled_from(["approve", "contest", "uphold", "revoke", "repair", "reject"]))
    def a_step_is_tried_too_late(self, number: int, step: str) -> None:
        """The same words again are the first answer, and anything else is refused: nothing may be entered."""
        record = _pick(self._records(*FINAL), number)
        open_contest = self.driver.contest_of(record)
        steps = {
            "approve": lambda desk: approve(desk, record=record, approver="head"),
            "contest": lambda desk: contest(desk, record=record, contest="late", contester="parent", reason="late"),
            "uphold": lambda desk: uphold(desk, record=record, contest=open_contest, decider="board", reason="late"),
            "revoke": lambda desk: revoke(desk, record=record, decider="board", reason="unfounded"),
            "repair": lambda desk: repair(desk, record=record, asked_by="parent", decider="board"),
            "reject": lambda desk: reject(desk, record=record, approver="head", reason="unfounded"),
        }
        if step == "revoke" and self.driver.oracle.records[record].now.state == "expired":
            self.driver.revoke(record)
        else:
            self.driver.do(steps[step], lambda _: None)

    # People, policy and time

    @precondition(lambda self: len(self.driver.oracle.log) > 60)
    @rule(subject=st.sampled_from(["p2", "p4", "p5"]))
    def a_person_is_forgotten(self, subject: str) -> None:
        self.driver.forget(subject)

    @rule(files=policies(), offset=st.integers(1, 5))
    def an_edition_is_adopted(self, files: Files, offset: int) -> None:
        known = self.driver.oracle.editions[-1].policy.schemes
        if set(known) <= {name.removesuffix(".yaml") for name in files}:
            self.driver.adopt(f"edition-{len(self.driver.oracle.editions)}", files, self._day(offset))

    @rule(days=st.sampled_from([1, 1, 1, 2, 5, 8, 31]))
    def days_pass(self, days: int) -> None:
        self.driver.wait(days)

    @rule(weeks=st.sampled_from([1, 1, 2]))
    def some_weeks_end(self, weeks: int) -> None:
        self.weeks_end(weeks)

    def weeks_end(self, weeks: int) -> None:
        """Up to a Monday, when what ended with a week has been carried over."""
        self.driver.wait(7 * weeks - self.driver.today.weekday())

    @rule(number=picks)
    def the_same_is_asked_again(self, number: int) -> None:
        self.driver.again(number)

    # Looking

    @rule(subject=subjects, code=codes, days_ago=ago, amount=picks)
    def a_record_comes_and_goes(self, subject: str, code: str, days_ago: int, amount: int) -> None:
        """What was foreseen before filing is what approval gives; and revoking it restores every standing."""
        driver, scheme = self.driver, self.driver.schemes_today()[0]
        foreseen = driver.foresee(subject, scheme, code, self._day(-days_ago), amount)
        before, known = driver.kept_everywhere(), len(driver.oracle.records)
        driver.file(subject, scheme, code, self._day(-days_ago), amount)
        if len(driver.oracle.records) == known:
            assert foreseen is None
            return
        record = list(driver.oracle.records)[-1]
        driver.approve(record)
        if self.driver.oracle.records[record].now.state == "in_force":
            assert driver.shares_everywhere(record) == foreseen
        driver.revoke(record)
        assert driver.kept_everywhere() == before

    @rule()
    def everything_is_projected_anew(self) -> None:
        """A journal told again to empty stores gives the same views, also of what was left unkept for a while."""
        self.driver.keep_again()
        views = self.driver.views()
        path = Path(tempfile.mkstemp(suffix=".db", dir=self.folder)[1])
        for store in (MemoryStore(), SQLiteStore(path)):
            assert projected(store, views[0]) == views[0]
            store.close()
        assert views == views[:1] * len(views)

    @rule(form=st.sampled_from(Form))
    def an_export_is_loaded_again(self, form: Form) -> None:
        """It loads, and wherever it promises to it gives the same standings and goes out again as it came in."""
        driver = self.driver
        promised = is_said_in_full(driver.oracle, driver.services[0])
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            again = loaded_again(driver.services[0], driver.today, folder, form)
        except FilesFaulty as faulty:
            # Who was somebody's guardian by a tie that was voided, or ended for earlier days, cannot consent again.
            assert not promised
            assert {fault.refusal.code for fault in faulty.found.faults} == {"guardian_unfit"}
            return
        self.stack.callback(again.close)
        if not promised:
            return
        assert all_exported(again) == all_exported(driver.services[0])
        for code in driver.schemes_today():
            with again.reading() as reading:
                found = standings_in(reading, code)
            assert found == driver.oracle.standings(code, Moment(driver.today))

    @rule(plainly=st.booleans())
    def a_replay_adds_up_the_same(self, *, plainly: bool) -> None:
        """From a snapshot, over stretches of days or by the plain statement."""
        driver = self.driver
        folder = Path(tempfile.mkdtemp(dir=self.folder)) / "snapshot"
        snapshot.write(self.stores[plainly], folder)
        for code in driver.schemes_today():
            summing = plain.sum_up if plainly else whole.sum_up
            with replayed(folder, code, as_of=driver.today, summing=summing) as found:
                expected = driver.oracle.standings(code, Moment(driver.today))
                balances = list(found.balances())
                standings = {each.subject: plain_standing(each) for each in found.standings()}
            assert standings == {subject: expected[subject] for subject in standings}
            if code not in driver.unkept:
                with self.stores[0].reading() as reading:
                    kept = reading.balances(after=None, limit=1_000)
                assert balances == [each for each in kept if each.scheme == code]

    @invariant()
    def all_agree_now(self) -> None:
        if hasattr(self, "driver"):
            self.driver.compare_now()

    @rule(days_ago=st.integers(0, 45), known=st.integers(0, 100))
    def all_agree_on_a_past_day(self, days_ago: int, known: int) -> None:
        known_at = len(self.driver.oracle.log) * (100 - known // 2) // 100
        self.driver.compare_at(self._day(-days_ago), known_at)


TestWorld = World.TestCase
TestWorld.settings = settings(max_examples=settings().max_examples * 2 // 5)


class GraphWorld(World):
    """The same in a graph."""

    address: str

    def two_stores(self) -> tuple[Store, Store]:
        return MemoryStore(), empty_graph(self.address)


@pytest.mark.neo4j
@pytest.mark.timeout(1_800)
def test_worlds_in_a_graph(neo4j_address: str) -> None:
    """Fewer and shorter lives: every policy has statements of its own, which the server has to plan."""
    GraphWorld.address = neo4j_address
    lives = settings(max_examples=settings().max_examples // 75, stateful_step_count=12)
    run_state_machine_as_test(GraphWorld, settings=lives)
