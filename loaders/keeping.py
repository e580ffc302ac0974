"""Keeping again what a large load left unkept: by the replay where the store can hand over its tables."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from graph_service.actions.keep import keep_again
from graph_service.ports.store import Keeping
from graph_service.replay.keep import keep
from graph_service.service import TrustService


def kept_again(service: TrustService) -> None:
    """Keep the balances and standings of every scheme that is not kept.

    The replay works on a copy, while others may write: where they did, the store's own keeping, which is slower and
    holds everybody up, does it.

    Raises:
        StoreRefusal: The store's own; standings are derived until somebody keeps them again.
    """
    with service.reading() as reading:
        if not reading.unkept():
            return
    today = service.tick()
    with service.reading() as reading:
        schemes = reading.unkept()
    if isinstance(service.store, Keeping):
        with TemporaryDirectory(prefix="trustnet-keep-") as folder:
            file = Path(folder) / "kept.db"
            kept = keep(service.store, file, schemes, as_of=today)
            if service.store.take_kept(file, schemes, at=kept.at):
                return
    service.do(keep_again)
