"""How many subjects an act can reach at most is told from the kinds of ties, and never told too small."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph_service.model.subjects import SubjectKind
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Edition, Scheme, TieEnds
from graph_service.scoring.reach import reach_bound
from tests.office import BEGAN, FILES

PERSON, GROUP = SubjectKind.PERSON, SubjectKind.STUDY_GROUP
POLICY = parse_policy("first", FILES)
SCHOOL = POLICY.schemes["school"]
FOUND = SCHOOL.rules["found"]


def edition(number: int, members: int | None, groups: int | None = 1, mentors: int | None = 1) -> Edition:
    """An edition in which a group has so many members, a person is in so many groups and has so many mentors."""
    kinds = dict(POLICY.tie_kinds)
    member = TieEnds(source=PERSON, target=GROUP, each_source_at_most=groups, each_target_at_most=members)
    mentor = TieEnds(source=PERSON, target=PERSON, each_target_at_most=mentors)
    kinds["member_of"] = replace(kinds["member_of"], ends=(member,))
    kinds["mentors"] = replace(kinds["mentors"], ends=(mentor,))
    return Edition(number=number, policy=replace(POLICY, tie_kinds=kinds), since=BEGAN)


def reaching(fan_out: int) -> Scheme:
    """The school, whose route to the mates of a group may reach so many."""
    routes = tuple(replace(route, fan_out=fan_out) for route in SCHOOL.routes if route.code == "study-group")
    return replace(SCHOOL, routes=routes)


@pytest.mark.parametrize(("members", "groups", "fan_out"), [(4, 1, 4), (4, 2, 8)])
def test_the_widths_of_the_steps_are_multiplied(members: int, groups: int, fan_out: int) -> None:
    assert reach_bound([edition(1, members, groups)], reaching(fan_out), FOUND)
    assert not reach_bound([edition(1, members, groups)], reaching(fan_out - 1), FOUND)


@pytest.mark.parametrize(("members", "groups"), [(None, 1), (4, None)])
def test_a_step_without_an_end_bounds_nothing(members: int | None, groups: int | None) -> None:
    assert not reach_bound([edition(1, members, groups)], reaching(100), FOUND)


def test_ties_may_be_as_old_as_any_edition() -> None:
    assert reach_bound([edition(1, 4), edition(2, 3)], reaching(4), FOUND)
    assert not reach_bound([edition(1, 5), edition(2, 3)], reaching(4), FOUND)


def test_every_route_has_to_be_bound() -> None:
    wide = [edition(1, 2, mentors=6)]

    assert not reach_bound(wide, SCHOOL, FOUND), "five mentors are reached at most"
    assert reach_bound([edition(1, 2, mentors=5)], SCHOOL, FOUND)
    assert reach_bound(wide, SCHOOL, SCHOOL.rules["honour"]), "no route starts at a group"
