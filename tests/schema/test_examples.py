"""The queries worth trying give something worth seeing on the example school."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from graph_service.actions.adopt import adopt
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.parse import parse_policy
from graph_service.service import TrustService
from graph_service.stores.memory import MemoryStore
from graph_service.vault import open_vault
from loaders.district import Plan, graph
from loaders.imports import enter_all
from loaders.item import Signatures
from schema.examples import examples, examples_for
from schema.request import answer, read_request
from tests.doubles import HandClock
from tests.serving import example_school


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrustService]:
    service = example_school(tmp_path_factory.mktemp("school") / "trustnet.db")
    yield service
    service.close()


def ask(service: TrustService, name: str) -> Any:  # noqa: ANN401 - answers are JSON
    example = next(example for example in examples() if example.name == name)
    body = json.dumps({"query": example.query, "variables": example.variables}).encode()
    answered = asyncio.run(answer(service, read_request(body), {}))
    assert "errors" not in answered.body, answered.body
    return answered.body["data"]


def test_the_group_and_why(school: TrustService) -> None:
    shown = ask(school, "why-does-my-group-stand-here")["subject"]

    assert shown["name"] == "春晖小组"
    assert int(shown["standing"]["score"]) > 1000
    assert len(shown["members"]["nodes"]) >= 3
    assert shown["statement"]["lines"]["totalCount"] >= 3
    line = shown["statement"]["lines"]["nodes"][0]
    assert line["share"]["walk"][0]["target"]["name"] == "春晖小组"
    assert line["rule"]["title"]["zh"]


def test_found_by_pinyin(school: TrustService) -> None:
    hit = ask(school, "find-by-pinyin")["search"][0]

    assert (hit["name"], hit["reason"], hit["subject"]["ref"]) == ("林书瑶", "PINYIN", "p-01")
    assert [group["name"] for group in hit["subject"]["groups"]["nodes"]] == ["春晖小组"]


def test_the_preview(school: TrustService) -> None:
    shown = ask(school, "what-would-it-do")["preview"]

    assert shown["points"] == "25"
    assert len({change["share"]["target"]["ref"] for change in shown["changes"]}) >= 4


def test_they_are_valid_on_an_empty_service() -> None:
    service = TrustService(MemoryStore(), open_vault("sqlite://", clock=lambda: 0), HandClock(date(2026, 3, 1)))
    try:
        assert ask(service, "why-does-my-group-stand-here")["subject"] is None
        assert ask(service, "find-by-pinyin") == {"search": []}
        assert ask(service, "what-would-it-do")["preview"]["code"] == "subject_unknown"
    finally:
        service.close()


def test_in_another_store_they_speak_of_what_is_there(school: TrustService) -> None:
    service = TrustService(MemoryStore(), open_vault("sqlite://", clock=lambda: 0), HandClock(date(2026, 11, 22)))
    plan = Plan(subjects=200, until=date(2026, 11, 22))
    files = read_folder(edition_folder("wendeng"))
    try:
        service.do(lambda desk: adopt(desk, name="wendeng", files=files, since=date(2025, 1, 1), actor="office"))
        town = next(graph(plan, parse_policy("wendeng", files)))
        for items in (town.subjects, town.ties, town.consents):
            enter_all(service, items, Signatures())

        group, name, what = (example.variables for example in examples_for(service))

        assert group == {"group": "sg-0001-0001"}
        assert name["name"] in {subject.name for subject in town.subjects}
        assert what["input"]["rule"] in parse_policy("wendeng", files).schemes["school"].rules
        assert examples_for(school) == examples()
    finally:
        service.close()
