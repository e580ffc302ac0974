"""Forgetting a person: who it was is gone, what everybody else has stays, and nothing more is carried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from graph_service.actions.connect import connect
from graph_service.actions.consent import give_consent
from graph_service.actions.enrol import enrol
from graph_service.actions.forget import forget
from graph_service.actions.sweep import sweep
from graph_service.ports.store import Page
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


class PowerCut(Exception):
    """Ends everything in the middle."""


def cut_before_the_commit(office: Office, patch: pytest.MonkeyPatch) -> None:
    """Let the power go when the vault is written and the journal is not."""
    writing = office.service.store.writing

    @contextmanager
    def cut() -> Iterator[Page]:
        with writing() as page:
            yield page
            raise PowerCut

    patch.setattr(office.service.store, "writing", cut)


ANN = {"subject": "ann", "kind": "person", "actor": "clerk", "name": "安", "identifiers": {"roll": "7"}}


def test_who_a_crash_left_in_the_vault_alone_is_swept(office: Office) -> None:
    with pytest.MonkeyPatch.context() as patch:
        cut_before_the_commit(office, patch)
        with pytest.raises(PowerCut):
            office.do(enrol, **ANN)
    vault = office.service.vault
    assert vault.profiles_of(["ann"])["ann"].name == "安"
    office.refuses("identifier_taken", enrol, **ANN | {"subject": "ann-2"})

    with office.service.reading() as reading:
        assert sweep(reading, vault) == 1
        assert sweep(reading, vault) == 0

    assert (vault.profiles_of(["ann"]), vault.subject_with("roll", "7")) == ({}, None)
    assert sorted(vault.profiles_of(["lin", "mei", "zhao", "kid"])) == ["kid", "lin", "mei", "zhao"]
    office.do(enrol, **ANN | {"subject": "ann-2"})


def test_an_erasure_that_was_cut_off_is_finished_by_asking_again(office: Office) -> None:
    said = {"subject": "lin", "asked_by": "lin", "approver": "head"}
    vault = office.service.vault
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vault, "erase", lambda subject: (_ for _ in ()).throw(PowerCut))
        with pytest.raises(PowerCut):
            office.do(forget, **said)
    assert "lin" in vault.profiles_of(["lin"])
    before = office.view()

    entry = office.do(forget, **said)

    assert (entry.id, vault.profiles_of(["lin"])) == ("subject/lin/forgotten", {})
    assert office.view() == before
