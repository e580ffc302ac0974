"""The whole share relation by DuckDB: a snapshot becomes everybody's standing.

The statements are those that the embedded store asks, printed for DuckDB; the rest of the meaning (periods, caps,
grades) is asked of the same functions as everywhere else. So the result is the kept standings, digit for digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, TypeVar

import duckdb

from graph_service.errors import PolicyMissing, SchemeUnknown
from graph_service.model.days import EVER, day_number, day_of
from graph_service.model.standing import Balance, Standing
from graph_service.policy.periods import Calendar, period_of
from graph_service.policy.schemes import Edition, Policy, Scheme
from graph_service.projection.keep import edition_on
from graph_service.relation.book import Statements
from graph_service.relation.sql import Dialect, grades
from graph_service.replay.engine import Bounds, engine, first_line, text
from graph_service.replay.manifest import Manifest, read_manifest
from graph_service.replay.reassess import Reassessed, reassess
from graph_service.replay.refusals import SnapshotUnreadable
from graph_service.replay.tables import TABLES
from graph_service.scoring.total import total

#: Standings that are handed over from the engine at a time.
ROWS_PER_FETCH = 10_000

_UNCAPPED = day_number(EVER)
_BOUNDS = Bounds()

_BALANCES = f"""
CREATE TABLE balance AS
SELECT line.target AS subject, line.route, CAST(sign(line.points) AS INTEGER) AS sign,
       coalesce(period.begins, {_UNCAPPED}) AS period, CAST(sum(line.amount) AS BIGINT) AS amount, count(*) AS shares
FROM ({{whole}}) line
LEFT JOIN cap ON cap.route = line.route AND cap.sign = sign(line.points)
LEFT JOIN period ON period.calendar = cap.calendar AND period.day = line.happened_on
GROUP BY ALL
"""
_SUBJECTS = """
SELECT id FROM subject WHERE kind IN ({kinds}) AND seq <= $known_at AND until > $as_of ORDER BY id
"""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A scheme of a snapshot at a moment, replayed: the balances are summed up and wait in the engine."""

    manifest: Manifest
    #: The edition of the day, or the changed policy, whose base, caps, bounds and grade table apply.
    scheme: Scheme
    #: What became of the records under a changed policy; None where the policy is the adopted one.
    reassessed: Reassessed | None
    _connection: duckdb.DuckDBPyConnection
    _clocks: Mapping[str, str | int]

    def balances(self) -> Iterator[Balance]:
        """Go through the sums of all shares, in order of subject, route, sign and period."""
        for row in self._rows("SELECT * FROM balance ORDER BY subject, route, sign, period"):
            yield _balance(self.scheme.code, row)

    def standings(self) -> Iterator[Standing]:
        """Go through the standings of all subjects of the scheme's kinds, in order of subject id.

        Those that no share reached stand at the base; those that have ended are left out.
        """
        kinds = ", ".join(text(kind) for kind in self.scheme.subjects)
        clocks = {name: value for name, value in self._clocks.items() if name != "scheme"}
        directly = f"SELECT subject, grade FROM ({grades(Dialect.DUCKDB)}) ORDER BY subject, record"
        balances = _Following((balance.subject, balance) for balance in self.balances())
        given = _Following((subject, grade) for subject, grade in self._rows(directly, self._clocks))
        for (subject,) in self._rows(_SUBJECTS.format(kinds=kinds), clocks):
            yield total(self.scheme, subject, balances.of(subject), given.of(subject)).standing

    def _rows(self, statement: str, values: Mapping[str, str | int] | None = None) -> Iterator[tuple[Any, ...]]:
        """Ask on a cursor of its own, so that several questions can be read side by side."""
        cursor = self._connection.cursor()
        cursor.execute(statement, values or {})
        while page := cursor.fetchmany(ROWS_PER_FETCH):
            yield from page


class _Following(Generic[Value]):
    """Values in order of subject, handed out to subjects that are asked for in the same order."""

    def __init__(self, pairs: Iterator[tuple[str, Value]]) -> None:
        self._pairs = pairs
        self._next = next(pairs, None)

    def of(self, subject: str) -> list[Value]:
        """Give a subject's values, passing over those of subjects that nobody asked for."""
        found: list[Value] = []
        while self._next is not None and self._next[0] <= subject:
            if self._next[0] == subject:
                found.append(self._next[1])
            self._next = next(self._pairs, None)
        return found


def _balance(scheme: str, row: tuple[Any, ...]) -> Balance:
    subject, route, sign, period, amount, shares = row
    return Balance(
        subject=subject,
        scheme=scheme,
        route=route,
        sign=sign,
        period=None if period == _UNCAPPED else day_of(period),
        amount=amount,
        shares=shares,
    )


