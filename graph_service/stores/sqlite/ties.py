"""Ties in SQLite."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from heapq import merge
from itertools import islice

import orjson

from graph_service.model.days import FOREVER, day_number, day_of, end_number, end_of
from graph_service.model.journal import canonical
from graph_service.model.records import LATEST
from graph_service.model.subjects import SubjectKind
from graph_service.model.ties import Tie, TieEnd
from graph_service.ports.store import TiesHeld
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

    def ties_held(self, subjects: Collection[str], question: TiesHeld) -> Mapping[str, list[Tie]]:
        """List a page of the ties of each subject that hold on a day."""
        pages = {subject: self._page_at(subject, question) for subject in subjects}
        return {subject: page for subject, page in pages.items() if page}

    def void_days(self, *, since: date, until: date) -> list[date]:
        """List the days on which a tie, consent or waiver was voided, in order."""
        voided = " UNION ".join(
            f"SELECT voided_on FROM {fact} WHERE voided_on < {FOREVER} AND voided_on >= :since AND voided_on < :until"
            for fact in ("tie", "consent", "waiver")
        )
        rows = self._rows(f"{voided} ORDER BY 1", {"since": day_number(since), "until": day_number(until)})
        return [day_of(row[0]) for row in rows]

    def _page_at(self, subject: str, question: TiesHeld) -> list[Tie]:
        """Merge what each sort of tie has on the page: the index lists every sort in the order of the page."""
        sorts = [
            self._of_sort(subject, end, kind, far_kind, question)
            for end in question.ends
            for kind, far_kind in self._sorts(subject, end)
            if (not question.kinds or kind in question.kinds)
            and (not question.far_kinds or far_kind in question.far_kinds)
        ]
        merged = merge(*sorts, key=lambda placed: placed[0])
        return [tie for _, tie in islice(merged, question.limit)]

    def _sorts(self, subject: str, end: TieEnd) -> Iterator[tuple[str, str]]:
        """Go through the kinds of tie and of far end that a subject has, one by one, past all ties of the sort."""
        sort: tuple[str, str] = ("", "")
        statement = (
            f"SELECT kind, {end.other}_kind FROM tie"
            f" WHERE {end} = ? AND (kind, {end.other}_kind) > (?, ?) ORDER BY kind, {end.other}_kind LIMIT 1"
        )
        while row := self._rows(statement, (subject, *sort)).fetchone():
            sort = (row[0], row[1])
            yield sort

    def _of_sort(
        self, subject: str, end: TieEnd, kind: str, far_kind: str, question: TiesHeld
    ) -> Iterator[tuple[tuple[str, str], Tie]]:
        far, day = end.other, day_number(question.on)
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM tie"
            f" WHERE {end} = ? AND kind = ? AND {far}_kind = ? AND ({far}, id) > (?, ?)"
            f" AND since <= ? AND until > ? AND voided_on = {FOREVER} ORDER BY {far}, id LIMIT ?",
            (subject, kind, far_kind, *(question.after or ("", "")), day, day, question.limit),
        )
        for row in rows.fetchall():
            tie = _tie(row)
            yield (tie.at(far), tie.id), tie

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
