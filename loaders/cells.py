"""Cells: from the texts of a row to values, with every fault noted at its line and column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from graph_service.errors import IdPersonal, Refusal
from graph_service.model.points import parse_points
from graph_service.model.subjects import checked_id
from graph_service.policy.nodes import shown
from loaders.faults import Faults
from loaders.freight import Source
from loaders.refusals import CellEmpty, CellTooLong, CharacterUnfit, DayUnreadable, DecimalUnreadable, FormulaFound
from loaders.row import Row

#: The longest text in a cell, and the longest note.
TEXT_CHARACTERS_MAX = 200
NOTE_CHARACTERS_MAX = 2_000

#: 2026-03-02, 2026/3/2, 2026.3.2, 2026年3月2日 and 20260302; a spreadsheet may add midnight.
_DAYS = (
    re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?: 0{1,2}:00(?::00)?)?"),
    re.compile(r"([0-9]{4})(年) ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?[日号]"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})"),
)
# Control characters, marks that turn the direction of writing, separators of lines, and halves of surrogate pairs.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_IN_NOTES = frozenset("\n\r\t")


def read_day(text: str) -> date | None:
    """Read a day in one of the ways in which offices write them, full-width digits too; None where it is no day.

    >>> [str(read_day(text)) for text in ("2026-03-02", "2026/3/2", "2026.3.2", "2026年3月2日", "20260302")]
    ['2026-03-02', '2026-03-02', '2026-03-02', '2026-03-02', '2026-03-02']
    """
    plain = unicodedata.normalize("NFKC", text)
    for form in _DAYS:
        if found := form.fullmatch(plain):
            try:
                return date(int(found[1]), int(found[3]), int(found[4]))
            except ValueError:
                return None
    return None


class Cells:
    """The cells of one row. Asking for a value notes what is wrong with it, and gives something harmless instead."""

    def __init__(self, source: Source, row: Row, faults: Faults) -> None:
        self.source = source
        self.row = row
        #: Whether everything asked for so far could be read.
        self.sound = not row.flawed
        self._faults = faults

    def fault(self, column: str, refusal: Refusal) -> None:
        """Note that a cell is not as it has to be."""
        self.sound = False
        self._faults.add(self.source, self.row.line, column, refusal)

    def columns(self) -> Mapping[str, str]:
        """Give all cells in which something stands."""
        return self.row.cells

    def text(self, column: str) -> str | None:
        """Give a text; None where the cell is empty."""
        return self._text(column, TEXT_CHARACTERS_MAX, frozenset())

    def note(self, column: str) -> str | None:
        """Give a text that may be long and go over lines; None where the cell is empty."""
        return self._text(column, NOTE_CHARACTERS_MAX, _IN_NOTES)

    def needed(self, column: str) -> str:
        """Give a text that must be there."""
        text = self.row.cells.get(column)
        if text is None:
            self._empty(column)
            return ""
        return self.text(column) or ""

    def needed_id(self, column: str) -> str:
        """Give the id of a subject that must be named; who is named by a telephone number is told what ids are."""
        return self._impersonal(column, self.needed(column))

    def id(self, column: str) -> str | None:
        """Give the id of a subject; None where the cell is empty."""
        text = self.text(column)
        return None if text is None else self._impersonal(column, text)

    def _impersonal(self, column: str, text: str) -> str:
        try:
            return checked_id(text, column) if text else text
        except IdPersonal as refusal:
            self.fault(column, refusal)
        except Refusal:
            # An id that nobody can have is told as the unknown subject that it is.
            pass
        return text

    def person(self, column: str) -> str | None:
        """Give the id of somebody who is named but need not be enrolled; None where the cell is empty."""
        text = self.text(column)
        if text is None:
            return None
        try:
            return checked_id(text, column)
        except Refusal as refusal:
            self.fault(column, refusal)
            return None

    def day(self, column: str) -> date | None:
        """Give a day; None where the cell is empty."""
        text = self.text(column)
        if text is None:
            return None
        if (day := read_day(text)) is not None:
            return day
        self.fault(column, DayUnreadable(value=shown(text)))
        return None

    def needed_day(self, column: str) -> date:
        """Give a day that must be there."""
        if column in self.row.cells:
            return self.day(column) or date.min
        self._empty(column)
        return date.min

    def millionths(self, column: str) -> int | None:
        """Give an exact decimal in millionths; None where the cell is empty."""
        text = self.text(column)
        if text is None:
            return None
        try:
            return parse_points(text)
        except ValueError:
            self.fault(column, DecimalUnreadable(value=shown(text)))
            return None

    def _empty(self, column: str) -> None:
        # What is missing from a flawed row may be the very cell whose name or value could not be read.
        if not self.row.flawed:
            self.fault(column, CellEmpty(column=column))

    def _text(self, column: str, most: int, allowed: frozenset[str]) -> str | None:
        text = self.row.cells.get(column)
        if text is None:
            return None
        if len(text) > most:
            self.fault(column, CellTooLong(column=column, asked=len(text), most=most))
            return None
        if allowed is not _IN_NOTES and text.startswith("="):
            self.fault(column, FormulaFound(column=column))
            return None
        for found in _INVISIBLE.finditer(text):
            if found[0] not in allowed:
                self.fault(column, CharacterUnfit(character=f"U+{ord(found[0]):04X}"))
                return None
        return text
