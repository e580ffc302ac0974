"""What records come to in their lives: the district's ways of assessing, with exact values (domain.md §1 and §5)."""

from __future__ import annotations

from datetime import date

import pytest

from graph_service.actions.adopt import adopt
from graph_service.actions.decide import approve, revoke
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.lookups.statement import statement
from graph_service.model.points import POINT
from graph_service.model.records import Reason, Record
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
  gave:
    title: {en: Gives, zh: 捐款}
    bands: {unit: yuan, each: [{up_to: 1000, step: 100, points: 1}, {step: 400, points: 1}]}
    limits: [{points: 40, per: year}]
    basis: Appendix 1
    topic: charity
  relief:
    title: {en: Gives in a disaster, zh: 赈灾}
    points: 8
    limits: [{acts: 1, per: year}]
    basis: Appendix 1
    topic: charity
  hours:
    title: {en: Volunteers, zh: 志愿服务}
    tiers: {unit: hour, per: year, totals: [{at_least: 10, points: 2}, {at_least: 20, points: 5}]}
    basis: Appendix 1
    topic: volunteering
  broke-contract: {title: {en: Breaks a contract, zh: 违约}, points: -10, basis: Art. 17, topic: contracts}
  judged: {title: {en: Is judged, zh: 判决违约}, points: -50, repeat: none, basis: Art. 17, topic: contracts}
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
    district.do(revoke, record="r1", decider="board", reason="unfounded")
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

    district.do(revoke, record="r1", decider="board", reason="unfounded")

    assert (district.record("r2").points, district.record("r2").valid_until) == (-30_000_000, date(2027, 3, 10))


def test_what_would_have_ended_before_ends_today_and_what_it_gave_stays(district: Office) -> None:
    """The second is doubled, so that it counts for two years; the first goes after one and a half."""
    district.approved("r1", "fined", happened_on=TODAY, points=-50 * POINT)
    district.approved("r2", "fined", happened_on=TODAY, points=-25 * POINT)
    district.wait(500)
    assert (district.state("r2"), district.score("lin")) == ("in_force", 900)

    today = district.clock.today()
    district.do(revoke, record="r1", decider="board", reason="unfounded")

    assert (district.state("r2"), district.score("lin")) == ("expired", 1000)
    assert district.life("r2")[-2:] == [("record_reassessed", str(today)), ("record_expired", str(today))]
    assert district.score_at("lin", date(2027, 5, 1)) == 900


# One act that matches several rules


def matched(
    office: Office, id_: str, rule: str, *matching: str, quantity: int | None = None, points: int | None = None
) -> Record:
    office.filed(id_, rule, matching=matching, quantity=quantity, points=points)
    office.do(approve, record=id_, approver="head")
    return office.record(id_)


def test_an_act_that_matches_minus_ten_and_minus_fifty_takes_fifty(district: Office) -> None:
    held = matched(district, "r1", "broke-contract", "judged")

    assert (held.rule, held.points, held.asked_rules) == ("judged", -50 * POINT, ("broke-contract", "judged"))
    assert held.reasons == (Reason(code="fixed", amount=-50 * POINT), Reason(code="highest", amount=-50 * POINT))
    assert district.score("lin") == 950
    assert held.valid_until == date(2028, 3, 10)


def test_a_grade_comes_before_points_and_the_lowest_before_others(district: Office) -> None:
    assert matched(district, "r1", "judged", "drunk").grade == "B"
    assert (matched(district, "r2", "judged", "on-court-list", "drunk").grade, district.score("lin")) == ("D", 1000)


def test_of_equals_the_rule_named_first_decides(district: Office) -> None:
    assert matched(district, "r1", "judged", "fined", points=-50 * POINT).rule == "judged"
    assert matched(district, "r2", "fined", "judged", points=-50 * POINT).rule == "fined"


def test_each_rule_looks_back_at_the_records_by_it(district: Office) -> None:
    """A gift in a disaster counts once a year; the second time the bands are all there is."""
    first = matched(district, "r1", "gave", "relief", quantity=500 * POINT)
    second = matched(district, "r2", "gave", "relief", quantity=500 * POINT)
    third = matched(district, "r3", "gave", "relief", quantity=1_000 * POINT)

    assert [(held.rule, held.points) for held in (first, second, third)] == [
        ("relief", 8 * POINT),
        ("gave", 5 * POINT),
        ("gave", 10 * POINT),
    ]
    assert second.reasons == (
        Reason(code="banded", amount=5 * POINT),
        Reason(code="highest", amount=5 * POINT, records=("r1",)),
    )


