"""Weighing: what many records come to, found once for all rows that are alike, by an engine, however many there are.

What a rule makes of a row is said in `Scales` alone. Here it is asked of one row of each likeness, and the answer put
beside all rows of it. Rows on which others bear are weighed each by itself, and those that are not plain are left to
be entered alone, with all rows of their subject.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import orjson

from graph_service.actions.import_records import Scales, Told, Way
from graph_service.lookups.listing import records_exist
from graph_service.model.journal import Value, Written
from graph_service.model.records import LATEST
from graph_service.model.subjects import SubjectKind
from graph_service.projection.layout import MOULDS_MAX, OWN, RECORD_COLUMNS, STRETCH_COLUMNS, Row, mould_of
from graph_service.replay.engine import Lines, attach, text, written

#: Rows that are handed over at a time, at least: those of a subject are never parted.
ROWS_PER_CHUNK = 5_000

#: Entries whose rows are laid out in one file.
_ENTRIES_PER_FILE = 32

#: Rows, subjects, and likenesses, that are looked at in a turn.
AT_A_TIME = 10_000

_OWN = re.compile("|".join(OWN))

#: What rows are like that are laid out alike: which way they go, what was found, and what `projection.layout` says.
_MOULD = {
    **{"mould": "BIGINT", "goes": "VARCHAR", "found": "VARCHAR"},
    **{"edition": "INTEGER", "day": "INTEGER", "worth": "BIGINT", "state": "VARCHAR", "due_on": "INTEGER"},
    # The text of the whole, cut where the row's own ids go.
    **{f"whole_{place}": "VARCHAR" for place in range(len(OWN) + 1)},
    **{"grade": "VARCHAR", "opened_on": "INTEGER", "closed_on": "INTEGER", "over": "BOOLEAN"},
}

_EACH = {"record": "VARCHAR", "mould": "BIGINT"}

#: What `Told` has, in order.
_TOLD = "id, subject, scheme, rule, happened_on, quantity, points, filer, approver, approved_on"
_IN_ORDER = "ORDER BY subject, approved_on, id"

_ALIKE = ("scheme", "rule", "happened_on", "approved_on", "quantity", "points")
_LIKENESS = f"""
CREATE TABLE likeness AS SELECT row_number() OVER () AS likeness, * FROM (
    SELECT DISTINCT a.kind, {", ".join(f"s.{name}" for name in _ALIKE)} FROM staged s JOIN actor a ON a.id = s.subject
)
"""
#: Rows of one subject and one rule of which the later ones look back at the earlier.
_AGAIN = f"""
CREATE TABLE again AS SELECT subject, scheme, rule FROM staged
WHERE (scheme, rule) IN (
    SELECT l.scheme, l.rule FROM mould p JOIN likeness l ON l.likeness = p.mould WHERE p.goes = '{Way.FIRST}'
)
GROUP BY ALL HAVING count(*) > 1
"""
_JUDGED = f"""
CREATE TABLE judged AS
SELECT s.*, p.mould, CASE
    WHEN p.goes IS NULL OR p.goes = '{Way.ALONE}' OR s.happened_on < a.since OR s.approver IN (s.filer, s.subject)
        OR s.filer IN ({{unfit}}) OR s.approver IN ({{unfit}}) THEN '{Way.ALONE}'
    WHEN p.goes = '{Way.FIRST}' THEN CASE WHEN g.subject IS NULL THEN '{Way.ALIKE}' ELSE '{Way.EACH}' END
    ELSE p.goes END AS way
FROM staged s
LEFT JOIN actor a ON a.id = s.subject
LEFT JOIN likeness l ON l.kind = a.kind AND {" AND ".join(f"l.{name} IS NOT DISTINCT FROM s.{name}" for name in _ALIKE)}
LEFT JOIN mould p ON p.mould = l.likeness
LEFT JOIN again g ON g.subject = s.subject AND g.scheme = s.scheme AND g.rule = s.rule
"""
_JUDGED_EACH = f"CREATE TABLE judged AS SELECT *, CAST(NULL AS BIGINT) AS mould, '{Way.EACH}' AS way FROM staged"

_WEIGHED = f"""
CREATE TABLE weighed AS
SELECT j.* REPLACE (coalesce(e.mould, j.mould) AS mould, CAST(happened_on AS VARCHAR) AS happened_on,
                    CAST(approved_on AS VARCHAR) AS approved_on)
