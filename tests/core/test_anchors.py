"""The anchors: what the sources say that a behaviour comes to, under the edition that ships (domain.md §5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from graph_service.actions.adopt import adopt
from graph_service.actions.decide import approve, deliver_notice, repair
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.lookups.standing import standings_of
from graph_service.model.points import POINT, parse_points
from graph_service.model.records import Record
from graph_service.model.standing import Standing
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Policy, Scheme
from graph_service.scoring.assess import Behaviour, assess
from graph_service.scoring.total import grade_of
from graph_service.stores.memory import MemoryStore
from tests.office import BEGAN, TODAY, Office, open_office

WENDENG = read_folder(edition_folder("wendeng"))


@pytest.fixture(scope="module")
def wendeng() -> Policy:
    return parse_policy("wendeng", WENDENG)


class District(Office):
    """An office that goes by what ships, with a citizen, Lin, who is also a pupil, a villager and an employee."""

    def happens(self, id_: str, scheme: str, rule: str, *matching: str, quantity: int | None = None) -> Record:
        """Let an act of today be filed, approved, told and enter force."""
        self.do(
            file_record,
            record=id_,
            subject="lin",
            scheme=scheme,
            rule=rule,
            matching=matching,
            happened_on=self.clock.today(),
            filer="clerk",
            quantity=quantity,
        )
        self.do(approve, record=id_, approver="head")
        if self.state(id_) == "approved":
            self.do(deliver_notice, record=id_, actor="clerk")
        return self.record(id_)

    def stands(self, scheme: str) -> Standing:
        with self.service.reading() as reading:
            return standings_of(reading, ["lin"], scheme)["lin"]


@pytest.fixture
def district(policies_parsed_once: None) -> Iterator[District]:
    opened = open_office(MemoryStore())
    office = District(opened.service, opened.clock)
    office.do(adopt, name="wendeng", files=WENDENG, since=BEGAN, actor="head")
    office.do(enrol, subject="lin", kind="person", actor="clerk", born_on=date(1990, 5, 1), since=BEGAN)
    yield office
    office.service.close()


def worth(scheme: Scheme, rule: str, quantity: int) -> int:
    found = assess(scheme.rules[rule], Behaviour(happened_on=TODAY, quantity=quantity * POINT), [])
    return found.points // POINT


# Tables


@pytest.mark.parametrize(
    ("score", "grade"),
    [("1000", "A"), ("1050", "AAA"), ("1049", "AA"), ("1035", "AA"), ("959", "B"), ("599", "D")],
)
def test_the_grades_of_the_district(wendeng: Policy, score: str, grade: str) -> None:
    assert grade_of(wendeng.schemes["district"], parse_points(score)) == grade


@pytest.mark.parametrize(("score", "stars"), [("1060", "4"), ("1060.1", "5"), ("990", "1"), ("800", "0")])
def test_the_stars_of_a_village(wendeng: Policy, score: str, stars: str) -> None:
    assert grade_of(wendeng.schemes["village"], parse_points(score)) == stars


@pytest.mark.parametrize(("yuan", "points"), [(1_000, 10), (5_000, 20), (10_000, 30), (20_000, 40)])
def test_gifts(wendeng: Policy, yuan: int, points: int) -> None:
    assert worth(wendeng.schemes["district"], "gave-to-charity", yuan) == points


@pytest.mark.parametrize(("hours", "points"), [(9, 0), (10, 2), (300, 50)])
def test_hours_in_the_district(wendeng: Policy, hours: int, points: int) -> None:
    assert worth(wendeng.schemes["district"], "volunteering", hours) == points


def test_hours_in_the_village(wendeng: Policy) -> None:
    assert worth(wendeng.schemes["village"], "village-volunteering", 4) == 1


@pytest.mark.parametrize(
    ("rule", "points", "valid"),
    [
        ("broke-contract-judged", -40, "1 years"),
        ("broke-contract-judged", -41, "2 years"),
        ("drink-driving", 0, "2 years"),
        ("on-court-list", 0, "5 years"),
    ],
)
def test_how_long_it_lasts(wendeng: Policy, rule: str, points: int, valid: str) -> None:
    assert str(wendeng.schemes["district"].rules[rule].valid_for(points * POINT)) == valid


# Lives


def test_a_pupil_who_hands_back_lost_property_gains_25(district: District) -> None:
    assert (district.stands("school").score, district.stands("school").grade) == (1000 * POINT, "A")

    assert district.happens("r1", "school", "returned-lost-property").points == 25 * POINT
    assert district.stands("school").score == 1025 * POINT


def test_a_medal_of_the_province_and_a_title_of_the_city_make_1035(district: District) -> None:
    district.happens("r1", "enterprise", "provincial-labour-medal")
    district.happens("r2", "enterprise", "outstanding-worker-of-city")

    standing = district.stands("enterprise")
    assert (standing.score, standing.grade) == (1035 * POINT, "AA")


def test_the_same_minus_five_twice_in_a_year_is_minus_fifteen(district: District) -> None:
    district.happens("r1", "district", "noise-nuisance")
    district.wait(60)
    district.happens("r2", "district", "noise-nuisance")
    district.wait(7)

    assert district.stands("district").score == 985 * POINT


def test_an_act_that_matches_minus_ten_and_minus_fifty_is_minus_fifty(district: District) -> None:
    """One that is written under the milder rule costs what the graver one says, and nothing is added up."""
    district.happens("r1", "district", "parked-irregularly", "parked-after-warnings", "broke-contract-judged")
    district.wait(7)

    assert district.record("r1").rule == "broke-contract-judged"
    assert district.stands("district").score == 950 * POINT


def test_who_left_the_court_list_stands_at_950_for_two_years(district: District) -> None:
    district.happens("r1", "district", "on-court-list")
    district.wait(7)
    assert (district.stands("district").score, district.stands("district").grade) == (1000 * POINT, "D")

    district.do(repair, record="r1", asked_by="lin", decider="board")
    lighter = district.record(district.record("r1").replaced_by or "")
    if district.state(lighter.id) == "approved":
        district.do(deliver_notice, record=lighter.id, actor="clerk")
        district.wait(7)

    assert (district.stands("district").score, district.stands("district").grade) == (950 * POINT, "B")
    assert district.record(lighter.id).valid_until == date(2028, 3, 17)


def test_merit_waits_while_a_grade_that_was_set_is_in_force(district: District) -> None:
    district.happens("r1", "district", "brave-help-outstanding")
    district.happens("r2", "district", "refused-removal")
    district.wait(7)
    assert (district.stands("district").score, district.stands("district").grade) == (1000 * POINT, "B")

    district.do(repair, record="r2", asked_by="lin", decider="board")

    assert (district.stands("district").score, district.stands("district").grade) == (1030 * POINT, "AA")
