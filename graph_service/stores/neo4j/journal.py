"""The journal in Neo4j: a chain of entries, and one place that says where it ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from threading import Lock

import orjson
from msgspec import Struct
from msgspec.structs import replace

from graph_service.model.journal import GENESIS, Entry, EntryKind, Head, canonical
from graph_service.model.records import LATEST
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Edition
from graph_service.relation.book import CypherStatements
from graph_service.stores.neo4j.rows import Asking, Properties, Row, Talk, day, day_or_none


class Book(Struct, frozen=True, kw_only=True):
    """What the place that all writers lock says of the store."""

    head: Head
    #: Schemes whose balances and standings are not kept for now.
    unkept: frozenset[str] = frozenset()
    #: The kinds of tie that there are.
    tie_kinds: frozenset[str] = frozenset()

    def with_head(self, **changes: object) -> Book:
        """Give the book with another head."""
        return replace(self, head=replace(self.head, **changes))


def book_of(found: Properties) -> Book:
    """Read the book."""
    head = Head(
        seq=found["seq"],
        hash=bytes.fromhex(found["hash"]),
        entered_on=day_or_none(found.get("entered_on")),
        ticked_on=day_or_none(found.get("ticked_on")),
    )
    return Book(head=head, unkept=frozenset(found["unkept"]), tie_kinds=frozenset(found["tie_kinds"]))


def written_book(book: Book) -> Properties:
    """Write the book."""
    head = book.head
    return {
        "seq": head.seq,
        "hash": head.hash.hex(),
        "entered_on": head.entered_on,
        "ticked_on": head.ticked_on,
        "unkept": sorted(book.unkept),
        "tie_kinds": sorted(book.tie_kinds),
    }


#: A book in which nothing has been written.
EMPTY = Book(head=Head(seq=0, hash=GENESIS, entered_on=None, ticked_on=None))


def entry_of(found: Properties) -> Entry:
    """Read an entry."""
    return Entry(
        seq=found["seq"],
        id=found["id"],
        kind=EntryKind(found["kind"]),
        entered_on=day(found["entered_on"]),
        actor=found["actor"],
        asked=orjson.loads(found["asked"]),
        outcome=orjson.loads(found["outcome"]),
        hash=bytes.fromhex(found["hash"]),
    )


def written_entry(entry: Entry) -> Properties:
    """Write an entry."""
    return {
        "seq": entry.seq,
        "id": entry.id,
        "kind": str(entry.kind),
        "entered_on": entry.entered_on,
        "actor": entry.actor,
        "asked": canonical(dict(entry.asked)).decode(),
        "outcome": canonical(dict(entry.outcome)).decode(),
        "hash": entry.hash.hex(),
    }


class EditionsRead:
    """Editions that were parsed before, and the statements printed for them: the same for all talks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parsed: dict[str, Edition] = {}
        self._statements: dict[tuple[str, ...], CypherStatements] = {}

    def statements(self, rows: list[Row], journal: JournalReading) -> CypherStatements:
        """Give the statements for editions, each named by number, day, position and hash of its entry."""
        key = tuple(row[3] for row in rows)
        with self._lock:
            found = self._statements.get(key)
            if found is None:
                editions = [self._edition(row, journal) for row in rows]
                # One set is enough: editions are only ever added.
                self._statements = {key: CypherStatements(editions)}
                found = self._statements[key]
            return found

    def _edition(self, row: Row, journal: JournalReading) -> Edition:
        number, since, seq, hash_ = row
        if hash_ not in self._parsed:
            asked = journal.entries(after=seq - 1, limit=1)[0].asked
            self._parsed[hash_] = Edition(
                number=number, policy=parse_policy(asked["name"], asked["files"]), since=day(since), seq=seq
            )
        return self._parsed[hash_]


class JournalReading(Asking):
    """Reads entries and editions."""

    def __init__(self, talk: Talk, address: str, read: EditionsRead, book: Book) -> None:
        super().__init__(talk, address)
        self._read = read
        self._book = book
        # One moment has one set of editions, so they are looked up once.
        self._statements_of_moment: CypherStatements | None = None

    def head(self) -> Head:
        """Give the end of the journal."""
        return self._book.head

    def unkept(self) -> frozenset[str]:
        """Give the schemes whose balances and standings are not kept for now."""
        return self._book.unkept

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        """List entries that follow a position, in order."""
        rows = self._maps(
            "MATCH (e:Entry) WHERE e.seq > $after AND e.seq <= $last AND e.seq <= $upto"
            " RETURN properties(e) ORDER BY e.seq",
            after=after,
            last=min(after + limit, LATEST),
        )
        return [entry_of(found) for found in rows]

    def entries_of(self, ids: Collection[str]) -> Mapping[str, Entry]:
        """Find entries by the ids that their callers gave them."""
        rows = self._among("MATCH (e:Entry) WHERE e.id IN $ids AND e.seq <= $upto RETURN properties(e)", ids)
        return {found["id"]: entry_of(found) for found in rows}

    def life_of(self, records: Collection[str]) -> Mapping[str, list[Entry]]:
        """List the entries that tell each record's life, in order."""
        # The steps of its life stand under its name.
        rows = self._rows(
            "UNWIND $records AS record MATCH (r:Record {id: record})"
            " CALL (r) {"
            " MATCH (e:Entry {seq: r.seq}) RETURN e"
            " UNION MATCH (e:Entry) WHERE e.id STARTS WITH 'record/' + r.id + '/' AND e.seq > r.seq RETURN e }"
            " WITH record, e WHERE e.seq <= $upto RETURN record, properties(e) ORDER BY record, e.seq",
            records=list(records),
        )
        lives: dict[str, list[Entry]] = {}
        for record, found in rows:
            lives.setdefault(record, []).append(entry_of(found))
        return lives

    def editions(self) -> list[Edition]:
        """List the adopted editions in order."""
        return list(self._statements().editions)

    def _statements(self) -> CypherStatements:
        if self._statements_of_moment is None:
            rows = self._rows(
                "MATCH (d:Edition) WHERE d.seq <= $upto MATCH (e:Entry {seq: d.seq})"
                " RETURN d.number, d.since, d.seq, e.hash ORDER BY d.number"
            )
            self._statements_of_moment = self._read.statements(list(rows), self)
        return self._statements_of_moment
