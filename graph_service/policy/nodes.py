"""Nodes: the text of a policy file as a tree that knows where each field stands.

The tree is built from YAML's events, not from its values: a number stays the text that was written, so `0.1` is exact
and `NO` is a word, and an alias is refused before anything could be expanded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from graph_service.errors import Parameter, Refusal
from graph_service.model.faults import Fault
from graph_service.policy.faults import (
    PolicyFieldMissing,
    PolicyFieldTwice,
    PolicyFileTooLarge,
    PolicyRefusal,
    PolicyValueUnfit,
    PolicyYamlBroken,
    PolicyYamlUnfit,
)

#: The largest policy file, in bytes of UTF-8. The whole rulebook of a district takes a tenth of it.
FILE_BYTES_MAX = 256 * 1024

#: How deep mappings and lists may lie in each other.
DEPTH_MAX = 12

#: How much of a value or name is shown in a sentence.
SHOWN_MAX = 60

#: Texts that say that there is no value, where they are not quoted.
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})

#: What ruamel.yaml raises beside its own errors when a text is damaged.
_DAMAGE = (ValueError, TypeError, IndexError, KeyError, AttributeError, AssertionError, OverflowError)


def shown(text: str) -> str:
    """Shorten a text that came from a file, so that a sentence stays a sentence."""
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"


@dataclass(slots=True)
class Findings:
    """The faults of one file so far, and the line of each field, by dotted path."""

    file: str
    faults: list[Fault] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, path: str, refusal: Refusal) -> None:
        """Note a fault at a field; where the field is absent, at the line of what it belongs to."""
        self.faults.append(Fault(file=self.file, line=self.line(path), field=path, refusal=refusal))

    def add_unless_told(self, found: Iterable[tuple[str, Refusal]]) -> None:
        """Note faults of meaning, but none at a field where reading found one, there or below."""
        told: set[str] = set()
        for fault in self.faults:
            path = fault.field
            while path and path not in told:
                told.add(path)
                path = path.rpartition(".")[0]
        for path, refusal in found:
            if path not in told:
                self.add(path, refusal)

    def line(self, path: str) -> int | None:
        """Give the line of a field, or of the nearest one around it; None for the file as a whole."""
        if not path:
            return None
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path)

    def sound_since(self, before: int) -> bool:
        """Tell whether no fault was added since there were `before` of them."""
        return len(self.faults) == before


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value in its place."""

    findings: Findings
    #: The dotted path from the top of the file; items of lists are counted from 1.
    path: str

    def unfit(self, refusal: type[PolicyRefusal], **parameters: Parameter) -> None:
        """Note what is wrong with this value."""
        self.findings.add(self.path, refusal(field=self.path, **parameters))

    def misfit(self, wanted: str) -> None:
        """Note that the value has not the form wanted; nothing where its absence is noted already."""
        self.unfit(PolicyValueUnfit, value=shown(self.text()), wanted=wanted)

    def text(self) -> str:
        """The value as it is shown to people."""
        return "{...}"


@dataclass(frozen=True, slots=True, eq=False)
class Absent(Node):
    """A value whose absence has been noted: whatever reads it says nothing more."""

    def unfit(self, refusal: type[PolicyRefusal], **parameters: Parameter) -> None:
        """Say nothing: the absence is the fault."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalar(Node):
    """A text as it was written."""

    written: str
    quoted: bool

    @property
    def is_nothing(self) -> bool:
        """Whether it says that there is no value."""
        return not self.quoted and self.written in _NOTHING

    def text(self) -> str:
        """The value as it is shown to people."""
        return self.written


@dataclass(frozen=True, slots=True, eq=False)
class Items(Node):
    """A list."""

    items: tuple[Node, ...]

    def text(self) -> str:
        """The value as it is shown to people."""
        return "[...]"


@dataclass(frozen=True, slots=True, eq=False)
class Entries(Node):
    """A mapping, in the order written."""

    entries: dict[str, Node]


class _Stop(Exception):
    """The rest of the file cannot be read; the fault has been noted."""


def read_nodes(findings: Findings, text: str) -> Entries | None:
    """Read a file's text as a tree; None where it cannot be read as a mapping at all."""
    if len(text.encode("utf-8", "replace")) > FILE_BYTES_MAX:
        findings.add("", PolicyFileTooLarge(field="", most=FILE_BYTES_MAX))
        return None
    try:
        node = _Builder(findings, text).document()
    except _Stop:
        return None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _broken(findings, str(error.problem or error.context), mark.line + 1 if mark else None)
        return None
    except (YAMLError, *_DAMAGE) as error:
        _broken(findings, str(error).splitlines()[0] if str(error) else type(error).__name__, None)
        return None
    if isinstance(node, Entries):
        return node
    node.misfit("scheme: school")
    return None


