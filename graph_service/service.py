"""The service: one sequencer that takes requests in turn, and the readings beside it.

Requests queue; one writer takes up to `REQUESTS_PER_PAGE` of them, works them off under the journal's lock, commits
once, durably, and only then acknowledges. A refusal takes back its own request and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from graph_service.actions.desk import Desk, Envelope
from graph_service.actions.tick import next_day, tick
from graph_service.errors import Refusal, StoreUnavailable
from graph_service.ports.clock import Clock
from graph_service.ports.store import Page, Reading, Store
from graph_service.ports.vault import Vault
from graph_service.ports.witness import Witness

Answer = TypeVar("Answer")

#: Requests that share one durable commit at most.
REQUESTS_PER_PAGE = 256

#: How long to wait, in seconds, before a page that the store lost is worked off again; after the last it is given up.
PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)


@dataclass(slots=True)
class _Request(Generic[Answer]):
    action: Callable[[Desk], Answer]
    future: Future[Answer]
    #: Whether what it writes is taken back.
    rehearsed: bool = False

    def answer(self, desk: Desk) -> Callable[[], None]:
        """Work the request off; what comes back tells the caller, once the page is kept."""
        try:
            with desk.page.attempt():
                answered = self.action(desk)
        except Refusal as refusal:
            if isinstance(refusal, StoreUnavailable) and refusal.passes:
                # The page is lost, not the request.
                raise
            desk.envelope = Envelope()
            return lambda refusal=refusal: self.future.set_exception(refusal)  # type: ignore[misc]
        desk.sent.add(desk.envelope)
        desk.envelope = Envelope()
        return lambda: self.future.set_result(answered)


class _TakenBack(Exception):
    """Ends a page that is taken back, and brings out what was answered on it."""

    def __init__(self, answered: object) -> None:
        self.answered = answered


class TrustService:
    """A store, a vault and a clock, with the one writer that orders what happens.

    A witness, where there is one, is told the journal's head when a day has been worked off, and at the close.
    """

    def __init__(self, store: Store, vault: Vault, clock: Clock, witness: Witness | None = None) -> None:
        self._witness = witness
        self._witnessed = 0
        self.store = store
        self.vault = vault
        self.clock = clock
        self._worked_to: date | None = None
        #: The head after the last page that was kept here, and who is told of it.
        self._kept = 0
        self._told_when_kept: list[Callable[[int], None]] = []
        self._queue: SimpleQueue[_Request[object] | None] = SimpleQueue()
        self._writer = Thread(target=self._write, name="sequencer", daemon=True)
        self._writer.start()

    # Writing

    def submit(self, action: Callable[[Desk], Answer]) -> Future[Answer]:
        """Queue an action; the future is done when its page is durable, or holds the refusal."""
        future: Future[Answer] = Future()
        self._queue.put(_Request(action, future))  # type: ignore[arg-type]
        return future

    def do(self, action: Callable[[Desk], Answer]) -> Answer:
        """Do an action and wait until it is durable.

        Raises:
            Refusal: The action's own; or the store's, where the page could not be kept.
        """
        return self.submit(action).result()

    def rehearse(self, action: Callable[[Desk], Answer]) -> Answer:
        """Do an action in its turn, take back all of it, and give what it answered.

        It sees what everybody wrote before it. What it would send to the vault is not sent.

        Raises:
            Refusal: The action's own.
        """
        future: Future[Answer] = Future()
        self._queue.put(_Request(action, future, rehearsed=True))  # type: ignore[arg-type]
        return future.result()

    @contextmanager
    def when_kept(self, tell: Callable[[int], None]) -> Iterator[None]:
        """Tell somebody, within the block, the head whenever a page was kept here: after who asked was answered.

        What other processes keep is not told. The writer waits for it, so `tell` only ever wakes somebody.
        """
        self._told_when_kept.append(tell)
        try:
            yield
        finally:
            self._told_when_kept.remove(tell)

    def tick(self) -> date:
        """Work off every day that is due, up to today; give the day on which the store stands."""

        def stand(desk: Desk) -> date:
            ticked = desk.page.head().ticked_on
            assert ticked is not None
            return ticked

        return self.do(stand)

    def _write(self) -> None:
        while (request := self._queue.get()) is not None:
            requests = [request]
            last = False
            while len(requests) < REQUESTS_PER_PAGE:
                try:
                    more = self._queue.get_nowait()
                except Empty:
                    break
                if more is None:
                    last = True
                    break
                requests.append(more)
            self._write_page([request for request in requests if not request.rehearsed])
            for request in requests:
                if request.rehearsed:
                    self._rehearse(request)
            for tell in self._told_when_kept.copy():
                tell(self._kept)
            if last:
                return

    def _rehearse(self, request: _Request[object]) -> None:
        """Work a request off on a page of its own that is not kept.

        A savepoint on a shared page would do the same, but SQLite holds on to a copy of every page that is touched
        within an outer savepoint, which for a large file is more than there is memory.
        """
        if not request.future.set_running_or_notify_cancel():
            return
        try:
            self._work_off_days()
            with self.store.writing() as page:
                desk = Desk(page=page, vault=self.vault, today=_today(self.clock, page))
                raise _TakenBack(request.action(desk))
        except _TakenBack as taken:
            request.future.set_result(taken.answered)
        except BaseException as fault:  # noqa: BLE001 - whatever failed, the caller must hear of it
            request.future.set_exception(fault)

    def _write_page(self, requests: list[_Request[object]]) -> None:
        requests = [request for request in requests if request.future.set_running_or_notify_cancel()]
        if not requests:
            return
        try:
            answers = _patiently(lambda: self._keep_page(requests))
        except BaseException as fault:  # noqa: BLE001 - whatever failed, every caller must hear of it
            for request in requests:
                request.future.set_exception(fault)
            return
        for tell in answers:
            tell()

    def _keep_page(self, requests: list[_Request[object]]) -> list[Callable[[], None]]:
        """Work requests off on one page, which may be tried again: what was kept is found by the ids of its entries."""
        self._work_off_days()
        with self.store.writing() as page:
            desk = Desk(page=page, vault=self.vault, today=_today(self.clock, page))
            answers = [request.answer(desk) for request in requests]
            # The vault first, the journal second: a crash between leaves orphans, never a gap.
            desk.sent.seal(self.vault)
            head = page.head().seq
        self._kept = head
        # Keys go only when the journal says so for good; asking to forget again destroys again.
        for subject in desk.sent.erasures:
            self.vault.erase(subject)
        return answers

    def _work_off_days(self) -> None:
        """Work off the days that are due, a page at a time, before anything else is written."""
        if self._worked_to is not None and self._worked_to >= self.clock.today():
            return
        while True:
            with self.store.writing() as page:
                today = _today(self.clock, page)
                day = next_day(page.head().ticked_on, today)
                if day is not None:
                    tick(Desk(page=page, vault=self.vault, today=day))
            if day is None:
                break
        self._worked_to = today
        self._tell_witness()

    def _tell_witness(self) -> None:
        if self._witness is None:
            return
        with self.store.reading() as reading:
            head = reading.head()
        if head.seq > self._witnessed:
            self._witness.write(head)
            self._witnessed = head.seq

    # Reading

    def reading(self) -> AbstractContextManager[Reading]:
        """Read at one moment."""
        return self.store.reading()

    def close(self) -> None:
        """Finish what is queued and let go of everything."""
        self._queue.put(None)
        self._writer.join()
        self._tell_witness()
        self.store.close()
        self.vault.close()


def _patiently(work: Callable[[], Answer]) -> Answer:
    """Do a piece of work again, after a while, where the store lost it and may be back by then."""
    for pause in PAUSES:
        try:
            return work()
        except StoreUnavailable as fault:
            if not fault.passes:
                raise
            time.sleep(pause)
    return work()


def _today(clock: Clock, page: Page) -> date:
    """The later of the clock's day and the journal's: days never run backwards."""
    return max(clock.today(), page.head().entered_on or date.min)
