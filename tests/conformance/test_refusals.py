"""Every refusal that an action can raise is raised here; nothing is changed by any, in any store."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from graph_service import actions
from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect, disconnect, void_tie
from graph_service.actions.consent import (
    end_waiver,
    give_consent,
    grant_waiver,
    void_consent,
    void_waiver,
    withdraw_consent,
)
from graph_service.actions.decide import approve, contest, deliver_notice, reject, repair, revoke, uphold
from graph_service.actions.desk import Desk
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.actions.forget import forget
from graph_service.actions.import_records import import_records
from graph_service.actions.sweep import sweep
from graph_service.errors import Refusal
from graph_service.lookups import book, proposal
from graph_service.model.points import POINT
from graph_service.ports.vault import Profile
from graph_service.scoring import assess
from tests.office import FILES, SCHOOL, TODAY, Office

TOMORROW = TODAY + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)

#: A policy of another scheme alone.
SHOP = {"shop.yaml": SCHOOL.replace("scheme: school", "scheme: shop"), "ties.yaml": FILES["ties.yaml"]}

Before = Callable[[Office], Any]


@dataclass(frozen=True)
class Case:
    """What is asked, after what, and how it is refused."""

    code: str
    action: Callable[..., Any]
    said: dict[str, Any]
    #: Parameters of the refusal that matter.
    told: dict[str, Any] = field(default_factory=dict)
    before: Before = lambda office: None


TIE = {"tie": "t9", "kind": "mentors", "source": "mei", "target": "ben", "actor": "clerk"}
CONSENT = {"consent": "c9", "subject": "zhao", "purpose": "sharing", "actor": "clerk"}
WAIVER = {"waiver": "w9", "member": "lin", "group": "g1", "actor": "clerk"}
RECORD = {
    "record": "r9",
    "subject": "lin",
    "scheme": "school",
    "rule": "found",
    "happened_on": TODAY,
    "filer": "teacher",
}
SUBJECT = {"subject": "new", "kind": "person", "actor": "clerk"}


def nothing(_: Office) -> None:
    """Nothing happened before."""


def strangers(office: Office) -> None:
    office.service.vault.put_profiles({f"stranger-{number}": Profile(name="安") for number in range(7)})


def swept(desk: Desk) -> int:
    return sweep(desk.page, desk.vault)


def end_ben(office: Office) -> None:
    office.do(forget, subject="ben", asked_by="clerk", approver="head")
    office.wait(1)


def filed(rule: str) -> Before:
    return lambda office: office.filed("r1", rule)


def approved(rule: str, subject: str = "lin") -> Before:
    return lambda office: office.approved("r1", rule, subject)


def contested(rule: str) -> Before:
    def before(office: Office) -> None:
        office.approved("r1", rule)
        office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")

    return before


def revoked(office: Office) -> None:
    office.approved("r1")
    office.do(revoke, record="r1", decider="board", reason="unfounded")


def crowded(office: Office) -> None:
    for tie, member in (("t5", "zhao"), ("t6", "ben"), ("t7", "kid")):
        office.do(
            connect, tie=tie, kind="member_of", source=member, target="g1", actor="clerk", since=TODAY, history=True
        )


def crowded_diaries(office: Office) -> None:
    """The second diary of a term gives nothing, so it touches nothing that the group has grown before it."""
    office.approved("r1", "diary", happened_on=YESTERDAY)
    office.approved("r2", "diary")
    crowded(office)


def waived_crowd(office: Office) -> None:
    """A waiver keeps a demerit from three who have all consented."""
    office.do(grant_waiver, **WAIVER, since=TODAY, history=True)
    crowded(office)
    for consent, subject, guardian in (("c5", "zhao", None), ("c6", "ben", "zhao"), ("c7", "kid", "zhao")):
        if subject == "ben":
            office.do(
                connect,
                tie="t8",
                kind="guardian_of",
                source="zhao",
                target="ben",
                actor="clerk",
                since=TODAY,
                history=True,
            )
        office.do(
            give_consent,
            consent=consent,
            subject=subject,
            guardian=guardian,
            purpose="sharing",
            actor="clerk",
            since=TODAY,
            history=True,
        )
    office.filed("r1", "late")


def waived(office: Office) -> None:
    office.do(grant_waiver, **WAIVER)


def voided(office: Office) -> None:
    office.do(void_tie, tie="t1", actor="head", reason="mistaken")
    office.do(void_consent, consent="c1", actor="head", reason="mistaken")
    office.do(grant_waiver, **WAIVER)
    office.do(void_waiver, waiver="w9", actor="head", reason="mistaken")


CASES = {
    # Ids and repetition
    "an id with a blank": Case("id_malformed", enrol, SUBJECT | {"subject": "new one"}, {"field": "id"}),
    "an id that is too long": Case("id_malformed", connect, TIE | {"tie": "t" * 65}, {"field": "id"}),
    "an empty id": Case("id_malformed", file_record, RECORD | {"record": ""}, {"field": "id"}),
    "an identity card number as an id": Case(
        "id_personal", enrol, SUBJECT | {"subject": "37108119900101123X"}, {"field": "id"}
    ),
    "a telephone number as an id": Case("id_personal", file_record, RECORD | {"record": "13800138000"}),
    "a consent under a telephone number": Case("id_personal", give_consent, CONSENT | {"consent": "13800138000"}),
    "a waiver under a telephone number": Case("id_personal", grant_waiver, WAIVER | {"waiver": "13800138000"}),
    "the same record with another rule": Case(
        "exists_differently", file_record, RECORD | {"record": "r1", "rule": "diary"}, {"field": "rule"}, filed("found")
    ),
    "an identifier of another's": Case(
        "identifier_taken",
        enrol,
        SUBJECT | {"identifiers": {"roll": "7"}},
        {"holder": "ann"},
        lambda office: office.do(enrol, subject="ann", kind="person", actor="clerk", identifiers={"roll": "7"}),
    ),
    "an actor named by name": Case("id_malformed", connect, TIE | {"actor": "王老师"}, {"field": "actor"}),
    "a filer named by a telephone number": Case("id_personal", file_record, RECORD | {"filer": "13800138000"}),
    "an asker named by name": Case(
        "id_malformed",
        repair,
        {"record": "r1", "asked_by": "王 家长", "decider": "board"},
        {"field": "asked_by"},
        approved("late"),
    ),
    # Unknown things
    "nobody forgotten": Case("subject_unknown", forget, {"subject": "no", "asked_by": "clerk", "approver": "head"}),
    "a record of nobody": Case("subject_unknown", file_record, RECORD | {"subject": "no"}, {"field": "subject"}),
    "a tie from nobody": Case("subject_unknown", connect, TIE | {"source": "no"}, {"field": "source"}),
    "a tie to nobody": Case("subject_unknown", connect, TIE | {"target": "no"}, {"field": "target"}),
    "a consent of nobody": Case("subject_unknown", give_consent, CONSENT | {"subject": "no"}),
    "a guardian who is nobody": Case(
        "subject_unknown", give_consent, CONSENT | {"subject": "kid", "guardian": "no"}, {"field": "guardian"}
    ),
    "a waiver for nobody": Case("subject_unknown", grant_waiver, WAIVER | {"member": "no"}, {"field": "member"}),
    "a waiver from no group": Case("subject_unknown", grant_waiver, WAIVER | {"group": "no"}, {"field": "group"}),
    "a record of someone forgotten": Case("subject_ended", file_record, RECORD | {"subject": "ben"}, {}, end_ben),
    "a kind of subject that is none": Case("kind_unknown", enrol, SUBJECT | {"kind": "robot"}, {"kind": "robot"}),
    "a kind of tie that is none": Case("kind_unknown", connect, TIE | {"kind": "likes"}, {"field": "kind"}),
    "a scheme that is none": Case("scheme_unknown", file_record, RECORD | {"scheme": "shop"}, {"known": "school"}),
    "a rule that is none": Case("rule_unknown", file_record, RECORD | {"rule": "singing"}, {"field": "rule"}),
    "an end to no tie": Case("tie_unknown", disconnect, {"tie": "no", "actor": "clerk"}),
    "no tie voided": Case("tie_unknown", void_tie, {"tie": "no", "actor": "clerk", "reason": "mistaken"}),
    "no consent withdrawn": Case("consent_unknown", withdraw_consent, {"consent": "no", "actor": "clerk"}),
    "no consent voided": Case(
        "consent_unknown", void_consent, {"consent": "no", "actor": "clerk", "reason": "mistaken"}
    ),
    "no waiver ended": Case("waiver_unknown", end_waiver, {"waiver": "no", "actor": "clerk"}),
    "no waiver voided": Case("waiver_unknown", void_waiver, {"waiver": "no", "actor": "clerk", "reason": "mistaken"}),
    "no record approved": Case("record_unknown", approve, {"record": "no", "approver": "head"}),
    "no record rejected": Case("record_unknown", reject, {"record": "no", "approver": "head", "reason": "unfounded"}),
    "no record notified": Case("record_unknown", deliver_notice, {"record": "no", "actor": "clerk"}),
    "no record contested": Case(
        "record_unknown", contest, {"record": "no", "contest": "k1", "contester": "parent", "reason": "disputed"}
    ),
    "no record upheld": Case(
        "record_unknown", uphold, {"record": "no", "contest": "k1", "decider": "board", "reason": "confirmed"}
    ),
    "no record revoked": Case("record_unknown", revoke, {"record": "no", "decider": "board", "reason": "unfounded"}),
    "no record repaired": Case("record_unknown", repair, {"record": "no", "asked_by": "lin", "decider": "board"}),
    "a record of before the first policy": Case(
        "policy_missing",
        file_record,
        RECORD | {"happened_on": date(2025, 8, 31)},
        {"on": "2025-08-31"},
    ),
    # Policies
    "a policy with a fault": Case(
        "policy_faulty",
        adopt,
        {"name": "x", "files": FILES | {"school.yaml": "scheme: school"}, "since": TOMORROW, "actor": "head"},
    ),
    "a second edition of today": Case(
        "edition_backdated",
        adopt,
        {"name": "x", "files": FILES, "since": TODAY, "actor": "head"},
        {"earliest": "2026-03-11", "scheme": "school"},
    ),
    "an edition that leaves a scheme out": Case(
        "edition_drops_scheme",
        adopt,
        {"name": "x", "files": SHOP, "since": TOMORROW, "actor": "head"},
        {"scheme": "school"},
    ),
    "an edition before the last": Case(
        "edition_out_of_order",
        adopt,
        {"name": "y", "files": FILES, "since": TODAY + timedelta(days=3), "actor": "head"},
        {"latest": "2026-03-15"},
        lambda office: office.do(adopt, name="x", files=FILES, since=TODAY + timedelta(days=5), actor="head"),
    ),
    # Days
    "a record of tomorrow": Case(
        "day_in_future", file_record, RECORD | {"happened_on": TOMORROW}, {"field": "happened_on"}
    ),
    "a birth of tomorrow": Case("day_in_future", enrol, SUBJECT | {"born_on": TOMORROW}, {"field": "born_on"}),
    "an approval of tomorrow": Case(
        "day_in_future", approve, {"record": "r1", "approver": "head", "history_on": TOMORROW}, {}, filed("found")
    ),
    "a delivery of tomorrow": Case(
        "day_in_future",
        deliver_notice,
        {"record": "r1", "actor": "clerk", "delivered_on": TOMORROW},
        {},
        approved("late"),
    ),
    "an approval before the behaviour": Case(
        "day_too_early", approve, {"record": "r1", "approver": "head", "history_on": YESTERDAY}, {}, filed("found")
    ),
    "a delivery before the approval": Case(
        "day_too_early",
        deliver_notice,
        {"record": "r1", "actor": "clerk", "delivered_on": YESTERDAY},
        {},
        approved("late"),
    ),
    "a tie that ends as it begins": Case("days_reversed", connect, TIE | {"since": TOMORROW, "until": TOMORROW}),
    "a consent that ends before it begins": Case(
        "days_reversed", give_consent, CONSENT | {"since": TOMORROW, "until": TODAY}
    ),
    "a waiver that ends as it begins": Case(
        "days_reversed", grant_waiver, WAIVER | {"since": TOMORROW, "until": TOMORROW}
    ),
    "a tie that ended before it began": Case(
        "days_reversed", disconnect, {"tie": "t1", "actor": "clerk", "until": date(2026, 3, 1), "history": True}
    ),
    "a record of before the birth year": Case(
        "before_subject",
        file_record,
        RECORD | {"subject": "g1", "rule": "honour", "happened_on": date(2025, 8, 31)},
        {"since": "2025-09-01"},
    ),
    "a tie of before the group": Case(
        "before_subject",
        connect,
        TIE | {"kind": "member_of", "target": "g1", "source": "zhao", "since": date(2025, 8, 31), "history": True},
        {"field": "since", "subject": "g1"},
    ),
    "a tie from today on": Case("backdated", connect, TIE | {"since": TODAY}, {"earliest": "2026-03-11"}),
    "an end of today": Case("backdated", disconnect, {"tie": "t1", "actor": "clerk", "until": TODAY}),
    "a consent from today on": Case("backdated", give_consent, CONSENT | {"since": TODAY}),
    "a consent withdrawn today": Case(
        "backdated", withdraw_consent, {"consent": "c1", "actor": "clerk", "until": TODAY}
    ),
    "a waiver from today on": Case("backdated", grant_waiver, WAIVER | {"since": TODAY}),
    "a waiver ended today": Case(
        "backdated",
        end_waiver,
        {"waiver": "w9", "actor": "clerk", "until": TODAY},
        {},
        lambda office: office.do(grant_waiver, **WAIVER, since=YESTERDAY, history=True),
    ),
    "an imported tie that would carry a record": Case(
        "history_touched",
        connect,
        TIE | {"kind": "member_of", "source": "zhao", "target": "g1", "since": TODAY, "history": True},
        {"records": "r1"},
        approved("found", subject="mei"),
    ),
    "an imported end of a tie that carries a record": Case(
        "history_touched",
        disconnect,
        {"tie": "t1", "actor": "clerk", "until": TODAY, "history": True},
        {"records": "r1"},
        approved("found"),
    ),
    "an imported waiver that would stop a record": Case(
        "history_touched", grant_waiver, WAIVER | {"since": TODAY, "history": True}, {"records": "r1"}, approved("late")
    ),
    "an imported end of a consent that let a record pass": Case(
        "history_touched",
        withdraw_consent,
        {"consent": "c2", "actor": "clerk", "until": TODAY, "history": True},
        {"records": "r1"},
        approved("late"),
    ),
    "rows that were weighed at another head": Case(
        "journal_went_on", import_records, {"rows": (), "actor": "clerk", "after": 1}, {"weighed_at": 1}
    ),
    # Ties, consents, waivers
    "a mentor of a group": Case("tie_ends_unfit", connect, TIE | {"target": "g1"}, {"allowed": "person -> person"}),
    "a tie to oneself": Case("tie_to_itself", connect, TIE | {"target": "mei"}),
    "a second group": Case(
        "tie_too_many",
        connect,
        TIE | {"kind": "member_of", "source": "lin", "target": "g2"},
        {"limit": 1, "end": "source", "ties": "t1"},
    ),
    "an attribute that is none": Case(
        "tie_attribute_unfit",
        connect,
        TIE | {"kind": "member_of", "source": "ben", "target": "g1", "attributes": {"seat": "3"}},
        {"field": "seat"},
    ),
    "a percentage over 100": Case(
        "tie_attribute_unfit",
        connect,
        TIE | {"kind": "member_of", "source": "ben", "target": "g1", "attributes": {"share": "100.01"}},
        {"field": "share"},
    ),
    "a contest that is not open": Case(
        "contest_unknown",
        uphold,
        {"record": "r1", "contest": "k9", "decider": "board", "reason": "confirmed"},
        {"contest": "k9", "record": "r1", "field": "contest"},
        contested("found"),
    ),
    "a record approved by somebody else": Case(
        "already_decided", approve, {"record": "r1", "approver": "board"}, {"person": "head"}, approved("found")
    ),
    "a record approved by the day itself": Case(
        "actor_reserved", approve, {"record": "r1", "approver": "tick"}, {"field": "approver"}, filed("found")
    ),
    "a record filed by a bridge": Case("actor_reserved", file_record, RECORD | {"filer": "Bridge"}, {"field": "filer"}),
    "a tie opened by the day itself": Case("actor_reserved", connect, TIE | {"actor": "tick"}, {"field": "actor"}),
    **{
        f"no reason to {action.__name__}": Case(
            "reason_missing", action, said | {"reason": " \n"}, {"field": "reason"}, before
        )
        for action, said, before in (
            (void_tie, {"tie": "t1", "actor": "head"}, nothing),
            (void_consent, {"consent": "c1", "actor": "head"}, nothing),
            (void_waiver, {"waiver": "w9", "actor": "head"}, waived),
            (reject, {"record": "r1", "approver": "head"}, filed("found")),
            (contest, {"record": "r1", "contest": "k1", "contester": "parent"}, approved("found")),
            (uphold, {"record": "r1", "contest": "k1", "decider": "board"}, contested("found")),
            (revoke, {"record": "r1", "decider": "board"}, approved("found")),
        )
    },
    "a sweep of another store's vault": Case("vault_unfit", swept, {}, {"held": 11, "unknown": 7}, strangers),
    "an end to a voided tie": Case("already_ended", disconnect, {"tie": "t1", "actor": "clerk"}, {}, voided),
    "an end to a voided consent": Case(
        "already_ended", withdraw_consent, {"consent": "c1", "actor": "clerk"}, {}, voided
    ),
    "an end to a voided waiver": Case(
        "already_ended", end_waiver, {"waiver": "w9", "actor": "clerk", "until": date(2026, 3, 12)}, {}, voided
    ),
    "a later end than there is": Case(
        "already_ended",
        disconnect,
        {"tie": "t9", "actor": "clerk", "until": date(2026, 3, 20)},
        {"until": "2026-03-15"},
        lambda office: office.do(connect, **TIE, until=date(2026, 3, 15)),
    ),
    "a purpose that nothing asks for": Case("purpose_unknown", give_consent, CONSENT | {"purpose": "marketing"}),
    "a child that consents itself": Case("guardian_missing", give_consent, CONSENT | {"subject": "kid"}),
    "someone of unknown age who consents": Case("guardian_missing", give_consent, CONSENT | {"subject": "ben"}),
    "a guardian who is none": Case("guardian_unfit", give_consent, CONSENT | {"subject": "kid", "guardian": "mei"}),
    "a guardian for a grown-up": Case("guardian_unneeded", give_consent, CONSENT | {"guardian": "mei"}),
    "a guardian for a group": Case("guardian_unneeded", give_consent, CONSENT | {"subject": "g1", "guardian": "mei"}),
    # Records
    "a person's record for a group's rule": Case("subject_kind_unfit", file_record, RECORD | {"rule": "honour"}),
    "a gift of no amount": Case("quantity_missing", file_record, RECORD | {"rule": "donation"}, {"unit": "yuan"}),
    "an amount of lost property": Case("quantity_unneeded", file_record, RECORD | {"quantity": POINT}),
    "a gift of nothing": Case("quantity_out_of_range", file_record, RECORD | {"rule": "donation", "quantity": 0}),
    "a gift of less than nothing": Case(
        "quantity_out_of_range", file_record, RECORD | {"rule": "donation", "quantity": -1}
    ),
    "a gift beyond all measure": Case(
        "quantity_out_of_range", file_record, RECORD | {"rule": "donation", "quantity": 10**12 + 1}
    ),
    "points left out of a range": Case("points_missing", file_record, RECORD | {"rule": "kindness"}),
    "points where they are fixed": Case("points_fixed", file_record, RECORD | {"points": POINT}),
    "points above the range": Case(
        "points_out_of_range",
        file_record,
        RECORD | {"rule": "kindness", "points": 5 * POINT + 1},
        {"points": "5.000001"},
    ),
    "points below the range": Case(
        "points_out_of_range", file_record, RECORD | {"rule": "kindness", "points": POINT - 1}, {"lowest": "1"}
    ),
    "a record that would reach three": Case(
        "fan_out_exceeded",
        file_record,
        RECORD,
        {"route": "study-group", "record": "r9", "reached": 4, "fan_out": 2},
        crowded,
    ),
    "a waiver voided that keeps too many away": Case(
        "fan_out_exceeded",
        void_waiver,
        {"waiver": "w9", "actor": "head", "reason": "mistaken"},
        {"record": "r1", "reached": 4},
        waived_crowd,
    ),
    "a revocation after which another record would reach too many": Case(
        "fan_out_exceeded",
        revoke,
        {"record": "r1", "decider": "board", "reason": "unfounded"},
        {"route": "study-group", "record": "r2", "reached": 4},
        crowded_diaries,
    ),
    "an approval by the filer": Case(
        "roles_held_by_one", approve, {"record": "r1", "approver": "teacher"}, {"first": "filer"}, filed("found")
    ),
    "an approval by the one it is about": Case(
        "roles_held_by_one", approve, {"record": "r1", "approver": "lin"}, {"first": "subject"}, filed("found")
    ),
    "a rejection by the filer": Case(
        "roles_held_by_one",
        reject,
        {"record": "r1", "approver": "teacher", "reason": "unfounded"},
        {"first": "filer"},
        filed("found"),
    ),
    "a decision by who contested": Case(
        "roles_held_by_one",
        uphold,
        {"record": "r1", "contest": "k1", "decider": "parent", "reason": "confirmed"},
        {"first": "contester"},
        contested("found"),
    ),
    "a decision by the filer": Case(
        "roles_held_by_one",
        uphold,
        {"record": "r1", "contest": "k1", "decider": "teacher", "reason": "confirmed"},
        {"first": "filer"},
        contested("found"),
    ),
    "a revocation by the one it is about": Case(
        "roles_held_by_one",
        revoke,
        {"record": "r1", "decider": "lin", "reason": "unfounded"},
        {"first": "subject"},
        approved("late"),
    ),
    "a revocation by who contests it": Case(
        "roles_held_by_one",
        revoke,
        {"record": "r1", "decider": "parent", "reason": "unfounded"},
        {"first": "contester"},
        contested("found"),
    ),
    "a rejection by the subject": Case(
        "roles_held_by_one",
        reject,
        {"record": "r1", "approver": "lin", "reason": "unfounded"},
        {"first": "subject"},
        filed("found"),
    ),
    "a repair by who asks for it": Case(
        "roles_held_by_one",
        repair,
        {"record": "r1", "asked_by": "parent", "decider": "parent"},
        {"first": "asker"},
        approved("late"),
    ),
    "a person forgotten by one alone": Case(
        "roles_held_by_one",
        forget,
        {"subject": "lin", "asked_by": "clerk", "approver": "clerk"},
        {"second": "approver"},
    ),
    "an approval of what is rejected": Case(
        "state_unfit",
        approve,
        {"record": "r1", "approver": "head"},
        {"state": "rejected", "allowed": "filed"},
        lambda office: (office.filed("r1"), office.do(reject, record="r1", approver="head", reason="unfounded")),
    ),
    "a rejection of what is in force": Case(
        "state_unfit",
        reject,
        {"record": "r1", "approver": "head", "reason": "unfounded"},
        {"state": "in_force"},
        approved("found"),
    ),
    "a notice of what is in force": Case(
        "state_unfit", deliver_notice, {"record": "r1", "actor": "clerk"}, {"allowed": "approved"}, approved("found")
    ),
    "a contest of what is filed": Case(
        "state_unfit",
        contest,
        {"record": "r1", "contest": "k1", "contester": "parent", "reason": "disputed"},
        {"allowed": "approved, in_force"},
        filed("found"),
    ),
    "a contest of what is revoked": Case(
        "state_unfit",
        contest,
        {"record": "r1", "contest": "k1", "contester": "parent", "reason": "disputed"},
        {},
        revoked,
    ),
    "upholding what nobody contests": Case(
        "state_unfit",
        uphold,
        {"record": "r1", "contest": "k1", "decider": "board", "reason": "confirmed"},
        {"allowed": "contested"},
        approved("found"),
    ),
    "a revocation of what is filed": Case(
        "state_unfit",
        revoke,
        {"record": "r1", "decider": "board", "reason": "unfounded"},
        {"allowed": "approved, contested, expired, in_force"},
        filed("late"),
    ),
    "a repair of what is revoked": Case(
        "state_unfit", repair, {"record": "r1", "asked_by": "lin", "decider": "board"}, {"state": "revoked"}, revoked
    ),
    "a repair of what cannot be": Case(
        "not_repairable", repair, {"record": "r1", "asked_by": "mei", "decider": "board"}, {}, approved("found")
    ),
    "a repair that comes too early": Case(
        "repair_too_early",
        repair,
        {"record": "r1", "asked_by": "lin", "decider": "board"},
        {"record": "r1", "earliest": "2026-04-09"},
        approved("bullying"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_and_nothing_changes(office: Office, name: str) -> None:
    case = CASES[name]
    case.before(office)

    refusal = office.refuses(case.code, case.action, **case.said)

    assert {key: refusal.parameters.get(key) for key in case.told} == case.told


def test_without_a_policy_nothing_can_be_connected(empty: Office) -> None:
    empty.do(enrol, subject="lin", kind="person", actor="clerk")
    empty.do(enrol, subject="mei", kind="person", actor="clerk")

    refusal = empty.refuses("policy_missing", connect, **TIE)

    assert refusal.parameters == {"on": "2026-03-10"}


#: What only readings are refused.
READING = {"day_not_worked", "position_unknown"}
#: What takes another policy: test_bridges.py has the cases.
DERIVED = {"rule_derived", "record_follows"}


def test_every_refusal_that_an_action_can_raise_has_a_case() -> None:
    modules = [
        *(
            importlib.import_module(f"{actions.__name__}.{found.name}")
            for found in pkgutil.iter_modules(actions.__path__)
        ),
        book,
        proposal,
        assess,
    ]
    raised = {
        value.code
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Refusal) and value.code != Refusal.code
    }
    raised |= {"policy_faulty"}

    assert raised - READING - DERIVED - {case.code for case in CASES.values()} == set()
