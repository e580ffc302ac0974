"""The rulebook holds every behaviour of the catalogue, at its worth, or says why not; and every rule can be used."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from ruamel.yaml import YAML

from graph_service.actions.adopt import adopt
from graph_service.actions.decide import approve, deliver_notice, repair
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.errors import RuleDerived
from graph_service.lookups.standing import standings_of
from graph_service.model.points import POINT, format_points, parse_points
from graph_service.model.records import LATEST, Moment, Record
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import (
    Bands,
    DirectGrade,
    FixedPoints,
    MeasureEffect,
    PointsRange,
    Rule,
    Scheme,
    Tiers,
    Validity,
    ValidityUnit,
)
from graph_service.policy.scorings import is_demerit
from graph_service.scoring.assess import Behaviour
from graph_service.scoring.total import grade_of
from graph_service.service import TrustService
from graph_service.stores.memory import MemoryStore
from tests.doubles import HandClock, PlainVault
from tests.house.code import ROOT

FILES = read_folder(edition_folder("wendeng"))
WENDENG = parse_policy("wendeng", FILES)
RULES = [(scheme, rule) for scheme in WENDENG.schemes.values() for rule in scheme.rules.values()]
NAMED = {(scheme.code, rule.code): rule for scheme, rule in RULES}
FILED = [(scheme, rule) for scheme, rule in RULES if not rule.derived]
NOT_SCORED = YAML(typ="safe").load(ROOT / "docs" / "rulebook" / "not-scored.yaml")

ADOPTED, TODAY = date(2025, 1, 1), date(2026, 3, 10)


class CatalogueLine(NamedTuple):
    """A behaviour of the published sources, with what it is worth there, and the rules that hold it here."""

    line: str
    kind: str
    behaviour: str
    worth: list[str]
    #: Empty where the behaviour is not scored; then the only rule is its name in the list of those.
    scheme: str
    rules: list[str]


def _catalogue() -> list[CatalogueLine]:
    with (Path(__file__).parent / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [
            CatalogueLine(
                row["line"], row["kind"], row["behaviour"], row["worth"].split("/"), row["scheme"], row["rules"].split()
            )
            for row in rows
        ]


CATALOGUE = _catalogue()


def worth(rule: Rule) -> list[str]:
    """Write what a rule is worth as the catalogue does: a grade, points, points by tier, or points of a step."""
    match rule.scoring:
        case DirectGrade(grade=grade):
            return [grade]
        case FixedPoints(points=points):
            return [format_points(points)]
        case PointsRange(lowest=lowest, highest=highest):
            return [format_points(lowest), format_points(highest)]
        case Tiers(tiers=tiers):
            return [format_points(tier.points) for tier in tiers]
        case Bands(bands=bands):
            return sorted({format_points(band.points) for band in bands})


# -- Nothing is missing ------------------------------------------------------------------------------------------------


def test_there_are_six_schemes_and_as_many_rules_as_promised() -> None:
    merits = [rule for _, rule in RULES if not is_demerit(rule.scoring)]
    demerits = [rule for _, rule in RULES if is_demerit(rule.scoring)]

    assert set(WENDENG.schemes) == {"district", "village", "school", "enterprise", "organ", "merchant"}
    assert len(merits) >= 100
    assert len(demerits) >= 115


def test_every_line_of_the_catalogue_is_there() -> None:
    wanted = [f"P{number:02}" for number in range(1, 68)] + [f"N{number:02}" for number in range(1, 73)]

    assert list(dict.fromkeys(line.line for line in CATALOGUE)) == wanted


@pytest.mark.parametrize("line", [line for line in CATALOGUE if line.scheme], ids=lambda line: line.line)
def test_a_behaviour_is_shipped_at_its_worth(line: CatalogueLine) -> None:
    shipped = [part for code in line.rules for part in worth(NAMED[line.scheme, code])]

    assert shipped == line.worth


@pytest.mark.parametrize("line", [line for line in CATALOGUE if not line.scheme], ids=lambda line: line.line)
def test_a_behaviour_that_is_left_out_is_listed_with_the_reason(line: CatalogueLine) -> None:
    (code,) = line.rules

    assert NOT_SCORED[code]["why"].keys() == {"en", "zh"}
    assert code not in {rule.code for _, rule in RULES}


def test_no_behaviour_is_in_the_catalogue_twice() -> None:
    listed = [(line.scheme, code) for line in CATALOGUE for code in line.rules]

    assert sorted(place for place in listed if listed.count(place) > 1) == []


def test_what_is_proposed_says_so() -> None:
    """Where the sources name the event but no value, the basis says that the points have to be agreed."""
    unsourced = ["P17", "P18", "P35", "P36", "P39", "P45", "P61", "P64", "N09", "N27", "N28", "N39", "N52", "N69"]
    places = [(line.scheme, code) for line in CATALOGUE if line.line in unsourced for code in line.rules]

    assert [place for place in places if "roposed" not in NAMED[place].basis] == []


# -- Tables ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["district", "school", "enterprise", "organ", "merchant"])
def test_the_grades_are_wendeng_s(code: str) -> None:
    assert [(step.grade, step.at_least) for step in WENDENG.schemes[code].grades] == [
        ("AAA", 1050 * POINT),
        ("AA", 1030 * POINT),
        ("A", 960 * POINT),
        ("B", 850 * POINT),
        ("C", 600 * POINT),
        ("D", None),
    ]


YEARS = {number: Validity(unit=ValidityUnit.YEARS, count=number) for number in range(1, 6)}
PUBLIC = [(scheme, rule) for scheme, rule in RULES if scheme.code in {"district", "enterprise", "organ", "merchant"}]


@pytest.mark.parametrize(("scheme", "rule"), PUBLIC, ids=lambda one: one.code)
def test_a_public_record_counts_as_long_as_its_table_says(scheme: Scheme, rule: Rule) -> None:
    if isinstance(rule.scoring, DirectGrade):
        expected = {"B": {2}, "C": {3}, "D": {5}}[rule.scoring.grade]
    elif isinstance(rule.scoring, FixedPoints) and rule.scoring.points < 0:
        heavy = rule.scoring.points < -40 * POINT or (rule.repair is None and rule.derived)
        expected = {2} if heavy else {1}
    else:
        levels = {"nation": {5}, "province": {3}, "provincial": {2, 3}, "city": {2}, "first": {3}, "second": {2}}
        words = [word for word in rule.code.split("-") if word in levels]
        expected = levels[words[0]] if words and rule.code != "honoured-by-city-department" else {1}
        expected = {1} if rule.code.endswith("city-department") else expected
        expected = {2} if rule.code in {"leads-innovation-workshop"} else expected
    points = rule.scoring.points if isinstance(rule.scoring, FixedPoints) else 0

    assert rule.valid_for(points) in [YEARS[number] for number in expected]


def test_forty_is_the_edge_between_one_year_and_two() -> None:
    rule = NAMED["district", "noise-nuisance"]

    assert rule.valid_for(-40 * POINT) == YEARS[1]
    assert rule.valid_for(-40 * POINT - 1) == YEARS[2]


def test_whoever_loses_points_can_make_it_good_unless_it_was_made_good_already() -> None:
    endings = {rule.repair.replaced_by for _, rule in RULES if rule.repair}
    without = [rule.code for _, rule in RULES if is_demerit(rule.scoring) and rule.repair is None]

    # What the district set is made good in the district; then it is gone in the village too.
    assert [code for code in without if code not in endings and not code.startswith("district-grade-")] == []


def test_layers_are_kept_apart() -> None:
    """What crosses from one scheme to another is declared, and neither school nor organ nor employer is among it."""
    crossing = {(scheme.code, bridge.to) for scheme in WENDENG.schemes.values() for bridge in scheme.bridges}
    crossing |= {(scheme.code, also.scheme) for scheme, rule in RULES for also in rule.also}
    employees = [rule for scheme, rule in RULES if scheme.code == "enterprise" and "person" in rule.subjects]

    assert crossing == {("village", "district"), ("district", "village"), ("enterprise", "district")}
    assert [rule.code for rule in employees if rule.also] == []


def test_measures_only_give() -> None:
    """Nobody is kept from anything because of a score: that would need a law, and would couple what is unrelated."""
    assert len(WENDENG.measures) >= 20
    assert {measure.effect for measure in WENDENG.measures.values()} == {MeasureEffect.BENEFIT}
    assert {measure.scheme for measure in WENDENG.measures.values()} == set(WENDENG.schemes)


# -- Every rule can be used --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def district() -> Iterator[TrustService]:
    service = TrustService(MemoryStore(), PlainVault(), HandClock(TODAY))
    service.do(partial(adopt, name="wendeng", files=FILES, since=ADOPTED, actor="office"))
    service.tick()
    yield service
    service.close()


def _filed(service: TrustService, scheme: Scheme, rule: Rule, said: Behaviour) -> Record:
    """File and approve an act of somebody who has done nothing else."""
    who, record = f"{scheme.code}.{rule.code}", f"act-of-{scheme.code}.{rule.code}"
    born_on = date(1990, 5, 1) if rule.subjects[0] == "person" else None
    service.do(partial(enrol, subject=who, kind=rule.subjects[0], actor="office", born_on=born_on))
    file = partial(file_record, scheme=scheme.code, rule=rule.code, happened_on=said.happened_on, filer="collector")
    service.do(partial(file, record=record, subject=who, quantity=said.quantity, points=said.points))
    service.do(partial(approve, record=record, approver="head"))
    if is_demerit(rule.scoring):
        service.do(partial(deliver_notice, record=record, actor="office"))
    with service.reading() as reading:
        return reading.records_of([record])[record]


@pytest.mark.parametrize(("scheme", "rule"), FILED, ids=lambda one: one.code)
def test_every_rule_can_be_filed_and_gives_what_it_says(district: TrustService, scheme: Scheme, rule: Rule) -> None:
    quantity: int | None = None
    chosen: int | None = None
    grade: str | None = None
    match rule.scoring:
        case DirectGrade(grade=given):
            points, grade = 0, given
        case FixedPoints(points=points):
            pass
        case PointsRange(lowest=lowest):
            points = chosen = lowest
        case Bands(bands=bands):
            quantity, points = bands[0].step, bands[0].points
        case Tiers(tiers=tiers):
            quantity, points = tiers[-1].at_least, tiers[-1].points

    record = _filed(district, scheme, rule, Behaviour(happened_on=TODAY, quantity=quantity, points=chosen))

    assert (record.points, record.grade) == (points, grade)


@pytest.mark.parametrize(
    ("scheme", "rule"), [(scheme, rule) for scheme, rule in RULES if rule.derived], ids=lambda one: one.code
)
def test_what_follows_from_something_else_is_filed_by_nobody(
    district: TrustService, scheme: Scheme, rule: Rule
) -> None:
    with pytest.raises(RuleDerived):
        _filed(district, scheme, rule, Behaviour(happened_on=TODAY))


# -- The anchors of the published tables -------------------------------------------------------------------------------

EDGES = [
    *(("district", score, grade) for score, grade in [("1000", "A"), ("1035", "AA"), ("1049", "AA"), ("1050", "AAA")]),
    *(("district", score, grade) for score, grade in [("960", "A"), ("959", "B"), ("849", "C"), ("599", "D")]),
    *(("village", score, grade) for score, grade in [("1060", "4"), ("1060.1", "5"), ("1000", "2"), ("990", "1")]),
    *(("village", score, grade) for score, grade in [("990.1", "2"), ("800.1", "1"), ("800", "0")]),
]


@pytest.mark.parametrize(("scheme", "score", "grade"), EDGES)
def test_grades_and_stars_change_where_the_tables_say(scheme: str, score: str, grade: str) -> None:
    assert grade_of(WENDENG.schemes[scheme], parse_points(score)) == grade


GIFTS = [("1000", 10), ("5000", 20), ("10000", 30), ("20000", 40), ("90000", 40)]


class Village:
    """One citizen at a time, who does things in the district."""

    def __init__(self) -> None:
        self.clock = HandClock(TODAY)
        self.service = TrustService(MemoryStore(), PlainVault(), self.clock)
        self.service.do(partial(adopt, name="wendeng", files=FILES, since=ADOPTED, actor="office"))
        self.service.tick()
        self.service.do(partial(enrol, subject="wu", kind="person", actor="office", born_on=date(1980, 5, 1)))
        self.acts = 0

    def act(self, rule: str, on: date = TODAY, scheme: str = "district", quantity: str | None = None) -> str:
        """File, approve and, where need be, notify."""
        self.acts += 1
        record, subject = f"r{self.acts}", "wu"
        amount = None if quantity is None else parse_points(quantity)
        self.service.do(
            partial(
                file_record,
                record=record,
                subject=subject,
                scheme=scheme,
                rule=rule,
                happened_on=on,
                quantity=amount,
                filer="collector",
            )
        )
        self.service.do(partial(approve, record=record, approver="head"))
        if is_demerit(NAMED[scheme, rule].scoring):
            self.service.do(partial(deliver_notice, record=record, actor="office"))
        return record

    def wait_until(self, day: date) -> None:
        self.clock.day = day
        self.service.tick()

    def stands(self, scheme: str = "district") -> tuple[str, str]:
        with self.service.reading() as reading:
            held = standings_of(reading, ["wu"], scheme, Moment(self.clock.day, LATEST - 1))["wu"]
        return format_points(held.score), held.grade


@pytest.fixture
def village() -> Iterator[Village]:
    found = Village()
    yield found
    found.service.close()


def test_everybody_begins_with_an_a(village: Village) -> None:
    assert village.stands() == ("1000", "A")
    assert village.stands("village") == ("1000", "2")


@pytest.mark.parametrize(("given", "points"), GIFTS)
def test_gifts_are_banded_and_end_at_forty(village: Village, given: str, points: int) -> None:
    village.act("gave-to-charity", quantity=given)

    assert village.stands()[0] == str(1000 + points)


def test_gifts_of_a_year_bring_forty_at_most(village: Village) -> None:
    village.act("gave-to-charity", quantity="10000")
    village.act("gave-to-charity", quantity="10000")

    assert village.stands() == ("1040", "AA")


@pytest.mark.parametrize(("hours", "points"), [("9", 0), ("10", 2), ("100", 20), ("300", 50), ("900", 50)])
def test_the_district_counts_hours_from_ten_on(village: Village, hours: str, points: int) -> None:
    village.act("volunteering", quantity=hours)

    assert village.stands()[0] == str(1000 + points)


def test_the_village_counts_from_four_hours_on(village: Village) -> None:
    village.act("village-volunteering", scheme="village", quantity="4")

    assert village.stands("village") == ("1001", "2")


def test_who_performs_what_the_court_ordered_stands_at_950_for_two_years(village: Village) -> None:
    record = village.act("on-court-list")
    village.wait_until(date(2026, 3, 20))
    assert village.stands() == ("1000", "D")

    village.service.do(partial(repair, record=record, asked_by="wu", decider="judge"))
    with village.service.reading() as reading:
        (lighter,) = [found for found in reading.records(states=(), after=None, limit=9) if found.replaces == record]
    village.service.do(partial(deliver_notice, record=lighter.id, actor="office"))
    village.wait_until(date(2026, 3, 30))

    assert village.stands() == ("950", "B")
    village.wait_until(date(2028, 3, 1))
    assert village.stands() == ("950", "B")
    village.wait_until(date(2028, 3, 31))
    assert village.stands() == ("1000", "A")


def test_the_same_again_is_doubled_and_forty_and_less_end_after_a_year(village: Village) -> None:
    village.act("noise-nuisance")
    village.act("noise-nuisance", date(2026, 3, 10))
    village.wait_until(date(2026, 3, 17))
    assert village.stands() == ("985", "A")

    village.wait_until(date(2027, 3, 10))
    assert village.stands() == ("1000", "A")