def _broken(findings: Findings, problem: str, line: int | None) -> None:
    refusal = PolicyYamlBroken(field="", problem=shown(problem))
    findings.faults.append(Fault(file=findings.file, line=line, field="", refusal=refusal))


class _Builder:
    """Builds the tree of one document from its events."""

    def __init__(self, findings: Findings, text: str) -> None:
        self.findings = findings
        self.events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))

    def document(self) -> Node:
        """Build the only document; a second one is refused."""
        next(self.events)
        start = next(self.events)
        if isinstance(start, StreamEndEvent):
            self.findings.add("", PolicyFieldMissing(field="", name="scheme"))
            raise _Stop
        if isinstance(start, DocumentStartEvent) and (start.version or start.tags):
            self._refuse("", start, "%YAML, %TAG")
        node = self.node(next(self.events), "", 0)
        next(self.events)
        after = next(self.events)
        if not isinstance(after, StreamEndEvent):
            self._refuse("", after, "--- ... ---")
        return node

    def node(self, event: Event, path: str, depth: int) -> Node:
        """Build the value that starts with an event."""
        self.findings.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, AliasEvent):
            self._refuse(path, event, f"*{event.anchor}")
            return Absent(self.findings, path)
        if isinstance(event, NodeEvent) and event.anchor:
            self._refuse(path, event, f"&{event.anchor}")
        if tag := getattr(event, "tag", None):
            self._refuse(path, event, str(tag))
        if isinstance(event, ScalarEvent):
            return Scalar(self.findings, path, event.value, bool(event.style))
        if depth == DEPTH_MAX:
            self._refuse(path, event, "{{{...}}}")
            raise _Stop
        if isinstance(event, SequenceStartEvent):
            return self._items(path, depth)
        return self._entries(path, depth)

    def _items(self, path: str, depth: int) -> Items:
        items: list[Node] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self.node(event, _below(path, str(len(items) + 1)), depth + 1))
        return Items(self.findings, path, tuple(items))

    def _entries(self, path: str, depth: int) -> Entries:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            name = self._key(event, path, depth)
            if name is None:
                self.node(next(self.events), path, depth + 1)
                continue
            below = _below(path, name)
            twice = name in entries
            if twice:
                self._note(below, event, PolicyFieldTwice(field=below, name=shown(name)))
            self.findings.lines.setdefault(below, event.start_mark.line + 1)
            value = self.node(next(self.events), below, depth + 1)
            if not twice:
                entries[name] = value
        return Entries(self.findings, path, entries)

    def _key(self, event: Event, path: str, depth: int) -> str | None:
        """Read a field's name; a list, a mapping or an alias cannot be one."""
        key = self.node(event, path, depth + 1)
        if isinstance(key, Scalar):
            return key.written
        if not isinstance(key, Absent):
            self._refuse(path, event, "? ...")
        return None

    def _refuse(self, path: str, event: Event, feature: str) -> None:
        self._note(path, event, PolicyYamlUnfit(field=path, feature=shown(feature)))

    def _note(self, path: str, event: Event, refusal: Refusal) -> None:
        """Note a fault at the line of an event, which may be the second of its name."""
        line = event.start_mark.line + 1
        self.findings.faults.append(Fault(file=self.findings.file, line=line, field=path, refusal=refusal))


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
