"""Audit: what a store keeps, held against whole replays of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from graph_service.lookups.listing import every
from graph_service.lookups.verify import Differing
from graph_service.ports.store import Keeping, Reading, Store
from graph_service.projection.keep import keep_anew, scheme_on
from graph_service.replay import snapshot
from graph_service.replay.duckdb import replayed
from graph_service.replay.engine import Bounds, engine, first_line, text, written
from graph_service.replay.keep import keep
from graph_service.replay.tables import KEPT, balance_cells

_BOUNDS = Bounds()


class Replays:
    """What `lookups.verify` asks of replays, over one store."""

    def __init__(self, store: Store, bounds: Bounds = _BOUNDS) -> None:
        self._store = store
        self._bounds = bounds

    def keep(self, rebuilt: Store, schemes: Collection[str], day: date) -> None:
        """Keep the balances and standings of a store that left those of these schemes unkept.

        Raises:
            ReplayTooLarge: It would take more of the machine than it may.
            ValueError: The store holds what no replay can read.
        """
        if not isinstance(rebuilt, Keeping):
            with rebuilt.writing() as page:
                page.set_unkept(page.unkept() - {*schemes})
                for code in sorted(schemes):
                    scheme = scheme_on(page.editions(), code, day)
                    assert scheme is not None, "every edition has it"
                    keep_anew(page, scheme, day)
            return
        with TemporaryDirectory(prefix="trustnet-audit-") as folder, _unreadable_told():
            path = Path(folder) / "kept.db"
            kept = keep(rebuilt, path, schemes, as_of=day, bounds=self._bounds)
            taken = rebuilt.take_kept(path, schemes, at=kept.at)
        assert taken, "nobody else writes to a store that is being rebuilt"

    def sums(
        self, reading: Reading, schemes: Collection[str], day: date
    ) -> Iterator[tuple[str, AbstractContextManager[Differing]]]:
        """Compare what a store keeps of schemes with the sums of all shares, scheme by scheme.

        The replay reads the store a moment later than `reading` does, and of it only what `reading` knows.

        Raises:
            ReplayTooLarge: It would take more of the machine than it may.
            ValueError: The store holds what no replay can read.
        """
        if not schemes:
            return
        with TemporaryDirectory(prefix="trustnet-audit-") as beside:
            folder, kept = Path(beside) / "snapshot", Path(beside) / "kept.parquet"
            with _unreadable_told():
                snapshot.write(self._store, folder, self._bounds)
                _write_kept(reading, kept, self._bounds)
            for code in schemes:
                yield code, self._differing(folder, kept, code, day, reading.head().seq)

    @contextmanager
    def _differing(self, folder: Path, kept: Path, scheme: str, day: date, known_at: int) -> Iterator[Differing]:
        replaying = replayed(folder, scheme, as_of=day, known_at=known_at, bounds=self._bounds)
        with _unreadable_told(), replaying as whole:
            unfounded, not_kept = whole.differing(kept)
            yield Differing(kept=unfounded, expected=not_kept, balances=whole.digest()[0])


@contextmanager
def _unreadable_told() -> Iterator[None]:
    """Tell what the engine cannot read as the stores do: a store that was tampered with may hold anything."""
    try:
        yield
    except duckdb.Error as fault:
        raise ValueError(first_line(fault)) from fault


def _write_kept(reading: Reading, file: Path, bounds: Bounds) -> None:
    columns = {"scheme": "VARCHAR", **KEPT}
    balances = every(reading.balances, lambda each: each.subject)
    lines = file.with_suffix(".jsonl")
    rows = written(lines, columns, ((each.scheme, *balance_cells(each)) for each in balances))
    with engine(file.parent, bounds) as connection:
        connection.execute(f"COPY (SELECT * FROM {rows}) TO {text(file)} (FORMAT parquet)")
    lines.unlink()
