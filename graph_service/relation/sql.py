"""The share relation in SQL, printed for the embedded store (SQLite) and for the replay engine (DuckDB).

Every statement is one `SELECT` per pattern, joined by `UNION ALL`. A statement differs from another only by its anchor:
where the walk is taken hold of. The tables are those of `stores/sqlite/tables.sql`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from graph_service.policy.schemes import STEPS_MAX
from graph_service.scoring.sharing import (
    Condition,
    Consents,
    Differ,
    Holds,
    Pattern,
    Unwaived,
    conditions,
)


class Anchor(StrEnum):
    """Where a statement takes hold of the walks."""

    #: Forward, from an act given by parameters.
    ACT = "act"
    #: Backward, from the subject `:subject`.
    TARGET = "target"
    #: Everything in force.
    WHOLE = "whole"
    #: Everything in force of the records behind `:after`, up to `:upto`.
    STRETCH = "stretch"
    #: Every record with a walk over the tie `:tie`.
    TIE = "tie"
    #: Every record with a walk that touches the subject `:subject`.
    SUBJECT = "subject"


class Dialect(StrEnum):
    """Which engine the statement is for."""

    SQLITE = "sqlite"
    DUCKDB = "duckdb"


_ACT = (
    "(SELECT :record AS record, :actor AS subject, :scheme AS scheme, :rule AS rule, :edition AS edition,"
    " :happened_on AS happened_on, :points AS points, :sign AS sign)"
)
#: What is known of a dated fact at the moment.
VISIBLE = "{0}.seq <= :known_at AND ({0}.voided_on > :as_of OR {0}.voided_seq > :known_at)"
IN_FORCE = "a.opened_on <= :as_of AND a.opened_seq <= :known_at AND (a.closed_on > :as_of OR a.closed_seq > :known_at)"
#: The carriage `m` is of the act `a`.
CARRIED = "m.edition = a.edition AND m.scheme = a.scheme AND m.rule = a.rule AND m.sign = a.sign"
#: What a carriage `m` makes of the points of an act `a`.
AMOUNT = (
    "a.sign * CASE WHEN m.percent IS NULL THEN CASE WHEN m.fixed < m.at_most THEN m.fixed ELSE m.at_most END"
    " WHEN abs(a.points) * m.percent {divide} 10000 < m.at_most THEN abs(a.points) * m.percent {divide} 10000"
    " ELSE m.at_most END"
)


#: What a line of a statement tells of the act behind a share.
_ACTED = ", ".join(
    f"a.{column} AS {name}"
    for column, name in (
        ("subject", "actor"),
        ("rule", "rule"),
        ("edition", "edition"),
        ("happened_on", "happened_on"),
        ("points", "points"),
        ("grade", "grade"),
    )
)
_ACTED_NAMES = "actor, rule, edition, happened_on, points, grade"
_WITHOUT_ACT = frozenset({Anchor.ACT, Anchor.TIE, Anchor.SUBJECT})


#: A text literal, or a parameter outside of one.
_PARAMETERS = re.compile(r"'(?:[^']|'')*'|:(?P<name>[a-z_]+)")


def bound(dialect: Dialect, statement: str) -> str:
    """Write the parameters of a statement as the engine reads them: `:name` in SQLite, `$name` in DuckDB."""
    if dialect is Dialect.SQLITE:
        return statement
    return _PARAMETERS.sub(lambda found: f"${found['name']}" if found["name"] else found[0], statement)


def walks(pattern: Pattern, anchor: Anchor, dialect: Dialect = Dialect.SQLITE) -> str:
    """Print every walk of one pattern that counts.

    Columns: record, target, route, place, tie_1 .. tie_3, amount; and, unless the act is given by parameters, the act
    behind it: actor, rule, edition, happened_on, points, grade.
    """
    return _branch(pattern, anchor, dialect, None)


def own(anchor: Anchor) -> str:
    """Print the records' own shares, in the columns of `shares`."""
    anchored = {
        Anchor.TARGET: " AND a.subject = :subject",
        Anchor.STRETCH: " AND a.record > :after AND a.record <= :upto",
    }.get(anchor, "")
    ties = ", ".join(f"NULL AS tie_{number}" for number in range(1, STEPS_MAX + 1))
    return (
        f"SELECT a.record, a.subject AS target, 'own' AS route, {ties}, a.points AS amount, {_ACTED} FROM force a\n"
        f"WHERE {IN_FORCE} AND a.points <> 0 AND a.scheme = :scheme{anchored}"
    )


