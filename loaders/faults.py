"""The faults of a run: all of them counted, the first thousand kept, in the order in which a reader meets them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from graph_service.errors import Refusal
from graph_service.model.faults import Fault
from loaders.freight import Source

#: Faults that are kept and shown; the rest is counted.
FAULTS_KEPT_MAX = 1_000

#: Pairs of code and column that are counted apart; columns are named by files, which may name any number of them.
SORTS_COUNTED_MAX = 200

#: Told every fault as it is found.
TellFault = Callable[[Fault], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check found, by file in the order of the check, then by line."""

    faults: tuple[Fault, ...] = ()
    #: How many more there were than are kept.
    more: int = 0
    #: How many there were of each code in each column, kept or not, the most frequent first.
    sorts: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """All faults, kept or not."""
        return len(self.faults) + self.more


class Faults:
    """Collects faults. However many there are, only those that come first in the files take up room."""

    def __init__(self, tell: TellFault | None = None) -> None:
        self._tell = tell
        self._sorts: Counter[tuple[str, str]] = Counter()
        self._kept: list[tuple[tuple[int, int, int], Fault]] = []
        self._dropped = 0
        self._added = 0

    @property
    def count(self) -> int:
        """How many were noted, kept or not."""
        return self._added

    def add(self, source: Source, line: int | None, column: str, refusal: Refusal) -> None:
        """Note one fault."""
        # The running number keeps faults of one line in the order of its cells.
        self._added += 1
        place = (source.place, line or 0, self._added)
        fault = Fault(file=source.name, line=line, field=column, refusal=refusal)
        self._count(refusal.code, column)
        if self._tell is not None:
            self._tell(fault)
        self._kept.append((place, fault))
        if len(self._kept) >= 2 * FAULTS_KEPT_MAX:
            self._drop()

    def _count(self, code: str, column: str) -> None:
        sort = (code, column)
        if sort in self._sorts or len(self._sorts) < SORTS_COUNTED_MAX:
            self._sorts[sort] += 1
        else:
            self._sorts[code, ""] += 1

    def _drop(self) -> None:
        self._kept.sort(key=lambda kept: kept[0])
        self._dropped += len(self._kept[FAULTS_KEPT_MAX:])
        del self._kept[FAULTS_KEPT_MAX:]

    def found(self) -> Found:
        """Give what was found so far."""
        self._drop()
        return Found(
            faults=tuple(fault for _, fault in self._kept), more=self._dropped, sorts=dict(self._sorts.most_common())
        )

    def __bool__(self) -> bool:
        return bool(self._added)
