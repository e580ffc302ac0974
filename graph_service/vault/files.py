"""The vault's three files: items, keys and master key; how they are made, checked and opened.

Items and keys are two databases, so that a copy of one is worthless without the other, and so that
backups of the keys can be thrown away sooner.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from graph_service.vault.keys import MasterKey, make_master_key, read_master_key
from graph_service.vault.refusals import (
    MasterKeyMissing,
    MasterKeyWrong,
    VaultAddressUnknown,
    VaultEngineUnsafe,
    VaultFileMissing,
    VaultFull,
    VaultKeysBehind,
    VaultLayoutNewer,
    VaultLocked,
    VaultNotOurs,
    VaultUnavailable,
)

#: The first SQLite without the race that corrupts databases in WAL mode.
ENGINE_NEEDED = "3.51.3"

LAYOUT = 1
_BUSY_MILLISECONDS = 5_000
_ITEMS_CHECKED = 100

# Data keys and postings are only ever appended and overwritten in place. SQLite moves rows between
# pages when it splits or joins them and leaves copies behind that secure_delete does not know of
# (seen in 1 of 4,500 deleted index rows); rows at the end of a table by number are never moved.
_ITEM_TABLES = """
CREATE TABLE layout (fingerprint BLOB NOT NULL) STRICT;
CREATE TABLE subjects (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL UNIQUE,
    put_at INTEGER NOT NULL
) STRICT;
CREATE TABLE items (
    item INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    data_class INTEGER NOT NULL,
    ref TEXT NOT NULL,
    key_number INTEGER NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (number, data_class, ref)
) STRICT;
CREATE TABLE postings (
    chunk INTEGER PRIMARY KEY,
    mark INTEGER NOT NULL,
    slots BLOB NOT NULL
) STRICT;
CREATE INDEX postings_by_mark ON postings (mark);
"""

_KEY_TABLES = """
CREATE TABLE layout (fingerprint BLOB NOT NULL) STRICT;
CREATE TABLE data_keys (key_number INTEGER PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultFiles:
    """The open databases of a vault and the key that belongs to them."""

    items: apsw.Connection
    keys: apsw.Connection
    master: MasterKey
    #: Where the items are, for messages.
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What a file of the vault must be."""

    application_id: int
    tables: str


_ITEMS = _Kind(application_id=int.from_bytes(b"TNvt", "big"), tables=_ITEM_TABLES)
_KEYS = _Kind(application_id=int.from_bytes(b"TNky", "big"), tables=_KEY_TABLES)


def open_files(address: str, *, master_key: Path | None = None) -> VaultFiles:
    """Open the vault at `address`, or make it where there is none.

    `sqlite:///folder/trustnet.vault.db` (a fourth slash for an absolute path) has its keys in
    `trustnet.keys.db` and its master key in `trustnet.master.key` beside it, unless `master_key`
    says another place. `sqlite://` is a vault in memory.

    Raises:
        VaultRefusal: see `refusals`; an existing file is then as it was before.
    """
    check_engine(apsw.sqlite_lib_version())
    if address == "sqlite://":
        return _files_in_memory()
    path = _path_of(address)
    stem = path.name.removesuffix(".db").removesuffix(".vault")
    keys_path = path.with_name(f"{stem}.keys.db")
    master_path = master_key or path.with_name(f"{stem}.master.key")
    with refusing(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        master = _master_key_for(path, keys_path, master_path)
        keys = _opened(keys_path, _KEYS, master, master_path)
        items = _opened(path, _ITEMS, master, master_path)
        _check_keys_cover_items(items, keys, path, keys_path)
    return VaultFiles(items=items, keys=keys, master=master, path=str(path))


def check_engine(found: str) -> None:
    """Refuse a SQLite older than `ENGINE_NEEDED`.

    Raises:
        VaultEngineUnsafe: it is older.
    """
    if _version(found) < _version(ENGINE_NEEDED):
        raise VaultEngineUnsafe(found=found, needed=ENGINE_NEEDED)


@contextmanager
def refusing(path: str) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into refusals that name the vault.

    Raises:
        VaultLocked: another process writes.
        VaultFull: there is no room.
        VaultUnavailable: anything else.
    """
    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as error:
        raise VaultLocked(path=path) from error
    except apsw.FullError as error:
        raise VaultFull(path=path) from error
    except (apsw.Error, OSError) as error:
        raise VaultUnavailable(path=path, cause=str(error)) from error


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _path_of(address: str) -> Path:
    prefix = "sqlite:///"
    name = address.removeprefix(prefix)
    if not address.startswith(prefix) or not name or name.endswith("/"):
        raise VaultAddressUnknown(address=address)
    return Path(name)


def _files_in_memory() -> VaultFiles:
    master = MasterKey(os.urandom(32))
    items, keys = apsw.Connection(":memory:"), apsw.Connection(":memory:")
    _lay_out(items, _ITEMS, master)
    _lay_out(keys, _KEYS, master)
    return VaultFiles(items=items, keys=keys, master=master, path="memory")


def _master_key_for(path: Path, keys_path: Path, master_path: Path) -> MasterKey:
    """Read the master key, and make one only where no vault is yet."""
    has_items, has_keys = _holds(path, _ITEMS), _holds(keys_path, _KEYS)
    if has_items and not has_keys:
        raise VaultFileMissing(path=str(keys_path), partner=str(path))
    if has_keys and not has_items and _has_data_keys(keys_path):
        raise VaultFileMissing(path=str(path), partner=str(keys_path))
    if read_master_key(master_path) is None:
        if has_items or has_keys:
            raise MasterKeyMissing(vault=str(path), path=str(master_path))
        make_master_key(master_path)
    master = read_master_key(master_path)
    assert master is not None
    return master


def _holds(path: Path, kind: _Kind) -> bool:
    """Tell whether the file has our layout; False if it is missing or empty."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(_BUSY_MILLISECONDS)
    try:
        found = connection.pragma("user_version")
        application = connection.pragma("application_id")
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
    except apsw.NotADBError as error:
        raise VaultNotOurs(path=str(path)) from error
    finally:
        connection.close()
    if (application, found, tables) == (0, 0, 0):
        return False
    if application != kind.application_id:
        raise VaultNotOurs(path=str(path))
    if found > LAYOUT:
        raise VaultLayoutNewer(path=str(path), found=found, known=LAYOUT)
    return True


def _has_data_keys(keys_path: Path) -> bool:
    connection = apsw.Connection(str(keys_path))
    try:
        return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM data_keys)").get)
    finally:
        connection.close()


def _opened(path: Path, kind: _Kind, master: MasterKey, master_path: Path) -> apsw.Connection:
    # SQLite gives its side files the mode of the database, so the mode is set before it opens it.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(_BUSY_MILLISECONDS)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.pragma("secure_delete", 1)
    connection.pragma("temp_store", "memory")
    connection.pragma("cache_size", -65_536)
    _lay_out(connection, kind, master)
    if connection.execute("SELECT fingerprint FROM layout").get != master.fingerprint:
        connection.close()
        raise MasterKeyWrong(path=str(master_path), vault=str(path))
    return connection


def _lay_out(connection: apsw.Connection, kind: _Kind, master: MasterKey) -> None:
    if connection.pragma("user_version") == LAYOUT:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been first while we waited.
        if connection.pragma("user_version") == 0:
            connection.execute(kind.tables)
            connection.execute("INSERT INTO layout VALUES (?)", (master.fingerprint,))
            connection.pragma("application_id", kind.application_id)
            connection.pragma("user_version", LAYOUT)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _check_keys_cover_items(items: apsw.Connection, keys: apsw.Connection, path: Path, keys_path: Path) -> None:
    """Refuse keys of an older backup: new keys would take the numbers of those that are lost."""
    newest = items.execute(
        "SELECT max(key_number) FROM (SELECT key_number FROM items ORDER BY item DESC LIMIT ?)",
        (_ITEMS_CHECKED,),
    ).get
    known = keys.execute("SELECT max(key_number) FROM data_keys").get
    if newest is not None and (known is None or known < newest):
        items.close()
        keys.close()
        raise VaultKeysBehind(path=str(keys_path), vault=str(path))
