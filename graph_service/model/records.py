"""Records: one behaviour of one subject, assessed by one rule, with a life of its own."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct

from graph_service.model.days import FOREVER


class RecordState(StrEnum):
    """Where a record is in its life."""

    #: Proposed; waits for another person's approval.
    FILED = "filed"
    #: Approved; a demerit waits here until its notice is delivered and its notice days are over.
    APPROVED = "approved"
    #: Counts.
    IN_FORCE = "in_force"
    #: Out of force while a contest is decided.
    CONTESTED = "contested"
    #: Its validity is over.
    EXPIRED = "expired"
    REJECTED = "rejected"
    REVOKED = "revoked"
    #: Made good; possibly replaced by a lighter record.
    REPAIRED = "repaired"


#: Positions in the journal start at 1; this one lies after all of them.
LATEST = 2**62

assert FOREVER < LATEST

#: States in which a record counts for good no more; but an expired one may still be found wrong, and be revoked.
FINAL_STATES = frozenset({RecordState.EXPIRED, RecordState.REJECTED, RecordState.REVOKED, RecordState.REPAIRED})


class Moment(Struct, frozen=True):
    """A point on both clocks: what holds at the end of a day, as far as it was known at a journal position."""

    as_of: date
    known_at: int


class Act(Struct, frozen=True, kw_only=True):
    """What the share relation sees of a record: who did what, when, for how many points."""

    record: str
    subject: str
    scheme: str
    rule: str
    #: The number of the policy edition in force on the day it happened.
    edition: int
    happened_on: date
    #: Millionths of a point; below zero for a demerit.
    points: int
    #: The grade that the rule gives directly, where it does.
    grade: str | None = None

    @property
    def sign(self) -> int:
        """1 for merit, -1 for demerit, 0 where there are no points."""
        return (self.points > 0) - (self.points < 0)


class Force(Struct, frozen=True, kw_only=True):
    """A stretch of days on which an act counts, on both clocks."""

    act: Act
    opened_on: date
    opened_seq: int
    closed_on: date | None = None
    closed_seq: int | None = None

    def open_at(self, moment: Moment) -> bool:
        """Tell whether the act counts at a moment."""
        if self.opened_on > moment.as_of or self.opened_seq > moment.known_at:
            return False
        if self.closed_on is None or self.closed_seq is None:
            return True
        return self.closed_on > moment.as_of or self.closed_seq > moment.known_at


class Reason(Struct, frozen=True, kw_only=True, array_like=True):
    """Why a record was assessed as it was: a code, a number and the records that were counted. Never a text."""

    code: str
    #: Millionths, or a plain count where the code says so.
    amount: int = 0
    records: tuple[str, ...] = ()


class Origin(Struct, frozen=True, kw_only=True, array_like=True):
    """Where a derived record comes from: another record, by its rule's `also` or over a bridge; or a period's end."""

    #: The record behind it; None where it is the grade at the end of a period.
    record: str | None = None
    #: The scheme and the code of the bridge; None where the other record's rule files it also.
    scheme: str | None = None
    bridge: str | None = None
    #: The last day of the period, where that is what the bridge went by.
    period_end: date | None = None


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A behaviour as it stands in the journal now."""

    id: str
    subject: str
    scheme: str
    #: By which it is assessed: of several that were filed, the one that decided.
    rule: str
    happened_on: date
    #: Where the act was filed under several rules, all of them in the order named; else empty.
    asked_rules: tuple[str, ...] = ()
    #: What the rule scores by, in millionths of its unit; None where the rule has no quantity.
    quantity: int | None = None
    #: Points chosen by the filer where the rule leaves a range, in millionths.
    asked_points: int | None = None
    edition: int
    #: Millionths of a point, as assessed (at filing as a proposal, at approval for good).
    points: int
    grade: str | None = None
    reasons: tuple[Reason, ...] = ()
    state: RecordState
    filer: str
    filed_on: date
    approver: str | None = None
    approved_on: date | None = None
    #: The position of the entry that approved it; several records of one import share theirs.
    approved_seq: int | None = None
    #: The day on which the subject was told of a demerit; its notice days run from here.
    notified_on: date | None = None
    #: The first day on which it counted or will count; None while unknown.
    force_on: date | None = None
    #: The first day on which it no longer counts; None where nothing ends it by itself.
    valid_until: date | None = None
    #: The contest that is open, or that it was revoked in; and who contests it since when.
    contest: str | None = None
    contested_by: str | None = None
    contested_on: date | None = None
    #: The day by which a contest should be decided; and the day on which the record is revoked if it was not.
    decide_by: date | None = None
    lapses_on: date | None = None
    #: The lighter record that took its place when it was repaired; and the other way round.
    replaced_by: str | None = None
    replaces: str | None = None
    #: Where a derived record comes from; and the linked records that were filed with this one.
    origin: Origin | None = None
    linked: tuple[str, ...] = ()
    seq: int = 0

    @property
    def due_on(self) -> date | None:
        """The day on which something falls due for it; None where nothing does."""
        match self.state:
            case RecordState.APPROVED:
                return self.force_on
            case RecordState.IN_FORCE:
                return self.valid_until
            case RecordState.CONTESTED:
                return self.lapses_on
            case _:
                return None

    @property
    def approval(self) -> tuple[int, date, str]:
        """Where its approval stands among others: by position, and within one import by day and id."""
        return self.approved_seq or LATEST, self.approved_on or date.max, self.id

    @property
    def rules_filed(self) -> tuple[str, ...]:
        """The rules that it was filed under, in the order named."""
        return self.asked_rules or (self.rule,)

    @property
    def follows(self) -> str | None:
        """The record whose grade a bridge carried over: this one counts exactly while that one does."""
        return self.origin.record if self.origin is not None and self.origin.bridge is not None else None

    @property
    def act(self) -> Act:
        """The record as the share relation sees it."""
        return Act(
            record=self.id,
            subject=self.subject,
            scheme=self.scheme,
            rule=self.rule,
            edition=self.edition,
            happened_on=self.happened_on,
            points=self.points,
            grade=self.grade,
        )
