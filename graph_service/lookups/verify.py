"""Verify: does everything that a store holds follow from its journal, and is the journal the one that was written?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from typing import Protocol

from graph_service.errors import StoreRefusal
from graph_service.lookups.findings import Finding, FindingKind, Verification
from graph_service.lookups.listing import ENTRIES_PER_PAGE, ROWS_PER_PAGE, every
from graph_service.model.checkpoints import Checkpoint
from graph_service.model.days import EVER
from graph_service.model.journal import GENESIS, Entry, Head, follows
from graph_service.model.records import LATEST, Moment
from graph_service.model.standing import Balance
from graph_service.policy.schemes import Edition
from graph_service.ports.store import Due, Reading, Store
from graph_service.projection.keep import edition_on, kept_on
from graph_service.projection.project import project
from graph_service.scoring.total import balances_of

#: Findings of one view that are listed.
FINDINGS_PER_VIEW = 20
#: Characters of a value that a finding shows.
WRITTEN_MAX = 80

#: Called with what is being done, how much of it is done, and how much there is (None where that is not known).
Progress = Callable[[str, int, int | None], None]

#: A view as a stream of (key, value), in order of key.
Stream = Iterable[tuple[tuple[str, ...], object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """Where the kept balances of a scheme and the sums of all its shares part, each in order of key."""

    kept: Iterator[Balance]
    expected: Iterator[Balance]
    #: How many balances there should be.
    balances: int


class Replays(Protocol):
    """Works out whole schemes at once, which is quicker than record by record and share by share."""

    def keep(self, rebuilt: Store, schemes: Collection[str], day: date) -> None:
        """Keep the balances and standings of a store that left those of these schemes unkept."""
        ...

    def sums(
        self, reading: Reading, schemes: Collection[str], day: date
    ) -> Iterator[tuple[str, AbstractContextManager[Differing]]]:
        """Compare what a store keeps of schemes with the sums of all shares, scheme by scheme."""
        ...


def silent(_doing: str, _done: int, _of: int | None) -> None:
    """Tell nobody how far it is."""


@dataclass(slots=True)
class _Report:
    """Findings as they come, the first of each view."""

    progress: Progress
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    compared: dict[str, int] = field(default_factory=dict)
    _by_view: dict[str, int] = field(default_factory=dict)

    def add(self, kind: FindingKind, view: str, key: object, kept: object = "", expected: object = "") -> None:
        self._by_view[view] = self._by_view.get(view, 0) + 1
        if self._by_view[view] > FINDINGS_PER_VIEW:
            self.more += 1
            return
        self.findings.append(Finding(kind=kind, view=view, key=str(key), kept=str(kept), expected=str(expected)))

    @contextmanager
    def reading(self, view: str) -> Iterator[None]:
        """Report what cannot be read at all, and go on behind it: a store that was tampered with may hold anything."""
        self.progress(view, 0, None)
        try:
            yield
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as fault:
            self.add(FindingKind.UNREADABLE, view, "", _said(fault))


def verify(
    reading: Reading,
    fresh: Store | None,
    *,
    checkpoints: Sequence[Checkpoint] = (),
    replays: Replays | None = None,
    progress: Progress = silent,
) -> Verification:
    """Verify a store at one moment.

    The journal's chain is followed from its start; what the store keeps twice is compared; every view is rebuilt from
    the journal into `fresh` and compared with the one that is kept; and the kept balances are compared with the sums of
    all shares, as they follow from the records and ties that are kept. Only checkpoints that were held elsewhere can
    tell a cut tail or a rewritten journal.

    Args:
        reading: Of the store that is verified.
        fresh: An empty store to rebuild into, which the caller throws away; None to leave the rebuilding out.
        checkpoints: Heads that were signed earlier, read with `read_checkpoint`.
        replays: Works out balances and standings; without, they are kept entry by entry and summed up share by share,
            which is slow and comes to the same.
        progress: Is told how far it is.
    """
    report = _Report(progress)
    _follow(reading, checkpoints, report)
    with report.reading("store"):
        for contradiction in reading.contradictions(limit=FINDINGS_PER_VIEW):
            report.add(FindingKind.CONTRADICTION, "store", "", contradiction)
    if fresh is not None and _rebuild(reading, fresh, replays, report):
        with fresh.reading() as rebuilt:
            _compare_views(reading, rebuilt, report)
    with report.reading("sums"):
        _compare_sums(reading, replays, report)
    head = reading.head()
    return Verification(
        seq=head.seq, hash=head.hash, findings=tuple(report.findings), more=report.more, compared=report.compared
    )


def _entries(reading: Reading) -> Iterator[Entry]:
    after = 0
    while page := reading.entries(after=after, limit=ENTRIES_PER_PAGE):
        yield from page
        after = page[-1].seq


def _follow(reading: Reading, checkpoints: Sequence[Checkpoint], report: _Report) -> None:
    """Follow the chain from its start, past the checkpoints."""
    signed: dict[int, list[Checkpoint]] = {}
    for checkpoint in checkpoints:
        signed.setdefault(checkpoint.seq, []).append(checkpoint)
    head = Head(seq=0, hash=GENESIS, entered_on=None, ticked_on=None)
    of = reading.head().seq
    with report.reading("journal"):
        for entry in _entries(reading):
            _link(entry, head, report)
            # From the hash that it claims, so that one change is one finding.
            head = Head(seq=entry.seq, hash=entry.hash, entered_on=entry.entered_on, ticked_on=None)
            for checkpoint in signed.get(entry.seq, ()):
                if checkpoint.hash != entry.hash:
                    report.add(FindingKind.REWRITTEN, "journal", entry.seq, entry.hash.hex(), checkpoint.hash.hex())
            if entry.seq % ROWS_PER_PAGE == 0:
                report.progress("chain", entry.seq, of)
        report.compared["entries"] = head.seq
    for seq in sorted(signed):
        if seq > head.seq:
            report.add(FindingKind.TAIL_CUT, "journal", seq, head.seq)


def _link(entry: Entry, head: Head, report: _Report) -> None:
    if entry.seq != head.seq + 1:
        report.add(FindingKind.ENTRY_MISSING, "journal", head.seq + 1, entry.seq)
    elif not follows(entry, head):
        report.add(FindingKind.CHAIN_BROKEN, "journal", entry.seq)
    if head.entered_on is not None and entry.entered_on < head.entered_on:
        report.add(FindingKind.DAY_REVERSED, "journal", entry.seq, entry.entered_on, head.entered_on)


def _rebuild(reading: Reading, fresh: Store, replays: Replays | None, report: _Report) -> bool:
    """Work the journal off into an empty store; tell whether that was possible."""
    with fresh.reading() as empty:
        assert empty.head().seq == 0, "the store to rebuild into must be empty"
    day = _kept_on(reading)
    at_once = _in_every_edition(reading) if replays is not None and day is not None else frozenset()
    with fresh.writing() as beginning:
        beginning.set_unkept(at_once)
    of = reading.head().seq
    done = 0
    entries = _entries(reading)
    try:
        while page := list(islice(entries, ENTRIES_PER_PAGE)):
            with fresh.writing() as rebuilt:
                for entry in page:
                    project(rebuilt, entry)
                    done = entry.seq
            report.progress("rebuild", done, of)
    except StoreRefusal:
        # No room for the rebuilt store, say: that is nothing about the journal.
        raise
    except Exception as fault:  # noqa: BLE001 - a journal that was tampered with may fail in any way
        report.add(FindingKind.ENTRY_UNREADABLE, "journal", done + 1, _said(fault))
        return False
    if replays is not None and day is not None:
        with report.reading("balances"):
            replays.keep(fresh, at_once - reading.unkept(), day)
    return True


def _kept_on(reading: Reading) -> date | None:
    head = reading.head()
    return kept_on(head.entered_on, head.ticked_on, reading.editions())


def _in_every_edition(reading: Reading) -> frozenset[str]:
    """Name the schemes whose balances a replay says: of one that an edition dropped, the last ones stay as they are."""
    found = [frozenset(edition.policy.schemes) for edition in reading.editions()]
    return frozenset.intersection(*found) if found else frozenset()


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"


# Comparing


def _compare_views(kept: Reading, rebuilt: Reading, report: _Report) -> None:
    unkept = kept.unkept()
    streams = zip(_views(kept, unkept).items(), _views(rebuilt, unkept).items(), strict=False)
    for (view, held), (_, expected) in streams:
        with report.reading(view):
            report.compared[view] = _compare(view, held, expected, report)
    codes = {code for each in rebuilt.editions() for code in each.policy.schemes}
    for code in sorted(codes - unkept):
        view = f"standings of {code}"
        with report.reading(view):
            report.compared[view] = _compare(view, _standings(kept, code), _standings(rebuilt, code), report)


def _views(reading: Reading, unkept: Collection[str]) -> dict[str, Stream]:
    """Every view of a store as a stream, by name. Standings are apart, by scheme; of unkept schemes nothing is kept."""
    return {
        "editions": _editions(reading),
        "ticked": [(("day",), reading.head().ticked_on)],
        "subjects": (((it.id,), it) for it in every(partial(reading.subjects, kinds=()), lambda it: it.id)),
        "ages": (((it.subject, it.since.isoformat()), it) for it in every(reading.ages, lambda it: it.subject)),
        "ties": (((it.id,), it) for it in every(reading.ties, lambda it: it.id)),
        "consents": (((it.id,), it) for it in every(reading.consents, lambda it: it.id)),
        "waivers": (((it.id,), it) for it in every(reading.waivers, lambda it: it.id)),
        "records": (((it.id,), it) for it in every(partial(reading.records, states=()), lambda it: it.id)),
        "due": (((it.record,), it) for it in _due(reading)),
        "forces": (
            ((it.act.record, f"{it.opened_seq:020}"), it) for it in every(reading.forces, lambda it: it.act.record)
        ),
        "balances": (
            (_balance_key(it), it) for it in every(reading.balances, lambda it: it.subject) if it.scheme not in unkept
        ),
    }


def _editions(reading: Reading) -> Stream:
    for each in reading.editions():
        yield (f"{each.number:06}",), each


def _due(reading: Reading) -> Iterator[Due]:
    records = every(partial(reading.records, states=()), lambda record: record.id)
    while page := [record.id for record in islice(records, ROWS_PER_PAGE)]:
        due = reading.due_of(page)
        yield from (due[record] for record in page if record in due)


def _standings(reading: Reading, scheme: str) -> Stream:
    listed = every(partial(reading.standings, scheme), lambda each: each.subject)
    return (((each.subject,), each) for each in listed)


def _balance_key(balance: Balance) -> tuple[str, ...]:
    # In this order the names of the signs are in the order of the signs.
    sign = "merit" if balance.sign > 0 else "demerit"
    return balance.subject, balance.scheme, balance.route, sign, (balance.period or EVER).isoformat()


def _compare(view: str, kept: Stream, expected: Stream, report: _Report) -> int:
    """Walk two streams side by side and report where they part; give how many were expected."""
    left, right = iter(kept), iter(expected)
    held, wanted = next(left, None), next(right, None)
    count = 0
    while held is not None or wanted is not None:
        if wanted is None or (held is not None and held[0] < wanted[0]):
            assert held is not None
            report.add(FindingKind.UNFOUNDED, view, " ".join(held[0]))
            held = next(left, None)
            continue
        count += 1
        if held is None or wanted[0] < held[0]:
            report.add(FindingKind.NOT_KEPT, view, " ".join(wanted[0]))
        else:
            if held[1] != wanted[1]:
                report.add(FindingKind.DIFFERENT, view, " ".join(held[0]), *_differing(held[1], wanted[1]))
            held = next(left, None)
        wanted = next(right, None)
    return count


def _differing(kept: object, expected: object) -> tuple[str, str]:
    """Write only the fields in which two values differ."""
    known = _field_names(kept)
    if not known or type(kept) is not type(expected):
        return str(kept), str(expected)
    names = [name for name in known if getattr(kept, name) != getattr(expected, name)]
    written = (", ".join(f"{name} {_short(getattr(value, name))}" for name in names) for value in (kept, expected))
    return next(written), next(written)


def _field_names(value: object) -> tuple[str, ...]:
    return getattr(value, "__struct_fields__", ())


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= WRITTEN_MAX else f"{text[:WRITTEN_MAX]}..."


def _compare_sums(reading: Reading, replays: Replays | None, report: _Report) -> None:
    """Compare the kept balances with the sums of all shares."""
    day = _kept_on(reading)
    edition = None if day is None else edition_on(reading.editions(), day)
    if day is None or edition is None:
        return
    codes = sorted(edition.policy.schemes.keys() - reading.unkept())
    for code, asked in _sums(reading, edition, codes, day) if replays is None else replays.sums(reading, codes, day):
        view = f"sums of {code}"
        report.progress(view, 0, None)
        with asked as found:
            _compare(view, _keyed(found.kept), _keyed(found.expected), report)
            report.compared[view] = found.balances


def _keyed(balances: Iterable[Balance]) -> Stream:
    return ((_balance_key(each), each) for each in balances)


def _sums(
    reading: Reading, edition: Edition, schemes: Iterable[str], day: date
) -> Iterator[tuple[str, AbstractContextManager[Differing]]]:
    """Sum up share by share; what does not differ is left to be found equal."""
    for code in schemes:
        kept = (each for each in every(reading.balances, lambda each: each.subject) if each.scheme == code)
        expected = balances_of(edition.policy.schemes[code], reading.lines(code, Moment(day, LATEST)))
        yield code, nullcontext(Differing(kept=kept, expected=iter(expected), balances=len(expected)))
