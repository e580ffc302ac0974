"""One word for one thing: the glossary's other column stays out of the code."""

from __future__ import annotations

import re
from collections import defaultdict

from tests.house.code import ROOT, defined_names, modules, name_of

GLOSSARY = ROOT / "docs" / "glossary.md"

#: Where a word may be used all the same, and why.
ALLOWED = {
    ("edge", "schema/paging.py"): "Relay's word for a thing at its place in a page",
    ("edge", "graph_service/policy/grades.py"): "where a grade begins",
    ("event", "graph_service/policy/nodes.py"): "what a reader of YAML calls a part of the text",
    ("link", "graph_service/lookups/verify.py"): "a link of the chain",
}

#: Names by which code gets out of saying what it does.
NO_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "base"}

#: Rooms that speak of the nouns of the model, file by file.
ROOMS_OF_NOUNS = ("schema", "loaders", "graph_service/stores/sqlite")


def _rows() -> list[list[str]]:
    text = GLOSSARY.read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [row for row in rows if row[0] not in {"word", "---"}]


def _parts(name: str) -> set[str]:
    found = {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    return found | {part.removesuffix("s") for part in found}


def test_every_row_has_a_word_a_meaning_and_what_it_is_not() -> None:
    rows = _rows()

    assert len(rows) > 60
    assert [row for row in rows if len(row) != 3 or not row[0] or not row[1]] == []


def test_no_word_is_explained_twice() -> None:
    words = [word for row in _rows() for word in re.findall(r"\*\*(.+?)\*\*", row[0])]

    assert sorted(word for word in words if words.count(word) > 1) == []


def test_no_word_is_allowed_and_forbidden() -> None:
    words = {word for row in _rows() for word in re.findall(r"\*\*(.+?)\*\*", row[0])}
    forbidden = {word for row in _rows() for word in re.findall(r"`(\w+)`", row[2])}

    assert words & forbidden == set()


def test_other_words_are_not_used_in_the_code() -> None:
    forbidden = {word for row in _rows() for word in re.findall(r"`(\w+)`", row[2])}
    found = defaultdict(set)
    for path in modules():
        for name in defined_names(path):
            for word in (_parts(name) | {name}) & forbidden:
                if (word, name_of(path)) not in ALLOWED:
                    found[word].add(f"{name_of(path)}:{name}")

    assert dict(found) == {}


def test_what_is_allowed_is_needed() -> None:
    needless = [
        (word, path) for word, path in ALLOWED if not any(word in _parts(name) for name in defined_names(ROOT / path))
    ]

    assert needless == []


def test_node_and_edge_are_graphql_s_and_yaml_s() -> None:
    named = {name_of(path) for path in modules() if any("node" in _parts(name) for name in defined_names(path))}

    assert sorted(name for name in named if not name.startswith(("schema/", "graph_service/policy/"))) == []


def test_no_file_gets_out_of_saying_what_it_does() -> None:
    assert [name_of(path) for path in modules() if path.stem in NO_NAMES] == []


def test_the_same_noun_has_the_same_file_name() -> None:
    nouns = {path.stem for path in (ROOT / "graph_service" / "model").glob("*.py")} - {"__init__"}
    singular = {noun.removesuffix("s"): noun for noun in nouns}
    others = [
        name_of(path)
        for room in ROOMS_OF_NOUNS
        for path in (ROOT / room).glob("*.py")
        if path.stem not in nouns and path.stem.removesuffix("s") in singular
    ]

    assert others == []
