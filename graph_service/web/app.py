"""The web application: GraphQL, the page to try it, and a sign of health."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_service.errors import Refusal
from graph_service.follower import Follower, LiveLimits
from graph_service.service import TrustService
from graph_service.web.graphql import STATIC, graphql
from graph_service.web.hosts import LOOPBACK, KnownHosts
from graph_service.web.live import Live
from graph_service.web.websocket import websocket
from schema.documents import Documents
from schema.examples import Example, examples
from schema.request import ANY

_LOG = logging.getLogger("trustnet.web")

#: Seconds between two looks at the clock.
TICK_EVERY = 60

_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def create_app(
    service: TrustService,
    *,
    hosts: Collection[str] = LOOPBACK,
    shown: tuple[Example, ...] | None = None,
    documents: Documents = ANY,
    limits: LiveLimits | None = None,
) -> Starlette:
    """Make the web application of a service, which stays the caller's to close.

    While it runs, it works off the days that fall due, and follows the journal for those who are connected.

    Args:
        service: Whom to ask.
        hosts: The host names that it answers to, without ports.
        shown: Queries worth trying, for the tabs of the page to try it; by default those of the example school.
        documents: Those that may be asked for by id; by default none, and every text is answered.
        limits: What those who are connected may ask.
    """
    follower = Follower(service, limits)

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(service))
        async with follower.running():
            yield
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking

    app = Starlette(
        routes=[
            Route("/graphql", graphql, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", websocket),
            Route("/healthz", healthz),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(KnownHosts, hosts=hosts), Middleware(_SafeHeaders)],
        lifespan=running,
    )
    app.state.service = service
    app.state.documents = documents
    app.state.live = Live(follower)
    app.state.examples = examples() if shown is None else shown
    return app


async def healthz(request: Request) -> Response:
    """Tell whether the store can be read, and where it stands."""
    service: TrustService = request.app.state.service
    try:
        with service.reading() as reading:
            head = reading.head()
    except Refusal as refusal:
        return JSONResponse({"status": "failing", "code": refusal.code}, status_code=503)
    day = None if head.ticked_on is None else head.ticked_on.isoformat()
    return JSONResponse({"status": "ok", "seq": head.seq, "day": day}, headers={"Cache-Control": "no-store"})


async def _tick(service: TrustService) -> None:
    """Work off the days that fall due while nobody writes."""
    while True:
        try:
            with service.reading() as reading:
                ticked = reading.head().ticked_on
            if ticked is None or ticked < service.clock.today():
                await asyncio.to_thread(service.tick)
        except Refusal as refusal:
            _LOG.warning("the day could not be worked off: %s", refusal.code)
        await asyncio.sleep(TICK_EVERY)


class _SafeHeaders:
    """Adds to every answer what keeps browsers from guessing and telling."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with if scope["type"] == "http" else send)
