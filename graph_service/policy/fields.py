"""Fields: readers that turn a node into a value, or note why it is none and give a stand-in.

A stand-in only lets reading go on, so that all faults are found at once: what was built with one is thrown away,
because its file has a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypeVar

from graph_service.errors import Parameter
from graph_service.model.points import POINT, POINTS_MAX, WHOLE, format_points, parse_points
from graph_service.model.subjects import SubjectKind
from graph_service.policy.faults import (
    PolicyChoiceUnclear,
    PolicyFieldMissing,
    PolicyFieldTwice,
    PolicyFieldUnknown,
    PolicyKindUnknown,
    PolicyNameUnknown,
    PolicyNumberUnfit,
    PolicyPercentOver100,
    PolicyRefusal,
)
from graph_service.policy.nodes import Absent, Entries, Items, Node, Scalar, shown
from graph_service.policy.schemes import Title

#: The longest text in a policy, in characters.
TEXT_MAX = 500

#: How many known names a sentence lists, the nearest first.
KNOWN_MAX = 12

#: Names of schemes, rules, routes, bridges, measures, purposes.
CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
#: Names of tie kinds, attributes and roles.
WORD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", re.ASCII)
NAME_MAX = 64

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)


def nearest(name: str, known: Iterable[str]) -> dict[str, Parameter]:
    """Give the parameters of a "did you mean" sentence: the name, the nearest known one, and those known.

    >>> nearest("bulying", ["late", "bullying"])
    {'name': 'bulying', 'nearest': 'bullying', 'known': 'bullying, late'}
    """
    name = shown(name)
    ranked = sorted(set(known), key=lambda other: (-SequenceMatcher(None, name, other).ratio(), other))
    listed = ", ".join(ranked[:KNOWN_MAX]) + (", …" if len(ranked) > KNOWN_MAX else "")
    return {"name": name, "nearest": ranked[0] if ranked else "-", "known": listed or "-"}


class Fields:
    """A mapping whose fields are known by name. Fields of other names are noted at once."""

    def __init__(self, node: Node, *known: str) -> None:
        self.node = node
        self.entries = node.entries if isinstance(node, Entries) else {}
        if not isinstance(node, Entries):
            node.misfit("{" + ", ".join(f"{name}: ..." for name in known) + "}")
        for name, entry in self.entries.items():
            if name not in known:
                entry.unfit(PolicyFieldUnknown, **nearest(name, known))

    def needed(self, name: str, missing: type[PolicyRefusal] = PolicyFieldMissing) -> Node:
        """Give a field; note `missing` where it is absent or empty."""
        entry = self.entries.get(name)
        if entry is not None and not (isinstance(entry, Scalar) and entry.is_nothing):
            return entry
        parent = self.node.path
        path = f"{parent}.{name}" if parent else name
        if isinstance(self.node, Entries):
            about = name if missing is PolicyFieldMissing else parent.rpartition(".")[2]
            self.node.findings.add(path, missing(field=path, name=about))
        return Absent(self.node.findings, path)

    def optional(self, name: str) -> Node | None:
        """Give a field, or None where it is left out. A field that is named has a value."""
        return self.needed(name) if name in self.entries else None

    def one_of(self, *names: str) -> tuple[str, Node] | None:
        """Give the only field of these that is there; note it where there is none, or more than one."""
        found = [name for name in names if name in self.entries]
        if len(found) == 1:
            return found[0], self.needed(found[0])
        if isinstance(self.node, Entries):
            self.node.unfit(PolicyChoiceUnclear, found=len(found), choices=", ".join(names))
        return None


def optional(node: Node | None, read: Callable[[Node], T], default: T) -> T:
    """Read a field that may be left out."""
    return default if node is None else read(node)


def text(node: Node) -> str:
    """Read a text that people will read."""
    if isinstance(node, Scalar) and node.written.strip() and len(node.written) <= TEXT_MAX:
        return node.written.strip()
    node.misfit(f"... (1 - {TEXT_MAX})")
    return ""


def title(node: Node) -> Title:
    """Read a title in both languages."""
    fields = Fields(node, "en", "zh")
    return Title(en=text(fields.needed("en")), zh=text(fields.needed("zh")))


def is_name(name: str, form: re.Pattern[str] = CODE) -> bool:
    """Tell whether a text may name something in a policy."""
    return len(name) <= NAME_MAX and form.fullmatch(name) is not None


def name(node: Node, form: re.Pattern[str] = CODE) -> str:
    """Read a name: lower case, joined by hyphens (codes) or underscores (words)."""
    if isinstance(node, Scalar) and is_name(node.written, form):
        return node.written
    node.misfit("returned-lost-property" if form is CODE else "member_of")
    return ""


def named(node: Node, form: re.Pattern[str] = CODE) -> Iterator[tuple[str, Node]]:
    """Go through a mapping of names that the policy chooses itself: rules, routes, tie kinds."""
    if not isinstance(node, Entries) or not node.entries:
        node.misfit("returned-lost-property: {...}" if form is CODE else "member_of: {...}")
        return
    for code, entry in node.entries.items():
        if is_name(code, form):
            yield code, entry
        else:
            Scalar(node.findings, entry.path, code, quoted=True).misfit(
                "returned-lost-property: {...}" if form is CODE else "member_of: {...}"
            )


def items(node: Node) -> tuple[Node, ...]:
    """Read a list that has at least one item."""
    if isinstance(node, Items) and node.items:
        return node.items
    node.misfit("[..., ...]")
    return ()


def distinct(nodes: Iterable[Node], read: Callable[[Node], T | None]) -> tuple[T, ...]:
    """Read items that must differ; items that are no values are left out, after noting why."""
    values: list[T] = []
    for node in nodes:
        value = read(node)
        if value in values:
            node.unfit(PolicyFieldTwice, name=shown(node.text()))
        elif value is not None:
            values.append(value)
    return tuple(values)


def decimal(node: Node, lowest: int = -POINTS_MAX, highest: int = POINTS_MAX) -> int:
    """Read an exact decimal of at most six places, as millionths."""
    try:
        if not isinstance(node, Scalar) or not node.written.isascii():
            raise ValueError
        millionths = parse_points(node.written)
        if not lowest <= millionths <= highest:
            raise ValueError
    except ValueError:
        _number_unfit(node, format_points(lowest), format_points(highest), places=6)
        return 0
    return millionths


def magnitude(node: Node) -> int:
    """Read an exact decimal above zero, as millionths."""
    return decimal(node, lowest=1)


def points(node: Node) -> int:
    """Read points above or below zero, as millionths."""
    before = len(node.findings.faults)
    value = decimal(node)
    if value == 0 and node.findings.sound_since(before):
        node.misfit("25, -2.5")
    return value


def count(node: Node, lowest: int, highest: int) -> int:
    """Read a whole number."""
    if isinstance(node, Scalar) and re.fullmatch(r"\d{1,9}", node.written, re.ASCII):
        number = int(node.written)
        if lowest <= number <= highest:
            return number
    _number_unfit(node, str(lowest), str(highest), places=0)
    return lowest


def percent(node: Node) -> int:
    """Read a percentage from 0 to 100, as hundredths of a percent."""
    hundredth = 100 * POINT // WHOLE
    try:
        if not isinstance(node, Scalar) or not node.written.isascii():
            raise ValueError
        millionths = parse_points(node.written)
        if millionths < 0 or millionths % hundredth:
            raise ValueError
    except ValueError:
        _number_unfit(node, "0", "100", places=2)
        return 0
    if millionths > 100 * POINT:
        node.unfit(PolicyPercentOver100, value=shown(node.text()))
        return 0
    return millionths // hundredth


def truth(node: Node) -> bool:
    """Read `true` or `false`."""
    if isinstance(node, Scalar) and node.written in {"true", "false"}:
        return node.written == "true"
    node.misfit("true | false")
    return False


def choice(node: Node, among: type[Choice], stand_in: Choice) -> Choice:
    """Read one of a closed list of words."""
    return known_choice(node, among, PolicyNameUnknown) or stand_in


def subject_kind(node: Node) -> SubjectKind | None:
    """Read a kind of subject."""
    return known_choice(node, SubjectKind, PolicyKindUnknown)


def known_choice(node: Node, among: type[Choice], unknown: type[PolicyRefusal]) -> Choice | None:
    """Read one of a closed list of words; note `unknown` and give None where it is another."""
    if isinstance(node, Scalar) and node.written in set(among):
        return among(node.written)
    node.unfit(unknown, **nearest(node.text(), among))
    return None


def _number_unfit(node: Node, lowest: str, highest: str, *, places: int) -> None:
    node.unfit(PolicyNumberUnfit, value=shown(node.text()), lowest=lowest, highest=highest, places=places)
