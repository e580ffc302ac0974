"""Following: what the journal says behind a position, and what it means for standings and for groups."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from graph_service.errors import PolicyMissing, PositionTooOld, PositionUnknown, SchemeUnknown
from graph_service.lookups.book import moment_of
from graph_service.lookups.standing import standings_of
from graph_service.model.happenings import Happening, HappeningKind
from graph_service.model.journal import Entry, EntryKind, rows_of
from graph_service.model.records import Moment
from graph_service.model.standing import Standing
from graph_service.model.ties import Tie, TieEnd
from graph_service.ports.store import Reading
from graph_service.projection.codec import SAID
from graph_service.projection.project import LIFE

#: Entries that are read at a time: those of an import are large.
ENTRIES_AT_ONCE = 50

#: Ties of these kinds run from a member to the group that it is in.
MEMBERSHIPS = ("family_of", "member_of")

#: Of each kind of entry about ties, what it tells; and where its outcome says from when on.
_TIES = {
    EntryKind.TIE_OPENED: HappeningKind.TIE_OPENED,
    EntryKind.TIES_IMPORTED: HappeningKind.TIE_OPENED,
    EntryKind.TIE_CLOSED: HappeningKind.TIE_CLOSED,
    EntryKind.TIE_VOIDED: HappeningKind.TIE_VOIDED,
}
_FROM = {HappeningKind.TIE_OPENED: "since", HappeningKind.TIE_CLOSED: "until", HappeningKind.TIE_VOIDED: ""}


def start_of(reading: Reading, after: int | None, *, most: int) -> int:
    """Give the position behind which somebody begins to follow: the head where none is named.

    Raises:
        PositionUnknown: The journal does not reach so far.
        PositionTooOld: It lies more than `most` entries behind the head.
    """
    head = reading.head().seq
    if after is None:
        return head
    if after > head:
        raise PositionUnknown(position=after, head=head, field="after")
    _not_too_old(after, head, most)
    return after


def entries_behind(reading: Reading, position: int, *, most: int) -> list[Entry]:
    """List the next entries behind a position, in order, `ENTRIES_AT_ONCE` of them.

    Raises:
        PositionTooOld: It lies more than `most` entries behind the head.
    """
    _not_too_old(position, reading.head().seq, most)
    return reading.entries(after=position, limit=ENTRIES_AT_ONCE)


def _not_too_old(position: int, head: int, most: int) -> None:
    if head - position > most:
        raise PositionTooOld(position=position, behind=head - position, most=most, field="after")


def standings_then(reading: Reading, subjects: Collection[str], scheme: str, position: int) -> Mapping[str, Standing]:
    """Give the standings of subjects as they were when the journal had come to a position; none before there were."""
    entries = reading.entries(after=position - 1, limit=1) if position else []
    if not entries:
        return {}
    now = moment_of(reading)
    try:
        return standings_of(reading, subjects, scheme, Moment(min(entries[0].entered_on, now.as_of), position))
    except (PolicyMissing, SchemeUnknown):
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What an entry says, whomever it concerns."""

    entry: Entry
    kind: HappeningKind
    #: The subjects of whom it speaks, the first of them first.
    subjects: tuple[str, ...]
    on: date
    record: str | None = None
    tie: str | None = None

    def of(self, subject: str) -> Happening:
        """Say it of one of them."""
        return Happening(kind=self.kind, subject=subject, on=self.on, record=self.record, tie=self.tie)


def happenings_in(reading: Reading, group: str, entries: Sequence[Entry]) -> list[list[Happening]]:
    """Tell of each entry, in order, what it means for a group and for those who were in it on its day.

    Told are records that enter or leave force, and ties that are opened, closed or voided. What concerns several of
    them is told once: a tie of its source, where that is one of them. Most entries mean nothing for a group.
    """
    told = [*_of_records(reading, entries), *_of_ties(reading, entries)]
    memberships = _memberships(reading, group, {subject for each in told for subject in each.subjects})
    found: dict[int, list[Happening]] = {entry.seq: [] for entry in entries}
    for each in told:
        for subject in each.subjects:
            if subject == group or any(_held(tie, each.entry) for tie in memberships.get(subject, ())):
                found[each.entry.seq].append(each.of(subject))
                break
    return [found[entry.seq] for entry in entries]


def _of_records(reading: Reading, entries: Sequence[Entry]) -> Iterator[_Told]:
    by_record: dict[str, list[Entry]] = {}
    for entry in entries:
        for record in _records_in(entry):
            by_record.setdefault(record, []).append(entry)
    forces = reading.forces_of(by_record)
    for record, lived in by_record.items():
        for entry, force in product(lived, forces.get(record, ())):
            subjects = (force.act.subject,)
            if force.closed_seq == entry.seq and force.closed_on is not None:
                left = HappeningKind.RECORD_LEFT_FORCE
                yield _Told(entry=entry, kind=left, subjects=subjects, on=force.closed_on, record=record)
            if force.opened_seq == entry.seq:
                entered = HappeningKind.RECORD_ENTERED_FORCE
                yield _Told(entry=entry, kind=entered, subjects=subjects, on=force.opened_on, record=record)


def _records_in(entry: Entry) -> list[str]:
    if entry.kind is EntryKind.RECORDS_IMPORTED:
        return [row[SAID.index("id")] for row in entry.asked["rows"]]
    return [entry.outcome["record"]] if entry.kind in LIFE else []


def _of_ties(reading: Reading, entries: Sequence[Entry]) -> Iterator[_Told]:
    named = [
        (entry, kind, asked, outcome)
        for entry in entries
        if (kind := _TIES.get(entry.kind))
        for asked, outcome in rows_of(entry)
    ]
    ties = reading.ties_of({asked["tie"] for _, _, asked, _ in named})
    for entry, kind, asked, outcome in named:
        tie = ties[asked["tie"]]
        day = outcome.get(_FROM[kind])
        on = entry.entered_on if day is None else date.fromisoformat(day)
        yield _Told(entry=entry, kind=kind, subjects=(tie.source, tie.target), on=on, tie=tie.id)


def _memberships(reading: Reading, group: str, subjects: Collection[str]) -> Mapping[str, list[Tie]]:
    """List the ties that ever made subjects members of a group: asked of them, because a group may have thousands."""
    found: dict[str, list[Tie]] = {}
    for kind in MEMBERSHIPS:
        for subject, ties in reading.ties_at(subjects, kind, TieEnd.SOURCE).items():
            found.setdefault(subject, []).extend(tie for tie in ties if tie.target == group)
    return found


def _held(tie: Tie, entry: Entry) -> bool:
    """Tell whether a tie held on the day of an entry, as far as was known then."""
    known = tie.seq <= entry.seq and (tie.voided_seq is None or tie.voided_seq > entry.seq)
    return known and tie.since <= entry.entered_on and (tie.until is None or entry.entered_on < tie.until)
