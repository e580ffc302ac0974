"""Commands that serve: the demonstration, and a store of one's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.graph import adopt_policy, load_files
from graph_service.cli.options import PolicyOption, StoreOption, TodayOption, service
from graph_service.cli.printing import say
from graph_service.service import TrustService

#: Until there is identity, only this machine is served.
HOST = "127.0.0.1"
PORT = 8000

#: The demonstration's clock stands on the last day of the example's term.
DEMO_DAY = date(2026, 7, 3)
#: The first day of the policy in the demonstration.
DEMO_SINCE = date(2026, 2, 1)
DEMO_STORE = "sqlite:///.demo/trustnet.db"
EXAMPLE = Path(__file__).parents[2] / "examples" / "school"

PortOption = Annotated[int, typer.Option("--port", help="Port on the loopback address.", min=1, max=65535)]


def demo(
    store: Annotated[str, typer.Option("--store", help="Where to keep it.")] = DEMO_STORE,
    policy: PolicyOption = None,
    port: PortOption = PORT,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it when it is loaded.")] = True,
) -> None:
    """Load the example school into an embedded store and serve it on this machine.

    Example: `trustnet demo`
    """
    with service(store, create=True, today=DEMO_DAY) as opened:
        adopt_policy(opened, policy or Path("wendeng"), DEMO_SINCE)
        load_files(opened, sorted(EXAMPLE.glob("*.csv")) + sorted(EXAMPLE.glob("*.jsonl")))
        if serve_it:
            _serve(opened, port, demonstrating=True)


def serve(store: StoreOption = None, port: PortOption = PORT, today: TodayOption = None) -> None:
    """Serve a store through GraphQL on the loopback address.

    Example: `trustnet serve --store sqlite:///school.db`
    """
    with service(store, today=today) as opened:
        opened.tick()
        _serve(opened, port, demonstrating=False)


def _serve(opened: TrustService, port: int, *, demonstrating: bool) -> None:
    import uvicorn

    from graph_service.web.app import create_app
    from schema.examples import examples

    say(f"GraphiQL: http://{HOST}:{port}/graphql   (Ctrl-C to stop)")
    if demonstrating:
        for example in examples():
            say(f"\n{example.query.strip()}")
            if example.variables:
                say(f"with {example.variables}")
    uvicorn.run(create_app(opened), host=HOST, port=port, log_level="warning")
