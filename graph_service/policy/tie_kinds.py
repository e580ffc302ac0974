"""Tie kinds: the reader of `ties.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from graph_service.model.subjects import SubjectKind
from graph_service.policy.faults import PolicyFieldTwice, PolicyKindUnknown
from graph_service.policy.fields import (
    WORD,
    Fields,
    choice,
    count,
    distinct,
    items,
    name,
    named,
    nearest,
    subject_kind,
    title,
)
from graph_service.policy.nodes import Entries, Node, Scalar
from graph_service.policy.schemes import AttributeType, TieEnds, TieKind

#: The largest cardinality that can be declared; where there is none, leave it out.
EACH_MAX = 1_000_000

_ENDS = re.compile(r"\s*([a-z_]+)\s*->\s*([a-z_]+)\s*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TieKinds:
    """What `ties.yaml` says: the sound kinds, and all names it declares, so that a fault is told once."""

    sound: Mapping[str, TieKind] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()


def read_tie_kinds(top: Entries) -> TieKinds:
    """Read every kind of tie."""
    sound = {code: kind for code, node in named(top, WORD) if (kind := _tie_kind(code, node))}
    return TieKinds(sound=sound, declared=frozenset(top.entries))


def _tie_kind(code: str, node: Node) -> TieKind | None:
    before = len(node.findings.faults)
    fields = Fields(node, "title", "reverse", "ends", "attributes", "opened_by")
    roles = fields.optional("opened_by")
    kind = TieKind(
        code=code,
        title=title(fields.needed("title")),
        reverse=title(fields.needed("reverse")),
        ends=_ends(fields.needed("ends")),
        attributes=_attributes(fields.optional("attributes")),
        opened_by=distinct(items(roles), lambda role: name(role, WORD) or None) if roles else (),
    )
    return kind if node.findings.sound_since(before) else None


def _ends(node: Node) -> tuple[TieEnds, ...]:
    found: dict[tuple[SubjectKind, SubjectKind], TieEnds] = {}
    for item in items(node):
        ends = _mapped_ends(item) if isinstance(item, Entries) else _written_ends(item)
        if ends is None:
            continue
        if (ends.source, ends.target) in found:
            item.unfit(PolicyFieldTwice, name=f"{ends.source} -> {ends.target}")
        found[ends.source, ends.target] = ends
    return tuple(found.values())


def _written_ends(node: Node) -> TieEnds | None:
    """Read `person -> study_group`."""
    match = _ENDS.fullmatch(node.written) if isinstance(node, Scalar) else None
    if match is None:
        node.misfit("person -> study_group | {source: person, target: study_group, ...}")
        return None
    unknown = [kind for kind in match.groups() if kind not in set(SubjectKind)]
    for kind in unknown:
        node.unfit(PolicyKindUnknown, **nearest(kind, SubjectKind))
    if unknown:
        return None
    return TieEnds(source=SubjectKind(match[1]), target=SubjectKind(match[2]))


def _mapped_ends(node: Node) -> TieEnds | None:
    """Read ends with how many ties a subject may have at a time."""
    fields = Fields(node, "source", "target", "each_source_at_most", "each_target_at_most")
    source = subject_kind(fields.needed("source"))
    target = subject_kind(fields.needed("target"))
    by_source = fields.optional("each_source_at_most")
    by_target = fields.optional("each_target_at_most")
    each_source = count(by_source, 1, EACH_MAX) if by_source else None
    each_target = count(by_target, 1, EACH_MAX) if by_target else None
    if source is None or target is None:
        return None
    return TieEnds(
        source=source,
        target=target,
        each_source_at_most=each_source,
        each_target_at_most=each_target,
    )


def _attributes(node: Node | None) -> dict[str, AttributeType]:
    if node is None:
        return {}
    return {code: choice(item, AttributeType, AttributeType.TEXT) for code, item in named(node, WORD)}
