"""Writes a workbook: a sheet for each kind of freight, and every cell a text, so that nothing is ever worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from graph_service.errors import LimitExceeded
from loaders.freight import Freight
from loaders.parts import ROWS_MAX

Table = tuple[list[str], Iterator[Mapping[str, str]]]


def write_workbook(path: Path, tables: Mapping[Freight, Table]) -> list[Freight]:
    """Write tables, each a header and its rows, as the sheets of a workbook; give those that have rows.

    Raises:
        LimitExceeded: A table has more rows than a sheet can have.
    """
    book = Workbook(write_only=True)
    written = []
    for freight, (header, rows) in tables.items():
        first = next(rows, None)
        if first is None:
            continue
        sheet = book.create_sheet(freight)
        sheet.append(_texts(sheet, header))
        sheet.append(_texts(sheet, [first.get(name, "") for name in header]))
        for number, row in enumerate(rows, start=3):
            if number > ROWS_MAX:
                raise LimitExceeded(limit="rows_of_a_sheet_max", most=ROWS_MAX, asked=number)
            sheet.append(_texts(sheet, [row.get(name, "") for name in header]))
        written.append(freight)
    if written:
        book.save(path)
    return written


def _texts(sheet: WriteOnlyWorksheet, texts: list[str]) -> list[Cell]:
    """Make cells that are texts whatever they look like: a name that begins with = is no formula."""
    cells = []
    for text in texts:
        cell = WriteOnlyCell(sheet, value=text or None)
        if text:
            cell.data_type = "s"
            cell.number_format = "@"
        cells.append(cell)
    return cells
