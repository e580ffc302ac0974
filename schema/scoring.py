"""How rules score: points or a range, bands or tiers, or a grade directly."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph_service.policy.periods import Calendar
from graph_service.policy.schemes import Bands as KeptBands
from graph_service.policy.schemes import DirectGrade as KeptDirectGrade
from graph_service.policy.schemes import FixedPoints as KeptFixedPoints
from graph_service.policy.schemes import PointsRange as KeptPointsRange
from graph_service.policy.schemes import Scoring as KeptScoring
from schema.scalars import Points, Quantity


@strawberry.type
class FixedPoints:
    """The same points each time."""

    points: Points = strawberry.field(description="Below zero for a demerit.")


@strawberry.type
class PointsRange:
    """Points that the filer chooses, both ends included."""

    lowest: Points = strawberry.field(description="The fewest.")
    highest: Points = strawberry.field(description="The most.")


@strawberry.type
class Band:
    """Inside a band, every full step of quantity above the band before it is worth its points."""

    up_to: Quantity | None = strawberry.field(description="Where it ends; null for the last.")
    step: Quantity = strawberry.field(description="How much quantity makes a step.")
    points: Points = strawberry.field(description="What each step is worth.")


@strawberry.type
class Bands:
    """Marginal bands over the quantity of one act."""

    unit: str = strawberry.field(description="The unit of the quantity: `yuan`.")
    bands: list[Band] = strawberry.field(description="From the lowest to the highest.")


@strawberry.type
class Tier:
    """From a total on, the tier's points are reached."""

    at_least: Quantity = strawberry.field(description="The total from which on.")
    points: Points = strawberry.field(description="What all acts of the period come to together.")


@strawberry.type
class Tiers:
    """Points by the total quantity of all acts of a period."""

    unit: str = strawberry.field(description="The unit of the quantity: `hour`.")
    per: str = strawberry.field(description="The period whose acts are totalled: `year`.")
    tiers: list[Tier] = strawberry.field(description="From the lowest to the highest.")


@strawberry.type
class DirectGrade:
    """The act sets the grade, whatever the score."""

    grade: str = strawberry.field(description="Which grade.")


Scoring = Annotated[
    FixedPoints | PointsRange | Bands | Tiers | DirectGrade,
    strawberry.union("Scoring", description="How a rule scores."),
]


def shown_scoring(scoring: KeptScoring) -> FixedPoints | PointsRange | Bands | Tiers | DirectGrade:
    """Give a way of scoring as it is answered."""
    match scoring:
        case KeptFixedPoints():
            return FixedPoints(points=Points(scoring.points))
        case KeptPointsRange():
            return PointsRange(lowest=Points(scoring.lowest), highest=Points(scoring.highest))
        case KeptBands():
            bands = [
                Band(
                    up_to=None if band.up_to is None else Quantity(band.up_to),
                    step=Quantity(band.step),
                    points=Points(band.points),
                )
                for band in scoring.bands
            ]
            return Bands(unit=scoring.unit, bands=bands)
        case KeptDirectGrade():
            return DirectGrade(grade=scoring.grade)
        case _:
            tiers = [Tier(at_least=Quantity(tier.at_least), points=Points(tier.points)) for tier in scoring.tiers]
            return Tiers(unit=scoring.unit, per=period_name(scoring.per), tiers=tiers)


def period_name(calendar: Calendar) -> str:
    """Name a way of cutting time as policies do: `month`, `term`, `year`."""
    return str(calendar.kind)
