"""Forgetting a person: who it was is gone, what everybody else has stays, and nothing more is carried."""

from __future__ import annotations

from datetime import date

from graph_service.actions.connect import connect
from graph_service.actions.consent import give_consent
from graph_service.actions.enrol import enrol
from graph_service.actions.forget import forget
from tests.office import JOINED, TODAY, Office


def test_everybody_else_keeps_what_the_forgotten_gave(office: Office) -> None:
    office.approved("r1")
    office.do(forget, subject="lin", asked_by="clerk", approver="head")
    office.wait(1)

    assert office.score("mei") == 1004
    assert office.standing("zhao").shared == 2_500_000


def test_ties_and_consents_end_overnight(office: Office) -> None:
    office.do(forget, subject="lin", asked_by="clerk", approver="head")

    with office.service.reading() as reading:
        ties = {tie.id: tie.until for tie in reading.ties(after=None, limit=10)}
        consents = {consent.id: consent.until for consent in reading.consents(after=None, limit=10)}
    assert ties == {"t1": date(2026, 3, 11), "t2": None, "t3": date(2026, 3, 11), "t4": None}
    assert consents == {"c1": date(2026, 3, 11), "c2": None}


def test_a_person_may_have_a_tie_and_a_consent_of_the_same_name(office: Office) -> None:
    office.do(connect, tie="x1", kind="mentors", source="mei", target="ben", actor="clerk", since=JOINED, history=True)
    office.do(give_consent, consent="x1", subject="mei", purpose="sharing", actor="clerk", since=JOINED, history=True)

    office.do(forget, subject="mei", asked_by="clerk", approver="head")

    assert [entry.entered_on for entry in office.view().journal][-1] == TODAY


def test_two_who_are_tied_can_both_be_forgotten(office: Office) -> None:
    office.do(forget, subject="lin", asked_by="clerk", approver="head")
    office.do(forget, subject="zhao", asked_by="clerk", approver="head")
    office.wait(1)

    office.refuses("subject_ended", connect, tie="t9", kind="mentors", source="zhao", target="mei", actor="clerk")


def test_whoever_was_forgotten_never_comes_of_age(office: Office) -> None:
    office.do(enrol, subject="ann", kind="person", actor="clerk", born_on=date(2008, 3, 20))
    office.do(forget, subject="ann", asked_by="clerk", approver="head")
    office.wait(20)

    assert not [entry for entry in office.view().journal if str(entry.kind) == "age_changed"]
