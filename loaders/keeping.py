"""Keeping again what a large load left unkept: by the replay where the store can hand over its tables."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from graph_service.actions.keep import keep_again
from graph_service.replay.keep import kept_in
from graph_service.service import TrustService


def kept_again(service: TrustService, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Keep the balances and standings of every scheme that is not kept.

    The replay works on a copy, while others may write: where they did, the store's own keeping, which is slower and
    holds everybody up, does it.

    Args:
        service: Whose store it is.
        meanwhile: Something that is to be done to the store too, and takes its time.

    Raises:
        StoreRefusal: The store's own; standings are derived until somebody keeps them again.
    """
    with service.reading() as reading:
        kept = not reading.unkept()
    if kept:
        meanwhile()
        return
    with ThreadPoolExecutor(1, "keeping") as beside:
        try:
            today = service.tick()
        finally:
            done = beside.submit(meanwhile)
        _keep(service, today)
        done.result()


def _keep(service: TrustService, today: date) -> None:
    with service.reading() as reading:
        schemes = reading.unkept()
    if not kept_in(service.store, schemes, as_of=today):
        service.do(keep_again)
