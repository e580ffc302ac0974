"""Check all, then write in chunks: nothing of a faulty file is written, and twice is once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import chain, islice
from pathlib import Path
from threading import Event

from graph_service.actions.desk import Desk, Envelope
from graph_service.errors import IdentifierTaken, PolicyMissing, Refusal, StoreRefusal, SubjectUnknown
from graph_service.model.journal import Entry
from graph_service.model.subjects import checked_id
from graph_service.policy.schemes import Policy
from graph_service.projection.keep import edition_on
from graph_service.service import TrustService
from loaders.bulk import Bulk
from loaders.faults import Faults, TellFault
from loaders.freight import COLUMNS, EXTERNAL, Freight
from loaders.item import APPROVER, FILER, Line, Signatures
from loaders.manifest import Manifest, draw_rosters, read_manifest
from loaders.records import RecordItem
from loaders.refusals import FilesFaulty, LoadCutShort
from loaders.remarks import Told
from loaders.rosters import RosterTerms
from loaders.ties import TieEndItem

#: Rows that are handed to the sequencer at a time, and after which progress is told.
ROWS_PER_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a run has come."""

    #: "read", "check" or "write".
    phase: str
    done: int
    #: 0 where nobody knows.
    total: int


#: Told every chunk; while checking, on the sequencer's thread.
Progress = Callable[[Step], None]


