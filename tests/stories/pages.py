"""The pages: finds the lines of a page's stories, has them told, and compares every answer with what is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graph_service.ports.store import Store
from tests.stories.teller import Teller


class Differs(AssertionError):
    """The page says one thing and the service another."""


def play(page: Path, store: Store) -> None:
    """Play the stories of a page, one after the other in one world."""
    teller = Teller(store)
    try:
        for number, line, written in lines(page):
            try:
                said = teller.tell(line)
            except (KeyError, TypeError, ValueError) as fault:
                raise Differs(f"{page.name}:{number}: '{line}' is not understood: {fault!r}") from fault
            refused = any(answer.startswith("refused ") for answer in said)
            if written != said and (written or refused):
                raise Differs(f"{page.name}:{number}: '{line}': {_difference(written, said)}")
    finally:
        teller.service.close()


def lines(page: Path) -> Iterator[tuple[int, str, list[str]]]:
    """Go through the lines of a page's stories: number, line and written answer.

    An answer is indented under its line, or stands behind ` = `. A line without one may be answered by anything but a
    refusal.
    """
    story, number, line, written = False, 0, "", list[str]()
    for at, text in enumerate([*page.read_text(encoding="utf-8").splitlines(), "```"], 1):
        if story and text.startswith(" "):
            written.append(" ".join(text.split()))
            continue
        if line:
            yield number, line, written
        fence = text.startswith("```")
        line, _, answer = " ".join(text.split()).partition(" = ") if story and not fence else ("", "", "")
        number, written = at, [answer] if answer else []
        story = text == "```story" or (story and not fence)


def _difference(written: list[str], said: list[str]) -> str:
    pairs = [(one, other) for one, other in zip(written, said, strict=False) if one != other]
    one, other = pairs[0] if pairs else ("; ".join(written[len(said) :]), "; ".join(said[len(written) :]))
    return f"the page says '{one or 'nothing more'}', the service says '{other or 'nothing more'}'"
