"""An extract: what a replay needs of the SQLite file, copied at one moment into a file of its own.

The replay engine has an SQLite of its own. Two of them in one process on one file take each other's locks and
crash, and the engine's reads each table at a moment of its own. A copy that nobody writes to has neither trouble.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import apsw

from graph_service.model.journal import EntryKind
from graph_service.model.subjects import AgeClass
from graph_service.ports.store import Excerpt

#: Copied as they are.
_TABLES = ("tie", "consent", "waiver", "age", "subject", "carriage", "force", "edition", "ticked")

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
_ENTRIES = f"""
SELECT seq, kind, entered_on, asked, hash FROM main.entry
WHERE seq = (SELECT max(seq) FROM main.entry) OR seq IN (SELECT seq FROM main.edition)
   OR kind = '{EntryKind.POLICY_ADOPTED}'
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
        "force": scheme if excerpt.rules is None else f"{scheme} AND {_by_rules(excerpt.rules)}",
        "record": scheme if excerpt.records else "false",
        "balance": scheme,
    }


def _by_rules(rules: Iterable[str]) -> str:
    return f"(grade IS NOT NULL OR rule IN ({_among(rules)}))"


def extract(connection: apsw.Connection, path: Path, excerpt: Excerpt | None = None) -> None:
    """Copy what a replay needs into a new file; `connection` is used for nothing else afterwards."""
    narrow = _narrow(excerpt) if excerpt else {}
    connection.pragma("query_only", 0)
    connection.execute("ATTACH ? AS extract", (str(path),))
    # If it is cut off it is thrown away: nothing has to be kept through a crash.
    connection.execute("PRAGMA extract.journal_mode = OFF; PRAGMA extract.synchronous = OFF")
    with connection:
        for table in (*_TABLES, *(_KEPT if excerpt and excerpt.kept else ())):
            connection.execute(
                f"CREATE TABLE extract.{table} AS SELECT * FROM main.{table} WHERE {narrow.get(table, 'true')}"
            )
        connection.execute(f"CREATE TABLE extract.record AS {_RECORDS} WHERE {narrow.get('record', 'true')}")
        connection.execute(f"CREATE TABLE extract.entry AS {_ENTRIES}")
    connection.execute("DETACH extract")
