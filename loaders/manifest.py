"""The manifest of a run: all rows of its files that can be read, each once, in the order in which they are entered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from pathlib import Path

from graph_service.errors import LimitExceeded
from graph_service.policy.nodes import shown
from graph_service.ports.store import Reading
from graph_service.ports.vault import Vault
from loaders import consents, records, subjects, ties
from loaders.bulk import Bulk, is_bulk
from loaders.cells import Cells
from loaders.faults import Faults
from loaders.freight import Freight, Source
from loaders.item import Item, Line
from loaders.known import Known
from loaders.records import RecordItem
from loaders.refusals import IdTwice, RosterOfMissing, RosterOfUnfit
from loaders.remarks import Told
from loaders.rosters import Drawing, Drawn, RosterTerms
from loaders.row import Rows
from loaders.rows import read_rows
from loaders.shapes import SHAPES
from loaders.sheet_rows import TellRows

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

    #: Its large files.
    bulk: Bulk
    lines: list[Line] = field(default_factory=list)
    #: What the files hold, readable or not.
    freight: set[Freight] = field(default_factory=set)
    #: Rows that say again what another row of the run says.
    repeated: dict[Freight, int] = field(default_factory=dict)
    #: Subjects whose rows are faulty: that they are not there is no fault of the rows that name them.
    lost: set[str] = field(default_factory=set)
    #: A whole file of subjects could not be read.
    subjects_unread: bool = False
    #: Sheets that are rosters: they become lines when they are drawn.
    rosters: list[Rows] = field(default_factory=list)
    #: What rosters say that the store holds already, by freight and kind.
    left: Counter[tuple[Freight, str]] = field(default_factory=Counter)
    told: list[Told] = field(default_factory=list)


def read_manifest(
    paths: Sequence[Path],
    *,
    freight: Freight | None,
    attributes: Collection[str],
    faults: Faults,
    bulk: Bulk,
    tell: TellRows | None = None,
) -> Manifest:
    """Read all files of a run and note every fault that can be told without the store.

    Large tables of records wait in `bulk`; of these only the lines are listed that have to be looked at one by one.

    Raises:
        LimitExceeded: There are more rows than a run takes in.
    """
    manifest = Manifest(bulk=bulk)
    for place, path in enumerate(paths):
        source = Source(path=path, place=place)
        if is_bulk(path, freight) and bulk.take(replace(source, freight=Freight.RECORDS), faults):
            manifest.freight.add(Freight.RECORDS)
            continue
        for rows in read_rows(source, freight=freight, attributes=attributes, faults=faults, tell=tell):
            if rows.shape is None:
                _add(manifest, rows, faults)
            else:
                manifest.rosters.append(rows)
        if len(manifest.lines) > ROWS_PER_RUN_MAX:
            raise LimitExceeded(limit="rows_per_run_max", most=ROWS_PER_RUN_MAX, asked=len(manifest.lines))
    manifest.lines += bulk.lines(manifest.lines)
    manifest.lines.sort(key=_order)
    manifest.lines = _once(manifest, faults)
    return manifest


def draw_rosters(
    manifest: Manifest, reading: Reading, vault: Vault, *, terms: RosterTerms, today: date, faults: Faults
) -> None:
    """Draw the rosters of a run, and put the lines that they come to in their places.

    Args:
        manifest: Of the run. The organisation may stand among its subjects.
        reading: What is known.
        vault: Names and numbers that are known.
        terms: Whose rosters they are, and what they are taken for.
        today: The day of the run.
        faults: Where to note what cannot be.
    """
    for shape in SHAPES.values():
        sheets = [rows for rows in manifest.rosters if rows.shape is shape]
        if not sheets:
            continue
        kinds = ", ".join(shape.kept_by)
        if terms.of is None:
            faults.add(sheets[0].source, None, "", RosterOfMissing(shape=shape.code, kinds=kinds))
            continue
        known = Known(reading, vault, shape, terms.of, today + timedelta(days=1))
        kind = _kind_of(manifest, known, terms.of)
        if kind is None or kind not in shape.kept_by:
            faults.add(sheets[0].source, None, "", RosterOfUnfit(of=shown(terms.of), kinds=kinds))
            continue
        drawing = Drawing(shape, terms.of, kind, known, vault, terms=terms, today=today, faults=faults)
        _put(manifest, drawing.draw(sheets))
    manifest.lines.sort(key=_order)


def _kind_of(manifest: Manifest, known: Known, of: str) -> str | None:
    if known.is_enrolled(of):
        return str(known.subjects[of].kind)
    subjects = (line.item for line in manifest.lines if line.source.freight is Freight.SUBJECTS)
    return next((item.kind for item in subjects if item.id == of), None)


def _put(manifest: Manifest, drawn: Drawn) -> None:
    manifest.lines += drawn.lines
    manifest.left += drawn.left
    manifest.told += drawn.told
    manifest.freight |= {Freight.SUBJECTS, Freight.TIES}


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
