"""Grids: rows of cells as a sheet of a workbook has them, whatever it was read from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto


class CellForm(Enum):
    """How a cell holds what stands in it."""

    TEXT = auto()
    NUMBER = auto()
    DAY = auto()
    #: A formula. It is never worked out, and what it showed last is not believed.
    FORMULA = auto()
    #: What the spreadsheet shows instead of a value: #REF!, #N/A.
    BROKEN = auto()
    #: A number that was too long to be kept: its last digits are lost.
    LOSSY = auto()


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell: its text, without spaces around it, and how the sheet holds it."""

    text: str
    form: CellForm = CellForm.TEXT


#: A cell in which nothing stands.
EMPTY = GridCell("")

#: A row: its number in the sheet, counted from 1, and its cells.
GridRow = tuple[int, list[GridCell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A sheet. Its rows can be gone through once; those in which nothing stands are left out."""

    title: str
    rows: Iterable[GridRow]


def filled(cells: list[GridCell]) -> bool:
    """Tell whether anything stands in a row."""
    return any(cell.text for cell in cells)
