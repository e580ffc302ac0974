"""Layout: records, and the stretches in which they count, as rows of their tables.

Rows of an import that differ only in who acted, who filed and who approved are laid out alike: the first of them by way
of its record, the others after its pattern, as there may be millions.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

import orjson

from graph_service.model.days import FOREVER, day_number
from graph_service.model.journal import Entry, Value
from graph_service.model.records import LATEST, Force, Record
from graph_service.projection.codec import force_of, of_row, whole
from graph_service.stores.sqlite.rows import Row

#: Patterns that are remembered.
PATTERNS_MAX = 50_000

#: They stand in a pattern where a row's own ids go, in the order of the text. No id has such characters.
_APPROVER, _FILER, _ID, _SUBJECT = "<approver>", "<filer>", "<id>", "<subject>"


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


class _Pattern(NamedTuple):
    """What rows have in common that are laid out alike."""

    #: Of `record`: from the scheme to the day on which something falls due.
    record: Row
    #: The text of `record.whole`, with places for the approver, the filer, the id and the subject.
    whole: str
    #: Of `force`: from the scheme to the day on which it closed; none where nothing ever counted.
    force: Row | None
    #: Whether the stretch is over: it was closed by the entry that opened it.
    over: bool


@lru_cache(PATTERNS_MAX)
def _pattern(filed_on: date, found: bytes, approved_on: str, *behaviour: Value) -> _Pattern:
    said = (_ID, _SUBJECT, *behaviour, _FILER, _APPROVER, approved_on)
    record = of_row(said, orjson.loads(found), filed_on=filed_on, seq=0)
    row, force = record_row(record), force_of(record)
    text = row[-1].replace("%", "%%")
    for name in (_APPROVER, _FILER, _ID, _SUBJECT):
        text = text.replace(name, "%s")
    return _Pattern(
        record=row[2:9],
        whole=text,
        force=None if force is None else force_row(force)[3:-1],
        over=force is not None and force.closed_seq is not None,
    )


def imported_rows(entry: Entry) -> tuple[list[Row], list[Row]]:
    """Lay the rows of an import out as rows of `record` and of `force`."""
    seq, filed_on = entry.seq, entry.entered_on
    records: list[Row] = []
    forces: list[Row] = []
    for said, found in zip(entry.asked["rows"], entry.outcome["rows"], strict=True):
        id_, subject, *behaviour, filer, approver, approved_on = said
        pattern = _pattern(filed_on, orjson.dumps(found), approved_on, *behaviour)
        text = pattern.whole % (approver, filer, id_, subject)
        records.append((id_, subject, *pattern.record, seq, seq, text))
        if pattern.force is not None:
            forces.append((id_, seq, subject, *pattern.force, seq if pattern.over else LATEST))
    return records, forces
