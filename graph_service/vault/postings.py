"""Postings: which subjects bear a mark.

Subjects are numbers of four bytes in the slots of fixed chunks, 0 for an empty slot. A chunk's row
never changes its size and never moves, so writing 0 over a number leaves no copy of it anywhere in
the file. It is also what makes a hundred thousand names cheap: marks are few, chunks are full.
"""

from __future__ import annotations

import json
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
    marks = sorted(numbers_by_mark)
    last = _last_chunks(connection, marks)
    filled: list[tuple[bytes, int]] = []
    added: list[tuple[int, int, bytes]] = []
    following = 1 + (connection.execute("SELECT ifnull(max(chunk), 0) FROM postings").get or 0)
    for mark in marks:
        waiting = list(numbers_by_mark[mark])
        size = _FIRST_SLOTS
        if mark in last:
            chunk, slots = last[mark]
            size = _SLOTS
            numbers = _filled(slots, waiting)
            if numbers is not None:
                entered = len(numbers_by_mark[mark]) - len(waiting)
                filled.append((_packed(numbers), chunk))
                for number in numbers_by_mark[mark][:entered]:
                    chunks_of[number].append(chunk)
        while waiting:
            taken, waiting = waiting[:size], waiting[size:]
            added.append((following, mark, _packed([*taken, *([0] * (size - len(taken)))])))
            for number in taken:
                chunks_of[number].append(following)
            following += 1
            size = _SLOTS
    connection.executemany("UPDATE postings SET slots = ? WHERE chunk = ?", filled)
    connection.executemany("INSERT INTO postings (chunk, mark, slots) VALUES (?, ?, ?)", added)
    return dict(chunks_of)


def _last_chunks(connection: apsw.Connection, marks: Sequence[int]) -> dict[int, tuple[int, bytes]]:
    """Find the newest chunk of each mark, with its slots."""
    rows = connection.execute(
        "SELECT p.mark, p.chunk, p.slots FROM json_each(?) j JOIN postings p"
        " ON p.chunk = (SELECT max(chunk) FROM postings WHERE mark = j.value)",
        (json.dumps(marks),),
    )
    return {mark: (chunk, slots) for mark, chunk, slots in rows}


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


def _filled(slots: bytes, waiting: list[int]) -> list[int] | None:
    """Move as many of `waiting` into a chunk's free slots as there are; None where there are none."""
    numbers = list(_unpacked(slots))
    free = [place for place, number in enumerate(numbers) if number == 0]
    entered = waiting[: len(free)]
    del waiting[: len(free)]
    for place, number in zip(free, entered, strict=False):
        numbers[place] = number
    return numbers if entered else None


def _clear(connection: apsw.Connection, chunk: int, slots: bytes, number: int) -> None:
    numbers = _unpacked(slots)
    if number in numbers:
        _write(connection, chunk, [0 if other == number else other for other in numbers])


def _write(connection: apsw.Connection, chunk: int, numbers: Sequence[int]) -> None:
    connection.execute("UPDATE postings SET slots = ? WHERE chunk = ?", (_packed(numbers), chunk))


def _packed(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _unpacked(slots: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(slots) // _SLOT_BYTES}I", slots)
