"""Moving house: a store's journal is copied into another store, and all views are made anew from it.

Entries stay as they are, hashes and all, so that every receipt and every checkpoint is good for the copy too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from graph_service.copying.refusals import CopyDayUnfinished, CopyTargetDiffers, JournalUnsound
from graph_service.errors import StoreRefusal
from graph_service.lookups.verify import Progress, silent
from graph_service.model.journal import Entry, Head, follows
from graph_service.ports.store import Reading, Store
from graph_service.projection.keep import edition_on, keep_anew
from graph_service.projection.project import project
from graph_service.replay.keep import kept_in

#: Entries that are read at a time: each may be an import of a thousand rows.
ENTRIES_PER_READING = 200
#: Rows that are written in one page; an entry that is no import is one.
ROWS_PER_PAGE = 5_000


def copy_journal(source: Store, target: Store, progress: Progress = silent) -> Head:
    """Copy what the target does not have yet of the source's journal, up to where it ends, and keep all views.

    The source is read a little at a time: what is written to it meanwhile is copied too. A copy that was cut off is
    gone on with by the same call. While the first copy is made, balances and standings are left unkept; they are kept
    at its end, all at once. What is copied behind that is kept entry by entry.

    Args:
        source: Where the journal is. It is only read.
        target: An empty store, or one that holds the beginning of the same journal.
        progress: Is told how far it is.

    Returns:
        The head of both journals.

    Raises:
        CopyTargetDiffers: The target holds something else, or somebody else writes to it.
        JournalUnsound: The source's journal is not the one that was written; all before that place was copied.
        CopyDayUnfinished: Standings cannot be kept while a day that changes the policy is half worked off.
        StoreRefusal: Either store's own.
    """
    with source.reading() as reading, target.reading() as copied:
        head, schemes = copied.head(), _schemes(reading)
        _check_begins(reading, head)
    while True:
        entries, end = _read(source, head)
        if not entries:
            break
        for page in _pages(entries):
            head = _write(target, head, page, schemes)
            progress("copy", head.seq, max(end, head.seq))
    _keep(target, progress)
    return head


def _schemes(reading: Reading) -> frozenset[str]:
    """Give the schemes that can be kept at the end. Schemes are never dropped, so that they will be there."""
    day = reading.head().entered_on
    edition = None if day is None else edition_on(reading.editions(), day)
    return frozenset() if edition is None else frozenset(edition.policy.schemes)


def _check_begins(reading: Reading, head: Head) -> None:
    """See that the journal goes past a head: where the hash is the same, so is everything before it."""
    if head.seq == 0:
        return
    met = reading.entries(after=head.seq - 1, limit=1)
    if [entry.hash for entry in met] != [head.hash]:
        raise CopyTargetDiffers(position=head.seq, field="to")


def _read(source: Store, head: Head) -> tuple[list[Entry], int]:
    """Read what follows the head, and where the journal ends by now."""
    with source.reading() as reading:
        try:
            return reading.entries(after=head.seq, limit=ENTRIES_PER_READING), reading.head().seq
        except (ValueError, LookupError, TypeError) as fault:
            raise _unsound(head, _said(fault)) from fault


def _pages(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Cut entries into pages of so many rows, or of a single entry that has more."""
    page: list[Entry] = []
    rows = 0
    for entry in entries:
        more = len(entry.asked.get("rows", ())) or 1
        if page and rows + more > ROWS_PER_PAGE:
            yield page
            page, rows = [], 0
        page.append(entry)
        rows += more
    yield page


def _write(target: Store, head: Head, entries: Sequence[Entry], schemes: Collection[str]) -> Head:
    """Write a page of entries behind the head, and give the new one."""
    with target.writing() as page:
        if page.head() != head:
            raise CopyTargetDiffers(position=page.head().seq, field="to")
        if head.seq == 0:
            page.set_unkept(schemes)
        for entry in entries:
            _check_follows(entry, page.head(), head)
            try:
                project(page, entry)
            except StoreRefusal:
                # No room in the target, say: that is nothing about the journal.
                raise
            except Exception as fault:
                # Whoever can work hashes out anew can make an entry that fails in any way.
                raise _unsound(head, _said(fault)) from fault
        return page.head()


def _check_follows(entry: Entry, before: Head, kept: Head) -> None:
    if entry.seq != before.seq + 1:
        raise _unsound(kept, f"entry {before.seq + 1} is missing")
    if not follows(entry, before):
        raise _unsound(kept, f"entry {entry.seq} or one before it was changed")
    if before.entered_on is not None and entry.entered_on < before.entered_on:
        raise _unsound(kept, f"entry {entry.seq} is of a day before that of the entry before it")


def _unsound(kept: Head, cause: str) -> JournalUnsound:
    return JournalUnsound(position=kept.seq, cause=cause, field="from")


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"


def _keep(target: Store, progress: Progress) -> None:
    """Keep the balances and standings that were left unkept: by the replay where the target can, or by itself."""
    with target.reading() as reading:
        head, unkept, editions = reading.head(), reading.unkept(), reading.editions()
    if not unkept or head.entered_on is None:
        return
    day = head.entered_on
    if head.ticked_on != day and any(edition.since == day for edition in editions):
        raise CopyDayUnfinished(day=day.isoformat(), field="from")
    progress("keep", 0, None)
    if kept_in(target, unkept, as_of=day):
        return
    edition = edition_on(editions, day)
    for code in sorted(unkept):
        # A scheme a page: whoever is cut off goes on with the next.
        with target.writing() as page:
            page.set_unkept(page.unkept() - {code})
            if edition is not None:
                keep_anew(page, edition.policy.schemes[code], day)
