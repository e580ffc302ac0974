"""From the cells of a sheet to rows by column: finds the header, whatever stands above it, and what the sheet holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from loaders.faults import Faults
from loaders.freight import COLUMNS, EXTERNAL, Freight, Source, freight_by_columns, freight_by_name
from loaders.grids import EMPTY, CellForm, GridCell, GridRow
from loaders.headers import check_header
from loaders.refusals import (
    CellBroken,
    ColumnTwice,
    ColumnUnnamed,
    DigitsLost,
    FormulaFound,
    FreightUnclear,
    RowsMissing,
    ZerosLost,
)
from loaders.row import Row, Rows
from loaders.shapes import Reads, Shape, plain_title, shape_of

#: Rows with something in them among which the header is looked for: titles and dates stand above it.
HEADER_ROWS_MAX = 20
#: Rows after which progress is told.
ROWS_PER_STEP = 500

#: Titles of sheets that explain a workbook and hold nothing.
_EXPLAINING = frozenset({"说明", "填表说明", "填写说明", "notes", "readme", "instructions"})
_HAN_SPACE = re.compile(r"(?<=[\u3400-\u9fff·])\s+(?=[\u3400-\u9fff·])")

#: Told how many rows of a sheet have been read.
TellRows = Callable[[int], None]


def counted(rows: Iterable[GridRow], tell: TellRows | None) -> Iterator[GridRow]:
    """Pass rows on, and tell now and then how many there were."""
    for count, row in enumerate(rows):
        if tell is not None and count % ROWS_PER_STEP == 0:
            tell(count)
        yield row


def read_sheet(
    source: Source, rows: Iterator[GridRow], named: Freight | None, attributes: Collection[str], faults: Faults
) -> Rows | None:
    """Read a sheet of a workbook; None where nothing stands in it, or it only explains."""
    top = _top(rows)
    if not top or source.sheet.strip().casefold() in _EXPLAINING:
        return None
    by_title = freight_by_name(Path(source.sheet))
    for at, (_, cells) in enumerate(top):
        titles = [cell.text for cell in cells]
        freight = freight_by_columns(titles)
        if freight is not None:
            return _read_freight(source, by_title or named or freight, chain(top[at:], rows), attributes, faults)
        if shape_of(titles) is not None:
            return read_roster(source, chain(top[at:], rows), faults)
    freight = by_title or named
    if freight is None:
        faults.add(source, None, "", FreightUnclear(path=source.name, known=", ".join(Freight)))
        return Rows(source=source, unread=True)
    known = set(COLUMNS[freight].known)
    at = next((at for at, (_, cells) in enumerate(top) if len(known & {cell.text for cell in cells}) > 1), 0)
    return _read_freight(source, freight, chain(top[at:], rows), attributes, faults)


def _top(rows: Iterator[GridRow]) -> list[GridRow]:
    top: list[GridRow] = []
    for row in rows:
        top.append(row)
        if len(top) == HEADER_ROWS_MAX:
            break
    return top


# -- Freight -----------------------------------------------------------------------------------------------------------


def _read_freight(
    source: Source, freight: Freight, rows: Iterator[GridRow], attributes: Collection[str], faults: Faults
) -> Rows:
    read = Rows(source=replace(source, freight=freight))
    number, cells = next(rows)
    header = [cell.text for cell in cells]
    if not check_header(read.source, number, header, attributes, faults):
        read.unread = True
        return read
    columns = _Columns(read.source, header, faults)
    for line, row in rows:
        taken, sound = columns.take(line, row)
        if taken or not sound:
            read.rows.append(Row(line, taken, flawed=not sound))
    columns.check_zeros({name for name in header if name.startswith(EXTERNAL)})
    if not read.rows:
        faults.add(read.source, None, "", RowsMissing(path=source.name))
    return read


class _Columns:
    """Takes the cells of rows by the names of a header, and notes what no text was meant by."""

    def __init__(self, source: Source, header: Sequence[str], faults: Faults) -> None:
        self._source, self._header, self._faults = source, header, faults
        self._unnamed: set[int] = set()
        #: Lines of numbers by column, and the length of the longest text there that begins with a zero.
        self._numbers: dict[str, list[tuple[int, str]]] = {}
        self._zeros: dict[str, int] = {}

    def take(self, line: int, cells: Sequence[GridCell]) -> tuple[dict[str, str], bool]:
        """Give what is filled in by column, and whether all of it could be read."""
        taken: dict[str, str] = {}
        sound = True
        for place, cell in enumerate(cells):
            if not cell.text:
                continue
            name = self._header[place] if place < len(self._header) else ""
            if not name:
                sound = self._note_unnamed(line, place) and sound
                continue
            if self._is_value(line, name, cell):
                taken[name] = cell.text
                self._remember(line, name, cell)
            else:
                sound = False
        return taken, sound

    def _note_unnamed(self, line: int, place: int) -> bool:
        if place in self._unnamed:
            return True
        self._unnamed.add(place)
        self._faults.add(self._source, line, "", ColumnUnnamed(place=place + 1))
        return False

    def _is_value(self, line: int, name: str, cell: GridCell) -> bool:
        match cell.form:
            case CellForm.FORMULA:
                self._faults.add(self._source, line, name, FormulaFound(column=name))
            case CellForm.BROKEN:
                self._faults.add(self._source, line, name, CellBroken(column=name, value=cell.text))
            case CellForm.LOSSY:
                self._faults.add(self._source, line, name, DigitsLost(column=name))
            case _:
                return True
        return False

    def _remember(self, line: int, name: str, cell: GridCell) -> None:
        if cell.form is CellForm.NUMBER:
            self._numbers.setdefault(name, []).append((line, cell.text))
        elif cell.text.startswith("0"):
            self._zeros[name] = max(self._zeros.get(name, 0), len(cell.text))

    def check_zeros(self, names: Collection[str]) -> None:
        """Note numbers that lost their zeros: they are shorter than texts of the column that have theirs."""
        for name in sorted(names):
            for line, text in self._numbers.get(name, ()):
                if len(text) < self._zeros.get(name, 0):
                    self._faults.add(self._source, line, name, ZerosLost(column=name, value=text))


# -- Rosters -----------------------------------------------------------------------------------------------------------


def read_roster(source: Source, rows: Iterator[GridRow], faults: Faults) -> Rows | None:
    """Read a roster; None where no header of one stands in the first rows."""
    top = _top(rows)
    for at, (number, cells) in enumerate(top):
        shape = shape_of([cell.text for cell in cells])
        if shape is not None:
            return _read_shape(source, shape, (number, cells), chain(top[at + 1 :], rows), faults)
    return None


def _read_shape(source: Source, shape: Shape, header: GridRow, rows: Iterator[GridRow], faults: Faults) -> Rows:
    number, titles = header[0], [cell.text for cell in header[1]]
    read = Rows(source=source, shape=shape)
    codes = shape.codes()
    by_place = [codes.get(plain_title(title), "") for title in titles]
    known: dict[str, str] = {}
    for title, code in zip(titles, by_place, strict=True):
        if code and code in known:
            faults.add(source, number, title, ColumnTwice(column=f"{known[code]}, {title}"))
        elif code:
            known[code] = title
        elif title:
            read.passed_over.append(title)
    read.titles = known
    columns = _Columns(source, [title if code else "" for title, code in zip(titles, by_place, strict=True)], faults)
    reads = {column.code: column.reads for column in shape.columns}
    code_of = {title: code for code, title in known.items()}
    places = [place for place, code in enumerate(by_place) if code]
    repeated = plain_title(titles[places[0]])
    for line, cells in rows:
        kept = [_suspected(cell) if place in places else EMPTY for place, cell in enumerate(cells)]
        # Long rosters repeat their header on every page.
        if len(kept) > places[0] and plain_title(kept[places[0]].text) == repeated:
            continue
        taken, sound = columns.take(line, kept)
        plain = {code_of[title]: _plain(text, reads[code_of[title]]) for title, text in taken.items()}
        if plain or not sound:
            read.rows.append(Row(line, plain, flawed=not sound))
    columns.check_zeros({title for code, title in known.items() if reads[code] is Reads.NUMBER})
    if not read.rows:
        faults.add(source, None, "", RowsMissing(path=source.name))
    return read


def _suspected(cell: GridCell) -> GridCell:
    """Take a text that would be a formula anywhere else for one: no name and no number begins so."""
    return GridCell(cell.text, CellForm.FORMULA) if cell.text.startswith("=") else cell


def _plain(text: str, reads: Reads) -> str:
    """Take away what is layout: full-width digits and letters, spaces inside Chinese names and inside numbers.

    >>> _plain("王  小明", Reads.NAME), _plain("2025 0101", Reads.NUMBER)
    ('王小明', '20250101')
    """
    plain = unicodedata.normalize("NFKC", text)
    if reads is Reads.NUMBER:
        return re.sub(r"\s+", "", plain)
    return _HAN_SPACE.sub("", " ".join(plain.split()))
