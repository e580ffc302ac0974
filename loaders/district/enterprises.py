"""Enterprises with branches, departments, teams and employees; who represents, owns and guarantees."""

from __future__ import annotations

from datetime import date

from graph_service.model.subjects import SubjectKind
from loaders.district import names
from loaders.district.dice import Dice
from loaders.district.town import Town

#: Subjects of a town for each enterprise.
_PER_ENTERPRISE = 160
_BRANCHES = ("东区分公司", "西区分公司")
_DEPARTMENTS = ("生产部", "质检部", "财务部")
#: Grown-ups without other work who are employed, in a thousand.
_EMPLOYED = 550
#: Enterprises, in a thousand, that guarantee for another; in every town one at least does.
_GUARANTEES = 180


def found_enterprises(town: Town) -> None:
    """Add the enterprises of a town, and the association that some join."""
    association = town.enrol(SubjectKind.ASSOCIATION, f"{town.name}企业信用协会")
    for number in range(max(3, town.size // _PER_ENTERPRISE)):
        dice = town.dice("enterprise", number)
        name = names.firm(dice, town.name)
        began = date(town.plan.since.year - 2 - dice.below(20), 1 + dice.below(12), 1)
        enterprise = town.enrol(SubjectKind.ENTERPRISE, name, since=began)
        town.came[enterprise] = began
        for branch in _BRANCHES[: dice.pick((0, 0, 1, 1, 2))]:
            id_ = town.enrol(SubjectKind.BRANCH, name + branch, since=began)
            town.came[id_] = began
            town.tie("branch_of", id_, enterprise, began)
        for department in _DEPARTMENTS[: dice.below(4)]:
            id_ = town.enrol(SubjectKind.DEPARTMENT, name + department)
            town.tie("department_of", id_, enterprise, began)
            town.give_role(enterprise, id_)
        if dice.chance(400):
            id_ = town.enrol(SubjectKind.WORK_TEAM, f"{name}先锋班组")
            town.tie("part_of", id_, enterprise, began)
            town.give_role("teams", id_)
        if dice.chance(500):
            town.tie("member_of", enterprise, association, max(began, date(town.plan.since.year - 1, 3, 1)))


def staff_enterprises(town: Town) -> None:
    """Let people represent, own, lead and work for the enterprises, and let these guarantee for each other."""
    enterprises = town.kinds[SubjectKind.ENTERPRISE]
    for number, enterprise in enumerate(enterprises):
        dice = town.dice("shareholders", number)
        began = town.came[enterprise]
        owner = town.hire("representatives", enterprise, dice, title="manager", since=began)
        if owner is None:
            return
        held = max(began, date(owner.born_on.year + 20, 1, 1))
        town.tie("legal_representative_of", owner.id, enterprise, held)
        town.tie("owns", owner.id, enterprise, held, attributes={"percent": str(dice.between(34, 100))})
        town.tie("leads", owner.id, enterprise, held, attributes={"role": "manager"})
        if number == 1 or (number and dice.chance(_GUARANTEES)):
            _guarantee(town, dice, enterprise, enterprises[dice.below(number)])
    branches = town.kinds.get(SubjectKind.BRANCH, [])
    dice = town.dice("employees")
    places = [*enterprises, *branches, *(each for firm in enterprises for each in town.roles.get(firm, ()))]
    teams = town.roles.get("teams", [])
    for _ in range(len(town.free) * _EMPLOYED // 1_000):
        person = town.hire("employees", dice.pick(places), dice)
        if person is not None and teams and dice.chance(150):
            town.tie("member_of", person.id, dice.pick(teams), town.plan.since)


def _guarantee(town: Town, dice: Dice, guarantor: str, debtor: str) -> None:
    since = dice.day(
        max(town.came[guarantor], town.came[debtor], date(town.plan.since.year - 2, 1, 1)), town.plan.until
    )
    attributes = {"amount": f"{dice.between(5, 400)}0000", "currency": "CNY"}
    town.tie("guarantees", guarantor, debtor, since, attributes=attributes)
