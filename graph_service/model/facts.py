"""Dated facts: what ties, consents and waivers have in common."""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class DatedFact(Struct, frozen=True, kw_only=True):
    """Something that holds on every day of `[since, until)`, and on no other."""

    id: str
    since: date
    #: The first day on which it no longer holds; None while no end is known.
    until: date | None = None
    #: The position in the journal at which it was entered.
    seq: int = 0
    #: The day on which it was found to have been entered in error; None where it was not.
    voided_on: date | None = None
    voided_seq: int | None = None
