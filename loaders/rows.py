"""From a file to its rows, each with its line: whatever cannot be read is noted as a fault, and the rest is read on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from errno import errorcode

from graph_service.errors import FileUnreadable, LimitExceeded
from loaders import lines_of_json, sheet_rows, tables
from loaders.encodings import Undecodable, decoded
from loaders.faults import Faults
from loaders.freight import FORMS, Form, Freight, Source, freight_by_columns, freight_by_name
from loaders.refusals import (
    FileEmpty,
    FileFormOther,
    FileFormUnknown,
    FileIsFolder,
    FileMissing,
    FilePermissionMissing,
    FreightRefusal,
    FreightUnclear,
    LineTooLong,
    RowsMissing,
)
from loaders.row import Row, Rows
from loaders.sheet_rows import TellRows, counted
from loaders.workbooks import OLD_MARK, ZIP_MARK, rows_of, sheets_of

#: The largest file that is read at a time.
FILE_BYTES_MAX = 256 * 1024 * 1024

#: The longest line that is read.
LINE_BYTES_MAX = 64 * 1024


def read_rows(
    source: Source,
    *,
    freight: Freight | None,
    attributes: Collection[str],
    faults: Faults,
    tell: TellRows | None = None,
) -> list[Rows]:
    """Read a file: one `Rows`, or for a workbook one for each sheet in which something stands.

    Args:
        source: The file; form and freight are still to be found out.
        freight: What it holds, where the caller knows.
        attributes: Columns that ties may have on top of their own.
        faults: Where to note what cannot be read.
        tell: Told now and then how many rows of a sheet have been read.
    """
    form = _form(source, faults)
    named = freight or freight_by_name(source.path)
    if form is Form.WORKBOOK:
        return _workbook(replace(source, form=form), named, attributes, faults, tell)
    text = None if form is None else _text(source, faults)
    if text is None:
        return [Rows(source=replace(source, freight=named or source.freight), unread=True)]
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    if form is Form.CSV:
        return [_table(replace(source, form=form), lines, named, attributes, faults)]
    found = named or freight_by_columns(_fields(lines))
    if found is None:
        faults.add(source, None, "", FreightUnclear(path=source.name, known=", ".join(Freight)))
        return [Rows(source=source, unread=True)]
    rows = Rows(source=replace(source, form=Form.JSON_LINES, freight=found))
    fit = _fit(rows, lines, faults)
    lines_of_json.read(rows.source, fit, attributes, _taking(rows), faults, ended=text.endswith("\n"))
    return [rows]


def _table(
    source: Source, lines: list[str], named: Freight | None, attributes: Collection[str], faults: Faults
) -> Rows:
    first = next((line for line in lines if line.strip()), "")
    found = named or freight_by_columns(tables.header_of(first)[0])
    if found is None:
        roster = sheet_rows.read_roster(source, rows_of(tables.texts_of(lines)), faults)
        if roster is not None:
            return roster
        faults.add(source, None, "", FreightUnclear(path=source.name, known=", ".join(Freight)))
        return Rows(source=source, unread=True)
    rows = Rows(source=replace(source, freight=found))
    before = faults.count
    rows.unread = not tables.read(rows.source, _fit(rows, lines, faults), attributes, _taking(rows), faults)
    if not rows.rows and faults.count == before:
        faults.add(rows.source, None, "", RowsMissing(path=source.name))
    return rows


def _workbook(
    source: Source, named: Freight | None, attributes: Collection[str], faults: Faults, tell: TellRows | None
) -> list[Rows]:
    read: list[Rows] = []
    try:
        with sheets_of(source.path) as grids:
            for grid in grids:
                sheet = replace(source, sheet=grid.title)
                rows = sheet_rows.read_sheet(sheet, counted(grid.rows, tell), named, attributes, faults)
                if rows is not None:
                    read.append(rows)
    except (FreightRefusal, LimitExceeded) as refusal:
        faults.add(source, None, "", refusal)
        return [Rows(source=replace(source, freight=named or source.freight), unread=True)]
    except OSError as error:
        _note_unreadable(source, error, faults)
        return [Rows(source=replace(source, freight=named or source.freight), unread=True)]
    if not read:
        faults.add(source, None, "", FileEmpty(path=source.name))
    return read


def _fields(lines: Sequence[str]) -> Collection[str]:
    """Look at the first line that says something: which fields are there?"""
    return lines_of_json.fields_of(next((line for line in lines if line.strip()), ""))


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


def _form(source: Source, faults: Faults) -> Form | None:
    """Find out a file's form from its name, and whether its content agrees; None where it cannot be read."""
    try:
        size = source.path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise LimitExceeded(limit="file_bytes_max", most=FILE_BYTES_MAX, asked=size)
        with source.path.open("rb") as file:
            start = file.read(len(OLD_MARK))
    except LimitExceeded as refusal:
        faults.add(source, None, "", refusal)
        return None
    except (OSError, ValueError) as error:
        _note_unreadable(source, error, faults)
        return None
    suffix = source.path.suffix.lower()
    form = FORMS.get(suffix)
    is_workbook = start.startswith(ZIP_MARK) or start == OLD_MARK
    if suffix == ".xls" and is_workbook:
        return Form.WORKBOOK
    if form is None:
        faults.add(source, None, "", FileFormUnknown(path=source.name))
    elif not start:
        faults.add(source, None, "", FileEmpty(path=source.name))
    elif (form is Form.WORKBOOK) != is_workbook:
        found = ".xlsx" if is_workbook else ".csv"
        faults.add(source, None, "", FileFormOther(path=source.name, named=suffix, found=found))
    else:
        return form
    return None


def _text(source: Source, faults: Faults) -> str | None:
    """Read a file's text without a byte order mark, or note why not."""
    try:
        content = source.path.read_bytes()
    except OSError as error:
        _note_unreadable(source, error, faults)
        return None
    try:
        text = decoded(content)
    except Undecodable as undecodable:
        faults.add(source, undecodable.line, "", undecodable.refusal)
        return None
    if not text.strip():
        faults.add(source, None, "", FileEmpty(path=source.name))
        return None
    # Lines may end as on any system.
    return text if "\n" in text else text.replace("\r", "\n")


def _note_unreadable(source: Source, error: OSError | ValueError, faults: Faults) -> None:
    refusals = {FileNotFoundError: FileMissing, PermissionError: FilePermissionMissing, IsADirectoryError: FileIsFolder}
    for kind, refusal in refusals.items():
        if isinstance(error, kind):
            faults.add(source, None, "", refusal(path=source.name))
            return
    # The name of the number is the same in every language.
    number = error.errno if isinstance(error, OSError) else None
    reason = errorcode.get(number or 0, type(error).__name__)
    faults.add(source, None, "", FileUnreadable(path=source.name, reason=reason))
