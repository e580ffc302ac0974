"""Connections: pages in the order of a key, which stay right while data changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import strawberry

from schema.refusals import CursorMalformed, request_refused
from schema.scalars import Cursor

#: The most that one page may hold, and how much it holds where nobody says.
FIRST_MAX = 100
FIRST = 20

#: Under this name an argument `first` says what else it holds at most.
MOST = "most"

Shown = TypeVar("Shown")
Kept = TypeVar("Kept")
Key = tuple[str | int, ...]


@strawberry.type
class PageInfo:
    """Where a page lies in its connection."""

    has_next_page: bool = strawberry.field(description="Whether there is more behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether this page was asked for with `after`.")
    start_cursor: Cursor | None = strawberry.field(description="The first edge's cursor; null where there is none.")
    end_cursor: Cursor | None = strawberry.field(description="The last edge's cursor, for `after` of the next page.")


@strawberry.type
class Edge(Generic[Shown]):
    """One thing in a connection, at its place."""

    node: Shown = strawberry.field(description="The thing itself.")
    cursor: Cursor = strawberry.field(description="Its place.")


@strawberry.type
class Connection(Generic[Shown]):
    """A page of things in order of a key. What comes or goes between two pages moves no other."""

    edges: list[Edge[Shown]] = strawberry.field(description="The things with their places.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int | None = strawberry.field(
        description="How many there are on all pages; null where counting would mean reading more than this page."
    )

    @strawberry.field
    def nodes(self) -> list[Shown]:
        """The things alone, where their places do not matter."""
        return [edge.node for edge in self.edges]


@dataclass(frozen=True, slots=True)
class Order:
    """What a connection is sorted by, and the name that keeps its cursors out of others."""

    name: str
    key: tuple[type, ...]

    def place(self, after: Cursor | None) -> Key | None:
        """Read the key out of a cursor; None at the start.

        Raises:
            GraphQLError: It is another connection's.
        """
        if after is None:
            return None
        name, *key = after
        if name != self.name or tuple(type(part) for part in key) != self.key:
            raise request_refused(CursorMalformed(field="after"))
        return tuple(key)

    def id_after(self, after: Cursor | None) -> str | None:
        """Read the id out of a cursor of a connection that is in order of id."""
        key = self.place(after)
        return None if key is None else str(key[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Kept]):
    """A page before its things are shown."""

    order: Order
    items: Sequence[tuple[Key, Kept]]
    more: bool
    resumed: bool
    total: int | None = None

    @property
    def held(self) -> list[Kept]:
        """The things on the page."""
        return [item for _, item in self.items]

    def shown(self, nodes: Sequence[Shown]) -> Connection[Shown]:
        """Give the page with its things as they are shown, in the same order."""
        cursors = [Cursor((self.order.name, *key)) for key, _ in self.items]
        return Connection(
            edges=[Edge(node=node, cursor=cursor) for node, cursor in zip(nodes, cursors, strict=True)],
            page_info=PageInfo(
                has_next_page=self.more,
                has_previous_page=self.resumed,
                start_cursor=cursors[0] if cursors else None,
                end_cursor=cursors[-1] if cursors else None,
            ),
            total_count=self.total,
        )


def page_read(
    order: Order, items: Sequence[tuple[Key, Kept]], first: int, after: Cursor | None, *, total: int | None = None
) -> Page[Kept]:
    """Make a page of what the store gave from the cursor on: one more than asked for, where there is one."""
    more = len(items) > first
    if total is None and after is None and not more:
        total = len(items)
    return Page(order=order, items=items[:first], more=more, resumed=after is not None, total=total)


def page_cut(order: Order, items: Sequence[tuple[Key, Kept]], first: int, after: Cursor | None) -> Page[Kept]:
    """Cut a page out of everything there is, which is in order of its keys."""
    start = order.place(after)
    rest = [item for item in items if start is None or item[0] > start]
    return page_read(order, rest, first, after, total=len(items))
