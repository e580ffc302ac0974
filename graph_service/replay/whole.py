"""Everybody's balances at once, in DuckDB: the engine behind a replay.

The plain statement of the relation has a row for every walk of every record. Here records are summed up first, for each
actor, by what carries them and by period; and walks are found in the ties alone, as stretches of days. Then

- where a stretch covers all that was summed up, the sum is taken over it as it is;
- where it covers a part, the records of that part are;
- where several walks join two subjects, the strongest is chosen record by record, as the definition says.

The three together are all shares, each once. What a record is worth and when a walk counts is printed by `relation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from graph_service.model.days import EVER, day_number, day_of
from graph_service.policy.periods import Calendar, period_of
from graph_service.policy.schemes import Scheme
from graph_service.relation import stretches
from graph_service.relation.book import Statements
from graph_service.relation.sql import AMOUNT, CARRIED, IN_FORCE, Dialect, bound, text
from graph_service.scoring.sharing import Pattern

UNCAPPED = day_number(EVER)
_PARAMETERS = re.compile(r"\$([a-z_]+)")

#: Acts that are the same to every carriage are alike; there are few likenesses, and what they are worth is found once.
_ACTS = (
    f"""
CREATE TEMP TABLE likeness AS
SELECT CAST(row_number() OVER () AS INTEGER) AS likeness, * FROM (
    SELECT DISTINCT a.scheme, a.edition, a.rule, a.sign, a.points FROM force a WHERE {IN_FORCE} AND a.scheme = :scheme
)""",
    f"""
CREATE TEMP TABLE act AS
SELECT a.subject AS actor, l.likeness, a.happened_on AS day
FROM force a JOIN likeness l
  ON l.edition = a.edition AND l.rule = a.rule AND l.sign = a.sign AND l.points = a.points
WHERE {IN_FORCE} AND a.scheme = :scheme
""",
    f"""
CREATE TEMP TABLE worth AS SELECT * FROM (
    SELECT a.likeness, a.sign, m.pattern, m.route, m.place, CAST({AMOUNT.format(divide="//")} AS BIGINT) AS amount
    FROM likeness a JOIN carriage m ON {CARRIED}
) WHERE amount <> 0
""",
)

_OWN = f"""
SELECT a.actor AS subject, 'own' AS route, sign(l.points) AS sign, {UNCAPPED} AS period,
       sum(l.points) AS amount, count(*) AS shares
FROM act a JOIN likeness l ON l.likeness = a.likeness WHERE l.points <> 0 GROUP BY ALL
"""

_ACTORS = """
CREATE TEMP TABLE actor AS
SELECT a.actor, min(a.day) AS first, max(a.day) AS last
FROM act a JOIN likeness l ON l.likeness = a.likeness
WHERE l.likeness IN (SELECT likeness FROM worth WHERE sign = {sign}) GROUP BY ALL
"""

_TOTALS = """
CREATE TEMP TABLE {name} AS
SELECT a.actor, {period} AS period, min(a.day) AS first, max(a.day) AS last, {sums}
FROM act a JOIN (SELECT likeness, {worths} FROM worth WHERE {among} GROUP BY likeness) w ON w.likeness = a.likeness
{periods} GROUP BY ALL
"""

_CROWDED = "CREATE TEMP TABLE crowded AS SELECT pair FROM ({pairs}) GROUP BY pair HAVING count(*) > 1"

#: The ties of crowded walks by number, which compare as their ids do: of all others no order is asked.
_RANKED = """
CREATE TEMP TABLE ranked AS
SELECT rowid AS tie, row_number() OVER (ORDER BY id) AS place FROM held
WHERE rowid IN (SELECT unnest([tie_1, tie_2, tie_3]) FROM crowding)
"""
_CROWD = """
CREATE TEMP TABLE crowd AS
SELECT w.* REPLACE (r1.place AS tie_1, r2.place AS tie_2, r3.place AS tie_3) FROM crowding w
LEFT JOIN ranked r1 ON r1.tie = w.tie_1 LEFT JOIN ranked r2 ON r2.tie = w.tie_2 LEFT JOIN ranked r3 ON r3.tie = w.tie_3
"""

_LONE = "SELECT w.* FROM {walks} w ANTI JOIN crowded c ON c.pair = w.pair"

_COVERED = """
SELECT w.target AS subject, {route} AS route, {sign} AS sign, {period} AS period,
       sum(t.amount_{number}) AS amount, sum(t.shares_{number}) AS shares