@dataclass(slots=True, kw_only=True)
class Count:
    """Rows of one kind of freight."""

    #: Those that the journal did not hold before.
    new: int = 0
    #: Those that were there already, or stood in the files twice.
    known: int = 0
    #: Ties that end, because a roster says something else than before.
    ended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a run came to: for each kind of freight that the files hold, in order."""

    counts: Mapping[Freight, Count] = field(default_factory=dict)
    #: The same for each kind of subject and tie, each purpose and each rule.
    kinds: Mapping[tuple[Freight, str], Count] = field(default_factory=dict)
    #: What is told though nothing is wrong.
    told: Sequence[Told] = ()

    @property
    def new(self) -> int:
        """Rows that were new, of every kind."""
        return sum(count.new for count in self.counts.values())

    @property
    def known(self) -> int:
        """Rows that were there already, of every kind."""
        return sum(count.known for count in self.counts.values())


@dataclass(slots=True)
class _Counting:
    """Counts lines as they are entered."""

    counts: dict[Freight, Count]
    kinds: dict[tuple[Freight, str], Count] = field(default_factory=dict)

    @classmethod
    def of(cls, manifest: Manifest) -> _Counting:
        """Begin with what is known before anything is entered."""
        held = manifest.freight | {line.source.freight for line in manifest.lines}
        counting = cls({kind: Count(known=manifest.repeated.get(kind, 0)) for kind in Freight if kind in held})
        for (freight, kind), number in sorted(manifest.left.items()):
            for count in counting._both(freight, kind):
                count.known += number
        return counting

    def _both(self, freight: Freight, kind: str) -> tuple[Count, Count]:
        return self.counts[freight], self.kinds.setdefault((freight, kind), Count())

    def count(self, line: Line, entry: Entry, head: int) -> None:
        """Count a line that gave an entry, which is new where it lies behind the head."""
        for count in self._both(line.source.freight, line.item.kind):
            if entry.seq <= head:
                count.known += 1
            elif isinstance(line.item, TieEndItem):
                count.ended += 1
            else:
                count.new += 1

    def count_bulk(self, bulk: Bulk) -> None:
        """Count the records that were weighed many at a time."""
        for rule in sorted({*bulk.new, *bulk.known}):
            for count in self._both(Freight.RECORDS, rule):
                count.new += bulk.new[rule]
                count.known += bulk.known[rule]

    def report(self, manifest: Manifest) -> LoadReport:
        """Sum up, in order of freight and kind."""
        order = list(Freight)
        kinds = dict(sorted(self.kinds.items(), key=lambda each: (order.index(each[0][0]), each[0][1])))
        return LoadReport(counts=self.counts, kinds=kinds, told=tuple(manifest.told))


def load(
    service: TrustService,
    paths: Sequence[Path],
    *,
    filer: str = FILER,
    approver: str = APPROVER,
    progress: Progress | None = None,
    freight: Freight | None = None,
    rosters: RosterTerms = RosterTerms(),  # noqa: B008 - it is frozen
    tell_fault: TellFault | None = None,
) -> LoadReport:
    """Check files as a whole, together, and write them where they have no fault.

    Args:
        service: Where to write.
        paths: Files of any freight, in any order. Subjects are entered first, then ties, consents and records.
        filer: Who files, where a row names nobody.
        approver: Who approved, where a row names nobody.
        progress: Told now and then how far the run has come.
        freight: What the files hold, where neither names nor columns tell.
        rosters: What is said of rosters among the files.
        tell_fault: Told every fault as it is found, however many there are.

    Raises:
        FilesFaulty: With every fault; nothing was written.
        PolicyMissing: There is no policy by which ties, consents and records could be checked.
        LoadCutShort: The store changed between check and writing.
        StoreRefusal: The store's own. What was written stays; the same run again finishes it.
    """
    by = _signatures(filer, approver)
    with closing(Bulk(by)) as bulk:
        manifest, _ = _checked(
            service, paths, by, bulk, progress=progress, freight=freight, rosters=rosters, tell_fault=tell_fault
        )
        return _write(service, paths, manifest, by, progress)


def check(
    service: TrustService,
    paths: Sequence[Path],
    *,
    filer: str = FILER,
    approver: str = APPROVER,
    progress: Progress | None = None,
    freight: Freight | None = None,
    rosters: RosterTerms = RosterTerms(),  # noqa: B008 - it is frozen
    tell_fault: TellFault | None = None,
) -> LoadReport:
    """Check files as `load` does and write nothing; tell what would be new.

    Raises:
        FilesFaulty: With every fault.
        PolicyMissing: There is no policy by which ties, consents and records could be checked.
    """
    by = _signatures(filer, approver)
    with closing(Bulk(by)) as bulk:
        _, report = _checked(
            service, paths, by, bulk, progress=progress, freight=freight, rosters=rosters, tell_fault=tell_fault
        )
        return report


def _signatures(filer: str, approver: str) -> Signatures:
    return Signatures(filer=checked_id(filer, "filer"), approver=checked_id(approver, "approver"))


def _checked(
    service: TrustService,
    paths: Sequence[Path],
    by: Signatures,
    bulk: Bulk,
    *,
    progress: Progress | None,
    freight: Freight | None,
    rosters: RosterTerms,
    tell_fault: TellFault | None,
) -> tuple[Manifest, LoadReport]:
    policy = _policy(service)
    attributes = {name for kind in policy.tie_kinds.values() for name in kind.attributes} if policy else set()
    faults = Faults(tell_fault)
    manifest = read_manifest(
        paths,
        freight=freight,
        attributes=attributes,
        faults=faults,
        bulk=bulk,
        tell=partial(_tell, progress, "read", total=0),
    )
    if manifest.rosters and policy is not None:
        with service.reading() as reading:
            today = max(service.clock.today(), reading.head().entered_on or date.min)
            draw_rosters(manifest, reading, service.vault, terms=rosters, today=today, faults=faults)
    if policy is None and (manifest.rosters or manifest.freight - {Freight.SUBJECTS}):
        raise PolicyMissing(on=service.clock.today().isoformat())
    report = _rehearsed(service, _Rehearsal(manifest, by, faults, attributes, progress))
    if faults:
        raise FilesFaulty(_named(paths), faults.found())
    return manifest, report


def _policy(service: TrustService) -> Policy | None:
    with service.reading() as reading:
        edition = edition_on(reading.editions(), service.clock.today())
    return None if edition is None else edition.policy


def _named(paths: Sequence[Path]) -> str:
    return ", ".join(str(path).encode("utf-8", "replace").decode() for path in paths)


# -- Checking ----------------------------------------------------------------------------------------------------------


class _Rehearsal:
    """Enters every row as the writing would, on a page that is taken back: so no rule is written twice."""

    def __init__(
        self,
        manifest: Manifest,
        by: Signatures,
        faults: Faults,
        attributes: Collection[str],
        progress: Progress | None,
    ) -> None:
        self.stopped = Event()
        self._manifest = manifest
        self._bulk = manifest.bulk
        self._by = by
        self._faults = faults
        self._attributes = attributes
        self._progress = progress
        self._lost = set(manifest.lost)

    def __call__(self, desk: Desk) -> LoadReport:
        """Enter all rows; note every refusal."""
        counting = _Counting.of(self._manifest)
        head = desk.page.head().seq
        lines = self._manifest.lines
        total = len(lines) + self._bulk.rows
        for done, line in enumerate(lines):
            if done % ROWS_PER_CHUNK == 0:
                if self.stopped.is_set():
                    break
                _tell(self._progress, "check", done, total)
            self._counted(counting, head, desk, line)
        self._bulk.check(desk, partial(self._counted, counting, head), head, self._told_from(len(lines), total))
        counting.count_bulk(self._bulk)
        _tell(self._progress, "check", total, total)
        return counting.report(self._manifest)

    def _counted(self, counting: _Counting, head: int, desk: Desk, line: Line) -> Entry | None:
        entry = self._enter(desk, line)
        if entry is not None:
            counting.count(line, entry, head)
        return entry

    def _told_from(self, lines: int, total: int) -> Callable[[int], None]:
        def tell(done: int) -> None:
            if self.stopped.is_set():
                raise _Stopped
            _tell(self._progress, "check", lines + done, total)

        return tell

    def _enter(self, desk: Desk, line: Line) -> Entry | None:
        try:
            with desk.page.attempt():
                entry = line.item.enter(desk, self._by, line.origin)
            desk.sent.add(desk.envelope)
        except StoreRefusal:
            raise
        except Refusal as refusal:
            self._note(line, refusal)
            return None
        finally:
            desk.envelope = Envelope()
        return entry

    def _note(self, line: Line, refusal: Refusal) -> None:
        if line.source.freight is Freight.SUBJECTS:
            self._lost.add(line.item.id)
        elif isinstance(refusal, SubjectUnknown) and (
            self._manifest.subjects_unread or refusal.parameters["subject"] in self._lost
        ):
            # The subject's own row is faulty and reported. Once it is mended, this row is as it should be.
            return
        self._faults.add(line.source, line.number, _column(line, refusal, self._attributes), refusal)


class _Stopped(Exception):
    """Whoever waited for the check has gone."""


def _rehearsed(service: TrustService, rehearsal: _Rehearsal) -> LoadReport:
    try:
        return service.rehearse(rehearsal)
    except BaseException:
        # Whoever interrupts us need not wait until the last row is checked.
        rehearsal.stopped.set()
        raise


def _column(line: Line, refusal: Refusal, attributes: Collection[str]) -> str:
    """Name the column that a refusal speaks of; none where it speaks of the row."""
    if line.titles:
        return line.titles.get(refusal.field or "", "")
    if isinstance(refusal, IdentifierTaken):
        return f"{EXTERNAL}{refusal.field}"
    field_ = refusal.field or ""
    known = {*COLUMNS[line.source.freight].known, *attributes}
    return field_ if field_ in known else ""


# -- Writing -----------------------------------------------------------------------------------------------------------


def _write(
    service: TrustService,
    paths: Sequence[Path],
    manifest: Manifest,
    by: Signatures,
    progress: Progress | None,
) -> LoadReport:
    counting, bulk = _Counting.of(manifest), manifest.bulk
    total = len(manifest.lines) + len(bulk.alone) + sum(bulk.new.values())
    writing = _Writing(service, by, counting, partial(_tell, progress, "write", total=total))
    # What still waits for its approval looks at what was approved.
    waiting = [line for line in manifest.lines if _waits(line)]
    decided = chain((line for line in manifest.lines if not _waits(line)), bulk.alone)
    try:
        writing.lines(decided)
        before = writing.done
        bulk.write(service, lambda done: writing.tell(before + done))
        writing.done = before + sum(bulk.new.values())
        counting.count_bulk(bulk)
        writing.lines(waiting)
    except _CutShort as cut:
        raise LoadCutShort(_named(paths), writing.done, cut.faults.found()) from None
    return counting.report(manifest)


def _waits(line: Line) -> bool:
    return isinstance(line.item, RecordItem) and line.item.approved_on is None


class _CutShort(Exception):
    """Rows were refused that had been found to be as they should be."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults


