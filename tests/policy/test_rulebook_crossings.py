"""What one scheme of the rulebook sets off in another, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

import pytest

from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect
from graph_service.actions.decide import approve, deliver_notice, repair
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.lookups.standing import standings_of
from graph_service.model.points import format_points
from graph_service.model.records import LATEST, Moment, RecordState
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.service import TrustService
from graph_service.stores.memory import MemoryStore
from tests.doubles import HandClock, PlainVault

TODAY = date(2026, 3, 10)


class District:
    """Wu, her family, and the firm that she represents."""

    def __init__(self, edition: str) -> None:
        self.clock = HandClock(TODAY)
        self.service = TrustService(MemoryStore(), PlainVault(), self.clock)
        files = read_folder(edition_folder(edition))
        self.service.do(partial(adopt, name=edition, files=files, since=date(2025, 1, 1), actor="office"))
        self.service.tick()
        self.service.do(partial(enrol, subject="wu", kind="person", actor="office", born_on=date(1980, 5, 1)))
        for subject, kind, tie in (
            ("wus", "family", "family_of"),
            ("mill", "enterprise", "legal_representative_of"),
            ("ford", "village", "secretary_of"),
        ):
            self.service.do(partial(enrol, subject=subject, kind=kind, actor="office", since=date(2025, 1, 1)))
            joined = partial(connect, tie=f"t-{subject}", kind=tie, source="wu", target=subject, actor="office")
            self.service.do(partial(joined, since=date(2025, 6, 1), history=True))

    def act(self, record: str, scheme: str, rule: str, subject: str = "wu", **more: int) -> None:
        filed = partial(file_record, record=record, subject=subject, scheme=scheme, rule=rule, filer="collector")
        self.service.do(partial(filed, happened_on=self.clock.day, **more))
        self.service.do(partial(approve, record=record, approver="head"))

    def notify(self, record: str) -> None:
        self.service.do(partial(deliver_notice, record=record, actor="office"))

    def notify_all(self) -> None:
        """Tell of every demerit that waits for its notice, whoever filed it."""
        with self.service.reading() as reading:
            waiting = [held.id for held in reading.records(states=(RecordState.APPROVED,), after=None, limit=99)]
        for record in waiting:
            self.notify(record)

    def wait_until(self, day: date) -> None:
        self.clock.day = day
        self.service.tick()

    def stands(self, scheme: str = "district", subject: str = "wu") -> tuple[str, str]:
        with self.service.reading() as reading:
            held = standings_of(reading, [subject], scheme, Moment(self.clock.day, LATEST - 1))[subject]
        return format_points(held.score), held.grade


@pytest.fixture
def district() -> Iterator[District]:
    found = District("wendeng")
    yield found
    found.service.close()


@pytest.fixture
def encouraging() -> Iterator[District]:
    found = District("encourage")
    yield found
    found.service.close()


@pytest.mark.parametrize(
    ("hours", "stars", "points"), [("150000000", "3", "1002"), ("250000000", "3", "1002"), ("300000000", "4", "1010")]
)
def test_the_stars_of_a_year_add_points_next_january(district: District, hours: str, stars: str, points: str) -> None:
    district.act("r1", "village", "village-volunteering", quantity=int(hours))
    assert district.stands("village")[1] == stars

    district.wait_until(date(2026, 12, 31))
    assert district.stands() == ("1000", "A")
    district.wait_until(date(2027, 1, 1))
    assert district.stands() == (points, "A")
    assert district.stands("village") == ("1000", "2")


def test_five_stars_add_fifteen(district: District) -> None:
    district.act("r1", "village", "village-volunteering", quantity=300_000_000)
    district.act("r2", "village", "gave-land")
    district.act("r3", "village", "clean-up-great-effect")

    district.wait_until(date(2027, 1, 1))

    assert district.stands() == ("1015", "A")


def test_a_household_s_stars_stay_in_the_village(district: District) -> None:
    district.act("r1", "village", "tidy-home", "wus")

    district.wait_until(date(2027, 1, 1))

    assert district.stands() == ("1000", "A")


@pytest.mark.parametrize(("rule", "grade", "points"), [("refused-removal", "B", "950"), ("on-court-list", "D", "900")])
def test_a_grade_of_the_district_counts_in_the_village(district: District, rule: str, grade: str, points: str) -> None:
    district.act("r1", "district", rule)
    district.notify("r1")
    district.wait_until(date(2026, 3, 17))
    district.notify_all()
    district.wait_until(date(2026, 3, 24))

    assert district.stands() == ("1000", grade)
    assert district.stands("village")[0] == points

    district.service.do(partial(repair, record="r1", asked_by="wu", decider="head"))
    assert district.stands("village")[0] == "1000"


def test_the_court_s_list_reaches_the_legal_representative_by_her_own_table(district: District) -> None:
    district.act("r1", "enterprise", "on-court-list", "mill")
    district.notify_all()
    district.wait_until(date(2026, 3, 17))

    assert district.stands("enterprise", "mill") == ("1000", "D")
    assert district.stands() == ("1000", "C")

    district.service.do(partial(repair, record="r1", asked_by="wu", decider="head"))
    district.notify_all()
    district.wait_until(date(2026, 3, 24))
    assert district.stands("enterprise", "mill") == ("920", "B")

    # Her record has a life of its own: she may have it repaired apart from the firm's.
    assert district.stands() == ("1000", "C")
    with district.service.reading() as reading:
        (hers,) = [held.id for held in reading.records_about(["wu"])["wu"] if held.grade == "C"]
    district.service.do(partial(repair, record=hers, asked_by="wu", decider="head"))
    district.notify_all()
    district.wait_until(date(2026, 3, 31))
    assert district.stands() == ("940", "B")


def test_an_honour_of_the_firm_is_hers_by_the_personal_table(district: District) -> None:
    district.act("r1", "enterprise", "honest-enterprise-city", "mill")

    assert district.stands("enterprise", "mill") == ("1020", "A")
    assert district.stands() == ("1030", "AA")


def test_the_secretary_answers_for_the_environment_check(district: District) -> None:
    district.act("r1", "village", "environment-check-failed", "ford")
    district.notify_all()
    district.wait_until(date(2026, 3, 17))

    assert district.stands("village", "ford") == ("995", "2")
    assert district.stands("village") == ("995", "2")


def test_where_only_merit_is_shared_nobody_answers_for_the_firm_or_the_village(encouraging: District) -> None:
    encouraging.act("r1", "enterprise", "on-court-list", "mill")
    encouraging.act("r2", "enterprise", "honest-enterprise-city", "mill")
    encouraging.act("r3", "village", "environment-check-failed", "ford")
    encouraging.notify_all()
    encouraging.wait_until(date(2026, 3, 17))

    assert encouraging.stands("enterprise", "mill") == ("1000", "D")
    assert encouraging.stands() == ("1030", "AA")
    assert encouraging.stands("village") == ("1000", "2")
