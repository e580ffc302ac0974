"""Loading records from a file at size: read, checked, weighed, entered and kept; and plain rows beside it."""

from __future__ import annotations

import csv
import random
import resource
import time
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import apsw
import typer

import loaders
from benchmarks.append import Measured, show
from benchmarks.district import TODAY
from graph_service.actions.adopt import adopt
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.service import TrustService
from graph_service.stores.sqlite.store import SQLiteStore
from graph_service.vault import open_vault
from graph_service.wiring import StandingClock
from loaders.imports import enter_all
from loaders.item import Signatures
from loaders.subjects import SubjectItem
from loaders.ties import TieItem

SINCE = date(2026, 2, 16)
GROUP = 4
RULES = ("returned-lost-property", "late-without-reason", "littered", "owned-up")
COLUMNS = ("id", "subject", "scheme", "rule", "happened_on", "approved_on", "filer", "approver")


def opened(folder: Path, persons: int) -> TrustService:
    """Open a store in which persons are members of study groups of four."""
    vault = open_vault("sqlite://", clock=lambda: 0)
    service = TrustService(SQLiteStore(folder / "loads.db"), vault, StandingClock(TODAY))
    files = read_folder(edition_folder("wendeng"))
    service.do(partial(adopt, name="wendeng", files=files, since=date(2026, 1, 1), actor="benchmark"))
    whole = persons // GROUP * GROUP
    subjects = [("person", f"p{number:07}") for number in range(whole)]
    subjects += [("study_group", f"g{number:07}") for number in range(whole // GROUP)]
    enter_all(service, (_subject(kind, id_) for kind, id_ in subjects), Signatures())
    enter_all(service, (_member(number) for number in range(whole)), Signatures())
    return service


def _subject(kind: str, id_: str) -> SubjectItem:
    return SubjectItem(id=id_, kind=kind, name=None, born_on=None, since=SINCE, external_ids={})


def _member(number: int) -> TieItem:
    return TieItem(
        id=f"t{number:07}",
        kind="member_of",
        source=f"p{number:07}",
        target=f"g{number // GROUP:07}",
        since=SINCE,
        until=None,
        attributes={},
    )


def rows(persons: int, records: int) -> Iterator[tuple[str, ...]]:
    """Make up a term of records, in the order of their ids."""
    dice = random.Random(3)
    for number in range(records):
        happened_on = SINCE + timedelta(days=dice.randrange(110))
        approved_on = happened_on + timedelta(days=dice.randrange(8))
        subject = f"p{dice.randrange(persons // GROUP * GROUP):07}"
        days = (happened_on.isoformat(), approved_on.isoformat())
        yield (f"r{number:08}", subject, "school", dice.choice(RULES), *days, "teacher", "head")


def loading(service: TrustService, file: Path, records: int) -> Iterator[Measured]:
    """Time the load of a file, phase by phase."""
    ends: dict[str, float] = {}

    def tell(step: loaders.Step) -> None:
        ends[step.phase] = time.perf_counter()

    begins, cpu = time.perf_counter(), time.process_time()
    report = loaders.load(service, [file], progress=tell)
    seconds, cpu = time.perf_counter() - begins, time.process_time() - cpu
    assert report.new == records
    check, write = ends["check"] - begins, ends["write"] - ends["check"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    yield Measured(
        what=f"load {records:,} records from a CSV file, journal and shares kept",
        figure=(
            f"{records / seconds:,.0f} a second ({records / cpu:,.0f} a second of processor time): read and checked in"
            f" {check:.0f} s, written in {write:.0f} s, kept in {seconds - check - write:.0f} s; {peak:.1f} GiB at most"
        ),
        target=">= 50,000 a second",
    )


def plainly(folder: Path, file: Path, records: int) -> Iterator[Measured]:
    """Time the same rows put into a plain table, unchecked, in durable transactions of 10,000."""
    connection = apsw.Connection(str(folder / "plain.db"))
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", 2)
    columns = ", ".join(COLUMNS)
    connection.execute(f"CREATE TABLE record ({columns}, PRIMARY KEY (id)) WITHOUT ROWID")
    marks = ", ".join("?" * len(COLUMNS))
    begins = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as text:
        reader = csv.reader(text)
        next(reader)
        while chunk := [row for row, _ in zip(reader, range(10_000), strict=False)]:
            with connection:
                connection.executemany(f"INSERT INTO record VALUES ({marks})", chunk)
    seconds = time.perf_counter() - begins
    connection.close()
    yield Measured(
        what="the same rows put into a plain table, unchecked",
        figure=f"{records / seconds:,.0f} a second",
        target="",
    )


def main(
    persons: Annotated[int, typer.Option(help="Persons, in study groups of four.")] = 200_000,
    records: Annotated[int, typer.Option(help="Records in the file.")] = 1_000_000,
) -> None:
    """Measure how quickly a large file of records is loaded into a new embedded store."""
    with TemporaryDirectory(prefix="trustnet-bench-", dir=".") as name:
        folder = Path(name)
        service = opened(folder, persons)
        file = folder / "records.csv"
        with file.open("w", encoding="utf-8", newline="") as text:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(rows(persons, records))
        try:
            show([*loading(service, file, records), *plainly(folder, file, records)])
        finally:
            service.close()


if __name__ == "__main__":
    typer.run(main)