def test_when_the_first_goes_another_rule_may_decide_and_those_behind_it_follow(district: Office) -> None:
    matched(district, "r1", "gave", "relief", quantity=500 * POINT)
    matched(district, "r2", "gave", "relief", quantity=500 * POINT)
    district.approved("r3", "relief")
    assert [district.record(id_).points for id_ in ("r2", "r3")] == [5 * POINT, 0]

    district.do(revoke, record="r1", decider="board", reason="unfounded")

    assert (district.record("r2").rule, district.record("r2").points) == ("relief", 8 * POINT)
    assert district.record("r3").reasons[-1] == Reason(code="limited", amount=0, records=("r2",))
    assert district.score("lin") == 1008
    assert district.life("r2")[-1][0] == "record_reassessed"


def test_what_never_leaned_on_the_first_follows_all_the_same(district: Office) -> None:
    """Gifts of a year come to 40 at most. The second is no such gift any more once it is the first in a disaster."""
    matched(district, "r1", "gave", "relief", quantity=500 * POINT)
    matched(district, "r2", "relief", "gave", quantity=300 * POINT)
    district.approved("r3", "gave", quantity=14_600 * POINT)
    assert (district.record("r2").rule, district.record("r3").points) == ("gave", 37 * POINT)

    district.do(revoke, record="r1", decider="board", reason="unfounded")

    assert (district.record("r2").rule, district.record("r3").points) == ("relief", 40 * POINT)


def test_the_same_again_with_other_rules_is_refused_and_names_the_field(district: Office) -> None:
    entry = district.filed("r1", "broke-contract", matching=["judged"])

    assert district.filed("r1", "broke-contract", matching=("judged",)) == entry
    said = {"record": "r1", "subject": "lin", "scheme": "school", "happened_on": TODAY, "filer": "teacher"}
    refusal = district.refuses("exists_differently", file_record, rule="broke-contract", **said)
    assert refusal.parameters["field"] == "matching"


@pytest.mark.parametrize(
    ("code", "rule", "matching", "more"),
    [
        ("rules_mixed", "judged", ["gave"], {"quantity": POINT}),
        ("rule_twice", "judged", ["fined", "judged"], {"points": -5 * POINT}),
        ("rule_unknown", "judged", ["fraud"], {}),
        ("units_differ", "gave", ["hours"], {"quantity": POINT}),
        ("rules_too_many", "judged", [f"fined-{number}" for number in range(10)], {}),
        ("quantity_missing", "relief", ["gave"], {}),
        ("quantity_unneeded", "judged", ["broke-contract"], {"quantity": POINT}),
        ("points_missing", "judged", ["fined"], {}),
        ("points_fixed", "judged", ["broke-contract"], {"points": -5 * POINT}),
        ("points_out_of_range", "judged", ["fined"], {"points": -51 * POINT}),
    ],
)
def test_rules_that_cannot_be_matched_together_are_refused(
    district: Office, code: str, rule: str, matching: list[str], more: dict[str, int]
) -> None:
    refusal = district.refuses(
        code,
        file_record,
        record="r1",
        subject="lin",
        scheme="school",
        rule=rule,
        matching=matching,
        happened_on=TODAY,
        filer="teacher",
        **more,
    )

    wanted = "matching" if code.startswith(("rule", "units")) else code.partition("_")[0]
    assert refusal.parameters["field"] == wanted


def test_a_statement_names_what_sets_the_grade_while_it_is_in_force(district: Office) -> None:
    district.approved("r1", "on-blacklist", happened_on=date(2026, 1, 20))
    district.approved("r2", "drunk", happened_on=date(2026, 1, 10))

    with district.service.reading() as reading:
        explained = statement(reading, "lin", "school")
    assert [(act.record, act.rule, act.grade) for act in explained.graded_by] == [
        ("r2", "drunk", "B"),
        ("r1", "on-blacklist", "C"),
    ]
    assert (explained.lines, explained.total.standing.grade) == ((), "C")

    district.do(revoke, record="r1", decider="board", reason="unfounded")

    with district.service.reading() as reading:
        explained = statement(reading, "lin", "school")
    assert [act.record for act in explained.graded_by] == ["r2"]
    assert explained.total.standing.grade == "B"
