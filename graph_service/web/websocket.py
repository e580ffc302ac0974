"""GraphQL over WebSocket: the protocol `graphql-transport-ws`, in text.

    they: connection_init            we: connection_ack
    they: subscribe, with an id      we: next, next, ..., complete; or error, and nothing more
    they: complete                   we: nothing more of this id
    either: ping                     the other: pong

How much was taken is known by asking: after every so many bytes we send a ping, and no more than two are left without a
pong. So what waits in buffers is bounded, whatever they hold, and the reason of a close always gets through.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from graph_service.errors import LimitExceeded, Refusal
from graph_service.web.live import Live, TooSlow
from schema.context import OPERATOR_HEADER
from schema.documents import Documents
from schema.refusals import BodyMalformed
from schema.request import Request, failed, request_of
from schema.stream import stream

PROTOCOL = "graphql-transport-ws"

#: Bytes that are sent between two pings, and pings that may be without a pong.
PING_EVERY = 16 * 1024
PINGS_OPEN = 2

#: Seconds over which the operations that a connection begins are counted.
STORM_SECONDS = 10

#: Characters that the id of an operation may have.
ID_MAX = 128

#: Bytes of a close frame's reason.
_REASON_MAX = 123

_PARTING = 1


class _Ended(Exception):
    """A connection that we close, and why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason.encode()[:_REASON_MAX].decode(errors="ignore")


async def websocket(socket: WebSocket) -> None:
    """Answer operations over one connection until it ends."""
    live: Live = socket.app.state.live
    spoken = PROTOCOL in socket.scope["subprotocols"]
    await socket.accept(subprotocol=PROTOCOL if spoken else None)
    try:
        if not spoken:
            raise _Ended(4406, "Subprotocol not acceptable")
        with live.connection():
            await _Connection(socket, live).run()
    except LimitExceeded as refusal:
        await _close(socket, _Ended(1013, f"{refusal.code}: {refusal}"))
    except _Ended as end:
        await _close(socket, end)


async def _close(socket: WebSocket, end: _Ended) -> None:
    # Who takes nothing does not take this either: the connection is cut without it then.
    with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(_PARTING):
            await socket.close(end.code, end.reason)


