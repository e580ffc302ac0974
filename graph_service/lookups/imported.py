"""What imports said of subjects, ties and consents: theirs are entries of many rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from graph_service.model.consents import Consent
from graph_service.model.journal import Entry, EntryKind, Value, rows_of
from graph_service.model.subjects import Subject
from graph_service.model.ties import Tie
from graph_service.ports.store import Reading

#: The field of a row that holds the id of what it says.
ID_FIELDS = {
    EntryKind.SUBJECTS_IMPORTED: "subject",
    EntryKind.TIES_IMPORTED: "tie",
    EntryKind.CONSENTS_IMPORTED: "consent",
}


def row_of(entry: Entry, id_: str) -> Mapping[str, Value]:
    """Give what the row of an import said that brought a subject, a tie or a consent."""
    return said_by(entry, {id_})[id_]


def said_by(entry: Entry, wanted: Collection[str]) -> dict[str, Mapping[str, Value]]:
    """Give what rows of an import said, by the ids of what they brought."""
    field = ID_FIELDS[entry.kind]
    return {asked[field]: asked for asked, _ in rows_of(entry) if asked[field] in wanted}


def imported(reading: Reading, held: Iterable[Subject | Tie | Consent]) -> Mapping[str, Mapping[str, Value]]:
    """Give what the rows said that brought things held, by their ids; what came by itself is left out."""
    ids: dict[int, set[str]] = {}
    for each in held:
        ids.setdefault(each.seq, set()).add(each.id)
    said: dict[str, Mapping[str, Value]] = {}
    for seq, wanted in ids.items():
        for entry in reading.entries(after=seq - 1, limit=1):
            if entry.kind in ID_FIELDS:
                said.update(said_by(entry, wanted))
    return said
