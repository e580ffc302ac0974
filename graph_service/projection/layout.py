"""Layout: records, and the stretches in which they count, as rows of the tables of the embedded store.

Rows of an import that differ only in who acted, who filed and who approved are laid out alike: the first of them by way
of its record, the others after its mould, as there may be millions.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from graph_service.model.days import FOREVER, day_number
from graph_service.model.journal import Entry, Value
from graph_service.model.records import LATEST, Force, Record
from graph_service.projection.codec import force_of, of_row, whole

Row = tuple[Any, ...]

#: Columns in order.
RECORD_COLUMNS = (
    *("id", "subject", "scheme", "rule", "edition", "happened_on", "points", "state", "due_on"),
    *("seq", "approved_seq", "whole"),
)
#: What a stretch says beyond what its record says.
STRETCH_COLUMNS = ("grade", "opened_on", "closed_on", "closed_seq")

#: Moulds that are remembered.
MOULDS_MAX = 50_000

#: They stand in the text of a mould where a row's own ids go, in this order. No id has such characters.
OWN = ("<approver>", "<filer>", "<id>", "<subject>")
_APPROVER, _FILER, _ID, _SUBJECT = OWN


def record_row(record: Record) -> Row:
    """Lay a record out as a row of `record`."""
    return (
        record.id,
        record.subject,
        record.scheme,
        record.rule,
        record.edition,
        day_number(record.happened_on),
        record.points,
        str(record.state),
        None if record.due_on is None else day_number(record.due_on),
        record.seq,
        record.approved_seq,
        whole(record),
    )


def force_row(force: Force) -> Row:
    """Lay a stretch out as a row of `force`."""
    act = force.act
    return (
        act.record,
        force.opened_seq,
        act.subject,
        act.scheme,
        act.rule,
        act.edition,
        day_number(act.happened_on),
        act.points,
        act.sign,
        act.grade,
        day_number(force.opened_on),
        FOREVER if force.closed_on is None else day_number(force.closed_on),
        LATEST if force.closed_seq is None else force.closed_seq,
    )


class Mould(NamedTuple):
    """What rows have in common that are laid out alike."""

    #: Of `record`: from the scheme to the day on which something falls due.
    record: Row
    #: The text of `record.whole`, with `OWN` in it.
    whole: str
    #: Of `force`: from the scheme to the day on which it closed; none where nothing ever counted.
    force: Row | None
    #: Whether the stretch is over: it was closed by the entry that opened it.
    over: bool


def mould_of(found: bytes, filed_on: date, approved_on: str, *behaviour: Value) -> Mould:
    """Find the mould of rows of an import.

    Args:
        found: What was found about them, as JSON.
        filed_on: The day on which the import was entered.
        approved_on: The day of approval.
        behaviour: What else the rows say, from the scheme to the points asked.
    """
    said = (_ID, _SUBJECT, *behaviour, _FILER, _APPROVER, approved_on)
    record = of_row(said, orjson.loads(found), filed_on=filed_on, seq=0)
    row, force = record_row(record), force_of(record)
    return Mould(
        record=row[2:9],
        whole=row[-1],
        force=None if force is None else force_row(force)[3:-1],
        over=force is not None and force.closed_seq is not None,
    )


@lru_cache(MOULDS_MAX)
def _printing(found: bytes, filed_on: date, approved_on: str, *behaviour: Value) -> Mould:
    """Find a mould whose text is printed with its own ids, in the order of `OWN`."""
    mould = mould_of(found, filed_on, approved_on, *behaviour)
    text = mould.whole.replace("%", "%%")
    for name in OWN:
        text = text.replace(name, "%s")
    return mould._replace(whole=text)


def imported_rows(entry: Entry) -> tuple[list[Row], list[Row]]:
    """Lay the rows of an import out as rows of `record` and of `force`."""
    seq, filed_on = entry.seq, entry.entered_on
    records: list[Row] = []
    forces: list[Row] = []
    for said, found in zip(entry.asked["rows"], entry.outcome["rows"], strict=True):
        id_, subject, *behaviour, filer, approver, approved_on = said
        mould = _printing(orjson.dumps(found), filed_on, approved_on, *behaviour)
        text = mould.whole % (approver, filer, id_, subject)
        records.append((id_, subject, *mould.record, seq, seq, text))
        if mould.force is not None:
            forces.append((id_, seq, subject, *mould.force, seq if mould.over else LATEST))
    return records, forces
