"""Nothing is left lying about: no clocks, no machines' paths, no unfinished work, no tests that are passed over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import schema
from tests.house.code import ROOT, modules, name_of, texts, tree_of

_CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
_CLOCKS |= {("time", "time_ns"), ("time", "localtime"), ("time", "gmtime")}

#: Places in which the time may be read, and why.
CLOCKS_ALLOWED = {"graph_service/wiring.py": "it makes the clock that everything else is handed"}

# Written so that this file does not find itself.
_LEFTOVERS = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK")))
_SKIPPED = re.compile(r"pytest\.(?:mark\.(?:skip|skipif|xfail)|skip\(|xfail\()")
_MACHINES = re.compile(r"/(?:home|Users|work|root)/[a-z]|[A-Z]:\\\\Users|/var/folders/|\.local:\d|/tmp/[a-z]")

#: Where a test may be passed over, and why.
SKIPS_ALLOWED: dict[str, str] = {}


def clocks_read(tree: ast.Module) -> Iterator[int]:
    """Go through the lines of a module that read the time, or take a clock in by its bare name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            of = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if (of, node.attr) in _CLOCKS:
                yield node.lineno
        if isinstance(node, ast.ImportFrom) and {("time", name.name) for name in node.names} & _CLOCKS:
            yield node.lineno


def test_the_time_is_read_in_one_place() -> None:
    found = [
        f"{name_of(path)}:{line}"
        for path in modules()
        if name_of(path) not in CLOCKS_ALLOWED
        for line in clocks_read(tree_of(path))
    ]

    assert found == []


@pytest.mark.parametrize(
    "code",
    ["datetime.now(zone)", "datetime.datetime.now(zone)", "date.today()", "time.time()", "from time import time_ns"],
)
def test_a_clock_is_found_however_it_is_written(code: str) -> None:
    assert list(clocks_read(ast.parse(code))) == [1]


def test_nothing_unfinished_is_left() -> None:
    found = [
        f"{name_of(path)}:{number}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if _LEFTOVERS.search(line)
    ]

    assert found == []


def test_what_is_not_written_is_not_promised() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Name) and node.id in {"NotImplementedError", "NotImplemented"}
    ]

    assert found == []


def test_no_test_is_passed_over() -> None:
    found = [
        name_of(path)
        for path, text in texts()
        if path.suffix == ".py" and path != Path(__file__) and _SKIPPED.search(text)
    ]

    assert [name for name in found if name not in SKIPS_ALLOWED] == []


def test_no_file_names_a_machine() -> None:
    found = [
        f"{name_of(path)}:{number}"
        for path, text in texts()
        if path != Path(__file__)
        for number, line in enumerate(text.splitlines(), 1)
        if _MACHINES.search(line)
    ]

    assert found == []


def test_the_package_called_schema_is_ours() -> None:
    assert Path(schema.__file__ or "").parent == ROOT / "schema"
