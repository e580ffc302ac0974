"""Commands on policies: check a folder, list every fault at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.options import FormatOption
from graph_service.cli.printing import Format, print_fault_rows, say
from graph_service.model.faults import Fault
from graph_service.policy.faults import PolicyFaults
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.parse import parse_policy

app = typer.Typer(help="Check policies.", no_args_is_help=True)


@app.callback()
def policy() -> None:
    """Check policies."""


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Folder of policy files, or the name of an edition that ships.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Check a folder of policy files; every fault is listed with file, line, field and cure.

    Example: `trustnet policy check my-policy/`
    """
    path = policy_folder(folder)
    try:
        parsed = parse_policy(path.name, read_folder(path))
    except PolicyFaults as found:
        print_faults(found.faults, form)
        raise typer.Exit(2) from None
    rules = sum(len(scheme.rules) for scheme in parsed.schemes.values())
    say(f"{parsed.name}: {len(parsed.schemes)} schemes, {rules} rules, no faults")


def policy_folder(folder: Path) -> Path:
    """Give the folder that is meant: the one named, or that of an edition that ships."""
    return edition_folder(str(folder)) if not folder.exists() and folder.name == str(folder) else folder


def print_faults(faults: Iterable[Fault], form: Format = Format.TABLE) -> None:
    """Print faults of policy files, and how many there are."""
    listed = list(faults)
    print_fault_rows(listed, form)
    say(f"refused (policy_faulty): faults: {len(listed)}")
