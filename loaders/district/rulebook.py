"""Which rules happen how often: read from the policy, so that no rule is named here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from graph_service.model.points import POINT
from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Bands, DirectGrade, FixedPoints, PointsRange, Policy, Rule, Scheme, Tiers
from loaders.district.dice import Dice

#: What a direct grade weighs, in points, when it is compared with other demerits.
_GRADE_WEIGHS = 400
#: What is measured by quantity is as common as this many points.
_QUANTITY_WEIGHS = 3
#: The weight of one point; a rule of a hundred points is a hundred times as rare.
_WEIGHT = 100_000
#: Quantities of tiers: hours, mostly.
_HOURS = (2, 3, 4, 4, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Odds:
    """Rules of one sign, with their weights added up."""

    rules: tuple[Rule, ...]
    reaches: tuple[int, ...]

    def draw(self, dice: Dice) -> Rule:
        """Draw a rule: small things often, grave ones rarely."""
        return dice.weighed(self.rules, self.reaches)


#: Odds by kind of subject and sign; there are none where no rule fits.
Rulebook = Mapping[tuple[SubjectKind, int], Odds]


def rulebook_of(scheme: Scheme) -> Rulebook:
    """Read a scheme's rules by the kind of subject they are for, and by sign."""
    fitting: dict[tuple[SubjectKind, int], list[Rule]] = {}
    for code in sorted(scheme.rules):
        rule = scheme.rules[code]
        if rule.derived or _replaces(scheme, rule):
            continue
        for kind in rule.subjects or scheme.subjects:
            fitting.setdefault((kind, sign_of(rule)), []).append(rule)
    return {
        key: Odds(tuple(rules), tuple(accumulate(max(1, _WEIGHT // _weighs(rule)) for rule in rules)))
        for key, rules in fitting.items()
    }


def rulebooks_of(policy: Policy) -> Mapping[str, Rulebook]:
    """Read the rules of every scheme, by its code, in alphabetical order."""
    return {code: rulebook_of(policy.schemes[code]) for code in sorted(policy.schemes)}


def _replaces(scheme: Scheme, rule: Rule) -> bool:
    """Tell whether a rule is what another one is repaired to: nobody files such a record by itself."""
    return any(other.repair is not None and other.repair.replaced_by == rule.code for other in scheme.rules.values())


def sign_of(rule: Rule) -> int:
    """Tell whether a rule is merit (1) or demerit (-1)."""
    match rule.scoring:
        case FixedPoints(points=points) | PointsRange(lowest=points):
            return 1 if points > 0 else -1
        case Bands(bands=bands):
            return 1 if bands[0].points > 0 else -1
        case Tiers(tiers=tiers):
            return 1 if tiers[-1].points > 0 else -1
        case DirectGrade():
            return -1


def _weighs(rule: Rule) -> int:
    match rule.scoring:
        case FixedPoints(points=points):
            return max(1, abs(points) // POINT)
        case PointsRange(lowest=lowest, highest=highest):
            return max(1, abs(lowest + highest) // 2 // POINT)
        case DirectGrade():
            return _GRADE_WEIGHS
        case _:
            return _QUANTITY_WEIGHS


def quantity_and_points(rule: Rule, dice: Dice) -> tuple[int | None, int | None]:
    """Draw what a rule leaves to the filer: a quantity, or points within a range; both in millionths."""
    match rule.scoring:
        case Bands(bands=bands):
            return bands[0].step * dice.between(1, 12), None
        case Tiers():
            return dice.pick(_HOURS) * POINT, None
        case PointsRange(lowest=lowest, highest=highest):
            return None, lowest + dice.below((highest - lowest) // POINT + 1) * POINT
        case _:
            return None, None
