"""Bridges between schemes, and linked records: what follows from a record or a grade, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from graph_service.actions import bridges
from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect, void_tie
from graph_service.actions.decide import approve, contest, deliver_notice, repair, revoke, uphold
from graph_service.actions.desk import Desk
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.actions.forget import forget
from graph_service.lookups.linked import filed_with
from graph_service.lookups.standing import standings_of
from graph_service.lookups.verify import verify
from graph_service.model.points import POINT
from graph_service.model.records import Moment, Origin, Record
from graph_service.ports.store import Store
from graph_service.service import TrustService
from graph_service.stores.memory import MemoryStore
from tests.district import FILES
from tests.doubles import HandClock, PlainVault
from tests.office import Office
from tests.worlds import View, view

SCHEMES = ("village", "district", "enterprise")
BEGAN = date(2026, 3, 10)
NEW_YEAR = date(2027, 1, 1)


class District(Office):
    """A service over the three schemes."""

    def record(self, id_: str, scheme: str = "", rule: str = "", subject: str = "lin", **more: object) -> Record:
        """File and approve a record, and give it; or find one that is there."""
        if scheme:
            said = {"record": id_, "subject": subject, "scheme": scheme, "rule": rule, **more}
            self.do(file_record, happened_on=self.clock.today(), filer="clerk", **said)
            self.do(approve, record=id_, approver="head")
        return super().record(id_)

    def derived(self, subject: str, scheme: str) -> list[tuple[str, str]]:
        """The derived records of a subject in a scheme, oldest first: rule and state."""
        with self.service.reading() as reading:
            about = reading.records_about([subject]).get(subject, [])
        found = sorted(
            (each.seq, each.rule, str(each.state)) for each in about if each.origin and each.scheme == scheme
        )
        return [(rule, state) for _, rule, state in found]

    def one(self, subject: str, scheme: str) -> Record:
        """The only derived record of a subject in a scheme."""
        with self.service.reading() as reading:
            about = reading.records_about([subject]).get(subject, [])
        (found,) = [each for each in about if each.origin and each.scheme == scheme]
        return found

    def filed_with(self, id_: str) -> list[Record]:
        with self.service.reading() as reading:
            return filed_with(reading, reading.records_of([id_])[id_], self.clock.today())

    def points(self, subject: str, scheme: str, as_of: date | None = None) -> int:
        """Score less base, in whole points."""
        with self.service.reading() as reading:
            moment = None if as_of is None else Moment(as_of, reading.head().seq)
            standing = standings_of(reading, [subject], scheme, moment)[subject]
        return standing.score // POINT - 1000

    def until(self, day: date) -> None:
        self.clock.day = day
        self.service.tick()

    def view(self) -> View:
        """Everything that the store holds."""
        with self.service.reading() as reading:
            return view(reading, SCHEMES)

    def sound(self) -> None:
        """What is kept is what the journal says."""
        with self.service.reading() as reading:
            assert verify(reading, MemoryStore()).findings == ()


@pytest.fixture
def district(store: Store) -> Iterator[District]:
    """Lin, Mei and Zhao of the village, a family, and a firm that Zhao represents."""
    clock = HandClock(BEGAN)
    found = District(TrustService(store, PlainVault(), clock), clock)
    found.service.tick()
    found.do(adopt, name="first", files=FILES, since=date(2026, 1, 1), actor="head")

    def furnish(desk: Desk) -> None:
        for person in ("lin", "mei", "zhao"):
            enrol(desk, subject=person, kind="person", actor="clerk", born_on=date(1980, 5, 1))
        enrol(desk, subject="f1", kind="family", actor="clerk")
        enrol(desk, subject="e1", kind="enterprise", actor="clerk", name="Firm")
        for tie, kind, source, target in (
            ("t1", "member_of", "lin", "f1"),
            ("t2", "member_of", "mei", "f1"),
            ("t3", "legal_representative_of", "zhao", "e1"),
        ):
            connect(desk, tie=tie, kind=kind, source=source, target=target, actor="clerk", since=BEGAN, history=True)

    found.do(furnish)
    yield found
    found.sound()
    found.service.close()


# Period ends


def test_five_stars_give_fifteen_points_next_january(district: District) -> None:
    district.record("r1", "village", "helped", points=70 * POINT)
    district.until(date(2026, 12, 31))
    assert district.points("lin", "district") == 0

    district.until(NEW_YEAR)

    assert district.points("lin", "district") == 15
    assert district.points("lin", "village") == 0
    stars = district.one("lin", "district")
    assert (stars.rule, stars.filer, stars.approver, stars.state) == ("five-stars", "bridge", "bridge", "in_force")
    assert (stars.happened_on, stars.force_on, stars.valid_until) == (NEW_YEAR, NEW_YEAR, date(2028, 1, 1))
    assert stars.origin == Origin(scheme="village", bridge="stars", period_end=date(2026, 12, 31))


def test_a_listed_base_grade_is_filed_for_those_whom_nothing_reached(district: District) -> None:
    district.do(forget, subject="mei", asked_by="clerk", approver="head")

    district.until(NEW_YEAR)

    assert district.derived("zhao", "district") == [("two-stars", "in_force")]
    assert district.derived("mei", "district") == []
    # A family stands in the village as well, but the rule takes persons only.
    assert district.derived("f1", "district") == []


def test_days_that_were_missed_are_bridged_in_their_order(district: District) -> None:
    district.record("r1", "village", "helped", points=70 * POINT)

    district.until(date(2028, 2, 1))

    assert district.derived("lin", "district") == [("five-stars", "expired"), ("two-stars", "in_force")]


def test_a_bridge_works_in_chunks(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridges, "SUBJECTS_PER_PAGE", 1)
    district.record("r1", "village", "helped", points=70 * POINT)

    district.until(NEW_YEAR)

    assert district.derived("lin", "district") == [("five-stars", "in_force")]
    assert [district.points(person, "district") for person in ("lin", "mei", "zhao")] == [15, 1, 1]


def test_a_record_found_wrong_lets_the_grade_be_worked_out_again(district: District) -> None:
    district.record("r1", "village", "helped", points=45 * POINT)
    district.record("r2", "village", "helped", points=20 * POINT)
    district.until(date(2027, 2, 1))
    assert district.points("lin", "district") == 15

    district.do(revoke, record="r2", decider="board", reason="error")

    assert district.derived("lin", "district") == [("four-stars", "in_force")]
    assert district.points("lin", "district") == 10
    assert district.points("lin", "district", date(2027, 1, 31)) == 15


def test_a_grade_that_files_nothing_revokes_and_another_correction_files_anew(district: District) -> None:
    district.record("r1", "village", "littered", points=-50 * POINT)
    district.record("r2", "village", "helped", points=95 * POINT)
    district.until(date(2027, 2, 1))
    assert district.derived("lin", "district") == [("four-stars", "in_force")]

    district.do(revoke, record="r2", decider="board", reason="error")
    assert district.derived("lin", "district") == [("four-stars", "revoked")]
    assert district.points("lin", "district") == 0

    district.do(revoke, record="r1", decider="board", reason="error")
    assert district.derived("lin", "district") == [("four-stars", "revoked"), ("two-stars", "in_force")]


def test_what_was_made_good_later_was_right_then(district: District) -> None:
    district.record("r1", "village", "littered", points=-20 * POINT)
    district.until(date(2027, 2, 1))
    assert district.derived("lin", "district") == []

    district.do(repair, record="r1", asked_by="lin", decider="board")

    assert district.derived("lin", "district") == []


def test_a_tie_found_wrong_lets_the_grade_of_those_it_reached_be_worked_out_again(district: District) -> None:
    district.record("r1", "village", "helped", subject="mei", points=90 * POINT)
    district.until(date(2027, 2, 1))
    assert district.derived("lin", "district") == [("four-stars", "in_force")]

    district.do(void_tie, tie="t1", actor="clerk", reason="error")

    assert district.derived("lin", "district") == [("two-stars", "in_force")]
    assert district.derived("mei", "district") == [("five-stars", "in_force")]


def test_a_person_may_contest_what_a_bridge_filed(district: District) -> None:
    district.until(NEW_YEAR)
    stars = district.one("lin", "district")

    district.do(contest, record=stars.id, contest="k1", contester="lin", reason="error")
    district.do(revoke, record=stars.id, decider="board", reason="error")

    assert district.points("lin", "district") == 0


# Direct grades


def test_a_direct_grade_counts_in_the_village_exactly_while_it_counts_in_the_district(district: District) -> None:
    district.record("r1", "district", "listed")
    assert district.derived("lin", "village") == []

    district.do(deliver_notice, record="r1", actor="clerk")
    district.until(date(2026, 3, 15))
    assert (district.points("lin", "village"), district.derived("lin", "village")) == (
        -100,
        [("district-d", "in_force")],
    )
    assert district.one("lin", "village").origin == Origin(record="r1", scheme="district", bridge="grades")

    district.do(contest, record="r1", contest="k1", contester="lin", reason="error")
    assert (district.points("lin", "village"), district.derived("lin", "village")) == (0, [("district-d", "approved")])

    district.until(date(2026, 3, 20))
    district.do(uphold, record="r1", contest="k1", decider="board", reason="right")
    assert (district.points("lin", "village"), district.derived("lin", "village")) == (
        -100,
        [("district-d", "in_force")],
    )
    assert district.points("lin", "village", date(2026, 3, 17)) == 0

    district.do(repair, record="r1", asked_by="lin", decider="board")
    assert (district.points("lin", "village"), district.derived("lin", "village")) == (0, [("district-d", "repaired")])


def test_it_lapses_and_expires_with_its_source(district: District) -> None:
    for id_, subject in (("r1", "lin"), ("r2", "mei")):
        district.record(id_, "district", "listed", subject)
        district.do(deliver_notice, record=id_, actor="clerk")
    district.until(date(2026, 4, 1))
    district.do(contest, record="r1", contest="k1", contester="lin", reason="error")

    district.until(date(2027, 4, 1))

    assert district.derived("lin", "village") == [("district-d", "revoked")]
    assert district.derived("mei", "village") == [("district-d", "expired")]


def test_what_follows_another_record_has_no_life_of_its_own(district: District) -> None:
    district.record("r1", "district", "listed")
    district.do(deliver_notice, record="r1", actor="clerk")
    district.until(date(2026, 4, 1))
    carried = district.one("lin", "village").id

    for action, said in (
        (contest, {"contest": "k1", "contester": "lin", "reason": "error"}),
        (revoke, {"decider": "board", "reason": "error"}),
        (repair, {"asked_by": "lin", "decider": "board"}),
    ):
        refusal = district.refuses("record_follows", action, record=carried, **said)
        assert refusal.parameters["source"] == "r1"


def test_what_was_carried_over_was_filed_with_its_source(district: District) -> None:
    district.record("r1", "district", "listed")

    assert district.filed_with("r1") == []
    district.do(deliver_notice, record="r1", actor="clerk")
    district.until(date(2026, 4, 1))
    assert district.filed_with("r1") == [district.one("lin", "village")]


def test_a_correction_goes_on_to_what_was_filed_by_a_grade(district: District) -> None:
    """A wrong direct grade cost the stars of the year: both are put right at once."""
    district.record("r1", "district", "listed")
    district.do(deliver_notice, record="r1", actor="clerk")
    district.record("r2", "village", "helped", points=70 * POINT)
    district.until(date(2027, 2, 1))
    assert district.derived("lin", "district") == []

    district.do(revoke, record="r1", decider="board", reason="error")

    assert district.derived("lin", "village") == [("district-d", "revoked")]
    assert district.derived("lin", "district") == [("five-stars", "in_force")]


# Linked records


def test_a_firm_on_the_court_list_is_felt_by_its_legal_representative(district: District) -> None:
    district.record("r1", "enterprise", "on-court-list", "e1")

    linked = district.one("zhao", "district")
    assert district.record("r1").linked == (linked.id,)
    assert (linked.rule, linked.state, linked.grade) == ("firm-listed", "approved", "C")
    assert (linked.filer, linked.approver, linked.origin) == ("clerk", "head", Origin(record="r1"))
    # It has its own notice, and a derived grade sets off no bridge.
    district.do(deliver_notice, record=linked.id, actor="clerk")
    district.until(date(2026, 3, 15))
    assert district.record(linked.id).state == "in_force"
    assert district.derived("zhao", "village") == []

    # Its own repair, with its own lighter rule; the source's repair does not touch it.
    district.do(repair, record="r1", asked_by="zhao", decider="board")
    assert district.record(linked.id).state == "in_force"
    district.do(repair, record=linked.id, asked_by="zhao", decider="board")
    assert district.record(linked.id).state == "repaired"
    lighter = district.record(linked.id).replaced_by
    assert lighter is not None
    assert district.record(lighter).rule == "firm-performed"


def test_linked_records_are_revoked_with_a_source_that_was_wrong(district: District) -> None:
    district.record("r1", "enterprise", "on-court-list", "e1")

    district.do(revoke, record="r1", decider="board", reason="error")

    assert district.derived("zhao", "district") == [("firm-listed", "revoked")]


def test_linked_records_are_revoked_with_a_tie_that_was_entered_in_error(district: District) -> None:
    district.record("r1", "enterprise", "on-court-list", "e1")

    district.do(void_tie, tie="t3", actor="clerk", reason="another Zhao")

    assert district.derived("zhao", "district") == [("firm-listed", "revoked")]
    assert district.record("r1").state == "in_force"


def test_linked_records_stay_where_another_walk_leads_to_whom_they_are_about(district: District) -> None:
    said = {"kind": "legal_representative_of", "source": "zhao", "target": "e1", "actor": "clerk"}
    district.do(connect, tie="t4", since=BEGAN, history=True, **said)
    district.record("r1", "enterprise", "on-court-list", "e1")
    waiting = district.derived("zhao", "district")

    district.do(void_tie, tie="t3", actor="clerk", reason="entered twice")

    assert district.derived("zhao", "district") == waiting == [("firm-listed", "approved")]


def test_a_tie_that_did_not_hold_on_the_day_of_the_act_takes_no_linked_record_with_it(district: District) -> None:
    said = {"kind": "legal_representative_of", "source": "zhao", "target": "e1", "actor": "clerk"}
    district.record("r1", "enterprise", "on-court-list", "e1")
    district.do(connect, tie="t4", since=date(2026, 3, 11), **said)

    district.do(void_tie, tie="t4", actor="clerk", reason="entered twice")

    assert district.derived("zhao", "district") == [("firm-listed", "approved")]


def test_who_is_spoken_of_does_not_approve_the_linked_record(district: District) -> None:
    district.do(
        file_record,
        record="r1",
        subject="e1",
        scheme="enterprise",
        rule="on-court-list",
        happened_on=BEGAN,
        filer="clerk",
    )
    district.do(approve, record="r1", approver="zhao")
    linked = district.one("zhao", "district")
    assert linked.state == "filed"

    district.do(approve, record=linked.id, approver="head")
    assert district.record(linked.id).state == "approved"


def test_a_linked_record_that_waits_is_rejected_with_a_source_that_was_wrong(district: District) -> None:
    said = {"record": "r1", "subject": "e1", "scheme": "enterprise", "rule": "on-court-list", "happened_on": BEGAN}
    district.do(file_record, filer="clerk", **said)
    district.do(approve, record="r1", approver="zhao")

    district.do(revoke, record="r1", decider="board", reason="error")

    assert district.derived("zhao", "district") == [("firm-listed", "rejected")]


def test_only_ties_of_the_day_link(district: District) -> None:
    said = {"subject": "e1", "scheme": "enterprise", "rule": "on-court-list", "filer": "clerk"}
    district.do(file_record, record="r1", happened_on=date(2026, 3, 9), **said)
    district.do(approve, record="r1", approver="head")

    assert district.derived("zhao", "district") == []


def test_nobody_files_a_derived_rule(district: District) -> None:
    said = {"record": "r1", "subject": "zhao", "scheme": "district", "rule": "five-stars"}
    refusal = district.refuses("rule_derived", file_record, filer="clerk", happened_on=BEGAN, **said)
    assert refusal.field == "rule"
