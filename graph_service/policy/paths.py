"""Paths: `person -member_of-> study_group <-member_of- person`, written so that a headmaster can read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from graph_service.model.subjects import SubjectKind
from graph_service.policy.faults import PolicyKindUnknown
from graph_service.policy.fields import nearest
from graph_service.policy.nodes import Node, Scalar
from graph_service.policy.schemes import STEPS_MAX, Path, Step, TieEnds, TieKind

_WORD = r"[A-Za-z0-9_]+"
_STEP = re.compile(rf"\s*(?:-({_WORD})->|<-({_WORD})-)\s*({_WORD})", re.ASCII)
_START = re.compile(rf"\s*({_WORD})", re.ASCII)
_EXAMPLE = f"person -member_of-> study_group <-member_of- person (1 - {STEPS_MAX} ->)"


#: What stands in for a path that could not be read.
NOWHERE = Path(kinds=(), steps=())


def path(node: Node) -> Path:
    """Read a path. Whether its ties can be walked so is for the linter to say."""
    words = _words(node.written) if isinstance(node, Scalar) else None
    if words is None:
        node.misfit(_EXAMPLE)
        return NOWHERE
    kinds, steps = words
    unknown = [kind for kind in kinds if kind not in set(SubjectKind)]
    for kind in dict.fromkeys(unknown):
        node.unfit(PolicyKindUnknown, **nearest(kind, SubjectKind))
    if unknown:
        # The steps are kept: whether there are such ties can be said all the same.
        return Path(kinds=(), steps=tuple(steps))
    return Path(kinds=tuple(SubjectKind(kind) for kind in kinds), steps=tuple(steps))


def _words(text: str) -> tuple[list[str], list[Step]] | None:
    start = _START.match(text)
    if start is None:
        return None
    kinds, steps, at = [start[1]], list[Step](), start.end()
    while match := _STEP.match(text, at):
        steps.append(Step(kind=match[1] or match[2], forward=match[1] is not None))
        kinds.append(match[3])
        at = match.end()
    if text[at:].strip() or not 1 <= len(steps) <= STEPS_MAX:
        return None
    return kinds, steps


def steps_of(route: Path) -> Iterator[tuple[Step, SubjectKind, SubjectKind]]:
    """Go through a path's steps with the kinds that each would have to join, as source and target."""
    if not route.kinds:
        return
    for step, near, far in zip(route.steps, route.kinds[:-1], route.kinds[1:], strict=True):
        yield (step, near, far) if step.forward else (step, far, near)


def step_fits(kind: TieKind, source: SubjectKind, target: SubjectKind) -> bool:
    """Tell whether ties of a kind may run from a source kind to a target kind."""
    return any(ends.source is source and ends.target is target for ends in kind.ends)


def written_ends(ends: Iterable[TieEnds]) -> str:
    """Write the ends of a tie kind as a policy writes them."""
    return ", ".join(f"{end.source} -> {end.target}" for end in ends)
