"""What is written is what is meant, to the last millionth."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from graph_service.model.points import POINT
from graph_service.model.subjects import SubjectKind
from graph_service.policy.parse import parse_policy
from graph_service.policy.periods import Calendar, PeriodKind
from graph_service.policy.schemes import (
    AttributeType,
    Band,
    Bands,
    BridgeOccasion,
    Cap,
    ConsentNeeded,
    ContestClock,
    DirectGrade,
    Edition,
    FixedPoints,
    Limit,
    PointsRange,
    Position,
    Repair,
    TieEnds,
    Tier,
    Tiers,
    Title,
    Validity,
    ValidityBand,
    ValidityUnit,
)
from graph_service.policy.topics import FORBIDDEN, TOPICS
from graph_service.scoring.sharing import carriages

TERM = Calendar(kind=PeriodKind.TERM)
YEAR = Calendar(kind=PeriodKind.YEAR)

# DESIGN §3 as it stands, with its dots filled in, and a basis and topic.
SKETCH = """\
scheme: school
title: {en: School credit communities, zh: 校园信用共同体}
subjects: [person, family, study_group]
base: 1000
period: term
time_zone: Asia/Shanghai
grades: [{grade: AAA, at_least: 1050}, {grade: AA, at_least: 1030}, {grade: A, at_least: 960}, {grade: B}]
rules:
  returned-lost-property:
    title: {en: Hands back lost property, zh: 拾金不昧}
    points: 25
    valid: period
    basis: School credit community rules
    topic: honesty
  bullying:
    title: {en: Bullies, zh: 欺凌}
    points: -15
    valid: period
    basis: School credit community rules
    topic: conduct
routes:
  study-group:
    path: person -member_of-> study_group <-member_of- person
    merit: {percent: 20, at_most: 5}
    demerit: {percent: 10, at_most: 1, consent: {purpose: shared-demerit, of: [actor, target]}, except: [bullying]}
    fan_out: 10
    cap: {points: 10, per: period}
  group-standing:
    path: person -member_of-> study_group
    merit: {percent: 100}
    demerit: {percent: 100}
    fan_out: 1
