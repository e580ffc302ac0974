"""A year of records: who did what when, who filed and who approved it, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Policy, Rule, Scheme
from loaders.district.dice import Dice
from loaders.district.rulebook import Rulebook, quantity_and_points, rulebooks_of, sign_of
from loaders.district.school import SCHOOL
from loaders.district.steps import Later, Life, StepKind, later_steps
from loaders.district.town import Town
from loaders.records import RecordItem

#: Acts a year of a thousand subjects of a scheme, by scheme; of others than those named here.
_ACTS = {SCHOOL: 6_500, "village": 1_300, "district": 500, "enterprise": 900, "organ": 1_500, "merchant": 2_500}
_ACTS_OTHERWISE = 300
#: Acts of merit among a thousand.
_MERIT = 760
#: Notes among a thousand records.
_NOTED = 120
_NOTES = ("当事人已确认", "由班主任核实", "有照片为证", "邻居来信致谢", "巡查时发现", "已当面说明", "据登记簿")
#: So many days after the behaviour it is filed and approved at most.
_APPROVED_WITHIN = 12

#: With fewer people the office itself is named as filer.
_PEOPLE_MIN = 3

#: By scheme and kind of subject, the roles of those who stand in it; by default all adults, or all of the kind.
_STANDING: Mapping[tuple[str, SubjectKind], tuple[str, ...]] = {
    (SCHOOL, SubjectKind.PERSON): ("pupils",),
    (SCHOOL, SubjectKind.FAMILY): ("pupil_families",),
    ("village", SubjectKind.PERSON): ("villagers",),
    ("village", SubjectKind.FAMILY): ("village_families",),
    ("enterprise", SubjectKind.PERSON): ("employees", "representatives"),
    ("organ", SubjectKind.PERSON): ("staff",),
    ("merchant", SubjectKind.PERSON): ("owners",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A record and what became of it after its approval."""

    item: RecordItem
    #: In the order in which they are taken.
    steps: Sequence[Later] = ()

    @property
    def known_on(self) -> date:
        """The day on which it is entered: that of its approval, or some days after the behaviour."""
        return self.item.approved_on or self.item.happened_on


def records_of(town: Town, policy: Policy) -> Iterator[Told]:
    """Tell the year of a town, scheme by scheme."""
    number = 0
    for code, rulebook in rulebooks_of(policy).items():
        scheme = policy.schemes[code]
        for subject, kind in _acts(town, scheme, rulebook):
            number += 1
            dice = town.dice("record", number)
            yield _record(town, scheme, number, _Act(subject, _rule(rulebook, kind, dice), dice))


def _acts(town: Town, scheme: Scheme, rulebook: Rulebook) -> Iterator[tuple[str, SubjectKind]]:
    """Go through the subjects of a scheme, each as often as it acts."""
    kinds = sorted({kind for kind, _ in rulebook})
    for kind in kinds:
        per_thousand = _ACTS.get(scheme.code, _ACTS_OTHERWISE)
        dice = town.dice(f"acts {scheme.code} {kind}")
        for subject in _subjects(town, scheme.code, kind):
            for _ in range(_times(dice, per_thousand)):
                yield subject, kind


def _times(dice: Dice, in_a_thousand: int) -> int:
    """Draw how often somebody acts who acts so many times in a thousand years: many seldom, few often."""
    whole, rest = divmod(in_a_thousand, 1_000)
    drawn = dice.below(2 * whole + 1) if whole else 0
    return drawn + dice.chance(rest)


def _subjects(town: Town, scheme: str, kind: SubjectKind) -> Sequence[str]:
    roles = _STANDING.get((scheme, kind))
    if roles is not None:
        return [subject for role in roles for subject in town.roles.get(role, ())]
    if kind is SubjectKind.PERSON:
        return [person.id for person in town.adults]
    return town.kinds.get(kind, [])


class _Act(NamedTuple):
    """Who did what, and the dice of it."""

    subject: str
    rule: Rule
    dice: Dice


def _record(town: Town, scheme: Scheme, number: int, act: _Act) -> Told:
    subject, rule, dice = act
    happened_on = dice.day(_first(town, scheme, subject), town.plan.until)
    filer, approver = _offices(town, scheme, dice)
    approved_on: date | None = happened_on + timedelta(days=dice.below(_APPROVED_WITHIN))
    assert approved_on is not None
    if approved_on > town.plan.until or dice.chance(4):
        approved_on = None
    id_ = f"r-{town.number + 1:04}-{number:05}"
    contester = town.guardians.get(subject, [subject])[0]
    life = Life(record=id_, happened_on=happened_on, approved_on=approved_on, approver=approver, contester=contester)
    steps = later_steps(dice, life, scheme, rule, town.plan.until)
    if any(step.kind is StepKind.REJECTED for step in steps):
        approved_on = None
    quantity, points = quantity_and_points(rule, dice)
    item = RecordItem(
        id=id_,
        subject=subject,
        scheme=scheme.code,
        rule=rule.code,
        matching=(),
        happened_on=happened_on,
        quantity=quantity,
        points=points,
        approved_on=approved_on,
        note=dice.pick(_NOTES) if dice.chance(_NOTED) else None,
        filer=filer,
        approver=None if approved_on is None else approver,
    )
    return Told(item=item, steps=steps)


def _rule(rulebook: Rulebook, kind: SubjectKind, dice: Dice) -> Rule:
    sign = 1 if dice.chance(_MERIT) else -1
    odds = rulebook.get((kind, sign)) or rulebook[kind, -sign]
    return odds.draw(dice)


def _first(town: Town, scheme: Scheme, subject: str) -> date:
    """Give the first day on which something may be recorded: pupils act when they have their mates."""
    came = town.came.get(subject) if scheme.code == SCHOOL else None
    return max(came or town.plan.since, town.plan.since)


def _offices(town: Town, scheme: Scheme, dice: Dice) -> tuple[str, str]:
    """Say who filed and who approved: two people of the town, or two offices where there is nobody."""
    role = {SCHOOL: "teachers", "village": "committee"}.get(scheme.code, "staff")
    people = town.roles.get(role, ())
    if len(people) < _PEOPLE_MIN:
        return f"{scheme.code}-office", f"{scheme.code}-review"
    place = dice.below(len(people))
    return people[place], f"{scheme.code}-review"


def merits(told: Sequence[Told], policy: Policy) -> int:
    """Count the records of merit."""
    return sum(sign_of(policy.schemes[each.item.scheme].rules[each.item.rule]) > 0 for each in told)
