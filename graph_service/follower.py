"""The follower: learns of new entries of the journal, once for everybody in this process who waits for them.

The writer of this process tells it as soon as a page is kept; what other processes keep on the same store it finds by
looking at the head. Those who wait have no thread and no queue of their own: each knows a position, and reads on from
there in its own time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from graph_service.errors import Refusal
from graph_service.ports.store import Reading
from graph_service.service import TrustService

_LOG = logging.getLogger("trustnet.follower")

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLimits:
    """What those who follow the journal may ask of one process."""

    #: Connections that are open at once, of either transport.
    connections: int = 1_000
    #: Operations that one connection has running at once.
    subscriptions: int = 20
    #: Operations that one connection may begin within `STORM_SECONDS`.
    beginnings: int = 100
    #: Entries by which a position may lie behind the head.
    behind: int = 100_000
    #: Seconds within which a connection must have said who it is.
    init_seconds: int = 10
    #: Seconds within which a message must have been taken.
    take_seconds: int = 20
    #: Seconds between two looks at the head for what other processes wrote.
    look_seconds: int = 1


class Follower:
    """Knows the head of the journal, and lets others wait for it to go on."""

    def __init__(self, service: TrustService, limits: LiveLimits | None = None) -> None:
        self.service = service
        self.limits = limits or LiveLimits()
        #: The position of the last entry that it knows of.
        self.head = 0
        self._moved = asyncio.Event()
        #: What the writer of this process kept last, and whether the loop is on its way to hear of it.
        self._kept = 0
        self._waking = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the journal while the block runs, on its loop."""
        loop = asyncio.get_running_loop()

        def wake(head: int) -> None:
            self._kept = head
            # One wake-up is enough for all the pages that are kept until it is heard.
            if not self._waking:
                self._waking = True
                with suppress(RuntimeError):  # the loop has just been closed
                    loop.call_soon_threadsafe(self._woken)

        with self.service.when_kept(wake):
            looking = asyncio.create_task(self._look())
            try:
                yield
            finally:
                looking.cancel()
                with suppress(asyncio.CancelledError):
                    await looking

    def _woken(self) -> None:
        # What is kept from here on wakes again.
        self._waking = False
        self._go_to(self._kept)

    def _go_to(self, head: int) -> None:
        if head > self.head:
            self.head = head
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()

    async def _look(self) -> None:
        """Look for what other processes wrote."""
        while True:
            try:
                self._go_to(await self.read(lambda reading: reading.head().seq))
            except Refusal as refusal:
                _LOG.warning("the journal's head could not be read: %s", refusal.code)
            await asyncio.sleep(self.limits.look_seconds)

    async def beyond(self, position: int) -> None:
        """Wait until the journal has gone beyond a position."""
        while self.head <= position:
            await self._moved.wait()

    async def read(self, look: Callable[[Reading], Read]) -> Read:
        """Read at one moment, beside the loop."""

        def read() -> Read:
            with self.service.reading() as reading:
                return look(reading)

        return await asyncio.to_thread(read)
