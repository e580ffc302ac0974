"""Every refusal has a code of its own, two sentences that say the same, and a page."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from docs.generate import known_refusals, parameters
from graph_service.errors import Refusal
from tests.house.code import ROOT

REFUSALS = known_refusals()


def test_the_modules_that_refuse_are_all_here() -> None:
    found = {refusal.__module__ for refusal in REFUSALS}

    assert found >= {
        "graph_service.errors",
        "graph_service.policy.faults",
        "graph_service.vault.refusals",
        "graph_service.replay.refusals",
        "loaders.refusals",
    }


def test_no_two_refusals_have_one_code() -> None:
    counted = Counter(refusal.code for refusal in REFUSALS)

    assert [code for code, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_refusal_says_what_to_do(refusal: type[Refusal]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", refusal.code)
    assert re.fullmatch(r"[A-Z].*\.", refusal.__doc__ or "", re.DOTALL)
    # What has to be written stands at the very end of some: a full stop would look like a part of it.
    assert re.search(r"(\.|: \{[a-z_]+\})$", refusal.en)
    assert re.search(r"(。|：\{[a-z_]+\})$", refusal.zh)
    assert re.search(r"[\u4e00-\u9fff]", refusal.zh)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_both_sentences_tell_the_same_parameters(refusal: type[Refusal]) -> None:
    assert set(parameters(refusal.zh)) == set(parameters(refusal.en))
    made = {name: f"<{name}>" for name in parameters(refusal.en)}
    assert all(value in sentence.format(**made) for value in made.values() for sentence in (refusal.en, refusal.zh))


def test_every_code_has_a_heading() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### `([a-z0-9_]+)`$", page, re.MULTILINE)

    assert headings == [refusal.code for refusal in REFUSALS]
