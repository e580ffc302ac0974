"""What the nouns of the Neo4j store share: a moment's talk with the server, and how days and absences are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from neo4j import Transaction
from neo4j.time import Date

from graph_service.model.facts import DatedFact
from graph_service.model.records import LATEST
from graph_service.stores.neo4j.faults import told

#: Rows that one statement takes at a time.
ROWS_PER_STATEMENT = 5_000

Row = Sequence[Any]
Properties = dict[str, Any]


#: Where statements are asked: all of one talk are asked of one server, and written as a whole or not at all.
Talk = Transaction


class Asking:
    """A talk, and the ways in which nouns use it.

    Every statement is given `$upto`, and tells nothing that was entered behind that position.
    """

    def __init__(self, talk: Talk, address: str) -> None:
        self._talk = talk
        self._address = address
        #: The last position of which anything is told.
        self._upto = LATEST

    def _rows(self, statement: str, **values: object) -> list[list[Any]]:
        with told(self._address):
            rows: list[list[Any]] = self._talk.run(statement, {"upto": self._upto, **values}).values()
            return rows

    def _maps(self, statement: str, **values: object) -> list[Properties]:
        """Ask a statement that answers one map a row."""
        return [row[0] for row in self._rows(statement, **values)]

    def _among(self, statement: str, ids: Iterable[str], **values: object) -> list[Properties]:
        """Ask for maps by a list of ids, `$ids`; nothing where it is empty."""
        listed = list(ids)
        return self._maps(statement, ids=listed, **values) if listed else []

    def _write(self, statement: str, rows: Sequence[object]) -> None:
        """Write rows, `$rows`, some thousands at a time."""
        for begins in range(0, len(rows), ROWS_PER_STATEMENT):
            with told(self._address):
                self._talk.run(statement, {"rows": list(rows[begins : begins + ROWS_PER_STATEMENT])}).consume()


def day(found: Date) -> date:
    """Read a day of the graph."""
    return found.to_native()


def day_or_none(found: Date | None) -> date | None:
    """Read a day of the graph that may be absent."""
    return None if found is None else day(found)


def read_properties(found: Mapping[str, Any]) -> Properties:
    """Read properties with their days as dates."""
    return {name: day(value) if isinstance(value, Date) else value for name, value in found.items()}


def dated(found: Mapping[str, Any]) -> dict[str, Any]:
    """Read what ties, consents and waivers have in common."""
    return {
        "id": found["id"],
        "since": day(found["since"]),
        "until": day_or_none(found.get("until")),
        "seq": found["seq"],
        "voided_on": day_or_none(found.get("voided_on")),
        "voided_seq": found.get("voided_seq"),
    }


def span(held: DatedFact) -> Properties:
    """Write what ties, consents and waivers have in common; what is absent is not written."""
    return {
        "id": held.id,
        "since": held.since,
        "until": held.until,
        "seq": held.seq,
        "voided_on": held.voided_on,
        "voided_seq": held.voided_seq,
    }
