"""Commands on a Neo4j server on this machine: start one, and fetch what it is made of."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from graph_service.cli.printing import console, say

app = typer.Typer(help="Run a Neo4j server on this machine.", no_args_is_help=True)

DATA = Path(".neo4j")
PORT = 7687


@app.callback()
def neo4j() -> None:
    """Run a Neo4j server on this machine."""


@app.command()
def start(
    data: Annotated[
        Path, typer.Option("--data", help="Folder of the server's data; made where it is missing.", metavar="DIR")
    ] = DATA,
    port: Annotated[int, typer.Option("--port", help="Port on the loopback address.", min=1, max=65535)] = PORT,
    heap: Annotated[str, typer.Option("--heap", help="Memory for queries.", metavar="SIZE")] = "1g",
    page_cache: Annotated[
        str, typer.Option("--page-cache", help="Memory for pages of the graph.", metavar="SIZE")
    ] = "512m",
) -> None:
    """Start a Neo4j server on this machine, print the address of the store on it, and run until it is stopped.

    Its jars are fetched at the first start. It listens on the loopback address only.

    Example: `trustnet neo4j start --data district/`
    """
    from graph_service.neo4j_server.jars import locked_jars, neo4j_version
    from graph_service.neo4j_server.server import ServerPlan, java_program, running

    password = os.environ.get("TRUSTNET_NEO4J_PASSWORD") or None
    plan = ServerPlan(folder=data, port=port, heap=heap, page_cache=page_cache, password=password)
    java = java_program()
    classpath = _fetched()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, _leave)
    with running(plan, java=java, classpath=classpath, version=neo4j_version(locked_jars())) as server:
        # A password that somebody chose is theirs to show.
        typer.echo(server.address if password is None else server.address_without_password)
        sys.stdout.flush()
        say("Neo4j is ready: put this address into TRUSTNET_STORE   (Ctrl-C to stop)")
        server.wait()


@app.command()
def fetch() -> None:
    """Fetch the jars that a server is made of, or check those that are here.

    Example: `trustnet neo4j fetch`
    """
    classpath = _fetched()
    say(f"{len(classpath)} jars are here, and are those that are locked")


def _fetched() -> list[Path]:
    """Fetch the jars with a bar that moves."""
    from graph_service.neo4j_server.jars import fetch_jars, jar_folder, locked_jars

    maven = os.environ.get("TRUSTNET_MAVEN_REPOSITORY") or None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("jars of Neo4j", total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return fetch_jars(locked_jars(), jar_folder(), maven=maven, progress=tell)


def _leave(*_: object) -> NoReturn:
    """Leave by the way that closes everything behind it; a second signal does not disturb that."""
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, signal.SIG_IGN)
    raise typer.Exit
