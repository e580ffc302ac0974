"""The server: uvicorn, with the word to those who are connected that it goes away."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette

from graph_service.web.graphql import BODY_MAX
from graph_service.web.live import Live

#: Seconds that connections have to part when the server stops; and after which it stops all the same.
PARTING = 2
STOPPING = 5

#: Seconds after which the system gives a connection up to which nothing can be sent.
STUCK = 60


class Server(uvicorn.Server):
    """Serves an application until it is stopped."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                ws="websockets-sansio",
                ws_max_size=BODY_MAX,
                # Messages are small, and a compressor for every connection is not.
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=STOPPING,
            )
        )
        self._live: Live = app.state.live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let those who are connected go, and stop."""
        await self._live.go_away(seconds=PARTING)
        await super().shutdown(sockets)


def listening_on(host: str, port: int) -> socket.socket:
    """Take a port, for connections that are given up when the other side is stuck.

    Raises:
        OSError: Another program has it.
    """
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK * 1_000)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening
