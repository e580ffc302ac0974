"""The share relation in Neo4j: the printed statements, asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta

from msgspec.structs import replace

from graph_service.model.records import LATEST, Act, Moment
from graph_service.model.standing import OWN, Line, Share
from graph_service.model.subjects import SubjectKind
from graph_service.relation import cypher
from graph_service.relation.sql import Anchor
from graph_service.scoring.sharing import Walk, choose, share_over
from graph_service.stores.neo4j.records import act_of, written_act
from graph_service.stores.neo4j.rows import Row, day
from graph_service.stores.neo4j.ties import TiesReading

#: Records whose shares are found at a time when the whole relation is asked for.
STRETCH = 2_000

#: The last moment there is: everything known, nothing left out but what was voided.
_LAST = Moment(date.max - timedelta(days=1), LATEST - 1)


def _clocks(moment: Moment) -> dict[str, object]:
    return {"as_of": moment.as_of, "known_at": moment.known_at}


def _walk(row: Row) -> Walk:
    """Read a walk: record, target, route, place, ties, amount."""
    return Walk(target=row[1], route=row[2], place=row[3], ties=tuple(row[4]), amount=row[5])


def _act(row: Row, scheme: str) -> Act:
    """Read the act behind a walk: actor, rule, edition, day, points, grade."""
    actor, rule, edition, happened_on, points, grade = row[6:12]
    return Act(
        record=row[0],
        subject=actor,
        scheme=scheme,
        rule=rule,
        edition=edition,
        happened_on=day(happened_on),
        points=points,
        grade=grade,
    )


def lines_of(rows: Iterable[Row], scheme: str) -> Iterator[Line]:
    """Choose the strongest of each record's walks, and add the records' own shares."""
    walks: dict[str, list[Walk]] = {}
    acts: dict[str, Act] = {}
    for row in rows:
        act = acts.setdefault(row[0], _act(row, scheme))
        if row[2] == OWN:
            share = Share(record=row[0], target=row[1], route=OWN, walk=(), amount=row[5])
            yield Line(share=share, act=act)
        else:
            walks.setdefault(row[0], []).append(_walk(row))
    for record, over in walks.items():
        yield from (Line(share=share_over(record, walk), act=acts[record]) for walk in choose(over))


class SharingReading(TiesReading):
    """Reads shares, from whichever end."""

    def walks_from(self, act: Act, moment: Moment) -> list[Walk]:
        """Forward: every walk over which an act counts."""
        values = {"act": written_act(act), **_clocks(self._known(moment))}
        return [_walk(row) for statement in self._statements().forward(act) for row in self._rows(statement, **values)]

    def lines_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Line]]:
        """Backward: the shares of every record in force that reach each subject."""
        kinds = self._rows("MATCH (s:Subject) WHERE s.id IN $ids RETURN s.id, s.kind", ids=list(subjects))
        own = cypher.own(Anchor.TARGET)
        lines: dict[str, list[Line]] = {}
        for subject, kind in kinds:
            values = {"subject": subject, "scheme": scheme, **_clocks(self._known(moment))}
            statements = [own, *self._statements().backward(scheme, SubjectKind(kind))]
            rows = [row for statement in statements for row in self._rows(statement, **values)]
            found = sorted(lines_of(rows, scheme), key=lambda line: (line.act.happened_on, line.act.record))
            if found:
                lines[subject] = found
        return lines

    def lines(self, scheme: str, moment: Moment) -> Iterator[Line]:
        """Whole: every share of every record in force."""
        after: str | None = ""
        while after is not None:
            found, after = self._stretch(scheme, moment, after)
            yield from found

    def _stretch(self, scheme: str, moment: Moment, after: str) -> tuple[list[Line], str | None]:
        """Give the lines of some thousand records behind one, and the last of the records; None where none are left."""
        ends = self._rows(
            "MATCH ()-[f:IN_FORCE]->() WHERE f.record > $after RETURN f.record ORDER BY f.record LIMIT $limit",
            after=after,
            limit=STRETCH,
        )
        if not ends:
            return [], None
        last = ends[-1][0]
        values = {"scheme": scheme, "after": after, "last": last, **_clocks(self._known(moment))}
        statements = self._statements().stretch(scheme)
        rows = [row for statement in statements for row in self._rows(statement, **values)]
        return list(lines_of(rows, scheme)), last

    def grading_acts_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Act]]:
        """List the acts in force that give each subject a grade directly, in order of record."""
        rows = self._among(
            "MATCH (s:Subject)<-[a:IN_FORCE]-() WHERE s.id IN $ids AND a.grade IS NOT NULL AND a.scheme = $scheme"
            f" AND {cypher.IN_FORCE} RETURN properties(a) ORDER BY a.subject, a.record",
            subjects,
            scheme=scheme,
            **_clocks(self._known(moment)),
        )
        acts: dict[str, list[Act]] = {}
        for act in map(act_of, rows):
            acts.setdefault(act.subject, []).append(act)
        return acts

    def graded(self, scheme: str, moment: Moment) -> list[str]:
        """List the subjects to whom records in force give a grade directly, in order of id."""
        rows = self._rows(
            "MATCH ()-[a:IN_FORCE]->() WHERE a.grade IS NOT NULL AND a.scheme = $scheme"
            f" AND {cypher.IN_FORCE} RETURN DISTINCT a.subject AS subject ORDER BY subject",
            scheme=scheme,
            **_clocks(self._known(moment)),
        )
        return [row[0] for row in rows]

    def records_through_tie(self, tie: str) -> list[str]:
        """Through a tie: the records with a walk that counts over it, in order of id."""
        found = self.ties_of([tie]).get(tie)
        return self._through(self._statements().through_tie(found.kind) if found else [], {"tie": tie})

    def records_through_subject(self, subject: str, purpose: str) -> list[str]:
        """Through a subject: the records that its consent could let pass, in order of id."""
        return self._through(self._statements().through_subject(purpose), {"subject": subject})

    def _through(self, statements: list[str], values: dict[str, str]) -> list[str]:
        if not self._rows("MATCH (r:Record) RETURN 1 LIMIT 1"):
            # A new district brings in its history of ties before anybody did anything.
            return []
        last = _clocks(self._known(_LAST))
        found = {row[0] for statement in statements for row in self._rows(statement, **values, **last)}
        return sorted(found)

    def _known(self, moment: Moment) -> Moment:
        """Nothing is known behind the last position of which anything is told."""
        return moment if moment.known_at <= self._upto else replace(moment, known_at=self._upto)
