"""Measures: the reader of `measures.yaml`. Nothing acts on measures yet, but they are checked."""

from __future__ import annotations

from graph_service.policy.faults import PolicyBasisMissing
from graph_service.policy.fields import Fields, choice, distinct, items, name, named, text, title
from graph_service.policy.nodes import Entries, Node
from graph_service.policy.schemes import Measure, MeasureEffect


def read_measures(top: Entries) -> dict[str, Measure]:
    """Read every measure."""
    return {code: _measure(code, node) for code, node in named(top)}


def _measure(code: str, node: Node) -> Measure:
    fields = Fields(node, "title", "scheme", "grades", "effect", "granted_by", "basis")
    return Measure(
        code=code,
        title=title(fields.needed("title")),
        scheme=name(fields.needed("scheme")),
        grades=distinct(items(fields.needed("grades")), text),
        effect=choice(fields.needed("effect"), MeasureEffect, MeasureEffect.BENEFIT),
        granted_by=text(fields.needed("granted_by")),
        basis=text(fields.needed("basis", PolicyBasisMissing)),
    )
