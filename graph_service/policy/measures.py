"""Measures: the reader of `measures.yaml`. Nothing acts on measures yet, but they are checked."""

from __future__ import annotations

from graph_service.policy.faults import PolicyBasisMissing
from graph_service.policy.fields import Fields, choice, distinct, items, name, named, text, title
from graph_service.policy.nodes import Entries, Node
from graph_service.policy.schemes import Measure, MeasureEffect


def read_measures(top: Entries) -> dict[str, Measure]:
    """Read every measure that is sound."""
    return {code: found for code, node in named(top) if (found := _measure(code, node))}


def _measure(code: str, node: Node) -> Measure | None:
    before = len(node.findings.faults)
    fields = Fields(node, "title", "scheme", "grades", "effect", "granted_by", "basis")
    measure = Measure(
        code=code,
        title=title(fields.needed("title")),
        scheme=name(fields.needed("scheme")),
        grades=distinct(items(fields.needed("grades")), text),
        effect=choice(fields.needed("effect"), MeasureEffect, MeasureEffect.BENEFIT),
        granted_by=text(fields.needed("granted_by")),
        basis=text(fields.needed("basis", PolicyBasisMissing)),
    )
    return measure if node.findings.sound_since(before) else None
