"""Where an SQLite file contradicts itself: pages, indexes, guards, and what is kept twice for speed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from itertools import islice

import apsw

from graph_service.model.days import day_number
from graph_service.stores.sqlite.journal import JournalReading, carriage_rows

_LAYOUT = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"

#: Columns of a record that its whole holds too; a day is written as a text there and counted here.
_RECORDS = """
SELECT id FROM record WHERE
    id IS NOT whole ->> '$.id' OR subject IS NOT whole ->> '$.subject' OR scheme IS NOT whole ->> '$.scheme'
    OR rule IS NOT whole ->> '$.rule' OR edition IS NOT whole ->> '$.edition'
    OR points IS NOT whole ->> '$.points' OR state IS NOT whole ->> '$.state'
    OR happened_on IS NOT unixepoch(whole ->> '$.happened_on') / 86400
ORDER BY id
"""
_FORCES = "SELECT record FROM force WHERE sign IS NOT sign(points) ORDER BY record"
_SCHEMES = """
SELECT scheme FROM (SELECT scheme FROM standing UNION SELECT scheme FROM balance)
WHERE scheme NOT IN (SELECT value FROM json_each(?)) ORDER BY scheme
"""


def _layout(connection: apsw.Connection) -> dict[str, str]:
    return {name: f"{kind} {' '.join(sql.split())}" for kind, name, sql in connection.execute(_LAYOUT)}


class ContradictionsReading(JournalReading):
    """Compares what is kept twice."""

    def contradictions(self, *, limit: int) -> list[str]:
        """Name places where the file contradicts itself."""
        return list(islice(self._contradictions(limit), limit))

    def _contradictions(self, limit: int) -> Iterator[str]:
        for (told,) in self._rows(f"PRAGMA integrity_check({limit})"):
            if told != "ok":
                yield f"SQLite says: {told}"
        yield from self._layout_changes()
        for (id_,) in self._rows(_RECORDS):
            yield f"record {id_} has columns that its whole does not have"
        for (id_,) in self._rows(_FORCES):
            yield f"force of record {id_} has another sign than its points"
        yield from self._carriage_changes()
        codes = {code for edition in self.editions() for code in edition.policy.schemes}
        listed = "[" + ",".join(f'"{code}"' for code in sorted(codes)) + "]"
        for (scheme,) in self._rows(_SCHEMES, (listed,)):
            yield f"standings or balances are kept in {scheme}, a scheme that no edition has"

    def _layout_changes(self) -> Iterator[str]:
        fresh = apsw.Connection(":memory:")
        fresh.execute(files("graph_service.stores.sqlite").joinpath("tables.sql").read_text("utf-8"))
        wanted, found = _layout(fresh), _layout(self._connection)
        fresh.close()
        for name in sorted({*wanted, *found}):
            if name not in found:
                yield f"{name} is missing: {wanted[name].split(' ', 1)[0]}"
            elif wanted.get(name) != found[name]:
                yield f"{name} is not as it was laid out"

    def _carriage_changes(self) -> Iterator[str]:
        wanted = {row for edition in self.editions() for row in carriage_rows(edition)}
        kept = set(self._rows("SELECT * FROM carriage"))
        for edition, scheme, rule, _, _, route, *_ in sorted(wanted ^ kept, key=str):
            yield f"edition {edition} carries rule {rule} of {scheme} over {route} otherwise than its policy says"
        for edition in self.editions():
            row = (edition.number, edition.policy.name, day_number(edition.since), edition.seq)
            if self._rows("SELECT * FROM edition WHERE number = ?", row[:1]).fetchone() != row:
                yield f"edition {edition.number} is not listed as it was adopted"
