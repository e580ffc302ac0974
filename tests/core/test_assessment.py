"""Assessment with exact values: the anchors of the real rulebook (domain.md §5), and the order of the steps."""

from __future__ import annotations

from datetime import date

import pytest

from graph_service.model.points import POINT, POINTS_MAX
from graph_service.model.records import Reason, Record, RecordState
from graph_service.policy.periods import Calendar, PeriodKind
from graph_service.policy.schemes import (
    Band,
    Bands,
    DirectGrade,
    FixedPoints,
    Limit,
    PointsRange,
    Rule,
    Scoring,
    Tier,
    Tiers,
    Title,
    Validity,
    ValidityBand,
    ValidityUnit,
)
from graph_service.scoring.assess import Assessment, Behaviour, assess, check, looks_back

YEAR = Calendar(kind=PeriodKind.YEAR)
DAY = date(2026, 3, 10)
#: Gifts of a citizen: 10 points each up to 1,000, 5,000, 10,000 and 20,000 yuan.
DONATION = Bands(
    unit="yuan",
    bands=(
        Band(up_to=1_000 * POINT, step=100 * POINT, points=POINT),
        Band(up_to=5_000 * POINT, step=400 * POINT, points=POINT),
        Band(up_to=10_000 * POINT, step=500 * POINT, points=POINT),
        Band(up_to=None, step=1_000 * POINT, points=POINT),
    ),
)
#: Volunteer hours of the district.
HOURS = Tiers(
    unit="hour",
    tiers=tuple(
        Tier(at_least=hours * POINT, points=points * POINT)
        for hours, points in (
            (10, 2), (20, 5), (50, 10), (80, 15), (100, 20), (150, 25), (200, 30), (250, 40), (300, 50),
        )
    ),
    per=YEAR,
)  # fmt: skip


def rule(scoring: Scoring, *, limits: tuple[Limit, ...] = (), repeat_times: int = 1) -> Rule:
    return Rule(
        code="rule",
        title=Title(en="rule", zh="规则"),
        scoring=scoring,
        valid=(ValidityBand(valid=Validity(unit=ValidityUnit.YEARS)),),
        limits=limits,
        repeat_times=repeat_times,
        basis="agreed",
        topic="conduct",
    )


def earlier(
    id_: str,
    points: int,
    *,
    happened_on: date = DAY,
    state: RecordState = RecordState.IN_FORCE,
    quantity: int | None = None,
    valid_until: date | None = date(2027, 3, 10),
) -> Record:
    return Record(
        id=id_,
        subject="lin",
        scheme="school",
        rule="rule",
        happened_on=happened_on,
        quantity=quantity,
        edition=1,
        points=points,
        state=state,
        filer="teacher",
        filed_on=DAY,
        valid_until=valid_until,
    )


def points_of(found: Rule, *before: Record, quantity: int | None = None, points: int | None = None) -> int:
    behaviour = Behaviour(happened_on=DAY, quantity=quantity, points=points)
    check(found, behaviour)
    return assess(found, behaviour, before).points


@pytest.mark.parametrize(
    ("yuan", "points"),
    [(99, 0), (100, 1), (999, 9), (1_000, 10), (5_000, 20), (10_000, 30), (20_000, 40), (1_399, 10), (1_400, 11)],
)
def test_a_gift_is_worth_its_full_steps_in_each_band(yuan: int, points: int) -> None:
    assert points_of(rule(DONATION), quantity=yuan * POINT) == points * POINT


@pytest.mark.parametrize(
    ("hours", "points"),
    [(4, 0), (9, 0), (10, 2), (19, 2), (20, 5), (50, 10), (100, 20), (299, 40), (300, 50), (900, 50)],
)
def test_hours_reach_tiers(hours: int, points: int) -> None:
    assert points_of(rule(HOURS), quantity=hours * POINT) == points * POINT


def test_hours_of_one_year_add_up_and_give_only_what_the_tier_adds() -> None:
    before = earlier("r1", 2 * POINT, quantity=12 * POINT)

    assert assess(rule(HOURS), Behaviour(happened_on=DAY, quantity=9 * POINT), [before]) == Assessment(
        points=3 * POINT, reasons=(Reason(code="tiered", amount=3 * POINT, records=("r1",)),)
    )


def test_hours_of_last_year_do_not_add_up() -> None:
    before = earlier("r1", 2 * POINT, quantity=12 * POINT, happened_on=date(2025, 12, 31))

    assert points_of(rule(HOURS), before, quantity=9 * POINT) == 0


def test_village_hours_begin_at_four() -> None:
    village = Tiers(unit="hour", tiers=(Tier(at_least=4 * POINT, points=POINT),), per=YEAR)

    assert points_of(rule(village), quantity=4 * POINT) == POINT
    assert points_of(rule(village), quantity=4 * POINT - 1) == 0


