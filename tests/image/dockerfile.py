"""Reads the Dockerfile as far as tests run what it says."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.code import ROOT


@dataclass(frozen=True, slots=True)
class Line:
    """An instruction and what follows it."""

    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """What follows, as a list: of JSON, or as a shell would part it."""
        text = self.rest
        return list(json.loads(text)) if text.startswith("[") else shlex.split(text)


def stages() -> list[list[Line]]:
    """The stages of the build, each with the lines behind its FROM."""
    found: list[list[Line]] = []
    for line in _lines():
        if line.word == "FROM":
            found.append([])
        found[-1].append(line)
    return found


def _lines() -> Iterator[Line]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield Line(word, rest.strip())


def last(lines: list[Line], word: str) -> Line:
    """The last instruction of its kind, which is the one that counts."""
    return [line for line in lines if line.word == word][-1]
