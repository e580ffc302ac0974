"""Queries worth trying: the first tabs of GraphiQL, and what the demonstration prints."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from graph_service.model.subjects import SubjectKind
from graph_service.model.ties import TieEnd
from graph_service.policy.schemes import FixedPoints, Policy
from graph_service.ports.store import Reading
from graph_service.service import TrustService

#: In the order in which they are worth trying.
NAMES = ("why-does-my-group-stand-here", "find-by-pinyin", "what-would-it-do")


#: The scheme that the queries speak of, and the groups among which one is chosen.
SCHOOL = "school"
GROUPS_LOOKED_AT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A query with variables that fit the example school."""

    name: str
    query: str
    variables: dict[str, Any]


def examples_for(service: TrustService) -> tuple[Example, ...]:
    """Give the queries with variables that fit what a store holds: the group to which most happened, and its people.

    In the example school, and where there is no group, they are those of the example school.
    """
    shipped = examples()
    with service.reading() as reading:
        school = {name: value for example in shipped for name, value in example.variables.items()}
        if reading.subjects_of([school["group"]]):
            return shipped
        group = _busiest(reading)
        members = [] if group is None else reading.ties_at([group], "member_of", TieEnd.TARGET).get(group, [])
        if not members:
            return shipped
        pupil, day = members[0].source, reading.head().ticked_on
        rule = _largest_merit(reading.editions()[-1].policy)
    profile = service.vault.profiles_of([pupil]).get(pupil)
    what = {"subject": pupil, "scheme": SCHOOL, "rule": rule, "happenedOn": None if day is None else day.isoformat()}
    fitting: tuple[dict[str, Any], ...] = (
        {"group": group},
        {"name": (profile.name if profile else None) or ""},
        {"input": what},
    )
    return tuple(replace(example, variables=found) for example, found in zip(shipped, fitting, strict=True))


def _busiest(reading: Reading) -> str | None:
    """Find the group, among the first, that most shares have reached."""
    groups = [
        group.id for group in reading.subjects(kinds=[SubjectKind.STUDY_GROUP], after=None, limit=GROUPS_LOOKED_AT)
    ]
    balances = reading.balances_of(groups, SCHOOL)
    return max(groups, key=lambda group: sum(held.shares for held in balances.get(group, ())), default=None)


def _largest_merit(policy: Policy) -> str:
    """Find the rule of the school that gives a person most, at once."""
    fixed = {
        code: rule.scoring.points
        for code, rule in policy.schemes[SCHOOL].rules.items()
        if isinstance(rule.scoring, FixedPoints) and SubjectKind.PERSON in (rule.subjects or [SubjectKind.PERSON])
    }
    return max(fixed, key=lambda code: (fixed[code], code))


@cache
def examples() -> tuple[Example, ...]:
    """Read the queries that come with the package."""
    folder = files("schema").joinpath("queries")
    variables = json.loads(folder.joinpath("variables.json").read_text("utf-8"))
    return tuple(
        Example(
            name=name,
            query=folder.joinpath(f"{name}.graphql").read_text("utf-8"),
            variables=variables[name],
        )
        for name in NAMES
    )
