"""Ties in Neo4j: relationships between two subjects, of a type that is their kind in capitals.

Between two subjects there are ties and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from heapq import merge
from itertools import islice

from graph_service.model.subjects import SubjectKind
from graph_service.model.ties import Attribute, Tie, TieEnd
from graph_service.ports.store import TiesHeld
from graph_service.relation.cypher import HOLDS, label, tie_name
from graph_service.stores.neo4j.journal import JournalReading
from graph_service.stores.neo4j.rows import Properties, Row, dated, day, span

#: What is said of every tie. An attribute of such a name has `_` behind it, with which no name of a policy ends.
_SAID = frozenset({"id", "since", "until", "seq", "voided_on", "voided_seq", "origin"})
#: What `tie_of` reads of a tie `t`.
_COLUMNS = "type(t), properties(t), startNode(t).id, startNode(t).kind, endNode(t).id, endNode(t).kind"


def tie_of(row: Row) -> Tie:
    """Read a tie."""
    name, found, source, source_kind, target, target_kind = row[:6]
    attributes: dict[str, Attribute] = {
        field.removesuffix("_"): value for field, value in found.items() if field not in _SAID
    }
    return Tie(
        kind=name.lower(),
        source=source,
        target=target,
        source_kind=SubjectKind(source_kind),
        target_kind=SubjectKind(target_kind),
        attributes=attributes,
        origin=found.get("origin"),
        **dated(found),
    )


def written_tie(tie: Tie) -> Properties:
    """Write what a tie says beside its kind and ends."""
    attributes = {f"{name}_" if name in _SAID else name: value for name, value in tie.attributes.items()}
    return {**span(tie), "origin": tie.origin, **attributes}


class TiesReading(JournalReading):
    """Reads ties."""

    def _ties(self, statement: str, kinds: Iterable[str] | None = None, **values: object) -> list[Tie]:
        """Ask a statement, in which `{kind}` stands for the name of a kind, of every kind (all there are, where None).

        One statement for each kind finds ties by their index, which is by kind.
        """
        named = sorted(self._book.tie_kinds if kinds is None else self._book.tie_kinds & set(kinds))
        if not named:
            return []
        joined = "\nUNION ALL\n".join(statement.replace("{kind}", tie_name(kind)) for kind in named)
        return [tie_of(row) for row in self._rows(joined, **values)]

    def ties_of(self, ids: Collection[str]) -> Mapping[str, Tie]:
        """Find ties by id."""
        if not ids:
            return {}
        found = self._ties(
            f"MATCH ()-[t:{{kind}}]->() WHERE t.id IN $ids AND t.seq <= $upto RETURN {_COLUMNS}", ids=list(ids)
        )
        return {tie.id: tie for tie in found}

    def ties(self, *, after: str | None, limit: int) -> list[Tie]:
        """List ties in order of id."""
        found = self._ties(
            f"MATCH ()-[t:{{kind}}]->() WHERE t.id > $after AND t.seq <= $upto"
            f" WITH t ORDER BY t.id LIMIT $limit RETURN {_COLUMNS}",
            after=after or "",
            limit=limit,
        )
        return sorted(found, key=lambda tie: tie.id)[:limit]

    def ties_around(self, subjects: Collection[str]) -> Mapping[str, list[Tie]]:
        """List all ties that each subject ever had, in order of id."""
        around: dict[str, dict[str, Tie]] = {}
        rows = self._rows(
            f"MATCH (s:Subject)-[t]-(:Subject) WHERE s.id IN $ids AND t.seq <= $upto RETURN {_COLUMNS}, s.id",
            ids=list(subjects),
        )
        for row in rows:
            tie = tie_of(row)
            around.setdefault(row[6], {})[tie.id] = tie
        return {subject: [ties[id_] for id_ in sorted(ties)] for subject, ties in around.items()}

    def ties_held(self, subjects: Collection[str], question: TiesHeld) -> Mapping[str, list[Tie]]:
        """List a page of the ties of each subject that hold on a day."""
        pages = {subject: self._page_at(subject, question) for subject in subjects}
        return {subject: page for subject, page in pages.items() if page}

    def _page_at(self, subject: str, question: TiesHeld) -> list[Tie]:
        ends = [self._held_at(subject, end, question) for end in question.ends]
        return [tie for _, tie in islice(merge(*ends, key=lambda placed: placed[0]), question.limit)]

    def _held_at(self, subject: str, end: TieEnd, question: TiesHeld) -> list[tuple[tuple[str, str], Tie]]:
        """List a page of the ties at one end, in order of the far end and of their own ids."""
        far, tie_id = question.after or ("", "")
        tie = "-[t]->" if end is TieEnd.SOURCE else "<-[t]-"
        if question.kinds:
            tie = tie.replace("t", "t:" + "|".join(tie_name(kind) for kind in sorted(question.kinds)))
        labels = "|".join(label(kind) for kind in sorted(question.far_kinds)) or "Subject"
        rows = self._rows(
            f"MATCH (:Subject {{id: $subject}}){tie}(o:{labels})"
            f" WHERE (o.id > $far OR (o.id = $far AND t.id > $tie)) AND {HOLDS.format('t', '$on')}"
            f" AND t.voided_on IS NULL AND t.seq <= $upto"
            f" WITH t, o.id AS far ORDER BY far, t.id LIMIT $limit RETURN {_COLUMNS}",
            subject=subject,
            far=far,
            tie=tie_id,
            on=question.on,
            limit=question.limit,
        )
        return [((tie.at(end.other), tie.id), tie) for tie in map(tie_of, rows)]

    def ties_at(self, subjects: Collection[str], kind: str, end: TieEnd) -> Mapping[str, list[Tie]]:
        """List the ties of a kind that each subject ever had at an end, in order of id."""
        tie = f"-[t:{tie_name(kind)}]->" if end is TieEnd.SOURCE else f"<-[t:{tie_name(kind)}]-"
        at: dict[str, list[Tie]] = {}
        rows = self._rows(
            f"MATCH (s:Subject){tie}(:Subject) WHERE s.id IN $ids AND t.seq <= $upto RETURN {_COLUMNS} ORDER BY t.id",
            ids=list(subjects),
        )
        for found in map(tie_of, rows):
            at.setdefault(found.at(end), []).append(found)
        return at

    def void_days(self, *, since: date, until: date) -> list[date]:
        """List the days on which a tie, consent or waiver was voided, in order."""
        where = "WHERE f.voided_on >= $since AND f.voided_on < $until AND f.voided_seq <= $upto"
        where += " RETURN DISTINCT f.voided_on AS day"
        found = [f"MATCH ()-[f:{tie_name(kind)}]->() {where}" for kind in sorted(self._book.tie_kinds)]
        found += [f"MATCH (f:{fact}) {where}" for fact in ("Consent", "Waiver")]
        rows = self._rows("\nUNION\n".join(found), since=since, until=until)
        return sorted(day(row[0]) for row in rows)
