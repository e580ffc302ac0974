"""Organs and hospitals, with departments and staff."""

from __future__ import annotations

from graph_service.model.subjects import SubjectKind
from loaders.district.town import Town

_ORGANS = (
    ("镇人民政府", ("党政办公室", "经济发展办公室", "社会事务办公室")),
    ("市场监督管理所", ("登记科", "监管科")),
    ("自然资源所", ("规划科",)),
    ("司法所", ("调解科",)),
)
#: Subjects of a town for each organ, and from how many on it has a hospital.
_PER_ORGAN = 1_200
_HOSPITAL_FROM = 1_500


def found_organs(town: Town) -> None:
    """Add the organs and the hospital of a town, with their departments."""
    for title, departments in _ORGANS[: 1 + town.size // _PER_ORGAN]:
        organ = town.enrol(SubjectKind.ORGAN, f"{town.name}{title}")
        for department in departments:
            _department(town, organ, f"{town.name}{title}{department}")
    if town.size >= _HOSPITAL_FROM:
        hospital = town.enrol(SubjectKind.HOSPITAL, f"{town.name}镇卫生院")
        for department in ("内科", "护理部"):
            _department(town, hospital, f"{town.name}镇卫生院{department}")


def _department(town: Town, body: str, name: str) -> None:
    department = town.enrol(SubjectKind.DEPARTMENT, name)
    town.tie("department_of", department, body, town.plan.since.replace(month=1, day=1))
    town.give_role("departments", department)


def staff_organs(town: Town) -> None:
    """Let people of the town work in its organs; the first of each leads it."""
    dice = town.dice("staff")
    bodies = [*town.kinds[SubjectKind.ORGAN], *town.kinds.get(SubjectKind.HOSPITAL, ()), *town.roles["departments"]]
    for body in bodies:
        for place in range(dice.between(2, 4)):
            person = town.hire("staff", body, dice, title="head" if place == 0 else "clerk")
            if person is not None and place == 0:
                town.tie("leads", person.id, body, town.plan.since, attributes={"role": "head"})
