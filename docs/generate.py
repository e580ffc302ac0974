"""Writes the pages that are made from the code: every refusal, every command, and the rulebook.

    .venv/bin/python docs/generate.py

A test of the house compares the pages with the code.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from string import Formatter

import typer.main
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from docs.rulebook_pages import rulebook_pages
from graph_service.cli.main import app
from graph_service.errors import Refusal, refusals

DOCS = Path(__file__).resolve().parent

PACKAGES = ("graph_service", "schema", "loaders")

#: The modules whose refusals come first, in order of precedence; others follow by name.
FIRST = ("graph_service.errors", "graph_service.policy.faults")

Parameter = TyperArgument | TyperOption

_SECTION = re.compile(r"^# -- (.*?) -+$")


def modules() -> list[str]:
    """List all modules of the product, and import them, so that every refusal is known."""
    names = []
    for package in PACKAGES:
        path = import_module(package).__path__
        names += [package, *(found.name for found in walk_packages(path, f"{package}."))]
    # Importing this one would run the command line.
    names.remove("graph_service.__main__")
    for name in names:
        import_module(name)
    return names


def known_refusals() -> list[type[Refusal]]:
    """List every refusal there is, in the order of the page: by module, then as the module lists them."""
    modules()
    found = dict.fromkeys(refusals())
    places = {name: place for place, name in enumerate(FIRST)}
    return sorted(
        found,
        key=lambda one: (places.get(one.__module__, len(FIRST)), one.__module__, inspect.getsourcelines(one)[1]),
    )


def parameters(template: str) -> list[str]:
    """Name the parameters of a sentence, in order and once."""
    return list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))


def errors_page() -> str:
    """Write the page of refusals."""
    text = [
        "# Refusals",
        "",
        "<!-- Made by docs/generate.py from the code. -->",
        "",
        "A refusal is an expected no: nothing was done, and the sentence says what to do next. Its code is stable for",
        "ever. The command line prints it and exits with 2; GraphQL answers with a `Refusal`; a load report lists it",
        "with file, line and column. Of several that would fit, the one that stands first on this page is raised.",
    ]
    shown = ""
    for refusal in known_refusals():
        heading = _heading(refusal)
        if heading != shown:
            text += ["", f"## {heading}"]
            shown = heading
        text += ["", f"### `{refusal.code}`", "", _paragraph(inspect.getdoc(refusal) or "")]
        text += ["", f"> {_shown(refusal.en)}", ">", f"> {_shown(refusal.zh)}"]
        named = parameters(refusal.en)
        if named:
            text += ["", f"Parameters: {', '.join(f'`{name}`' for name in named)}."]
    return "\n".join(text) + "\n"


def _heading(refusal: type[Refusal]) -> str:
    """Name the section: what the module is about, and the heading over the class in the module's text."""
    module = inspect.getmodule(refusal)
    assert module is not None
    above = inspect.getsource(module).splitlines()[: inspect.getsourcelines(refusal)[1]]
    sections = [match[1] for line in above if (match := _SECTION.match(line))]
    if module.__name__ == FIRST[0]:
        return sections[-1]
    about = re.split(r"[:.]", inspect.getdoc(module) or "")[0]
    return f"{about}: {sections[-1][0].lower()}{sections[-1][1:]}" if sections else about


def _shown(template: str) -> str:
    """Write a template as it is read: doubled braces stand for one."""
    return template.replace("{{", "{").replace("}}", "}")


def _paragraph(text: str) -> str:
    return text.partition("\n\n")[0].replace("\n", " ")


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Go through all commands: how each is called, and what the command line knows of it."""
    yield from _commands("trustnet", typer.main.get_command(app))


def _commands(name: str, command: object) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for part, found in command.commands.items():
            yield from _commands(f"{name} {part}", found)
    elif isinstance(command, TyperCommand):
        yield name, command


def commands_page() -> str:
    """Write the page of commands."""
    text = [
        "# Commands",
        "",
        "<!-- Made by docs/generate.py from the code. -->",
        "",
        "Exit codes: 0 done, 2 refused (with the [refusal's code](../errors.md)), 1 a fault. Data goes to the standard",
        "output, everything else to the standard error. Settings that options stand for are in",
        "[settings](settings.md).",
    ]
    for name, command in commands():
        sentence, _, rest = inspect.cleandoc(command.help or "").partition("\n\n")
        example = " ".join(rest.split())
        text += ["", f"## {name}", "", " ".join(sentence.split()), "", example]
        taken = [one for one in command.params if isinstance(one, TyperArgument | TyperOption) and one.name != "help"]
        rows = [_row(parameter) for parameter in taken]
        if rows:
            text += ["", "| option | meaning |", "|---|---|", *rows]
    return "\n".join(text) + "\n"


def _row(parameter: Parameter) -> str:
    option = isinstance(parameter, TyperOption)
    called = [*parameter.opts, *parameter.secondary_opts] if option else [str(parameter.name).upper()]
    if option and parameter.metavar:
        called[-1] += f" {parameter.metavar}"
    meaning = [parameter.help or ""]
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        meaning.append(f"One of {', '.join(kind)}.")
    if parameter.required:
        meaning.append("Needed.")
    elif parameter.default not in {None, False}:
        shown = called[0] if parameter.default is True else parameter.default
        meaning.append(f"By default `{shown}`.")
    if parameter.envvar:
        meaning.append(f"Or `{parameter.envvar}`.")
    return f"| {', '.join(f'`{name}`' for name in called)} | {' '.join(part for part in meaning if part)} |"


def pages() -> dict[Path, str]:
    """Give every page that is made from the code."""
    found = {DOCS / "errors.md": errors_page(), DOCS / "reference" / "commands.md": commands_page()}
    return found | rulebook_pages()


if __name__ == "__main__":
    for page, content in pages().items():
        page.write_text(content, encoding="utf-8")
