"""Hosts: a request that was meant for another name is not ours to answer.

A page of a stranger's can let its own name point to this machine (DNS rebinding) and then ask us in the name of whoever
reads it; the name that the browser sends along gives it away.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

#: The names of this machine.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class KnownHosts:
    """Answers only requests for the hosts it is told."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what was meant for us."""
        if scope["type"] == "lifespan" or self._ours(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            message = "This service does not answer to that host name. Ask it by a name of this machine."
            error = {"message": message, "extensions": {"code": "host_unknown"}}
            await JSONResponse({"errors": [error]}, status_code=421)(scope, receive, send)

    def _ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        names = [headers.get("host", "")]
        # Any page may open a WebSocket anywhere: only this tells whose page it is. Programs send none.
        if scope["type"] == "websocket" and "origin" in headers:
            names.append(headers["origin"].rpartition("//")[2])
        return all(host_name(name) in self._hosts for name in names)


def host_name(host: str) -> str:
    """Give the name in a Host header, without its port.

    >>> host_name("LocalHost:8000"), host_name("[::1]:8000"), host_name("[::1]")
    ('localhost', '[::1]', '[::1]')
    """
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isascii() and port.isdigit() else host).lower()
