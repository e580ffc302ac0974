"""The manifest of a run: all rows of its files that can be read, each once, in the order in which they are entered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from graph_service.errors import LimitExceeded
from loaders import consents, records, subjects, ties
from loaders.cells import Cells
from loaders.faults import Faults
from loaders.freight import Freight, Source
from loaders.item import Item, Line
from loaders.records import RecordItem
from loaders.refusals import IdTwice
from loaders.rows import Rows, read_rows

#: Rows that one run takes in: they are held in memory from the check to the writing.
ROWS_PER_RUN_MAX = 2_000_000

_READERS: dict[Freight, Callable[[Cells], Item]] = {
    Freight.SUBJECTS: subjects.read,
    Freight.TIES: ties.read,
    Freight.CONSENTS: consents.read,
    Freight.RECORDS: records.read,
}


@dataclass(slots=True, kw_only=True)
class Manifest:
    """What a run brings."""

    lines: list[Line] = field(default_factory=list)
    #: What the files hold, readable or not.
    freight: set[Freight] = field(default_factory=set)
    #: Rows that say again what another row of the run says.
    repeated: dict[Freight, int] = field(default_factory=dict)
    #: Subjects whose rows are faulty: that they are not there is no fault of the rows that name them.
    lost: set[str] = field(default_factory=set)
    #: A whole file of subjects could not be read.
    subjects_unread: bool = False


def read_manifest(
    paths: Sequence[Path], *, freight: Freight | None, attributes: Collection[str], faults: Faults
) -> Manifest:
    """Read all files of a run and note every fault that can be told without the store.

    Raises:
        LimitExceeded: There are more rows than a run takes in.
    """
    manifest = Manifest()
    for place, path in enumerate(paths):
        source = Source(path=path, place=place)
        rows = read_rows(source, freight=freight, attributes=attributes, faults=faults)
        _add(manifest, rows, faults)
        if len(manifest.lines) > ROWS_PER_RUN_MAX:
            raise LimitExceeded(limit="rows_per_run_max", most=ROWS_PER_RUN_MAX, asked=len(manifest.lines))
    manifest.lines.sort(key=_order)
    manifest.lines = _once(manifest, faults)
    return manifest


def _add(manifest: Manifest, rows: Rows, faults: Faults) -> None:
    kind = rows.source.freight
    manifest.freight.add(kind)
    if kind is Freight.SUBJECTS:
        manifest.lost |= rows.lost
        manifest.subjects_unread |= rows.unread
    for row in rows.rows:
        cells = Cells(rows.source, row, faults)
        item = _READERS[kind](cells)
        if cells.sound:
            manifest.lines.append(Line(rows.source, row.line, item))
        elif kind is Freight.SUBJECTS:
            manifest.lost.add(row.cells.get("id", ""))


_PLACES = {freight: place for place, freight in enumerate(Freight)}


def _order(line: Line) -> tuple[int, date]:
    """Order the freight, and records by the day of their approval.

    An assessment looks back at what was approved before, so records that were approved elsewhere are approved here in
    the same order, in whatever order they stand in the files. Rows of one day stay in the order of their lines.
    """
    item = line.item
    day = (item.approved_on or date.max) if isinstance(item, RecordItem) else date.min
    return _PLACES[line.source.freight], day


def _once(manifest: Manifest, faults: Faults) -> list[Line]:
    """Take each id once: the same said again is passed over, and another thing said under it is a fault."""
    first: dict[tuple[Freight, str], Line] = {}
    for line in sorted(manifest.lines, key=lambda line: (line.source.place, line.number)):
        kind = line.source.freight
        known = first.setdefault((kind, line.item.id), line)
        if known is line:
            continue
        if other := _difference(known.item, line.item):
            refusal = IdTwice(id=line.item.id, line=known.number, file=known.source.name, other=other, field="id")
            faults.add(line.source, line.number, "id", refusal)
        else:
            manifest.repeated[kind] = manifest.repeated.get(kind, 0) + 1
    return [line for line in manifest.lines if first[line.source.freight, line.item.id] is line]


def _difference(one: Item, other: Item) -> str | None:
    """Name the first field in which two rows differ."""
    for each in fields(one):  # type: ignore[arg-type]
        if getattr(one, each.name) != getattr(other, each.name):
            return each.name
    return None
