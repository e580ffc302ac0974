"""Tables: values parted by commas, semicolons or tabs, with the line of every row and the column of every fault."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum, auto
from itertools import islice
from typing import Protocol

from loaders.faults import Faults
from loaders.freight import Source
from loaders.headers import check_header
from loaders.refusals import (
    CellsTooFew,
    CellsTooMany,
    ColumnUnnamed,
    QuoteMisplaced,
    QuoteUnclosed,
)

#: Lines that the quoted cells of one row may go over: a quote that never ends does not swallow the file.
ROW_LINES_MAX = 100

#: What may part the cells, in order of preference.
SEPARATORS = (",", ";", "\t")


_QUOTED = re.compile(r'"[^"]*"?')


class RowState(Enum):
    """How well a row could be read."""

    SOUND = auto()
    #: Some of its cells could not be read, the others could.
    FLAWED = auto()
    #: Nothing but, perhaps, its id could be made out.
    LOST = auto()


class Take(Protocol):
    """Takes up a row of a file."""

    def __call__(self, line: int, cells: Mapping[str, str], *, state: RowState = RowState.SOUND) -> None:
        """Take up what is filled in."""


class _Broken(Exception):
    """A row whose quotes cannot be read."""


def header_of(line: str) -> tuple[list[str], str]:
    """Read the names of the columns, none where the line is no header; and tell what parts them.

    >>> header_of("id;kind;name")
    (['id', 'kind', 'name'], ';')
    """
    separator = max(SEPARATORS, key=_QUOTED.sub("", line).count)
    try:
        return [name.strip() for name in _cells([line], 0, separator)[0]], separator
    except _Broken:
        return [], separator


def read(source: Source, lines: Sequence[str], attributes: Collection[str], take: Take, faults: Faults) -> bool:
    """Read a table; tell whether it has a header that makes its rows readable."""
    at = next((at for at, line in enumerate(lines) if line.strip()), 0)
    header, separator = header_of(lines[at])
    table = _Table(source, header, separator, faults)
    if not table.check_header(at + 1, attributes):
        return False
    at += 1
    while at < len(lines):
        if lines[at].strip():
            at = table.take_row(lines, at, take)
        else:
            at += 1
    return True


def texts_of(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of a table as they stand, each with its line; one whose quotes cannot be read is taken as it is."""
    first = next((line for line in lines if len(header_of(line)[0]) > 1), "")
    separator, at = header_of(first)[1], 0
    while at < len(lines):
        line = lines[at].removesuffix("\r")
        try:
            cells, after = _cells(lines, at, separator) if '"' in line else (line.split(separator), at + 1)
        except _Broken:
            cells, after = line.split(separator), at + 1
        yield at + 1, cells
        at = after


class _Table:
    """A table whose header has been read."""

    def __init__(self, source: Source, header: Sequence[str], separator: str, faults: Faults) -> None:
        self._source, self._header, self._separator, self._faults = source, header, separator, faults

    def take_row(self, lines: Sequence[str], at: int, take: Take) -> int:
        """Take up the row that begins at a line; give the line after it."""
        header, number = self._header, at + 1
        try:
            cells, after = _cells(lines, at, self._separator)
        except _Broken:
            # Where the quotes are even, one of them is misplaced, and none is left open.
            if lines[at].count('"') % 2:
                self._faults.add(self._source, number, self._last_column(lines[at]), QuoteUnclosed())
            else:
                self._faults.add(self._source, number, "", QuoteMisplaced())
            take(number, _filled(header, lines[at].split(self._separator)), state=RowState.LOST)
            # Read on in the next line, so that one stray quote does not hide the faults behind it.
            return number
        # Spreadsheets leave rows behind in which nothing is filled in.
        if not any(cell.strip() for cell in cells):
            return after
        sound = len(cells) == len(header)
        if not sound:
            few = len(cells) < len(header)
            unfit = (CellsTooFew if few else CellsTooMany)(found=len(cells), needed=len(header))
            self._faults.add(self._source, number, header[len(cells)] if few else header[-1], unfit)
        take(number, _filled(header, cells), state=RowState.SOUND if sound else RowState.LOST)
        return after

    def _last_column(self, line: str) -> str:
        """Name the column of the cell up to which the line can be read."""
        cells = next(csv.reader([line], delimiter=self._separator), [])
        return self._header[min(len(cells), len(self._header)) - 1] if cells else ""

    def check_header(self, number: int, attributes: Collection[str]) -> bool:
        """Note what is wrong with the header; tell whether the rows under it can be read all the same."""
        if not self._header:
            self._faults.add(self._source, number, "", QuoteUnclosed())
            return False
        for place, name in enumerate(self._header, start=1):
            if not name:
                self._faults.add(self._source, number, "", ColumnUnnamed(place=place))
        return check_header(self._source, number, self._header, attributes, self._faults)


def _filled(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {name: text for name, cell in zip(header, cells, strict=False) if (text := cell.strip())}


def _cells(lines: Sequence[str], at: int, separator: str) -> tuple[list[str], int]:
    """Read the row that begins at a line; give its cells and the line after it."""
    if '"' not in lines[at]:
        return lines[at].split(separator), at + 1
    reader = csv.reader(
        (line + "\n" for line in islice(lines, at, at + ROW_LINES_MAX)), delimiter=separator, strict=True
    )
    try:
        cells = next(reader)
    except csv.Error:
        raise _Broken from None
    return cells, at + reader.line_num
