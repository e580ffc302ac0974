"""Happenings: what an entry of the journal means for a group and those who are in it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct


class HappeningKind(StrEnum):
    """What happened to a member of a group, or to the group itself."""

    RECORD_ENTERED_FORCE = "record_entered_force"
    RECORD_LEFT_FORCE = "record_left_force"
    TIE_OPENED = "tie_opened"
    TIE_CLOSED = "tie_closed"
    TIE_VOIDED = "tie_voided"


class Happening(Struct, frozen=True, kw_only=True):
    """One thing that happened to somebody."""

    kind: HappeningKind
    #: To whom: the member, or the group itself.
    subject: str
    #: The day from which on it is so.
    on: date
    #: What counts, or counts no more.
    record: str | None = None
    #: What was opened, closed or voided.
    tie: str | None = None
