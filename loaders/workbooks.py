"""Workbooks: the sheets of an XLSX file, read row by row, with merged cells filled and nothing ever worked out.

A workbook is a zip of XML from strangers: `parts` looks it through before anything is made of it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import repeat
from operator import is_not
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL

from graph_service.errors import LimitExceeded
from loaders.grids import EMPTY, CellForm, Grid, GridCell, GridRow, filled
from loaders.parts import COLUMNS_MAX, ROWS_MAX, MergedRange, merged_ranges
from loaders.refusals import WorkbookBroken, WorkbookLocked, WorkbookOld

#: From here on a spreadsheet no longer keeps every digit of a number.
LOSSY_FROM = 10**15

ZIP_MARK = b"PK\x03\x04"
OLD_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_ZEROS = re.compile(r"0+")
#: In so much of a protected workbook its name for what it hides is found.
_HEAD_BYTES = 1024 * 1024


@contextmanager
def sheets_of(path: Path) -> Iterator[list[Grid]]:
    """Open a workbook and give its sheets, for as long as the block lasts.

    Raises:
        WorkbookLocked: It is protected by a password.
        WorkbookOld: It is in the form of spreadsheets before 2007.
        WorkbookBroken: It is no workbook, or was cut off.
        LimitExceeded: It would unpack to more than is read.
    """
    with path.open("rb") as file:
        start = file.read(8)
        if start == OLD_MARK:
            raise (WorkbookLocked if _is_encrypted(file.read(_HEAD_BYTES)) else WorkbookOld)(path=_shown(path))
    with _translating(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with ZipFile(path) as archive:
            merged = merged_ranges(archive)
            book = load_workbook(path, read_only=True, keep_links=False)
            try:
                yield [
                    Grid(title=sheet.title, rows=_rows(path, sheet, merged))
                    for sheet in book.worksheets
                    if sheet.sheet_state == "visible"
                ]
            finally:
                book.close()


def _shown(path: Path) -> str:
    return str(path).encode("utf-8", "replace").decode()


def _is_encrypted(head: bytes) -> bool:
    return "EncryptedPackage".encode("utf-16-le") in head


@contextmanager
def _translating(path: Path) -> Iterator[None]:
    """Say of whatever the libraries make of a broken workbook that it is broken."""
    try:
        yield
    except (LimitExceeded, WorkbookBroken, OSError):
        raise
    except (BadZipFile, Exception) as error:
        if type(error).__module__.startswith(("graph_service", "loaders")):
            raise
        raise WorkbookBroken(path=_shown(path)) from error


def _rows(path: Path, sheet: Any, merged: Mapping[str, list[MergedRange]]) -> Iterator[GridRow]:  # noqa: ANN401 - openpyxl's sheet as it is read by rows
    # Read by rows, openpyxl does not say what is merged; it does say where the sheet lies.
    waiting = list(reversed(merged.get(sheet._worksheet_path, [])))
    #: Ranges that reach the row at hand, each with what stands in its first cell.
    open_: list[tuple[MergedRange, GridCell]] = []
    with _translating(path):
        for number, read in enumerate(sheet.iter_rows(max_row=ROWS_MAX, max_col=COLUMNS_MAX + 1), start=1):
            # Rows come padded to the widest that is read, and those that are left out as nothing else.
            width = len(read) if any(map(is_not, read, repeat(EMPTY_CELL))) else 0
            while width and read[width - 1] is EMPTY_CELL:
                width -= 1
            cells = [EMPTY if cell is EMPTY_CELL else _cell(cell) for cell in read[:width]]
            if len(cells) > COLUMNS_MAX and cells[COLUMNS_MAX].text:
                raise LimitExceeded(limit="columns_max", most=COLUMNS_MAX, asked=COLUMNS_MAX + 1)
            open_ = [each for each in open_ if each[0].last_row >= number]
            while waiting and waiting[-1].first_row <= number:
                range_ = waiting.pop()
                first = cells[range_.first_column - 1] if range_.first_column <= len(cells) else EMPTY
                open_.append((range_, first))
            for range_, first in open_:
                _fill(cells, range_, first)
            if filled(cells):
                yield number, cells


def _fill(cells: list[GridCell], range_: MergedRange, first: GridCell) -> None:
    """Let what stands in the first cell of a range stand in all cells of a row that belong to it."""
    if not first.text:
        return
    if len(cells) < range_.last_column:
        cells.extend([EMPTY] * (range_.last_column - len(cells)))
    for column in range(range_.first_column, range_.last_column + 1):
        cells[column - 1] = first


def _cell(cell: Any) -> GridCell:  # noqa: ANN401 - openpyxl's cell of whatever sort
    value = cell.value
    if value is None:
        return EMPTY
    match cell.data_type:
        case "f":
            return GridCell("=...", CellForm.FORMULA)
        case "e":
            return GridCell(str(value), CellForm.BROKEN)
        case "d" if isinstance(value, date):
            return GridCell(_day(value), CellForm.DAY)
        case "n" if isinstance(value, int | float):
            return _number(value, cell.number_format)
    return GridCell(str(value).upper() if cell.data_type == "b" else str(value).strip())


def _day(value: date) -> str:
    """Write a day as texts do; what has an hour keeps it, and is told to be no day."""
    return value.isoformat().replace("T", " ").removesuffix(" 00:00:00")


def _number(value: float, number_format: str) -> GridCell:
    if abs(value) >= LOSSY_FROM:
        return GridCell(f"{value:.15g}", CellForm.LOSSY)
    if value != int(value):
        # Fifteen digits are what a spreadsheet keeps and shows; a float's last ones are nobody's.
        return GridCell(format(Decimal(f"{value:.15g}"), "f"), CellForm.NUMBER)
    text = str(int(value))
    # A format such as 00000 is how a spreadsheet shows leading zeros that a number cannot have.
    if _ZEROS.fullmatch(number_format):
        return GridCell(text.zfill(len(number_format)))
    return GridCell(text, CellForm.NUMBER)


def rows_of(table: Iterable[tuple[int, list[str]]]) -> Iterator[GridRow]:
    """Take rows of texts as rows of a sheet."""
    for number, texts in table:
        cells = [GridCell(text.strip()) for text in texts]
        if filled(cells):
            yield number, cells
