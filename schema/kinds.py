"""Kinds of subject: one type each, with the ties that are natural to it as fields.

Every such field is a connection over the far ends of ties that hold on a day, in order of the far ends' ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import strawberry

from graph_service.model.ties import TieEnd
from graph_service.ports.store import TiesHeld
from schema.context import Context, Info
from schema.enums import SubjectKind
from schema.paging import FIRST, Connection, Order, page_read
from schema.scalars import Cursor
from schema.showing import load_subjects, shows
from schema.subjects import Subject

_FAR_ENDS = Order("far end", (str,))
_ARGUMENTS = """

Args:
    on: The day on which the ties hold; the last day worked off where left out.
    first: How many, 1 to 100.
    after: The cursor to go on from.
"""


#: Stands behind the id of every tie: no id has a tilde.
_BEHIND_ALL_TIES = "~"


async def _far_ends(context: Context, subject: str, question: TiesHeld) -> list[str]:
    """List far ends, each once, in order: as many as the question's limit says, where there are as many."""
    end = question.end
    assert end is not None
    found: dict[str, None] = {}
    while True:
        ties = await context.batchers.ties_held.load((subject, question))
        found.update(dict.fromkeys(tie.at(end.other) for tie in ties))
        if len(found) >= question.limit or len(ties) < question.limit:
            return list(found)[: question.limit]
        # Some of them were tied to it twice over.
        question = replace(question, after=(ties[-1].at(end.other), _BEHIND_ALL_TIES))


def _field(sentence: str, ties: Sequence[str], far: Sequence[SubjectKind], end: TieEnd) -> Any:  # noqa: ANN401 - as its class says
    async def resolve(
        self: Subject, info: Info, on: date | None = None, first: int = FIRST, after: Cursor | None = None
    ) -> Any:  # noqa: ANN401 - as its class says
        start = _FAR_ENDS.id_after(after)
        question = TiesHeld(
            on=on or info.context.now.as_of,
            end=end,
            kinds=frozenset(ties),
            far_kinds=frozenset(far),
            after=None if start is None else (start, _BEHIND_ALL_TIES),
            limit=first + 1,
        )
        ids = await _far_ends(info.context, self.held.id, question)
        page = page_read(_FAR_ENDS, [((id_,), id_) for id_ in ids], first, after)
        return page.shown(await load_subjects(info.context, page.held))

    resolve.__doc__ = sentence + _ARGUMENTS
    # The type of the field is the one that stands beside it in its class.
    del resolve.__annotations__["return"]
    return strawberry.field(resolver=resolve)


def _to(tie: str, *far: SubjectKind, says: str) -> Any:  # noqa: ANN401 - as its class says
    """Make a field of the subjects that ties of a kind run to."""
    return _field(says, [tie], far, TieEnd.SOURCE)


def _from(tie: str, *far: SubjectKind, says: str) -> Any:  # noqa: ANN401 - as its class says
    """Make a field of the subjects that ties of a kind come from."""
    return _field(says, [tie], far, TieEnd.TARGET)


_PERSON = SubjectKind.PERSON


@shows(SubjectKind.PERSON)
@strawberry.type
class Person(Subject):
    """A natural person: a pupil, a teacher, a villager, an employee."""

    groups: Connection[StudyGroup] = _to("member_of", SubjectKind.STUDY_GROUP, says="The study groups it is in.")
    classes: Connection[SchoolClass] = _to("member_of", SubjectKind.SCHOOL_CLASS, says="The classes it is in.")
    families: Connection[Family] = _to("family_of", SubjectKind.FAMILY, says="The family it belongs to.")
    guardians: Connection[Person] = _from("guardian_of", _PERSON, says="Who cares for it.")
    wards: Connection[Person] = _to("guardian_of", _PERSON, says="Whom it cares for.")
    mentors: Connection[Person] = _from("mentors", _PERSON, says="Who accompanies it.")
    mentees: Connection[Person] = _to("mentors", _PERSON, says="Whom it accompanies.")


@shows(SubjectKind.FAMILY)
@strawberry.type
class Family(Subject):
    """A family or household."""

    members: Connection[Person] = _from("family_of", _PERSON, says="Who belongs to it.")
    heads: Connection[Person] = _from("heads", _PERSON, says="Who is its head.")


@shows(SubjectKind.STUDY_GROUP)
@strawberry.type
class StudyGroup(Subject):
    """A study group: a few pupils of one class who answer for each other."""

    members: Connection[Person] = _from("member_of", _PERSON, says="Who is in it.")
    mentors: Connection[Person] = _from("mentors", _PERSON, says="The teacher who accompanies it.")
    classes: Connection[SchoolClass] = _to("part_of", SubjectKind.SCHOOL_CLASS, says="The class it is part of.")


@shows(SubjectKind.SCHOOL_CLASS)
@strawberry.type
class SchoolClass(Subject):
    """A class of a school."""

    members: Connection[Person] = _from("member_of", _PERSON, says="The pupils in it.")
    teachers: Connection[Person] = _from("teaches", _PERSON, says="Who teaches it.")
    groups: Connection[StudyGroup] = _from("part_of", SubjectKind.STUDY_GROUP, says="The study groups in it.")
    schools: Connection[School] = _to("part_of", SubjectKind.SCHOOL, says="The school it is part of.")


