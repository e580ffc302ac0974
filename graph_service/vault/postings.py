"""Postings: which subjects bear a mark.

Subjects are numbers of four bytes in the slots of fixed chunks, 0 for an empty slot. A chunk's row
never changes its size and never moves, so writing 0 over a number leaves no copy of it anywhere in
the file. It is also what makes a hundred thousand names cheap: marks are few, chunks are full.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import apsw

#: The first chunk of a mark is small, because most marks of identifiers have one bearer.
_FIRST_SLOTS = 4
_SLOTS = 64
_SLOT_BYTES = 4


def add(connection: apsw.Connection, numbers_by_mark: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    """Enter each mark's new bearers, and answer by number the chunks in which it now stands."""
    chunks_of: defaultdict[int, list[int]] = defaultdict(list)
    # In the order of the index, so that neighbours are on one page.
    for mark in sorted(numbers_by_mark):
        waiting = list(numbers_by_mark[mark])
        last = connection.execute(
            "SELECT chunk, slots FROM postings WHERE mark = ? ORDER BY chunk DESC LIMIT 1", (mark,)
        ).fetchone()
        if last is not None:
            chunk, slots = last
            for number in _fill(connection, chunk, slots, waiting):
                chunks_of[number].append(chunk)
        size = _FIRST_SLOTS if last is None else _SLOTS
        while waiting:
            taken, waiting = waiting[:size], waiting[size:]
            content = struct.pack(f"<{size}I", *taken, *([0] * (size - len(taken))))
            connection.execute("INSERT INTO postings (mark, slots) VALUES (?, ?)", (mark, content))
            chunk = connection.last_insert_rowid()
            for number in taken:
                chunks_of[number].append(chunk)
            size = _SLOTS
    return dict(chunks_of)


def remove(connection: apsw.Connection, number: int, chunks: Collection[int]) -> None:
    """Write 0 over `number` in `chunks`."""
    for chunk in chunks:
        row = connection.execute("SELECT slots FROM postings WHERE chunk = ?", (chunk,)).fetchone()
        if row is not None:
            _clear(connection, chunk, row[0], number)


def remove_everywhere(connection: apsw.Connection, number: int) -> None:
    """Write 0 over `number` wherever it stands: slow, for when its chunks are not known."""
    rows: list[tuple[Any, ...]] = connection.execute("SELECT chunk, slots FROM postings").fetchall()
    for chunk, slots in rows:
        _clear(connection, chunk, slots, number)


def bearers(connection: apsw.Connection, mark: int, *, most: int) -> list[int]:
    """List the numbers that bear `mark`, oldest chunk first, of about `most` at most."""
    rows = connection.execute(
        "SELECT slots FROM postings WHERE mark = ? ORDER BY chunk LIMIT ?",
        (mark, most // _SLOTS + 1),
    )
    return [number for (slots,) in rows for number in _unpacked(slots) if number]


def chunk_count(connection: apsw.Connection, mark: int) -> int:
    """Count the chunks of `mark`: how common it is, without reading them."""
    count: int = connection.execute("SELECT count(*) FROM postings WHERE mark = ?", (mark,)).get
    return count


def _fill(connection: apsw.Connection, chunk: int, slots: bytes, waiting: list[int]) -> list[int]:
    """Move as many of `waiting` into the chunk as it has room for, and answer them."""
    numbers = list(_unpacked(slots))
    free = [place for place, number in enumerate(numbers) if number == 0]
    entered = waiting[: len(free)]
    del waiting[: len(free)]
    for place, number in zip(free, entered, strict=False):
        numbers[place] = number
    if entered:
        _write(connection, chunk, numbers)
    return entered


def _clear(connection: apsw.Connection, chunk: int, slots: bytes, number: int) -> None:
    numbers = _unpacked(slots)
    if number in numbers:
        _write(connection, chunk, [0 if other == number else other for other in numbers])


def _write(connection: apsw.Connection, chunk: int, numbers: Sequence[int]) -> None:
    content = struct.pack(f"<{len(numbers)}I", *numbers)
    connection.execute("UPDATE postings SET slots = ? WHERE chunk = ?", (content, chunk))


def _unpacked(slots: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(slots) // _SLOT_BYTES}I", slots)
