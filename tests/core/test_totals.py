"""From shares to a score and a grade, at the edges of the real grade tables."""

from __future__ import annotations

from datetime import date

import pytest

from graph_service.model.points import POINT
from graph_service.model.standing import Balance
from graph_service.model.subjects import SubjectKind
from graph_service.policy.periods import Calendar, PeriodKind
from graph_service.policy.schemes import Cap, GradeStep, Path, Route, Scheme, Step, Term, Title
from graph_service.scoring.total import grade_of, total

TITLE = Title(en="x", zh="x")
MONTH = Calendar(kind=PeriodKind.MONTH)
PERSON, GROUP = SubjectKind.PERSON, SubjectKind.STUDY_GROUP


def table(*steps: tuple[str, int | None]) -> tuple[GradeStep, ...]:
    return tuple(GradeStep(grade=grade, at_least=least, title=TITLE) for grade, least in steps)


def scheme(grades: tuple[GradeStep, ...], *, floor: int | None = None, ceiling: int | None = None) -> Scheme:
    route = Route(
        code="group",
        title=TITLE,
        path=Path(kinds=(PERSON, GROUP), steps=(Step(kind="member_of", forward=True),)),
        merit=Term(percent=2_000, cap=Cap(points=10 * POINT, per=MONTH)),
        demerit=Term(percent=1_000, cap=Cap(points=3 * POINT, per=MONTH)),
        fan_out=10,
    )
    return Scheme(
        code="school",
        title=TITLE,
        subjects=(PERSON, GROUP),
        base=1000 * POINT,
        floor=floor,
        ceiling=ceiling,
        period=MONTH,
        grades=grades,
        rules={},
        routes=(route,),
    )


DISTRICT = scheme(
    table(
        ("AAA", 1050 * POINT),
        ("AA", 1030 * POINT),
        ("A", 960 * POINT),
        ("B", 850 * POINT),
        ("C", 600 * POINT),
        ("D", None),
    )
)
#: Stars are reached above their edges.
VILLAGE = scheme(
    table(
        ("5", 1060 * POINT + 1),
        ("4", 1040 * POINT + 1),
        ("3", 1020 * POINT + 1),
        ("2", 990 * POINT + 1),
        ("1", 800 * POINT + 1),
        ("0", None),
    )
)


def balance(route: str, amount: int, period: date | None = None) -> Balance:
    return Balance(
        subject="lin",
        scheme="school",
        route=route,
        sign=1 if amount > 0 else -1,
        period=period,
        amount=amount * POINT,
        shares=1,
    )


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (1000, "A"), (1035, "AA"), (1049, "AA"), (1050, "AAA"), (1030, "AA"), (1029, "A"), (960, "A"), (959, "B"),
        (850, "B"), (849, "C"), (600, "C"), (599, "D"), (0, "D"),
    ],
)  # fmt: skip
def test_grades_of_the_district(score: int, grade: str) -> None:
    assert grade_of(DISTRICT, score * POINT) == grade


@pytest.mark.parametrize(
    ("score", "stars"),
    [
        (1_060_000_000, "4"), (1_060_100_000, "5"), (990_000_000, "1"), (990_000_001, "2"), (800_000_000, "0"),
        (1_000_000_000, "2"),
    ],
)  # fmt: skip
def test_stars_of_a_village(score: int, stars: str) -> None:
    assert grade_of(VILLAGE, score) == stars


def test_two_medals_make_excellent() -> None:
    """1000 + 20 + 15 = 1035: AA."""
    found = total(DISTRICT, "lin", [balance("own", 35)], []).standing

    assert (found.score, found.grade, found.own, found.shared) == (1035 * POINT, "AA", 35 * POINT, 0)


def test_a_cap_holds_in_each_period_and_for_each_sign_apart() -> None:
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    found = total(
        DISTRICT,
        "lin",
        [
            balance("group", 12, january),
            balance("group", 4, february),
            balance("group", -7, january),
        ],
        [],
    )

    assert [part.counted for part in found.parts] == [10 * POINT, 4 * POINT, -3 * POINT]
    assert found.standing.score == 1011 * POINT


def test_merit_own_and_shared_is_kept_back_while_a_grade_is_given_directly() -> None:
    balances = [balance("own", 50), balance("own", -10), balance("group", 5, date(2026, 1, 1))]

    found = total(DISTRICT, "lin", balances, ["C"])

    assert (found.standing.score, found.standing.grade, found.merit_suspended) == (990 * POINT, "C", True)


def test_the_lowest_of_several_direct_grades_counts() -> None:
    assert grade_of(DISTRICT, 2000 * POINT, ["B", "D", "C"]) == "D"


def test_floor_and_ceiling_bound_the_score_and_say_what_they_took() -> None:
    bounded = scheme(DISTRICT.grades, floor=950 * POINT, ceiling=1010 * POINT)

    low = total(bounded, "lin", [balance("own", -60)], [])
    high = total(bounded, "lin", [balance("own", 25)], [])

    assert (low.standing.score, low.bounded_by, low.standing.own) == (950 * POINT, 10 * POINT, -60 * POINT)
    assert (high.standing.score, high.bounded_by, high.standing.grade) == (1010 * POINT, -15 * POINT, "A")
