"""Derived records, out and in again: what comes again by itself is not written, and the rest is restated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

import loaders
from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect
from graph_service.actions.decide import approve
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.model.points import POINT
from graph_service.model.standing import Standing
from graph_service.service import TrustService
from graph_service.stores.memory import MemoryStore
from loaders import Form
from tests.district import FILES
from tests.doubles import HandClock, PlainVault

BEGAN = date(2026, 3, 10)

Write = Callable[[str, "str | bytes"], Path]


def opened(today: date) -> tuple[TrustService, HandClock]:
    clock = HandClock(today)
    service = TrustService(MemoryStore(), PlainVault(), clock)
    service.do(partial(adopt, name="first", files=FILES, since=date(2026, 1, 1), actor="head"))
    return service, clock


def standings_of(service: TrustService) -> list[Standing]:
    with service.reading() as reading:
        kept = [reading.standings(scheme, after=None, limit=100) for scheme in ("village", "district", "enterprise")]
    return [standing for scheme in kept for standing in scheme]


@pytest.mark.parametrize("form", [Form.CSV, Form.JSON_LINES])
def test_derived_records_come_in_again_with_the_same_standings(tmp_path: Path, form: Form) -> None:
    service, clock = opened(BEGAN)
    for subject, kind in (("lin", "person"), ("zhao", "person"), ("e1", "enterprise")):
        service.do(partial(enrol, subject=subject, kind=kind, actor="clerk"))
    joins = partial(connect, tie="t1", kind="legal_representative_of", source="zhao", target="e1", since=BEGAN)
    service.do(partial(joins, actor="clerk", history=True))
    for record, subject, scheme, rule, points in (
        ("r1", "lin", "village", "helped", 70 * POINT),
        ("r2", "e1", "enterprise", "on-court-list", None),
        ("r3", "lin", "district", "listed", None),
    ):
        files = partial(file_record, record=record, subject=subject, scheme=scheme, rule=rule, points=points)
        service.do(partial(files, happened_on=BEGAN, filer="clerk"))
        service.do(partial(approve, record=record, approver="head", history_on=BEGAN))
    clock.day = date(2027, 1, 5)
    service.tick()

    written = loaders.export(service, tmp_path / "out", form=form)
    again, _ = opened(date(2027, 1, 5))
    loaders.load(again, list(written.values()))

    assert standings_of(again) == standings_of(service)
    assert "two-stars" in written[loaders.Freight.RECORDS].read_text()
    assert "district-d" not in written[loaders.Freight.RECORDS].read_text()
    for each in (service, again):
        each.close()


@pytest.mark.parametrize(
    ("bridge", "rule", "code"),
    [
        ("village stars", "five-stars", "bridge_unfit"),
        ("village/stars/2026-02-30", "five-stars", "bridge_unfit"),
        ("village/stars/2026-06-30", "five-stars", "rule_derived"),
        ("village/moons/2026-12-31", "five-stars", "rule_derived"),
        ("village/stars/2026-12-31", "firm-listed", "rule_derived"),
        ("", "five-stars", "rule_derived"),
    ],
)
def test_only_what_a_bridge_could_have_filed_is_restated(write: Write, bridge: str, rule: str, code: str) -> None:
    service, _ = opened(date(2027, 1, 5))
    service.do(partial(enrol, subject="lin", kind="person", actor="clerk"))
    file = write(
        "records.csv",
        f"id,subject,scheme,rule,happened_on,approved_on,bridge\nd-1,lin,district,{rule},2027-01-01,2027-01-01,{bridge}\n",
    )

    with pytest.raises(loaders.FilesFaulty) as refused:
        loaders.load(service, [file])

    assert [fault.refusal.code for fault in refused.value.found.faults] == [code]
    service.close()
