"""The engine: DuckDB with bounds, and its faults in our words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import duckdb
import orjson

from graph_service.replay.refusals import ReplayTooLarge


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a replay may take of the machine. What does not fit into memory goes to a temporary folder."""

    #: As DuckDB reads it: "2GB", "512MB".
    memory: str = "2GB"
    #: None for one per core.
    threads: int | None = None


@contextmanager
def engine(folder: Path, bounds: Bounds) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine that spills into `folder` and never reaches for the network.

    Raises:
        ReplayTooLarge: It would take more room than it may.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": bounds.memory,
        "temp_directory": str(folder),
        # The order of rows is no part of a snapshot's meaning, and keeping it costs memory.
        "preserve_insertion_order": "false",
    }
    if bounds.threads is not None:
        config["threads"] = bounds.threads
    connection = duckdb.connect(config=config)
    try:
        yield connection
    except duckdb.OutOfMemoryException as fault:
        raise ReplayTooLarge(cause=first_line(fault)) from fault
    finally:
        connection.close()


def attach(connection: duckdb.DuckDBPyConnection, database: Path, name: str, *, writing: bool = False) -> None:
    """Attach an SQLite file that nothing else has open.

    The engine brings an SQLite of its own; two in one process on one file take each other's locks and crash.
    """
    load_reader(connection)
    mode = "" if writing else ", READ_ONLY"
    connection.execute(f"ATTACH {text(database)} AS {name} (TYPE sqlite{mode})")


def load_reader(connection: duckdb.DuckDBPyConnection) -> None:
    """Let an engine read SQLite files, by what its package carries; to say so again does nothing."""
    carried = files("duckdb_extension_sqlite_scanner") / "extensions" / f"v{duckdb.__version__}"
    with as_file(carried / "sqlite_scanner.duckdb_extension") as extension:
        connection.execute(f"LOAD {text(extension)}")


def text(value: object) -> str:
    """Write a value as a text literal."""
    return "'" + str(value).replace("'", "''") + "'"


class Lines:
    """A file of JSON lines that an engine reads as a table: rows are added while its block lasts."""

    def __init__(self, file: Path, columns: Mapping[str, str]) -> None:
        self._columns = columns
        self._lines = file.open("wb")
        typed = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in columns.items())
        #: What a statement says to read the rows with these columns' types.
        self.read = f"read_json({text(file)}, format = 'newline_delimited', columns = {{{typed}}})"

    def add(self, row: Sequence[str | int | None]) -> None:
        """Add a row."""
        named = dict(zip(self._columns, row, strict=True))
        self._lines.write(orjson.dumps(named, option=orjson.OPT_APPEND_NEWLINE))

    def __enter__(self) -> None:
        self._lines.__enter__()

    def __exit__(self, *fault: object) -> None:
        self._lines.close()


def written(file: Path, columns: Mapping[str, str], rows: Iterable[Sequence[str | int | None]]) -> str:
    """Write rows into a file of JSON lines, and give what a statement says to read them with these columns' types."""
    lines = Lines(file, columns)
    with lines:
        for row in rows:
            lines.add(row)
    return lines.read


def first_line(fault: Exception) -> str:
    """Give the first line of what a fault says, which is enough for a sentence."""
    return str(fault).splitlines()[0] if str(fault) else type(fault).__name__