FROM {walks} w JOIN {totals} t ON t.actor = w.actor AND w.begins <= t.first AND t.last < w.ends
WHERE t.shares_{number} > 0 GROUP BY ALL
"""

_PARTLY = """
SELECT w.target AS subject, {route} AS route, {sign} AS sign, w.period, sum(x.amount) AS amount, count(*) AS shares
FROM (
    SELECT w.actor, w.target, {period} AS period,
           greatest(w.begins, t.first) AS first, least(w.ends - 1, t.last) AS last
    FROM {walks} w JOIN {totals} t ON t.actor = w.actor
    WHERE t.shares_{number} > 0 AND NOT (w.begins <= t.first AND t.last < w.ends)
      AND w.begins <= t.last AND t.first < w.ends
) w
JOIN act a ON a.actor = w.actor AND a.day >= w.first AND a.day <= w.last
JOIN worth x ON x.likeness = a.likeness AND x.pattern = {pattern} AND x.route = {route}
GROUP BY ALL
"""

_CHOSEN = f"""
SELECT s.target AS subject, s.route, s.sign, coalesce(p.begins, {UNCAPPED}) AS period,
       sum(s.amount) AS amount, count(*) AS shares
FROM (
    SELECT w.target, x.route, x.sign, a.day, x.amount, row_number() OVER (
        PARTITION BY a.rowid, w.target ORDER BY abs(x.amount) DESC, x.place, w.tie_1, w.tie_2, w.tie_3
    ) AS strength
    FROM crowd w
    JOIN act a ON a.actor = w.actor AND w.begins <= a.day AND a.day < w.ends
    JOIN worth x ON x.likeness = a.likeness AND x.pattern = w.pattern
) s
LEFT JOIN cap c ON c.route = s.route AND c.sign = s.sign
LEFT JOIN period p ON p.calendar = c.calendar AND p.day = s.day
WHERE s.strength = 1 GROUP BY ALL
"""

_PARTS = """
CREATE TEMP TABLE part (subject VARCHAR, route VARCHAR, sign INTEGER, period INTEGER, amount BIGINT, shares BIGINT)
"""
_BALANCE = """
CREATE TABLE balance AS
SELECT subject, route, CAST(sign AS INTEGER) AS sign, CAST(period AS INTEGER) AS period,
       CAST(sum(amount) AS BIGINT) AS amount, CAST(sum(shares) AS BIGINT) AS shares
FROM (SELECT * FROM part UNION ALL {own}) GROUP BY ALL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """What travels on one pattern over one route; its totals are two columns of a table."""

    number: int
    pattern: Pattern
    route: str
    #: The calendar by which its days are cut, by number; None where all days lie in one period.
    calendar: int | None
    #: The period of a row of its totals, as SQL.
    period: str

    @property
    def totals(self) -> str:
        """The table of its totals: courses of one sign share it if they cut the days alike."""
        return f"total_{'merit' if self.pattern.sign > 0 else 'demerit'}_{self.calendar or 'all'}"

    @property
    def walks(self) -> str:
        """The table of its walks that are alone between their two subjects."""
        return f"lone_{self.number}"

    @property
    def among(self) -> str:
        """What picks its rows of `worth`, as SQL."""
        return f"pattern = {text(self.pattern.key)} AND route = {text(self.route)}"

    def printed(self, statement: str) -> str:
        """Print a statement for this course."""
        return statement.format(
            number=self.number,
            sign=self.pattern.sign,
            pattern=text(self.pattern.key),
            route=text(self.route),
            period=self.period,
            totals=self.totals,
            walks=self.walks,
        )


