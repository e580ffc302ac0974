"""Ties in SQLite."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import orjson

from graph_service.model.days import FOREVER, day_number, day_of, end_number, end_of
from graph_service.model.journal import canonical
from graph_service.model.records import LATEST
from graph_service.model.subjects import SubjectKind
from graph_service.model.ties import Tie, TieEnd
from graph_service.stores.sqlite.rows import Row, Rows

_COLUMNS = (
    "id, kind, source, target, source_kind, target_kind, since, until, attributes, origin, seq, voided_on, voided_seq"
)


def _tie(row: Row) -> Tie:
    (id_, kind, source, target, source_kind, target_kind, since, until, attributes, origin) = row[:10]
    seq, voided_on, voided_seq = row[10:13]
    return Tie(
        id=id_,
        kind=kind,
        source=source,
        target=target,
        source_kind=SubjectKind(source_kind),
        target_kind=SubjectKind(target_kind),
        since=day_of(since),
        until=end_of(until),
        attributes=orjson.loads(attributes),
        origin=origin,
        seq=seq,
        voided_on=end_of(voided_on),
        voided_seq=None if voided_seq == LATEST else voided_seq,
    )


class TiesReading(Rows):
    """Reads ties."""

    def ties_of(self, ids: Collection[str]) -> Mapping[str, Tie]:
        """Find ties by id."""
        rows = self._rows_among(f"SELECT {_COLUMNS} FROM tie WHERE id IN ({{ids}})", ids)
        return {row[0]: _tie(row) for row in rows}

    def ties(self, *, after: str | None, limit: int) -> list[Tie]:
        """List ties in order of id."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM tie WHERE id > ? ORDER BY id LIMIT ?", (after or "", limit))
        return [_tie(row) for row in rows]

    def ties_around(self, subjects: Collection[str]) -> Mapping[str, list[Tie]]:
        """List all ties that each subject ever had, in order of id."""
        around: dict[str, dict[str, Tie]] = {}
        for end in ("source", "target"):
            for row in self._rows_among(f"SELECT {_COLUMNS} FROM tie WHERE {end} IN ({{ids}})", subjects):
                tie = _tie(row)
                around.setdefault(getattr(tie, end), {})[tie.id] = tie
        return {subject: [ties[id_] for id_ in sorted(ties)] for subject, ties in around.items()}

    def ties_at(self, subjects: Collection[str], kind: str, end: TieEnd) -> Mapping[str, list[Tie]]:
        """List the ties of a kind that each subject ever had at an end, in order of id."""
        at: dict[str, list[Tie]] = {}
        statement = f"SELECT {_COLUMNS} FROM tie WHERE {end} IN ({{ids}}) AND kind = ? ORDER BY id"
        for tie in map(_tie, self._rows_among(statement, subjects, kind)):
            at.setdefault(getattr(tie, end), []).append(tie)
        return at


class TiesWriting(TiesReading):
    """Writes ties."""

    def put_ties(self, ties: Sequence[Tie]) -> None:
        """Keep ties in place of what was kept under their ids."""
        self._write_many(
            "INSERT OR REPLACE INTO tie VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    tie.id,
                    tie.kind,
                    tie.source,
                    tie.target,
                    str(tie.source_kind),
                    str(tie.target_kind),
                    day_number(tie.since),
                    end_number(tie.until),
                    canonical(dict(tie.attributes)).decode() if tie.attributes else "{}",
                    tie.origin,
                    tie.seq,
                    FOREVER if tie.voided_on is None else day_number(tie.voided_on),
                    LATEST if tie.voided_seq is None else tie.voided_seq,
                )
                for tie in ties
            ],
        )
