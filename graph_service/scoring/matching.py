"""Matching: one act may match several rules, and counts once, by the weightiest of them.

A grade that is set weighs more than any points, the lowest most; else the greatest points do; else the rule named
first (Wendeng measures art. 17).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec.structs import replace

from graph_service.errors import RulesMixed, RulesTooMany, RuleTwice, UnitsDiffer
from graph_service.model.records import Reason, Record
from graph_service.policy.schemes import Bands, PointsRange, Rule, Scheme, Tiers
from graph_service.policy.scorings import is_demerit
from graph_service.scoring.assess import Assessment, Behaviour, assess, check

#: The most rules that one act can match.
RULES_MAX = 10


def check_filed(codes: Sequence[str]) -> None:
    """Refuse a list of rules that no act can be filed under.

    Raises:
        RuleTwice, RulesTooMany: One rule is named twice, or there are too many.
    """
    if len(codes) > RULES_MAX:
        raise RulesTooMany(found=len(codes), most=RULES_MAX, field="matching")
    for code in codes:
        if codes.count(code) > 1:
            raise RuleTwice(rule=code, field="matching")


def check_matching(rules: Sequence[Rule], behaviour: Behaviour) -> None:
    """Refuse rules that one act cannot match together, and a quantity or points that none of them takes.

    Raises:
        RulesMixed: One gives points and another takes them.
        UnitsDiffer: Two score by quantities of different units.
        QuantityMissing and the other refusals of `assess.check`.
    """
    _check_signs(rules)
    _check_units(rules)
    for rule in rules:
        check(rule, behaviour_under(rule, behaviour, rules))


def _check_signs(rules: Sequence[Rule]) -> None:
    gives = next((rule for rule in rules if not is_demerit(rule.scoring)), None)
    takes = next((rule for rule in rules if is_demerit(rule.scoring)), None)
    if gives is not None and takes is not None:
        raise RulesMixed(first=gives.code, second=takes.code, field="matching")


def _check_units(rules: Sequence[Rule]) -> None:
    measured = [(rule.code, rule.scoring.unit) for rule in rules if isinstance(rule.scoring, Bands | Tiers)]
    for (first, unit), (second, other) in pairwise(measured):
        if unit != other:
            raise UnitsDiffer(first=first, unit=unit, second=second, other=other, field="matching")


def behaviour_under(rule: Rule, behaviour: Behaviour, rules: Sequence[Rule]) -> Behaviour:
    """Give a behaviour as one of several rules sees it: without what only others of them take."""
    measured, chosen = _takes_quantity(rule), _takes_points(rule)
    return replace(
        behaviour,
        quantity=behaviour.quantity if measured or not any(map(_takes_quantity, rules)) else None,
        points=behaviour.points if chosen or not any(map(_takes_points, rules)) else None,
    )


def _takes_quantity(rule: Rule) -> bool:
    return isinstance(rule.scoring, Bands | Tiers)


def _takes_points(rule: Rule) -> bool:
    return isinstance(rule.scoring, PointsRange)


def assess_matching(
    scheme: Scheme, rules: Sequence[Rule], behaviour: Behaviour, earlier: Mapping[str, Sequence[Record]]
) -> tuple[Rule, Assessment]:
    """Assess a behaviour by every rule that it matches, and keep the weightiest.

    Args:
        scheme: Whose grades say which is lower.
        rules: In the order named; checked before.
        behaviour: What happened.
        earlier: By rule, the subject's records by it that were approved before, in order of approval.
    """
    found = [
        (rule, assess(rule, behaviour_under(rule, behaviour, rules), earlier.get(rule.code, ()))) for rule in rules
    ]
    ranks = {step.grade: rank for rank, step in enumerate(scheme.grades)}
    # Of equals the first is kept.
    rule, kept = max(found, key=lambda each: (ranks.get(each[1].grade or "", -1), abs(each[1].points)))
    if len(found) == 1:
        return rule, kept
    # What the others counted decided too: had it not been there, another rule might have weighed more.
    counted = [
        record for other, lost in found if other is not rule for reason in lost.reasons for record in reason.records
    ]
    highest = Reason(code="highest", amount=kept.points, records=tuple(dict.fromkeys(counted)))
    return rule, replace(kept, reasons=(*kept.reasons, highest))