def test_two_of_the_same_minus_five_in_a_year_are_minus_fifteen() -> None:
    late = rule(FixedPoints(points=-5 * POINT), repeat_times=2)
    first = earlier("r1", points_of(late))

    second = assess(late, Behaviour(happened_on=DAY), [first])

    assert first.points + second.points == -15 * POINT
    assert second.reasons[-1] == Reason(code="repeated", amount=-10 * POINT, records=("r1",))


def test_a_third_time_is_doubled_and_not_quadrupled() -> None:
    late = rule(FixedPoints(points=-5 * POINT), repeat_times=2)

    assert points_of(late, earlier("r1", -5 * POINT), earlier("r2", -10 * POINT)) == -10 * POINT


@pytest.mark.parametrize(
    ("before", "points"),
    [
        (earlier("r1", -5 * POINT, happened_on=date(2025, 3, 10), valid_until=DAY), -5),
        (earlier("r1", -5 * POINT, happened_on=date(2025, 3, 11), valid_until=date(2026, 3, 11)), -10),
        (earlier("r1", -5 * POINT, happened_on=date(2026, 3, 11)), -5),
        (earlier("r1", -5 * POINT, state=RecordState.APPROVED, valid_until=None), -10),
        (earlier("r1", -5 * POINT, state=RecordState.CONTESTED), -10),
        (earlier("r1", -5 * POINT, state=RecordState.REVOKED), -5),
        (earlier("r1", -5 * POINT, state=RecordState.REPAIRED), -5),
        (earlier("r1", -5 * POINT, state=RecordState.REJECTED), -5),
    ],
)
def test_only_what_stands_and_is_still_valid_that_day_makes_a_repetition(before: Record, points: int) -> None:
    assert points_of(rule(FixedPoints(points=-5 * POINT), repeat_times=2), before) == points * POINT


def test_gifts_of_a_year_are_limited_to_forty() -> None:
    limited = rule(DONATION, limits=(Limit(per=YEAR, points=40 * POINT),))
    before = earlier("r1", 30 * POINT, quantity=10_000 * POINT)

    assert assess(limited, Behaviour(happened_on=DAY, quantity=5_000 * POINT), [before]) == Assessment(
        points=10 * POINT,
        reasons=(
            Reason(code="banded", amount=20 * POINT),
            Reason(code="limited", amount=10 * POINT, records=("r1",)),
        ),
    )


def test_a_limit_with_room_left_leans_on_nobody() -> None:
    limited = rule(FixedPoints(points=POINT), limits=(Limit(per=YEAR, acts=3),))

    assert assess(limited, Behaviour(happened_on=DAY), [earlier("r1", POINT), earlier("r2", POINT)]).reasons == (
        Reason(code="fixed", amount=POINT),
    )


def test_three_trainings_a_year_count_and_a_fourth_does_not() -> None:
    limited = rule(FixedPoints(points=POINT), limits=(Limit(per=YEAR, acts=3),))
    three = [earlier(f"r{number}", POINT) for number in range(3)]

    assert points_of(limited, *three) == 0
    assert points_of(limited, *three[:2], earlier("r9", 0)) == POINT


def test_demerits_are_limited_as_magnitudes() -> None:
    limited = rule(FixedPoints(points=-2 * POINT), limits=(Limit(per=YEAR, points=3 * POINT),))

    assert points_of(limited, earlier("r1", -2 * POINT)) == -POINT


def test_repetition_comes_before_limits() -> None:
    both = rule(FixedPoints(points=-2 * POINT), limits=(Limit(per=YEAR, points=5 * POINT),), repeat_times=2)

    assert points_of(both, earlier("r1", -2 * POINT)) == -3 * POINT


def test_a_direct_grade_has_no_points() -> None:
    assert assess(rule(DirectGrade(grade="D")), Behaviour(happened_on=DAY), []) == Assessment(
        points=0, grade="D", reasons=(Reason(code="direct_grade"),)
    )


def test_chosen_points_are_taken_as_they_are() -> None:
    chosen = rule(PointsRange(lowest=-5 * POINT, highest=-POINT))

    assert points_of(chosen, points=-2_500_000) == -2_500_000


def test_only_rules_that_count_look_back() -> None:
    assert not looks_back(rule(FixedPoints(points=POINT)))
    assert looks_back(rule(FixedPoints(points=POINT), repeat_times=2))
    assert looks_back(rule(FixedPoints(points=POINT), limits=(Limit(per=YEAR, acts=1),)))
    assert looks_back(rule(HOURS))


def test_the_largest_quantity_is_a_million() -> None:
    check(rule(DONATION), Behaviour(happened_on=DAY, quantity=POINTS_MAX))