"""


def always(valid: Validity) -> tuple[ValidityBand, ...]:
    return (ValidityBand(valid=valid),)


def test_the_sketch_of_the_design_is_a_policy(files: dict[str, str]) -> None:
    policy = parse_policy("sketch", {"school.yaml": SKETCH, "ties.yaml": files["ties.yaml"]})

    school = policy.schemes["school"]
    group, standing = school.routes
    cap = Cap(points=10_000_000, per=TERM)
    assert (policy.name, policy.time_zone, policy.purposes) == (
        "sketch",
        "Asia/Shanghai",
        ("shared-demerit",),
    )
    assert [(step.grade, step.at_least) for step in school.grades] == [
        ("AAA", 1_050_000_000),
        ("AA", 1_030_000_000),
        ("A", 960_000_000),
        ("B", None),
    ]
    assert str(group.path) == "person -member_of-> study_group <-member_of- person"
    assert group.title == Title(en="Study group", zh="study group")
    assert group.merit is not None
    assert (group.merit.percent, group.merit.at_most, group.merit.cap) == (2000, 5_000_000, cap)
    assert group.demerit is not None
    assert group.demerit.exceptions == {"bullying"}
    assert group.demerit.cap == cap
    assert group.demerit.consent == ConsentNeeded(purpose="shared-demerit", of=(Position.ACTOR, Position.TARGET))
    assert standing.merit is not None
    assert (standing.merit.percent, standing.merit.cap, standing.fan_out) == (10_000, None, 1)


def test_everything_that_can_be_written_is_read(files: dict[str, str]) -> None:
    policy = parse_policy("tried", files)

    school = policy.schemes["school"]
    rules = school.rules
    assert (school.base, school.floor, school.ceiling) == (1_000_000_000, 0, 1_300_000_000)
    assert (school.notice_days, school.contest) == (7, ContestClock(decide_within=7, lapses_after=30))
    assert school.grades[1].at_least == 960_000_001
    assert {code: rule.scoring for code, rule in rules.items()} == {
        "returned-lost-property": FixedPoints(points=25_000_000),
        "helped": PointsRange(lowest=1_000_000, highest=5_000_000),
        "gave": Bands(
            unit="yuan",
            bands=(
                Band(up_to=1_000_000_000, step=100_000_000, points=1_000_000),
                Band(up_to=None, step=400_000_000, points=1_000_000),
            ),
        ),
        "volunteered": Tiers(
            unit="hour",
            tiers=(
                Tier(at_least=10_000_000, points=2_000_000),
                Tier(at_least=20_000_000, points=5_000_000),
            ),
            per=YEAR,
        ),
        "bullying": FixedPoints(points=-15_000_000),
        "mended": FixedPoints(points=-5_000_000),
        "starred": FixedPoints(points=3_000_000),
        "expelled": DirectGrade(grade="D"),
    }
    assert rules["returned-lost-property"].limits == (
        Limit(per=YEAR, acts=3),
        Limit(per=TERM, points=50_000_000),
    )
    assert school.routes[0].vesting == 30
    assert school.routes[1].merit is not None
    assert school.routes[1].merit.table == {"helped": 1_000_000}
    (bridge,) = policy.schemes["village"].bridges
    assert (bridge.to, bridge.when, bridge.files) == (
        "school",
        BridgeOccasion.PERIOD_END,
        {"5": "starred"},
    )
    assert policy.measures["library"].grades == ("AA",)


def test_what_a_scheme_says_for_all_rules_holds_where_a_rule_says_nothing(
    files: dict[str, str],
) -> None:
    rules = parse_policy("tried", files).schemes["school"].rules

    year = always(Validity(unit=ValidityUnit.YEARS, count=1))
    assert {rule.subjects for rule in rules.values()} == {(SubjectKind.PERSON,)}
    assert [
        (code, rules[code].valid, rules[code].repeat_times, rules[code].repair)
        for code in ("helped", "bullying", "mended", "expelled")
    ] == [
        ("helped", always(Validity(unit=ValidityUnit.PERIOD)), 1, None),
        ("bullying", year, 2, Repair(after_days=60, replaced_by="mended")),
        ("mended", always(Validity(unit=ValidityUnit.UNTIL_CORRECTED)), 2, Repair(after_days=30)),
        ("expelled", year, 2, Repair(after_days=30)),
    ]


def test_ties_are_read_with_their_ends(files: dict[str, str]) -> None:
    kind = parse_policy("tried", files).tie_kinds["member_of"]

    assert kind.ends == (
        TieEnds(source=SubjectKind.PERSON, target=SubjectKind.STUDY_GROUP, each_source_at_most=1),
        TieEnds(source=SubjectKind.PERSON, target=SubjectKind.SCHOOL_CLASS),
    )
    assert kind.attributes == {"role": AttributeType.TEXT}
    assert kind.opened_by == ("school_office",)


@pytest.mark.parametrize(
    ("written", "millionths"),
    [
        ("0.1", 100_000),
        ("0.3", 300_000),
        ("2.675", 2_675_000),
        ("-2.5", -2_500_000),
        ("0.000001", 1),
        ("'25'", 25_000_000),
        ("1000000", 1_000_000_000_000),
        ("100000.000001", 100_000_000_001),
    ],
)
def test_decimals_are_exact(files: dict[str, str], written: str, millionths: int) -> None:
    files["school.yaml"] = files["school.yaml"].replace("points: -5\n", f"points: {written}\n")

    rule = parse_policy("tried", files).schemes["school"].rules["mended"] if millionths < 0 else None
    if rule is None:
        # A merit takes no repair from the scheme, so it may not wait to be corrected.
        files["school.yaml"] = files["school.yaml"].replace("until_corrected", "period")
        rule = parse_policy("tried", files).schemes["school"].rules["mended"]

    assert rule.scoring == FixedPoints(points=millionths)


@pytest.mark.parametrize(
    ("written", "valid"),
    [
        ("period", Validity(unit=ValidityUnit.PERIOD)),
        ("until_corrected", Validity(unit=ValidityUnit.UNTIL_CORRECTED)),
        ("30 days", Validity(unit=ValidityUnit.DAYS, count=30)),
        ("1 month", Validity(unit=ValidityUnit.MONTHS, count=1)),
        ("2 years", Validity(unit=ValidityUnit.YEARS, count=2)),
    ],
)
def test_validity_is_read(files: dict[str, str], written: str, valid: Validity) -> None:
    files["school.yaml"] = files["school.yaml"].replace("valid: until_corrected", f"valid: {written}")

    assert parse_policy("tried", files).schemes["school"].rules["mended"].valid == always(valid)


def test_validity_is_read_by_the_size_of_the_points_and_by_grade(files: dict[str, str]) -> None:
    """Up to 40 points one year, above two; a direct grade by the grade (Wendeng measures art. 20)."""
    files["school.yaml"] = files["school.yaml"].replace(
        "demerits: {valid: 1 year,",
        "demerits: {valid: [{up_to: 40, valid: 1 years}, {valid: 2 years}], grades_valid: {A: 3 years, D: 5 years},",
    )
    rules = parse_policy("tried", files).schemes["school"].rules

    assert [
        str(rules["bullying"].valid_for(points)) for points in (-1, -40 * POINT, -40 * POINT - 1, -100 * POINT)
    ] == [
        "1 years",
        "1 years",
        "2 years",
        "2 years",
    ]
    assert str(rules["expelled"].valid_for(0)) == "5 years"
    assert rules["mended"].valid == always(Validity(unit=ValidityUnit.UNTIL_CORRECTED))
    assert rules["helped"].valid == always(Validity(unit=ValidityUnit.PERIOD))


def test_what_a_rule_says_of_its_validity_wins(files: dict[str, str]) -> None:
    files["school.yaml"] = (
        files["school.yaml"]
        .replace("demerits: {", "demerits: {grades_valid: {D: 5 years}, ")
        .replace("    grade: D\n", "    grade: D\n    valid: 3 years\n")
        .replace("    points: -15\n", "    points: -15\n    valid: [{up_to: 20.5, valid: 6 months}, {valid: period}]\n")
    )
    rules = parse_policy("tried", files).schemes["school"].rules

    assert str(rules["expelled"].valid_for(0)) == "3 years"
    assert [str(rules["bullying"].valid_for(points)) for points in (-20_500_000, -20_500_001)] == ["6 months", "period"]


def test_a_school_names_the_days_on_which_its_terms_begin(files: dict[str, str]) -> None:
    files["school.yaml"] = (
        files["school.yaml"]
        .replace("period: term", "period: {kind: term, starts: [02-15, 08-20]}")
        .replace("{acts: 3, per: year}", "{acts: 3, per: term}")
    )

    school = parse_policy("tried", files).schemes["school"]

    term = Calendar(kind=PeriodKind.TERM, starts=((2, 15), (8, 20)))
    assert school.period == term
    assert {limit.per for limit in school.rules["returned-lost-property"].limits} == {term}


def test_the_order_of_files_does_not_matter(files: dict[str, str]) -> None:
    turned = dict(reversed(files.items()))

    assert parse_policy("tried", turned) == parse_policy("tried", files)


def test_line_ends_of_windows_change_nothing(files: dict[str, str]) -> None:
    turned = {file: text.replace("\n", "\r\n") for file, text in files.items()}

    assert parse_policy("tried", turned) == parse_policy("tried", files)


def test_a_demerit_of_a_pupil_may_not_reach_the_class_but_a_teacher_is_no_pupil(
    files: dict[str, str],
) -> None:
    files["school.yaml"] = files["school.yaml"].replace(
        "    merit: {table: {helped: 1}}", "    merit: {table: {helped: 1}}\n    demerit: {fixed: 1}"
    )

    assert parse_policy("tried", files).schemes["school"].routes[1].demerit is not None


def test_the_worked_example_of_the_reference_is_a_policy() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")

    texts = dict(re.findall(r"^`(\w+\.yaml)`:\n\n```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))

    assert list(texts) == ["school.yaml", "ties.yaml"]
    assert list(parse_policy("example", texts).schemes) == ["school"]


def _reference() -> tuple[str, dict[str, str]]:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
    return page, dict(re.findall(r"^`(\w+\.yaml)`:\n\n```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))


def test_the_scorings_of_the_reference_are_read() -> None:
    page, texts = _reference()
    bullets = page[page.index("What a behaviour is worth:") : page.index("`per` is a period")]
    written = re.findall(r"`((?:points|bands|tiers|grade): [^`]+)`", bullets)

    assert [each.partition(":")[0] for each in written] == ["points", "points", "points", "bands", "tiers", "grade"]
    for example in written:
        # The shortest grade table of the page ends at B.
        one = example.replace("grade: C", "grade: B").replace("points: 25, or", "points: 25")
        school = texts["school.yaml"].replace("    points: 25\n    limits: [{acts: 3, per: year}]\n", f"    {one}\n")
        assert school != texts["school.yaml"]
        parse_policy("example", texts | {"school.yaml": school})


def test_the_validities_of_the_reference_are_read() -> None:
    page, texts = _reference()
    (block,) = re.findall(r"^```yaml\n(valid: .*?)^```$", page, re.DOTALL | re.MULTILINE)
    told = page[page.index("How long a record counts:") :]
    named = re.findall(r"`(period|until_corrected|\d+ \w+|\[\{up_to[^`]+)`", told)
    grades = "  - {grade: B, at_least: 850}\n  - {grade: C, at_least: 600}\n  - {grade: D}\n"
    school = texts["school.yaml"].replace("  - {grade: B}\n", grades)
    school = school.replace("valid: period\ndemerits: {repair: {after: 30 days}}\n", block)

    bullying = parse_policy("example", texts | {"school.yaml": school}).schemes["school"].rules["bullying"]
    assert [str(bullying.valid_for(-points * POINT)) for points in (40, 41)] == ["1 years", "2 years"]

    assert len(named) >= len(["period", "30 days", "6 months", "2 years", "until_corrected", "by size"])
    for valid in named:
        one = texts["school.yaml"].replace("    points: -15\n", f"    points: -15\n    valid: {valid}\n")
        assert one != texts["school.yaml"]
        parse_policy("example", texts | {"school.yaml": one})


def test_the_reference_lists_every_topic() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")

    assert [topic for topic in sorted(TOPICS | FORBIDDEN) if f"`{topic}`" not in page] == []


def test_a_derived_rule_is_carried_by_no_route(files: dict[str, str]) -> None:
    policy = parse_policy("tried", files)

    carried = {carriage.rule for carriage in carriages(Edition(number=1, policy=policy, since=date(2026, 1, 1)))}

    assert policy.schemes["school"].rules["starred"].derived
    assert "starred" not in carried
    assert "helped" in carried


def test_what_a_rule_files_also_is_read(files: dict[str, str]) -> None:
    (also,) = parse_policy("tried", files).schemes["school"].rules["expelled"].also

    assert (str(also.path), also.scheme, also.rule) == ("person -mentors-> person", "village", "mentor-of-expelled")