class _Writing:
    """Writes lines in chunks and counts them."""

    def __init__(self, service: TrustService, by: Signatures, counting: _Counting, tell: Callable[[int], None]) -> None:
        self.tell = tell
        #: Rows written.
        self.done = 0
        self._service = service
        self._by = by
        self._counting = counting
        with service.reading() as reading:
            self._head = reading.head().seq
        tell(0)

    def lines(self, lines: Iterable[Line]) -> None:
        """Write lines, in order."""
        left = iter(lines)
        while chunk := list(islice(left, ROWS_PER_CHUNK)):
            futures = [self._service.submit(_entering(line, self._by)) for line in chunk]
            wait(futures)
            faults = _refused(chunk, futures)
            for line, future in zip(chunk, futures, strict=True):
                if future.exception() is None:
                    self._counting.count(line, future.result(), self._head)
                    self.done += 1
            if faults:
                raise _CutShort(faults)
            self.tell(self.done)


def _entering(line: Line, by: Signatures) -> Callable[[Desk], Entry]:
    return lambda desk: line.item.enter(desk, by, line.origin)


def _refused(chunk: Sequence[Line], futures: Sequence[Future[Entry]]) -> Faults:
    """Collect the refusals of a chunk; what is no refusal of a row goes to the caller as it is."""
    faults = Faults()
    for line, future in zip(chunk, futures, strict=True):
        refused = future.exception()
        if isinstance(refused, Refusal) and not isinstance(refused, StoreRefusal):
            faults.add(line.source, line.number, _column(line, refused, ()), refused)
        elif refused is not None:
            raise refused
    return faults


def _tell(progress: Progress | None, phase: str, done: int, total: int) -> None:
    if progress is not None:
        progress(Step(phase=phase, done=done, total=total))
