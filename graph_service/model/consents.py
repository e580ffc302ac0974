"""Consents and waivers: dated facts that let points pass or stop them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A person lets a purpose happen on every day of `[since, until)`; for a minor, the guardian does."""

    id: str
    subject: str
    #: Who consents in a minor's name; None where the subject consents itself.
    guardian: str | None = None
    purpose: str
    since: date
    until: date | None = None
    seq: int = 0
    voided_on: date | None = None
    voided_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A member's demerits do not reach or pass a group on any day of `[since, until)`."""

    id: str
    member: str
    group: str
    since: date
    until: date | None = None
    seq: int = 0
    voided_on: date | None = None
    voided_seq: int | None = None
