"""The journal: its head, its entries, and the receipts that callers keep."""

from __future__ import annotations

from datetime import date

import strawberry

from graph_service.model.journal import Entry
from schema.context import Context
from schema.enums import EntryKind
from schema.node import Node
from schema.paging import Connection, Order, page_read
from schema.scalars import Cursor, Position

_BY_POSITION = Order("entry", (int,))


@strawberry.type
class Receipt:
    """Proof that an entry has a place in the journal."""

    ref: str = strawberry.field(description="The entry's id.")
    seq: Position = strawberry.field(description="Its place.")
    hash: str = strawberry.field(description="SHA-256 over the hash of the entry before and this one, in hexadecimal.")
    entered_on: date = strawberry.field(description="The day on which it was entered.")


@strawberry.type
class Head:
    """The end of the journal: what everything that is read now rests on."""

    seq: Position = strawberry.field(description="The place of the last entry; 0 before the first.")
    hash: str = strawberry.field(description="The hash of the last entry, in hexadecimal.")
    entered_on: date | None = strawberry.field(description="The day of the last entry; null before the first.")
    day: date | None = strawberry.field(description="The last day worked off; null before the first.")


@strawberry.type
class JournalEntry(Node):
    """One thing that happened, in its place."""

    held: strawberry.Private[Entry]

    @strawberry.field
    def ref(self) -> str:
        """The id that it was entered under."""
        return self.held.id

    @strawberry.field
    def seq(self) -> Position:
        """Its place: 1, 2, 3, ... Only this orders entries."""
        return Position(self.held.seq)

    @strawberry.field
    def kind(self) -> EntryKind:
        """What happened."""
        return self.held.kind

    @strawberry.field
    def entered_on(self) -> date:
        """The day on which it was entered."""
        return self.held.entered_on

    @strawberry.field
    def actor(self) -> str:
        """The person or program that asked."""
        return self.held.actor

    @strawberry.field
    def hash(self) -> str:
        """SHA-256 over the hash of the entry before and this one, in hexadecimal."""
        return self.held.hash.hex()


def shown_receipt(entry: Entry) -> Receipt:
    """Give the receipt of an entry."""
    return Receipt(ref=entry.id, seq=Position(entry.seq), hash=entry.hash.hex(), entered_on=entry.entered_on)


def shown_head(context: Context) -> Head:
    """Give the end of the journal."""
    head = context.reading.head()
    return Head(seq=Position(head.seq), hash=head.hash.hex(), entered_on=head.entered_on, day=head.ticked_on)


def entries_page(context: Context, first: int, after: Cursor | None) -> Connection[JournalEntry]:
    """Page through the journal in order."""
    key = _BY_POSITION.place(after)
    start = 0 if key is None else int(key[0])
    held = context.reading.entries(after=start, limit=first + 1)
    total = context.reading.head().seq
    page = page_read(_BY_POSITION, [((entry.seq,), entry) for entry in held], first, after, total=total)
    return page.shown([JournalEntry(held=entry) for entry in page.held])
