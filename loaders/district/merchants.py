"""Merchants, their owners, and the alliance that some have joined."""

from __future__ import annotations

from datetime import date

from graph_service.model.subjects import SubjectKind
from loaders.district import names
from loaders.district.town import Town

#: Subjects of a town for each merchant.
_PER_MERCHANT = 90
_ALLIED = 600


def found_merchants(town: Town) -> None:
    """Add the merchants of a town and their alliance."""
    alliance = town.enrol(SubjectKind.ALLIANCE, f"{town.name}诚信商户联盟")
    for number in range(max(3, town.size // _PER_MERCHANT)):
        dice = town.dice("merchant", number)
        merchant = town.enrol(SubjectKind.MERCHANT, f"{town.name}{names.shop(dice)}")
        if dice.chance(_ALLIED):
            joined = dice.day(date(town.plan.since.year - 1, 1, 1), town.plan.until)
            town.tie("allied_with", merchant, alliance, joined)


def own_merchants(town: Town) -> None:
    """Let somebody run each merchant."""
    dice = town.dice("owners")
    for merchant in town.kinds[SubjectKind.MERCHANT]:
        owner = town.hire("owners", merchant, dice, title="owner")
        if owner is not None:
            since = max(date(town.plan.since.year - 1, 6, 1), date(owner.born_on.year + 20, 1, 1))
            town.tie("legal_representative_of", owner.id, merchant, since)
            town.tie("owns", owner.id, merchant, since, attributes={"percent": "100"})
