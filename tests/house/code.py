"""The code as data: the files of the product, and what they define."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("graph_service", "schema", "loaders")

#: Rooms whose meaning everything rests on.
CORE = ("model", "policy", "scoring", "relation", "projection", "lookups", "actions", "ports")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    """Name a file as it is named in messages and lists."""
    return path.relative_to(ROOT).as_posix()


@cache
def modules() -> tuple[Path, ...]:
    """List the modules of the product."""
    return tuple(sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")))


@cache
def tree_of(path: Path) -> ast.Module:
    """Read a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def tracked() -> tuple[Path, ...]:
    """List the files that go into the repository: those that git knows, and new ones that it would not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = [ROOT / name for name in listed.stdout.split("\0") if name]
    return tuple(sorted(path for path in names if path.is_file()))


def texts() -> Iterator[tuple[Path, str]]:
    """Go through the files that people write: all that are text, but for what others made."""
    for path in tracked():
        if path.suffix in {".py", ".md", ".yaml", ".yml", ".toml", ".sql", ".csv", ".jsonl", ".graphql", ".html", ""}:
            yield path, path.read_text(encoding="utf-8")


def functions(path: Path) -> Iterator[Function]:
    """Go through the functions and methods of a module."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function):
            yield node


def defined_names(path: Path) -> set[str]:
    """Name everything that a module defines: itself, functions, classes, parameters, variables, fields."""
    names = {path.stem}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
    return names
