"""Ties: typed, directed, dated bonds between two subjects."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import field

from graph_service.model.facts import DatedFact
from graph_service.model.subjects import SubjectKind

Attribute = str | int


class TieEnd(StrEnum):
    """An end of a tie."""

    SOURCE = "source"
    TARGET = "target"

    @property
    def other(self) -> TieEnd:
        """The end across."""
        return TieEnd.TARGET if self is TieEnd.SOURCE else TieEnd.SOURCE


class Tie(DatedFact, frozen=True, kw_only=True):
    """A bond that carries what happens while it holds: nothing before it, nothing after it."""

    #: Its kind by name, as `ties.yaml` of the policy declares it: "member_of".
    kind: str
    source: str
    target: str
    source_kind: SubjectKind
    target_kind: SubjectKind
    #: Attributes of its kind: amounts in millionths, percentages in hundredths of a percent, texts as they are.
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    #: Where it came from: a file and line, or the person who entered it.
    origin: str | None = None

    def at(self, end: TieEnd) -> str:
        """The subject at an end."""
        return self.source if end is TieEnd.SOURCE else self.target

    def kind_at(self, end: TieEnd) -> SubjectKind:
        """The kind of the subject at an end."""
        return self.source_kind if end is TieEnd.SOURCE else self.target_kind
