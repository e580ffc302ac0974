"""The pages: links lead somewhere, the tour passes rooms that exist, examples give what they say."""

from __future__ import annotations

import ast
import asyncio
import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from graph_service.actions.adopt import adopt
from graph_service.lookups.shares import shares_of
from graph_service.model.points import format_points
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.service import TrustService
from graph_service.stores.sqlite.store import SQLiteStore
from loaders import load
from schema.request import Request, answer
from tests.doubles import HandClock, PlainVault
from tests.house.code import ROOT, Function, name_of, tracked, tree_of

DOCS = ROOT / "docs"
PAGES = [path for path in tracked() if path.suffix == ".md"]
DECISIONS = sorted(path for path in (DOCS / "decisions").glob("*.md") if path.name != "README.md")
TOUR = DOCS / "tour.md"

_LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_ROOM = re.compile(r"`((?:graph_service|schema|loaders|examples|tests|docs)/[\w./-]+?)(?::\s([\w.]+))?`")


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _prose(page: Path) -> str:
    return _FENCED.sub("", _text(page))


def _blocks(page: Path, language: str) -> list[str]:
    return [found["text"] for found in _FENCED.finditer(_text(page)) if found["language"] == language]


def _headings(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


# -- Links -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in _LINK.findall(_prose(page)):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, heading = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (heading and heading not in _headings(target)):
            lost.append(link)

    assert lost == []


def _reached(page: Path, seen: set[Path]) -> set[Path]:
    if page not in seen and page.exists() and page.suffix == ".md":
        seen.add(page)
        for link in _LINK.findall(_prose(page)):
            if "://" not in link:
                _reached((page.parent / link.partition("#")[0]).resolve(), seen)
    return seen


def test_every_page_is_found_from_the_first_one() -> None:
    pages = {path.resolve() for path in DOCS.rglob("*.md")}

    assert sorted(map(name_of, pages - _reached(DOCS / "README.md", set()))) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_has_one_title_and_comes_first(page: Path) -> None:
    titles = re.findall(r"^# .+$", _prose(page), re.MULTILINE)

    assert len(titles) == 1
    assert _text(page).startswith(titles[0])


# -- Decisions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_a_page_with_reasons(page: Path) -> None:
    lines = _text(page).splitlines()
    headings = [line for line in lines if line.startswith("## ")]

    assert len(lines) <= 40
    assert re.fullmatch(r"Tags: [a-z]+( [a-z]+)*(, [a-z]+( [a-z]+)*)*", lines[2])
    assert headings == ["## Context", "## Decision", "## Consequences"]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_names_no_code(page: Path) -> None:
    assert re.findall(r"\w+\.py\b|\bdef \w+|\w+\(\)", _text(page)) == []


def test_the_list_of_decisions_names_each_by_its_title() -> None:
    listed = dict(re.findall(r"^- \[(.+)\]\((.+)\)$", _text(DOCS / "decisions" / "README.md"), re.MULTILINE))

    assert {target: title for title, target in listed.items()} == {
        page.name: _text(page).splitlines()[0].removeprefix("# ") for page in DECISIONS
    }


# -- The tour ----------------------------------------------------------------------------------------------------------


def _defined(path: Path) -> Iterator[str]:
    for node in tree_of(path).body:
        if isinstance(node, Function | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, Function))


def test_every_room_of_the_tour_is_there() -> None:
    rooms = _ROOM.findall(_prose(TOUR))
    lost = [
        f"{name}: {what}"
        for name, what in rooms
        if not (ROOT / name).exists() or (what and what not in set(_defined(ROOT / name)))
    ]

    assert len(rooms) > 30
    assert lost == []


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrustService]:
    """The example school on the day of the demonstration."""
    store = SQLiteStore(tmp_path_factory.mktemp("school") / "school.db")
    service = TrustService(store, PlainVault(), HandClock(date(2026, 7, 3)))
    files = read_folder(edition_folder("wendeng"))
    service.do(partial(adopt, name="wendeng", files=files, since=date(2026, 2, 1), actor="office"))
    load(service, sorted((ROOT / "examples" / "school").glob("*.csv")))
    load(service, sorted((ROOT / "examples" / "school").glob("*.jsonl")))
    yield service
    service.close()


def test_the_tour_begins_at_a_line_that_is_there() -> None:
    line, _ = _blocks(TOUR, "csv")

    assert line in _text(ROOT / "examples" / "school" / "records.csv")


def test_the_tour_s_record_gives_what_it_says(school: TrustService) -> None:
    _, table = _blocks(TOUR, "csv")

    with school.reading() as reading:
        shares = shares_of(reading, "r-013")

    assert list(csv.reader(io.StringIO(table)))[1:] == [
        [share.target, share.route, ">".join(share.walk), format_points(share.amount)] for share in shares
    ]


def test_the_tour_s_question_has_the_answer_it_says(school: TrustService) -> None:
    query, said = _blocks(TOUR, "graphql")[0], json.loads(_blocks(TOUR, "json")[0])

    answered = asyncio.run(answer(school, Request(query=query, variables={}, operation_name=None), {}))

    assert json.loads(json.dumps(answered.body)) == said


# -- Examples ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks(page, "python run")], ids=name_of)
def test_examples_in_python_run(page: Path) -> None:
    known: dict[str, object] = {}
    for block in _blocks(page, "python run"):
        exec(compile(block, page.name, "exec"), known)
