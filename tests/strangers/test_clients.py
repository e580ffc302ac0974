"""Clients as front-end developers use them: the examples as they stand, and those that ask by hash."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph_service.service import TrustService
from graph_service.web.app import create_app
from schema.documents import Documents, hash_of, read_documents
from tests.serving import EXAMPLES, example_school, served
from tests.strangers import node

#: What both examples print, as their page shows it.
TOLD = re.findall(r"^```text\n(.*?)^```", (EXAMPLES / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)[0]

#: As Apollo's and urql's clients print it, before they hash it.
WHO = "query Who($subject: String!) {\n  subject(ref: $subject) {\n    name\n    __typename\n  }\n}"
OTHER = "{ head { seq } }"

CLIENTS = {"apollo", "apollo by GET", "urql"}


@pytest.fixture
def trusting(tmp_path: Path) -> Iterator[str]:
    """Serve the example school, and nothing but the documents of the examples."""
    service = example_school(tmp_path / "trustnet.db")
    with served(create_app(service, documents=read_documents(EXAMPLES / "documents", only=True))) as address:
        yield f"{address}/graphql"
    service.close()


def test_the_example_in_python_runs(trusting: str) -> None:
    told = subprocess.run(
        [sys.executable, EXAMPLES / "python" / "main.py", trusting, "r-new"],
        check=True,
        capture_output=True,
        env={"PYTHONUTF8": "1"},
        text=True,
        encoding="utf-8",
        timeout=60,
    )

    assert told.stdout == TOLD


@pytest.mark.timeout(600)
def test_the_example_in_typescript_runs(tools: None, trusting: str) -> None:
    assert node.run(EXAMPLES / "typescript" / "main.ts", trusting, "r-new") == TOLD


def by_hash(school: TrustService, documents: Documents) -> Any:  # noqa: ANN401 - scripts answer in JSON
    with served(create_app(school, documents=documents)) as address:
        told = node.asked("persisted.mjs", f"{address}/graphql", given={"query": WHO, "variables": {"subject": "p-01"}})
    assert set(told) == CLIENTS
    return told


def test_clients_that_send_hashes_are_answered(tools: None, school: TrustService) -> None:
    told = by_hash(school, Documents(texts={hash_of(WHO): WHO}, only=True))

    for client in CLIENTS:
        assert told[client]["data"]["subject"]["name"] == "林书瑶"
        assert [(sent["status"], sent["text"]) for sent in told[client]["sent"]] == [(200, False)]
    assert [told[client]["sent"][0]["method"] for client in sorted(CLIENTS)] == ["POST", "GET", "GET"]


@pytest.mark.parametrize("texts", [{}, {hash_of(OTHER): OTHER}], ids=["no documents", "other documents"])
def test_clients_send_the_text_where_the_hash_is_unknown(
    tools: None, school: TrustService, texts: dict[str, str]
) -> None:
    told = by_hash(school, Documents(texts=texts))

    for client in CLIENTS:
        assert told[client]["data"]["subject"]["name"] == "林书瑶"
        assert [(sent["status"], sent["text"]) for sent in told[client]["sent"]] == [(400, False), (200, True)]


def test_clients_tell_the_refusal_where_nothing_else_is_answered(tools: None, school: TrustService) -> None:
    told = by_hash(school, Documents(texts={hash_of(OTHER): OTHER}, only=True))

    for client in CLIENTS:
        assert told[client]["data"] is None
        assert f"No trusted document has the id {hash_of(WHO)}" in told[client]["error"]
        assert [sent["text"] for sent in told[client]["sent"]] == [False]
