"""Extracts: what a replay needs of the SQLite file, copied as of one moment, each table into a file of its own.

The replay engine has an SQLite of its own. Two of them in one process on one file take each other's locks and
crash, and the engine's reads each table at a moment of its own. Copies that nobody writes to have neither trouble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import apsw

from graph_service.model.days import day_number
from graph_service.model.subjects import AgeClass
from graph_service.ports.store import Excerpt
from graph_service.stores.sqlite.connection import connect

#: Copied as they are, the largest first.
_TABLES = ("tie", "force", "subject", "consent", "waiver", "age", "carriage", "edition", "ticked")

#: Copied where an excerpt asks for what is kept.
_KEPT = ("balance", "unkept")

#: A record, with what a new assessment asks and the position at which it was approved.
_RECORDS = """
SELECT r.id, r.subject, r.scheme, r.rule, r.edition, r.happened_on, r.points, r.state, r.seq,
       CAST(r.whole ->> '$.asked_rules' AS TEXT) AS asked_rules,
       CAST(r.whole ->> '$.quantity' AS INTEGER) AS quantity,
       CAST(r.whole ->> '$.asked_points' AS INTEGER) AS asked_points,
       CAST(r.whole ->> '$.grade' AS TEXT) AS grade,
       CAST(r.whole ->> '$.valid_until' AS TEXT) AS valid_until,
       CAST(r.whole ->> '$.approved_on' AS TEXT) AS approved_on, r.approved_seq
FROM main.record r
"""

#: The end of the journal, and the entries that hold the texts of the policies.
_ENTRIES = """
SELECT seq, kind, entered_on, asked, hash FROM main.entry
WHERE seq IN (SELECT max(seq) FROM main.entry UNION ALL SELECT seq FROM main.edition)
"""


def _among(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(values)) or "NULL"


def _narrow(excerpt: Excerpt) -> Mapping[str, str]:
    """Say for each table which rows an excerpt has, where it is not all."""
    scheme = f"scheme IN ({_among(excerpt.schemes)})"
    return {
        "subject": f"kind IN ({_among(excerpt.kinds)})",
        "tie": f"kind IN ({_among(excerpt.tie_kinds)})",
        "consent": f"purpose IN ({_among(excerpt.purposes)})",
        "age": f"age_class = '{AgeClass.ADULT}'" if excerpt.purposes else "false",
        "carriage": scheme,
        "force": " AND ".join([scheme, *_in_force(excerpt)]),
        "record": scheme if excerpt.records else "false",
        "balance": scheme,
    }


def _in_force(excerpt: Excerpt) -> Iterator[str]:
    if excerpt.rules is not None:
        yield f"(grade IS NOT NULL OR rule IN ({_among(excerpt.rules)}))"
    if excerpt.in_force_on is not None:
        day = day_number(excerpt.in_force_on)
        yield f"opened_on <= {day} AND closed_on > {day}"


def _rows(excerpt: Excerpt | None) -> dict[str, str]:
    """Print what is copied, by table."""
    tables = [*_TABLES, *(_KEPT if excerpt and excerpt.kept else ())]
    rows = {"record": _RECORDS, **{table: f"SELECT * FROM main.{table}" for table in tables}, "entry": _ENTRIES}
    for table, rows_that in _narrow(excerpt).items() if excerpt else ():
        if table in rows:
            rows[table] += f" WHERE {rows_that}"
    return rows


@contextmanager
def extracting(path: Path, folder: Path, excerpt: Excerpt | None) -> Iterator[Mapping[str, Callable[[], Path]]]:
    """Give for each table what copies it, and names the new file in `folder` that has it; see the port."""
    rows = _rows(excerpt)
    with ExitStack() as opened:
        watching = opened.enter_context(closing(connect(path, writing=False)))
        readers = {table: opened.enter_context(closing(_attached(path, folder / f"{table}.db"))) for table in rows}
        _begin(watching, readers.values())
        yield {table: partial(_copy, readers[table], table, rows[table], folder / f"{table}.db") for table in rows}


def _attached(path: Path, copy: Path) -> apsw.Connection:
    connection = connect(path, writing=False)
    connection.pragma("query_only", 0)
    connection.execute("ATTACH ? AS extract", (str(copy),))
    # If it is cut off it is thrown away: nothing has to be kept through a crash.
    connection.execute("PRAGMA extract.journal_mode = OFF; PRAGMA extract.synchronous = OFF")
    return connection


def _begin(watching: apsw.Connection, readers: Iterable[apsw.Connection]) -> None:
    """Let readers begin at one moment: nothing was committed between the first and the last of them."""
    while True:
        version = watching.pragma("data_version")
        for reader in readers:
            reader.execute("BEGIN")
            reader.execute("SELECT 1 FROM main.edition").fetchone()
        if watching.pragma("data_version") == version:
            return
        for reader in readers:
            reader.execute("ROLLBACK")


def _copy(connection: apsw.Connection, table: str, rows: str, copy: Path) -> Path:
    connection.execute(f"CREATE TABLE extract.{table} AS {rows}")
    connection.execute("COMMIT")
    connection.close()
    return copy
