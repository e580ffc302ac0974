"""Scorings: the readers of what a behaviour is worth: points, a range, bands, tiers or a grade."""

from __future__ import annotations

from graph_service.policy.faults import PolicyBandsOverlap, PolicyTiersFall
from graph_service.policy.fields import Fields, decimal, items, magnitude, points, text
from graph_service.policy.nodes import Entries, Node
from graph_service.policy.periods import Calendar
from graph_service.policy.schemes import (
    Band,
    Bands,
    DirectGrade,
    FixedPoints,
    PointsRange,
    Scoring,
    Tier,
    Tiers,
)
from graph_service.policy.spans import calendar

#: The fields of a rule of which exactly one says what the behaviour is worth.
SCORINGS = ("points", "bands", "tiers", "grade")

_NOTHING = FixedPoints(points=0)


def scoring(fields: Fields, period: Calendar) -> Scoring:
    """Read the one field of a rule that says what the behaviour is worth."""
    found = fields.one_of(*SCORINGS)
    if found is None:
        return _NOTHING
    which, node = found
    if which == "grade":
        return DirectGrade(grade=text(node))
    if which == "bands":
        return _bands(node)
    if which == "tiers":
        return _tiers(node, period)
    return _range(node) if isinstance(node, Entries) else FixedPoints(points=points(node))


def is_demerit(found: Scoring) -> bool:
    """Tell whether a behaviour takes points away or sets a grade."""
    if isinstance(found, DirectGrade):
        return True
    if isinstance(found, FixedPoints):
        return found.points < 0
    if isinstance(found, PointsRange):
        return found.highest < 0
    listed = found.bands if isinstance(found, Bands) else found.tiers
    return any(part.points < 0 for part in listed)


def award(found: Scoring) -> int:
    """Give the most that one act is worth, or the first step of it where it grows with a quantity."""
    if isinstance(found, FixedPoints):
        return abs(found.points)
    if isinstance(found, PointsRange):
        return max(abs(found.lowest), abs(found.highest))
    if isinstance(found, Bands):
        return max((abs(band.points) for band in found.bands), default=0)
    return abs(found.tiers[0].points) if isinstance(found, Tiers) and found.tiers else 0


def _range(node: Node) -> PointsRange:
    fields = Fields(node, "from", "to")
    lowest, highest = points(fields.needed("from")), points(fields.needed("to"))
    # Both ends of one sign: a rule is merit or demerit, never either.
    if lowest and highest and (lowest > highest or lowest < 0 < highest):
        node.misfit("{from: 1, to: 5} | {from: -5, to: -1}")
    return PointsRange(lowest=lowest, highest=highest)


def _bands(node: Node) -> Bands:
    fields = Fields(node, "unit", "each")
    unit = text(fields.needed("unit"))
    listed = items(fields.needed("each"))
    bands: list[Band] = []
    for number, item in enumerate(listed, start=1):
        before = len(node.findings.faults)
        band = _band(item)
        if not node.findings.sound_since(before):
            continue
        if _overlaps(band, bands, is_last=number == len(listed)):
            item.unfit(PolicyBandsOverlap)
        bands.append(band)
    return Bands(unit=unit, bands=tuple(bands))


def _band(node: Node) -> Band:
    fields = Fields(node, "up_to", "step", "points")
    up_to = fields.optional("up_to")
    return Band(
        up_to=magnitude(up_to) if up_to else None,
        step=magnitude(fields.needed("step")),
        points=points(fields.needed("points")),
    )


def _overlaps(band: Band, earlier: list[Band], *, is_last: bool) -> bool:
    if band.up_to is None and not is_last:
        return True
    if not earlier:
        return False
    end = earlier[-1].up_to
    if (earlier[0].points < 0) != (band.points < 0):
        return True
    # A band before without an end has been told itself.
    return band.up_to is not None and end is not None and band.up_to <= end


def _tiers(node: Node, period: Calendar) -> Tiers:
    fields = Fields(node, "unit", "per", "totals")
    unit = text(fields.needed("unit"))
    per = calendar(fields.needed("per"), period)
    tiers: list[Tier] = []
    for item in items(fields.needed("totals")):
        before = len(node.findings.faults)
        tier = _tier(item)
        if not node.findings.sound_since(before):
            continue
        if tiers and not _rises(tiers[-1], tier):
            item.unfit(PolicyTiersFall)
        tiers.append(tier)
    return Tiers(unit=unit, tiers=tuple(tiers), per=per)


def _tier(node: Node) -> Tier:
    fields = Fields(node, "at_least", "points")
    at_least = decimal(fields.needed("at_least"), lowest=1)
    return Tier(at_least=at_least, points=points(fields.needed("points")))


def _rises(before: Tier, after: Tier) -> bool:
    same_sign = (before.points < 0) == (after.points < 0)
    return same_sign and after.at_least > before.at_least and abs(after.points) > abs(before.points)