FROM judged j LEFT JOIN each_mould e ON e.record = j.id
WHERE j.subject NOT IN (SELECT subject FROM lone) AND (j.way = '{Way.ALIKE}' OR e.mould IS NOT NULL)
ORDER BY j.subject, j.approved_on, j.id
"""

#: The rows of some entries in order, with what they have in common with others; they are counted from 1.
_BATCH = """
CREATE OR REPLACE TEMP TABLE batch AS
SELECT w.rowid - $begins + 1 AS number, $after + 1 + w.rowid // $rows AS seq, w.* EXCLUDE (mould), p.*
FROM weighed w JOIN mould p ON p.mould = w.mould WHERE w.rowid >= $begins AND w.rowid < $ends
"""
#: A join gives its rows in order where it goes through the rows and not through the moulds, which is seldom otherwise.
_BATCH_IN_ORDER = "SELECT bool_and(rowid + 1 = number) FROM batch"
_SORT_BATCH = "CREATE OR REPLACE TEMP TABLE batch AS FROM batch ORDER BY number"
#: What `projection.layout` names, in its order.
_CELLS = (
    *("id", "subject", "scheme", "rule", "edition", "day", "worth", "state", "due_on", "seq", "seq"),
    " || ".join(["whole_0", *(f"{own.strip('<>')} || whole_{place}" for place, own in enumerate(OWN, 1))]),
    *("grade", "opened_on", "closed_on", f"CASE WHEN over THEN seq ELSE {LATEST} END"),
)
_LAID = ", ".join(f"{cell} AS {column}" for column, cell in zip(RECORD_COLUMNS + STRETCH_COLUMNS, _CELLS, strict=True))
_LAY = f"CREATE TABLE laid.imported AS SELECT {_LAID} FROM batch"
_NOTES = "SELECT seq, subject, id, note FROM batch WHERE note IS NOT NULL ORDER BY number"
_TEXTS = f"""
SELECT min(number), count(*), string_agg(json_array({_TOLD}), ',' ORDER BY number),
       string_agg(found, ',' ORDER BY number), seq