@shows(SubjectKind.SCHOOL)
@strawberry.type
class School(Subject):
    """A school."""

    classes: Connection[SchoolClass] = _from("part_of", SubjectKind.SCHOOL_CLASS, says="Its classes.")
    pupils: Connection[Person] = _from("enrolled_in", _PERSON, says="Who is enrolled in it.")
    staff: Connection[Person] = _from("employed_by", _PERSON, says="Who works for it.")


@shows(SubjectKind.ENTERPRISE)
@strawberry.type
class Enterprise(Subject):
    """A registered company."""

    branches: Connection[Branch] = _from("branch_of", SubjectKind.BRANCH, says="Its branches.")
    departments: Connection[Department] = _from("department_of", SubjectKind.DEPARTMENT, says="Its departments.")
    work_teams: Connection[WorkTeam] = _from("part_of", SubjectKind.WORK_TEAM, says="Its work teams.")
    staff: Connection[Person] = _from("employed_by", _PERSON, says="Who works for it.")
    legal_representatives: Connection[Person] = _from(
        "legal_representative_of", _PERSON, says="Who represents it before the law."
    )


@shows(SubjectKind.BRANCH)
@strawberry.type
class Branch(Subject):
    """A branch of an enterprise."""

    enterprises: Connection[Enterprise] = _to("branch_of", SubjectKind.ENTERPRISE, says="The enterprise it belongs to.")
    work_teams: Connection[WorkTeam] = _from("part_of", SubjectKind.WORK_TEAM, says="Its work teams.")
    staff: Connection[Person] = _from("employed_by", _PERSON, says="Who works for it.")


@shows(SubjectKind.WORK_TEAM)
@strawberry.type
class WorkTeam(Subject):
    """A team at work."""

    members: Connection[Person] = _from("member_of", _PERSON, says="Who is in it.")
    leaders: Connection[Person] = _from("leads", _PERSON, says="Who leads it.")


@shows(SubjectKind.DEPARTMENT)
@strawberry.type
class Department(Subject):
    """A department of an organ, enterprise, school or hospital."""

    staff: Connection[Person] = _from("employed_by", _PERSON, says="Who works for it.")
    leaders: Connection[Person] = _from("leads", _PERSON, says="Who leads it.")


@shows(SubjectKind.ORGAN)
@strawberry.type
class Organ(Subject):
    """An organ of government or party."""

    departments: Connection[Department] = _from("department_of", SubjectKind.DEPARTMENT, says="Its departments.")
    staff: Connection[Person] = _from("employed_by", _PERSON, says="Who works for it.")
    leaders: Connection[Person] = _from("leads", _PERSON, says="Who leads it.")


@shows(SubjectKind.HOSPITAL)
@strawberry.type
class Hospital(Subject):
    """A hospital or clinic."""

    departments: Connection[Department] = _from("department_of", SubjectKind.DEPARTMENT, says="Its departments.")
    staff: Connection[Person] = _from("employed_by", _PERSON, says="Who works for it.")


@shows(SubjectKind.VILLAGE)
@strawberry.type
class Village(Subject):
    """A village."""

    residents: Connection[Person] = _from("resides_in", _PERSON, says="Who lives in it.")
    families: Connection[Family] = _from("resides_in", SubjectKind.FAMILY, says="The families that live in it.")
    leaders: Connection[Person] = _from("leads", _PERSON, says="Who leads it.")


@shows(SubjectKind.COMMUNITY)
@strawberry.type
class Community(Subject):
    """A residents' community of a town."""

    residents: Connection[Person] = _from("resides_in", _PERSON, says="Who lives in it.")
    families: Connection[Family] = _from("resides_in", SubjectKind.FAMILY, says="The families that live in it.")
    leaders: Connection[Person] = _from("leads", _PERSON, says="Who leads it.")


@shows(SubjectKind.MERCHANT)
@strawberry.type
class Merchant(Subject):
    """A shop or other merchant."""

    alliances: Connection[Alliance] = _to("allied_with", SubjectKind.ALLIANCE, says="The alliances it has joined.")
    staff: Connection[Person] = _from("employed_by", _PERSON, says="Who works for it.")


@shows(SubjectKind.ALLIANCE)
@strawberry.type
class Alliance(Subject):
    """An alliance of merchants."""

    merchants: Connection[Merchant] = _from("allied_with", SubjectKind.MERCHANT, says="Who has joined it.")
    leaders: Connection[Person] = _from("leads", _PERSON, says="Who leads it.")


@shows(SubjectKind.ASSOCIATION)
@strawberry.type
class Association(Subject):
    """An association of persons or enterprises."""

    members: Connection[Subject] = _from(
        "member_of", _PERSON, SubjectKind.ENTERPRISE, says="The persons and enterprises in it."
    )
    legal_representatives: Connection[Person] = _from(
        "legal_representative_of", _PERSON, says="Who represents it before the law."
    )


#: Every type that shows a subject: Strawberry finds no type that only an interface leads to.
KINDS: list[type[Subject]] = [
    Person,
    Family,
    StudyGroup,
    SchoolClass,
    School,
    Enterprise,
    Branch,
    WorkTeam,
    Department,
    Organ,
    Hospital,
    Village,
    Community,
    Merchant,
    Alliance,
    Association,
]
