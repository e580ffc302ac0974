"""Freight: the four kinds of rows that files bring, the columns of each, and how a file tells which it holds."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Freight(StrEnum):
    """What a file holds. The order is the one in which freight is checked and written."""

    SUBJECTS = "subjects"
    TIES = "ties"
    CONSENTS = "consents"
    RECORDS = "records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a kind of freight."""

    #: Without these in every row nothing can be said.
    filled: tuple[str, ...]
    #: The header of a table has to have these too; their cells may be empty.
    headed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    #: Columns that are found in no other freight: they tell what a file holds.
    telling: frozenset[str]

    @property
    def needed(self) -> tuple[str, ...]:
        """What the header of a table has to have."""
        return self.filled + self.headed

    @property
    def known(self) -> tuple[str, ...]:
        """All columns whose names are given; attributes of ties and external ids come on top."""
        return self.filled + self.headed + self.optional


COLUMNS = {
    Freight.SUBJECTS: Columns(
        filled=("id", "kind"),
        headed=("name",),
        optional=("born_on", "since"),
        telling=frozenset({"id", "kind", "name"}),
    ),
    Freight.TIES: Columns(
        filled=("id", "kind", "source", "target", "since"), optional=("until",), telling=frozenset({"source", "target"})
    ),
    Freight.CONSENTS: Columns(
        filled=("id", "subject", "purpose", "since"),
        optional=("guardian", "until"),
        telling=frozenset({"subject", "purpose"}),
    ),
    Freight.RECORDS: Columns(
        filled=("id", "subject", "scheme", "rule", "happened_on"),
        optional=("matching", "quantity", "points", "approved_on", "note", "filer", "approver", "bridge", "replaces"),
        telling=frozenset({"subject", "scheme", "rule"}),
    ),
}

#: Before the scheme of an external identifier, in the header of a table of subjects.
EXTERNAL = "external_id."

#: The field of a line of JSON that holds a subject's external identifiers by scheme.
EXTERNAL_FIELD = "external_ids"


class Form(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    WORKBOOK = "xlsx"


FORMS = {
    ".csv": Form.CSV,
    ".jsonl": Form.JSON_LINES,
    ".ndjson": Form.JSON_LINES,
    ".xlsx": Form.WORKBOOK,
    ".xlsm": Form.WORKBOOK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file of a run."""

    path: Path
    #: Its place among the files of the run, in the order in which they are checked.
    place: int = 0
    form: Form = Form.CSV
    freight: Freight = Freight.SUBJECTS
    #: The sheet of a workbook.
    sheet: str = ""

    @property
    def name(self) -> str:
        """The path, and the sheet, as they can be shown anywhere, even where the disk's name of it is no text."""
        return self._shown(str(self.path))

    @property
    def short_name(self) -> str:
        """The name without the folder: that is nobody's business but the importer's."""
        return self._shown(self.path.name)

    def _shown(self, name: str) -> str:
        sheet = f"!{self.sheet}" if self.sheet else ""
        return f"{name}{sheet}".encode("utf-8", "replace").decode()


def freight_by_name(path: Path) -> Freight | None:
    """Tell by a file's name what it holds; None where it names nothing, or more than one thing.

    >>> freight_by_name(Path("school/ties-2026.jsonl"))
    <Freight.TIES: 'ties'>
    """
    words = set(re.split(r"[^a-z]+", path.stem.lower()))
    named = [freight for freight in Freight if freight in words]
    return named[0] if len(named) == 1 else None


def freight_by_columns(columns: Collection[str]) -> Freight | None:
    """Tell by the columns what a file holds; None where they fit nothing, or more than one thing.

    >>> freight_by_columns(["id", "subject", "purpose", "since"])
    <Freight.CONSENTS: 'consents'>
    """
    fitting = [freight for freight, known in COLUMNS.items() if known.telling <= set(columns)]
    return fitting[0] if len(fitting) == 1 else None
