"""Staging: many records on their way in, read and put in order by an engine, however many there are.

Rows that are plain, which in a large file are nearly all, never become objects one by one here. The others are handed
back with their lines, to be read with care.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb

from graph_service.actions.import_records import Told
from graph_service.model.subjects import ID, PERSONAL
from graph_service.replay.engine import text
from loaders.freight import COLUMNS, Freight
from loaders.item import Signatures
from loaders.records import RecordItem
from loaders.row import Row
from loaders.weighing import AT_A_TIME, Weighing

#: What the engine may take of the memory; what does not fit goes to the folder.
MEMORY = "1GB"

_KNOWN = COLUMNS[Freight.RECORDS].known
#: What is taken of a plain row; where something stands in another column, the row is not plain.
_TAKEN = (
    *("id", "subject", "scheme", "rule", "happened_on", "quantity", "points"),
    *("filer", "approver", "approved_on", "note"),
)
_STAGED = """
CREATE TABLE staged (
    place INTEGER, line BIGINT, id VARCHAR, subject VARCHAR, scheme VARCHAR, rule VARCHAR, happened_on DATE,
    quantity BIGINT, points BIGINT, filer VARCHAR, approver VARCHAR, approved_on DATE, note VARCHAR
)
"""


def _is(column: str, pattern: str) -> str:
    return f"regexp_full_match({column}, '{pattern}')"


_DAY = "regexp_full_match({0}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') AND TRY_CAST({0} AS DATE) IS NOT NULL"
_DECIMAL = "regexp_full_match({0}, '-?[0-9]{{1,7}}([.][0-9]{{1,6}})?')"
# Letters, numbers, marks and signs on one line.
_NOTE = r"regexp_full_match(note, '[\p{L}\p{N}\p{P}\p{S}\p{Zs}]+') AND length(note) <= 500 AND note = trim(note)"
_MILLIONTHS = "CAST(CAST({0} AS DECIMAL(18, 6)) * 1000000 AS BIGINT)"
#: Rows that say everything in the plainest form, and nothing that asks for a way of its own.
_PLAIN = " AND ".join(
    [
        *(_is(column, ID.pattern) for column in ("id", "subject", "scheme", "rule")),
        *(f"NOT {_is(column, PERSONAL.pattern)}" for column in ("id", "subject")),
        *(f"({_DAY.format(column)})" for column in ("happened_on", "approved_on")),
        *(f"({column} IS NULL OR {_is(column, ID.pattern)})" for column in ("filer", "approver")),
        *(f"({column} IS NULL OR {_DECIMAL.format(column)})" for column in ("quantity", "points")),
        f"(note IS NULL OR {_NOTE})",
        *(f"{column} IS NULL" for column in _KNOWN if column not in _TAKEN),
    ]
)


#: A row with the place of its file, its line, and its note.
Placed = tuple[int, int, Told, str | None]


class Staging:
    """A folder in which rows wait. Close it in the end; the folder is the caller's to remove."""

    def __init__(self, folder: Path, by: Signatures) -> None:
        self._by = by
        self._folder = folder
        self._engine = duckdb.connect(
            str(folder / "staged.duckdb"),
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "memory_limit": MEMORY,
                "temp_directory": str(folder),
            },
        )
        self._engine.execute(_STAGED)

    def close(self) -> None:
        """Let go of the engine."""
        self._engine.close()

    # Taking in

    def take_file(self, path: Path, place: int) -> Iterator[Row] | None:
        """Take a file's plain rows and give the others; None where the file as a whole has to be read with care.

        The others are to be gone through before anything else is asked.
        """
        try:
            rows = self._rows_of(path)
            if rows is None:
                return None
            self._engine.execute(f"CREATE OR REPLACE TEMP TABLE read AS {rows}")
            if not self._one_line_each(path):
                return None
            self._stage("read", place)
        except (duckdb.InvalidInputException, duckdb.IOException, UnicodeDecodeError, csv.Error):
            return None
        return self._rest()

    def _rows_of(self, path: Path) -> str | None:
        """Print how the engine reads a file; None where its header is not plain."""
        with path.open(encoding="utf-8", newline="") as lines:
            header = next(csv.reader([lines.readline(1_000)], strict=True), [])
        if len(set(header)) != len(header) or not set(COLUMNS[Freight.RECORDS].needed) <= set(header) <= set(_KNOWN):
            return None
        columns = ", ".join(f"{text(name)}: 'VARCHAR'" for name in header)
        missing = "".join(f", CAST(NULL AS VARCHAR) AS {name}" for name in _KNOWN if name not in header)
        return (
            f"SELECT row_number() OVER () + 1 AS line, *{missing} FROM read_csv({text(path)}, header = true,"
            f" delim = ',', quote = '\"', escape = '\"', nullstr = '', strict_mode = true, columns = {{{columns}}})"
        )

    def _one_line_each(self, path: Path) -> bool:
        """Tell whether every row is one line of the file, so that the number of the one is that of the other."""
        lines, last = 0, b"\n"
        with path.open("rb") as content:
            while part := content.read(1 << 20):
                lines += part.count(b"\n")
                last = part[-1:]
        (rows,) = self._engine.execute("SELECT count(*) FROM read").fetchone() or (0,)
        return bool(rows) and lines + (last != b"\n") == rows + 1

    def _stage(self, source: str, place: int) -> None:
        quantity, points = _MILLIONTHS.format("quantity"), _MILLIONTHS.format("points")
        self._engine.execute(
            f"INSERT INTO staged SELECT {place}, line, id, subject, scheme, rule, CAST(happened_on AS DATE),"
            f" {quantity}, {points}, coalesce(filer, $filer), coalesce(approver, $approver),"
            f" CAST(approved_on AS DATE), note FROM {source} WHERE {_PLAIN}",
            {"filer": self._by.filer, "approver": self._by.approver},
        )

    def _rest(self) -> Iterator[Row]:
        columns = ("line", *_KNOWN)
        cursor = self._engine.execute(
            f"SELECT {', '.join(columns)} FROM read WHERE coalesce({_PLAIN}, false) = false ORDER BY line"
        )
        # There may be as many as the file has rows.
        while page := cursor.fetchmany(AT_A_TIME):
            for line, *cells in page:
                yield Row(line, {name: cell for name, cell in zip(_KNOWN, cells, strict=True) if cell})

    # Handing over

    def count(self) -> int:
        """Tell how many rows wait."""
        (rows,) = self._engine.execute("SELECT count(*) FROM staged").fetchone() or (0,)
        return int(rows)

    def take_out(self, *, ids: Collection[str] = (), subjects: Collection[str] = ()) -> list[Placed]:
        """Take out rows with these ids, of these subjects, or whose id stands there twice."""
        self._engine.execute("CREATE OR REPLACE TEMP TABLE picked (id VARCHAR, subject VARCHAR)")
        picked = [(id_, None) for id_ in ids] + [(None, subject) for subject in subjects]
        if picked:
            self._engine.executemany("INSERT INTO picked VALUES (?, ?)", picked)
        chosen = (
            "id IN (SELECT id FROM picked WHERE id IS NOT NULL) OR"
            " subject IN (SELECT subject FROM picked WHERE subject IS NOT NULL) OR"
            " id IN (SELECT id FROM staged GROUP BY id HAVING count(*) > 1)"
        )
        self._engine.execute(f"CREATE OR REPLACE TEMP TABLE out AS SELECT * FROM staged WHERE {chosen}")
        rows = self._engine.execute("SELECT * FROM out ORDER BY place, line").fetchall()
        if rows:
            self._engine.execute("DELETE FROM staged WHERE (place, line) IN (SELECT place, line FROM out)")
        return [(row[0], row[1], Told(*row[2:-1]), row[-1]) for row in rows]

    def weighing(self) -> Weighing:
        """Give what weighs the rows that wait."""
        return Weighing(self._engine, self._folder)


def as_item(told: Told, note: str | None) -> RecordItem:
    """Give a plain row as the item that a careful reading would have given."""
    return RecordItem(
        id=told.id,
        subject=told.subject,
        scheme=told.scheme,
        rule=told.rule,
        matching=(),
        happened_on=told.happened_on,
        quantity=told.quantity,
        points=told.points,
        approved_on=told.approved_on,
        note=note,
        filer=told.filer,
        approver=told.approver,
    )
