"""The wiring: settings become a store, a vault and a clock. This is the only module that opens a store."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from graph_service.errors import (
    CheckpointsMissing,
    StoreAddressUnknown,
    StoreMissing,
    StoreReadOnly,
    VaultAddressMissing,
)
from graph_service.ports.copies import CopyPage
from graph_service.ports.store import Store
from graph_service.service import TrustService
from graph_service.settings import Settings
from graph_service.vault import open_vault
from graph_service.vault.checkpoints import CheckpointFolder

#: The time zone of the clock until a policy says otherwise.
TIME_ZONE = "Asia/Shanghai"
if TYPE_CHECKING:
    from graph_service.stores.neo4j.store import Neo4jStore, Place

_SQLITE = "sqlite:///"
_MEMORY = "memory://"
#: How Neo4j is spoken to: routed to the members of a cluster or not, and with whose certificate.
_NEO4J = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock, read in the policy's time zone."""

    time_zone: str = TIME_ZONE

    def today(self) -> date:
        """Give today's date."""
        return datetime.now(ZoneInfo(self.time_zone)).date()


@dataclass(slots=True)
class StandingClock:
    """A clock that stands still until it is moved."""

    day: date

    def today(self) -> date:
        """Give the day on which it stands."""
        return self.day


def store_path(address: str) -> Path:
    """Give the file that a store's address names.

    Raises:
        StoreAddressUnknown: The address is of no store that we know.

    >>> store_path("sqlite:///school.db").name
    'school.db'
    """
    if not address.startswith(_SQLITE) or len(address) == len(_SQLITE):
        raise StoreAddressUnknown(address=address, field="store")
    return Path(address.removeprefix(_SQLITE))


def is_there(address: str) -> bool:
    """Tell whether there is a store at an address.

    Raises:
        StoreAddressUnknown: The address is of no store that we know.
        StoreUnavailable, StoreDenied, StoreNotOurs: The server is away, refuses us, or holds something else.
    """
    if on_server(address):
        try:
            open_store(address, create=False).close()
        except StoreMissing:
            return False
        return True
    return address != _MEMORY and store_path(address).exists()


def on_server(address: str) -> bool:
    """Tell whether a store's address names one on a server.

    >>> on_server("neo4j://user:secret@graph.example.org:7687/town"), on_server("sqlite:///town.db")
    (True, False)
    """
    return urlsplit(address).scheme in _NEO4J


def place_on_server(address: str) -> Place:
    """Read where a database is, and how we are known there.

    Raises:
        StoreAddressUnknown: The address has no host, or no number as its port.
    """
    from graph_service.stores.neo4j.store import Place

    parts = urlsplit(address)
    try:
        port = parts.port or 7687
    except ValueError:
        port = 0
    if not parts.hostname or not port:
        # The address may hold a password, and is not repeated.
        raise StoreAddressUnknown(address=f"{parts.scheme}://", field="store")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Place(
        server=f"{parts.scheme}://{host}:{port}",
        database=unquote(parts.path.strip("/")) or None,
        login=unquote(parts.username or "neo4j"),
        password=unquote(parts.password or ""),
    )


def _open_on_server(address: str, settings: Settings, *, create: bool) -> Neo4jStore:
    from graph_service.stores.neo4j.store import Limits, Neo4jStore

    limits = Limits(
        connections=settings.store_connections,
        connect=settings.store_connect_seconds,
        acquire=settings.store_acquire_seconds,
        page=settings.store_page_seconds,
        reading=settings.store_reading_seconds,
    )
    return Neo4jStore(place_on_server(address), limits, create=create)


_SETTINGS = Settings()


def open_store(address: str, *, create: bool, settings: Settings = _SETTINGS) -> Store:
    """Open the store at an address.

    Raises:
        StoreAddressUnknown: The address is of no store that we know.
        StoreMissing: There is none, and none should be made.
        StoreReadOnly: Its folder cannot be written.
        StoreUnavailable, StoreDenied, StoreNotOurs: The server is away, refuses us, or holds something else.
    """
    if on_server(address):
        return _open_on_server(address, settings, create=create)
    if address == _MEMORY:
        from graph_service.stores.memory import MemoryStore

        return MemoryStore()
    from graph_service.stores.sqlite.store import SQLiteStore

    path = store_path(address)
    if not create and not is_there(address):
        raise StoreMissing(path=str(path), field="store")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise StoreReadOnly(path=str(path)) from fault
    return SQLiteStore(path)


def new_copy(address: str) -> AbstractContextManager[CopyPage]:
    """Begin a pseudonymous copy at an address where there is nothing yet: it is there when the block ends.

    Raises:
        StoreAddressUnknown: The address is of no place that we know for copies.
        CopyTaken: There is something.
        StoreReadOnly, StoreFull: It cannot be written.
    """
    from graph_service.stores.sqlite import copies

    return copies.new_copy(store_path(address))


def same_store(one: str, other: str) -> bool:
    """Tell whether two addresses name one store. A store in memory is another one each time it is opened.

    >>> same_store("sqlite:///school.db", "sqlite:///./school.db")
    True
    """
    if not (one.startswith(_SQLITE) and other.startswith(_SQLITE)):
        return one == other != _MEMORY
    return store_path(one).resolve() == store_path(other).resolve()


def open_service(settings: Settings, *, create: bool = False) -> TrustService:
    """Open the service on the store, vault and clock of the settings.

    Raises:
        The refusals of `open_store` and of the vault.
    """
    store = open_store(settings.store, create=create, settings=settings)
    try:
        vault = open_vault(_vault_address(settings), clock=lambda: int(time.time()))
    except BaseException:
        store.close()
        raise
    with store.reading() as reading:
        editions = reading.editions()
    zone = editions[-1].policy.time_zone if editions else TIME_ZONE
    clock = SystemClock(zone) if settings.today is None else StandingClock(settings.today)
    witness = checkpoint_folder(settings) if settings.checkpoints and settings.store != _MEMORY else None
    return TrustService(store, vault, clock, witness)


def _vault_address(settings: Settings) -> str:
    if settings.vault is not None:
        return settings.vault
    if settings.store == _MEMORY:
        return "sqlite://"
    if on_server(settings.store):
        # Personal data never goes into the graph's database, and every service must find the same vault.
        raise VaultAddressMissing()
    return f"{_SQLITE}{store_path(settings.store).with_suffix('.vault.db')}"


def with_store(settings: Settings, store: str | None, today: date | None = None) -> Settings:
    """Give the settings with what the command line says instead."""
    return replace(settings, store=store or settings.store, today=today or settings.today)


def checkpoint_folder(settings: Settings) -> CheckpointFolder:
    """Open the folder that signed checkpoints are written to.

    Raises:
        CheckpointsMissing: The settings name none.
    """
    if settings.checkpoints is None:
        raise CheckpointsMissing()
    beside = store_path(_vault_address(settings) if on_server(settings.store) else settings.store)
    key = beside.with_suffix(".signing.key")
    return CheckpointFolder(Path(settings.checkpoints), key)
