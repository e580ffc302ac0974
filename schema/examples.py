"""Queries worth trying: the first tabs of GraphiQL, and what the demonstration prints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

#: In the order in which they are worth trying.
NAMES = ("why-does-my-group-stand-here", "find-by-pinyin", "what-would-it-do")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A query with variables that fit the example school."""

    name: str
    query: str
    variables: dict[str, Any]


@cache
def examples() -> tuple[Example, ...]:
    """Read the queries that come with the package."""
    folder = files("schema").joinpath("queries")
    variables = json.loads(folder.joinpath("variables.json").read_text("utf-8"))
    return tuple(
        Example(
            name=name,
            query=folder.joinpath(f"{name}.graphql").read_text("utf-8"),
            variables=variables[name],
        )
        for name in NAMES
    )
