"""The share relation in the small: what a walk is worth, which one counts, and what is too many."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import msgspec
import pytest

from graph_service.errors import FanOutExceeded
from graph_service.model.points import POINT, portion
from graph_service.model.records import Act
from graph_service.model.subjects import SubjectKind
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import ConsentNeeded, Edition, Path, Position, Step
from graph_service.scoring.sharing import (
    Carriage,
    Consents,
    Differ,
    Holds,
    Pattern,
    Unwaived,
    Walk,
    amount,
    carriages,
    check_fan_out,
    conditions,
    strongest,
)
from tests.office import FILES

PERSON, GROUP = SubjectKind.PERSON, SubjectKind.STUDY_GROUP
MATES = Path(
    kinds=(PERSON, GROUP, PERSON), steps=(Step(kind="member_of", forward=True), Step(kind="member_of", forward=False))
)
PATTERN = Pattern(path=MATES, sign=1, vesting=0, consent=None)
CARRIAGE = Carriage(
    edition=1,
    scheme="school",
    rule="found",
    sign=1,
    route="study-group",
    place=0,
    pattern=PATTERN,
    percent=2_000,
    fixed=None,
    at_most=5 * POINT,
)
ACT = Act(
    record="r1", subject="lin", scheme="school", rule="found", edition=1, happened_on=date(2026, 3, 10), points=POINT
)


@pytest.mark.parametrize(
    ("points", "percent", "at_most", "expected"),
    [
        (25 * POINT, 2_000, 5 * POINT, 5 * POINT),
        (10 * POINT, 2_000, 5 * POINT, 2 * POINT),
        (100 * POINT, 2_000, 5 * POINT, 5 * POINT),
        (4, 2_000, 5 * POINT, 0),
        (5, 2_000, 5 * POINT, 1),
        (9, 3_333, 5 * POINT, 2),
        (10**12, 10_000, 10**12, 10**12),
    ],
)
def test_a_percentage_is_truncated_toward_zero_and_then_cut(
    points: int, percent: int, at_most: int, expected: int
) -> None:
    merit = replace(CARRIAGE, percent=percent, at_most=at_most)
    demerit = replace(merit, sign=-1)

    assert amount(points, merit) == expected
    assert amount(-points, demerit) == -expected


def test_a_fixed_amount_does_not_depend_on_the_points_but_on_their_sign() -> None:
    fixed = replace(CARRIAGE, percent=None, fixed=3 * POINT)

    assert amount(1, fixed) == 3 * POINT
    assert amount(-1, replace(fixed, sign=-1)) == -3 * POINT
    assert amount(1, replace(fixed, at_most=2 * POINT)) == 2 * POINT


def test_portions_of_negatives_truncate_toward_zero() -> None:
    assert [portion(points, 1_000) for points in (-15, 15, -9, 9, -10)] == [-1, 1, 0, 0, -1]


def walk(target: str, points: int, place: int = 0, *ties: str) -> Walk:
    return Walk(target=target, route=f"route-{place}", place=place, ties=ties, amount=points)


def test_one_act_reaches_a_subject_once_over_the_greatest_amount() -> None:
    shares = strongest(ACT, [walk("mei", 2, 0, "a"), walk("mei", 3, 1, "b"), walk("zhao", 1, 0, "c")])

    assert [(share.target, share.amount, share.walk) for share in shares] == [
        ("lin", POINT, ()),
        ("mei", 3, ("b",)),
        ("zhao", 1, ("c",)),
    ]


def test_between_equal_amounts_the_route_listed_first_counts() -> None:
    (own, share) = strongest(ACT, [walk("mei", -3, 1, "a"), walk("mei", -3, 0, "z")])

    assert (own.route, share.route, share.walk) == ("own", "route-0", ("z",))


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        (("t1", "t9"), ("t2", "t1"), ("t1", "t9")),
        (("t1", "t2"), ("t1", "t10"), ("t1", "t10")),
        (("B", "a"), ("a", "B"), ("B", "a")),
    ],
)
def test_then_the_smaller_tie_ids_compared_one_by_one_and_bytewise(
    one: tuple[str, ...], other: tuple[str, ...], first: tuple[str, ...]
) -> None:
    for walks in (
        [walk("mei", 3, 0, *one), walk("mei", 3, 0, *other)],
        [walk("mei", 3, 0, *other), walk("mei", 3, 0, *one)],
    ):
        assert strongest(ACT, walks)[1].walk == first


def test_a_zero_amount_is_no_share() -> None:
    assert strongest(msgspec.structs.replace(ACT, points=0), [walk("mei", 0, 0, "a")]) == []


def over(route: str, target: str, points: int) -> Walk:
    return Walk(target=target, route=route, place=0, ties=("t",), amount=points)


def test_a_record_that_reaches_more_than_a_route_declares_is_refused_by_the_routes_name() -> None:
    scheme = parse_policy("first", FILES).schemes["school"]
    walks = [over("study-group", target, 1) for target in ("a", "b", "c", "c")]

    with pytest.raises(FanOutExceeded) as refusal:
        check_fan_out(scheme, ACT, walks)

    assert refusal.value.parameters == {"route": "study-group", "record": "r1", "reached": 3, "fan_out": 2}
    check_fan_out(scheme, ACT, [*walks[:2], over("study-group", "d", 0)])


def test_the_conditions_of_a_demerit_between_mates_are_all_named() -> None:
    consent = ConsentNeeded(purpose="sharing", of=(Position.ACTOR, Position.MIDDLE, Position.TARGET))
    found = conditions(Pattern(path=MATES, sign=-1, vesting=3, consent=consent))

    assert set(found) == {
        Holds(1, 3),
        Holds(2, 3),
        Differ(0, 1),
        Differ(0, 2),
        Differ(1, 2),
        Consents(0, "sharing"),
        Consents(1, "sharing"),
        Consents(2, "sharing"),
        Unwaived(1),
        Unwaived(2),
    }


def test_merit_is_stopped_by_no_waiver() -> None:
    assert not [each for each in conditions(PATTERN) if isinstance(each, Unwaived)]


def test_a_policy_is_worked_out_for_every_rule_that_travels() -> None:
    edition = Edition(number=1, policy=parse_policy("first", FILES), since=date(2026, 1, 1))
    travelling = {(each.route, each.rule, each.sign) for each in carriages(edition)}

    assert ("study-group", "found", 1) in travelling
    assert ("study-group", "late", -1) in travelling
    assert ("study-group", "bullying", -1) not in travelling
    assert ("mentor", "late", -1) not in travelling
    assert not [each for each in travelling if each[1] == "fraud"]
