"""Snapshots: what a replay needs of a store, at one moment, as a folder of Parquet files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import orjson

from graph_service.model.days import day_of
from graph_service.ports.store import Excerpt, Extracting, Store
from graph_service.replay.engine import Bounds, attach, engine, first_line, load_reader, text, written
from graph_service.replay.manifest import AdoptedTexts, Manifest, manifest_of
from graph_service.replay.refusals import SnapshotTaken, SnapshotUnwritable
from graph_service.replay.tables import KEPT, TABLES, kept_rows, rows

_BOUNDS = Bounds()

#: Tables that are copied, and read, at a time.
_SIDE_BY_SIDE = 2

#: Takes the rows of a table up in an engine.
_Take = Callable[[duckdb.DuckDBPyConnection, str, str], None]


def write(store: Store, folder: Path, bounds: Bounds = _BOUNDS) -> Manifest:
    """Write a snapshot of a store into a new folder: all of it, or nothing.

    Everything in it is of one moment, whatever is written to the store meanwhile.

    Raises:
        SnapshotTaken: There is something at `folder` already.
        SnapshotUnwritable: There is no room, or the place cannot be written.
        ReplayTooLarge: It would take more memory than it may.
    """
    if folder.exists():
        raise SnapshotTaken(path=str(folder), field="folder")
    try:
        with _growing(folder) as (unfinished, scratch):
            if isinstance(store, Extracting):
                manifest = _write_extract(store, unfinished, scratch, bounds)
            else:
                manifest = _write_rows(store, unfinished, scratch, bounds)
            manifest.write(unfinished)
            unfinished.rename(folder)
    except (OSError, duckdb.IOException) as fault:
        raise SnapshotUnwritable(path=str(folder), cause=first_line(fault), field="folder") from fault
    return manifest


@contextmanager
def _growing(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Give an unfinished folder beside the one that is wanted, and another one for scratch; both go in the end."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent, ignore_cleanup_errors=True) as beside:
        unfinished, scratch = Path(beside) / "snapshot", Path(beside) / "scratch"
        unfinished.mkdir(mode=0o700)
        scratch.mkdir(mode=0o700)
        yield unfinished, scratch


def _write_extract(store: Extracting, folder: Path, scratch: Path, bounds: Bounds) -> Manifest:
    """Copy the tables out of the store, and let the engine read the copies, which is quick."""

    def take(cursor: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
        if table in TABLES:
            _copy(cursor, table, rows, folder)
        else:
            cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM {rows}")

    with engine(scratch, bounds) as connection:
        _take_extracts(store, connection, scratch, None, take)
        return _manifest(connection)


def read_store(store: Store, connection: duckdb.DuckDBPyConnection, scratch: Path, excerpt: Excerpt) -> Manifest:
    """Let an engine read a store as of now, without a snapshot: what an excerpt names, and more where that is simpler.

    Where it asks for what is kept, that is in the tables `kept` (subject, route, sign, period, amount, shares) and
    `unkept`; such an excerpt is of one scheme.

    Args:
        store: The store; it is not touched.
        connection: The engine, which has the tables by their names afterwards.
        scratch: A folder that is there as long as the engine.
        excerpt: What will be read.
    """
    if isinstance(store, Extracting):
        _take_extracts(store, connection, scratch, excerpt, _have_extract)
        return _manifest(connection)
    with store.reading() as reading:
        for table, cells in rows(reading).items():
            lines = scratch / f"{table}.jsonl"
            _have(connection, table, f"SELECT * FROM {written(lines, TABLES[table], cells)}")
            lines.unlink()
        if excerpt.kept:
            (scheme,) = excerpt.schemes
            kept = written(scratch / "kept.jsonl", KEPT, kept_rows(reading, scheme))
            connection.execute(f"CREATE TABLE kept AS SELECT * FROM {kept}")
            unkept = written(scratch / "unkept.jsonl", {"scheme": "VARCHAR"}, zip(reading.unkept(), strict=True))
            connection.execute(f"CREATE TABLE unkept AS SELECT * FROM {unkept}")
        return manifest_of(reading)


def _have_extract(cursor: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    if table in TABLES:
        _have(cursor, table, f"SELECT {_typed(TABLES[table])} FROM {rows}")
    elif table == "balance":
        cursor.execute(f"CREATE TABLE kept AS SELECT {_typed(KEPT)} FROM {rows}")
    else:
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM {rows}")


def _take_extracts(
    store: Extracting, connection: duckdb.DuckDBPyConnection, scratch: Path, excerpt: Excerpt | None, take: _Take
) -> None:
    """Copy the tables out of a store and hand each over as soon as it is there, some at a time."""
    load_reader(connection)

    def taken(table: str, copy: Callable[[], Path]) -> None:
        file = copy()
        with closing(connection.cursor()) as cursor:
            attach(cursor, file, f"{table}_copy")
            take(cursor, table, f"{table}_copy.{table}")
            cursor.execute(f"DETACH {table}_copy")
        file.unlink()

    with store.extracting(scratch, excerpt) as copies, ThreadPoolExecutor(_SIDE_BY_SIDE) as side_by_side:
        for done in [side_by_side.submit(taken, table, copy) for table, copy in copies.items()]:
            done.result()


def _have(connection: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    connection.execute(f"CREATE TABLE {table}_read AS {rows}")
    connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {table}_read")


def _write_rows(store: Store, folder: Path, scratch: Path, bounds: Bounds) -> Manifest:
    """Ask the store for every row; slower, and the same for every store."""
    with store.reading() as reading, engine(scratch, bounds) as connection:
        for table, cells in rows(reading).items():
            lines = scratch / f"{table}.jsonl"
            _copy(connection, table, written(lines, TABLES[table], cells), folder)
            lines.unlink()
        return manifest_of(reading)


def _copy(connection: duckdb.DuckDBPyConnection, table: str, source: str, folder: Path) -> None:
    file = text(folder / f"{table}.parquet")
    rows = f"SELECT {_typed(TABLES[table])} FROM {source}"
    connection.execute(f"COPY ({rows}) TO {file} (FORMAT parquet, COMPRESSION zstd)")


def _typed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in columns.items())


def _manifest(connection: duckdb.DuckDBPyConnection) -> Manifest:
    """Read the manifest off extracts: the head and the texts are of the same moment as the tables."""
    head = connection.execute("SELECT seq, hash, entered_on FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    ticked = connection.execute("SELECT day FROM ticked").fetchone()
    adopted = connection.execute(
        "SELECT e.number, e.since, e.seq, j.asked FROM edition e JOIN entry j ON j.seq = e.seq ORDER BY e.number"
    ).fetchall()
    seq, hash_, entered_on = head or (0, bytes(32), None)
    return Manifest(
        seq=seq,
        hash=hash_,
        entered_on=None if entered_on is None else day_of(entered_on),
        ticked_on=None if ticked is None else day_of(ticked[0]),
        editions=tuple(
            AdoptedTexts(number=number, since=day_of(since), seq=place, name=asked["name"], files=asked["files"])
            for number, since, place, asked in ((*row[:3], orjson.loads(row[3])) for row in adopted)
        ),
    )
