"""Records and the stretches in which they are in force, in SQLite."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import apsw

from graph_service.model.days import day_number, day_of, end_of
from graph_service.model.journal import Entry, Written
from graph_service.model.records import LATEST, Act, Force, Record, RecordState
from graph_service.ports.store import Due
from graph_service.projection.codec import of_whole
from graph_service.projection.layout import RECORD_COLUMNS, STRETCH_COLUMNS, force_row, imported_rows, record_row
from graph_service.stores.sqlite.connection import make_indexes
from graph_service.stores.sqlite.rows import Row, Rows

_INSERT_RECORD = "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#: Not a replacement: that would write every index anew, and most of them stay as they are.
_PUT_RECORD = f"""{_INSERT_RECORD} ON CONFLICT (id) DO UPDATE SET
rule = excluded.rule, points = excluded.points, state = excluded.state, due_on = excluded.due_on,
approved_seq = excluded.approved_seq, whole = excluded.whole"""
_INSERT_FORCE = "INSERT INTO force VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_TAKE_RECORDS = f"INSERT INTO main.record SELECT {', '.join(RECORD_COLUMNS)} FROM laid.imported"
#: Where a record never counted, its stretch has no first day.
_TAKE_FORCES = (
    "INSERT INTO main.force SELECT id, seq, subject, scheme, rule, edition, happened_on, points, sign(points),"
    f" {', '.join(STRETCH_COLUMNS)} FROM laid.imported"
)

#: What `_record` reads.
_COLUMNS = "whole, seq, approved_seq"


def _record(row: Row) -> Record:
    text, seq, approved_seq = row
    return of_whole(text, seq=seq, approved_seq=approved_seq)


def _force(row: Row) -> Force:
    act = Act(
        record=row[0],
        subject=row[2],
        scheme=row[3],
        rule=row[4],
        edition=row[5],
        happened_on=day_of(row[6]),
        points=row[7],
        grade=row[9],
    )
    return Force(
        act=act,
        opened_on=day_of(row[10]),
        opened_seq=row[1],
        closed_on=end_of(row[11]),
        closed_seq=None if row[12] == LATEST else row[12],
    )


class RecordsReading(Rows):
    """Reads records."""

    def records_of(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Find records by id."""
        rows = self._rows_among(f"SELECT {_COLUMNS} FROM record WHERE id IN ({{ids}})", ids)
        return {record.id: record for record in map(_record, rows)}

    def records_about(self, subjects: Collection[str]) -> Mapping[str, list[Record]]:
        """List the records of each subject, newest behaviour first, then by id."""
        rows = self._rows_among(
            f"SELECT {_COLUMNS} FROM record WHERE subject IN ({{ids}}) ORDER BY happened_on DESC, id",
            subjects,
        )
        about: dict[str, list[Record]] = {}
        for record in map(_record, rows):
            about.setdefault(record.subject, []).append(record)
        return about

    def records(self, *, states: Collection[RecordState], after: str | None, limit: int) -> list[Record]:
        """List records in some states, in order of id."""
        chosen = [str(state) for state in (states or RecordState)]
        marks = ", ".join("?" * len(chosen))
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM record WHERE id > ? AND state IN ({marks}) ORDER BY id LIMIT ?",
            (after or "", *chosen, limit),
        )
        return [_record(row) for row in rows]

    def forces_of(self, records: Collection[str]) -> Mapping[str, list[Force]]:
        """List the stretches in which each record was in force, in order."""
        rows = self._rows_among("SELECT * FROM force WHERE record IN ({ids}) ORDER BY record, opened_seq", records)
        stretches: dict[str, list[Force]] = {}
        for force in map(_force, rows):
            stretches.setdefault(force.act.record, []).append(force)
        return stretches

    def forces(self, *, after: str | None, limit: int) -> list[Force]:
        """List all stretches of up to `limit` records, in order of record and position."""
        rows = self._rows(
            "SELECT * FROM force WHERE record IN"
            " (SELECT DISTINCT record FROM force WHERE record > ? ORDER BY record LIMIT ?)"
            " ORDER BY record, opened_seq",
            (after or "", limit),
        )
        return [_force(row) for row in rows]

    def due(self, *, by: date, limit: int) -> list[Due]:
        """List what falls due up to and on a day, in order of day and record."""
        rows = self._rows(
            "SELECT id, due_on FROM record WHERE due_on <= ? ORDER BY due_on, id LIMIT ?",
            (day_number(by), limit),
        )
        return [Due(record=id_, on=day_of(on)) for id_, on in rows]

    def due_of(self, records: Collection[str]) -> Mapping[str, Due]:
        """Find what falls due for records."""
        rows = self._rows_among("SELECT id, due_on FROM record WHERE id IN ({ids}) AND due_on IS NOT NULL", records)
        return {id_: Due(record=id_, on=day_of(on)) for id_, on in rows}


class RecordsWriting(RecordsReading):
    """Writes records."""

    def put_record(self, record: Record) -> None:
        """Keep a record, and the day on which something falls due for it."""
        row = record_row(record)
        try:
            self._write(_PUT_RECORD, row)
        except apsw.SQLError:
            # The index by id was put aside for a large load: the same statement tells whether it was that.
            make_indexes(self._connection)
            self._write(_PUT_RECORD, row)

    def put_imported(self, entry: Entry) -> None:
        """Keep the records of an import."""
        if isinstance(rows := entry.asked["rows"], Written):
            self._take_laid(rows)
            return
        records, forces = imported_rows(entry)
        self._write_many(_INSERT_RECORD, records)
        self._write_many(_INSERT_FORCE, forces)

    def _take_laid(self, rows: Written) -> None:
        """Take rows from the file that is attached; see `SQLiteStore.taking`."""
        span = (rows.first, rows.first + rows.count - 1)
        self._write(f"{_TAKE_RECORDS} WHERE rowid BETWEEN ? AND ?", span)
        self._write(f"{_TAKE_FORCES} WHERE rowid BETWEEN ? AND ? AND opened_on IS NOT NULL", span)

    def open_force(self, force: Force) -> None:
        """Let an act count from a day on."""
        self._write(_INSERT_FORCE, force_row(force))

    def close_force(self, record: str, *, on: date, seq: int) -> None:
        """Let a record count no longer from a day on."""
        self._write(
            "UPDATE force SET closed_on = ?, closed_seq = ? WHERE record = ? AND closed_seq = ?",
            (day_number(on), seq, record, LATEST),
        )
