"""The middle school: classes, credit groups of chosen mates, teachers who accompany pupils, and consents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from graph_service.model.days import DAY
from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Policy
from loaders.district import names
from loaders.district.dice import Dice
from loaders.district.families import PupilPlan
from loaders.district.town import Town

#: Pupils among a thousand subjects of a town, and in a class.
_PUPILS_IN_A_THOUSAND = 55
_CLASS = 38
_PUPILS_MIN = 12
#: Pupils whom a teacher accompanies at most; the others have four.
_ACCOMPANIED = 5
#: Mates whom each pupil chooses at least; at most one more.
_MATES_MIN = 2
#: Consents that are refused, and that are withdrawn later, in a thousand.
_REFUSED, _WITHDRAWN = 130, 60
_GRADES = "七八九"
SCHOOL = "school"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Class:
    """A class to be: its grade (0 for the first year at the school), its number in the grade, and its pupils."""

    grade: int
    number: int
    pupils: int

    @property
    def groups(self) -> int:
        """Groups of four, and of three where that does not come out even."""
        return -(-self.pupils // 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolPlan:
    """A school to be."""

    classes: tuple[_Class, ...]

    @property
    def subjects(self) -> int:
        """Subjects beside the persons: the school, its classes and groups."""
        return 1 + len(self.classes) + sum(each.groups for each in self.classes)


def plan_school(town: Town) -> SchoolPlan:
    """Plan the classes of a town's school."""
    pupils = max(_PUPILS_MIN, town.size * _PUPILS_IN_A_THOUSAND // 1_000)
    count = max(1, round(pupils / _CLASS))
    return SchoolPlan(
        classes=tuple(
            _Class(grade=(place + 1) % 3, number=place // 3 + 1, pupils=(pupils + place) // count)
            for place in range(count)
        )
    )


def plan_pupils(town: Town, school: SchoolPlan) -> list[PupilPlan]:
    """Say when the pupils of each class were born, and what their roll numbers are, class by class."""
    return [
        PupilPlan(
            born_from=date(town.plan.school_year - each.grade - 13, 9, 1),
            born_to=date(town.plan.school_year - each.grade - 12, 8, 31),
            roll=f"{town.plan.school_year - each.grade}-{town.number + 1:04}-{each.number:02}{place + 1:02}",
        )
        for each in school.classes
        for place in range(each.pupils)
    ]


def open_school(town: Town, school: SchoolPlan, policy: Policy) -> None:
    """Add the school, its classes, groups and teachers, when the pupils are there."""
    dice = town.dice("school")
    id_ = town.enrol(SubjectKind.SCHOOL, f"{town.name}中学")
    pupils = list(town.roles["pupils"])
    teachers = _teachers(town, id_, dice, len(pupils))
    purposes = _purposes(policy)
    begins = 0
    for each in school.classes:
        mates = pupils[begins : begins + each.pupils]
        begins += each.pupils
        class_ = _open_class(town, id_, each, teachers)
        _enter_class(town, id_, class_, each, mates)
        for pupil in mates:
            _consents(town, pupil, purposes)
    _accompany(town, dice, pupils, teachers)


def _teachers(town: Town, school: str, dice: Dice, pupils: int) -> list[str]:
    """Hire a teacher for each four or five pupils; the first leads the school."""
    count = -(-pupils // _ACCOMPANIED)
    hired = [town.hire("teachers", school, dice, title="teacher") for _ in range(count)]
    teachers = [person.id for person in hired if person is not None]
    for teacher, role in zip(teachers, ("headteacher", "deputy"), strict=False):
        town.tie("leads", teacher, school, date(town.plan.school_year - 2, 9, 1), attributes={"role": role})
    return teachers


def _open_class(town: Town, school: str, planned: _Class, teachers: list[str]) -> str:
    began = _began(town, planned)
    class_ = town.enrol(SubjectKind.SCHOOL_CLASS, f"{town.name}中学{_GRADES[planned.grade]}年级（{planned.number}）班")
    town.tie("part_of", class_, school, began)
    dice = town.dice("class", len(town.kinds[SubjectKind.SCHOOL_CLASS]))
    for teacher in dice.mixed(teachers)[:6]:
        town.tie("teaches", teacher, class_, began, attributes={"role": "subject teacher"})
    return class_


def _began(town: Town, planned: _Class) -> date:
    return date(town.plan.school_year - planned.grade, 9, 1)


def _enter_class(town: Town, school: str, class_: str, planned: _Class, pupils: list[str]) -> None:
    """Enrol the pupils and let them choose each other, in groups of four and three."""
    began = _began(town, planned)
    for pupil in pupils:
        town.tie("enrolled_in", pupil, school, began)
        town.tie("member_of", pupil, class_, began)
    mixed = town.dice("mates", len(town.kinds[SubjectKind.SCHOOL_CLASS])).mixed(pupils)
    since = max(town.plan.groups_since, began + timedelta(days=14))
    begins = 0
    for place in range(planned.groups):
        size = (len(pupils) + place) // planned.groups
        _open_group(town, class_, mixed[begins : begins + size], since)
        begins += size


def _open_group(town: Town, class_: str, members: list[str], since: date) -> None:
    number = len(town.kinds.get(SubjectKind.STUDY_GROUP, ()))
    dice = town.dice("group", number)
    group = town.enrol(SubjectKind.STUDY_GROUP, names.group(dice))
    town.tie("part_of", group, class_, since)
    for member in members:
        joined = since
        if len(members) > _MATES_MIN + 1 and member == members[-1] and dice.chance(120):
            # Chose these mates only later: a tie carries nothing of what was before it.
            joined = dice.day(since + timedelta(days=20), since + timedelta(days=120))
        town.tie("member_of", member, group, joined)
        town.came[member] = joined


def _accompany(town: Town, dice: Dice, pupils: list[str], teachers: list[str]) -> None:
    """Give each teacher four or five pupils, and a group or two."""
    mixed = dice.mixed(pupils)
    begins = 0
    for place, teacher in enumerate(teachers):
        size = (len(pupils) + place) // len(teachers)
        for pupil in mixed[begins : begins + size]:
            town.tie("mentors", teacher, pupil, town.came[pupil])
        begins += size
    for place, group in enumerate(town.kinds[SubjectKind.STUDY_GROUP]):
        if place < 2 * len(teachers):
            town.tie("mentors", teachers[place % len(teachers)], group, town.plan.until - timedelta(days=200))


def _purposes(policy: Policy) -> tuple[str, ...]:
    """Give the purposes for which the school asks the guardians, in alphabetical order."""
    scheme = policy.schemes.get(SCHOOL)
    terms = [term for route in (scheme.routes if scheme else ()) for term in (route.merit, route.demerit)]
    return tuple(sorted({term.consent.purpose for term in terms if term and term.consent}))


def _consents(town: Town, pupil: str, purposes: tuple[str, ...]) -> None:
    """Ask a guardian: most consent, some refuse, a few withdraw later."""
    dice = town.dice("consent", len(town.asked))
    town.asked.append(pupil)
    for purpose in purposes:
        guardian = dice.pick(town.guardians[pupil])
        if dice.chance(_REFUSED):
            continue
        given_on = town.came[pupil] + timedelta(days=dice.below(12))
        until = dice.day(given_on + timedelta(days=60), town.plan.until + DAY) if dice.chance(_WITHDRAWN) else None
        town.consent(pupil, guardian, purpose, given_on, until)
