"""From a file to its rows, each with its line: whatever cannot be read is noted as a fault, and the rest is read on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from errno import errorcode
from pathlib import Path

from graph_service.errors import FileUnreadable, LimitExceeded
from loaders import lines_of_json, tables
from loaders.faults import Faults
from loaders.freight import FORMS, Form, Freight, Source, freight_by_columns, freight_by_name
from loaders.refusals import (
    FileEmpty,
    FileFormUnknown,
    FileIsFolder,
    FileMissing,
    FileNotUtf8,
    FilePermissionMissing,
    FreightUnclear,
    LineTooLong,
    RowsMissing,
)

#: The largest file that is read at a time.
FILE_BYTES_MAX = 256 * 1024 * 1024

#: The longest line that is read.
LINE_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in a file: what was filled in, by column."""

    line: int
    cells: Mapping[str, str]
    #: Something in it could not be read. The rest is checked, so that all faults are told at once, and never entered.
    flawed: bool = False


@dataclass(slots=True, kw_only=True)
class Rows:
    """What could be read of a file, and what was lost."""

    source: Source
    rows: list[Row] = field(default_factory=list)
    #: Ids in lines that could not be read, as far as they could be made out.
    lost: set[str] = field(default_factory=set)
    #: Nothing at all could be read.
    unread: bool = False


def read_rows(source: Source, *, freight: Freight | None, attributes: Collection[str], faults: Faults) -> Rows:
    """Read a file.

    Args:
        source: The file; form and freight are still to be found out.
        freight: What it holds, where the caller knows.
        attributes: Columns that ties may have on top of their own.
        faults: Where to note what cannot be read.
    """
    text = _text(source, faults)
    form = FORMS.get(source.path.suffix.lower())
    if text is not None and form is None:
        faults.add(source, None, "", FileFormUnknown(path=source.name))
    if text is None or form is None:
        named = freight or freight_by_name(source.path) or source.freight
        return Rows(source=replace(source, freight=named), unread=True)
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    found = freight or freight_by_name(source.path) or freight_by_columns(_columns(form, lines))
    if found is None:
        faults.add(source, None, "", FreightUnclear(path=source.name, known=", ".join(Freight)))
        return Rows(source=source, unread=True)
    rows = Rows(source=replace(source, form=form, freight=found))
    ended = text.endswith("\n")
    if form is Form.CSV:
        before = faults.count
        rows.unread = not tables.read(rows.source, _fit(rows, lines, faults), attributes, _taking(rows), faults)
        if not rows.rows and faults.count == before:
            faults.add(rows.source, None, "", RowsMissing(path=source.name))
    else:
        lines_of_json.read(rows.source, _fit(rows, lines, faults), attributes, _taking(rows), faults, ended=ended)
    return rows


def _columns(form: Form, lines: Sequence[str]) -> Collection[str]:
    """Look at the first line that says something: which columns are there?"""
    first = next((line for line in lines if line.strip()), "")
    return tables.header_of(first)[0] if form is Form.CSV else lines_of_json.fields_of(first)


def _taking(rows: Rows) -> tables.Take:
    """Give what takes up rows."""

    def take(line: int, cells: Mapping[str, str], *, state: tables.RowState = tables.RowState.SOUND) -> None:
        if state is not tables.RowState.LOST:
            rows.rows.append(Row(line, cells, flawed=state is tables.RowState.FLAWED))
        elif cells.get("id"):
            rows.lost.add(cells["id"])

    return take


def _fit(rows: Rows, lines: Iterable[str], faults: Faults) -> list[str]:
    """Leave lines empty that are too long to be read, so that those after them keep their numbers."""
    fit = []
    for number, line in enumerate(lines, start=1):
        if len(line) > LINE_BYTES_MAX // 4 and len(line.encode()) > LINE_BYTES_MAX:
            refusal = LineTooLong(asked=len(line.encode()), most=LINE_BYTES_MAX)
            faults.add(rows.source, number, "", refusal)
            fit.append("")
        else:
            fit.append(line.removesuffix("\r"))
    return fit


def _text(source: Source, faults: Faults) -> str | None:
    """Read a file's text without a byte order mark, or note why not."""
    content = _content(source, faults)
    if content is None:
        return None
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        faults.add(source, None, "", FileEmpty(path=source.name))
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        faults.add(source, content.count(b"\n", 0, error.start) + 1, "", FileNotUtf8())
        return None
    # Lines may end as on any system.
    return text if "\n" in text else text.replace("\r", "\n")


def _content(source: Source, faults: Faults) -> bytes | None:
    path: Path = source.path
    try:
        size = path.stat().st_size
        if size <= FILE_BYTES_MAX:
            return path.read_bytes()
        refusal = LimitExceeded(limit="file_bytes_max", most=FILE_BYTES_MAX, asked=size)
        faults.add(source, None, "", refusal)
    except FileNotFoundError:
        faults.add(source, None, "", FileMissing(path=source.name))
    except PermissionError:
        faults.add(source, None, "", FilePermissionMissing(path=source.name))
    except IsADirectoryError:
        faults.add(source, None, "", FileIsFolder(path=source.name))
    except (OSError, ValueError) as error:
        # The name of the number is the same in every language.
        number = error.errno if isinstance(error, OSError) else None
        reason = errorcode.get(number or 0, type(error).__name__)
        faults.add(source, None, "", FileUnreadable(path=source.name, reason=reason))
    return None