class _Engine:
    """A connection with the clocks of the moment."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, clocks: Mapping[str, str | int]) -> None:
        self._connection = connection
        self._clocks = clocks

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement with those of the clocks that it asks for."""
        asked = set(_PARAMETERS.findall(statement))
        values = {name: value for name, value in self._clocks.items() if name in asked}
        return self._connection.execute(statement, values).fetchall()

    def drop(self, tables: Iterable[str]) -> None:
        """Drop tables that are not needed any more."""
        for table in tables:
            self.run(f"DROP TABLE IF EXISTS {table}")


def sum_up(
    connection: duckdb.DuckDBPyConnection, statements: Statements, scheme: Scheme, clocks: Mapping[str, str | int]
) -> None:
    """Make the table `balance` of a scheme: subject, route, sign, period, amount, shares.

    Args:
        connection: Of an engine in which the tables of a snapshot are there by name.
        statements: Of the editions by which the records were assessed.
        scheme: Whose caps apply.
        clocks: `scheme`, `as_of` and `known_at`.
    """
    engine = _Engine(connection, clocks)
    for statement in _ACTS:
        engine.run(bound(Dialect.DUCKDB, statement))
    days = [day for (day,) in engine.run("SELECT DISTINCT day FROM act ORDER BY day")]
    calendars = lay_out_periods(connection, scheme, days)
    courses = _courses(engine, {each.key: each for each in statements.patterns(scheme.code)}, scheme, calendars)
    engine.run(_PARTS)
    for sign in (1, -1):
        signed = [course for course in courses if course.pattern.sign == sign]
        if signed:
            _add_up(engine, _find_walks(engine, signed))
    engine.run(_BALANCE.format(own=_OWN))
    engine.drop(("act", "likeness", "worth", "part"))


def lay_out_periods(
    connection: duckdb.DuckDBPyConnection, scheme: Scheme, days: Iterable[int]
) -> dict[Calendar, dict[int, int]]:
    """Lay out the caps of a scheme and the cap period of every day as tables `cap` and `period`.

    Which the periods are, only `policy.periods` says. Gives the first day of each day's period, by calendar.
    """
    ordered = sorted(days)
    calendars: dict[Calendar, dict[int, int]] = {}
    connection.execute("CREATE OR REPLACE TABLE cap (route VARCHAR, sign INTEGER, calendar INTEGER, points BIGINT)")
    connection.execute("CREATE OR REPLACE TABLE period (calendar INTEGER, day INTEGER, begins INTEGER)")
    for (route, sign), cap in scheme.caps.items():
        begun = {day: day_number(period_of(cap.per, day_of(day))[0]) for day in ordered}
        calendars.setdefault(cap.per, begun)
        number = 1 + list(calendars).index(cap.per)
        connection.execute("INSERT INTO cap VALUES (?, ?, ?, ?)", [route, sign, number, cap.points])
    rows = ", ".join(
        f"({number}, {day}, {begins})"
        for number, begun in enumerate(calendars.values(), 1)
        for day, begins in begun.items()
    )
    if rows:
        connection.execute(f"INSERT INTO period VALUES {rows}")
    return calendars


def _courses(
    engine: _Engine, patterns: Mapping[str, Pattern], scheme: Scheme, calendars: Mapping[Calendar, Mapping[int, int]]
) -> list[_Course]:
    """List what travels, in order of pattern and route."""
    numbers = {calendar: number for number, calendar in enumerate(calendars, 1)}
    courses = []
    found = engine.run("SELECT DISTINCT pattern, route FROM worth ORDER BY pattern, route")
    for number, (key, route) in enumerate(found):
        cap = scheme.caps.get((route, patterns[key].sign))
        begun = {UNCAPPED} if cap is None else set(calendars[cap.per].values())
        alone = len(begun) == 1
        courses.append(
            _Course(
                number=number,
                pattern=patterns[key],
                route=route,
                calendar=None if cap is None or alone else numbers[cap.per],
                period=str(begun.pop()) if alone else "t.period",
            )
        )
    return courses


