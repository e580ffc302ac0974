"""The front door of the command line: its commands, and what its exit codes mean.

0 is done, 2 is refused (with the refusal's code), 1 is a fault.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from graph_service.cli import copying, demo, forget, graph, journal, neo4j, policy, serve, standing, what_if
from graph_service.cli.printing import print_refusal
from graph_service.errors import Refusal
from graph_service.policy.faults import PolicyFaults

app = typer.Typer(
    name="trustnet",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"trustnet {version('trustnet')}")
        raise typer.Exit


@app.callback()
def trustnet(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """A trust network: subjects, ties, records, and scores explained to the last point."""


app.command()(demo.demo)
app.command()(serve.serve)
app.command()(graph.load)
app.command()(graph.export)
app.command()(copying.copy)
app.command()(forget.forget)
app.command()(standing.standings)
app.command()(standing.statement)
app.command()(standing.shares)
app.command()(standing.replay)
app.command()(what_if.what_if)
app.command()(journal.tick)
app.command()(journal.verify)
app.command()(journal.checkpoint)
app.add_typer(policy.app, name="policy")
app.add_typer(neo4j.app, name="neo4j")


def main() -> None:
    """Run a command and leave with its exit code."""
    try:
        app()
    except PolicyFaults as faults:
        policy.print_faults(faults.faults)
        sys.exit(2)
    except Refusal as refusal:
        print_refusal(refusal)
        sys.exit(2)
