"""The faults of a run: all of them counted, the first thousand kept, in the order in which a reader meets them."""

from __future__ import annotations

from dataclasses import dataclass

from graph_service.errors import Refusal
from graph_service.model.faults import Fault
from loaders.freight import Source

#: Faults that are kept and shown; the rest is counted.
FAULTS_KEPT_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check found, by file in the order of the check, then by line."""

    faults: tuple[Fault, ...] = ()
    #: How many more there were than are kept.
    more: int = 0

    @property
    def count(self) -> int:
        """All faults, kept or not."""
        return len(self.faults) + self.more


class Faults:
    """Collects faults. However many there are, only those that come first in the files take up room."""

    def __init__(self) -> None:
        self._kept: list[tuple[tuple[int, int, int], Fault]] = []
        self._dropped = 0
        self._added = 0

    def add(self, source: Source, line: int | None, column: str, refusal: Refusal) -> None:
        """Note one fault."""
        # The running number keeps faults of one line in the order of its cells.
        self._added += 1
        place = (source.place, line or 0, self._added)
        self._kept.append((place, Fault(file=source.name, line=line, field=column, refusal=refusal)))
        if len(self._kept) >= 2 * FAULTS_KEPT_MAX:
            self._drop()

    def _drop(self) -> None:
        self._kept.sort(key=lambda kept: kept[0])
        self._dropped += len(self._kept[FAULTS_KEPT_MAX:])
        del self._kept[FAULTS_KEPT_MAX:]

    def found(self) -> Found:
        """Give what was found so far."""
        self._drop()
        return Found(faults=tuple(fault for _, fault in self._kept), more=self._dropped)

    def __bool__(self) -> bool:
        return bool(self._kept)
