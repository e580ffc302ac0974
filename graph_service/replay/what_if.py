"""What if: the whole history of a scheme under a changed policy, held against the adopted one. Nothing is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from graph_service.model.days import EVER, day_number
from graph_service.model.points import POINT
from graph_service.model.standing import OWN
from graph_service.policy.schemes import Edition, Policy, Scheme
from graph_service.ports.store import Excerpt, Store
from graph_service.projection.keep import kept_on
from graph_service.relation.book import Statements
from graph_service.relation.sql import IN_FORCE, Dialect, bound
from graph_service.relation.standing import counted, standings
from graph_service.replay.duckdb import scheme_of
from graph_service.replay.engine import Bounds, engine, text
from graph_service.replay.excerpts import excerpt_of
from graph_service.replay.manifest import Manifest
from graph_service.replay.reassess import Reassessed, assess_alike, carry_anew, reassess
from graph_service.replay.snapshot import read_store
from graph_service.replay.untouched import touched
from graph_service.replay.whole import sum_up
from graph_service.scoring.sharing import carriages
from graph_service.scoring.total import standing_of

_BOUNDS = Bounds()

#: Where the distribution of score changes is cut, in millionths of a point.
CUTS = tuple(cut * POINT for cut in (-50, -20, -10, -5, -1, 0, 1, 5, 10, 20, 50))

#: Everybody of the kinds that either policy scores: those who are the same in both are only counted.
_COMPARED = """
CREATE TABLE compared AS
SELECT s.id AS subject, {before}, {after}
FROM subject s LEFT JOIN (
    SELECT subject, b.score AS score_b, b.grade AS grade_b, a.score AS score_a, a.grade AS grade_a
    FROM standing_before b FULL JOIN standing_after a USING (subject)
) k ON k.subject = s.id
WHERE s.kind IN ({kinds}) AND s.seq <= $known_at AND s.until > $as_of
"""
_MOVED = "grade_before IS DISTINCT FROM grade_after OR score_before IS DISTINCT FROM score_after"
_SIZE = "abs(coalesce(score_after, 0) - coalesce(score_before, 0))"

_CAUSES = """
SELECT route, sign, count(*), CAST(sum(change) AS BIGINT) FROM (
    SELECT route, sign, coalesce(a.points, 0) - coalesce(b.points, 0) AS change
    FROM counted_before b FULL JOIN counted_after a USING (subject, route, sign)
    WHERE coalesce(a.points, 0) <> coalesce(b.points, 0)
) GROUP BY route, sign ORDER BY sum(abs(change)) DESC, route, sign DESC
"""
_RULES = """
SELECT rule, CAST(sum(coalesce(b.records, 0)) AS BIGINT), CAST(sum(coalesce(a.records, 0)) AS BIGINT),
       CAST(sum(coalesce(b.points, 0)) AS BIGINT), CAST(sum(coalesce(a.points, 0)) AS BIGINT), count(*)
