"""Who is connected to be told what happens: how many there may be, and the word that the service goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from graph_service.errors import LimitExceeded, Refusal
from graph_service.follower import Follower


class TooSlow(Refusal):
    """Who follows did not take what was sent. It can go on from where it is, over a new connection."""

    code = "too_slow"
    en = "Nothing was taken for {seconds} seconds. Connect again; sent was all up to position {position}."
    zh = "{seconds} 秒内没有接收消息。请重新连接；已发送到位置 {position}。"


class Live:
    """The open connections of one process, of either transport."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.limits = follower.limits
        self._open = 0
        self._going = asyncio.Event()

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Count a connection while the block runs.

        Raises:
            LimitExceeded: There are as many as there may be.
        """
        if self._open >= self.limits.connections:
            raise LimitExceeded(limit="connections", most=self.limits.connections, asked=self._open + 1)
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def going(self) -> None:
        """Wait until the service goes away."""
        await self._going.wait()

    async def go_away(self, *, seconds: float) -> None:
        """Tell all who are connected that the service goes away, and give them time to part."""
        self._going.set()
        loop = asyncio.get_running_loop()
        late = loop.time() + seconds
        while self._open and loop.time() < late:
            await asyncio.sleep(0.01)
