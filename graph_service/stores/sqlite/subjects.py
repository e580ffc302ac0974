"""Subjects and their ages in SQLite."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from graph_service.model.days import day_number, day_of, end_number, end_of
from graph_service.model.subjects import AgeChange, AgeClass, Subject, SubjectKind
from graph_service.stores.sqlite.rows import Row, Rows

_COLUMNS = "id, kind, name, since, until, seq"


def _subject(row: Row) -> Subject:
    id_, kind, name, since, until, seq = row
    return Subject(
        id=id_,
        kind=SubjectKind(kind),
        name=name,
        since=None if since is None else day_of(since),
        until=end_of(until),
        seq=seq,
    )


def _age(row: Row) -> AgeChange:
    subject, age_class, since, seq = row
    return AgeChange(subject=subject, age_class=AgeClass(age_class), since=day_of(since), seq=seq)


class SubjectsReading(Rows):
    """Reads subjects."""

    def subjects_of(self, ids: Collection[str]) -> Mapping[str, Subject]:
        """Find subjects by id."""
        rows = self._rows_among(f"SELECT {_COLUMNS} FROM subject WHERE id IN ({{ids}})", ids)
        return {row[0]: _subject(row) for row in rows}

    def subjects(self, *, kinds: Collection[SubjectKind], after: str | None, limit: int) -> list[Subject]:
        """List subjects of some kinds, in order of id."""
        chosen = [str(kind) for kind in (kinds or SubjectKind)]
        marks = ", ".join("?" * len(chosen))
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM subject WHERE id > ? AND kind IN ({marks}) ORDER BY id LIMIT ?",
            (after or "", *chosen, limit),
        )
        return [_subject(row) for row in rows]

    def ages_of(self, subjects: Collection[str]) -> Mapping[str, list[AgeChange]]:
        """List the age changes of persons, in order of day."""
        rows = self._rows_among("SELECT * FROM age WHERE subject IN ({ids}) ORDER BY subject, since", subjects)
        ages: dict[str, list[AgeChange]] = {}
        for change in map(_age, rows):
            ages.setdefault(change.subject, []).append(change)
        return ages

    def ages(self, *, after: str | None, limit: int) -> list[AgeChange]:
        """List all age changes of up to `limit` persons, in order of person and day."""
        rows = self._rows(
            "SELECT * FROM age WHERE subject IN"
            " (SELECT DISTINCT subject FROM age WHERE subject > ? ORDER BY subject LIMIT ?)"
            " ORDER BY subject, since",
            (after or "", limit),
        )
        return [_age(row) for row in rows]


class SubjectsWriting(SubjectsReading):
    """Writes subjects."""

    def put_subjects(self, subjects: Sequence[Subject]) -> None:
        """Keep subjects in place of what was kept under their ids."""
        self._write_many(
            "INSERT OR REPLACE INTO subject VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    subject.id,
                    str(subject.kind),
                    subject.name,
                    None if subject.since is None else day_number(subject.since),
                    end_number(subject.until),
                    subject.seq,
                )
                for subject in subjects
            ],
        )

    def put_ages(self, changes: Sequence[AgeChange]) -> None:
        """Keep age changes."""
        self._write_many(
            "INSERT OR REPLACE INTO age VALUES (?, ?, ?, ?)",
            [(change.subject, str(change.age_class), day_number(change.since), change.seq) for change in changes],
        )
