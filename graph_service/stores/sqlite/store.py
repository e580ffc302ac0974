"""The embedded store: one SQLite file in WAL mode, with fully durable commits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import apsw

from graph_service.model.consents import Consent, Waiver
from graph_service.model.records import Act, Moment, Record
from graph_service.model.subjects import AgeChange
from graph_service.model.ties import Tie
from graph_service.policy.schemes import Edition
from graph_service.ports.store import Excerpt, Page, Reading
from graph_service.scoring.sharing import Walk
from graph_service.stores.sqlite.connection import connect, indexes, make_indexes, told
from graph_service.stores.sqlite.consents import ConsentsReading, ConsentsWriting
from graph_service.stores.sqlite.contradictions import ContradictionsReading
from graph_service.stores.sqlite.extract import extracting
from graph_service.stores.sqlite.journal import EditionsRead, JournalWriting
from graph_service.stores.sqlite.records import RecordsReading, RecordsWriting
from graph_service.stores.sqlite.sharing import SharingReading
from graph_service.stores.sqlite.standing import StandingReading, StandingWriting
from graph_service.stores.sqlite.subjects import SubjectsReading, SubjectsWriting
from graph_service.stores.sqlite.ties import TiesReading, TiesWriting

#: How the names of the indexes of records begin.
_OF_RECORDS = ("record_", "force_")

#: Records that a page remembers.
REMEMBERED_MAX = 10_000


class SQLiteReading(
    SharingReading,
    SubjectsReading,
    TiesReading,
    ConsentsReading,
    RecordsReading,
    StandingReading,
    ContradictionsReading,
):
    """Everything that can be asked of an SQLite file."""


class SQLitePage(
    SQLiteReading,
    JournalWriting,
    SubjectsWriting,
    TiesWriting,
    ConsentsWriting,
    RecordsWriting,
    StandingWriting,
):
    """A page being written to an SQLite file.

    An action looks at a record and its walks before it writes, and the projection looks at the very same again: records
    are remembered, and the last walks, until something changes that walks depend on.
    """

    def __init__(self, connection: apsw.Connection, read: EditionsRead) -> None:
        super().__init__(connection, read)
        self._walked: tuple[Act, Moment, list[Walk]] | None = None
        self._records: dict[str, Record] = {}

    def walks_from(self, act: Act, moment: Moment) -> list[Walk]:
        """Forward: every walk over which an act counts."""
        if self._walked is None or self._walked[:2] != (act, moment):
            self._walked = (act, moment, super().walks_from(act, moment))
        return self._walked[2]

    def put_edition(self, edition: Edition) -> None:
        """Keep an adopted edition, ready for the share relation."""
        self._walked = None
        super().put_edition(edition)

    def put_ages(self, changes: Sequence[AgeChange]) -> None:
        """Keep age changes."""
        self._walked = None
        super().put_ages(changes)

    def put_ties(self, ties: Sequence[Tie]) -> None:
        """Keep ties in place of what was kept under their ids."""
        self._walked = None
        super().put_ties(ties)

    def put_consents(self, consents: Sequence[Consent]) -> None:
        """Keep consents in place of what was kept under their ids."""
        self._walked = None
        super().put_consents(consents)

    def put_waiver(self, waiver: Waiver) -> None:
        """Keep a waiver in place of what was kept under its id."""
        self._walked = None
        super().put_waiver(waiver)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back what is written inside where it ends in an exception."""
        self._connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._forget()
            # A full or failing disk takes the whole page back, and the savepoint with it.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO attempt")
                self._connection.execute("RELEASE attempt")
            raise
        self._connection.execute("RELEASE attempt")

    def _forget(self) -> None:
        """What was remembered may have been taken back."""
        self._walked = None
        self._book_of_moment = None
        self._head_of_moment = None
        self._records.clear()

    def records_of(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Find records by id."""
        asked = [id_ for id_ in ids if id_ not in self._records]
        if len(self._records) > REMEMBERED_MAX:
            self._records.clear()
            asked = list(ids)
        self._records.update(super().records_of(asked))
        return {id_: self._records[id_] for id_ in ids if id_ in self._records}

    def put_record(self, record: Record) -> None:
        """Keep a record, and the day on which something falls due for it."""
        super().put_record(record)
        self._records[record.id] = record


class SQLiteStore:
    """A journal and its views in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = EditionsRead()
        self._free: list[apsw.Connection] = []
        self._lock = Lock()
        self._turn = Lock()
        self._writer = connect(path, writing=True)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Read at one moment; a connection serves one reader at a time and is used again."""
        with self._lock:
            connection = self._free.pop() if self._free else None
        if connection is None:
            connection = connect(self._path, writing=False)
        try:
            with told(self._path):
                connection.execute("BEGIN")
                yield SQLiteReading(connection, self._read)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            with self._lock:
                self._free.append(connection)

    @contextmanager
    def writing(self) -> Iterator[Page]:
        """Write a page under the journal's lock, durably."""
        with self._turn, told(self._path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield SQLitePage(self._writer, self._read)
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def begin_filling(self, records: int) -> None:
        """Drop the indexes of records, if at least as many come as there are: making them again takes less time."""
        with self._turn, told(self._path), self._writer:
            last = self._writer.execute("SELECT coalesce(max(rowid), 0) FROM record").fetchone()
            if last is not None and last[0] <= records:
                for name in indexes():
                    if name.startswith(_OF_RECORDS):
                        self._writer.execute(f"DROP INDEX IF EXISTS {name}")

    def end_filling(self) -> None:
        """Make the indexes of records again."""
        with self._turn, told(self._path):
            # What is sorted for them may be more than there is memory.
            self._writer.pragma("temp_store", 1)
            try:
                make_indexes(self._writer)
            finally:
                self._writer.pragma("temp_store", 2)

    @contextmanager
    def taking(self, path: Path) -> Iterator[None]:
        """Let imports be written, while the block lasts, whose rows are laid out in a file."""
        with self._turn, told(self._path):
            self._writer.execute("ATTACH ? AS laid", (str(path),))
        try:
            yield
        finally:
            with self._turn, told(self._path):
                self._writer.execute("DETACH laid")

    def take_kept(self, path: Path, schemes: Collection[str], *, at: int) -> bool:
        """Put the balances and standings of a file in place of those of schemes."""
        with self._turn, told(self._path):
            self._writer.execute("ATTACH ? AS kept", (str(path),))
            try:
                return self._take_kept(schemes, at)
            finally:
                self._writer.execute("DETACH kept")

    def _take_kept(self, schemes: Collection[str], at: int) -> bool:
        with self._writer:
            page = SQLitePage(self._writer, self._read)
            known = page.head().seq == at
            if known:
                for scheme in schemes:
                    page.drop_balances(scheme)
                for table in ("balance", "standing"):
                    self._writer.execute(f"INSERT INTO main.{table} SELECT * FROM kept.{table}")
                page.set_unkept(page.unkept() - set(schemes))
        return known

    @contextmanager
    def extracting(self, folder: Path, excerpt: Excerpt | None = None) -> Iterator[Mapping[str, Callable[[], Path]]]:
        """Give for each table that a replay needs what copies it into a new SQLite file; all are of one moment."""
        with told(self._path), extracting(self._path, folder, excerpt) as copies:
            yield copies

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            for connection in self._free:
                connection.close()
            self._free.clear()
        self._writer.close()
