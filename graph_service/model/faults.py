"""Faults: what is wrong with a file, at which place, and the cure."""

from __future__ import annotations

from dataclasses import dataclass

from graph_service.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in a file. The refusal's sentence says what it is and how to mend it."""

    file: str
    #: Counted from 1; None where the whole file is meant.
    line: int | None
    #: The column of a table or the field of a document, as a dotted path; empty where the whole line is meant.
    field: str
    refusal: Refusal
