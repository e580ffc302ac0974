"""Exports of random worlds, loaded into an empty store; and which worlds an export promises to say in full."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import loaders
from graph_service.actions.adopt import adopt
from graph_service.model.journal import EntryKind
from graph_service.service import TrustService
from graph_service.stores.memory import MemoryStore
from loaders import Form, Freight
from tests.doubles import HandClock, PlainVault
from tests.oracle import Oracle, Told


def loaded_again(service: TrustService, today: date, folder: Path, form: Form) -> TrustService:
    """Export a service and load that into an empty one, with the same policies adopted on the same days."""
    files = loaders.export(service, folder, form=form, with_names=True)
    clock = HandClock(today)
    again = TrustService(MemoryStore(), PlainVault(), clock)
    with service.reading() as reading:
        adopted = [each for each in reading.entries(after=0, limit=100_000) if each.kind is EntryKind.POLICY_ADOPTED]
    for entry in adopted:
        clock.day = entry.entered_on
        said = {"name": entry.asked["name"], "files": entry.asked["files"]}
        again.do(partial(adopt, **said, since=date.fromisoformat(entry.asked["since"]), actor="clerk"))
    clock.day = today
    again.tick()
    loaders.load(again, list(files.values()))
    return again


def all_exported(service: TrustService) -> dict[Freight, list[str]]:
    """Every line of an export, sorted: where records wait among the others depends on when they were filed."""
    return {each: sorted(loaders.exported_lines(service, each, with_names=True)) for each in Freight}


def is_said_in_full(oracle: Oracle, service: TrustService) -> bool:
    """Tell whether an export promises the same standings, which docs/how-to/load-files.md says of what worlds."""
    lines = loaders.exported_lines(service, Freight.RECORDS, form=Form.JSON_LINES)
    rows = {row["id"]: row for row in map(json.loads, lines)}
    days = {name: date.fromisoformat(row["approved_on"]) for name, row in rows.items() if "approved_on" in row}
    forgotten = any(someone.until is not None for someone in oracle.subjects.values())
    guardians = [tie for tie in oracle.ties.values() if tie.kind == "guardian_of"]
    return not (
        oracle.waivers
        or forgotten
        # Who consented for somebody while a tie held that was voided, or ended for earlier days, cannot do so again.
        or any(tie.voided or len(tie.ends) > 1 for tie in guardians)
        or _is_out_of_order(oracle, days)
        or any(_is_beyond_words(oracle, told, days) for told in oracle.records.values())
    )


def _is_out_of_order(oracle: Oracle, days: dict[str, date]) -> bool:
    """What is loaded is approved in order of the days: somebody's history may have been entered the other way round."""
    last: dict[tuple[str, str], date] = {}
    for name, day in days.items():
        told = oracle.records[name]
        if day < last.get((told.subject, told.scheme), day):
            return True
        last[told.subject, told.scheme] = day
    return False


def _is_beyond_words(oracle: Oracle, told: Told, days: dict[str, date]) -> bool:
    """Tell whether a record stands in a way that comes of no row."""
    waits = told.now.state == "contested" or (told.now.state == "approved" and told.now.force_on is None)
    if waits and (told.linked or any(told.id in other.now.leans_on for other in oracle.records.values())):
        return True
    if told.linked and told.id not in days:
        return told.now.state != "revoked"
    if told.id in days:
        again = {linked.subject: linked.rule for linked in oracle.filed_also(told)}
        held = [oracle.records[name] for name in told.linked]
        if {linked.subject: linked.rule for linked in held} != again:
            return True
        assert told.now.force_on is not None
        return _notice_of(oracle, told) > told.now.force_on - told.happened_on or any(
            not _comes_as_it_is(oracle, linked, days[told.id]) for linked in held
        )
    return False


def _notice_of(oracle: Oracle, told: Told) -> timedelta:
    adverse = told.now.points < 0 or told.now.grade is not None
    return timedelta(days=oracle.scheme_of(told).notice_days if adverse and told.origin is None else 0)


def _comes_as_it_is(oracle: Oracle, linked: Told, day: date) -> bool:
    """Tell whether a linked record has had no life of its own."""
    adverse = linked.now.points < 0 or linked.now.grade is not None
    notice = timedelta(days=oracle.scheme_of(linked).notice_days if adverse else 0)
    return linked.now.state in {"approved", "in_force", "expired"} and linked.now.force_on == day + notice
