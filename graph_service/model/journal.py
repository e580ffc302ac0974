"""The journal: an append-only chain of entries. Everything else but the vault is a view of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import orjson
from msgspec import Struct

#: What stands before the first entry.
GENESIS = bytes(32)

#: A value of an entry: what JSON can hold, without floats.
Value = Any


class EntryKind(StrEnum):
    """What happened."""

    POLICY_ADOPTED = "policy_adopted"
    SUBJECT_ENROLLED = "subject_enrolled"
    SUBJECTS_IMPORTED = "subjects_imported"
    SUBJECT_FORGOTTEN = "subject_forgotten"
    AGE_CHANGED = "age_changed"
    TIE_OPENED = "tie_opened"
    TIES_IMPORTED = "ties_imported"
    TIE_CLOSED = "tie_closed"
    TIE_VOIDED = "tie_voided"
    CONSENT_GIVEN = "consent_given"
    CONSENTS_IMPORTED = "consents_imported"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_VOIDED = "consent_voided"
    WAIVER_GRANTED = "waiver_granted"
    WAIVER_ENDED = "waiver_ended"
    WAIVER_VOIDED = "waiver_voided"
    RECORD_FILED = "record_filed"
    RECORD_APPROVED = "record_approved"
    RECORD_REJECTED = "record_rejected"
    NOTICE_DELIVERED = "notice_delivered"
    RECORD_ENTERED_FORCE = "record_entered_force"
    RECORD_CONTESTED = "record_contested"
    RECORD_SUSPENDED = "record_suspended"
    RECORD_UPHELD = "record_upheld"
    RECORD_REVOKED = "record_revoked"
    RECORD_REPAIRED = "record_repaired"
    RECORD_REASSESSED = "record_reassessed"
    RECORD_EXPIRED = "record_expired"
    RECORDS_IMPORTED = "records_imported"
    PERIODS_BRIDGED = "periods_bridged"
    DAY_TICKED = "day_ticked"


#: Entries that say many things of a kind at once: `rows` of what was asked, and as many of what came of it.
IMPORTS = frozenset({EntryKind.SUBJECTS_IMPORTED, EntryKind.TIES_IMPORTED, EntryKind.CONSENTS_IMPORTED})


class Written(Struct, frozen=True, kw_only=True):
    """The rows of an import as the text that they have in an entry; what they are is laid out in a file.

    It stands in an entry while that is written, never in one that is read.
    """

    text: str
    #: Where they begin in the file, counted from 1, and how many they are.
    first: int
    count: int


class Draft(Struct, frozen=True, kw_only=True):
    """An entry before the journal has given it its place."""

    #: Named by the caller: the same id again is the same entry.
    id: str
    kind: EntryKind
    #: The person or program that asked.
    actor: str
    #: What the caller said; the same id with another `asked` is refused and the field is named.
    asked: Mapping[str, Value]
    #: What was derived from it under the journal's lock: days, points, reasons.
    outcome: Mapping[str, Value]


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that happened, in its place."""

    #: Dense and total: 1, 2, 3, ... Only this orders entries.
    seq: int
    id: str
    kind: EntryKind
    #: The later of the head's day and the clock's.
    entered_on: date
    actor: str
    asked: Mapping[str, Value]
    outcome: Mapping[str, Value]
    #: SHA-256 over the hash of the entry before and this entry's own canonical form.
    hash: bytes


def rows_of(entry: Entry) -> list[tuple[Mapping[str, Value], Mapping[str, Value]]]:
    """Give what was asked and what came of it, row by row: an import has many rows, any other entry is one."""
    if entry.kind in IMPORTS:
        return list(zip(entry.asked["rows"], entry.outcome["rows"], strict=True))
    return [(entry.asked, entry.outcome)]


class Head(Struct, frozen=True, kw_only=True):
    """The end of the journal: where the next entry goes."""

    seq: int
    hash: bytes
    entered_on: date | None
    #: The last day whose tick is done; None before the first.
    ticked_on: date | None


def canonical(value: Value) -> bytes:
    """Write a value as the one JSON text it has: keys sorted, no white space, UTF-8.

    >>> canonical({"b": 1, "a": "乳山"}).decode()
    '{"a":"乳山","b":1}'
    """
    return orjson.dumps(value, default=_as_it_is, option=orjson.OPT_SORT_KEYS)


def _as_it_is(value: object) -> orjson.Fragment:
    if isinstance(value, Written):
        return orjson.Fragment(value.text)
    raise TypeError(value)


def place(draft: Draft, head: Head, entered_on: date) -> Entry:
    """Give a draft its place after the head, chained to what stands before it."""
    seq = head.seq + 1
    body = canonical(
        [
            seq,
            draft.id,
            draft.kind,
            entered_on.isoformat(),
            draft.actor,
            dict(draft.asked),
            dict(draft.outcome),
        ]
    )
    return Entry(
        seq=seq,
        id=draft.id,
        kind=draft.kind,
        entered_on=entered_on,
        actor=draft.actor,
        asked=draft.asked,
        outcome=draft.outcome,
        hash=hashlib.sha256(head.hash + body).digest(),
    )


def follows(entry: Entry, head: Head) -> bool:
    """Tell whether an entry stands where it claims to: right after the head, unchanged."""
    draft = Draft(
        id=entry.id,
        kind=entry.kind,
        actor=entry.actor,
        asked=entry.asked,
        outcome=entry.outcome,
    )
    return place(draft, head, entry.entered_on) == entry
