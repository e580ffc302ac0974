"""What the four kinds of rows have in common: an id, and an action that enters them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from graph_service.actions.desk import Desk
from graph_service.model.journal import Entry
from loaders.freight import Source

#: Who is named as having filed, and as having approved, what a file brings, where neither file nor caller says.
FILER = "import"
APPROVER = "import-approver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """Who files and who approves what a run brings, where its rows do not say."""

    filer: str = FILER
    approver: str = APPROVER


class Item(Protocol):
    """What a row says."""

    @property
    def id(self) -> str:
        """The id that the row gives."""
        ...

    @property
    def kind(self) -> str:
        """What it is, for those who count: a kind of subject or tie, a purpose, a rule."""
        ...

    def enter(self, desk: Desk, by: Signatures, origin: str) -> Entry:
        """Enter what the row says, once: the same again gives the first entry.

        Args:
            desk: To write on.
            by: Whose names stand behind the entry.
            origin: The file and the line.
        """
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the run, and where it stands."""

    source: Source
    number: int
    item: Item
    #: The title of the column in a roster from which each field of the item was made.
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """File and line."""
        return f"{self.source.short_name}:{self.number}"
