"""The life of a record, step by step, with the exact day on which each step takes effect."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from graph_service.actions import tick
from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect, disconnect, void_tie
from graph_service.actions.consent import grant_waiver, void_waiver
from graph_service.actions.decide import approve, contest, deliver_notice, reject, repair, revoke, uphold
from graph_service.actions.enrol import enrol
from graph_service.actions.forget import forget
from graph_service.model.points import POINT
from graph_service.model.records import LATEST, Moment
from graph_service.ports.vault import DataClass
from graph_service.scoring.sharing import strongest
from tests.office import FILES, JOINED, TODAY, Office, furnish


def test_merit_counts_at_once_and_reaches_the_group_mate_and_the_mentor(office: Office) -> None:
    office.approved("r1")

    assert office.life("r1") == [("record_filed", "2026-03-10"), ("record_approved", "2026-03-10")]
    assert [office.standing(subject).score for subject in ("lin", "mei", "zhao", "g1")] == [
        1025 * POINT,
        1004 * POINT,
        1002_500_000,
        1000 * POINT,
    ]


def test_a_filed_record_counts_for_nobody(office: Office) -> None:
    office.filed("r1")

    assert office.state("r1") == "filed"
    assert office.score("lin") == office.score("mei") == 1000


def test_a_rejected_record_never_counted(office: Office) -> None:
    office.filed("r1")
    office.do(reject, record="r1", approver="head", reason="unfounded")

    assert office.life("r1")[-1] == ("record_rejected", "2026-03-10")
    assert office.score("lin") == 1000


def test_a_demerit_waits_for_its_notice_however_long_that_takes(office: Office) -> None:
    office.approved("r1", "late")
    office.wait(20)

    assert (office.state("r1"), office.score("lin"), office.record("r1").force_on) == ("approved", 1000, None)


def test_notice_days_run_from_the_delivery(office: Office) -> None:
    office.approved("r1", "late")
    office.wait(2)
    office.do(deliver_notice, record="r1", actor="clerk")

    assert office.record("r1").force_on == date(2026, 3, 19)
    office.wait(6)
    assert (office.state("r1"), office.score("lin")) == ("approved", 1000)
    office.wait(1)
    assert (office.state("r1"), office.score("lin")) == ("in_force", 999)
    assert office.life("r1")[-1] == ("record_entered_force", "2026-03-19")


def test_a_delivery_told_late_puts_nothing_in_force_before_it_was_told(office: Office) -> None:
    office.approved("r1", "late")
    office.wait(10)
    office.do(deliver_notice, record="r1", actor="clerk", delivered_on=TODAY)

    assert office.life("r1")[-2:] == [("notice_delivered", "2026-03-20"), ("record_entered_force", "2026-03-20")]
    assert office.score_at("lin", date(2026, 3, 19)) == 1000
    assert office.score("lin") == 999


def test_a_demerit_reaches_a_group_mate_who_consented(office: Office) -> None:
    office.approved("r1", "late")
    office.do(deliver_notice, record="r1", actor="clerk")
    office.wait(7)

    assert office.standing("mei").score == 999_900_000
    assert office.standing("zhao").score == 1000 * POINT


def test_bullying_is_never_shared(office: Office) -> None:
    office.approved("r1", "bullying")
    office.do(deliver_notice, record="r1", actor="clerk")
    office.wait(7)

    assert (office.score("lin"), office.score("mei")) == (985, 1000)


def test_a_contested_record_is_out_of_force_from_that_day(office: Office) -> None:
    office.approved("r1")
    office.wait(3)
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")

    assert (office.score("lin"), office.score("mei")) == (1000, 1000)
    assert office.score_at("lin", date(2026, 3, 12)) == 1025
    assert office.score_at("lin", date(2026, 3, 13)) == 1000


def test_the_clock_of_a_contest_counts_seven_working_days_and_thirty_days(office: Office) -> None:
    office.approved("r1")
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")
    contested = office.record("r1")

    assert contested.decide_by == date(2026, 3, 19)
    assert contested.lapses_on == date(2026, 4, 9)


def test_what_is_not_decided_in_thirty_days_is_revoked_on_the_thirtieth(office: Office) -> None:
    office.approved("r1")
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")

    office.wait(29)
    assert office.state("r1") == "contested"
    office.wait(1)
    assert office.state("r1") == "revoked"
    assert office.life("r1")[-1] == ("record_revoked", "2026-04-09")
    assert office.score("lin") == 1000


def test_an_upheld_record_counts_again_from_that_day(office: Office) -> None:
    office.approved("r1")
    office.wait(1)
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")
    office.wait(4)
    office.do(uphold, record="r1", contest="k1", decider="board", reason="confirmed")

    days = [date(2026, 3, day) for day in (10, 11, 14, 15)]
    assert [office.score_at("lin", day) for day in days] == [1025, 1000, 1000, 1025]
    assert office.record("r1").lapses_on is None


def test_upholding_before_the_notice_is_over_leaves_the_record_waiting(office: Office) -> None:
    office.approved("r1", "late")
    office.do(deliver_notice, record="r1", actor="clerk")
    office.wait(2)
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")
    office.wait(3)
    office.do(uphold, record="r1", contest="k1", decider="board", reason="confirmed")

    assert (office.state("r1"), office.score("lin")) == ("approved", 1000)
    office.wait(2)
    assert office.life("r1")[-1] == ("record_entered_force", "2026-03-17")
    assert office.score("lin") == 999


def test_upholding_after_the_notice_is_over_puts_the_record_in_force_that_day(office: Office) -> None:
    office.approved("r1", "late")
    office.do(deliver_notice, record="r1", actor="clerk")
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")
    office.wait(12)
    office.do(uphold, record="r1", contest="k1", decider="board", reason="confirmed")

    assert (office.state("r1"), office.score_at("lin", date(2026, 3, 21)), office.score("lin")) == (
        "in_force",
        1000,
        999,
    )


def test_a_record_upheld_before_its_notice_was_delivered_still_needs_it(office: Office) -> None:
    office.approved("r1", "late")
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")
    office.do(uphold, record="r1", contest="k1", decider="board", reason="confirmed")
    office.wait(30)

    assert (office.state("r1"), office.score("lin")) == ("approved", 1000)


def test_valid_for_the_period_ends_with_the_period_in_which_it_first_enters_force(office: Office) -> None:
    """Contested over the turn of the term, it first counts in the new one."""
    office.wait(date(2026, 8, 10).toordinal() - TODAY.toordinal())
    office.approved("r1", "amends", happened_on=office.clock.today())
    office.do(deliver_notice, record="r1", actor="clerk")
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")
    office.wait(25)
    office.do(uphold, record="r1", contest="k1", decider="board", reason="confirmed")

    assert office.record("r1").valid_until == date(2027, 2, 1)
    assert (office.state("r1"), office.score("lin")) == ("in_force", 998)


def test_a_record_can_be_contested_twice(office: Office) -> None:
    office.approved("r1")
    first = office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")
    office.do(uphold, record="r1", contest="k1", decider="board", reason="confirmed")
    second = office.do(contest, record="r1", contest="k2", contester="parent", reason="disputed")

    assert (first.id, second.id) == ("record/r1/contested/k1", "record/r1/contested/k2")
    assert office.state("r1") == "contested"


def test_a_late_retry_of_a_contest_or_of_its_decision_is_the_first_answer(office: Office) -> None:
    office.approved("r1")
    said = {"record": "r1", "contest": "k1", "contester": "parent", "reason": "it was not she"}
    decided = {"record": "r1", "contest": "k1", "decider": "board", "reason": "it was she"}
    first = office.do(contest, **said)
    upheld = office.do(uphold, **decided)
    office.do(contest, **said | {"contest": "k2", "reason": "there is a witness"})
    before = office.view()

    assert office.do(contest, **said) == first
    assert office.do(uphold, **decided) == upheld
    assert office.view() == before
    assert office.state("r1") == "contested"

    office.do(revoke, record="r1", contest="k2", decider="board", reason="the witness is sure")
    before = office.view()
    assert office.do(contest, **said) == first
    assert office.do(uphold, **decided) == upheld
    assert office.view() == before


def test_a_lapse_is_never_held_up_by_a_record_that_would_reach_too_many(office: Office) -> None:
    office.approved("r1", "diary", happened_on=TODAY - timedelta(days=1))
    office.approved("r2", "diary")
    for tie, member in (("t5", "zhao"), ("t6", "ben"), ("t7", "kid")):
        office.do(
            connect, tie=tie, kind="member_of", source=member, target="g1", actor="clerk", since=TODAY, history=True
        )
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")

    office.wait(30)

    assert (office.state("r1"), office.state("r2"), office.record("r2").points) == ("revoked", "in_force", 0)


def test_a_decision_about_one_contest_decides_no_other(office: Office) -> None:
    office.approved("r1")
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")
    office.do(uphold, record="r1", contest="k1", decider="board", reason="confirmed")
    office.do(contest, record="r1", contest="k2", contester="parent", reason="disputed")

    office.refuses("contest_unknown", revoke, record="r1", contest="k1", decider="board", reason="unfounded")
    office.refuses("already_decided", uphold, record="r1", contest="k1", decider="head", reason="confirmed")
    office.refuses("contest_unknown", uphold, record="r1", contest="k3", decider="head", reason="confirmed")


def test_what_is_said_again_of_who_was_forgotten_is_still_the_first_answer(office: Office) -> None:
    enrolled = {"subject": "ann", "kind": "person", "actor": "clerk", "name": "安", "born_on": date(2000, 1, 1)}
    first = office.do(enrol, **enrolled)
    filed = office.filed("r1", subject="ann", note="a purse")
    rejected = office.do(reject, record="r1", approver="head", reason="nobody saw it")
    office.do(forget, subject="ann", asked_by="ann", approver="head")
    before = office.view()

    assert office.do(enrol, **enrolled) == first
    assert office.filed("r1", subject="ann", note="a purse") == filed
    assert office.do(reject, record="r1", approver="head", reason="nobody saw it") == rejected
    assert office.view() == before


def test_of_who_was_forgotten_no_reason_is_kept(office: Office) -> None:
    office.approved("r1")
    office.do(forget, subject="lin", asked_by="lin", approver="head")

    office.do(revoke, record="r1", decider="board", reason="Lin was not there")

    assert office.service.vault.read(["lin"], DataClass.TEXT) == {}


def test_a_revoked_record_takes_every_share_with_it(office: Office) -> None:
    before = {subject: office.standing(subject) for subject in ("lin", "mei", "zhao")}
    office.approved("r1")
    office.wait(2)
    office.do(revoke, record="r1", decider="board", reason="unfounded")

    assert {subject: office.standing(subject) for subject in ("lin", "mei", "zhao")} == before
    assert office.score_at("mei", date(2026, 3, 11)) == 1004


def test_a_record_counts_to_the_end_of_its_validity_and_not_on_the_day_itself(office: Office) -> None:
    office.approved("r1", "flower")

    assert office.record("r1").valid_until == date(2026, 3, 15)
    office.wait(4)
    assert (office.state("r1"), office.score("lin")) == ("in_force", 1002)
    office.wait(1)
    assert (office.state("r1"), office.score("lin")) == ("expired", 1000)
    assert office.life("r1")[-1] == ("record_expired", "2026-03-15")


def test_late_entry_does_not_extend_validity(office: Office) -> None:
    office.approved("r1", "flower", happened_on=TODAY - timedelta(days=3))

    assert office.record("r1").valid_until == date(2026, 3, 12)


def test_what_is_approved_after_its_validity_counts_on_no_day(office: Office) -> None:
    office.approved("r1", "flower", happened_on=TODAY - timedelta(days=30))

    assert office.life("r1")[-2:] == [("record_approved", "2026-03-10"), ("record_expired", "2026-03-10")]
    assert {office.score_at("lin", TODAY - timedelta(days=back)) for back in range(40)} == {1000}


def test_valid_for_the_period_ends_with_the_term(office: Office) -> None:
    office.approved("r1", "term-star")

    assert office.record("r1").valid_until == date(2026, 9, 1)


def test_a_direct_grade_rules_and_keeps_merit_back_until_it_is_taken_away(office: Office) -> None:
    office.approved("r1")
    office.approved("r2", "fraud")
    office.do(deliver_notice, record="r2", actor="clerk")
    office.wait(7)
    standing = office.standing("lin")
    assert (standing.grade, standing.score, standing.own) == ("D", 1000 * POINT, 0)

    office.do(revoke, record="r2", decider="board", reason="unfounded")

    standing = office.standing("lin")
    assert (standing.grade, standing.score, standing.own) == ("A", 1025 * POINT, 25 * POINT)


def test_a_direct_grade_outlives_a_new_edition(office: Office) -> None:
    """No share reaches this subject, so nothing but the grade tells that it has a standing."""
    office.approved("r1", "fraud")
    office.do(deliver_notice, record="r1", actor="clerk")
    office.wait(7)
    files = FILES | {"school.yaml": FILES["school.yaml"].replace("base: 1000", "base: 1010")}
    office.do(adopt, name="second", files=files, since=office.clock.today() + timedelta(days=1), actor="head")
    office.wait(1)

    assert (office.standing("lin").grade, office.standing("lin").score) == ("D", 1010 * POINT)


def test_a_repaired_record_is_replaced_by_a_lighter_one(office: Office) -> None:
    office.approved("r1", "bullying")
    office.do(deliver_notice, record="r1", actor="clerk")
    office.wait(30)
    assert office.score("lin") == 985

    office.do(repair, record="r1", asked_by="parent", decider="board")

    repaired = office.record("r1")
    assert repaired.replaced_by is not None
    lighter = office.record(repaired.replaced_by)
    assert (lighter.rule, lighter.replaces, lighter.points, lighter.happened_on, lighter.state) == (
        "amends",
        "r1",
        -2 * POINT,
        date(2026, 4, 9),
        "approved",
    )
    assert office.score("lin") == 1000
    office.do(deliver_notice, record=lighter.id, actor="clerk")
    office.wait(7)
    assert office.score("lin") == 998


def test_a_repair_without_a_lighter_rule_leaves_nothing(office: Office) -> None:
    office.approved("r1", "late")
    office.do(deliver_notice, record="r1", actor="clerk")
    office.wait(7)
    office.do(repair, record="r1", asked_by="parent", decider="board")

    assert (office.state("r1"), office.record("r1").replaced_by, office.score("lin")) == ("repaired", None, 1000)


def test_the_second_of_two_is_doubled_and_single_again_when_the_first_is_revoked(office: Office) -> None:
    office.approved("r1", "late")
    office.approved("r2", "late")
    assert office.record("r2").points == -2 * POINT

    office.wait(1)
    office.do(revoke, record="r1", decider="board", reason="unfounded")

    assert office.record("r2").points == -1 * POINT
    assert office.life("r2")[-1] == ("record_reassessed", "2026-03-11")


def test_hours_add_up_to_tiers_and_are_counted_anew_when_some_are_revoked(office: Office) -> None:
    office.approved("r1", "hours", quantity=3 * POINT)
    office.approved("r2", "hours", quantity=3 * POINT)
    office.approved("r3", "hours", quantity=4 * POINT)
    assert [office.record(record).points for record in ("r1", "r2", "r3")] == [0, POINT, 2 * POINT]

    office.do(revoke, record="r1", decider="board", reason="unfounded")

    assert [office.record(record).points for record in ("r2", "r3")] == [0, POINT]
    assert office.score("lin") == 1001


def test_the_second_diary_of_a_term_gives_nothing_until_the_first_is_revoked(office: Office) -> None:
    office.approved("r1", "diary")
    office.approved("r2", "diary")
    assert (office.record("r2").points, office.score("lin")) == (0, 1003)

    office.do(revoke, record="r1", decider="board", reason="unfounded")

    assert (office.record("r2").points, office.score("lin")) == (3 * POINT, 1003)


def test_an_imported_record_counts_from_the_day_it_was_approved_elsewhere(office: Office) -> None:
    office.filed("r1", happened_on=date(2026, 3, 2))
    head = office.do(approve, record="r1", approver="head", history_on=date(2026, 3, 5))

    assert office.life("r1")[-1] == ("record_approved", "2026-03-05")
    assert [office.score_at("lin", date(2026, 3, day)) for day in (4, 5)] == [1000, 1025]
    assert office.score_at("lin", date(2026, 3, 5), head.seq - 1) == 1000


def test_an_imported_demerit_counts_from_the_end_of_its_notice_days(office: Office) -> None:
    office.filed("r1", "late", happened_on=date(2026, 3, 1))
    office.do(approve, record="r1", approver="head", history_on=date(2026, 3, 1))

    assert [office.score_at("lin", date(2026, 3, day)) for day in (7, 8)] == [1000, 999]


def test_an_imported_demerit_whose_notice_is_not_over_waits_for_the_day(office: Office) -> None:
    office.filed("r1", "late", happened_on=date(2026, 3, 8))
    office.do(approve, record="r1", approver="head", history_on=date(2026, 3, 8))

    assert office.state("r1") == "approved"
    office.wait(5)
    assert office.life("r1")[-1] == ("record_entered_force", "2026-03-15")


def test_missed_days_are_worked_off_in_order_and_each_step_on_its_own_day(office: Office) -> None:
    office.approved("r1", "flower")
    office.approved("r2", "late")
    office.do(deliver_notice, record="r2", actor="clerk")
    office.approved("r3")
    office.do(contest, record="r3", contest="k1", contester="parent", reason="disputed")
    known = office.view().journal[-1].seq

    office.wait(40)

    done = [
        (entry.asked.get("record") or entry.asked["day"], str(entry.kind)) for entry in office.view().journal[known:]
    ]
    assert [name for name, kind in done if kind == "day_ticked"] == [
        (TODAY + timedelta(days=day)).isoformat() for day in range(1, 41)
    ]
    steps = [(number, name, kind) for number, (name, kind) in enumerate(done) if kind != "day_ticked"]
    assert steps == [
        (4, "r1", "record_expired"),
        (7, "r2", "record_entered_force"),
        (31, "r3", "record_revoked"),
    ]


def test_a_day_in_small_pages_is_the_same_day(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "DUE_PER_PAGE", 2)
    for number in range(5):
        office.approved(f"r{number}", "flower")

    office.wait(6)

    assert {office.state(f"r{number}") for number in range(5)} == {"expired"}
    assert office.score("lin") == 1000


def test_ties_carry_what_happens_while_they_hold_and_nothing_else(office: Office) -> None:
    office.do(disconnect, tie="t2", actor="clerk")
    office.approved("r1")
    office.wait(1)
    office.approved("r2", happened_on=office.clock.today())

    assert office.score("mei") == 1004


def test_a_mentor_shares_nothing_before_the_tie_has_vested(office: Office) -> None:
    office.approved("r1", happened_on=date(2026, 3, 3))
    assert office.standing("zhao").shared == 0

    office.approved("r2", happened_on=date(2026, 3, 4))
    assert office.standing("zhao").shared == 2_500_000


def test_a_voided_tie_carries_nothing_from_today_on_and_what_it_did_before(office: Office) -> None:
    office.approved("r1")
    office.wait(2)
    entry = office.do(void_tie, tie="t2", actor="head", reason="mistaken")

    assert office.score("mei") == 1000
    assert office.score_at("mei", date(2026, 3, 11)) == 1004
    assert office.score_at("mei", date(2026, 3, 12), entry.seq - 1) == 1004


def test_when_a_tie_is_voided_another_walk_takes_over(office: Office) -> None:
    office.do(
        connect,
        tie="t9",
        kind="mentors",
        source="mei",
        target="lin",
        actor="clerk",
        since=date(2026, 3, 1),
        history=True,
    )
    office.approved("r1")
    assert office.standing("mei").shared == 4 * POINT

    office.do(void_tie, tie="t2", actor="head", reason="mistaken")

    assert office.standing("mei").shared == 2_500_000
    with office.service.reading() as reading:
        act = office.record("r1").act
        shares = strongest(act, reading.walks_from(act, Moment(TODAY, LATEST - 1)))
    assert [(share.target, share.route, share.walk) for share in shares] == [
        ("lin", "own", ()),
        ("mei", "mentor", ("t9",)),
        ("zhao", "mentor", ("t3",)),
    ]


def test_an_import_may_not_change_what_a_record_gave_before_it_was_assessed_again(office: Office) -> None:
    """Today's walk over the mentor is stronger, but with yesterday's points the walk over the group would have been."""
    school = FILES["school.yaml"].replace(
        "merit: {percent: 10}\n", "merit: {percent: 10}\n    demerit: {fixed: 0.15}\n"
    )
    office.do(adopt, name="fixed", files=FILES | {"school.yaml": school}, since=date(2026, 3, 11), actor="head")
    office.do(disconnect, tie="t2", actor="clerk", until=date(2026, 3, 2), history=True)
    office.do(connect, tie="t9", kind="mentors", source="mei", target="lin", actor="clerk", since=JOINED, history=True)
    office.wait(3)
    for record in ("r1", "r2"):
        office.approved(record, "late", happened_on=office.clock.today())
        office.do(deliver_notice, record=record, actor="clerk")
    office.wait(8)
    office.do(revoke, record="r1", decider="board", reason="unfounded")
    assert office.standing("mei").shared == -150_000
    office.wait(1)

    refusal = office.refuses(
        "history_touched",
        connect,
        tie="t8",
        kind="member_of",
        source="mei",
        target="g1",
        actor="clerk",
        since=date(2026, 3, 12),
        history=True,
    )

    assert refusal.parameters["records"] == "r2"


def test_an_import_may_not_change_what_a_record_gave_before_it_was_assessed_to_nothing(office: Office) -> None:
    office.do(disconnect, tie="t2", actor="clerk", until=date(2026, 3, 2), history=True)
    office.approved("r1", "hours", quantity=3 * POINT)
    office.approved("r2", "hours", quantity=3 * POINT)
    office.wait(1)
    office.do(revoke, record="r1", decider="board", reason="unfounded")
    assert office.record("r2").points == 0

    office.refuses(
        "history_touched",
        connect,
        tie="t8",
        kind="member_of",
        source="mei",
        target="g1",
        actor="clerk",
        since=date(2026, 3, 5),
        history=True,
    )


def test_an_import_is_looked_at_between_two_voids_too(empty: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the first day and on the last, stronger walks would hide the new one; between two voids there was none."""
    ties = FILES["ties.yaml"].replace("each_source_at_most: 1", "each_source_at_most: 9")
    monkeypatch.setattr("tests.office.FILES", FILES | {"ties.yaml": ties})
    office = furnish(empty)
    past = {"kind": "member_of", "actor": "clerk", "since": JOINED, "history": True}
    office.do(enrol, subject="g3", kind="study_group", actor="clerk", since=JOINED)
    office.do(connect, tie="u1", source="lin", target="g2", **past)
    office.do(connect, tie="u2", source="mei", target="g2", **past)
    office.do(grant_waiver, waiver="w1", member="lin", group="g2", actor="clerk", since=JOINED, history=True)
    office.approved("r1", "late")
    office.do(deliver_notice, record="r1", actor="clerk")
    office.wait(8)
    office.do(void_tie, tie="t1", actor="head", reason="mistaken")
    office.wait(2)
    office.do(void_waiver, waiver="w1", actor="head", reason="mistaken")
    office.wait(2)
    office.do(connect, tie="v1", source="lin", target="g3", **past)

    refusal = office.refuses("history_touched", connect, tie="v2", source="mei", target="g3", **past)

    assert refusal.parameters["records"] == "r1"
