"""Every story of docs/stories happens as it is told, in every store."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.ports.store import Store
from tests.every_store import EVERY_STORE, empty_store
from tests.stories.pages import Differs, lines, play

STORIES = sorted((Path(__file__).parents[2] / "docs" / "stories").glob("*.md"))
PAGES = [page for page in STORIES if page.name != "README.md"]


@pytest.fixture(params=EVERY_STORE)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return empty_store(request, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_story_happens_as_it_is_told(page: Path, store: Store) -> None:
    play(page, store)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_is_one_promise_and_asks_for_something(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    answered = [line for _, line, written in lines(page) if written]

    assert text.startswith("# ")
    assert text.count("\n# ") == 0
    assert answered


def test_a_wrong_number_is_answered_with_its_place_and_both_values(store: Store, tmp_path: Path) -> None:
    page = tmp_path / "wrong.md"
    page.write_text(
        "# Wrong\n\n```story\npolicy wendeng since 2026-02-01\nsubject lin person\n"
        "record r1 returned-lost-property lin on 2026-02-02\n   lin  +24  own\n```\n",
        encoding="utf-8",
    )

    with pytest.raises(Differs) as found:
        play(page, store)

    assert str(found.value) == (
        "wrong.md:6: 'record r1 returned-lost-property lin on 2026-02-02': "
        "the page says 'lin +24 own', the service says 'lin +25 own'"
    )


def test_a_refusal_that_the_page_does_not_foresee_is_told(store: Store, tmp_path: Path) -> None:
    page = tmp_path / "refused.md"
    page.write_text("# Refused\n\n```story\nsubject lin robot\n```\n", encoding="utf-8")

    with pytest.raises(Differs, match=r"refused\.md:4: 'subject lin robot': .* 'refused kind_unknown kind'"):
        play(page, store)


@pytest.mark.parametrize("line", ["juggle lin", "subject lin", "score lin on tomorrow", "today"])
def test_a_line_that_is_not_understood_is_told(line: str, store: Store, tmp_path: Path) -> None:
    page = tmp_path / "unclear.md"
    page.write_text(f"# Unclear\n\n```story\n{line}\n```\n", encoding="utf-8")

    with pytest.raises(Differs, match=r"unclear\.md:4: .* is not understood"):
        play(page, store)
