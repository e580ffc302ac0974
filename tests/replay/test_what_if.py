"""What if: the same history under another policy, held against what the store itself says of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from graph_service.errors import Refusal
from graph_service.lookups.standing import all_standings
from graph_service.model.points import POINT
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Edition, Policy
from graph_service.ports.store import Excerpt, Store
from graph_service.replay import snapshot
from graph_service.replay import what_if as module
from graph_service.replay.duckdb import replayed
from graph_service.replay.manifest import Manifest
from graph_service.replay.reassess import assess_alike
from graph_service.replay.snapshot import read_store
from graph_service.replay.untouched import Touched, touched
from graph_service.replay.what_if import GradeMove, what_if
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from tests.replay.test_replay import LAST
from tests.replay.worlds import START, World, policy


def _lived(seed: int = 4) -> World:
    """A world of one edition, so that its policy changes nothing."""
    world = World(MemoryStore(), seed=seed)
    world.settle_down()
    world.live(12)
    return world


def test_the_adopted_policy_moves_nobody() -> None:
    world = _lived()

    for scheme in ("school", "village"):
        with what_if(world.store, parse_policy("same", policy()), scheme) as found:
            assert (found.moved(), found.regraded(), found.movers(limit=10)) == (0, 0, [])
            assert (found.routes(), found.rules()) == ([], [])
            assert all(move.before == move.after for move in found.matrix())
            assert sum(move.subjects for move in found.matrix()) == found.subjects() > 10
            assert {band.subjects for band in found.bands()} == {0}


def test_both_sides_are_what_replays_say(store: SQLiteStore, tmp_path: Path) -> None:
    changed = parse_policy("changed", policy(base=970, percent=45, cap=30))
    snapshot.write(store, tmp_path / "snapshot")
    with store.reading() as reading:
        before = {each.subject: each for each in all_standings(reading, "school", as_of=LAST)}
    with replayed(tmp_path / "snapshot", "school", as_of=LAST, policy=changed) as whole:
        after = {each.subject: each for each in whole.standings()}

    with what_if(store, changed, "school", as_of=LAST) as found:
        movers = {mover.subject: mover for mover in found.movers(limit=1_000)}
        assert found.subjects() == len(before)
        assert found.moved() == len(movers)

    expected = {
        subject
        for subject in before
        if (before[subject].score, before[subject].grade) != (after[subject].score, after[subject].grade)
    }
    assert set(movers) == expected
    for subject, mover in movers.items():
        assert (mover.score_before, mover.grade_before) == (before[subject].score, before[subject].grade)
        assert (mover.score_after, mover.grade_after) == (after[subject].score, after[subject].grade)


def test_why_adds_up_to_the_change() -> None:
    world = _lived()
    changed = parse_policy("changed", policy(percent=45, cap=30))

    with what_if(world.store, changed, "school") as found:
        movers = found.movers(limit=1_000)
        causes = {(cause.route, cause.sign): cause.change for cause in found.routes()}

    assert movers
    assert set(causes) == {("group", 1)}
    for mover in movers:
        assert sum(part.counted_after - part.counted_before for part in mover.parts) == mover.change
        assert mover.rules == ()
    assert sum(mover.change for mover in movers) == causes["group", 1]


def test_a_rule_that_is_worth_more_is_named_as_the_cause() -> None:
    world = _lived()
    files = policy()
    files["school.yaml"] = files["school.yaml"].replace("points: 25,", "points: 26,")

    with what_if(world.store, parse_policy("changed", files), "school") as found:
        (cause,) = found.rules()
        movers = found.movers(limit=1_000)

    assert cause.rule == "lost"
    assert cause.records_before == cause.records_after
    assert cause.points_after - cause.points_before == POINT * cause.records_after
    actors = [mover for mover in movers if mover.rules]
    # Where a grade is given directly, merit is kept back, and a rule of merit moves nobody.
    assert 0 < len(actors) <= cause.subjects
    assert all(rule.rule == "lost" for mover in actors for rule in mover.rules)


def test_another_base_moves_everybody_and_the_grades_with_it() -> None:
    world = World(MemoryStore())
    world.settle_down()

    with what_if(world.store, parse_policy("lower", policy(base=950)), "school", as_of=START) as found:
        subjects = found.subjects()
        assert found.matrix() == [GradeMove(before="A", after="D", subjects=subjects)]
        assert (found.moved(), found.regraded()) == (subjects, subjects)
        assert [(band.above, band.subjects) for band in found.bands() if band.subjects] == [(-50 * POINT, subjects)]


def test_movers_are_paged_without_gap_or_repetition() -> None:
    world = _lived()

    with what_if(world.store, parse_policy("changed", policy(base=990, percent=45)), "school") as found:
        every = found.movers(limit=1_000)
        paged = []
        place = None
        while page := found.movers(after=place, limit=3):
            paged += page
            place = page[-1].place

    assert paged == every
    assert [mover.place for mover in every] == sorted((mover.place for mover in every), key=lambda it: (-it[0], it[1]))


def test_nothing_is_touched(store: SQLiteStore) -> None:
    with store.reading() as reading:
        before = reading.head()

    with what_if(store, parse_policy("changed", policy(base=500)), "school", as_of=LAST - timedelta(days=3)):
        pass

    with store.reading() as reading:
        assert reading.head() == before


def test_a_scheme_that_either_policy_lacks_is_refused() -> None:
    world = _lived()
    files = policy()
    del files["village.yaml"]

    for scheme in ("village", "schol"):
        with (
            pytest.raises(Refusal) as refusal,
            what_if(world.store, parse_policy("changed", files), scheme),
        ):
            pass
        assert refusal.value.code == "scheme_unknown"


def test_before_the_first_policy_there_is_nothing_to_change() -> None:
    with (
        pytest.raises(Refusal) as refusal,
        what_if(MemoryStore(), parse_policy("changed", policy()), "school"),
    ):
        pass
    assert refusal.value.code == "policy_missing"


def _answer(store: Store, changed: Policy) -> list[object]:
    with what_if(store, changed, "school") as found:
        counts = (found.subjects(), found.moved(), found.regraded())
        return [counts, found.matrix(), found.bands(), found.routes(), found.rules(), found.movers(limit=1_000)]


#: What is written otherwise in the school's file, and whose merit (1) or demerit (-1) that touches.
CHANGES = {
    "only the base": (("base: 1000", "base: 970"), set()),
    "how much a cap lets through": (("points: 8, per", "points: 5, per"), set()),
    "by what a cap counts": (("per: month}}", "per: week}}"), {1}),
    "a percentage of merit": (("percent: 20, at", "percent: 45, at"), {1}),
    "a percentage of demerit": (("33.33", "80"), {-1}),
    "to what consent is asked": (("purpose: shared-demerit", "purpose: other-demerit"), {-1}),
    "a route that is gone": (("  group-standing:", "  other-standing:"), {1, -1}),
    "a rule": (("points: 25,", "points: 26,"), None),
}


@pytest.fixture(scope="module")
def lived() -> World:
    return _lived(seed=9)


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_kept_and_what_a_change_touches_come_to_the_same_as_two_replays(
    change: str, lived: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (was, becomes), signs = CHANGES[change]
    files = policy()
    assert files["school.yaml"].count(was) == 1
    files["school.yaml"] = files["school.yaml"].replace(was, becomes)
    changed = parse_policy("changed", files)
    ways: list[str] = []
    _noted(monkeypatch, ways)

    found = _answer(lived.store, changed)
    monkeypatch.setattr(module, "assess_alike", lambda *_: False)

    assert found == _answer(lived.store, changed)
    assert ways == ["by_replays" if signs is None else "by_what_is_kept", "by_replays"]
    if signs is not None:
        assert {start.sign for start in _touched(files).starts} == signs


def _noted(monkeypatch: pytest.MonkeyPatch, ways: list[str]) -> None:
    """Note which way every answer is found."""
    for way in ("by_what_is_kept", "by_replays"):
        monkeypatch.setattr(module._Question, way, _noting(way, getattr(module._Question, way), ways))


def _noting(way: str, answer: Callable[..., object], ways: list[str]) -> Callable[..., object]:
    def noting(*asked: object) -> object:
        ways.append(way)
        return answer(*asked)

    return noting


def _touched(files: dict[str, str]) -> Touched:
    adopted = Edition(number=1, policy=parse_policy("adopted", policy()), since=START)
    changed = Edition(number=1, policy=parse_policy("changed", files), since=START)
    return touched([adopted], changed, adopted.policy.schemes["school"], changed.policy.schemes["school"])


def test_editions_that_differ_are_replayed_where_they_do(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = parse_policy("changed", policy(base=970, percent=15, cap=30))
    ways: list[str] = []
    _noted(monkeypatch, ways)

    found = _answer(store, changed)
    monkeypatch.setattr(module, "assess_alike", lambda *_: False)

    assert found == _answer(store, changed)
    assert ways == ["by_what_is_kept", "by_replays"]


def test_a_day_that_is_past_is_replayed(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    ways: list[str] = []
    _noted(monkeypatch, ways)

    with what_if(store, parse_policy("changed", policy()), "school", as_of=LAST - timedelta(days=3)):
        assert ways == ["by_replays"]


def test_a_store_that_goes_on_meanwhile_is_replayed(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = parse_policy("changed", policy(base=970, percent=45, cap=30))
    ways: list[str] = []
    _noted(monkeypatch, ways)
    found = _answer(store, changed)

    def went_on(asked: SQLiteStore, connection: DuckDBPyConnection, scratch: Path, excerpt: Excerpt) -> Manifest:
        with asked.writing() as page:
            page.set_unkept(["school"])
        return read_store(asked, connection, scratch, excerpt)

    monkeypatch.setattr(module, "read_store", went_on)

    assert _answer(store, changed) == found
    assert ways == ["by_what_is_kept", "by_what_is_kept", "by_replays"]


def test_what_is_left_unkept_for_now_is_replayed(store: SQLiteStore) -> None:
    changed = parse_policy("changed", policy(base=970, percent=45, cap=30))
    kept = _answer(store, changed)
    with store.writing() as page:
        page.set_unkept(["school"])
        page.drop_balances("school")

    assert _answer(store, changed) == kept


def test_a_rule_that_stays_and_a_grade_that_moves_down_are_assessed_again() -> None:
    adopted = [Edition(number=1, policy=parse_policy("adopted", policy()), since=START)]
    school = adopted[0].policy.schemes["school"]
    dearer = replace(school.rules["lost"], limits=school.rules["helped"].limits)
    retitled = replace(school.rules["lost"], title=school.rules["helped"].title)

    assert assess_alike(adopted, replace(school, base=0, rules={**school.rules, "lost": retitled}))
    assert not assess_alike(adopted, replace(school, rules={**school.rules, "lost": dearer}))
    assert not assess_alike(adopted, replace(school, rules={"helped": school.rules["helped"]}))
    assert not assess_alike(adopted, replace(school, grades=school.grades[::-1]))
