"""A town while it is being built: its rows so far, and who may still be given something to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Policy
from loaders.consents import ConsentItem
from loaders.district import names
from loaders.district.dice import Dice
from loaders.district.plan import Plan, TownPlan
from loaders.subjects import SubjectItem
from loaders.ties import TieItem

#: Letters before the numbers of ids, by kind; the others take the first letter of theirs.
_LETTERS = {
    SubjectKind.PERSON: "p",
    SubjectKind.FAMILY: "f",
    SubjectKind.STUDY_GROUP: "sg",
    SubjectKind.SCHOOL_CLASS: "sc",
    SubjectKind.SCHOOL: "s",
    SubjectKind.ENTERPRISE: "e",
    SubjectKind.BRANCH: "b",
    SubjectKind.WORK_TEAM: "wt",
    SubjectKind.DEPARTMENT: "d",
    SubjectKind.ORGAN: "o",
    SubjectKind.HOSPITAL: "h",
    SubjectKind.VILLAGE: "v",
    SubjectKind.COMMUNITY: "cm",
    SubjectKind.MERCHANT: "m",
    SubjectKind.ALLIANCE: "al",
    SubjectKind.ASSOCIATION: "as",
}

NO_ATTRIBUTES: Mapping[str, str] = {}


class Person(NamedTuple):
    """What the rest of the town needs to know of somebody."""

    id: str
    born_on: date
    #: The ids of the family and of the village or community.
    family: str
    home: str


@dataclass(slots=True, kw_only=True)
class Town:
    """Rows so far, and the people and bodies by what they are."""

    plan: Plan
    number: int
    size: int
    name: str
    #: The kinds of tie that the policy has.
    tie_kinds: Collection[str]
    subjects: list[SubjectItem] = field(default_factory=list)
    ties: list[TieItem] = field(default_factory=list)
    consents: list[ConsentItem] = field(default_factory=list)
    #: Grown-ups who have no work yet, in no order.
    free: list[Person] = field(default_factory=list)
    adults: list[Person] = field(default_factory=list)
    #: Guardians by minor, and the persons of a family, by id.
    guardians: dict[str, list[str]] = field(default_factory=dict)
    #: Pupils whose guardians were asked for their consent.
    asked: list[str] = field(default_factory=list)
    #: Subjects' ids by what they do: "pupils", "teachers", "villagers", "employees", "staff", "owners".
    roles: dict[str, list[str]] = field(default_factory=dict)
    #: Subjects' ids by kind.
    kinds: dict[SubjectKind, list[str]] = field(default_factory=dict)
    #: The day on which a pupil found mates, and on which an enterprise or a branch was founded.
    came: dict[str, date] = field(default_factory=dict)

    def dice(self, noun: str, number: int = 0) -> Dice:
        """Give the dice of a thing of this town."""
        return Dice(self.plan.seed, noun, self.number * 100_000 + number)

    def enrol(
        self,
        kind: SubjectKind,
        name: str,
        *,
        since: date | None = None,
        born_on: date | None = None,
        external_ids: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> str:
        """Add a subject and give its id."""
        held = self.kinds.setdefault(kind, [])
        id_ = f"{_LETTERS[kind]}-{self.number + 1:04}-{len(held) + 1:04}"
        held.append(id_)
        self.subjects.append(
            SubjectItem(id=id_, kind=str(kind), name=name, born_on=born_on, since=since, external_ids=external_ids)
        )
        return id_

    def tie(
        self,
        kind: str,
        source: str,
        target: str,
        since: date,
        *,
        until: date | None = None,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> None:
        """Add a tie, unless the policy has no such kind."""
        if kind not in self.tie_kinds:
            return
        id_ = f"t-{self.number + 1:04}-{len(self.ties) + 1:05}"
        self.ties.append(
            TieItem(id=id_, kind=kind, source=source, target=target, since=since, until=until, attributes=attributes)
        )

    def consent(self, subject: str, guardian: str | None, purpose: str, since: date, until: date | None) -> None:
        """Add a consent."""
        id_ = f"c-{self.number + 1:04}-{len(self.consents) + 1:05}"
        self.consents.append(
            ConsentItem(id=id_, subject=subject, guardian=guardian, purpose=purpose, since=since, until=until)
        )

    def give_role(self, role: str, id_: str) -> None:
        """Note what somebody does."""
        self.roles.setdefault(role, []).append(id_)

    def hire(
        self, role: str, employer: str, dice: Dice, *, title: str = "", since: date | None = None
    ) -> Person | None:
        """Let a free grown-up work for an employer; None where nobody is free."""
        if not self.free:
            return None
        person = self.free.pop()
        of_age = date(person.born_on.year + 20, 1, 1)
        drawn = since or dice.day(date(self.plan.since.year - 12, 1, 1), self.plan.since)
        began = max(of_age, drawn, self.came.get(employer, drawn))
        attributes = {"role": title} if title else NO_ATTRIBUTES
        self.tie("employed_by", person.id, employer, began, attributes=attributes)
        self.give_role(role, person.id)
        return person


def begin(plan: Plan, town: TownPlan, policy: Policy) -> Town:
    """Begin a town."""
    name = names.place(Dice(plan.seed, "town", town.number))
    return Town(plan=plan, number=town.number, size=town.subjects, name=name, tie_kinds=policy.tie_kinds)
