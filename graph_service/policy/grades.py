"""Grades: the reader of a scheme's grade table, from the highest to the lowest."""

from __future__ import annotations

from graph_service.policy.faults import (
    PolicyFieldMissing,
    PolicyFieldTwice,
    PolicyGradesNotFalling,
    PolicyGradesOpen,
)
from graph_service.policy.fields import Fields, decimal, items, optional, text, title
from graph_service.policy.nodes import Node
from graph_service.policy.schemes import GradeStep, Title


def grades(node: Node) -> tuple[GradeStep, ...]:
    """Read a grade table; empty where it has a fault, so that nothing is measured by half a table."""
    before = len(node.findings.faults)
    listed = items(node)
    steps: list[GradeStep] = []
    for item in listed:
        unsound = len(node.findings.faults)
        step = _grade(item)
        if not node.findings.sound_since(unsound):
            continue
        _compare(item, step, steps, is_last=item is listed[-1])
        steps.append(step)
    return tuple(steps) if node.findings.sound_since(before) else ()


def _grade(node: Node) -> GradeStep:
    fields = Fields(node, "grade", "at_least", "above", "title")
    grade = text(fields.needed("grade"))
    at_least = None
    if "at_least" in fields.entries or "above" in fields.entries:
        which, edge = fields.one_of("at_least", "above") or ("", None)
        # Points are counted in millionths, so the first score above an edge is one of them more.
        at_least = (decimal(edge) + (which == "above")) if edge else None
    heading = optional(fields.optional("title"), title, Title(en=grade, zh=grade))
    return GradeStep(grade=grade, at_least=at_least, title=heading)


def _compare(node: Node, step: GradeStep, earlier: list[GradeStep], *, is_last: bool) -> None:
    if step.grade in {before.grade for before in earlier}:
        node.unfit(PolicyFieldTwice, name=step.grade)
    if is_last:
        if step.at_least is not None:
            node.unfit(PolicyGradesOpen, grade=step.grade)
    elif step.at_least is None:
        path = f"{node.path}.at_least"
        node.findings.add(path, PolicyFieldMissing(field=path, name="at_least"))
    last = earlier[-1].at_least if earlier else None
    if last is not None and step.at_least is not None and step.at_least >= last:
        node.unfit(PolicyGradesNotFalling, grade=step.grade)
