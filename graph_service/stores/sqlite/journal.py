"""The journal in SQLite."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from threading import Lock

import apsw
import orjson
from msgspec.structs import replace

from graph_service.model.days import day_number, day_of
from graph_service.model.journal import GENESIS, Entry, EntryKind, Head, canonical
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Edition
from graph_service.ports.store import EntryTaken
from graph_service.relation.book import Statements
from graph_service.stores.sqlite.rows import Row, Rows

_COLUMNS = "seq, id, kind, entered_on, actor, asked, outcome, hash"


def entry_of(row: Row) -> Entry:
    """Read an entry."""
    seq, id_, kind, entered_on, actor, asked, outcome, hash_ = row[:8]
    return Entry(
        seq=seq,
        id=id_,
        kind=EntryKind(kind),
        entered_on=day_of(entered_on),
        actor=actor,
        asked=orjson.loads(asked),
        outcome=orjson.loads(outcome),
        hash=hash_,
    )


def carriage_rows(edition: Edition) -> list[Row]:
    """Write the terms of an edition as rows of the table `carriage`."""
    return [
        (
            carriage.edition,
            carriage.scheme,
            carriage.rule,
            carriage.sign,
            carriage.pattern.key,
            carriage.route,
            carriage.place,
            carriage.percent,
            carriage.fixed,
            carriage.at_most,
        )
        for carriage in Statements([edition]).carriages
    ]


class EditionsRead:
    """Editions that were parsed before, and the statements printed for them: the same for all connections."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parsed: dict[bytes, Edition] = {}
        self._books: dict[tuple[bytes, ...], Statements] = {}

    def book(self, rows: list[Row], journal: JournalReading) -> Statements:
        """Give the statements for editions, each named by number, day, position and hash of its entry."""
        key = tuple(row[3] for row in rows)
        with self._lock:
            found = self._books.get(key)
            if found is None:
                editions = [self._edition(row, journal) for row in rows]
                # One book is enough: editions are only ever added.
                self._books = {key: Statements(editions)}
                found = self._books[key]
            return found

    def _edition(self, row: Row, journal: JournalReading) -> Edition:
        number, since, seq, hash_ = row
        if hash_ not in self._parsed:
            asked = journal.entries(after=seq - 1, limit=1)[0].asked
            self._parsed[hash_] = Edition(
                number=number,
                policy=parse_policy(asked["name"], asked["files"]),
                since=day_of(since),
                seq=seq,
            )
        return self._parsed[hash_]


class JournalReading(Rows):
    """Reads entries and editions."""

    def __init__(self, connection: apsw.Connection, read: EditionsRead) -> None:
        super().__init__(connection)
        self._read = read
        # One moment has one set of editions, so they are looked up once.
        self._book_of_moment: Statements | None = None
        self._head_of_moment: Head | None = None

    def head(self) -> Head:
        """Give the end of the journal."""
        if self._head_of_moment is None:
            self._head_of_moment = self._head()
        return self._head_of_moment

    def _head(self) -> Head:
        row = self._rows("SELECT seq, hash, entered_on FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        ticked = self._rows("SELECT day FROM ticked").fetchone()
        return Head(
            seq=row[0] if row else 0,
            hash=row[1] if row else GENESIS,
            entered_on=day_of(row[2]) if row else None,
            ticked_on=day_of(ticked[0]) if ticked else None,
        )

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        """List entries that follow a position, in order."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM entry WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
        return [entry_of(row) for row in rows]

    def entries_of(self, ids: Collection[str]) -> Mapping[str, Entry]:
        """Find entries by the ids that their callers gave them."""
        rows = self._rows_among(f"SELECT {_COLUMNS} FROM entry WHERE id IN ({{ids}})", ids)
        return {row[1]: entry_of(row) for row in rows}

    def life_of(self, records: Collection[str]) -> Mapping[str, list[Entry]]:
        """List the entries that tell each record's life, in order."""
        lives: dict[str, list[Entry]] = {}
        for record, seq in self._rows_among("SELECT id, seq FROM record WHERE id IN ({ids})", records):
            filed = self._rows(f"SELECT {_COLUMNS} FROM entry WHERE seq = ?", (seq,))
            # The steps of its life stand under its name; '0' is the character that follows '/'.
            steps = self._rows(
                f"SELECT {_COLUMNS} FROM entry WHERE id > ? AND id < ? AND seq > ? ORDER BY seq",
                (f"record/{record}/", f"record/{record}0", seq),
            )
            lives[record] = [entry_of(row) for row in (*filed, *steps)]
        return lives

    def editions(self) -> list[Edition]:
        """List the adopted editions in order."""
        return list(self._book().editions)

    def _book(self) -> Statements:
        if self._book_of_moment is None:
            rows = self._rows(
                "SELECT e.number, e.since, e.seq, j.hash FROM edition e JOIN entry j ON j.seq = e.seq ORDER BY e.number"
            ).fetchall()
            self._book_of_moment = self._read.book(rows, self)
        return self._book_of_moment


class JournalWriting(JournalReading):
    """Writes entries and editions."""

    def append(self, entry: Entry) -> None:
        """Put an entry behind the head."""
        try:
            self._write(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.seq,
                    entry.id,
                    str(entry.kind),
                    day_number(entry.entered_on),
                    entry.actor,
                    canonical(dict(entry.asked)).decode(),
                    canonical(dict(entry.outcome)).decode(),
                    entry.hash,
                ),
            )
        except apsw.ConstraintError as fault:
            raise EntryTaken(entry.id) from fault
        self._head_of_moment = replace(self.head(), seq=entry.seq, hash=entry.hash, entered_on=entry.entered_on)

    def set_ticked(self, day: date) -> None:
        """Note that a day's tick is done."""
        self._write("INSERT OR REPLACE INTO ticked VALUES (1, ?)", (day_number(day),))
        self._head_of_moment = None

    def put_edition(self, edition: Edition) -> None:
        """Keep an adopted edition, ready for the share relation."""
        self._book_of_moment = None
        self._write(
            "INSERT INTO edition VALUES (?, ?, ?, ?)",
            (edition.number, edition.policy.name, day_number(edition.since), edition.seq),
        )
        self._write_many(
            "INSERT INTO carriage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            carriage_rows(edition),
        )
