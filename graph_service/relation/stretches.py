"""The walks of the relation as stretches of days, printed for the replay engine.

What a record gives over a walk depends on the record and the carriage, and whether the walk counts only on the day. So
the conditions of `scoring.sharing` can be asked of the ties alone: a walk holds for a stretch of days, whatever happens
in it. A stretch stands for a walk of every record within it, and fewer rows beat faster rows.

A walk may hold for several stretches (a waiver lies between them), but they never overlap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph_service.model.days import EVER, FOREVER, day_number
from graph_service.policy.schemes import STEPS_MAX
from graph_service.relation.sql import VISIBLE, Dialect, bound, subject_at, text, ties_joined
from graph_service.scoring.sharing import (
    Condition,
    Consents,
    Differ,
    Holds,
    Pattern,
    Unwaived,
    conditions,
)

_EVER = day_number(EVER)

#: The days on which somebody consents to a purpose, as stretches that do not touch: what `_consents` in `sql` asks of
#: one day. An adult consents alone; before that a guardian does.
_ADULT_FROM = f"CASE WHEN s.id IS NULL THEN {_EVER} ELSE coalesce(g.since, {FOREVER}) END"
_CONSENTING = f"""
WITH grown AS (
    SELECT subject, min(since) AS since FROM age WHERE age_class = 'adult' AND seq <= :known_at GROUP BY ALL
),
given AS (
    SELECT c.subject, c.purpose,
           CASE WHEN c.guardian IS NULL THEN greatest(c.since, {_ADULT_FROM}) ELSE c.since END AS begins,
           CASE WHEN c.guardian IS NULL THEN c.until ELSE least(c.until, {_ADULT_FROM}) END AS ends
    FROM consent c LEFT JOIN subject s ON s.id = c.subject AND s.kind = 'person'
    LEFT JOIN grown g ON g.subject = c.subject
    WHERE {VISIBLE.format("c")}
)
{{merged}}
"""

#: Overlapping stretches of one key become one.
_MERGED = """
SELECT {keys}, min(begins) AS begins, max(ends) AS ends FROM (
    SELECT *, sum(CASE WHEN begins <= reached THEN 0 ELSE 1 END) OVER (
        PARTITION BY {keys} ORDER BY begins, ends
    ) AS island
    FROM (
        SELECT *, max(ends) OVER (
            PARTITION BY {keys} ORDER BY begins, ends ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached
        FROM given WHERE begins < ends
    )
) GROUP BY {keys}, island
"""

#: The days between the waivers of a member towards a group; pairs without a waiver are not in it.
_UNWAIVED = f"""
WITH given AS (
    SELECT w.member, w.granted_to, w.since AS begins, w.until AS ends FROM waiver w WHERE {VISIBLE.format("w")}
), waived AS ({_MERGED.format(keys="member, granted_to")})
SELECT member, granted_to,
       coalesce(lag(ends) OVER (PARTITION BY member, granted_to ORDER BY begins), {_EVER}) AS begins, begins AS ends
FROM waived
UNION ALL SELECT member, granted_to, max(ends), {FOREVER} FROM waived GROUP BY ALL
"""


def held(patterns: Iterable[Pattern]) -> str:
    """Print the ties that these patterns walk."""
    kinds = sorted({step.kind for pattern in patterns for step in pattern.path.steps})
    named = ", ".join(text(kind) for kind in kinds)
    return bound(
        Dialect.DUCKDB,
        "SELECT id, kind, source, target, source_kind, target_kind, since, until FROM tie t"
        f" WHERE kind IN ({named}) AND {VISIBLE.format('t')}",
    )


def consenting() -> str:
    """Print who consents when: subject, purpose, begins, ends."""
    return bound(Dialect.DUCKDB, _CONSENTING.format(merged=_MERGED.format(keys="subject, purpose")))


def unwaived() -> str:
    """Print when no waiver stands between a member and a group that has one: member, granted_to, begins, ends."""
    return bound(Dialect.DUCKDB, _UNWAIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed:
    """A condition as a part of a statement: what is joined, what must be, and between which days it is true."""

    joined: str = ""
    where: str = ""
    begins: str = ""
    ends: str = ""


def stretches(pattern: Pattern, actors: str) -> str:
    """Print the stretches of a pattern's walks that lie within the days of their actors' acts.

    Reads `held`, `consenting` and `unwaived`, printed above.

    Columns: pair (a number that all walks between two subjects share), actor, target, tie_1 .. tie_3 (row numbers in
    `held`), begins, ends.

    Args:
        pattern: The pattern.
        actors: A table of `actor` and the `first` and the `last` day of its acts.
    """
    last = len(pattern.path.steps)
    actor = f"t1.{'source' if pattern.path.steps[0].forward else 'target'}"
    target = subject_at(pattern, last, actor)
    printed = [_printed(condition, pattern, actor) for condition in conditions(pattern)]
    ties = ", ".join(
        f"{f't{number}.rowid' if number <= last else 'CAST(NULL AS BIGINT)'} AS tie_{number}"
        for number in range(1, STEPS_MAX + 1)
    )
    begins = ", ".join(each.begins for each in printed if each.begins)
    ends = ", ".join(each.ends for each in printed if each.ends)
    where = [*ties_joined(pattern, actor), *(each.where for each in printed if each.where)]
    tables = [*(f"held t{number}" for number in range(1, last + 1)), f"{actors} o"]
    return (
        "SELECT * EXCLUDE (first, last) FROM (\n"
        f"SELECT hash({actor}, {target}) AS pair, {actor} AS actor, {target} AS target, {ties},"
        f" greatest({begins}) AS begins, least({ends}) AS ends, o.first AS first, o.last AS last\n"
        f"FROM {' CROSS JOIN '.join(tables)}{''.join(each.joined for each in printed)}\n"
        f"WHERE o.actor = {actor} AND {' AND '.join(where)}\n"
        ") WHERE begins < ends AND begins <= last AND first < ends"
    )


def _printed(condition: Condition, pattern: Pattern, actor: str) -> _Printed:
    match condition:
        case Holds(tie=tie, vesting=vesting):
            return _Printed(begins=f"t{tie}.since + {vesting}", ends=f"t{tie}.until")
        case Differ(first=first, second=second):
            ends = (subject_at(pattern, position, actor) for position in (first, second))
            return _Printed(where=" <> ".join(ends))
        case Consents(position=position, purpose=purpose):
            return _Printed(
                joined=(
                    f"\nJOIN consenting c{position} ON c{position}.subject = {subject_at(pattern, position, actor)}"
                    f" AND c{position}.purpose = {text(purpose)}"
                ),
                begins=f"c{position}.begins",
                ends=f"c{position}.ends",
            )
        case Unwaived(position=position):
            # Where there is no waiver there is no row; `greatest` and `least` pass over what is not there.
            return _Printed(
                joined=(
                    f"\nLEFT JOIN unwaived u{position} ON u{position}.member = {actor}"
                    f" AND u{position}.granted_to = {subject_at(pattern, position, actor)}"
                ),
                begins=f"u{position}.begins",
                ends=f"u{position}.ends",
            )
