"""Answers as server-sent events: the mode of distinct connections of graphql-sse, for those behind proxies.

A stream that has an end says `complete`; one that is cut off for any other reason does not, and can be gone on from.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import orjson
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from graph_service.errors import LimitExceeded
from graph_service.web.live import Live
from schema.request import Answer, failed

MEDIA = "text/event-stream"

#: Seconds of silence after which a comment keeps proxies from thinking that nobody is there.
COMMENT_AFTER = 15

_COMMENT = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Streamed(StreamingResponse):
    """A response that goes on for as long as there are answers."""

    def __init__(self, live: Live, answers: AsyncGenerator[Answer, None]) -> None:
        self._live = live
        self._frames = _frames(live, answers)
        super().__init__(self._frames, media_type=MEDIA, headers=_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, where one more may be connected."""
        try:
            with self._live.connection():
                await super().__call__(scope, receive, send)
        except LimitExceeded as refusal:
            body = orjson.dumps(failed(refusal).body)
            await Response(body, status_code=503, media_type="application/json")(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """Send what comes; whoever does not take it in time is left."""
        with suppress(TimeoutError):
            async with aclosing(self._frames):
                await super().stream_response(self._in_time(send))

    def _in_time(self, send: Send) -> Send:
        async def send_in_time(message: object) -> None:
            async with asyncio.timeout(self._live.limits.take_seconds):
                await send(message)  # type: ignore[arg-type]

        return send_in_time


async def _frames(live: Live, answers: AsyncGenerator[Answer, None]) -> AsyncGenerator[bytes, None]:
    going = asyncio.create_task(live.going())
    upcoming: asyncio.Future[Answer | None] | None = None
    try:
        yield _COMMENT
        while True:
            upcoming = asyncio.ensure_future(anext(answers, None))
            while not upcoming.done():
                await asyncio.wait({upcoming, going}, timeout=COMMENT_AFTER, return_when=asyncio.FIRST_COMPLETED)
                if going.done():
                    return
                if not upcoming.done():
                    yield _COMMENT
            answered = upcoming.result()
            if answered is None:
                break
            yield b"event: next\ndata: " + orjson.dumps(answered.body) + b"\n\n"
        yield _COMPLETE
    finally:
        going.cancel()
        if upcoming is not None:
            upcoming.cancel()
            with suppress(asyncio.CancelledError):
                await upcoming
        await answers.aclose()
