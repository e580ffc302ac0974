"""Large tables of records come to the same as their rows one by one: in what is new, and in what is wrong."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

import loaders
from graph_service.actions.file_record import file_record
from graph_service.actions.keep import leave_unkept
from graph_service.errors import ExistsDifferently, JournalWentOn
from graph_service.lookups.verify import verify
from graph_service.model.journal import EntryKind
from graph_service.model.points import format_points
from graph_service.model.records import Record
from graph_service.model.standing import Standing
from graph_service.model.subjects import SubjectKind
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Bands, PointsRange, Tiers
from graph_service.ports.store import Taking
from graph_service.ports.vault import DataClass
from graph_service.service import TrustService
from graph_service.settings import Settings
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from graph_service.wiring import open_service
from loaders import bulk, weighing
from loaders.refusals import FilesFaulty
from tests.loaders.conftest import TODAY, Open, adopt_wendeng

SCHOOL = Path(__file__).parents[2] / "examples" / "school"
PEOPLE = [SCHOOL / name for name in ("subjects.csv", "ties.csv", "consents.csv")]

Rows = list[dict[str, str]]
Load = Callable[[list[Path]], tuple[TrustService, TrustService]]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every table of records count as large."""
    monkeypatch.setattr(bulk, "BULK_BYTES", 0)


