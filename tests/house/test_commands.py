"""Every command and every setting says what it does, and is on its page."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.core import TyperArgument, TyperCommand, TyperOption

from docs.generate import commands, pages
from graph_service.follower import LiveLimits
from graph_service.settings import Settings
from tests.house.code import ROOT, modules

COMMANDS = list(commands())
PAGES = pages()
_SETTING = re.compile(r"\bTRUSTNET_[A-Z_]*[A-Z]\b")


def _page(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_a_command_is_explained_with_an_example(name: str, command: TyperCommand) -> None:
    example = re.search(r"Example: `([^`]+)`", command.help or "")
    taken = [one for one in command.params if isinstance(one, TyperArgument | TyperOption)]

    assert example is not None
    assert name in example[1]
    assert [one.name for one in taken if not one.help] == []


def test_every_command_that_the_contract_names_is_there() -> None:
    named = {name.removeprefix("trustnet ") for name, _ in COMMANDS}

    assert named >= {
        *("demo", "serve", "load", "standings", "statement", "shares"),
        *("replay", "tick", "verify", "policy check", "export"),
    }


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.name)
def test_a_page_made_from_the_code_is_current(page: Path) -> None:
    written = page.read_text(encoding="utf-8")

    assert written == PAGES[page], "run .venv/bin/python docs/generate.py"


#: The settings that are fields, the limits of those who follow the journal one by one.
_FIELDS = {f"TRUSTNET_{field.name.upper()}" for field in fields(Settings) if field.name != "live"} | {
    f"TRUSTNET_LIVE_{field.name.upper()}" for field in fields(LiveLimits)
}


def test_every_setting_is_explained() -> None:
    page = _page("settings.md")
    read = {found for path in modules() for found in _SETTING.findall(path.read_text(encoding="utf-8"))}
    known = _FIELDS | read - {"TRUSTNET_LIVE"}

    assert sorted(name for name in known if f"`{name}`" not in page) == []


def test_no_setting_is_explained_that_nobody_reads() -> None:
    read = {
        found
        for path in [*modules(), *(ROOT / "tests").rglob("*.py")]
        for found in _SETTING.findall(path.read_text(encoding="utf-8"))
    }

    assert sorted(set(_SETTING.findall(_page("settings.md"))) - read - _FIELDS) == []


def test_defaults_are_as_they_are_told() -> None:
    assert f"`{Settings().store}`" in _page("settings.md")
