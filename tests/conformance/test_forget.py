"""Forgetting: who it was is gone; what everybody else has stays."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pytest

from graph_service.actions import decide
from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.actions.forget import forget
from graph_service.errors import RolesHeldByOne, SubjectEnded
from graph_service.lookups.standing import standings, standings_of
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.service import TrustService
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from graph_service.vault import open_vault
from graph_service.wiring import StandingClock

TODAY = date(2026, 3, 10)


@pytest.fixture(params=["memory", "sqlite"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> TrustService:
    store = MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "s.db")
    opened = TrustService(store, open_vault("sqlite://", clock=lambda: 0), StandingClock(TODAY))
    request.addfinalizer(opened.close)
    files = read_folder(edition_folder("wendeng"))
    opened.do(partial(adopt, name="wendeng", files=files, since=date(2026, 2, 1), actor="head"))
    for person in ("lin", "mei"):
        opened.do(partial(enrol, subject=person, kind="person", name="林小雨", actor="head"))
    opened.do(partial(enrol, subject="g3", kind="study_group", name="Group 3", actor="head"))
    for person in ("lin", "mei"):
        tie = partial(connect, tie=f"t-{person}", kind="member_of", source=person, target="g3", since=date(2026, 2, 2))
        opened.do(partial(tie, actor="head", history=True))
    day = date(2026, 3, 5)
    filed = partial(file_record, record="r1", subject="lin", scheme="school", rule="returned-lost-property")
    opened.do(partial(filed, happened_on=day, filer="t-01"))
    opened.do(partial(decide.approve, record="r1", approver="t-02"))
    return opened


def test_a_forgotten_person_has_no_name_and_everybody_else_keeps_every_point(service: TrustService) -> None:
    with service.reading() as reading:
        before = standings_of(reading, ["mei", "g3"], "school")

    service.do(partial(forget, subject="lin", asked_by="t-01", approver="t-02"))

    service.clock.day = date(2026, 3, 11)  # type: ignore[attr-defined]
    service.tick()
    with service.reading() as reading:
        assert standings_of(reading, ["mei", "g3"], "school") == before
        assert [held.subject for held in standings(reading, "school")] == ["g3", "mei"]
        tie = reading.ties_of(["t-lin"])["t-lin"]
    assert tie.until == date(2026, 3, 11)
    assert service.vault.profiles_of(["lin"]) == {}
    assert service.vault.profiles_of(["mei"])["mei"].name == "林小雨"


def test_nothing_new_can_be_said_of_who_was_forgotten(service: TrustService) -> None:
    service.do(partial(forget, subject="lin", asked_by="t-01", approver="t-02"))
    service.clock.day = date(2026, 3, 11)  # type: ignore[attr-defined]

    with pytest.raises(SubjectEnded):
        service.do(
            partial(
                file_record,
                record="r2",
                subject="lin",
                scheme="school",
                rule="returned-lost-property",
                happened_on=TODAY,
                filer="t-01",
            )
        )


def test_forgetting_takes_two_people_and_asking_again_is_the_first_answer(service: TrustService) -> None:
    with pytest.raises(RolesHeldByOne):
        service.do(partial(forget, subject="lin", asked_by="t-01", approver="t-01"))

    first = service.do(partial(forget, subject="lin", asked_by="t-01", approver="t-02"))

    assert service.do(partial(forget, subject="lin", asked_by="t-01", approver="t-02")) == first
