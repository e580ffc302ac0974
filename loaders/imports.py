"""Entering many rows of the graph at once: subjects, ties and consents, in chunks that are checked together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import islice

from graph_service.actions.desk import Desk
from graph_service.actions.imports import Imported, import_consents, import_subjects, import_ties
from graph_service.service import TrustService
from loaders.consents import ConsentItem
from loaders.item import Signatures
from loaders.subjects import SubjectItem
from loaders.ties import TieItem

#: Rows that are checked together, and chunks that may wait for their turn at a time.
ROWS_PER_CHUNK = 2_000
_CHUNKS_WAITING = 10

GraphItem = SubjectItem | TieItem | ConsentItem


def importing(
    items: Sequence[GraphItem], by: Signatures, origins: Sequence[str] = (), *, sealed: bool = False
) -> Callable[[Desk], Imported]:
    """Give what enters items of one kind of freight at a desk.

    Args:
        items: All subjects, or all ties, or all consents.
        by: Whose names stand behind the entries.
        origins: Where each tie came from; none where they are not known.
        sealed: Whether the vault holds the profiles of subjects already.
    """
    subjects = [item for item in items if isinstance(item, SubjectItem)]
    ties = [item for item in items if isinstance(item, TieItem)]
    consents = [item for item in items if isinstance(item, ConsentItem)]
    if subjects:
        return partial(import_subjects, rows=subjects, actor=by.filer, sealed=sealed)
    if ties:
        return partial(import_ties, rows=ties, actor=by.filer, origins=origins)
    return partial(import_consents, rows=consents, actor=by.filer)


def enter_all(service: TrustService, items: Iterable[GraphItem], by: Signatures, *, sealed: bool = False) -> int:
    """Enter items of one kind of freight that nobody has to be told about one by one; give how many were new.

    Args:
        service: Where to enter them.
        items: All subjects, or all ties, or all consents.
        by: Whose names stand behind the entries.
        sealed: Whether the vault holds the profiles of subjects already.

    Raises:
        Refusal: That of the first row that is refused; the rows before it were entered.
    """
    left = iter(items)
    waiting: deque[tuple[int, Future[Imported]]] = deque()
    new = 0
    while (chunk := list(islice(left, ROWS_PER_CHUNK))) or waiting:
        if chunk:
            waiting.append((len(chunk), service.submit(importing(chunk, by, sealed=sealed))))
        if not chunk or len(waiting) >= _CHUNKS_WAITING:
            rows, future = waiting.popleft()
            imported = future.result()
            for place in sorted(imported.refused):
                raise imported.refused[place]
            new += rows - len(imported.known)
    return new
