"""Villages and communities: where families live, and who leads them."""

from __future__ import annotations

from datetime import date
from itertools import cycle

from graph_service.model.subjects import SubjectKind
from loaders.district import names
from loaders.district.town import Town

#: Subjects of a town for each village, and for each community.
_PER_VILLAGE, _PER_COMMUNITY = 350, 1_200

#: The kinds of tie of those who hold an office of their own.
_OFFICES = {"secretary": "secretary_of", "head": "chairs"}
_ROLES = ("secretary", "head", "member", "member", "member")


def found_villages(town: Town) -> None:
    """Add the villages and communities of a town."""
    dice = town.dice("villages")
    for _ in range(max(2, town.size // _PER_VILLAGE)):
        town.enrol(SubjectKind.VILLAGE, f"{town.name}镇{names.village(dice)}")
    for _ in range(town.size // _PER_COMMUNITY):
        town.enrol(SubjectKind.COMMUNITY, f"{town.name}镇{names.place(dice)}社区")


def elect_committees(town: Town) -> None:
    """Let residents lead their village or community, two of them as secretary and head."""
    dice = town.dice("committees")
    residents: dict[str, list[str]] = {}
    for person in town.free:
        residents.setdefault(person.home, []).append(person.id)
    elected = set()
    for kind in (SubjectKind.VILLAGE, SubjectKind.COMMUNITY):
        for village in town.kinds.get(kind, ()):
            since = date(town.plan.since.year - dice.below(4), 1, 10)
            for role, elect in zip(_ROLES, dice.mixed(residents.get(village, ())), strict=False):
                town.tie("leads", elect, village, since, attributes={"role": role})
                town.tie("committee_member_of", elect, village, since)
                if role in _OFFICES:
                    town.tie(_OFFICES[role], elect, village, since)
                town.give_role("committee", elect)
                elected.add(elect)
    # Who leads a village has no other work; farmers stay free.
    town.free = [person for person in town.free if person.id not in elected]


def homes(town: Town) -> cycle[str]:
    """Go through villages and communities in turn: families are spread over them."""
    return cycle([*town.kinds[SubjectKind.VILLAGE], *town.kinds.get(SubjectKind.COMMUNITY, ())])
