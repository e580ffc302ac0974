"""Replay by DuckDB: a snapshot becomes everybody's balances and standings.

The statements are printed from the same definitions that the stores keep standings by, so the result is what is kept,
digit for digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from graph_service.errors import PolicyMissing, SchemeUnknown
from graph_service.model.days import EVER, day_number, day_of
from graph_service.model.standing import Balance, Standing
from graph_service.policy.schemes import Edition, Policy, Scheme
from graph_service.projection.keep import edition_on
from graph_service.relation.book import Statements
from graph_service.relation.sql import Dialect
from graph_service.relation.standing import standings
from graph_service.replay.engine import Bounds, attach, engine, first_line, text
from graph_service.replay.manifest import Manifest, read_manifest
from graph_service.replay.reassess import Reassessed, reassess
from graph_service.replay.refusals import SnapshotUnreadable
from graph_service.replay.tables import KEPT, TABLES
from graph_service.replay.whole import UNCAPPED, sum_up
from graph_service.scoring.total import standing_of

#: Standings that are handed over from the engine at a time.
ROWS_PER_FETCH = 10_000

_BOUNDS = Bounds()

#: Makes the table `balance`.
Summing = Callable[[duckdb.DuckDBPyConnection, Statements, Scheme, Mapping[str, str | int]], None]

#: Everybody of the scheme's kinds who has not ended: where no share came and no grade was given, at the base.
_SUBJECTS = """
SELECT s.id, coalesce(k.score, $score), coalesce(k.grade, $grade), coalesce(k.own, 0), coalesce(k.shared, 0)
FROM subject s LEFT JOIN standing k ON k.subject = s.id
WHERE s.kind IN ({kinds}) AND s.seq <= $known_at AND s.until > $as_of ORDER BY s.id
"""

#: The columns of the embedded store's tables.
_KEPT = (
    "CREATE TABLE IF NOT EXISTS kept.balance (subject VARCHAR, scheme VARCHAR, route VARCHAR, sign BIGINT,"
    " period BIGINT, amount BIGINT, shares BIGINT)",
    "CREATE TABLE IF NOT EXISTS kept.standing (scheme VARCHAR, subject VARCHAR, score BIGINT, grade VARCHAR,"
    " own BIGINT, shared BIGINT)",
)
_KEEP_BALANCES = """
INSERT INTO kept.balance SELECT subject, {scheme}, route, sign, period, amount, shares FROM balance
ORDER BY subject, route, sign, period
"""
_KEEP_STANDINGS = "INSERT INTO kept.standing SELECT {scheme}, * FROM standing ORDER BY subject"


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

    def differing(self, kept: Path) -> tuple[Iterator[Balance], Iterator[Balance]]:
        """Hold the balances against a Parquet file of kept ones: those that only it has, and those that it has not.

        Args:
            kept: Of the columns `scheme` and those of `tables.KEPT`.
        """
        columns = ", ".join(KEPT)
        held = f"SELECT {columns} FROM read_parquet({text(kept)}) WHERE scheme = {text(self.scheme.code)}"
        found = f"SELECT {columns} FROM balance"
        orders = (f"{one} EXCEPT {other} ORDER BY ALL" for one, other in ((held, found), (found, held)))
        unfounded, not_kept = (map(partial(_balance, self.scheme.code), self._rows(each)) for each in orders)
        return unfounded, not_kept

    def standings(self) -> Iterator[Standing]:
        """Go through the standings of all subjects of the scheme's kinds, in order of subject id.

        Those that no share reached stand at the base; those that have ended are left out.
        """
        base = standing_of(self.scheme, "", (), ())
        kinds = ", ".join(text(kind) for kind in self.scheme.subjects)
        values = {**self._clocks, "score": base.score, "grade": base.grade}
        del values["scheme"]
        for subject, score, grade, own, shared in self._rows(_SUBJECTS.format(kinds=kinds), values):
            yield Standing(subject=subject, scheme=self.scheme.code, score=score, grade=grade, own=own, shared=shared)

    def digest(self) -> tuple[int, int, int]:
        """Count the balances and the shares in them, and add a number that another balance anywhere would change."""
        statement = (
            "SELECT count(*), coalesce(sum(shares), 0),"
            " coalesce(sum(hash(subject, route, sign, period, amount, shares)), 0) FROM balance"
        )
        balances, shares, mixed = next(self._rows(statement))
        return int(balances), int(shares), int(mixed)

    def hand_over(self, database: Path) -> tuple[int, int]:
        """Add the balances and standings to an SQLite file that nothing else has open; give how many of each."""
        attach(self._connection, database, "kept", writing=True)
        counts = tuple(
            self._connection.execute(statement.format(scheme=text(self.scheme.code))).fetchall()
            for statement in (*_KEPT, _KEEP_BALANCES, _KEEP_STANDINGS)
        )
        self._connection.execute("DETACH kept")
        return counts[-2][0][0], counts[-1][0][0]

    def _rows(self, statement: str, values: Mapping[str, str | int] | None = None) -> Iterator[tuple[Any, ...]]:
        """Ask on a cursor of its own, so that several questions can be read side by side."""
        cursor = self._connection.cursor()
        cursor.execute(statement, values or {})
        while page := cursor.fetchmany(ROWS_PER_FETCH):
            yield from page


def _balance(scheme: str, row: tuple[Any, ...]) -> Balance:
    subject, route, sign, period, amount, shares = row
    return Balance(
        subject=subject,
        scheme=scheme,
        route=route,
        sign=sign,
        period=None if period == UNCAPPED else day_of(period),
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
    summing: Summing = sum_up,
) -> Iterator[Replay]:
    """Replay a scheme; what comes of it can be read while the block lasts.

    Args:
        snapshot: The folder that `snapshot.write` wrote.
        scheme: Which one, by code.
        as_of: The day at whose end everybody stands.
        known_at: Only entries up to this position are read; by default all that the snapshot has.
        policy: Replay under this policy instead of the adopted ones: see `reassess`.
        bounds: How much of the machine may be taken.
        summing: What sums the shares up; there is a slow and plain one to compare with.

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
    found = scheme_of(editions, scheme, as_of, manifest.seq if known_at is None else known_at)
    clocks: dict[str, str | int] = {
        "scheme": scheme,
        "as_of": day_number(as_of),
        "known_at": manifest.seq if known_at is None else known_at,
    }
    with TemporaryDirectory(prefix="trustnet-replay-") as scratch, engine(Path(scratch), bounds) as connection:
        try:
            open_snapshot(connection, snapshot)
            again = None if policy is None else reassess(connection, editions[0], found, clocks, Path(scratch))
            summing(connection, Statements(editions, Dialect.DUCKDB), found, clocks)
            connection.execute(f"CREATE TABLE standing AS {standings(found)}", clocks)
        except (duckdb.IOException, duckdb.InvalidInputException, duckdb.BinderException) as fault:
            raise SnapshotUnreadable(path=str(snapshot), cause=first_line(fault), field="snapshot") from fault
        yield Replay(manifest=manifest, scheme=found, reassessed=again, _connection=connection, _clocks=clocks)