def _find_walks(engine: _Engine, courses: list[_Course]) -> list[_Course]:
    """Make the tables of walks: `lone_n` of each course, and `crowd` of those between two subjects with several.

    Gives the courses that have walks in a table of their own.
    """
    patterns = {course.pattern.key: course.pattern for course in courses}
    engine.run(f"CREATE TEMP TABLE held AS {stretches.held(patterns.values())}")
    if any(pattern.consent for pattern in patterns.values()):
        engine.run(f"CREATE TEMP TABLE consenting AS {stretches.consenting()}")
    if courses[0].pattern.sign < 0:
        engine.run(f"CREATE TEMP TABLE unwaived AS {stretches.unwaived()}")
    engine.run(_ACTORS.format(sign=courses[0].pattern.sign))
    tables = {key: f"walk_{number}" for number, key in enumerate(patterns)}
    for key, table in tables.items():
        engine.run(f"CREATE TEMP TABLE {table} AS {stretches.stretches(patterns[key], 'actor')}")
    engine.drop(("consenting", "unwaived", "actor"))
    # A pattern of several routes crowds its own pairs: it is told as often as it has routes.
    pairs = " UNION ALL ".join(f"SELECT pair FROM {tables[each.pattern.key]}" for each in courses)
    engine.run(_CROWDED.format(pairs=pairs))
    crowd = " UNION ALL ".join(
        f"SELECT w.*, {text(key)} AS pattern FROM {table} w SEMI JOIN crowded c ON c.pair = w.pair"
        for key, table in tables.items()
    )
    engine.run(f"CREATE TEMP TABLE crowding AS {crowd}")
    engine.run(_RANKED)
    engine.run(_CROWD)
    engine.drop(("crowding", "ranked", "held"))
    for course in courses:
        engine.run(f"CREATE TEMP TABLE {course.walks} AS {_LONE.format(walks=tables[course.pattern.key])}")
    engine.drop((*tables.values(), "crowded"))
    walked = [course for course in courses if engine.run(f"SELECT 1 FROM {course.walks} LIMIT 1")]
    engine.drop(course.walks for course in courses if course not in walked)
    return walked


def _add_up(engine: _Engine, courses: list[_Course]) -> None:
    """Sum up the acts of each actor, and put what goes over the walks into `part`."""
    totals: dict[str, list[_Course]] = {}
    for course in courses:
        totals.setdefault(course.totals, []).append(course)
    for table, summed in totals.items():
        engine.run(_print_totals(table, summed))
        for course in summed:
            for statement in (_COVERED, _PARTLY):
                engine.run(f"INSERT INTO part {course.printed(statement)}")
            engine.drop([course.walks])
        engine.drop([table])
    engine.run(f"INSERT INTO part {_CHOSEN}")
    engine.drop(["crowd"])


def _print_totals(table: str, courses: list[_Course]) -> str:
    calendar = courses[0].calendar
    return _TOTALS.format(
        name=table,
        period=UNCAPPED if calendar is None else "p.begins",
        periods="" if calendar is None else f"JOIN period p ON p.calendar = {calendar} AND p.day = a.day",
        sums=", ".join(
            f"CAST(sum(w.amount_{each.number}) AS BIGINT) AS amount_{each.number},"
            f" count(w.amount_{each.number}) AS shares_{each.number}"
            for each in courses
        ),
        worths=", ".join(
            f"CAST(max(amount) FILTER ({each.among}) AS BIGINT) AS amount_{each.number}" for each in courses
        ),
        among=" OR ".join(f"({each.among})" for each in courses),
    )
