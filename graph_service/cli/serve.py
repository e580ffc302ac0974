"""Commands that serve a store of one's own, and what they share with the demonstration."""

from __future__ import annotations

import json
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Annotated

import typer

from graph_service.cli.options import StoreOption, TodayOption, service
from graph_service.cli.printing import console, say
from graph_service.errors import PortTaken
from graph_service.service import TrustService
from graph_service.settings import Settings
from loaders.keeping import kept_again

if TYPE_CHECKING:
    from schema.documents import Documents

#: Until there is identity, only this machine is served: a container listens further, and lets nobody else through.
HOST = "127.0.0.1"
PORT = 8000

PortOption = Annotated[int, typer.Option("--port", help="Port to listen on.", min=1, max=65535)]
HostOption = Annotated[
    str, typer.Option("--host", help="Address to listen on. Whoever reaches it is let in.", metavar="ADDRESS")
]


def serve(
    store: StoreOption = None,
    host: HostOption = HOST,
    port: PortOption = PORT,
    today: TodayOption = None,
    documents: Annotated[
        Path | None,
        typer.Option("--documents", help="Folder of trusted documents.", metavar="DIR", envvar="TRUSTNET_DOCUMENTS"),
    ] = None,
    documents_only: Annotated[
        bool,
        typer.Option("--documents-only", help="Answer nothing but them.", envvar="TRUSTNET_DOCUMENTS_ONLY"),
    ] = False,
) -> None:
    """Serve a store through GraphQL on the loopback address.

    Example: `trustnet serve --store sqlite:///school.db`
    """
    from schema.documents import read_documents

    if documents_only and documents is None:
        raise typer.BadParameter("--documents-only answers nothing without --documents DIR")
    trusted = None if documents is None else read_documents(documents, only=documents_only)
    with service(store, today=today) as opened:
        opened.tick()
        _keep_again(opened)
        serve_here(opened, port, host=host, demonstrating=False, documents=trusted)


def _keep_again(opened: TrustService) -> None:
    """Keep what a load that was cut off left unkept, so that nobody who asks waits for it."""
    with opened.reading() as reading:
        schemes = reading.unkept()
    if schemes:
        left = f"the standings that a load left when it was cut off: {', '.join(sorted(schemes))}"
        with console(stderr=True).status(f"keeping {left}"):
            kept_again(opened)
        say(f"kept {left}")


def serve_here(
    opened: TrustService,
    port: int,
    *,
    host: str = HOST,
    demonstrating: bool,
    documents: Documents | None = None,
) -> None:
    """Serve a store on this machine until it is stopped; print queries worth trying where it is a demonstration."""
    from graph_service.web.app import create_app
    from graph_service.web.server import Server
    from schema.examples import examples, examples_for
    from schema.request import ANY

    listening = _listening(host, port)
    say(f"GraphiQL: http://{HOST}:{port}/graphql   (Ctrl-C to stop)")
    # Who is served by a store of their own is told of nobody in it before asking.
    shown = examples_for(opened) if demonstrating else examples()
    if demonstrating:
        for example in shown:
            say(f"\n{example.query.strip()}")
            if example.variables:
                say(f"with {json.dumps(example.variables, ensure_ascii=False)}")
    # The socket is handed over, so that nobody can take the port after the address was printed.
    app = create_app(opened, shown=shown, documents=documents or ANY, limits=Settings.read().live)
    Server(app).run(sockets=[listening])


def _listening(host: str, port: int) -> socket:
    """Take the port.

    Raises:
        PortTaken: Another program has it.
    """
    from graph_service.web.server import listening_on

    try:
        return listening_on(host, port)
    except OSError:
        raise PortTaken(port=port) from None
