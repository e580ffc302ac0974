"""A district for measuring: persons in study groups and families, mentors, and a term of records.

Its journal is whole and chained, and its views are those that the projection would write; they are put in place
directly, and the balances are kept anew at the end, because writing millions of entries one request at a time is not
what is measured.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from msgspec.structs import replace
from rich.progress import Progress

from graph_service.actions.adopt import adopt
from graph_service.actions.desk import Desk
from graph_service.model.journal import Draft, EntryKind, Head, Value, place
from graph_service.model.records import Force, Record, RecordState
from graph_service.model.subjects import Subject, SubjectKind
from graph_service.model.ties import Tie
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.schemes import FixedPoints
from graph_service.ports.store import Page
from graph_service.projection.codec import changes
from graph_service.projection.keep import edition_on, keep_anew
from graph_service.service import TrustService
from graph_service.stores.sqlite.store import SQLiteStore
from graph_service.vault import open_vault
from graph_service.wiring import StandingClock

SINCE = date(2026, 2, 1)
TODAY = date(2026, 6, 30)
#: Members of a study group and of a family, and pupils of a mentor.
GROUP, FAMILY, PUPILS = 4, 3, 5
#: Things written in one durable page.
PER_PAGE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """How large a district is. It has three ties a person."""

    persons: int
    records: int
    seed: int = 1


@dataclass(slots=True)
class Pen:
    """Writes entries behind each other without asking the store where the head is."""

    page: Page
    head: Head

    def write(self, id_: str, kind: EntryKind, asked: dict[str, Value], outcome: dict[str, Value]) -> int:
        """Write an entry and give its position."""
        entry = place(Draft(id=id_, kind=kind, actor="benchmark", asked=asked, outcome=outcome), self.head, TODAY)
        self.page.append(entry)
        self.head = Head(seq=entry.seq, hash=entry.hash, entered_on=TODAY, ticked_on=TODAY)
        return entry.seq


def open_district(path: Path) -> TrustService:
    """Open a service on a district's file. Nobody in it has a name, so its vault is an empty one in memory."""
    vault = open_vault("sqlite://", clock=lambda: int(time.time()))
    return TrustService(SQLiteStore(path), vault, StandingClock(TODAY))


def build(path: Path, district: District) -> TrustService:
    """Write a district into a new file; one that was written before is opened as it is."""
    service = open_district(path)
    with service.reading() as reading:
        if reading.standings_of(["p0"], "school"):
            return service
        written = reading.records_of([f"r{district.records - 1}"])
    if written:
        service.do(_keep)
        return service
    files = read_folder(edition_folder("wendeng"))
    service.do(partial(adopt, name="wendeng", files=files, since=date(2020, 1, 1), actor="benchmark"))
    parts: list[tuple[str, int, Iterable[object]]] = [
        ("subjects", _subject_count(district), _subjects(district)),
        ("ties", 3 * district.persons, _ties(district)),
        ("records", district.records, _records(district, service)),
    ]
    with Progress() as progress:
        for name, size, things in parts:
            _write_all(service, progress, name, size, iter(things))
    service.do(_keep)
    return service


def _write_all(service: TrustService, progress: Progress, name: str, size: int, things: Iterator[object]) -> None:
    bar = progress.add_task(name, total=size)
    while chunk := list(islice(things, PER_PAGE)):
        service.do(partial(_write, chunk))
        progress.advance(bar, len(chunk))


def _write(things: list[object], desk: Desk) -> None:
    pen = Pen(desk.page, desk.page.head())
    for thing in things:
        match thing:
            case Subject():
                asked = {"subject": thing.id, "kind": str(thing.kind)}
                pen.write(f"subject/{thing.id}", EntryKind.SUBJECT_ENROLLED, asked, {})
                desk.page.put_subjects([thing])
            case Tie():
                _write_tie(pen, thing)
            case Record():
                _write_record(pen, thing)