FROM own_before b FULL JOIN own_after a USING (subject, rule)
WHERE (coalesce(a.points, 0) <> coalesce(b.points, 0) OR coalesce(a.records, 0) <> coalesce(b.records, 0))
GROUP BY rule ORDER BY abs(sum(coalesce(a.points, 0)) - sum(coalesce(b.points, 0))) DESC, rule
"""
_PARTS = """
SELECT subject, route, sign, coalesce(b.amount, 0), coalesce(b.points, 0), coalesce(a.amount, 0), coalesce(a.points, 0)
FROM (FROM counted_before WHERE subject IN (SELECT unnest($subjects))) b
FULL JOIN (FROM counted_after WHERE subject IN (SELECT unnest($subjects))) a USING (subject, route, sign)
WHERE (coalesce(b.points, 0) <> coalesce(a.points, 0) OR coalesce(b.amount, 0) <> coalesce(a.amount, 0))
ORDER BY subject, route = 'own' DESC, route, sign DESC
"""
_OWN = """
SELECT subject, rule, coalesce(b.records, 0), coalesce(b.points, 0), coalesce(a.records, 0), coalesce(a.points, 0)
FROM (FROM own_before WHERE subject IN (SELECT unnest($subjects))) b
FULL JOIN (FROM own_after WHERE subject IN (SELECT unnest($subjects))) a USING (subject, rule)
WHERE (coalesce(b.points, 0) <> coalesce(a.points, 0) OR coalesce(b.records, 0) <> coalesce(a.records, 0))
ORDER BY subject, rule
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeMove:
    """How many subjects stand at one grade now and at another under the changed policy; both may be the same."""

    #: None where the adopted policy does not score subjects of their kind.
    before: str | None
    after: str | None
    subjects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBand:
    """How many scores change by `above` millionths at least and less than `below`; None where the band has no end.

    Those whose score stays as it is are no part of a band.
    """

    above: int | None
    below: int | None
    subjects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteCause:
    """What the change does to what counts over one route, merit or demerit; `own` is the subjects' own records."""

    route: str
    sign: int
    #: Whose sum over the route is another.
    subjects: int
    #: Millionths, all together.
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCause:
    """What the change does to the records of one rule, by their own points, before any cap."""

    rule: str
    records_before: int
    records_after: int
    points_before: int
    points_after: int
    #: Whose records of the rule are worth something else.
    subjects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPart:
    """What came to one subject over one route, before and after its caps, under both policies; in millionths."""

    route: str
    sign: int
    amount_before: int
    counted_before: int
    amount_after: int
    counted_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRule:
    """What one subject's own records of a rule are worth under both policies; in millionths."""

    rule: str
    records_before: int
    points_before: int
    records_after: int
    points_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A subject whose score or grade would be another, and why."""

    subject: str
    score_before: int | None
    grade_before: str | None
    score_after: int | None
    grade_after: str | None
    #: What changed over the routes, `own` first.
    parts: tuple[ChangedPart, ...] = ()
    #: What changed of its own records.
    rules: tuple[ChangedRule, ...] = ()

    @property
    def change(self) -> int:
        """By how much the score changes; one that is not scored at all counts as 0."""
        return (self.score_after or 0) - (self.score_before or 0)

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands among the movers: the greatest change first, then by id."""
        return abs(self.change), self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Two replays side by side: the adopted policy's and the changed one's. They wait in the engine to be asked."""

    before: Scheme
    after: Scheme
    as_of: date
    reassessed: Reassessed
    _connection: duckdb.DuckDBPyConnection

    def subjects(self) -> int:
        """Count those who are scored by either policy."""
        return int(self._rows("SELECT count(*) FROM compared")[0][0])

    def moved(self) -> int:
        """Count those whose score or grade would be another."""
        return int(self._rows(f"SELECT count(*) FROM compared WHERE {_MOVED}")[0][0])

    def regraded(self) -> int:
        """Count those whose grade would be another."""
        statement = "SELECT count(*) FROM compared WHERE grade_before IS DISTINCT FROM grade_after"
        return int(self._rows(statement)[0][0])

    def matrix(self) -> list[GradeMove]:
        """Count the subjects between each two grades, from the highest to the lowest grade of now, then of then."""
        rows = self._rows("SELECT grade_before, grade_after, count(*) FROM compared GROUP BY ALL")
        places = [_places(scheme) for scheme in (self.before, self.after)]
        rows.sort(key=lambda row: tuple(place.get(grade, -1) for place, grade in zip(places, row[:2], strict=True)))
        return [GradeMove(before=before, after=after, subjects=subjects) for before, after, subjects in rows]

    def bands(self) -> list[ChangeBand]:
        """Count the changes of scores by size, from the greatest loss to the greatest gain."""
        cuts = ", ".join(map(str, CUTS))
        found = dict(
            self._rows(
                f"SELECT len(list_filter([{cuts}], cut -> cut <= change)), count(*)"
                " FROM (SELECT score_after - score_before AS change FROM compared) WHERE change <> 0 GROUP BY ALL"
            )
        )
        ends: list[int | None] = [None, *CUTS, None]
        return [
            ChangeBand(above=ends[number], below=ends[number + 1], subjects=found.get(number, 0))
            for number in range(len(CUTS) + 1)
        ]

    def routes(self) -> list[RouteCause]:
        """Say over which routes something changes, the one that changes most first."""
        return [
            RouteCause(route=route, sign=sign, subjects=subjects, change=change)
            for route, sign, subjects, change in self._rows(_CAUSES)
        ]

    def rules(self) -> list[RuleCause]:
        """Say which rules' records are worth something else, the one that changes most first."""
        return [
            RuleCause(
                rule=rule,
                records_before=records_before,
                records_after=records_after,
                points_before=points_before,
                points_after=points_after,
                subjects=subjects,
            )
            for rule, records_before, records_after, points_before, points_after, subjects in self._rows(_RULES)
        ]

    def movers(self, *, after: tuple[int, str] | None = None, limit: int) -> list[Mover]:
        """List those whose score or grade would be another, the greatest change first, then by id.

        Args:
            after: The place of the last one of the page before.
            limit: How many.
        """
        behind = "" if after is None else f" AND ({_SIZE} < $size OR ({_SIZE} = $size AND subject > $subject))"
        values = {} if after is None else {"size": after[0], "subject": after[1]}
        rows = self._rows(
            "SELECT subject, score_before, grade_before, score_after, grade_after FROM compared"
            f" WHERE ({_MOVED}){behind} ORDER BY {_SIZE} DESC, subject LIMIT {int(limit)}",
            values,
        )
        subjects = [row[0] for row in rows]
        parts, rules = self._reasons(_PARTS, subjects), self._reasons(_OWN, subjects)
        return [
            Mover(
                subject=subject,
                score_before=score_before,
                grade_before=grade_before,
                score_after=score_after,
                grade_after=grade_after,
                parts=tuple(
                    ChangedPart(
                        route=route,
                        sign=sign,
                        amount_before=amount_before,
                        counted_before=counted_before,
                        amount_after=amount_after,
                        counted_after=counted_after,
                    )
                    for route, sign, amount_before, counted_before, amount_after, counted_after in parts.get(
                        subject, ()
                    )
                ),
                rules=tuple(
                    ChangedRule(
                        rule=rule,
                        records_before=records_before,
                        points_before=points_before,
                        records_after=records_after,
                        points_after=points_after,
                    )
                    for rule, records_before, points_before, records_after, points_after in rules.get(subject, ())
                ),
            )
            for subject, score_before, grade_before, score_after, grade_after in rows
        ]

    def _reasons(self, statement: str, subjects: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for subject, *rest in self._rows(statement, {"subjects": list(subjects)}) if subjects else ():
            found.setdefault(subject, []).append(tuple(rest))
        return found

    def _rows(self, statement: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values or {}).fetchall()


def _places(scheme: Scheme) -> dict[str | None, int]:
    return {step.grade: number for number, step in enumerate(scheme.grades)}


@contextmanager
def what_if(
    store: Store, policy: Policy, scheme: str, *, as_of: date | None = None, bounds: Bounds = _BOUNDS
) -> Iterator[WhatIf]:
    """Replay the history of a scheme under the adopted policy and under a changed one; ask while the block lasts.

    Every record is assessed again by the changed rules. When it counts stays as it was: notice, contests and validity
    are not replayed. The store is read at one moment and not touched.

    Args:
        store: Whose history it is.
        policy: The changed policy.
        scheme: Which scheme, by code; it is in both policies.
        as_of: The day at whose end everybody stands; by default the last one worked off.
        bounds: How much of the machine may be taken.

    Raises:
        PolicyMissing, SchemeUnknown: There is no such scheme on the day, or in the changed policy.
        ReplayTooLarge: It would take more of the machine than it may.
    """
    with store.reading() as reading:
        editions, head, unkept = reading.editions(), reading.head(), reading.unkept()
    day = as_of or head.ticked_on or date.min
    before = scheme_of(editions, scheme, day, head.seq)
    changed = Edition(number=1, policy=policy, since=EVER)
    question = _Question(
        editions=editions, changed=changed, before=before, after=scheme_of([changed], scheme, day, head.seq), day=day
    )
    kept = scheme not in unkept and kept_on(head.entered_on, head.ticked_on, editions) == day
    with _workplace(bounds) as place:
        answer = question.by_what_is_kept(store, place) if kept and question.alike else None
        if answer is not None:
            yield answer
            return
    with _workplace(bounds) as place:
        yield question.by_replays(store, place)


@dataclass(frozen=True, slots=True)
class _Workplace:
    """An engine, and a folder that is there as long."""

    connection: duckdb.DuckDBPyConnection
    folder: Path


@contextmanager
def _workplace(bounds: Bounds) -> Iterator[_Workplace]:
    with TemporaryDirectory(prefix="trustnet-what-if-") as folder, engine(Path(folder), bounds) as connection:
        yield _Workplace(connection, Path(folder))


@dataclass(frozen=True, kw_only=True)
class _Question:
    """What is asked, and two ways to the answer: they come to the same."""

    editions: Sequence[Edition]
    changed: Edition
    before: Scheme
    after: Scheme
    day: date

    @cached_property
    def alike(self) -> bool:
        """Whether all records are assessed as they were."""
        return assess_alike(self.editions, self.after)

    def by_what_is_kept(self, store: Store, place: _Workplace) -> WhatIf | None:
        """Take what is kept for how everybody stands, and replay only what the changed policy shares otherwise.

        None where the store went on meanwhile, and what is kept is not that of the day any more.
        """
        connection = place.connection
        replayed = touched(self.editions, self.changed, self.before, self.after)
        excerpt = replace(
            self._excerpt(),
            tie_kinds=replayed.tie_kinds,
            purposes=replayed.purposes,
            records=False,
            rules=replayed.rules,
            in_force_on=self.day,
            kept=True,
        )
        manifest = read_store(store, connection, place.folder, excerpt)
        unkept = connection.execute("SELECT 1 FROM unkept WHERE scheme = ?", [self.after.code]).fetchall()
        if unkept or kept_on(manifest.entered_on, manifest.ticked_on, self.editions) != self.day:
            return None
        clocks = self._clocks(manifest)
        connection.execute("CREATE VIEW balance AS SELECT * FROM kept")
        _stand(connection, self.before, clocks, "before")
        connection.execute("DROP VIEW balance")
        again = carry_anew(connection, self.changed, filter(replayed.carries, carriages(self.changed)), place.folder)
        sum_up(connection, Statements([self.changed], Dialect.DUCKDB), self.after, clocks)
        stay = "".join(f" AND NOT (route = {text(route)} AND sign = {sign})" for route, sign in sorted(replayed.routes))
        connection.execute(f"DELETE FROM balance WHERE route = {text(OWN)}")
        connection.execute(f"INSERT INTO balance SELECT * FROM kept WHERE true{stay}")
        _stand(connection, self.after, clocks, "after")
        for side in ("before", "after"):
            # Nobody's own records are worth anything else, so none is a cause.
            connection.execute(
                f"CREATE TABLE own_{side} (subject VARCHAR, rule VARCHAR, points BIGINT, records BIGINT)"
            )
        return self._answer(connection, clocks, again)

    def by_replays(self, store: Store, place: _Workplace) -> WhatIf:
        """Replay both sides."""
        connection = place.connection
        clocks = self._clocks(read_store(store, connection, place.folder, self._excerpt()))
        sum_up(connection, Statements(self.editions, Dialect.DUCKDB), self.before, clocks)
        _stand(connection, self.before, clocks, "before")
        _own(connection, clocks, "before")
        connection.execute("DROP TABLE balance")
        again = reassess(connection, self.changed, self.after, clocks, place.folder)
        sum_up(connection, Statements([self.changed], Dialect.DUCKDB), self.after, clocks)
        _stand(connection, self.after, clocks, "after")
        _own(connection, clocks, "after")
        return self._answer(connection, clocks, again)

    def _excerpt(self) -> Excerpt:
        """Name what replays of both sides read."""
        policies = [edition.policy for edition in (*self.editions, self.changed)]
        return excerpt_of(policies, [self.after.code], assessed_anew=True)

    def _clocks(self, manifest: Manifest) -> dict[str, str | int]:
        return {"scheme": self.after.code, "as_of": day_number(self.day), "known_at": manifest.seq}

    def _answer(
        self, connection: duckdb.DuckDBPyConnection, clocks: Mapping[str, str | int], again: Reassessed
    ) -> WhatIf:
        _compare(connection, self.before, self.after, clocks)
        return WhatIf(before=self.before, after=self.after, as_of=self.day, reassessed=again, _connection=connection)


def _stand(connection: duckdb.DuckDBPyConnection, scheme: Scheme, clocks: Mapping[str, str | int], side: str) -> None:
    """Note what the balances of one side come to under its name."""
    connection.execute(f"CREATE TABLE standing_{side} AS {standings(scheme)}", clocks)
    connection.execute(
        f"CREATE TABLE counted_{side} AS SELECT subject, route, sign, CAST(sum(amount) AS BIGINT) AS amount,"
        f" CAST(sum(points) AS BIGINT) AS points FROM ({counted(scheme)}) GROUP BY subject, route, sign",
        clocks,
    )


def _own(connection: duckdb.DuckDBPyConnection, clocks: Mapping[str, str | int], side: str) -> None:
    """Note what everybody's own records are worth on one side."""
    own = (
        f"CREATE TABLE own_{side} AS SELECT a.subject, a.rule, CAST(sum(a.points) AS BIGINT) AS points,"
        f" count(*) AS records FROM force a WHERE {IN_FORCE} AND a.scheme = :scheme GROUP BY a.subject, a.rule"
    )
    connection.execute(bound(Dialect.DUCKDB, own), clocks)


def _compare(
    connection: duckdb.DuckDBPyConnection, before: Scheme, after: Scheme, clocks: Mapping[str, str | int]
) -> None:
    kinds = ", ".join(text(kind) for kind in dict.fromkeys((*before.subjects, *after.subjects)))
    sides = {
        side: ", ".join(
            f"CASE WHEN s.kind IN ({', '.join(text(kind) for kind in scheme.subjects)})"
            f" THEN coalesce(k.{column}_{side[0]}, {base}) END AS {column}_{side}"
            for column, base in (
                ("score", str(standing_of(scheme, "", (), ()).score)),
                ("grade", text(standing_of(scheme, "", (), ()).grade)),
            )
        )
        for side, scheme in (("before", before), ("after", after))
    }
    values = {name: clocks[name] for name in ("as_of", "known_at")}
    connection.execute(_COMPARED.format(kinds=kinds, **sides), values)
