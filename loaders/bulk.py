"""Bulk: large files of records, which are weighed many at a time and entered as imports.

What is meant by a row, and what is wrong with it, is said where it is entered by itself: whatever is not plain is
entered that way here too. The rest is weighed by the same functions, and written as it was weighed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, wait
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from graph_service.actions.desk import Desk
from graph_service.actions.import_records import Scales, import_laid, import_records
from graph_service.actions.keep import leave_unkept
from graph_service.errors import JournalWentOn
from graph_service.lookups.listing import ENTRIES_PER_PAGE
from graph_service.model.journal import Entry, EntryKind
from graph_service.ports.store import Filling, Taking
from graph_service.service import TrustService
from loaders import records
from loaders.cells import Cells
from loaders.faults import Faults
from loaders.freight import Freight, Source, freight_by_name
from loaders.item import Line, Signatures
from loaders.keeping import kept_again
from loaders.records import RecordItem
from loaders.staging import Staging, as_item
from loaders.weighing import LaidEntry, Noted, Weighing

#: A file of records that is at least this large is read in bulk.
BULK_BYTES = 1 << 20

#: Rows of an entry, and entries that may wait for their turn at a time.
ROWS_PER_ENTRY = 1_000
_ENTRIES_WAITING = 8

#: Enters a line on the desk; notes why, where it is refused.
Enter = Callable[[Desk, Line], Entry | None]


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
        self._weighing: Weighing | None = None
        #: The position in the journal at which it was weighed.
        self._weighed_at = 0
        #: The day on which it was, of which the entries have to be.
        self._laid_on = date.max
        #: Rows that have to be entered one by one, and were found to be as they should be.
        self.alone: list[Line] = []

    @property
    def new(self) -> Counter[str]:
        """Rows that were weighed and are new, by rule."""
        return Counter() if self._weighing is None else self._weighing.new

    @property
    def known(self) -> Counter[str]:
        """Rows that were weighed and that the journal holds, by rule."""
        return Counter() if self._weighing is None else self._weighing.known

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

    def check(self, desk: Desk, enter: Enter, at: int, tell: Callable[[int], None]) -> None:
        """Weigh every row on a desk on which the other rows of the run have been entered.

        Args:
            desk: Of the rehearsal.
            enter: What enters a row by itself.
            at: The head of the journal before anything was entered on the desk.
            tell: Told now and then how many rows were looked at.
        """
        if self._staging is None:
            return
        self._weighed_at, self._laid_on = at, desk.today
        self._weighing = self._staging.weighing()
        self._weighing.weigh(Scales(desk.page, desk.today), tell)
        for place, number, told, note in self._weighing.alone():
            line = Line(self._sources[place], number, as_item(told, note))
            if enter(desk, line) is not None:
                self.alone.append(line)

    # Writing

    def write(self, service: TrustService, tell: Callable[[int], None]) -> None:
        """Write what was weighed, behind everything else of the run, and keep standings again at the end.

        Raises:
            JournalWentOn: Something else was entered meanwhile; the same run again finishes the rest.
            StoreRefusal: The store's own; likewise.
        """
        weighing = self._weighing
        if weighing is None or not weighing.schemes:
            # A run that was cut off before its end may have left something to keep.
            kept_again(service)
            return
        service.do(partial(leave_unkept, schemes=weighing.schemes))
        after = self._unchanged(service, weighing)
        filling = service.store if isinstance(service.store, Filling) else None
        if filling is not None:
            filling.begin_filling(sum(weighing.new.values()))
        try:
            if isinstance(service.store, Taking):
                self._write_laid(service, service.store, weighing, after, tell)
            else:
                self._write(service, weighing, after, tell)
        finally:
            kept_again(service, meanwhile=filling.end_filling if filling is not None else _nothing)

    def _unchanged(self, service: TrustService, weighing: Weighing) -> int:
        """See that nothing was entered since the rows were weighed by which they weigh otherwise; give the head.

        Raises:
            JournalWentOn: Something was.
        """
        with service.reading() as reading:
            head, after = reading.head().seq, self._weighed_at
            while entries := reading.entries(after=after, limit=ENTRIES_PER_PAGE):
                adopted = any(entry.kind is EntryKind.POLICY_ADOPTED for entry in entries)
                if adopted or weighing.holds([record for entry in entries for record in _records_of(entry)]):
                    raise JournalWentOn(weighed_at=self._weighed_at, head=head)
                after = entries[-1].seq
        return head

    def _write_laid(
        self, service: TrustService, store: Taking, weighing: Weighing, after: int, tell: Callable[[int], None]
    ) -> None:
        """Write entries whose rows the store takes from a file, while the next ones are laid out."""
        said: dict[str, Any] = {"schemes": weighing.schemes, "laid_on": self._laid_on, "actor": self._by.filer}
        waiting: deque[tuple[int, Future[Entry]]] = deque()
        done = 0
        with ExitStack() as taken:
            for laid in weighing.laid(after, ROWS_PER_ENTRY):
                done += _all_settled(waiting)
                tell(done)
                taken.close()
                taken.enter_context(store.taking(laid.file))
                taken.callback(_withdraw, waiting)
                for entry in laid.entries:
                    future = service.submit(partial(_import_laid, entry=entry, **said))
                    waiting.append((entry.asked.count, future))
            done += _all_settled(waiting)
            tell(done)

    def _write(self, service: TrustService, weighing: Weighing, after: int, tell: Callable[[int], None]) -> None:
        waiting: deque[tuple[int, Future[Entry]]] = deque()
        done = 0
        for number, rows in enumerate(weighing.rows(ROWS_PER_ENTRY)):
            action = partial(_import, rows=rows, actor=self._by.filer, after=after + number)
            waiting.append((len(rows), service.submit(action)))
            if len(waiting) >= _ENTRIES_WAITING:
                done += _settled(waiting)
                tell(done)
        while waiting:
            done += _settled(waiting)
            tell(done)


def _nothing() -> None:
    """Nothing was put aside."""


def _all_settled(waiting: deque[tuple[int, Future[Entry]]]) -> int:
    done = 0
    while waiting:
        done += _settled(waiting)
    return done


def _withdraw(waiting: deque[tuple[int, Future[Entry]]]) -> None:
    """Ask for nothing any more, and wait for what is being done."""
    wait([future for _, future in waiting if not future.cancel()])


def _import_laid(desk: Desk, entry: LaidEntry, schemes: Collection[str], laid_on: date, actor: str) -> Entry:
    for subject, record, note in entry.notes:
        desk.keep_text(subject, f"record/{record}", note)
    return import_laid(
        desk, entry.asked, entry.outcome, schemes=schemes, laid_on=laid_on, actor=actor, after=entry.seq - 1
    )


def _records_of(entry: Entry) -> list[str]:
    """Name the records that an entry brings, or changes."""
    if entry.kind is EntryKind.RECORDS_IMPORTED:
        return [said[0] for said in entry.asked["rows"]]
    record = entry.outcome.get("record")
    return [] if record is None else [record]


def _settled(waiting: deque[tuple[int, Future[Entry]]]) -> int:
    rows, future = waiting.popleft()
    future.result()
    return rows


def _import(desk: Desk, rows: Sequence[Noted], actor: str, after: int) -> Entry:
    entry = import_records(desk, [(said, found) for said, found, _ in rows], actor=actor, after=after)
    for said, _, note in rows:
        record, subject = said[:2]
        desk.keep_text(subject, f"record/{record}", note)
    return entry
