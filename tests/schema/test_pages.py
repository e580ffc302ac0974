"""Every question on the pages is asked, and answered as they say."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from graph_service.service import TrustService
from schema.request import answer, read_request
from tests.serving import example_school

ROOT = Path(__file__).parents[2]

#: This one has tests of its own, which know how it shows its answers.
ELSEWHERE = {ROOT / "docs" / "tour.md"}
PAGES = [page for page in sorted(ROOT.glob("docs/**/*.md")) if page not in ELSEWHERE]

_BLOCK = re.compile(r"^```(graphql|json variables|json answer)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Asked:
    """A question with the variables and the answer that stand below it."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    answer: Any = None


def asked_on(page: Path) -> list[Asked]:
    """List what a page asks. Variables below an answer ask the same question again."""
    found: list[Asked] = []
    for language, text in _BLOCK.findall(page.read_text("utf-8")):
        if language == "graphql":
            found.append(Asked(text))
        elif language == "json answer":
            found[-1].answer = json.loads(text)
        elif found[-1].answer is None:
            found[-1].variables = json.loads(text)
        else:
            found.append(Asked(found[-1].query, json.loads(text)))
    # Who follows what happens is told it over a stream, for which there are other tests.
    return [asked for asked in found if not asked.query.startswith("subscription")]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrustService]:
    service = example_school(tmp_path_factory.mktemp("school") / "trustnet.db")
    yield service
    service.close()


@pytest.mark.parametrize("page", [page for page in PAGES if asked_on(page)], ids=lambda page: page.stem)
def test_every_question_on_a_page_is_answered_as_it_says(school: TrustService, page: Path) -> None:
    for asked in asked_on(page):
        body = json.dumps({"query": asked.query, "variables": asked.variables}).encode()
        answered = json.loads(json.dumps(asyncio.run(answer(school, read_request(body), {})).body))

        if asked.answer is None:
            assert "errors" not in answered, answered["errors"]
            assert '"code"' not in json.dumps(answered), answered
        else:
            assert answered == asked.answer


def test_the_page_of_graphql_asks_and_shows_answers() -> None:
    asked = asked_on(ROOT / "docs" / "reference" / "graphql.md")

    assert len(asked) > 6
    assert len([each for each in asked if each.answer is not None]) > 4
