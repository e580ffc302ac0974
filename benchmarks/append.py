"""Append and statement at size: one caller, 64 callers, and explanations of single standings."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial

from rich.console import Console
from rich.table import Table

from benchmarks.district import TODAY, District
from graph_service.actions import decide
from graph_service.actions.file_record import file_record
from graph_service.lookups.shares import shares_of
from graph_service.lookups.statement import statement
from graph_service.service import TrustService

RULE = "returned-lost-property"
#: Callers who append at once.
CALLERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A row of the report."""

    what: str
    figure: str
    target: str


def show(measured: Iterable[Measured]) -> None:
    """Print what was measured as a table."""
    table = Table("what", "measured", "target")
    for row in measured:
        table.add_row(row.what, row.figure, row.target)
    Console(width=140).print(table)


def _file(service: TrustService, record: str, subject: str) -> None:
    service.do(
        partial(
            file_record,
            record=record,
            subject=subject,
            scheme="school",
            rule=RULE,
            happened_on=date(2026, 6, 20),
            filer="benchmark",
        )
    )


def _approve(service: TrustService, record: str) -> None:
    service.do(partial(decide.approve, record=record, approver="another"))


def appends(service: TrustService, district: District, count: int = 2_000) -> list[Measured]:
    """Time the approval of a record: its entry, its shares, balances and standings, in one durable commit."""
    dice = random.Random()
    run = f"b{time.time_ns()}"
    for number in range(count):
        _file(service, f"{run}-{number}", f"p{dice.randrange(district.persons)}")
    times = []
    for number in range(count):
        begins = time.perf_counter()
        _approve(service, f"{run}-{number}")
        times.append(time.perf_counter() - begins)
    single = count / sum(times)
    with service.reading() as reading:
        shares = statistics.mean(len(shares_of(reading, f"{run}-{number}")) for number in range(200))
    grouped = _grouped(service, district, f"{run}-g", 10 * count)
    return [
        Measured(
            what=f"append a record with its shares ({shares:.1f} on average), durable, one caller",
            figure=f"{_milliseconds(statistics.median(times))} median, {_milliseconds(_percentile(times, 99))} 99th",
            target="< 1 ms median",
        ),
        Measured(
            what=f"grouped appends, {CALLERS} callers",
            figure=f"{grouped / single:.1f}x the single rate ({grouped:,.0f} a second to {single:,.0f})",
            target=">= 5x",
        ),
    ]


def _grouped(service: TrustService, district: District, run: str, count: int) -> float:
    """Give the appends a second of all callers, each of which waits for its own before the next."""
    dice = random.Random()
    subjects = [f"p{dice.randrange(district.persons)}" for _ in range(count)]

    def file(caller: int) -> None:
        for number in range(caller, count, CALLERS):
            _file(service, f"{run}-{number}", subjects[number])

    def approve(caller: int) -> None:
        for number in range(caller, count, CALLERS):
            _approve(service, f"{run}-{number}")

    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(file, range(CALLERS)))
        begins = time.perf_counter()
        list(callers.map(approve, range(CALLERS)))
        return count / (time.perf_counter() - begins)


def statements(service: TrustService, district: District, count: int = 5_000) -> list[Measured]:
    """Time the explanation of a standing, and how many lines it has."""
    dice = random.Random(2)
    times, lines = [], 0
    with service.reading() as reading:
        for _ in range(count):
            subject = f"p{dice.randrange(district.persons)}"
            begins = time.perf_counter()
            found = statement(reading, subject, "school", as_of=TODAY)
            times.append(time.perf_counter() - begins)
            lines += len(found.lines)
    return [
        Measured(
            what=f"open a statement ({lines / count:.1f} lines on average)",
            figure=f"{_milliseconds(statistics.median(times))} median, {_milliseconds(_percentile(times, 99))} 99th",
            target="< 1 ms median, < 5 ms at the 99th",
        )
    ]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1_000:.2f} ms"


def _percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]
