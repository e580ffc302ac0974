"""Reach: how many subjects an act can reach at most, told from the kinds of ties alone."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Edition, Path, Route, Rule, Scheme


def reach_bound(editions: Iterable[Edition], scheme: Scheme, rule: Rule) -> bool:
    """Tell whether no act under a rule can ever reach more subjects than the routes of its scheme allow.

    How many ties of a kind a subject may have at a time bounds how many walks there are on any day. Ties may be as old
    as any edition, so the widest bound of all counts. Where this is not enough, the act's walks have to be looked at.
    """
    kinds = frozenset(rule.subjects or scheme.subjects)
    adopted = tuple(editions)
    return all(_within(adopted, route) for route in scheme.routes if route.path.kinds[0] in kinds)


def _within(editions: Iterable[Edition], route: Route) -> bool:
    path = route.path
    widths = [_width(editions, path, number) for number in range(len(path.steps))]
    return None not in widths and prod(width for width in widths if width is not None) <= route.fan_out


def _width(editions: Iterable[Edition], path: Path, number: int) -> int | None:
    """Give the most ties over which one subject can take a step of a path on a day; None where there is no end."""
    step, near, far = path.steps[number], path.kinds[number], path.kinds[number + 1]
    widths: list[int | None] = []
    for edition in editions:
        kind = edition.policy.tie_kinds.get(step.kind)
        for ends in kind.ends if kind else ():
            found: tuple[SubjectKind, SubjectKind] = (ends.source, ends.target)
            if found == ((near, far) if step.forward else (far, near)):
                widths.append(ends.each_source_at_most if step.forward else ends.each_target_at_most)
    return None if None in widths else max((width for width in widths if width is not None), default=0)
