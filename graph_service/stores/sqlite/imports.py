"""Imports in SQLite: how the rows of an entry become rows of tables, printed from their columns.

What `projection.codec` says of a row in Python is said here in SQL, for millions of them; the conformance tests hold
the two equal.
"""

from __future__ import annotations

from graph_service.model.days import FOREVER
from graph_service.model.records import LATEST
from graph_service.projection.codec import FOUND, SAID


def _cell(name: str) -> str:
    """Give the cell of a row of an import that holds a field of a record."""
    return f"v ->> {(SAID + FOUND).index(name)}"


def _number(name: str) -> str:
    """Give the cell of a day as a number."""
    return f"unixepoch({_cell(name)}) / 86400"


def _whole() -> str:
    """Print what `codec.whole` gives for a row of an import."""
    names = sorted((*SAID, *FOUND, "filed_on"))
    cells = {
        "filed_on": ":filed_on",
        "reasons": f"json(nullif(v -> {(SAID + FOUND).index('reasons')}, '[]'))",
    }
    fields_ = ", ".join(f"'{name}', {cells.get(name) or _cell(name)}" for name in names)
    # A patch of nothing leaves out what is null.
    return f"json_patch('{{}}', json_object({fields_}))"


# The text is read once, not for every cell of it.
_ROWS = "WITH row AS MATERIALIZED (SELECT value AS v FROM jsonb_each(:rows))\n"
_APPROVED_SEQ = f"CASE WHEN {_cell('approved_on')} IS NOT NULL THEN :seq END"
#: Puts the records of an import into their table: `:rows`, `:seq`, `:filed_on`.
IMPORT_RECORDS = f"""{_ROWS}INSERT INTO record
SELECT {", ".join(map(_cell, ("id", "subject", "scheme", "rule", "edition")))}, {_number("happened_on")},
       {_cell("points")}, {_cell("state")},
       CASE {_cell("state")}
           WHEN 'approved' THEN {_number("force_on")} WHEN 'in_force' THEN {_number("valid_until")} END,
       :seq, {_APPROVED_SEQ}, {_whole()}
FROM row"""
#: Puts the stretches in which they counted, or count, into theirs: `:rows`, `:seq`.
IMPORT_FORCES = f"""{_ROWS}INSERT INTO force
SELECT {_cell("id")}, :seq, {", ".join(map(_cell, ("subject", "scheme", "rule", "edition")))},
       {_number("happened_on")}, {_cell("points")}, sign({_cell("points")}), {_cell("grade")}, {_number("force_on")},
       CASE {_cell("state")}
           WHEN 'in_force' THEN {FOREVER} ELSE max({_number("force_on")}, {_number("valid_until")}) END,
       CASE {_cell("state")} WHEN 'in_force' THEN {LATEST} ELSE :seq END
FROM row WHERE {_cell("state")} IN ('in_force', 'expired') AND {_cell("force_on")} IS NOT NULL"""
