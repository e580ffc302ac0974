"""What the nouns of the SQLite store share: a connection, and lists of ids in a statement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import apsw
import orjson

#: Up to so many ids are written out in the statement, which is quicker; more are passed as one JSON list.
WRITTEN_OUT = 8

Row = tuple[Any, ...]

#: What SQLite holds.
Bound = str | int | bytes | None
Values = Sequence[Bound] | Mapping[str, Bound]


class Rows:
    """A connection, and the ways in which nouns ask it."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def _rows(self, statement: str, values: Values = ()) -> apsw.Cursor:
        return self._connection.execute(statement, values)

    def _rows_among(self, statement: str, ids: Collection[str], *values: Bound) -> Iterator[Row]:
        """Run a statement in which `{ids}` stands for a list of ids; they come before `values`."""
        if not ids:
            return iter(())
        if len(ids) <= WRITTEN_OUT:
            marks = ", ".join("?" * len(ids))
            return iter(self._rows(statement.format(ids=marks), (*ids, *values)))
        listed = orjson.dumps(list(ids)).decode()
        return iter(self._rows(statement.format(ids="SELECT value FROM json_each(?)"), (listed, *values)))

    def _write(self, statement: str, values: Values) -> None:
        self._connection.execute(statement, values)

    def _write_many(self, statement: str, rows: Iterable[Sequence[Bound]]) -> None:
        self._connection.executemany(statement, rows)
