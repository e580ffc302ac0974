"""The store for several services at once: a journal and its views in a Neo4j database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock

from neo4j import READ_ACCESS, WRITE_ACCESS, Driver, GraphDatabase, Transaction
from neo4j.exceptions import DriverError, Neo4jError

from graph_service.ports.store import Page, Reading
from graph_service.stores.neo4j import images, layout
from graph_service.stores.neo4j.faults import told
from graph_service.stores.neo4j.images import written_image
from graph_service.stores.neo4j.journal import Book, EditionsRead, book_of
from graph_service.stores.neo4j.page import Neo4jPage
from graph_service.stores.neo4j.steady import SteadyReading

#: Locks the end of the journal until the page ends. What stands there is read behind the lock, not before it.
_LOCK = "MATCH (j:Journal {only: 1}) SET j.locked = true WITH j RETURN properties(j)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a database is, and how we are known there."""

    #: Scheme, host and port: `neo4j://graph.example.org:7687`.
    server: str
    #: The server's own, where None.
    database: str | None = None
    login: str = "neo4j"
    password: str = ""

    def __str__(self) -> str:
        """Write the address as it may be told: without the password."""
        return f"{self.server}/{self.database or ''}".rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many connections there may be, and how long things may take, in seconds."""

    connections: int = 50
    #: To wait for a free connection.
    acquire: float = 30.0
    #: To reach the server.
    connect: float = 5.0
    #: For one page to be written, and for one reading to go on.
    page: float = 300.0
    reading: float = 60.0


_LIMITS = Limits()


class Neo4jStore:
    """A journal and its views in a Neo4j database, which several services may share."""

    def __init__(self, place: Place, limits: Limits = _LIMITS, *, create: bool = True) -> None:
        self._place = place
        self._address = str(place)
        self._limits = limits
        self._read = EditionsRead()
        self._turn = Lock()
        #: The last page that this process knows to be done.
        self._done = 0
        self._indexed: frozenset[str] = frozenset()
        #: What this process has written is seen by its readings, whichever member of a cluster answers.
        self._bookmarks = GraphDatabase.bookmark_manager()
        with told(self._address):
            self._driver: Driver = GraphDatabase.driver(
                place.server,
                auth=(place.login, place.password),
                # A page needs a second one to be announced.
                max_connection_pool_size=max(2, limits.connections),
                connection_acquisition_timeout=limits.acquire,
                connection_timeout=limits.connect,
                keep_alive=True,
                notifications_min_severity="OFF",
                user_agent="trustnet",
            )
        try:
            with told(self._address):
                layout.prepare(self._driver, place.database, self._address, create=create)
        except BaseException:
            self._driver.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Read at one moment."""
        with self._talk(READ_ACCESS) as talk:
            yield SteadyReading(talk, self._address, self._read, done=self._done)

    @contextmanager
    def writing(self) -> Iterator[Page]:
        """Write a page under the lock on the journal's end: on the leader, as a whole or not at all."""
        with self._turn, self._talk(WRITE_ACCESS) as talk:
            book = self._book(talk)
            self._index(book.tie_kinds)
            page = Neo4jPage(talk, self._address, self._read, book)
            yield page
            if page.keep():
                with told(self._address):
                    number = self._announce(written_image(page.image()))
                    talk.commit()
                    self._done = number
                    self._write(images.DONE, number=number)

    def _announce(self, image: str) -> int:
        """Say that a page is about to be kept, and how things stand before it; give its number."""
        kept = int(1_000 * self._limits.reading)
        with self._talk(WRITE_ACCESS) as talk:
            number: int = talk.run(images.ANNOUNCED, {"image": image}).single(strict=True)[0]
            talk.run(images.SETTLED, {"number": number}).consume()
            talk.run(images.CLEARED, {"number": number, "kept": kept}).consume()
            talk.commit()
        return number

    def _write(self, statement: str, **values: object) -> None:
        with self._talk(WRITE_ACCESS) as talk:
            talk.run(statement, values).consume()
            talk.commit()

    def close(self) -> None:
        """Let go of all connections."""
        self._driver.close()

    def _book(self, talk: Transaction) -> Book:
        with told(self._address):
            found = talk.run(_LOCK).single(strict=True)
            return book_of(found[0])

    @contextmanager
    def _talk(self, access: str) -> Iterator[Transaction]:
        """Open a transaction; whatever was not committed is taken back in the end."""
        with told(self._address):
            connected = self._driver.session(
                database=self._place.database, default_access_mode=access, bookmark_manager=self._bookmarks
            )
            try:
                # A reading holds nobody up, and goes on for as long as it may see its moment.
                talk = connected.begin_transaction(timeout=self._limits.page if access == WRITE_ACCESS else None)
            except BaseException:
                connected.close()
                raise
        try:
            yield talk
        finally:
            # Where the server is gone there is nobody to take it back, and nothing was kept.
            with suppress(Neo4jError, DriverError):
                talk.close()
            with suppress(Neo4jError, DriverError):
                connected.close()

    def _index(self, kinds: frozenset[str]) -> None:
        """Let ties of new kinds be found by id, in a transaction of its own: an index is no data."""
        if kinds <= self._indexed:
            return
        with told(self._address), self._driver.session(database=self._place.database) as connected:
            layout.take(connected, layout.tie_steps(kinds - self._indexed))
        self._indexed |= kinds
