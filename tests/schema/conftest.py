"""A small school, built through the mutations themselves, on every store."""

# ruff: noqa: ANN401 - answers are JSON

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph_service.actions.adopt import adopt
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.ports.store import Store
from graph_service.service import TrustService
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from graph_service.vault import open_vault
from schema.context import OPERATOR_HEADER
from schema.request import answer, read_request
from tests.doubles import HandClock

#: A Sunday: what is entered on it holds from Monday.
SUNDAY = date(2026, 3, 1)

NOUNS = ("Subject", "Tie", "Consent", "Waiver", "Record")

REFUSAL = "... on Refusal { code message messageZh field parameters { name value } docs }"


@dataclass
class Face:
    """Asks the service as a client does."""

    service: TrustService
    clock: HandClock

    def body(self, query: str, operator: str = "office", /, **variables: Any) -> Mapping[str, Any]:
        text = json.dumps({"query": query, "variables": variables})
        answered = asyncio.run(answer(self.service, read_request(text.encode()), {OPERATOR_HEADER: operator}))
        body: Mapping[str, Any] = json.loads(json.dumps(answered.body))
        return body

    def ask(self, query: str, operator: str = "office", /, **variables: Any) -> Any:
        body = self.body(query, operator, **variables)
        assert "errors" not in body, body["errors"]
        return body["data"]

    def errors(self, query: str, **variables: Any) -> Any:
        body = self.body(query, **variables)
        assert body.get("data") is None
        return body["errors"]

    def do(self, mutation: str, operator: str = "office", show: str = "__typename", **given: Any) -> Any:
        """Do a mutation and give what is shown of it; a refusal is given whole."""
        name = mutation[0].upper() + mutation[1:]
        type_ = f"{name}Input"
        noun = next(noun for noun in NOUNS if noun in name.replace("Notice", "Record"))
        query = (
            f"mutation($input: {type_}!) {{ {mutation}(input: $input) {{ ... on {noun}Done {{ {show} }} {REFUSAL} }} }}"
        )
        return self.ask(query, operator, input=given)[mutation]

    def done(self, mutation: str, operator: str = "office", **given: Any) -> Any:
        """Do a mutation that must not be refused; give its receipt."""
        shown = self.do(mutation, operator, "receipt { ref seq hash enteredOn }", **given)
        assert "code" not in shown, shown
        return shown["receipt"]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "trustnet.db")


@pytest.fixture
def empty(store: Store, policies_parsed_once: None) -> Iterator[Face]:
    """A service with the rulebook of the school and nothing else."""
    clock = HandClock(SUNDAY)
    service = TrustService(store, open_vault("sqlite://", clock=lambda: 0), clock)
    files = read_folder(edition_folder("wendeng"))
    service.do(lambda desk: adopt(desk, name="wendeng", files=files, since=date(2026, 2, 1), actor="office"))
    yield Face(service, clock)
    service.close()


@pytest.fixture
def face(empty: Face) -> Face:
    """Lin and Mei in one study group, with a teacher; Lin with her mother in a family. It is Thursday, 5 March."""
    for subject, kind, name, born_on in (
        ("lin", "PERSON", "林晓", "2012-05-06"),
        ("mei", "PERSON", "梅朵", "2012-08-01"),
        ("wei", "PERSON", "魏兰", "1985-01-02"),
        ("fang", "PERSON", "方平", "1984-11-12"),
        ("xu", "PERSON", "徐老师", "1980-04-04"),
        ("g3", "STUDY_GROUP", "第三小组", None),
        ("c1", "SCHOOL_CLASS", "七年级一班", None),
        ("lin-family", "FAMILY", "林家", None),
    ):
        empty.done("enrolSubject", subject=subject, kind=kind, name=name, bornOn=born_on)
    for tie, kind, source, target in (
        ("t1", "member_of", "lin", "g3"),
        ("t2", "member_of", "mei", "g3"),
        ("t3", "mentors", "xu", "g3"),
        ("t4", "guardian_of", "wei", "lin"),
        ("t5", "guardian_of", "fang", "mei"),
        ("t6", "family_of", "lin", "lin-family"),
        ("t7", "family_of", "wei", "lin-family"),
        ("t8", "part_of", "g3", "c1"),
    ):
        empty.done("openTie", tie=tie, kind=kind, source=source, target=target)
    empty.clock.day = date(2026, 3, 5)
    empty.service.tick()
    return empty


def found_purse(face: Face, record: str = "r1", happened_on: str = "2026-03-05") -> None:
    """Let Lin hand back a purse, and have it approved."""
    face.done(
        "fileRecord",
        record=record,
        subject="lin",
        scheme="school",
        rule="returned-lost-property",
        happenedOn=happened_on,
        note="捡到钱包",
    )
    face.done("approveRecord", "head", record=record)
