"""Whole replay at size, the engine against the plain SQL over the same Parquet in one run; and what if."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.append import Measured, show
from benchmarks.district import TODAY, District
from benchmarks.snapshots import write
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.parse import parse_policy
from graph_service.ports.store import Store
from graph_service.replay import plain, whole
from graph_service.replay.duckdb import Summing, replayed
from graph_service.replay.engine import Bounds
from graph_service.replay.what_if import what_if
from graph_service.stores.sqlite.store import SQLiteStore


def replays(snapshot: Path, bounds: Bounds) -> Iterator[Measured]:
    """Time both, and see that every balance is the same; the engine first, so that its memory is its own."""
    seconds, sums = _timed(snapshot, whole.sum_up, bounds)
    yield Measured(
        what=f"whole replay: the engine, {sums[1]:,} shares, standings included",
        figure=f"{seconds:.1f} s, {_memory():.1f} GiB at most",
        target="<= 4 GiB",
    )
    slow, plainly = _timed(snapshot, plain.sum_up, bounds)
    assert plainly == sums, "the engine and the plain statement differ"
    yield Measured(
        what="whole replay: plain SQL over the same Parquet, every balance the same",
        figure=f"{slow:.1f} s: the engine is {slow / seconds:.1f} times as fast",
        target=">= 2 times",
    )


def _timed(snapshot: Path, summing: Summing, bounds: Bounds) -> tuple[float, tuple[int, int, int]]:
    begins = time.perf_counter()
    with replayed(snapshot, "school", as_of=TODAY, bounds=bounds, summing=summing) as found:
        return time.perf_counter() - begins, found.digest()


def what_ifs(store: Store, scheme: str, bounds: Bounds) -> Iterator[Measured]:
    """Time a changed percentage, from the live store to who moves and why."""
    files = dict(read_folder(edition_folder("wendeng")))
    changed = files["school.yaml"].replace("percent: 20, at_most: 5", "percent: 40, at_most: 9")
    assert changed != files["school.yaml"]
    policy = parse_policy("changed", {**files, "school.yaml": changed})
    begins = time.perf_counter()
    with what_if(store, policy, scheme, bounds=bounds) as found:
        subjects, moved = found.subjects(), found.moved()
        found.matrix(), found.bands(), found.routes(), found.rules(), found.movers(limit=100)
        seconds = time.perf_counter() - begins
    yield Measured(
        what=f"what if, {scheme}: {subjects:,} subjects, {moved:,} of them move",
        figure=f"{seconds:.1f} s, {_memory():.1f} GiB at most",
        target="< 5 s",
    )


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(
    persons: Annotated[int, typer.Option(help="Persons of the snapshot.")] = 1_000_000,
    records: Annotated[int, typer.Option(help="Records of the snapshot.")] = 10_000_000,
    memory: Annotated[str, typer.Option(help="What the engine may take.")] = "3GB",
    store: Annotated[Path | None, typer.Option(help="A store to ask what if; else only replays are measured.")] = None,
    folder: Annotated[Path, typer.Option(help="Where the snapshot is kept between runs.")] = Path(".bench"),
) -> None:
    """Measure whole replays, and what if."""
    bounds = Bounds(memory=memory, threads=2)
    if store is not None:
        opened = SQLiteStore(store)
        show(what_ifs(opened, "school", bounds))
        opened.close()
    district = District(persons=persons, records=records)
    show(replays(write(folder / f"snapshot-{persons}-{records}", district), bounds))


if __name__ == "__main__":
    typer.run(main)
