"""Assessment: a behaviour under a rule becomes points, with the reasons that led to them.

It happens once, when a record is approved, and looks back at what was approved before it. When one of the records it
leaned on is taken away, it is done again by the same edition.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from graph_service.errors import (
    PointsFixed,
    PointsMissing,
    PointsOutOfRange,
    QuantityMissing,
    QuantityOutOfRange,
    QuantityUnneeded,
)
from graph_service.model.points import POINTS_MAX, format_points
from graph_service.model.records import Reason, Record, RecordState
from graph_service.policy.periods import Calendar, period_of
from graph_service.policy.schemes import (
    Bands,
    DirectGrade,
    FixedPoints,
    Limit,
    PointsRange,
    Rule,
    Tiers,
)

#: States in which a record may be leaned on: it was approved and has not been taken back.
LEANED_ON = frozenset({RecordState.APPROVED, RecordState.IN_FORCE, RecordState.CONTESTED, RecordState.EXPIRED})


class Behaviour(Struct, frozen=True, kw_only=True):
    """What is assessed: when it happened, and what the rule leaves to the filer (both in millionths)."""

    happened_on: date
    quantity: int | None = None
    points: int | None = None


class Assessment(Struct, frozen=True, kw_only=True):
    """Points in millionths or a direct grade, and why."""

    points: int
    grade: str | None = None
    reasons: tuple[Reason, ...] = ()


def check(rule: Rule, behaviour: Behaviour) -> None:
    """Refuse a quantity or points that the rule does not take.

    Raises:
        QuantityMissing: The rule scores by quantity.
        QuantityUnneeded: The rule does not.
        QuantityOutOfRange: The quantity is not above zero, or too large.
        PointsMissing: The rule leaves a range.
        PointsFixed: The rule leaves none.
        PointsOutOfRange: The points lie outside the range.
    """
    scoring = rule.scoring
    if isinstance(scoring, Bands | Tiers):
        _check_quantity(rule.code, scoring.unit, behaviour.quantity)
    elif behaviour.quantity is not None:
        raise QuantityUnneeded(rule=rule.code, field="quantity")
    if isinstance(scoring, PointsRange):
        _check_points(rule.code, scoring, behaviour.points)
    elif behaviour.points is not None:
        raise PointsFixed(rule=rule.code, field="points")


def _check_quantity(rule: str, unit: str, quantity: int | None) -> None:
    if quantity is None:
        raise QuantityMissing(rule=rule, unit=unit, field="quantity")
    if not 0 < quantity <= POINTS_MAX:
        raise QuantityOutOfRange(
            rule=rule,
            quantity=format_points(quantity),
            largest=format_points(POINTS_MAX),
            field="quantity",
        )


def _check_points(rule: str, scoring: PointsRange, points: int | None) -> None:
    lowest, highest = format_points(scoring.lowest), format_points(scoring.highest)
    if points is None:
        raise PointsMissing(rule=rule, lowest=lowest, highest=highest, field="points")
    if not scoring.lowest <= points <= scoring.highest:
        raise PointsOutOfRange(rule=rule, points=format_points(points), lowest=lowest, highest=highest, field="points")


def looks_back(rule: Rule) -> bool:
    """Tell whether the rule counts what was approved before."""
    return bool(rule.limits) or rule.repeat_times != 1 or isinstance(rule.scoring, Tiers)


def assess(rule: Rule, behaviour: Behaviour, earlier: Sequence[Record]) -> Assessment:
    """Give the points of a behaviour, in the order: scoring, repetition, limits.

    Args:
        rule: By which it is assessed.
        behaviour: What happened; checked before.
        earlier: The subject's records by the same rule that were approved before this one, in order of approval.
    """
    leaned_on = [record for record in earlier if record.state in LEANED_ON]
    scored = _score(rule, behaviour, leaned_on)
    repeated = _repeat(rule, behaviour, leaned_on, scored)
    return _limit(rule, behaviour, leaned_on, repeated)


def _score(rule: Rule, behaviour: Behaviour, earlier: Sequence[Record]) -> Assessment:
    scoring = rule.scoring
    quantity = behaviour.quantity or 0
    match scoring:
        case FixedPoints(points=points):
            return Assessment(points=points, reasons=(Reason(code="fixed", amount=points),))
        case PointsRange():
            points = behaviour.points or 0
            return Assessment(points=points, reasons=(Reason(code="chosen", amount=points),))
        case DirectGrade(grade=grade):
            return Assessment(points=0, grade=grade, reasons=(Reason(code="direct_grade"),))
        case Bands():
            points = band_points(scoring, quantity)
            return Assessment(points=points, reasons=(Reason(code="banded", amount=points),))
        case Tiers():
            return _tiered(scoring, behaviour, earlier)


def band_points(scoring: Bands, quantity: int) -> int:
    """Add up what every full step of the quantity is worth in the band in which it lies."""
    points, begins = 0, 0
    for band in scoring.bands:
        ends = quantity if band.up_to is None else min(quantity, band.up_to)
        if ends <= begins:
            break
        points += (ends - begins) // band.step * band.points
        begins = ends
    return points


def _tiered(scoring: Tiers, behaviour: Behaviour, earlier: Sequence[Record]) -> Assessment:
    counted = _same_period(scoring.per, behaviour, earlier)
    before = sum(record.quantity or 0 for record in counted)
    points = _tier(scoring, before + (behaviour.quantity or 0)) - _tier(scoring, before)
    reason = Reason(code="tiered", amount=points, records=tuple(record.id for record in counted))
    return Assessment(points=points, reasons=(reason,))


def _tier(scoring: Tiers, quantity: int) -> int:
    return max((tier.points for tier in scoring.tiers if quantity >= tier.at_least), key=abs, default=0)


def _same_period(per: Calendar, behaviour: Behaviour, earlier: Sequence[Record]) -> list[Record]:
    begins, ends = period_of(per, behaviour.happened_on)
    return [record for record in earlier if begins <= record.happened_on < ends]


def _repeat(rule: Rule, behaviour: Behaviour, earlier: Sequence[Record], scored: Assessment) -> Assessment:
    if rule.repeat_times == 1:
        return scored
    day = behaviour.happened_on
    before = [
        record.id
        for record in earlier
        if record.happened_on <= day and (record.valid_until is None or day < record.valid_until)
    ]
    if not before:
        return scored
    points = scored.points * rule.repeat_times
    reason = Reason(code="repeated", amount=points, records=tuple(before))
    return Assessment(points=points, grade=scored.grade, reasons=(*scored.reasons, reason))


def _limit(rule: Rule, behaviour: Behaviour, earlier: Sequence[Record], scored: Assessment) -> Assessment:
    for limit in rule.limits:
        scored = _limited(limit, behaviour, earlier, scored)
    return scored


def _limited(limit: Limit, behaviour: Behaviour, earlier: Sequence[Record], scored: Assessment) -> Assessment:
    counted = _same_period(limit.per, behaviour, earlier)
    points = scored.points
    if limit.acts is not None and sum(1 for record in counted if record.points) >= limit.acts:
        points = 0
    if limit.points is not None:
        left = max(0, limit.points - sum(abs(record.points) for record in counted))
        points = min(points, left) if points > 0 else max(points, -left)
    # A record is leaned on only where it took something away: with room left, taking one away changes nothing.
    if points == scored.points:
        return scored
    reason = Reason(code="limited", amount=points, records=tuple(record.id for record in counted))
    return Assessment(points=points, grade=scored.grade, reasons=(*scored.reasons, reason))
