"""Bridges: the reader of what one scheme files in another."""

from __future__ import annotations

from graph_service.policy.fields import Fields, choice, name, optional, title
from graph_service.policy.nodes import Entries, Node
from graph_service.policy.schemes import Bridge, BridgeOccasion, Title


def read_bridge(code: str, node: Node) -> Bridge:
    """Read a bridge."""
    fields = Fields(node, "title", "to", "when", "files")
    plain = code.replace("-", " ")
    return Bridge(
        code=code,
        title=optional(fields.optional("title"), title, Title(en=plain.capitalize(), zh=plain)),
        to=name(fields.needed("to")),
        when=choice(fields.needed("when"), BridgeOccasion, BridgeOccasion.PERIOD_END),
        files=_files(fields.needed("files")),
    )


def _files(node: Node) -> dict[str, str]:
    """Read which rule of the other scheme a grade of this one files."""
    if not isinstance(node, Entries) or not node.entries:
        node.misfit('{"5": village-five-stars, "4": village-four-stars}')
        return {}
    return {grade: name(rule) for grade, rule in node.entries.items()}
