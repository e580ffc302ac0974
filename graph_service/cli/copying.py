"""The command that copies: a store into another one, or into a graph for analysts."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from graph_service.cli.journal import print_verification, verified
from graph_service.cli.printing import progress_bars, say
from graph_service.copying.refusals import CopyOntoItself
from graph_service.settings import Settings
from graph_service.wiring import new_copy, open_store, same_store


def copy(
    source: Annotated[str, typer.Option("--from", help="Address of the store to copy.", metavar="ADDRESS")],
    target: Annotated[
        str,
        typer.Option("--to", help="Address of an empty store, or of a copy to go on with.", metavar="ADDRESS"),
    ],
    pseudonymous: Annotated[
        bool,
        typer.Option("--pseudonymous", help="Copy the graph only, under other ids and without minors' records."),
    ] = False,
) -> None:
    """Copy a store's journal into another store, make all views anew there, and verify them.

    A copy that was cut off is gone on with by the same command. The vault stays where it is. A pseudonymous copy is for
    analysts: structure, days and points, no names, and nothing that could be entered again.

    Example: `trustnet copy --from sqlite:///school.db --to sqlite:///moved/school.db`
    """
    if same_store(source, target):
        raise CopyOntoItself(field="to")
    if pseudonymous:
        _copy_graph(source, target)
    else:
        _copy_journal(source, target)


def _copy_journal(source: str, target: str) -> None:
    from graph_service.copying.journal import copy_journal

    settings = Settings.read()
    with (
        closing(open_store(source, create=False, settings=settings)) as copied,
        closing(open_store(target, create=True, settings=settings)) as into,
    ):
        with progress_bars() as progress:
            head = copy_journal(copied, into, progress)
        say(f"copied: {head.seq} entries")
        found = verified(into)
    print_verification(found)


def _copy_graph(source: str, target: str) -> None:
    from graph_service.copying.graph import copy_graph

    with (
        closing(open_store(source, create=False, settings=Settings.read())) as store,
        store.reading() as reading,
        new_copy(target) as copied,
        progress_bars() as progress,
    ):
        found = copy_graph(reading, copied, progress)
    for noun, count in found.counted.items():
        say(f"{count:>12,} {noun}")
    say(f"copied under pseudonyms: {target}, as of the end of {found.day}")
