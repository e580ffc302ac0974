"""Reassess: what the records in force would be under another policy.

The adopted policy is replayed from what was kept. A changed one has to assess every record again, by the same function
that assessed it when it was approved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb
import orjson
from msgspec.structs import replace

from graph_service.errors import Refusal
from graph_service.model.days import EVER, day_of
from graph_service.model.records import Record, RecordState
from graph_service.policy.schemes import Edition, Rule, Scheme
from graph_service.replay.engine import text, written
from graph_service.replay.tables import TABLES, carriage_cells
from graph_service.scoring.assess import LEANED_ON, Behaviour, assess, check, looks_back
from graph_service.scoring.matching import assess_matching, check_matching
from graph_service.scoring.sharing import Carriage, carriages

_ROWS_PER_FETCH = 10_000

#: A rule that looks neither at what was said nor at what was before is assessed once, for all its records.
_ALIKE = (
    "(r.quantity IS NULL AND r.asked_points IS NULL AND r.asked_rules IS NULL"
    " AND r.rule IN (SELECT rule FROM rule_anew))"
)
_ASSESSED_ALIKE = """
SELECT r.id AS record, n.rule, n.points, n.grade FROM record r JOIN rule_anew n ON n.rule = r.rule
WHERE r.scheme = ? AND r.approved_seq IS NOT NULL AND r.state IN ({states}) AND {alike}
"""
#: The approved records of all other rules.
_APPROVED = """
SELECT id, subject, rule, asked_rules, edition, happened_on, quantity, asked_points, state, valid_until FROM record r
WHERE scheme = ? AND approved_seq IS NOT NULL AND state IN ({states}) AND NOT {alike}
ORDER BY subject, approved_seq, approved_on, id
"""
_FORCE = """
CREATE TABLE force_anew AS
SELECT f.* REPLACE (n.rule AS rule, {edition} AS edition, n.points AS points, CAST(sign(n.points) AS INTEGER) AS sign,
    n.grade AS grade)
