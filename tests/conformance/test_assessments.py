"""What records come to in their lives: the district's ways of assessing, with exact values (domain.md §1 and §5)."""

from __future__ import annotations

from datetime import date

import pytest

from graph_service.actions.adopt import adopt
from graph_service.actions.decide import revoke
from graph_service.actions.enrol import enrol
from graph_service.model.points import POINT
from tests.office import BEGAN, TIES, TODAY, Office

#: The ways of the district, on the office's scheme: no notice, so that everything counts at once.
DISTRICT = """
scheme: school
title: {en: District, zh: 区}
subjects: [person]
base: 1000
period: year
time_zone: Asia/Shanghai
grades:
  - {grade: AAA, at_least: 1050}
  - {grade: AA, at_least: 1030}
  - {grade: A, at_least: 960}
  - {grade: B, at_least: 850}
  - {grade: C, at_least: 600}
  - {grade: D}
valid: 1 years
demerits:
  valid: [{up_to: 40, valid: 1 years}, {valid: 2 years}]
  grades_valid: {B: 2 years, C: 3 years, D: 5 years}
  repeat: {times: 2}
  repair: {after: 0 days}
rules:
  fined: {title: {en: Is fined, zh: 罚款}, points: {from: -50, to: -5}, basis: Art. 20, topic: traffic}
  overdue: {title: {en: Pays late, zh: 逾期}, points: -30, basis: Art. 20, topic: debts}
  drunk: {title: {en: Drives drunk, zh: 酒驾}, grade: B, basis: Art. 20, topic: traffic}
  on-blacklist: {title: {en: Is listed, zh: 列入名单}, grade: C, basis: Art. 20, topic: debts}
  on-court-list: {title: {en: Is listed by a court, zh: 失信被执行人}, grade: D, basis: Art. 20, topic: debts}
"""


@pytest.fixture
def district(empty: Office) -> Office:
    """An office that goes by the district's ways, with one citizen."""
    empty.do(adopt, name="district", files={"district.yaml": DISTRICT, "ties.yaml": TIES}, since=BEGAN, actor="head")
    empty.do(enrol, subject="lin", kind="person", actor="clerk", born_on=date(1990, 5, 1))
    return empty


def test_minus_forty_lasts_one_year_and_minus_forty_one_two(district: Office) -> None:
    district.approved("r1", "fined", points=-40 * POINT)
    district.do(revoke, record="r1", decider="board")
    district.approved("r2", "fined", points=-41 * POINT)

    assert district.record("r1").valid_until == date(2027, 3, 10)
    assert district.record("r2").valid_until == date(2028, 3, 10)


@pytest.mark.parametrize(("rule", "years"), [("drunk", 2), ("on-blacklist", 3), ("on-court-list", 5)])
def test_a_direct_grade_lasts_by_its_grade(district: Office, rule: str, years: int) -> None:
    district.approved("r1", rule, happened_on=date(2026, 1, 20))

    assert district.record("r1").valid_until == date(2026 + years, 1, 20)


def test_late_entry_of_a_large_deduction_does_not_extend_its_validity(district: Office) -> None:
    district.approved("r1", "fined", happened_on=date(2025, 9, 10), points=-50 * POINT)

    assert district.record("r1").valid_until == date(2027, 9, 10)


def test_what_is_doubled_is_measured_doubled_and_anew_when_the_first_goes(district: Office) -> None:
    district.approved("r1", "overdue")
    district.approved("r2", "overdue")
    assert (district.record("r2").points, district.record("r2").valid_until) == (-60_000_000, date(2028, 3, 10))

    district.do(revoke, record="r1", decider="board")

    assert (district.record("r2").points, district.record("r2").valid_until) == (-30_000_000, date(2027, 3, 10))


def test_what_would_have_ended_before_ends_today_and_what_it_gave_stays(district: Office) -> None:
    """The second is doubled, so that it counts for two years; the first goes after one and a half."""
    district.approved("r1", "fined", happened_on=TODAY, points=-50 * POINT)
    district.approved("r2", "fined", happened_on=TODAY, points=-25 * POINT)
    district.wait(500)
    assert (district.state("r2"), district.score("lin")) == ("in_force", 900)

    today = district.clock.today()
    district.do(revoke, record="r1", decider="board")

    assert (district.state("r2"), district.score("lin")) == ("expired", 1000)
    assert district.life("r2")[-2:] == [("record_reassessed", str(today)), ("record_expired", str(today))]
    assert district.score_at("lin", date(2027, 5, 1)) == 900
