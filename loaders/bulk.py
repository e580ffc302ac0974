"""Bulk: large files of records, which are weighed many at a time and entered as imports.

What is meant by a row, and what is wrong with it, is said where it is entered by itself: whatever is not plain is
entered that way here too. The rest is weighed by the same functions, and written as it was weighed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from graph_service.actions.desk import Desk
from graph_service.actions.import_records import Scales, Told, Weighed, import_records
from graph_service.actions.keep import leave_unkept
from graph_service.lookups.listing import records_exist
from graph_service.model.journal import Entry, Value
from graph_service.ports.store import Filling
from graph_service.service import TrustService
from loaders import records
from loaders.cells import Cells
from loaders.faults import Faults
from loaders.freight import Freight, Source, freight_by_name
from loaders.item import Line, Signatures
from loaders.keeping import kept_again
from loaders.records import RecordItem
from loaders.staging import Staging, as_item

#: A file of records that is at least this large is read in bulk.
BULK_BYTES = 1 << 20

#: Rows of an entry, and entries that may wait for their turn at a time.
ROWS_PER_ENTRY = 1_000
_ENTRIES_WAITING = 8

#: Enters a line on the desk; notes why, where it is refused.
Enter = Callable[[Desk, Line], Entry | None]

#: A row that was weighed, and its note; and how it waits on disk: what it says, what was found, and its note.
_Noted = tuple[Weighed, str | None]
_Spooled = tuple[list[Value], list[Value], str | None]


def is_bulk(path: Path, freight: Freight | None) -> bool:
    """Tell whether a file is a large table of records."""
    try:
        large = path.suffix.lower() == ".csv" and path.stat().st_size >= BULK_BYTES
    except OSError:
        return False
    return large and (freight or freight_by_name(path)) is Freight.RECORDS


class Bulk:
    """The large files of a run: taken in, weighed while the run is checked, and written at its end."""

    def __init__(self, by: Signatures) -> None:
        self._by = by
        # Most runs have no large file, and need neither.
        self._folder: TemporaryDirectory[str] | None = None
        self._staging: Staging | None = None
        self._sources: dict[int, Source] = {}
        self._careful: list[Line] = []
        self._schemes: set[str] = set()
        #: Rows that have to be entered one by one, and were found to be as they should be.
        self.alone: list[Line] = []
        #: Rows that were weighed, by rule: those that are new, and those that the journal holds.
        self.new: Counter[str] = Counter()
        self.known: Counter[str] = Counter()

    def close(self) -> None:
        """Throw away what waited."""
        if self._staging is not None:
            self._staging.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _staged(self) -> Staging:
        if self._folder is None or self._staging is None:
            self._folder = TemporaryDirectory(prefix="trustnet-load-")
            self._staging = Staging(Path(self._folder.name), self._by)
        return self._staging

    @property
    def _spool(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "weighed.jsonl"

    # Taking in

    def take(self, source: Source, faults: Faults) -> bool:
        """Take in a file; False where it has to be read with care as a whole."""
        rows = self._staged().take_file(source.path, source.place)
        if rows is None:
            return False
        self._sources[source.place] = source
        for row in rows:
            cells = Cells(source, row, faults)
            item = records.read(cells)
            if cells.sound:
                self._careful.append(Line(source, row.line, item))
        return True

    def lines(self, others: Iterable[Line]) -> list[Line]:
        """Take out the lines that cannot be weighed apart from others: of one id, or of one subject."""
        items = [line.item for line in (*others, *self._careful) if isinstance(line.item, RecordItem)]
        lines = [*self._careful, *self._taken_out(ids=[item.id for item in items])]
        items += [line.item for line in lines if isinstance(line.item, RecordItem)]
        decided = {item.subject for item in items if item.approved_on is not None}
        return [*lines, *self._taken_out(subjects=sorted(decided))]

    def _taken_out(self, *, ids: Sequence[str] = (), subjects: Sequence[str] = ()) -> list[Line]:
        rows = [] if self._staging is None else self._staging.take_out(ids=ids, subjects=subjects)
        return [Line(self._sources[place], line, as_item(told, note)) for place, line, told, note in rows]

    @property
    def rows(self) -> int:
        """How many rows wait to be weighed."""
        return 0 if self._staging is None else self._staging.count()

    # Checking

    def check(self, desk: Desk, enter: Enter, tell: Callable[[int], None]) -> None:
        """Weigh every row on a desk on which the other rows of the run have been entered.

        Args:
            desk: Of the rehearsal.
            enter: What enters a row by itself.
            tell: Told now and then how many rows were looked at.
        """
        if self._staging is None:
            return
        scales, done = Scales(desk.page, desk.today), 0
        with self._spool.open("wb") as spool:
            waiting: list[_Noted] = []
            for chunk, notes in self._staged().chunks():
                weighed = self._weighed(scales, chunk, notes, partial(self._enter_alone, desk, notes, enter))
                waiting += [(each, notes.get(each.told.id)) for each in weighed]
                while len(waiting) >= ROWS_PER_ENTRY:
                    spool.write(_written(waiting[:ROWS_PER_ENTRY]))
                    del waiting[:ROWS_PER_ENTRY]
                done += len(chunk)
                tell(done)
            if waiting:
                spool.write(_written(waiting))

    def _weighed(
        self, scales: Scales, chunk: Sequence[Told], notes: Mapping[str, str], alone: Callable[[Sequence[Told]], None]
    ) -> Iterator[Weighed]:
        for rows, weighed in scales.weigh(chunk):
            new = {each.told.id for each in weighed or ()}
            known = [row for row in rows if row.id not in new]
            # Whether what is known said the same in its note, only the vault knows.
            if weighed is None or any(row.id in notes for row in known):
                alone(rows)
                continue
            self._schemes.update(row.scheme for row in rows)
            self.new.update(each.told.rule for each in weighed)
            self.known.update(row.rule for row in known)
            yield from weighed

    def _enter_alone(self, desk: Desk, notes: Mapping[str, str], enter: Enter, rows: Sequence[Told]) -> None:
        places: Mapping[str, tuple[int, int]] = self._staged().lines_of([row.id for row in rows])
        for row in rows:
            place, number = places[row.id]
            line = Line(self._sources[place], number, as_item(row, notes.get(row.id)))
            if enter(desk, line) is not None:
                self.alone.append(line)

    # Writing

    def write(self, service: TrustService, tell: Callable[[int], None]) -> None:
        """Write what was weighed, behind everything else of the run, and keep standings again at the end.

        Raises:
            JournalWentOn: Something else was entered meanwhile; the same run again finishes the rest.
            StoreRefusal: The store's own; likewise.
        """
        if not self._schemes:
            # A run that was cut off before its end may have left something to keep.
            kept_again(service)
            return
        service.do(partial(leave_unkept, schemes=self._schemes))
        with service.reading() as reading:
            after = reading.head().seq
            empty = not records_exist(reading)
        filling = service.store if empty and isinstance(service.store, Filling) else None
        if filling is not None:
            filling.begin_filling()
        try:
            self._write(service, after, tell)
        finally:
            if filling is not None:
                filling.end_filling()
            kept_again(service)

    def _write(self, service: TrustService, after: int, tell: Callable[[int], None]) -> None:
        waiting: deque[tuple[int, Future[Entry]]] = deque()
        done = 0
        with self._spool.open("rb") as spool:
            for number, line in enumerate(spool):
                rows: list[_Spooled] = orjson.loads(line)
                action = partial(_import, rows=rows, actor=self._by.filer, after=after + number)
                waiting.append((len(rows), service.submit(action)))
                if len(waiting) >= _ENTRIES_WAITING:
                    done += _settled(waiting)
                    tell(done)
        while waiting:
            done += _settled(waiting)
            tell(done)


def _settled(waiting: deque[tuple[int, Future[Entry]]]) -> int:
    rows, future = waiting.popleft()
    future.result()
    return rows


def _import(desk: Desk, rows: Sequence[_Spooled], actor: str, after: int) -> Entry:
    entry = import_records(desk, [(said, found) for said, found, _ in rows], actor=actor, after=after)
    for said, _, note in rows:
        record, subject = said[:2]
        desk.keep_text(subject, f"record/{record}", note)
    return entry


def _written(weighed: Sequence[_Noted]) -> bytes:
    rows = [(each.told.said, each.found, note) for each, note in weighed]
    return orjson.dumps(rows, option=orjson.OPT_APPEND_NEWLINE)