FROM force f JOIN anew n ON n.record = f.record WHERE f.scheme = ?
"""
_COLUMNS = {"record": "VARCHAR", "rule": "VARCHAR", "points": "BIGINT", "grade": "VARCHAR"}

#: Only what stands can be in force now; and what was taken back may have been in force on the day that is read.
_STATES = LEANED_ON | {RecordState.REVOKED, RecordState.REPAIRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassessed:
    """What became of the approved records of a scheme under a changed policy."""

    #: How many were assessed anew, and have points or a grade by the changed policy.
    assessed: int
    #: How many the changed policy has no rule for, by rule: they count for nobody.
    dropped: Mapping[str, int]
    #: How many the changed rule cannot assess (it asks for a quantity, say, that none gave), by rule: nor do they.
    unfit: Mapping[str, int]


def reassess(
    connection: duckdb.DuckDBPyConnection,
    edition: Edition,
    scheme: Scheme,
    clocks: Mapping[str, str | int],
    scratch: Path,
) -> Reassessed:
    """Put the records of a scheme, assessed by a changed policy, and its terms in place of what was kept.

    They are assessed in order of approval. When a record counts stays as it was: notice, contests and validity are not
    replayed.
    """
    alike = _assess_alike(connection, scheme)
    assessing = _Assessing(connection, scheme)
    singly = written(scratch / "anew.jsonl", _COLUMNS, assessing.rows())
    connection.execute(f"INSERT INTO anew SELECT * FROM {singly}")
    connection.execute(_FORCE.format(edition=edition.number), [clocks["scheme"]])
    connection.execute("CREATE OR REPLACE VIEW force AS SELECT * FROM force_anew")
    _replace_terms(connection, carriages(edition), scratch)
    return Reassessed(
        assessed=alike + assessing.assessed,
        dropped=dict(sorted(assessing.dropped.items())),
        unfit=dict(sorted(assessing.unfit.items())),
    )


def assess_alike(adopted: Iterable[Edition], scheme: Scheme) -> bool:
    """Tell whether a changed scheme would assess every record as the editions did by which they were assessed.

    It would if no rule gives anything else: what an assessment reads is the rule, the subject's earlier records by the
    same rules, and where several rules match, which grade is the lower.
    """
    ranks, giving = [step.grade for step in scheme.grades], {code: _gives(rule) for code, rule in scheme.rules.items()}
    schemes = (edition.policy.schemes.get(scheme.code) for edition in adopted)
    return all(
        [step.grade for step in held.grades] == ranks
        and all(giving.get(code) == _gives(rule) for code, rule in held.rules.items())
        for held in schemes
        if held is not None
    )


def _gives(rule: Rule) -> tuple[object, ...]:
    """Name all of a rule that an assessment reads."""
    return rule.scoring, rule.limits, rule.repeat_times


def carry_anew(
    connection: duckdb.DuckDBPyConnection, edition: Edition, terms: Iterable[Carriage], scratch: Path
) -> Reassessed:
    """Put terms of a changed policy that assesses all records alike in place of what was kept."""
    connection.execute(
        f"CREATE OR REPLACE VIEW force AS SELECT * REPLACE (CAST({edition.number} AS INTEGER) AS edition)"
        " FROM force_read"
    )
    _replace_terms(connection, terms, scratch)
    return Reassessed(assessed=0, dropped={}, unfit={})


def _replace_terms(connection: duckdb.DuckDBPyConnection, terms: Iterable[Carriage], scratch: Path) -> None:
    rows = written(scratch / "terms.jsonl", TABLES["carriage"], map(carriage_cells, terms))
    connection.execute(f"CREATE TABLE carriage_anew AS SELECT * FROM {rows}")
    connection.execute("CREATE OR REPLACE VIEW carriage AS SELECT * FROM carriage_anew")


def _assess_alike(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> int:
    """Make the table `anew` with the records whose rule gives the same to each; give how many they are."""
    connection.execute("CREATE TABLE rule_anew (rule VARCHAR, points BIGINT, grade VARCHAR)")
    bare = Behaviour(happened_on=EVER)
    for rule in scheme.rules.values():
        with suppress(Refusal):
            check(rule, bare)
            if not looks_back(rule):
                found = assess(rule, bare, ())
                connection.execute("INSERT INTO rule_anew VALUES (?, ?, ?)", [rule.code, found.points, found.grade])
    connection.execute(f"CREATE TABLE anew AS {_ASSESSED_ALIKE.format(states=_states(), alike=_ALIKE)}", [scheme.code])
    return int(connection.execute("SELECT count(*) FROM anew").fetchall()[0][0])


def _states() -> str:
    return ", ".join(text(state) for state in sorted(_STATES))


class _Assessing:
    """Goes through the approved records of a scheme and counts what becomes of them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> None:
        self._connection = connection
        self._scheme = scheme
        self.assessed = 0
        self.dropped: Counter[str] = Counter()
        self.unfit: Counter[str] = Counter()

    def rows(self) -> Iterator[tuple[str, str, int, str | None]]:
        """Give record, rule, points and grade by the changed rules."""
        for _, records in groupby(self._records(), key=lambda record: record.subject):
            yield from self._of_subject(records)

    def _of_subject(self, records: Iterator[Record]) -> Iterator[tuple[str, str, int, str | None]]:
        earlier: dict[str, list[Record]] = {}
        for record in records:
            rules = [self._scheme.rules[code] for code in record.rules_filed if code in self._scheme.rules]
            if not rules:
                self.dropped[record.rule] += 1
                continue
            behaviour = Behaviour(happened_on=record.happened_on, quantity=record.quantity, points=record.asked_points)
            try:
                check_matching(rules, behaviour)
            except Refusal:
                self.unfit[record.rule] += 1
                continue
            rule, anew = assess_matching(self._scheme, rules, behaviour, earlier)
            self.assessed += 1
            yield record.id, rule.code, anew.points, anew.grade
            if looks_back(rule):
                found = replace(record, rule=rule.code, points=anew.points, grade=anew.grade)
                earlier.setdefault(rule.code, []).append(found)

    def _records(self) -> Iterator[Record]:
        cursor = self._connection.cursor()
        cursor.execute(_APPROVED.format(states=_states(), alike=_ALIKE), [self._scheme.code])
        while page := cursor.fetchmany(_ROWS_PER_FETCH):
            for id_, subject, rule, asked, edition, happened_on, quantity, points, state, valid_until in page:
                yield Record(
                    id=id_,
                    subject=subject,
                    scheme=self._scheme.code,
                    rule=rule,
                    asked_rules=() if asked is None else tuple(orjson.loads(asked)),
                    happened_on=day_of(happened_on),
                    quantity=quantity,
                    asked_points=points,
                    edition=edition,
                    points=0,
                    state=RecordState(state),
                    # Who filed it, and when, is no part of an assessment.
                    filer="",
                    filed_on=day_of(happened_on),
                    valid_until=None if valid_until is None else date.fromisoformat(valid_until),
                )
