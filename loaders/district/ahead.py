"""What is made ahead of entering: the rows of towns, their personal data sealed, their records weighed.

Other processes can do all this while the first one enters what they made before: they only read the store, and the
vault takes what is personal before the journal does, as always.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from threading import Thread
from typing import TypeVar

from graph_service.actions.import_records import Scales, Told
from graph_service.model.days import DAY
from graph_service.model.journal import Value
from graph_service.policy.schemes import Policy
from graph_service.ports.store import Store
from graph_service.ports.vault import DataClass, Profile, Vault, VaultItem
from graph_service.service import TrustService
from loaders.consents import ConsentItem
from loaders.district.plan import Plan, TownPlan
from loaders.district.rows import build, year_of
from loaders.district.steps import Later
from loaders.records import RecordItem
from loaders.subjects import SubjectItem
from loaders.ties import TieItem

#: Processes beside the one that enters, and what is made ahead at a time.
_PROCESSES = 2
_GRAPHS_AHEAD, _YEARS_AHEAD = 1, 3

#: How another process opens a service on the same store and vault: something that can be sent to it.
Opening = Callable[[], TrustService]

_Asked = TypeVar("_Asked")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The graph of some towns."""

    towns: int
    subjects: Sequence[SubjectItem]
    ties: Sequence[TieItem]
    consents: Sequence[ConsentItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The year of a town: first what is history, then what happens in the days that are played."""

    #: What is said of each record, and what was found when it was weighed.
    weighed: Sequence[tuple[list[Value], list[Value]]]
    #: Records that have to be looked at one by one.
    alone: Sequence[RecordItem]
    #: Texts about records, by subject and name in the vault, that are not there yet.
    texts: Sequence[tuple[str, str, str]]
    #: Records of the days that are played, and what becomes of these and of earlier ones on those days.
    live: Sequence[RecordItem] = ()
    steps: Sequence[Later] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Which year is told: that of a town whose last weeks are played from a day on, or of one that is all history."""

    town: TownPlan
    played: date | None


@dataclass(slots=True, kw_only=True)
class Maker:
    """Makes what is entered later."""

    plan: Plan
    policy: Policy
    store: Store
    vault: Vault
    #: Whether what is personal is put into the vault here, and not where it is entered.
    seals: bool
    _scales: dict[date, Scales] = field(default_factory=dict)

    def graph(self, towns: Sequence[TownPlan]) -> Graph:
        """Build towns."""
        built = [build(self.plan, town, self.policy) for town in towns]
        subjects = [subject for town in built for subject in town.subjects]
        if self.seals:
            self._seal(subjects)
        return Graph(
            towns=len(built),
            subjects=subjects,
            ties=[tie for town in built for tie in town.ties],
            consents=[consent for town in built for consent in town.consents],
        )

    def _seal(self, subjects: Sequence[SubjectItem]) -> None:
        """Put the profiles into the vault that are not there, as they are after a run that was cut off."""
        profiles = {
            subject.id: Profile(name=subject.name, born_on=subject.born_on, identifiers=dict(subject.external_ids))
            for subject in subjects
        }
        held = self.vault.profiles_of(profiles)
        self.vault.put_profiles({id_: profile for id_, profile in profiles.items() if id_ not in held})

    def year(self, telling: Telling) -> Year:
        """Tell the year of a town; of one that is all history, only what was approved."""
        told = year_of(build(self.plan, telling.town, self.policy), self.policy)
        if telling.played is None:
            return self._year([each.item for each in told if each.item.approved_on], self.plan.until)
        history = [each.item for each in told if each.known_on < telling.played]
        return replace(
            self._year(history, telling.played - DAY),
            live=[each.item for each in told if each.known_on >= telling.played],
            steps=[step for each in told for step in each.steps],
        )

    def _year(self, history: Sequence[RecordItem], today: date) -> Year:
        with self.store.reading() as reading:
            scales = self._scales.setdefault(today, Scales(reading, today))
            scales.reading = reading
            year = history_of(scales, history)
        if not self.seals:
            return year
        self.vault.put(
            [
                VaultItem(subject=subject, data_class=DataClass.TEXT, ref=ref, content=text.encode())
                for subject, ref, text in year.texts
            ]
        )
        return replace(year, texts=())


def history_of(scales: Scales, items: Sequence[RecordItem]) -> Year:
    """Weigh records of earlier days, in order of subject; all of a subject have to be entered alone where one has."""
    rows = [row for item in items if (row := _told(item)) is not None]
    alone = {item.subject for item in items if item.matching}
    weighed: list[tuple[list[Value], list[Value]]] = []
    for (first, *_), found in scales.weigh(rows):
        if found is None or first.subject in alone:
            alone.add(first.subject)
        else:
            weighed.extend((each.told.said, each.found) for each in found)
    entered = {said[0] for said, _ in weighed}
    return Year(
        weighed=weighed,
        alone=[item for item in items if item.subject in alone or item.approved_on is None],
        texts=[(item.subject, f"record/{item.id}", item.note) for item in items if item.note and item.id in entered],
    )


def _told(item: RecordItem) -> Told | None:
    """Give a record as it was decided elsewhere; None where it still waits, or says more than a row can."""
    if item.approved_on is None or item.filer is None or item.approver is None or item.matching:
        return None
    return Told(
        id=item.id,
        subject=item.subject,
        scheme=item.scheme,
        rule=item.rule,
        happened_on=item.happened_on,
        quantity=item.quantity,
        points=item.points,
        filer=item.filer,
        approver=item.approver,
        approved_on=item.approved_on,
    )


class Making:
    """Makes things in the order in which they are asked for."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    @property
    def seals(self) -> bool:
        """Whether what is personal is in the vault when it is handed over."""
        return self._maker.seals

    def graphs(self, towns: Iterable[Sequence[TownPlan]]) -> Iterator[Graph]:
        """Build towns, some at a time."""
        return map(self._maker.graph, towns)

    def years(self, tellings: Iterable[Telling]) -> Iterator[Year]:
        """Tell years."""
        return map(self._maker.year, tellings)


class _MakingBeside(Making):
    """Makes them in other processes, some ahead."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    @property
    def seals(self) -> bool:
        """The other process does."""
        return True

    def graphs(self, towns: Iterable[Sequence[TownPlan]]) -> Iterator[Graph]:
        """Build towns, some at a time."""
        # One at a time: the vault has room for one who writes.
        return self._ahead(_graph_beside, towns, _GRAPHS_AHEAD)

    def years(self, tellings: Iterable[Telling]) -> Iterator[Year]:
        """Tell years."""
        return self._ahead(_year_beside, tellings, _YEARS_AHEAD)

    def _ahead(self, make: Callable[[_Asked], _Made], asked: Iterable[_Asked], number: int) -> Iterator[_Made]:
        left = iter(asked)
        ready: deque[Future[_Made]] = deque(self._pool.submit(make, each) for each in islice(left, number))
        while ready:
            made = ready.popleft().result()
            ready.extend(self._pool.submit(make, each) for each in islice(left, 1))
            yield made


@contextmanager
def making(service: TrustService, plan: Plan, policy: Policy, beside: Opening | None) -> Iterator[Making]:
    """Give what makes rows ahead, for as long as the block lasts.

    Args:
        service: Where they will be entered.
        plan: Of which district.
        policy: By whose rules people behave; it has been adopted.
        beside: How other processes open the same store and vault; None where everything is done in this one.
    """
    if beside is None:
        yield Making(Maker(plan=plan, policy=policy, store=service.store, vault=service.vault, seals=False))
        return
    # Spawned, not forked: SQLite's connections must not be carried into another process.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_PROCESSES, context, _begin, (beside, plan)) as pool:
        yield _MakingBeside(pool)


#: The maker of a process beside, once it has begun.
_makers: list[Maker] = []


def _begin(beside: Opening, plan: Plan) -> None:
    Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    service = beside()
    with service.reading() as reading:
        policy = reading.editions()[-1].policy
    _makers.append(Maker(plan=plan, policy=policy, store=service.store, vault=service.vault, seals=True))


def _end_with_parent() -> None:
    """Where the one that enters is killed, nobody else would end this process."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _graph_beside(towns: Sequence[TownPlan]) -> Graph:
    return _makers[0].graph(towns)


def _year_beside(telling: Telling) -> Year:
    return _makers[0].year(telling)
