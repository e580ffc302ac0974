"""Keep by replay: the balances and standings of whole schemes, worked out at once and handed over as an SQLite file.

Bulk work enters records without keeping what they change, and ends with this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from graph_service.replay.duckdb import replayed
from graph_service.replay.engine import Bounds
from graph_service.replay.snapshot import read_extract

_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many rows were written."""

    balances: int
    standings: int


def keep(source: Path, target: Path, schemes: Collection[str], *, as_of: date, bounds: Bounds = _BOUNDS) -> Kept:
    """Write the balances and standings of schemes on a day into a new SQLite file.

    Its tables `balance` and `standing` have the columns of the embedded store's, in the same order, and rows in the
    order of its keys: whoever has the store open attaches the file and copies with INSERT ... SELECT. Those who stand
    at the base because nothing ever came to them have no row, just as when standings are kept record by record.

    Args:
        source: A snapshot's folder; or an extract, the file that `Extracting.extract_to` wrote, which nothing else has
            open. Never the live store: the engine brings an SQLite of its own.
        target: A file that does not exist.
        schemes: Codes of schemes that the edition of the day has.
        as_of: The day at whose end everybody stands.
        bounds: How much of the machine may be taken.

    Raises:
        The refusals of `replayed`.
    """
    assert not target.exists(), "kept balances are written into a file of their own"
    balances = standings = 0
    with _snapshot(source, bounds) as snapshot:
        for scheme in sorted(schemes):
            with replayed(snapshot, scheme, as_of=as_of, bounds=bounds) as whole:
                kept = whole.hand_over(target)
            balances, standings = balances + kept[0], standings + kept[1]
    return Kept(balances=balances, standings=standings)


@contextmanager
def _snapshot(source: Path, bounds: Bounds) -> Iterator[Path]:
    """Give a snapshot of the source for as long as the block lasts."""
    if source.is_dir():
        yield source
        return
    with TemporaryDirectory(prefix="trustnet-keep-") as beside:
        folder, scratch = Path(beside) / "snapshot", Path(beside) / "scratch"
        folder.mkdir()
        scratch.mkdir()
        read_extract(source, folder, scratch, bounds).write(folder)
        yield folder
