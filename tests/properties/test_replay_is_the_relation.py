"""The engine of the replay adds up what the definition says: over stretches of days, and for all subjects at once."""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import date, timedelta

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.model.days import EVER, day_number
from graph_service.model.points import POINT
from graph_service.model.records import LATEST, Moment
from graph_service.model.standing import OWN, Balance
from graph_service.policy.schemes import Scheme
from graph_service.relation.standing import standings
from graph_service.replay import plain, snapshot, whole
from graph_service.replay.duckdb import replayed
from graph_service.scoring.total import balances_of, standing_of
from graph_service.stores.memory import MemoryStore
from tests.core.test_totals import scheme, table
from tests.properties.test_share_relation import DAYS, FIRST, Crowd, crowds, days, positions
from tests.properties.test_stores_and_oracle_agree import memory_folder


@settings(max_examples=settings().max_examples // 10)
@given(crowd=crowds, looks=st.lists(st.tuples(days, st.one_of(st.just(99), positions)), min_size=1, max_size=2))
def test_a_replay_adds_up_what_the_definition_says(crowd: Crowd, looks: list[tuple[int, int]]) -> None:
    store, folder = MemoryStore(), memory_folder()
    try:
        crowd.put_into(store)
        snapshot.write(store, folder / "snapshot")
        with store.reading() as reading:
            held = reading.editions()[0].policy.schemes["school"]
            for number, known_at in [(DAYS, LATEST - 1), *looks]:
                day = FIRST + timedelta(days=number)
                expected = balances_of(held, reading.lines("school", Moment(day, known_at)))
                for summing in (plain.sum_up, whole.sum_up):
                    with replayed(
                        folder / "snapshot", "school", as_of=day, known_at=known_at, summing=summing
                    ) as found:
                        assert list(found.balances()) == expected
    finally:
        shutil.rmtree(folder)


amounts = st.one_of(st.integers(-20 * POINT, 20 * POINT), st.sampled_from([-3, 10, -10, 30, -40]).map(POINT.__mul__))
kept = st.tuples(
    st.sampled_from(["a", "b", "c", "d"]),
    st.sampled_from([OWN, "group", "other"]),
    st.sampled_from([1, -1]),
    st.sampled_from([None, date(2026, 6, 1), date(2026, 7, 1)]),
)
bounds = st.one_of(st.none(), st.integers(980, 1020).map(POINT.__mul__))
tables = st.sampled_from(
    [
        table(("AAA", 1050 * POINT), ("A", 1000 * POINT), ("D", None)),
        table(("five", 1000 * POINT + 1), ("four", 990 * POINT), ("one", 900 * POINT)),
        table(("all", None)),
    ]
)
direct = st.lists(
    st.tuples(st.sampled_from(["a", "b", "e"]), st.sampled_from(["AAA", "D", "four", "gone"])), max_size=4
)


@given(
    balances=st.dictionaries(kept, amounts, max_size=12),
    given_directly=direct,
    ruled=st.builds(
        lambda grades, floor, ceiling: scheme(grades, floor=floor, ceiling=ceiling), tables, bounds, bounds
    ),
)
def test_standings_in_sql_are_what_the_total_says(
    balances: dict[tuple[str, str, int, date | None], int], given_directly: list[tuple[str, str]], ruled: Scheme
) -> None:
    rows = [
        Balance(subject=subject, scheme="school", route=route, sign=sign, period=period, amount=amount, shares=1)
        for (subject, route, sign, period), amount in balances.items()
    ]
    expected = {
        subject: standing_of(
            ruled,
            subject,
            [row for row in rows if row.subject == subject],
            [grade for whom, grade in given_directly if whom == subject],
        )
        for subject in {row.subject for row in rows} | {subject for subject, _ in given_directly}
    }

    assert _in_sql(ruled, rows, given_directly) == {
        subject: (held.score, held.grade, held.own, held.shared) for subject, held in expected.items()
    }


_ENGINE = duckdb.connect(config={"threads": 1})
_ENGINE.execute("CREATE TABLE balance (subject TEXT, route TEXT, sign INTEGER, period INTEGER, amount BIGINT)")
_ENGINE.execute(
    "CREATE TABLE force (record TEXT, subject TEXT, scheme TEXT, grade TEXT, opened_on INTEGER, opened_seq INTEGER,"
    " closed_on INTEGER, closed_seq INTEGER)"
)


def _in_sql(
    ruled: Scheme, balances: list[Balance], given_directly: list[tuple[str, str]]
) -> dict[str, tuple[int, str, int, int]]:
    _ENGINE.execute("DELETE FROM balance")
    _ENGINE.execute("DELETE FROM force")
    for row in balances:
        period = day_number(row.period or EVER)
        _ENGINE.execute(
            "INSERT INTO balance VALUES (?, ?, ?, ?, ?)", [row.subject, row.route, row.sign, period, row.amount]
        )
    for number, (subject, grade) in enumerate(given_directly):
        _ENGINE.execute("INSERT INTO force VALUES (?, ?, 'school', ?, 1, 1, 100, 100)", [f"r{number}", subject, grade])
    clocks = {"scheme": "school", "as_of": 50, "known_at": 50}
    found = defaultdict(list)
    for subject, *rest in _ENGINE.execute(standings(ruled), clocks).fetchall():
        found[subject].append(tuple(rest))
    assert all(len(rows) == 1 for rows in found.values())
    return {subject: rows[0] for subject, rows in found.items()}
