"""Names: what the linter finds where something is named that is not there, or does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph_service.model.subjects import SubjectKind
from graph_service.policy.faults import (
    PolicyNameUnknown,
    PolicyRefusal,
    PolicyStandingMissing,
    PolicyStepUnfit,
)
from graph_service.policy.fields import nearest
from graph_service.policy.paths import step_fits, steps_of, written_ends
from graph_service.policy.schemes import Path, Scheme
from graph_service.policy.tie_kinds import TieKinds

#: What the linter says: the dotted path of a field, and what is wrong with it.
Finding = tuple[str, PolicyRefusal]


def grades(at: str, grades: Iterable[str], scheme: Scheme) -> Iterator[Finding]:
    """Find grades that a scheme does not have. An empty table could not be read, and says nothing."""
    known = [step.grade for step in scheme.grades]
    for grade in grades if known else ():
        if grade not in known:
            yield from unknown(at, grade, known)


def standings(at: str, kinds: Iterable[SubjectKind], scheme: Scheme) -> Iterator[Finding]:
    """Find kinds that do not stand in a scheme. An empty list of kinds could not be read, and says nothing."""
    for kind in kinds if scheme.subjects else ():
        if kind not in scheme.subjects:
            known = ", ".join(scheme.subjects)
            yield at, PolicyStandingMissing(field=at, kind=kind, known=known)


def unknown(at: str, name: str, known: Iterable[str]) -> Iterator[Finding]:
    """Say that nothing is called so, and what comes nearest."""
    # No name at all stands in for one that could not be read, which has been told.
    if name:
        yield at, PolicyNameUnknown(field=at, **nearest(name, known))


def steps(at: str, path: Path, ties: TieKinds) -> Iterator[Finding]:
    """Find steps of a path that their kind of tie does not allow."""
    for step, source, target in steps_of(path):
        kind = ties.sound.get(step.kind)
        if kind is not None and not step_fits(kind, source, target):
            written = f"{source} -> {target}"
            known = written_ends(kind.ends)
            yield at, PolicyStepUnfit(field=at, step=written, tie=step.kind, known=known)
