"""Keep by replay: the balances and standings of whole schemes, worked out at once and handed over as an SQLite file.

Bulk work enters records without keeping what they change, and ends with this.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from graph_service.ports.store import Keeping, Store
from graph_service.replay.duckdb import replay_read
from graph_service.replay.engine import Bounds, engine
from graph_service.replay.excerpts import excerpt_of
from graph_service.replay.snapshot import read_store

_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many rows were written, and the position up to which they know the journal."""

    balances: int
    standings: int
    at: int


def keep(source: Store, target: Path, schemes: Collection[str], *, as_of: date, bounds: Bounds = _BOUNDS) -> Kept:
    """Write the balances and standings of schemes on a day into a new SQLite file.

    Its tables `balance` and `standing` have the columns of the embedded store's, in the same order, and rows in the
    order of its keys: whoever has the store open attaches the file and copies with INSERT ... SELECT. Those who stand
    at the base because nothing ever came to them have no row, just as when standings are kept record by record.

    Args:
        source: The store as of now; others may write to it meanwhile.
        target: A file that does not exist.
        schemes: Codes of schemes that the edition of the day has.
        as_of: The day at whose end everybody stands.
        bounds: How much of the machine may be taken.

    Raises:
        PolicyMissing, SchemeUnknown: There is no such scheme on the day.
        ReplayTooLarge: It would take more of the machine than it may.
    """
    assert not target.exists(), "kept balances are written into a file of their own"
    with source.reading() as reading:
        policies = [edition.policy for edition in reading.editions()]
    excerpt = replace(excerpt_of(policies, schemes, assessed_anew=False), in_force_on=as_of)
    balances = standings = 0
    with TemporaryDirectory(prefix="trustnet-keep-") as folder, engine(Path(folder), bounds) as connection:
        manifest = read_store(source, connection, Path(folder), excerpt)
        editions = [texts.edition() for texts in manifest.editions]
        for scheme in sorted(schemes):
            kept = replay_read(connection, manifest, editions, scheme, as_of).hand_over(target)
            balances, standings = balances + kept[0], standings + kept[1]
    return Kept(balances=balances, standings=standings, at=manifest.seq)


def kept_in(store: Store, schemes: Collection[str], *, as_of: date) -> bool:
    """Keep schemes that a store does not keep, where it can take them from a file.

    It works on what the store holds by now, while others may write.

    Args:
        store: The store that does not keep the schemes.
        schemes: All that it does not keep.
        as_of: The day at whose end everybody stands.

    Returns:
        Whether they are kept now: not where the store cannot do so, or the journal has gone on meanwhile.

    Raises:
        The refusals of `keep`.
    """
    if not isinstance(store, Keeping):
        return False
    with TemporaryDirectory(prefix="trustnet-keep-") as folder:
        file = Path(folder) / "kept.db"
        kept = keep(store, file, schemes, as_of=as_of)
        return store.take_kept(file, schemes, at=kept.at)