def replay_read(
    connection: duckdb.DuckDBPyConnection, manifest: Manifest, editions: Sequence[Edition], scheme: str, as_of: date
) -> Replay:
    """Replay a scheme in an engine that has read a store; see `snapshot.read_store`. One scheme at a time.

    Raises:
        PolicyMissing, SchemeUnknown: There is no such scheme on the day.
    """
    found = scheme_of(editions, scheme, as_of, manifest.seq)
    clocks: dict[str, str | int] = {"scheme": scheme, "as_of": day_number(as_of), "known_at": manifest.seq}
    connection.execute("DROP TABLE IF EXISTS balance; DROP TABLE IF EXISTS standing")
    sum_up(connection, Statements(editions, Dialect.DUCKDB), found, clocks)
    connection.execute(f"CREATE TABLE standing AS {standings(found)}", clocks)
    return Replay(manifest=manifest, scheme=found, reassessed=None, _connection=connection, _clocks=clocks)


def scheme_of(editions: Sequence[Edition], code: str, day: date, known_at: int) -> Scheme:
    """Find a scheme by the edition of a day; see `replayed` for what is refused."""
    edition = edition_on(editions, day, known_at)
    if edition is None:
        raise PolicyMissing(on=day.isoformat())
    scheme = edition.policy.schemes.get(code)
    if scheme is None:
        known = ", ".join(sorted(edition.policy.schemes))
        raise SchemeUnknown(scheme=code, on=day.isoformat(), known=known, field="scheme")
    return scheme


def open_snapshot(connection: duckdb.DuckDBPyConnection, snapshot: Path) -> None:
    """Let the engine read the tables of a snapshot by their names."""
    for table, columns in TABLES.items():
        file = text(snapshot / f"{table}.parquet")
        connection.execute(f"CREATE VIEW {table} AS SELECT {', '.join(columns)} FROM read_parquet({file})")
