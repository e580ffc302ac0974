"""Reports: faults as a table for people or as lines of JSON for programs, what was loaded, and a bar that moves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from graph_service.model.faults import Fault
from loaders.batch import LoadReport, Progress, Step
from loaders.faults import Found

_TITLES = {
    "en": ("where", "column", "what is wrong and how to mend it", "further faults: {more}"),
    "zh": ("位置", "列", "问题与改法", "另有 {more} 处错误"),
}
_SORTS = {"en": ("faults", "column", "code"), "zh": ("处数", "列", "代码")}
_PHASES = {"read": "reading", "check": "checking", "write": "writing"}


def faults_table(found: Found, *, language: str = "en") -> Table:
    """Show faults to people: where each is, and the sentence that says how to mend it; in "en" or "zh"."""
    where, column, what, more = _TITLES[language]
    table = Table(box=None, padding=(0, 2, 0, 0), caption_justify="left")
    table.add_column(where, no_wrap=True, overflow="fold")
    table.add_column(column, overflow="fold")
    table.add_column(what, overflow="fold", ratio=1)
    for fault in found.faults:
        sentence = f"{fault.refusal.sentence(language)} [{fault.refusal.code}]"
        table.add_row(*(Text(_visible(text)) for text in (_where(fault), fault.field, sentence)))
    if found.more:
        table.caption = Text(more.format(more=found.more))
    return table


def sorts_table(found: Found, *, language: str = "en") -> Table:
    """Show people how many faults there are of each code in each column, the most frequent first."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    count, column, code = _SORTS[language]
    table.add_column(count, justify="right")
    table.add_column(column, overflow="fold")
    table.add_column(code)
    for (known, field), number in found.sorts.items():
        table.add_row(f"{number:,}", Text(_visible(field)), known)
    return table


def fault_as_json_line(fault: Fault) -> str:
    """Show a fault to programs, as one object."""
    return _json(
        {
            "file": fault.file,
            "line": fault.line,
            "column": fault.field or None,
            "code": fault.refusal.code,
            "en": fault.refusal.sentence("en"),
            "zh": fault.refusal.sentence("zh"),
        }
    )


#: The header of faults as comma-separated values.
FAULT_COLUMNS = ("file", "line", "column", "code", "en", "zh")


def fault_as_csv_line(fault: Fault) -> str:
    """Show a fault to programs and spreadsheets, as a line of comma-separated values under `FAULT_COLUMNS`."""
    text = io.StringIO()
    sentences = [_visible(fault.refusal.sentence(language)) for language in ("en", "zh")]
    line = "" if fault.line is None else fault.line
    csv.writer(text, lineterminator="").writerow(
        [fault.file, line, _visible(fault.field), fault.refusal.code, *sentences]
    )
    return text.getvalue()


def loaded_table(report: LoadReport) -> Table:
    """Show what a run came to."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("freight")
    for title in ("new", "there already"):
        table.add_column(title, justify="right")
    ended = any(count.ended for count in report.counts.values())
    if ended:
        table.add_column("ended", justify="right")
    for freight, count in report.counts.items():
        table.add_row(freight, f"{count.new:,}", f"{count.known:,}", *([f"{count.ended:,}"] if ended else []))
    return table


#: The header of what a run came to, kind by kind.
KIND_COLUMNS = ("freight", "kind", "new", "ended", "known")


def loaded_kinds(report: LoadReport) -> list[tuple[str, str, int, int, int]]:
    """Give what a run came to, kind by kind, under `KIND_COLUMNS`."""
    return [(freight, kind, count.new, count.ended, count.known) for (freight, kind), count in report.kinds.items()]


@contextmanager
def progress_bar(console: Console) -> Iterator[Progress]:
    """Show how far a run has come, for as long as the block lasts; give what `load` and `check` tell it through."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {phase: bar.add_task(title, total=None, visible=False) for phase, title in _PHASES.items()}

        def tell(step: Step) -> None:
            bar.update(tasks[step.phase], completed=step.done, total=step.total or None, visible=True)

        yield tell


def _where(fault: Fault) -> str:
    return fault.file if fault.line is None else f"{fault.file}:{fault.line}"


def _visible(text: str) -> str:
    """Show characters that a terminal would obey, and not print, as what they are."""
    return "".join(mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in text)


def _json(value: object) -> str:
    # Halves of surrogate pairs can stand in names of unknown columns; JSON has no other way to say them.
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return orjson.dumps(_replaced(value)).decode()


def _replaced(value: object) -> object:
    if isinstance(value, dict):
        return {name: _replaced(each) for name, each in value.items()}
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