class _Connection:
    """One connection: a listener, and a task for each operation that runs."""

    def __init__(self, socket: WebSocket, live: Live) -> None:
        self._socket = socket
        self._live = live
        self._limits = live.limits
        self._documents: Documents = socket.app.state.documents
        self._loop = asyncio.get_running_loop()
        #: What was said about who asks; None until it was.
        self._headers: Mapping[str, str] | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._begun: deque[float] = deque()
        self._turn = asyncio.Lock()
        self._ended: asyncio.Future[_Ended | None] = self._loop.create_future()
        #: The position up to which all was sent.
        self._sent = 0
        self._bytes = 0
        self._pinged_at = self._loop.time()
        self._pings: deque[asyncio.TimerHandle] = deque()
        self._room = asyncio.Event()
        self._room.set()

    async def run(self) -> None:
        """Work until either side ends it.

        Raises:
            _Ended: We do.
        """
        listening = asyncio.create_task(self._listen())
        going = asyncio.create_task(self._live.going())
        try:
            waited: list[asyncio.Future[Any]] = [listening, going, self._ended]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for timer in self._pings:
                timer.cancel()
            tasks = [listening, going, *self._operations.values()]
            for task in tasks:
                task.cancel()
            failed_with, *_ = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(failed_with, Exception):
            raise failed_with
        end = self._ended.result() if self._ended.done() else _Ended(1001, "The service goes away. Connect again.")
        if end is not None:
            raise end

    def _end(self, end: _Ended | None) -> None:
        if not self._ended.done():
            self._ended.set_result(end)

    # What they say

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout(self._limits.init_seconds) as silence:
                while (message := await self._socket.receive())["type"] != "websocket.disconnect":
                    await self._heard(_read(message.get("text")), silence)
                self._end(None)
        except TimeoutError:
            self._end(_Ended(4408, "Connection initialisation timeout"))
        except _Ended as end:
            self._end(end)

    async def _heard(self, message: dict[str, Any], silence: asyncio.Timeout) -> None:
        brought = message.get("payload")
        match message.get("type"):
            case "connection_init" if isinstance(brought, dict | None):
                if self._headers is not None:
                    raise _Ended(4429, "Too many initialisation requests")
                silence.reschedule(None)
                self._headers = _headers(self._socket, brought or {})
                await self._send({"type": "connection_ack"})
            case "ping":
                await self._send({"type": "pong"} if brought is None else {"type": "pong", "payload": brought})
            case "pong":
                self._taken()
            case "subscribe":
                await self._begin(message.get("id"), brought)
            case "complete":
                operation = self._operations.pop(str(message.get("id")), None)
                if operation is not None:
                    operation.cancel()
            case _:
                raise _Ended(4400, "Invalid message")

    async def _begin(self, id_: object, asked: object) -> None:
        if self._headers is None:
            raise _Ended(4401, "Unauthorized")
        if not isinstance(id_, str) or not 0 < len(id_) <= ID_MAX:
            raise _Ended(4400, f"Invalid message: id is not a text of 1 to {ID_MAX} characters")
        if id_ in self._operations:
            raise _Ended(4409, f"Subscriber for {id_} already exists")
        try:
            self._check_storm()
            request = request_of(asked, self._documents)
        except BodyMalformed as refusal:
            raise _Ended(4400, f"Invalid message: {refusal.parameters['reason']}") from None
        except Refusal as refusal:
            await self._send({"id": id_, "type": "error", "payload": failed(refusal).body["errors"]})
        else:
            self._operations[id_] = asyncio.create_task(self._operate(id_, request, self._headers))

    def _check_storm(self) -> None:
        now = self._loop.time()
        while self._begun and self._begun[0] <= now - STORM_SECONDS:
            self._begun.popleft()
        for limit, most, asked in (
            ("subscriptions", self._limits.subscriptions, len(self._operations) + 1),
            (f"subscriptions within {STORM_SECONDS} seconds", self._limits.beginnings, len(self._begun) + 1),
        ):
            if asked > most:
                raise LimitExceeded(limit=limit, most=most, asked=asked)
        self._begun.append(now)

    # What we say

    async def _operate(self, id_: str, request: Request, headers: Mapping[str, str]) -> None:
        try:
            async with aclosing(stream(self._live.follower, request, headers)) as answers:
                async for answered in answers:
                    if not answered.executed:
                        await self._tell({"id": id_, "type": "error", "payload": answered.body["errors"]})
                        return
                    await self._tell({"id": id_, "type": "next", "payload": answered.body})
                    self._sent = answered.followed or self._sent
            await self._tell({"id": id_, "type": "complete"})
        finally:
            # The id may be another's by now, where they said that this one is complete.
            if self._operations.get(id_) is asyncio.current_task():
                del self._operations[id_]

    async def _tell(self, message: Mapping[str, Any]) -> None:
        """Send what an operation has to say, when there is room for it."""
        await self._room.wait()
        self._bytes += await self._send(message)
        now = self._loop.time()
        if self._bytes >= PING_EVERY or now - self._pinged_at >= self._limits.take_seconds:
            self._bytes, self._pinged_at = 0, now
            self._pings.append(self._loop.call_later(self._limits.take_seconds, self._not_taken))
            if len(self._pings) >= PINGS_OPEN:
                self._room.clear()
            await self._send({"type": "ping"})

    async def _send(self, message: Mapping[str, Any]) -> int:
        text = orjson.dumps(message)
        try:
            async with self._turn, asyncio.timeout(self._limits.take_seconds):
                await self._socket.send_text(text.decode())
        except TimeoutError:
            self._not_taken()
        except (WebSocketDisconnect, RuntimeError):
            self._end(None)
        return len(text)

    def _taken(self) -> None:
        if self._pings:
            self._pings.popleft().cancel()
            self._room.set()

    def _not_taken(self) -> None:
        refusal = TooSlow(seconds=self._limits.take_seconds, position=self._sent)
        self._end(_Ended(4408, f"{refusal.code}: {refusal}"))


def _read(text: str | None) -> dict[str, Any]:
    """Read a message.

    Raises:
        _Ended: It is none.
    """
    try:
        message = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict):
        raise _Ended(4400, "Invalid message: it is not a JSON object in text")
    return message


def _headers(socket: WebSocket, said: Mapping[str, object]) -> Mapping[str, str]:
    """Give the headers of the connection, and the operator where the first message names one: browsers cannot."""
    named = {name.lower(): value for name, value in said.items() if isinstance(value, str)}
    return {**socket.headers, **{name: named[name] for name in (OPERATOR_HEADER,) if name in named}}
