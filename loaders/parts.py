"""Parts: the XML that a workbook packs, looked through before anything is made of it.

A few thousand bytes can unpack to what no machine has room for: elements without number, within one another or side by
side, a text without end, entities that stand for entities. Looking through a part keeps nothing of it, so that whatever
would take up too much is refused before it does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile, ZipInfo

from openpyxl.utils import column_index_from_string
from openpyxl.xml.constants import SHEET_MAIN_NS

from graph_service.errors import LimitExceeded

#: Rows of a sheet, which are as many as a spreadsheet can have, and columns that are read.
ROWS_MAX = 1_048_576
COLUMNS_MAX = 256
#: Ranges of merged cells in a sheet.
MERGED_MAX = 200_000
#: How many elements stand within one another.
DEPTH_MAX = 64
#: What is read at a time. In that much of a part some element begins: no cell holds a text as long.
CHUNK_BYTES = 1024 * 1024


class PartSort(StrEnum):
    """What a part of a workbook is: a sheet, the texts that sheets share, or any of the rest."""

    SHEET = "sheet"
    TEXTS = "texts"
    REST = "rest"


#: What the parts of each sort may unpack to together, in bytes.
BYTES_MAX = {PartSort.SHEET: 1 << 30, PartSort.TEXTS: 1 << 28, PartSort.REST: 1 << 25}
#: Elements of a part that are held at a time: those of a sheet until the row in which they stand has been read.
ELEMENTS_MAX = {PartSort.SHEET: 500_000, PartSort.TEXTS: 8_000_000, PartSort.REST: 500_000}

#: What XML can begin with; pictures and the like begin with something else, and are never parsed.
_MARKUP = (b"<", b" ", b"\t", b"\r", b"\n", b"\x00", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
# The parser puts the namespace before the name.
_ROW, _MERGED = f"{SHEET_MAIN_NS} row", f"{SHEET_MAIN_NS} mergeCell"
_ROW_DEPTH = 2
_RANGE = re.compile("([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class MergedRange:
    """A range of merged cells; rows and columns are counted from 1 and are both inside."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


def merged_ranges(archive: ZipFile) -> Mapping[str, list[MergedRange]]:
    """Look all parts of a workbook through; give the merged ranges of its sheets by part, in order of their first rows.

    Raises:
        LimitExceeded: A part holds more of something than is read.
        ExpatError, BadZipFile: It is no part that a spreadsheet wrote, or it is cut off.
    """
    parts = [(part, _sort_of(part)) for part in archive.infolist() if _is_markup(archive, part)]
    for sort, most in BYTES_MAX.items():
        _refuse_more(f"workbook_{sort}_bytes_max", most, sum(part.file_size for part, each in parts if each is sort))
    found = {}
    for part, sort in parts:
        look = _Look(sort)
        with closing(archive.open(part)) as file:
            look.through(file)
        found[part.filename] = sorted(look.merged, key=lambda range_: range_.first_row)
    return found


def _is_markup(archive: ZipFile, part: ZipInfo) -> bool:
    with closing(archive.open(part)) as file:
        return file.read(3).startswith(_MARKUP)


def _sort_of(part: ZipInfo) -> PartSort:
    name = part.filename.lower()
    if "worksheets/" in name and name.endswith(".xml"):
        return PartSort.SHEET
    return PartSort.TEXTS if "sharedstrings" in name else PartSort.REST


def _refuse_more(limit: str, most: int, asked: int) -> None:
    if asked > most:
        raise LimitExceeded(limit=limit, most=most, asked=asked)


@dataclass(slots=True)
class _Look:
    """A look through one part."""

    sort: PartSort
    merged: list[MergedRange] = field(default_factory=list)
    depth: int = 0
    #: Elements that began since the last row ended, and rows.
    held: int = 0
    rows: int = 0

    def through(self, file: IO[bytes]) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = _refuse_entities
        while chunk := file.read(CHUNK_BYTES):
            before = self.rows, self.held
            parser.Parse(chunk)
            if len(chunk) == CHUNK_BYTES and (self.rows, self.held) == before:
                raise LimitExceeded(limit="workbook_text_bytes_max", most=CHUNK_BYTES, asked=CHUNK_BYTES + 1)
        parser.Parse(b"", True)  # noqa: FBT003 - that this was all

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        self.held += 1
        if self.depth > DEPTH_MAX:
            raise LimitExceeded(limit="workbook_depth_max", most=DEPTH_MAX, asked=self.depth)
        if self.held > ELEMENTS_MAX[self.sort]:
            _refuse_more("workbook_elements_max", ELEMENTS_MAX[self.sort], self.held)
        if name == _ROW:
            self.rows += 1
            # A row says where it lies, or lies under the one before.
            number = attributes.get("r", "")
            _refuse_more("rows_max", ROWS_MAX, max(self.rows, int(number) if number.isdecimal() else 0))
        elif name == _MERGED and (found := _RANGE.fullmatch(attributes.get("ref", ""))):
            first, last = column_index_from_string(found[1]), column_index_from_string(found[3])
            self.merged.append(MergedRange(int(found[2]), first, int(found[4]), min(last, COLUMNS_MAX)))
            _refuse_more("merged_cells_max", MERGED_MAX, len(self.merged))

    def _end(self, name: str) -> None:
        self.depth -= 1
        if name == _ROW and self.depth == _ROW_DEPTH:
            self.held = 0


def _refuse_entities(*_declared: object) -> None:
    # No spreadsheet writes any, and they can stand for one another without end.
    raise expat.ExpatError("entities are declared")