def shares(patterns: Iterable[Pattern], dialect: Dialect = Dialect.SQLITE) -> str:
    """Print the strongest walk from each record in force to each target, and the records' own shares.

    For SQLite it is the whole of a stretch of records: the strongest walks of a few thousand are found in memory, those
    of millions by sorting on disk.

    Columns: record, target, route, tie_1 .. tie_3, amount, and the act behind it: actor, rule, edition, happened_on,
    points, grade.
    """
    anchor = Anchor.STRETCH if dialect is Dialect.SQLITE else Anchor.WHOLE
    found = "\nUNION ALL\n".join(walks(pattern, anchor, dialect) for pattern in patterns)
    if not found:
        return bound(dialect, own(anchor))
    ties = ", ".join(f"tie_{number}" for number in range(1, STEPS_MAX + 1))
    return bound(
        dialect,
        f"SELECT record, target, route, {ties}, amount, {_ACTED_NAMES} FROM (\n"
        f"SELECT *, row_number() OVER (PARTITION BY record, target"
        f" ORDER BY abs(amount) DESC, place, {ties}) AS strength\n"
        f"FROM (\n{found}\n) WHERE amount <> 0) WHERE strength = 1\nUNION ALL\n{own(anchor)}",
    )


def grades(dialect: Dialect = Dialect.SQLITE) -> str:
    """Print the grades that records in force give directly: record, subject, grade."""
    return bound(
        dialect,
        f"SELECT a.record, a.subject, a.grade FROM force a\nWHERE {IN_FORCE}"
        " AND a.grade IS NOT NULL AND a.scheme = :scheme",
    )


def records_through_tie(pattern: Pattern, kind: str) -> list[str]:
    """Print, for each step of a pattern that a tie of a kind can be, the records with a walk over the tie `:tie`."""
    return [
        _records(pattern, Anchor.TIE, number) for number, step in enumerate(pattern.path.steps, 1) if step.kind == kind
    ]


def records_through_subject(pattern: Pattern) -> list[str]:
    """Print, for each position of a pattern, the records with a walk on which the subject `:subject` stands there."""
    return [_records(pattern, Anchor.SUBJECT, position) for position in range(len(pattern.path.steps) + 1)]


def _records(pattern: Pattern, anchor: Anchor, held: int) -> str:
    # As it is now and as it ever counted: before it was assessed again, it may have had other points.
    branches = [_branch(pattern, anchor, Dialect.SQLITE, held, acts) for acts in ("act", "force")]
    return "SELECT DISTINCT record FROM (\n" + "\nUNION ALL\n".join(branches) + "\n)"


def _branch(pattern: Pattern, anchor: Anchor, dialect: Dialect, held: int | None, acts: str = "force") -> str:
    last = len(pattern.path.steps)
    ties = [f"t{number}.id" if number <= last else "NULL" for number in range(1, STEPS_MAX + 1)]
    named = ", ".join(f"{tie} AS tie_{number}" for number, tie in enumerate(ties, 1))
    amount = AMOUNT.format(divide="/" if dialect is Dialect.SQLITE else "//")
    where = [
        *_joins(pattern),
        *(
            _condition(condition, pattern)
            for condition in conditions(pattern)
            if anchor is not Anchor.SUBJECT or isinstance(condition, Holds | Differ)
        ),
        *_anchored(pattern, anchor, held),
    ]
    acted = "" if anchor in _WITHOUT_ACT else f", {_ACTED}"
    return (
        f"SELECT a.record AS record, {subject_at(pattern, last)} AS target, m.route AS route, m.place AS place,"
        f" {named}, {amount} AS amount{acted}\n"
        f"FROM {_tables(pattern, anchor, dialect, held, acts)}\n"
        f"WHERE {' AND '.join(where)}"
    )


def _tables(pattern: Pattern, anchor: Anchor, dialect: Dialect, held: int | None, acts: str) -> str:
    last = len(pattern.path.steps)
    act = f"{_ACT if anchor is Anchor.ACT else acts} a"
    forward = [act, "carriage m", *(f"tie t{number}" for number in range(1, last + 1))]
    if dialect is Dialect.DUCKDB:
        return ", ".join(forward)
    # SQLite keeps the order of a CROSS JOIN: walk from where the statement has hold, outwards.
    return " CROSS JOIN ".join(_order(last, anchor, held, forward))