def _write_tie(pen: Pen, tie: Tie) -> None:
    asked = {
        "tie": tie.id,
        "kind": tie.kind,
        "source": tie.source,
        "target": tie.target,
    }
    kinds = {"since": tie.since.isoformat(), "source_kind": str(tie.source_kind), "target_kind": str(tie.target_kind)}
    pen.write(f"tie/{tie.id}", EntryKind.TIE_OPENED, asked, kinds)
    pen.page.put_ties([tie])


def _write_record(pen: Pen, record: Record) -> None:
    asked = {"record": record.id, "subject": record.subject, "rule": record.rule}
    on = record.filed_on.isoformat()
    outcome = {"record": record.id, "on": on, "changes": changes(None, record)}
    pen.write(f"record/{record.id}", EntryKind.RECORD_FILED, asked, outcome)
    approved = {"record": record.id, "on": on, "changes": {"state": str(record.state)}}
    seq = pen.write(f"record/{record.id}/approved", EntryKind.RECORD_APPROVED, {"record": record.id}, approved)
    pen.page.put_record(replace(record, approved_seq=seq))
    pen.page.open_force(Force(act=record.act, opened_on=record.filed_on, opened_seq=seq))


def _keep(desk: Desk) -> None:
    edition = edition_on(desk.page.editions(), TODAY)
    assert edition is not None
    keep_anew(desk.page, edition.policy.schemes["school"], TODAY)


def _subject_count(district: District) -> int:
    return sum(1 + (district.persons - 1) // size for size in (1, GROUP, FAMILY))


def _subjects(district: District) -> Iterator[Subject]:
    for letter, kind, size in (
        ("p", SubjectKind.PERSON, 1),
        ("g", SubjectKind.STUDY_GROUP, GROUP),
        ("f", SubjectKind.FAMILY, FAMILY),
    ):
        for number in range(1 + (district.persons - 1) // size):
            yield Subject(id=f"{letter}{number}", kind=kind)


def _ties(district: District) -> Iterator[Tie]:
    person = SubjectKind.PERSON
    for number in range(district.persons):
        pupil = f"p{number}"
        # A mentor is the first of another five, so that nobody is a mentor of itself.
        mentor = f"p{(number // PUPILS * PUPILS + 7 * PUPILS) % district.persons}"
        yield _tie(f"m{number}", "member_of", pupil, f"g{number // GROUP}", near=person, far=SubjectKind.STUDY_GROUP)
        yield _tie(f"h{number}", "family_of", pupil, f"f{number // FAMILY}", near=person, far=SubjectKind.FAMILY)
        yield _tie(f"t{number}", "mentors", mentor, pupil, near=person, far=person)


def _tie(id_: str, kind: str, source: str, target: str, *, near: SubjectKind, far: SubjectKind) -> Tie:
    return Tie(id=id_, kind=kind, source=source, target=target, source_kind=near, target_kind=far, since=SINCE)


def _records(district: District, service: TrustService) -> Iterator[Record]:
    with service.reading() as reading:
        edition = reading.editions()[-1]
    rules = [
        (rule.code, rule.scoring.points)
        for rule in edition.policy.schemes["school"].rules.values()
        if isinstance(rule.scoring, FixedPoints) and rule.scoring.points > 0 and not rule.subjects
    ] or [("returned-lost-property", 25_000_000)]
    dice = random.Random(district.seed)
    for number in range(district.records):
        rule, points = dice.choice(rules)
        day = SINCE + timedelta(days=dice.randrange((TODAY - SINCE).days))
        yield Record(
            id=f"r{number}",
            subject=f"p{dice.randrange(district.persons)}",
            scheme="school",
            rule=rule,
            happened_on=day,
            edition=edition.number,
            points=points,
            state=RecordState.IN_FORCE,
            filer="benchmark",
            filed_on=day,
            approver="another",
            approved_on=day,
            force_on=day,
            valid_until=date(2026, 9, 1),
        )