def rows_of_school() -> Rows:
    with (SCHOOL / "records.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def records(service: TrustService) -> dict[str, Record]:
    with service.reading() as reading:
        held = reading.records(states=(), after=None, limit=1_000)
    return {record.id: replace(record, seq=0, approved_seq=None) for record in held}


def standings(service: TrustService) -> list[Standing]:
    with service.reading() as reading:
        assert reading.unkept() == frozenset()
        return reading.standings("school", after=None, limit=1_000)


def notes(service: TrustService) -> dict[str, bytes | None]:
    return {
        id_: service.vault.read([held.subject], DataClass.TEXT, f"record/{id_}").get((held.subject, f"record/{id_}"))
        for id_, held in records(service).items()
    }


def imports(service: TrustService) -> int:
    with service.reading() as reading:
        entries = reading.entries(after=0, limit=10_000)
    return sum(entry.kind is EntryKind.RECORDS_IMPORTED for entry in entries)


@pytest.fixture
def both(open_store: Open, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads files in bulk into one store and row by row into another."""

    def loaded(files: list[Path]) -> tuple[TrustService, TrustService]:
        services = open_store("bulk"), open_store("single")
        for service, least in zip(services, (0, 1 << 40), strict=True):
            monkeypatch.setattr(bulk, "BULK_BYTES", least)
            loaders.load(service, files)
        return services

    return loaded


def test_a_row_of_two_lines_lets_its_file_be_read_with_care(both: Load, tmp_path: Path) -> None:
    rows = rows_of_school()
    rows[5]["note"] = "two\nlines"
    one, other = both([*PEOPLE, write(tmp_path / "records.csv", rows)])

    assert imports(one) == 0
    assert records(one) == records(other)


def rows_of_a_year(seed: int, count: int) -> Rows:
    """Make up records by rules of every kind, of few pupils, so that many look back at others."""
    dice = random.Random(seed)
    policy = parse_policy("wendeng", read_folder(edition_folder("wendeng")))
    rules = [
        (scheme, rule)
        for scheme in (policy.schemes["school"], policy.schemes["district"])
        for rule in scheme.rules.values()
        if SubjectKind.PERSON in (rule.subjects or scheme.subjects) and not rule.derived
    ]
    rows = []
    for number in range(count):
        scheme, rule = dice.choice(rules)
        happened_on = date(2026, 2, 16) + timedelta(days=dice.randrange(130))
        approved_on = min(TODAY, happened_on + timedelta(days=dice.randrange(12)))
        scoring = rule.scoring
        rows.append(
            {
                "id": f"y-{dice.randrange(10**6):06}-{number}",
                "subject": f"p-{dice.randrange(1, 13):02}",
                "scheme": scheme.code,
                "rule": rule.code,
                "happened_on": happened_on.isoformat(),
                "quantity": str(dice.randrange(1, 40)) if isinstance(scoring, Bands | Tiers) else "",
                "points": format_points(scoring.lowest) if isinstance(scoring, PointsRange) else "",
                "approved_on": approved_on.isoformat(),
                "note": dice.choice(("", "", "said by two")),
                "filer": dice.choice(("t-01", "t-02")),
                "approver": "t-03",
            }
        )
    return rows


@pytest.mark.parametrize("seed", range(2))
def test_a_year_by_rules_of_every_kind_in_bulk(
    both: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(bulk, "ROWS_PER_ENTRY", 7)
    monkeypatch.setattr(weighing, "_ENTRIES_PER_FILE", 3)
    one, other = both([*PEOPLE, write(tmp_path / "records.csv", rows_of_a_year(seed, 300))])

    assert imports(one) > 6
    assert records(one) == records(other)
    assert standings(one) == standings(other)
    assert notes(one) == notes(other)
    with one.reading() as reading:
        found = verify(reading, MemoryStore())
    assert found.sound, [str(finding) for finding in found.findings]


def test_the_school_in_bulk(both: Load, tmp_path: Path) -> None:
    rows = rows_of_school()
    rows[3]["approved_on"], rows[3]["approver"] = "", ""
    rows.append(dict(rows[10]))
    one, other = both([*PEOPLE, write(tmp_path / "records.csv", rows)])

    assert imports(one) == 1
    assert imports(other) == 0
    assert records(one) == records(other)
    assert len(records(one)) == len(rows) - 1
    assert standings(one) == standings(other)
    assert notes(one) == notes(other)
    with one.reading() as reading:
        found = verify(reading, MemoryStore())
    assert found.sound, [str(finding) for finding in found.findings]


@pytest.mark.usefixtures("large")
def test_a_store_that_takes_no_files_is_told_every_row(open_store: Open, tmp_path: Path) -> None:
    settings = Settings(store="memory://", vault=f"sqlite:///{tmp_path}/vault.db", today=TODAY)
    one, other = open_service(settings, create=True), open_store("taking")
    adopt_wendeng(one)
    files = [*PEOPLE, write(tmp_path / "records.csv", rows_of_a_year(3, 100))]
    try:
        assert loaders.load(one, files) == loaders.load(other, files)
        assert not isinstance(one.store, Taking)
        assert imports(one) == imports(other) > 0
        assert records(one) == records(other)
        assert standings(one) == standings(other)
    finally:
        one.close()


@pytest.mark.usefixtures("large")
def test_the_same_table_again_is_passed_over_and_one_cut_off_is_finished(service: TrustService, tmp_path: Path) -> None:
    rows = rows_of_school()
    loaders.load(service, [*PEOPLE, write(tmp_path / "records.csv", rows[:40])])
    after = records(service)

    report = loaders.load(service, [write(tmp_path / "records-all.csv", rows)])
    assert (report.new, report.known) == (len(rows) - 40, 40)
    assert {id_: held for id_, held in records(service).items() if id_ in after} == after

    report = loaders.load(service, [write(tmp_path / "records-all.csv", rows)])
    assert (report.new, report.known) == (0, len(rows))
    assert loaders.check(service, [write(tmp_path / "records-all.csv", rows)]).known == len(rows)


def test_a_run_that_was_cut_off_before_standings_were_kept_is_finished_too(
    service: TrustService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [*PEOPLE, write(tmp_path / "records.csv", rows_of_school())]
    monkeypatch.setattr(bulk, "BULK_BYTES", 0)
    loaders.load(service, files)
    kept = standings(service)
    service.do(partial(leave_unkept, schemes=["school"]))

    assert loaders.load(service, files).new == 0
    assert standings(service) == kept


def indexes_of_records(file: Path) -> set[str]:
    connection = apsw.Connection(str(file))
    try:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}
    finally:
        connection.close()
    return {name for name in names if name.startswith(("record_", "force_"))}


@pytest.mark.usefixtures("large")
def test_what_is_entered_between_check_and_writing_stops_a_load_that_brings_it_too(
    service: TrustService, tmp_path: Path
) -> None:
    rows = rows_of_school()
    loaders.load(service, PEOPLE)
    file = write(tmp_path / "records.csv", rows)

    def enter_the_last(step: loaders.Step) -> None:
        if (step.phase, step.done) == ("write", 0):
            last = rows[-1]
            day = date.fromisoformat(last["happened_on"])
            filed = partial(file_record, record=last["id"], subject=last["subject"], scheme="school", rule="littered")
            service.do(partial(filed, happened_on=day, filer="t-05", note=None, quantity=None, points=None))

    with pytest.raises(JournalWentOn):
        loaders.load(service, [file], progress=enter_the_last)
    assert set(records(service)) == {rows[-1]["id"]}


def test_a_record_that_is_entered_while_a_store_is_filled_makes_its_indexes_again(
    service: TrustService, tmp_path: Path
) -> None:
    loaders.load(service, PEOPLE)
    store, all_of_them = service.store, indexes_of_records(tmp_path / "school.db")
    assert isinstance(store, SQLiteStore)
    store.begin_filling(1)
    assert indexes_of_records(tmp_path / "school.db") == set()

    filed = partial(file_record, subject="p-01", scheme="school", rule="littered", happened_on=TODAY, filer="t-05")
    service.do(partial(filed, record="r-1", note=None, quantity=None, points=None))

    assert set(records(service)) == {"r-1"}
    assert indexes_of_records(tmp_path / "school.db") == all_of_them
    with pytest.raises(ExistsDifferently):
        service.do(partial(filed, record="r-1", note="another", quantity=None, points=None))


def test_indexes_stay_where_fewer_records_come_than_there_are(service: TrustService, tmp_path: Path) -> None:
    loaders.load(service, [*PEOPLE, SCHOOL / "records.csv"])
    store, all_of_them = service.store, indexes_of_records(tmp_path / "school.db")
    assert isinstance(store, SQLiteStore)

    store.begin_filling(len(records(service)) - 1)

    assert indexes_of_records(tmp_path / "school.db") == all_of_them


WRONG = {
    "nobody": {"subject": "p-99"},
    "no such rule": {"rule": "singing"},
    "a day that cannot be read": {"happened_on": "2026-13-01"},
    "a day to come": {"happened_on": "2026-07-04", "approved_on": "2026-07-04"},
    "approved before it happened": {"approved_on": "2026-01-01"},
    "a quantity too much": {"quantity": "3"},
    "one person in two roles": {"approver": "t-07"},
    "an id that is none": {"id": "r 1"},
    "a telephone number": {"subject": "13800138000"},
}


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_told_as_if_the_row_were_read_alone(
    open_store: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    rows = rows_of_school()
    # The 13th row is Wang's found purse, filed by t-07.
    rows[12] |= WRONG[wrong]
    files = [*PEOPLE, write(tmp_path / "records.csv", rows)]
    told = []
    for name, least in (("bulk", 0), ("single", 1 << 40)):
        monkeypatch.setattr(bulk, "BULK_BYTES", least)
        service = open_store(name)
        with pytest.raises(FilesFaulty) as refused:
            loaders.check(service, files)
        told.append([(fault.line, fault.field, fault.refusal.code) for fault in refused.value.found.faults])
        assert records(service) == {}

    assert told[0] == told[1]
    assert told[0][0][0] == 14


@pytest.mark.usefixtures("large")
def test_other_content_under_a_known_id_is_refused(service: TrustService, tmp_path: Path) -> None:
    rows = rows_of_school()
    loaders.load(service, [*PEOPLE, write(tmp_path / "records.csv", rows)])
    for field, other in (("filer", "t-02"), ("note", "another"), ("happened_on", "2026-03-01")):
        changed = [dict(row) for row in rows]
        changed[12][field] = other
        with pytest.raises(FilesFaulty) as refused:
            loaders.load(service, [write(tmp_path / "records-changed.csv", changed)])
        assert [(fault.line, fault.field, fault.refusal.code) for fault in refused.value.found.faults] == [
            (14, field, "exists_differently")
        ]
