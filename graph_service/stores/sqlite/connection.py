"""Connections to the SQLite file: durable, checked, and with its errors told in our words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

import apsw

from graph_service.errors import (
    StoreEngineUnsafe,
    StoreFull,
    StoreIsCopy,
    StoreLayoutNewer,
    StoreLocked,
    StoreNotOurs,
    StoreReadOnly,
    StoreUnavailable,
)

#: The number of the tables' layout; an older program refuses a newer one.
LAYOUT = 1

#: Marks the file as ours: "tnet" in ASCII.
APPLICATION_ID = 0x746E6574
#: Marks a pseudonymous copy: "tncp" in ASCII.
COPY_ID = 0x746E6370

#: Older versions can corrupt a database in WAL mode (the WAL-reset race).
SAFE_SQLITE = (3, 51, 3)

_INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX (?P<name>\w+) ON [^;]+")

#: How long a writer waits for another process, in milliseconds.
LOCK_WAIT = 5_000


def check_engine(found: str) -> None:
    """Refuse an SQLite that is known to corrupt databases.

    Raises:
        StoreEngineUnsafe: It is older than `SAFE_SQLITE`.
    """
    if tuple(int(part) for part in found.split(".")[:3]) < SAFE_SQLITE:
        raise StoreEngineUnsafe(found=found, needed=".".join(map(str, SAFE_SQLITE)))


def connect(path: Path, *, writing: bool) -> apsw.Connection:
    """Open a connection; a writing one creates the tables of a new store.

    Raises:
        StoreNotOurs: The file is something else.
        StoreLayoutNewer: A newer trustnet wrote it.
    """
    check_engine(apsw.sqlitelibversion())
    if writing:
        _make_private(path)
    with told(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        connection.set_busy_timeout(LOCK_WAIT)
        connection.pragma("cache_size", -64_000)
        if writing:
            _prepare(connection, path)
        else:
            _check_layout(connection, path)
            connection.pragma("query_only", 1)
        connection.pragma("mmap_size", 2**32)
        connection.pragma("temp_store", 2)
        # Plans must not depend on values: without this, every new value has its statement prepared anew.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        return connection


def _make_private(path: Path) -> None:
    """Make a new file that nobody but its owner can read: there are no names in it, and yet it is about people."""
    # Where the file cannot be made, opening it tells why; where it is there already, it keeps its permissions.
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare(connection: apsw.Connection, path: Path) -> None:
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    if empty and connection.pragma("application_id") == 0:
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", 2)
        with connection:
            connection.execute(_tables())
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", LAYOUT)
    _check_layout(connection, path)
    if connection.execute("SELECT 1 FROM unkept").fetchone():
        # A large load was cut off, and may have put them aside.
        make_indexes(connection)
    # FULL, never NORMAL: a kill does not show the difference, a power cut does.
    connection.pragma("synchronous", 2)
    connection.pragma("wal_autocheckpoint", 16_000)
    connection.pragma("foreign_keys", 0)
    # A load is rehearsed on one long page: what does not fit here is written out before its time.
    connection.pragma("cache_size", -256_000)


def _tables() -> str:
    return files("graph_service.stores.sqlite").joinpath("tables.sql").read_text("utf-8")


def indexes() -> dict[str, str]:
    """Give the statements that make the indexes, by name."""
    return {match["name"]: match[0] for match in _INDEX.finditer(_tables())}


def make_indexes(connection: apsw.Connection) -> None:
    """Make the indexes that are missing, as after a load that was cut off."""
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}
    missing = [statement for name, statement in indexes().items() if name not in found]
    if missing:
        with connection:
            for statement in missing:
                connection.execute(statement)


def _check_layout(connection: apsw.Connection, path: Path) -> None:
    mark = connection.pragma("application_id")
    if mark == COPY_ID:
        raise StoreIsCopy(path=str(path))
    if mark != APPLICATION_ID:
        raise StoreNotOurs(path=str(path))
    found = connection.pragma("user_version")
    if found > LAYOUT:
        raise StoreLayoutNewer(path=str(path), found=found, known=LAYOUT)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Tell SQLite's errors in our words."""
    try:
        yield
    except apsw.FullError as fault:
        raise StoreFull(path=str(path)) from fault
    except (apsw.BusyError, apsw.LockedError) as fault:
        raise StoreLocked(path=str(path)) from fault
    except (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError) as fault:
        raise StoreReadOnly(path=str(path)) from fault
    except apsw.NotADBError as fault:
        raise StoreNotOurs(path=str(path)) from fault
    except (apsw.IOError, apsw.CorruptError, apsw.NoMemError) as fault:
        raise StoreUnavailable(path=str(path), cause=str(fault)) from fault