def replay(
    snapshot: Path, scheme: str, *, as_of: date, known_at: int | None = None, bounds: Bounds = _BOUNDS
) -> Iterator[Standing]:
    """Replay a scheme and go through the standings of its subjects, in order of subject id.

    Args:
        snapshot: The folder that `snapshot.write` wrote.
        scheme: Which one, by code.
        as_of: The day at whose end they stand.
        known_at: Only entries up to this position are read; by default all that the snapshot has.
        bounds: How much of the machine may be taken.

    Raises:
        The refusals of `replayed`.
    """
    with replayed(snapshot, scheme, as_of=as_of, known_at=known_at, bounds=bounds) as whole:
        yield from whole.standings()


@contextmanager
def replayed(
    snapshot: Path,
    scheme: str,
    *,
    as_of: date,
    known_at: int | None = None,
    policy: Policy | None = None,
    bounds: Bounds = _BOUNDS,
) -> Iterator[Replay]:
    """Replay a scheme; what comes of it can be read while the block lasts.

    Args:
        snapshot: The folder that `snapshot.write` wrote.
        scheme: Which one, by code.
        as_of: The day at whose end everybody stands.
        known_at: Only entries up to this position are read; by default all that the snapshot has.
        policy: Replay under this policy instead of the adopted ones: see `reassess`.
        bounds: How much of the machine may be taken.

    Raises:
        SnapshotUnreadable, SnapshotLayoutNewer: It cannot be read.
        PolicyMissing, SchemeUnknown: There is no such scheme on the day, or in the policy.
        ReplayTooLarge: It would take more of the machine than it may.
    """
    manifest = read_manifest(snapshot)
    if policy is None:
        editions = [texts.edition() for texts in manifest.editions]
    else:
        editions = [Edition(number=1, policy=policy, since=EVER)]
    found = _scheme(editions, scheme, as_of, manifest.seq if known_at is None else known_at)
    clocks: dict[str, str | int] = {
        "scheme": scheme,
        "as_of": day_number(as_of),
        "known_at": manifest.seq if known_at is None else known_at,
    }
    with TemporaryDirectory(prefix="trustnet-replay-") as scratch, engine(Path(scratch), bounds) as connection:
        try:
            _open(connection, snapshot)
            again = None if policy is None else reassess(connection, editions[0], found, clocks, Path(scratch))
            _sum_up(connection, Statements(editions, Dialect.DUCKDB).whole(scheme), found, clocks)
        except (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException) as fault:
            raise SnapshotUnreadable(path=str(snapshot), cause=first_line(fault), field="snapshot") from fault
        yield Replay(manifest=manifest, scheme=found, reassessed=again, _connection=connection, _clocks=clocks)


def _scheme(editions: Sequence[Edition], code: str, day: date, known_at: int) -> Scheme:
    edition = edition_on(editions, day, known_at)
    if edition is None:
        raise PolicyMissing(on=day.isoformat())
    scheme = edition.policy.schemes.get(code)
    if scheme is None:
        known = ", ".join(sorted(edition.policy.schemes))
        raise SchemeUnknown(scheme=code, on=day.isoformat(), known=known, field="scheme")
    return scheme


def _open(connection: duckdb.DuckDBPyConnection, snapshot: Path) -> None:
    for table, columns in TABLES.items():
        file = text(snapshot / f"{table}.parquet")
        connection.execute(f"CREATE VIEW {table} AS SELECT {', '.join(columns)} FROM read_parquet({file})")


def _sum_up(connection: duckdb.DuckDBPyConnection, whole: str, scheme: Scheme, clocks: dict[str, str | int]) -> None:
    """Sum the shares up to balances, by the caps of the scheme."""
    _lay_out_periods(connection, scheme)
    connection.execute(_BALANCES.format(whole=whole), clocks)


def _lay_out_periods(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> None:
    """Lay out the cap periods of every day that occurs as a table; which they are, only `policy.periods` says."""
    caps = [
        (route.code, sign, term.cap.per)
        for route in scheme.routes
        for sign in (1, -1)
        if (term := route.term(sign)) is not None and term.cap is not None
    ]
    calendars: list[Calendar] = list(dict.fromkeys(per for _, _, per in caps))
    days = connection.execute("SELECT DISTINCT happened_on FROM force WHERE scheme = ?", [scheme.code]).fetchall()
    connection.execute("CREATE TABLE cap (route VARCHAR, sign INTEGER, calendar INTEGER)")
    connection.execute("CREATE TABLE period (calendar INTEGER, day INTEGER, begins INTEGER)")
    for route, sign, per in caps:
        connection.execute("INSERT INTO cap VALUES (?, ?, ?)", [route, sign, calendars.index(per)])
    periods = ", ".join(
        f"({number}, {day}, {day_number(period_of(per, day_of(day))[0])})"
        for number, per in enumerate(calendars)
        for (day,) in days
    )
    if periods:
        connection.execute(f"INSERT INTO period VALUES {periods}")