FROM batch GROUP BY seq ORDER BY seq
"""


class LaidEntry(NamedTuple):
    """An entry whose rows are laid out: its position, what it asks, what comes of it, and notes.

    A note stands behind its subject and its record.
    """

    seq: int
    asked: Written
    outcome: Written
    notes: Sequence[tuple[str, str, str]]


class Laid(NamedTuple):
    """Entries whose rows are laid out in one file, for a store to take."""

    file: Path
    entries: Sequence[LaidEntry]


#: A row as the journal keeps it, what was found, and its note.
Noted = tuple[list[Value], list[Value], str | None]


class Weighing:
    """Weighs the rows of the table `staged`."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._files = count()
        #: Rows that were weighed, by rule: those that are new, and those that the journal holds.
        self.new: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        #: Schemes of rows that are new.
        self.schemes: set[str] = set()

    # Weighing

    def weigh(self, scales: Scales, tell: Callable[[int], None]) -> None:
        """Weigh all rows.

        Args:
            scales: What says how much a row weighs.
            tell: Told now and then how many rows were looked at.
        """
        if records_exist(scales.reading):
            self._table("mould", _MOULD, iter(()))
            self._engine.execute(_JUDGED_EACH)
        else:
            self._judge(scales, tell)
        self._engine.execute(f"CREATE TABLE lone AS SELECT DISTINCT subject FROM judged WHERE way = '{Way.ALONE}'")
        lone: list[str] = []
        moulds = Lines(self._folder / "moulds.jsonl", _MOULD)
        with moulds:
            self._table("each_mould", _EACH, self._each(scales, moulds, lone, tell))
        self._engine.execute(f"INSERT INTO mould SELECT * FROM {moulds.read}")
        self._table("found_lone", {"subject": "VARCHAR"}, ((subject,) for subject in lone))
        self._engine.execute("INSERT INTO lone SELECT subject FROM found_lone")
        tell(self._count("judged"))
        self._engine.execute(_WEIGHED)
        for scheme, rule, rows in self._rows("SELECT scheme, rule, count(*) FROM weighed GROUP BY ALL"):
            self.new[rule] += rows
            self.schemes.add(scheme)

    def _judge(self, scales: Scales, tell: Callable[[int], None]) -> None:
        """Find out for each likeness what its rows come to, and for each row which way it goes."""
        actors = {"id": "VARCHAR", "kind": "VARCHAR", "since": "DATE"}
        self._table("actor", actors, self._actors(scales, tell))
        self._engine.execute(_LIKENESS)
        self._table("mould", _MOULD, self._moulds(scales, tell))
        self._engine.execute(_AGAIN)
        people = self._rows("SELECT DISTINCT unnest([filer, approver]) FROM staged")
        unfit = ", ".join(text(person) for (person,) in people if not scales.fit(person))
        self._engine.execute(_JUDGED.format(unfit=unfit or "NULL"))
        self._engine.execute("DROP TABLE staged")

    def _actors(self, scales: Scales, tell: Callable[[int], None]) -> Iterator[tuple[str, str, str | None]]:
        for page in self._pages("SELECT DISTINCT subject FROM staged"):
            tell(0)
            for subject in scales.reading.subjects_of([id_ for (id_,) in page]).values():
                if scales.lives(subject):
                    since = None if subject.since is None else subject.since.isoformat()
                    yield subject.id, str(subject.kind), since

    def _moulds(self, scales: Scales, tell: Callable[[int], None]) -> Iterator[Row]:
        for page in self._pages(f"SELECT likeness, kind, {', '.join(_ALIKE)} FROM likeness"):
            tell(0)
            for number, kind, scheme, rule, happened_on, approved_on, quantity, points in page:
                told = Told("", "", scheme, rule, happened_on, quantity, points, "", "", approved_on)
                way, found = scales.alike(SubjectKind(kind), told)
                if found is None:
                    yield number, str(way), *[None] * (len(_MOULD) - 2)
                else:
                    yield _cells(number, way, orjson.dumps(found), scales.today, *_like(told))

    def _each(self, scales: Scales, moulds: Lines, lone: list[str], tell: Callable[[int], None]) -> Iterator[Row]:
        """Weigh rows on which others bear, subject by subject: give each one's record and mould.

        Adds new moulds to `moulds`, and subjects whose rows have to be entered alone to `lone`.
        """
        done, numbers = 0, count(-1, -1)

        @lru_cache(MOULDS_MAX)
        def mould(found: bytes, *like: Value) -> int:
            number = next(numbers)
            moulds.add(_cells(number, Way.EACH, found, scales.today, *like))
            return number

        for chunk, notes in self._chunks(f"way = '{Way.EACH}' AND subject NOT IN (SELECT subject FROM lone)"):
            for rows, weighed in scales.weigh(chunk):
                new = {each.told.id for each in weighed or ()}
                known = [row for row in rows if row.id not in new]
                # Whether what is known said the same in its note, only the vault knows.
                if weighed is None or any(row.id in notes for row in known):
                    lone.append(rows[0].subject)
                    continue
                self.known.update(row.rule for row in known)
                for told, found in weighed:
                    yield told.id, mould(orjson.dumps(found), *_like(told))
            done += len(chunk)
            tell(done)

    def _chunks(self, which: str) -> Iterator[tuple[list[Told], Mapping[str, str]]]:
        """Go through rows in order of subject, day of approval and id; with them come the notes, by record."""
        chunk: list[Told] = []
        notes: dict[str, str] = {}
        for page in self._pages(f"SELECT {_TOLD}, note FROM judged WHERE {which} {_IN_ORDER}"):
            for *cells, note in page:
                row = Told(*cells)
                if len(chunk) >= ROWS_PER_CHUNK and row.subject != chunk[-1].subject:
                    yield chunk, notes
                    chunk, notes = [], {}
                chunk.append(row)
                if note is not None:
                    notes[row.id] = note
        if chunk:
            yield chunk, notes

    # Handing over

    def alone(self) -> Iterator[tuple[int, int, Told, str | None]]:
        """Go through the rows that have to be entered alone, with place and line, in order of subject and approval."""
        subjects = "subject IN (SELECT subject FROM lone)"
        for page in self._pages(f"SELECT place, line, {_TOLD}, note FROM judged WHERE {subjects} {_IN_ORDER}"):
            for place, line, *cells, note in page:
                yield place, line, Told(*cells), note

    def rows(self, number: int) -> Iterator[list[Noted]]:
        """Go through the rows that were weighed, in order of subject, day of approval and id, so many at a time."""
        rows = f"SELECT found, note, {_TOLD} FROM weighed w JOIN mould p ON p.mould = w.mould ORDER BY w.rowid"
        for page in self._pages(rows, number):
            yield [(said, orjson.loads(found), note) for found, note, *said in page]

    def laid(self, after: int, rows_per_entry: int) -> Iterator[Laid]:
        """Lay out the rows that were weighed, in the same order, some entries at a time.

        A file is there until the one after the next is asked for.

        Args:
            after: The position behind which the first entry goes.
            rows_per_entry: How many rows an entry has.
        """
        batch = rows_per_entry * _ENTRIES_PER_FILE
        files = [self._folder / f"laid-{number}.db" for number in range(2)]
        for number, begins in enumerate(range(0, self._count("weighed"), batch)):
            file = files[number % 2]
            file.unlink(missing_ok=True)
            span = {"begins": begins, "ends": begins + batch}
            self._engine.execute(_BATCH, {**span, "after": after, "rows": rows_per_entry})
            if not self._engine.execute(_BATCH_IN_ORDER).fetchall()[0][0]:
                self._engine.execute(_SORT_BATCH)
            attach(self._engine, file, "laid", writing=True)
            self._engine.execute(_LAY)
            self._engine.execute("DETACH laid")
            notes: dict[int, list[tuple[str, str, str]]] = {}
            for entry, subject, record, note in self._engine.execute(_NOTES).fetchall():
                notes.setdefault(entry, []).append((subject, record, note))
            entries = []
            for first, rows, asked, outcome, seq in self._engine.execute(_TEXTS).fetchall():
                said, found = (Written(text=f"[{rows_}]", first=first, count=rows) for rows_ in (asked, outcome))
                entries.append(LaidEntry(seq, said, found, notes.get(seq, [])))
            yield Laid(file, entries)

    def holds(self, ids: Sequence[str]) -> bool:
        """Tell whether one of these records is among the rows that were weighed."""
        asked = {"ids": list(ids)}
        found = self._engine.execute("SELECT 1 FROM weighed WHERE id IN (SELECT unnest($ids)) LIMIT 1", asked)
        return found.fetchone() is not None

    # Asking

    def _table(self, name: str, columns: Mapping[str, str], rows: Iterator[Sequence[str | int | None]]) -> None:
        file = self._folder / f"{name}-{next(self._files)}.jsonl"
        self._engine.execute(f"CREATE TABLE {name} AS SELECT * FROM {written(file, columns, rows)}")
        file.unlink()

    def _count(self, table: str) -> int:
        return int(self._rows(f"SELECT count(*) FROM {table}")[0][0])

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self._engine.cursor().execute(statement).fetchall()

    def _pages(self, statement: str, number: int = AT_A_TIME) -> Iterator[list[tuple[Any, ...]]]:
        """Ask on a cursor of its own, so that other questions can be asked in between."""
        cursor = self._engine.cursor()
        cursor.execute(statement)
        while page := cursor.fetchmany(number):
            yield page


def _like(told: Told) -> Sequence[Value]:
    """Give what rows that come to the same have in common: the day of approval, and what `mould_of` calls behaviour."""
    _, _, *behaviour, _, _, approved_on = told.said
    return approved_on, *behaviour


def _cells(number: int, way: Way, found: bytes, filed_on: date, approved_on: Value, *behaviour: Value) -> Row:
    """Write a row of the table `mould`."""
    mould = mould_of(found, filed_on, approved_on, *behaviour)
    stretch = (None, None, None) if mould.force is None else mould.force[-3:]
    return number, str(way), found.decode(), *mould.record[2:], *_OWN.split(mould.whole), *stretch, mould.over
