"""The README's question has the README's answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from graph_service.cli.demo import DEMO_DAY, DEMO_SINCE, EXAMPLE
from graph_service.cli.graph import adopt_policy, load_files
from graph_service.settings import Settings
from graph_service.web.app import create_app
from graph_service.wiring import open_service

README = Path(__file__).parents[2] / "README.md"


def asked_and_answered(text: str) -> tuple[str, str]:
    question = re.search(r"```graphql\n(.*?)```", text, re.DOTALL)
    answer = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert question is not None
    assert answer is not None
    return question.group(1), answer.group(1)


def written(changes: list[object]) -> str:
    """Write the answer as the README shows it: a change a line."""
    lines = ",\n".join(f"  {json.dumps(change, ensure_ascii=False)}" for change in changes)
    return f'{{"data": {{"preview": {{"points": "25", "changes": [\n{lines}\n]}}}}}}\n'


@pytest.mark.timeout(120)
def test_the_readme_shows_a_query_with_its_answer(tmp_path: Path) -> None:
    question, answer = asked_and_answered(README.read_text("utf-8"))
    service = open_service(Settings(store=f"sqlite:///{tmp_path}/demo.db", today=DEMO_DAY), create=True)
    try:
        adopt_policy(service, Path("wendeng"), DEMO_SINCE)
        load_files(service, sorted(EXAMPLE.glob("*.csv")) + sorted(EXAMPLE.glob("*.jsonl")))
        with TestClient(create_app(service), base_url="http://127.0.0.1") as client:
            answered = client.post("/graphql", json={"query": question}).json()
    finally:
        service.close()

    assert written(answered["data"]["preview"]["changes"]) == answer
