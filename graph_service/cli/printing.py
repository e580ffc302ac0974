"""Printing: tables for people, CSV and JSON Lines for programs."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import chain, islice

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from graph_service.errors import Refusal
from graph_service.model.faults import Fault


class Format(StrEnum):
    """How data is printed."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


Cell = str | int | None

#: Columns of text that a line may have where no terminal breaks it: as many as any table needs.
_PIPED_WIDTH = 100_000


def console(*, stderr: bool = False) -> Console:
    """Give what tables are printed on: as wide as the terminal, or unbroken where a program or a file reads them."""
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, highlight=False, width=None if terminal else _PIPED_WIDTH)


def language() -> str:
    """The language of sentences: Chinese where the environment speaks it, else English."""
    spoken = os.environ.get("TRUSTNET_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if spoken.startswith("zh") else "en"


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[Cell]], form: Format, *, title: str = "") -> None:
    """Print rows as they come; a table is printed when all are there, so that its columns fit."""
    match form:
        case Format.CSV:
            # The first row is asked for before the header is printed: a refusal leaves nothing like an answer.
            listed = iter(rows)
            first = list(islice(listed, 1))
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(["" if cell is None else cell for cell in row] for row in chain(first, listed))
        case Format.JSONL:
            for row in rows:
                line = orjson.dumps(dict(zip(columns, row, strict=True)))
                sys.stdout.write(line.decode() + "\n")
        case Format.TABLE:
            _print_table(columns, rows, title)


def _print_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], title: str) -> None:
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in _NUMBERS else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(table)


_NUMBERS = frozenset({"new", "ended", "known", "score", "own", "shared", "amount", "counted", "points", "line"})


def say(text: str) -> None:
    """Tell people something that is not data: on the error stream, so that data can be piped."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show bars that move: what comes back is told what is being done, how much is done, and of how much."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bars: dict[str, int] = {}

        def tell(doing: str, done: int, of: int | None) -> None:
            if doing not in bars:
                bars[doing] = progress.add_task(doing, total=of)
            progress.update(bars[doing], completed=done, total=of)  # type: ignore[arg-type]

        yield tell


def print_refusal(refusal: Refusal) -> None:
    """Print a refusal: its code, and the sentence that says what to do."""
    say(f"refused ({refusal.code}): {refusal.sentence(language())}")


def print_fault_rows(faults: Iterable[Fault], form: Format) -> None:
    """Print faults of files with place, code and cure."""
    print_rows(
        ("file", "line", "field", "code", "cure"),
        (
            (fault.file, fault.line, fault.field, fault.refusal.code, fault.refusal.sentence(language()))
            for fault in faults
        ),
        form,
    )
