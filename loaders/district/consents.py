"""Consents of grown-ups and of enterprises, where the policy asks for them along ties that they have."""

from __future__ import annotations

from datetime import timedelta

from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Policy, Route
from loaders.district.school import SCHOOL
from loaders.district.town import Town

#: Of a thousand who are asked, so many refuse.
_REFUSED = 250


def ask_for_consents(town: Town, policy: Policy) -> None:
    """Ask those who are tied along a route whether its purpose may happen; the school has asked its guardians."""
    asked: dict[tuple[str, str], None] = {}
    kind_of = {id_: kind for kind, ids in town.kinds.items() for id_ in ids}
    for code in sorted(policy.schemes):
        for route in policy.schemes[code].routes if code != SCHOOL else ():
            for purpose in _purposes(route):
                kinds = {step.kind for step in route.path.steps}
                ends = [end for tie in town.ties if tie.kind in kinds for end in (tie.source, tie.target)]
                asked.update(dict.fromkeys((end, purpose) for end in ends if kind_of[end] in _ASKED))
    for number, (subject, purpose) in enumerate(asked):
        dice = town.dice("grown-up consent", number)
        if not dice.chance(_REFUSED):
            guardian = town.guardians.get(subject, [None])[0]
            town.consent(subject, guardian, purpose, town.plan.since + timedelta(days=dice.below(30)), None)


#: Teams, villages and the like are tied as well, and nobody asks them.
_ASKED = frozenset({SubjectKind.PERSON, SubjectKind.ENTERPRISE, SubjectKind.BRANCH, SubjectKind.MERCHANT})


def _purposes(route: Route) -> list[str]:
    terms = (route.merit, route.demerit)
    return sorted({term.consent.purpose for term in terms if term is not None and term.consent is not None})
