"""The command that copies: a store into another one."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from graph_service.cli.journal import print_verification, verified
from graph_service.cli.printing import progress_bars, say
from graph_service.copying.refusals import CopyOntoItself
from graph_service.wiring import open_store, same_store


def copy(
    source: Annotated[str, typer.Option("--from", help="Address of the store to copy.", metavar="sqlite:///FILE")],
    target: Annotated[
        str,
        typer.Option("--to", help="Address of an empty store, or of a copy to go on with.", metavar="sqlite:///FILE"),
    ],
) -> None:
    """Copy a store's journal into another store, make all views anew there, and verify them.

    A copy that was cut off is gone on with by the same command. The vault stays where it is.

    Example: `trustnet copy --from sqlite:///school.db --to sqlite:///moved/school.db`
    """
    from graph_service.copying.journal import copy_journal

    if same_store(source, target):
        raise CopyOntoItself(field="to")
    with closing(open_store(source, create=False)) as copied, closing(open_store(target, create=True)) as into:
        with progress_bars() as progress:
            head = copy_journal(copied, into, progress)
        say(f"copied: {head.seq} entries")
        with into.reading() as reading:
            found = verified(reading)
    print_verification(found)
