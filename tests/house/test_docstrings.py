"""What others may use is explained; examples run."""

from __future__ import annotations

import ast
import doctest
from importlib import import_module
from pathlib import Path

import pytest

from tests.house.code import CORE, ROOT, Function, modules, name_of, tree_of

#: Rooms in which examples may be written.
DOCTESTED = ("errors", "model", "policy", "scoring", "relation", "projection", "actions", "lookups", "vault")


def _public(path: Path) -> list[tuple[str, ast.AST]]:
    tree = tree_of(path)
    found: list[tuple[str, ast.AST]] = [(name_of(path), tree)]
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            found.append((f"{name_of(path)}:{node.name}", node))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found += [
                (f"{name_of(path)}:{node.name}.{inner.name}", inner)
                for inner in node.body
                if isinstance(inner, Function) and not inner.name.startswith("_")
            ]
    return found


def test_everything_public_in_the_core_is_explained() -> None:
    core = [path for path in modules() if path.relative_to(ROOT).parts[1].removesuffix(".py") in (*CORE, "errors")]
    silent = [
        name
        for path in core
        for name, node in _public(path)
        if isinstance(node, Function | ast.ClassDef | ast.Module) and not ast.get_docstring(node)
    ]

    assert silent == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name_of(path) for path in modules() if not ast.get_docstring(tree_of(path))] == []


def _doctested() -> list[str]:
    found = []
    for path in modules():
        parts = path.relative_to(ROOT).with_suffix("").parts
        room = parts[1] if parts[0] == "graph_service" and len(parts) > 1 else parts[0]
        if room in (*DOCTESTED, "schema", "loaders") and ">>> " in path.read_text(encoding="utf-8"):
            found.append(".".join(part for part in parts if part != "__init__"))
    return found


@pytest.mark.parametrize("module", _doctested())
def test_the_examples_run(module: str) -> None:
    outcome = doctest.testmod(import_module(module))

    assert outcome.attempted > 0
    assert outcome.failed == 0
