"""Rows: what was filled in, by column, and what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from loaders.freight import Source
from loaders.shapes import Shape


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in a file: what was filled in, by column."""

    line: int
    cells: Mapping[str, str]
    #: Something in it could not be read. The rest is checked, so that all faults are told at once, and never entered.
    flawed: bool = False


@dataclass(slots=True, kw_only=True)
class Rows:
    """What could be read of a file or of a sheet, and what was lost."""

    source: Source
    rows: list[Row] = field(default_factory=list)
    #: Ids in lines that could not be read, as far as they could be made out.
    lost: set[str] = field(default_factory=set)
    #: Nothing at all could be read.
    unread: bool = False
    #: The shape of a roster, whose rows hold cells by the codes of its columns.
    shape: Shape | None = None
    #: The title of each column of a roster as it stands in the file, by code.
    titles: Mapping[str, str] = field(default_factory=dict)
    #: Titles of columns of a roster that nothing is taken from.
    passed_over: list[str] = field(default_factory=list)
