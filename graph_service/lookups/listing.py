"""Listings: everything that a store lists in pages, one after the other, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from graph_service.ports.store import Reading

Listed = TypeVar("Listed")

#: Rows that are asked of a store at a time.
ROWS_PER_PAGE = 5_000

#: Entries that are read in one page: each may be an import of some hundred rows.
ENTRIES_PER_PAGE = 1_000


class Pages(Protocol[Listed]):
    """A listing of a store: a page of it from behind a key."""

    def __call__(self, *, after: str | None, limit: int) -> list[Listed]:
        """Give the next page."""
        ...


def every(pages: Pages[Listed], key: Callable[[Listed], str], limit: int = ROWS_PER_PAGE) -> Iterator[Listed]:
    """Go through a whole listing.

    Args:
        pages: The listing, such as `reading.ties`.
        key: What it is paged by.
        limit: How much of it is asked for at a time.
    """
    after: str | None = None
    while page := pages(after=after, limit=limit):
        yield from page
        after = key(page[-1])


def records_exist(reading: Reading) -> bool:
    """Tell whether anything was ever filed."""
    return bool(reading.records(states=(), after=None, limit=1))
