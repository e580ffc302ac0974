"""What becomes of records later: rejected, contested, upheld, revoked, repaired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from graph_service.actions import decide
from graph_service.actions.desk import Desk
from graph_service.model.days import DAY
from graph_service.model.journal import Entry
from graph_service.policy.schemes import Rule, Scheme
from loaders.district.dice import Dice
from loaders.district.rulebook import sign_of

#: The last days of the year are played day by day, because the steps of a life happen on their day.
PLAYED_DAYS = 28
#: Records that were approved up to so many days before them are looked at once more.
_LOOKED_BACK = 60
#: Who decides about contests and repairs, and who asks for a repair.
DECIDER = "credit-council"
ASKER = "credit-service"

# How often something happens, in a thousand.
_REJECTED = 60
_REVOKED_MERIT = 12
_CONTESTED = 260
_UPHELD, _REVOKED = 450, 300
_REPAIRED = 220

_REASONS = ("时间记录有误", "当事人不在现场", "证据不足", "已有说明", "重复登记")


def played_since(until: date) -> date:
    """Give the first of the days that are played."""
    return until - timedelta(days=PLAYED_DAYS - 1)


class StepKind(StrEnum):
    """A step that is taken after the filing, on its own day."""

    REJECTED = "rejected"
    CONTESTED = "contested"
    UPHELD = "upheld"
    REVOKED = "revoked"
    REPAIRED = "repaired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A step to take."""

    record: str
    kind: StepKind
    on: date
    by: str
    reason: str = "example"

    @property
    def contest(self) -> str:
        """The id of the record's contest: nobody here contests twice."""
        return f"k-{self.record}"

    def enter(self, desk: Desk) -> Entry:
        """Take the step today."""
        match self.kind:
            case StepKind.REJECTED:
                return decide.reject(desk, record=self.record, approver=self.by, reason=self.reason)
            case StepKind.CONTESTED:
                return decide.contest(
                    desk, record=self.record, contest=self.contest, contester=self.by, reason=self.reason
                )
            case StepKind.UPHELD:
                return decide.uphold(
                    desk, record=self.record, contest=self.contest, decider=self.by, reason=self.reason
                )
            case StepKind.REVOKED:
                return decide.revoke(desk, record=self.record, decider=self.by, reason=self.reason)
            case StepKind.REPAIRED:
                return decide.repair(desk, record=self.record, asked_by=ASKER, decider=self.by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known of a record when its later steps are drawn."""

    record: str
    happened_on: date
    approved_on: date | None
    approver: str
    #: Who would contest it: the subject, or the guardian of a minor.
    contester: str


def later_steps(dice: Dice, life: Life, scheme: Scheme, rule: Rule, until: date) -> tuple[Later, ...]:
    """Draw what becomes of a record in the last weeks of the year; nothing, for most."""
    played = played_since(until)
    if life.approved_on is None or life.approved_on < played - timedelta(days=_LOOKED_BACK):
        return ()
    if life.approved_on >= played and dice.chance(_REJECTED):
        return (_later(dice, life, StepKind.REJECTED, life.approved_on, life.approver),)
    first = max(played, life.approved_on + DAY)
    if first > until:
        return ()
    if sign_of(rule) < 0:
        return _of_demerit(dice, life, scheme, rule, (first, until))
    revoked = dice.chance(_REVOKED_MERIT)
    return (_later(dice, life, StepKind.REVOKED, dice.day(first, until), DECIDER),) if revoked else ()


def _of_demerit(dice: Dice, life: Life, scheme: Scheme, rule: Rule, span: tuple[date, date]) -> tuple[Later, ...]:
    first, until = span
    if dice.chance(_CONTESTED):
        return _contest(dice, life, scheme, first, until)
    if rule.repair is None or not dice.chance(_REPAIRED):
        return ()
    earliest = max(first, life.happened_on + timedelta(days=rule.repair.after_days))
    return () if earliest > until else (_later(dice, life, StepKind.REPAIRED, dice.day(earliest, until), DECIDER),)


def _contest(dice: Dice, life: Life, scheme: Scheme, first: date, until: date) -> tuple[Later, ...]:
    on = dice.day(first, until)
    contested = _later(dice, life, StepKind.CONTESTED, on, life.contester)
    decided = on + timedelta(days=dice.between(2, max(2, scheme.contest.decide_within)))
    drawn = dice.below(1_000)
    if decided > until or drawn >= _UPHELD + _REVOKED:
        return (contested,)
    kind = StepKind.UPHELD if drawn < _UPHELD else StepKind.REVOKED
    return (contested, _later(dice, life, kind, decided, DECIDER))


def _later(dice: Dice, life: Life, kind: StepKind, on: date, by: str) -> Later:
    return Later(record=life.record, kind=kind, on=on, by=by, reason=dice.pick(_REASONS))
