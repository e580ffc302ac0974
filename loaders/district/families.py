"""Families of two to six persons: parents, children, grandparents, and who cares for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from graph_service.model.days import DAY
from graph_service.model.subjects import SubjectKind
from loaders.district import names
from loaders.district.dice import Dice
from loaders.district.town import NO_ATTRIBUTES, Person, Town
from loaders.district.villages import homes

SMALLEST, LARGEST = 2, 6
#: How often a family has two, three, ... persons, added up.
_SIZES = (2, 3, 4, 5, 6)
_SIZE_REACHES = (30, 68, 88, 96, 100)

#: The years of age up to which somebody takes up work.
_WORKS_UNTIL = 62


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilPlan:
    """A child that goes to the middle school: between which days it was born, and its roll number."""

    born_from: date
    born_to: date
    roll: str


@dataclass(slots=True)
class _Household:
    """A family while it is being put together."""

    town: Town
    dice: Dice
    surname: str
    home: str
    id: str = ""
    since: date = date.min
    persons: list[Person] = field(default_factory=list)

    def add(
        self, surname: str, born_on: date, *, since: date | None = None, identifiers: dict[str, str] | None = None
    ) -> Person:
        """Add somebody, with ties to the family and the place where it lives."""
        id_ = self.town.enrol(
            SubjectKind.PERSON,
            surname + names.given(self.dice, born_on.year),
            born_on=born_on,
            external_ids=identifiers or NO_ATTRIBUTES,
        )
        person = Person(id_, born_on, self.id, self.home)
        began = max(since or self.since, born_on)
        self.town.tie("family_of", id_, self.id, began)
        self.town.tie("resides_in", id_, self.home, began)
        self.persons.append(person)
        return person


def settle_families(town: Town, pupils: list[PupilPlan], subjects: int) -> None:
    """Add families until so many subjects are used up: first those of the pupils, then others."""
    homes_in_turn = homes(town)
    waiting = iter(pupils)
    for number, size in enumerate(_sizes(town, subjects, len(pupils))):
        _settle(town, number, size, next(homes_in_turn), next(waiting, None))


def _sizes(town: Town, left: int, pupils: int) -> Iterator[int]:
    """Draw the sizes of families so that they and their members come to a number of subjects exactly."""
    dice = town.dice("families")
    while left:
        size = dice.weighed(_SIZES, _SIZE_REACHES)
        if pupils > 0:
            size = max(size, 3)
            pupils -= 1
        if left <= LARGEST + 1:
            size = left - 1
        elif 0 < left - size - 1 < SMALLEST + 1:
            # Nobody is left over: the last family takes three at least.
            size = left - SMALLEST - 2
        left -= size + 1
        yield size


def _settle(town: Town, number: int, size: int, home: str, pupil: PupilPlan | None) -> None:
    dice = town.dice("family", number)
    household = _Household(town, dice, names.surname(dice), home)
    oldest = _oldest_child(dice, town, pupil) if size > SMALLEST or pupil else None
    mother_born = _mother_born(dice, town.plan.until, oldest)
    married = _years_after(mother_born, 21 + dice.below(3)) if oldest is None else oldest - timedelta(days=400)
    household.since = min(married, town.plan.since)
    household.id = town.enrol(SubjectKind.FAMILY, f"{household.surname}家", since=household.since)
    town.tie("resides_in", household.id, home, household.since)
    parents = [household.add(household.surname, mother_born - timedelta(days=dice.below(2_000) - 300))]
    if size > SMALLEST or pupil is None:
        parents.append(household.add(names.surname(dice), mother_born))
    town.tie("heads", parents[0].id, household.id, household.since)
    children = _children(household, size - len(parents), oldest, pupil)
    grandparents = _grandparents(household, size - len(parents) - len(children), parents[0])
    _care(town, parents, children)
    for parent in grandparents:
        town.tie("parent_of", parent.id, parents[0].id, parents[0].born_on)
    _take_on(town, household)


def _oldest_child(dice: Dice, town: Town, pupil: PupilPlan | None) -> date:
    if pupil is not None:
        return dice.day(pupil.born_from, pupil.born_to)
    # Twelve to fourteen, children go to the middle school, and those of this family do not.
    years = dice.pick((*range(1, 12), *range(16, 27)))
    return town.plan.until - timedelta(days=365 * years + dice.below(300))


def _mother_born(dice: Dice, until: date, oldest: date | None) -> date:
    if oldest is None:
        return until - timedelta(days=365 * dice.between(24, 78) + dice.below(365))
    return oldest - timedelta(days=365 * dice.between(22, 31) + dice.below(365))


def _children(household: _Household, room: int, oldest: date | None, pupil: PupilPlan | None) -> list[Person]:
    if oldest is None:
        return []
    dice, until = household.dice, household.town.plan.until
    roll = {"roll": pupil.roll} if pupil else None
    children = [household.add(household.surname, oldest, identifiers=roll)]
    if pupil is not None:
        household.town.give_role("pupils", children[0].id)
        household.town.give_role("pupil_families", household.id)
    while len(children) < min(room, 3) and dice.chance(500):
        younger = children[-1].born_on + timedelta(days=dice.between(500, 2_200))
        if younger > until - timedelta(days=400):
            break
        children.append(household.add(household.surname, younger))
    return children


def _grandparents(household: _Household, room: int, father: Person) -> list[Person]:
    dice = household.dice
    born = father.born_on - timedelta(days=365 * dice.between(22, 30) + dice.below(365))
    added = []
    for place in range(room):
        # The father's father and mother; beyond them, a great-aunt who moved in.
        surname = household.surname if place == 0 else names.surname(dice)
        added.append(household.add(surname, born + timedelta(days=dice.below(1_500))))
    return added[:2]


def _care(town: Town, parents: list[Person], children: list[Person]) -> None:
    """Tie parents to children, and guardians to those who are under age."""
    for child in children:
        minor = child.born_on >= town.plan.born_before
        for parent in parents:
            town.tie("parent_of", parent.id, child.id, child.born_on)
            if minor:
                town.tie("guardian_of", parent.id, child.id, child.born_on)
        if minor:
            town.guardians[child.id] = [parent.id for parent in parents]


def _take_on(town: Town, household: _Household) -> None:
    """Note who is of age, who may take up work, and whose is a village family."""
    in_village = household.home in town.kinds[SubjectKind.VILLAGE]
    for person in household.persons:
        if person.born_on >= town.plan.born_before:
            continue
        town.adults.append(person)
        if in_village:
            town.give_role("villagers", person.id)
        if (
            person.born_on.year + _WORKS_UNTIL > town.plan.until.year
            and person.born_on.year + 21 < town.plan.since.year
        ):
            town.free.append(person)
    if in_village:
        town.give_role("village_families", household.id)


def _years_after(day: date, years: int) -> date:
    return date(day.year + years, day.month, min(day.day, 28)) - DAY