def _order(last: int, anchor: Anchor, held: int | None, forward: list[str]) -> list[str]:
    act, carriage, *ties = forward
    if anchor in {Anchor.ACT, Anchor.WHOLE, Anchor.STRETCH} or (anchor is Anchor.SUBJECT and held == 0):
        return forward
    # `held` counts positions for a subject, ties for a tie: either way it is the last tie on the actor's side.
    first = last if anchor is Anchor.TARGET else (held or last)
    return [*reversed(ties[:first]), act, carriage, *ties[first:]]


def _joins(pattern: Pattern) -> list[str]:
    return [
        f"{CARRIED} AND m.pattern = {text(pattern.key)}",
        f"a.sign = {pattern.sign}",
        *ties_joined(pattern, "a.subject"),
    ]


def ties_joined(pattern: Pattern, actor: str) -> list[str]:
    """Print how the ties of a pattern, `t1` to `t3`, hang together; `actor` is the column that holds the actor."""
    joins = []
    for number, step in enumerate(pattern.path.steps, 1):
        near, far = ("source", "target") if step.forward else ("target", "source")
        before, behind = pattern.path.kinds[number - 1], pattern.path.kinds[number]
        joins.append(
            f"t{number}.kind = {text(step.kind)} AND t{number}.{near} = {subject_at(pattern, number - 1, actor)}"
            f" AND t{number}.{near}_kind = '{before}' AND t{number}.{far}_kind = '{behind}'"
        )
    return joins


def _anchored(pattern: Pattern, anchor: Anchor, held: int | None) -> list[str]:
    last = len(pattern.path.steps)
    if anchor is Anchor.TIE:
        return [f"t{held}.id = :tie"]
    if anchor is Anchor.SUBJECT:
        return [f"{subject_at(pattern, held or 0)} = :subject"]
    if anchor is Anchor.ACT:
        return []
    scheme = ["a.scheme = :scheme", IN_FORCE]
    if anchor is Anchor.STRETCH:
        return ["a.record > :after AND a.record <= :upto", *scheme]
    return [f"{subject_at(pattern, last)} = :subject", *scheme] if anchor is Anchor.TARGET else scheme


def text(value: str) -> str:
    """A text as a literal. Codes of a policy have no quotes; this keeps it so even where one slipped through."""
    return "'" + value.replace("'", "''") + "'"


def subject_at(pattern: Pattern, position: int, actor: str = "a.subject") -> str:
    """Give the column that holds the subject at a position of the walk; `actor` is that of the first."""
    if position == 0:
        return actor
    return f"t{position}.{'target' if pattern.path.steps[position - 1].forward else 'source'}"


def _condition(condition: Condition, pattern: Pattern) -> str:
    match condition:
        case Holds(tie=tie, vesting=vesting):
            return (
                f"t{tie}.since + {vesting} <= a.happened_on AND a.happened_on < t{tie}.until"
                f" AND {VISIBLE.format(f't{tie}')}"
            )
        case Differ(first=first, second=second):
            return f"{subject_at(pattern, first)} <> {subject_at(pattern, second)}"
        case Consents(position=position, purpose=purpose):
            return _consents(subject_at(pattern, position), purpose)
        case Unwaived(position=position):
            return (
                f"NOT EXISTS (SELECT 1 FROM waiver w WHERE w.member = a.subject"
                f" AND w.granted_to = {subject_at(pattern, position)}"
                f" AND w.since <= a.happened_on AND a.happened_on < w.until AND {VISIBLE.format('w')})"
            )


def _consents(subject: str, purpose: str) -> str:
    adult = (
        f"(NOT EXISTS (SELECT 1 FROM subject s WHERE s.id = {subject} AND s.kind = 'person')"
        f" OR EXISTS (SELECT 1 FROM age g WHERE g.subject = {subject} AND g.age_class = 'adult'"
        " AND g.since <= a.happened_on AND g.seq <= :known_at))"
    )
    return (
        f"EXISTS (SELECT 1 FROM consent c WHERE c.subject = {subject} AND c.purpose = {text(purpose)}"
        f" AND c.since <= a.happened_on AND a.happened_on < c.until AND {VISIBLE.format('c')}"
        f" AND (c.guardian IS NULL) = {adult})"
    )
