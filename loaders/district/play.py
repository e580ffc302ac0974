"""Playing a district: its graph first, its year as history, and the last weeks day by day."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import islice

from graph_service.actions import decide
from graph_service.actions.desk import Desk
from graph_service.actions.keep import keep_again, leave_unkept
from graph_service.errors import StateUnfit
from graph_service.model.days import DAY
from graph_service.model.journal import Entry
from graph_service.policy.schemes import Policy
from graph_service.service import TrustService
from loaders.batch import ROWS_PER_CHUNK, Progress, Step
from loaders.district.ahead import Making, Opening, Telling, Year, making
from loaders.district.history import enter_history
from loaders.district.plan import Plan
from loaders.district.steps import Later, played_since
from loaders.imports import enter_all
from loaders.item import Item, Signatures
from loaders.keeping import kept_again
from loaders.records import RecordItem

#: Who enters the graph, and who is named as its origin.
ORIGIN = "district"
_BY = Signatures(filer="registrar", approver="registry-review")

#: Towns whose subjects are entered before their ties: the vault keeps many profiles more quickly than few.
TOWNS_TOGETHER = 4
#: Towns whose last weeks are played day by day. Every step is an entry of its own there; all the others are history, or
#: a large district would be made up of little else.
TOWNS_PLAYED = 4

#: On the last days, demerits are approved and their notices are still on the way.
_NOTICES_ON_THE_WAY = timedelta(days=6)

#: What an item or a step does at a desk.
_Entering = Callable[[Desk], Entry | None]


def is_played(service: TrustService, plan: Plan) -> bool:
    """Tell whether a store holds the whole district: the day after its year has been worked off."""
    with service.reading() as reading:
        ticked = reading.head().ticked_on
    return ticked is not None and ticked > plan.until


def play(
    service: TrustService,
    plan: Plan,
    policy: Policy,
    *,
    stand_on: Callable[[date], None],
    progress: Progress,
    beside: Opening | None = None,
) -> None:
    """Enter a district into a store; run again after it was cut off, it goes on where it was.

    Args:
        service: Where to enter it; the policy has been adopted there.
        plan: Which district.
        policy: By whose rules people behave.
        stand_on: Lets the service's clock stand on a day.
        beside: How other processes open the same store and vault, to work ahead; it changes only the speed.
        progress: Told how many towns of how many are entered ("graph"), told ("history"), and days played ("days").
    """
    played = played_since(plan.until)
    stand_on(played - DAY)
    with making(service, plan, policy, beside) as made:
        run = _Run(service, plan, made, progress)
        run.enter_graph()
        schemes = sorted(policy.schemes)
        by_day = run.tell_first(schemes, played)
        days = (plan.until - played).days + 1
        for number in range(days):
            progress(Step(phase="days", done=number, total=days))
            day = played + timedelta(days=number)
            stand_on(day)
            _enter(service, by_day.pop(day, ()))
        run.tell_rest(schemes)
    stand_on(plan.until + DAY)
    service.tick()


@dataclass(frozen=True, slots=True)
class _Run:
    """A district on its way into a store."""

    service: TrustService
    plan: Plan
    made: Making
    progress: Progress

    def enter_graph(self) -> None:
        """Enter subjects, ties and consents."""
        towns = list(self.plan.towns())
        entered = 0
        together = [towns[begins : begins + TOWNS_TOGETHER] for begins in range(0, len(towns), TOWNS_TOGETHER)]
        self.progress(Step(phase="graph", done=0, total=len(towns)))
        for graph in self.made.graphs(together):
            enter_all(self.service, graph.subjects, _BY, sealed=self.made.seals)
            enter_all(self.service, graph.ties, _BY)
            enter_all(self.service, graph.consents, _BY)
            entered += graph.towns
            self.progress(Step(phase="graph", done=entered, total=len(towns)))

    def tell_first(self, schemes: Sequence[str], played: date) -> dict[date, list[_Entering]]:
        """Tell the years of the first towns up to their last weeks; give what is done on each day of these."""
        by_day: dict[date, list[_Entering]] = {}
        tellings = (Telling(town=town, played=played) for town in islice(self.plan.towns(), TOWNS_PLAYED))
        for year in self._tell(schemes, tellings, 0):
            _note_last_weeks(by_day, year, self.plan.until)
        self.service.do(keep_again)
        return by_day

    def tell_rest(self, schemes: Sequence[str]) -> None:
        """Tell the years of the other towns to their end."""
        tellings = [Telling(town=town, played=None) for town in islice(self.plan.towns(), TOWNS_PLAYED, None)]
        if tellings:
            deque(self._tell(schemes, tellings, TOWNS_PLAYED), maxlen=0)
            # By the replay, which is worth its start only for many.
            kept_again(self.service)

    def _tell(self, schemes: Sequence[str], tellings: Iterable[Telling], before: int) -> Iterator[Year]:
        # Until they are told, nobody reads a standing: whoever asked for them keeps all at once behind them.
        self.service.do(partial(leave_unkept, schemes=schemes))
        towns = sum(1 for _ in self.plan.towns())
        for number, year in enumerate(self.made.years(tellings)):
            self.progress(Step(phase="history", done=before + number, total=towns))
            self.service.do(partial(enter_history, year=year, by=_BY, origin=ORIGIN))
            yield year


def _note_last_weeks(by_day: dict[date, list[_Entering]], year: Year, until: date) -> None:
    for item in year.live:
        by_day.setdefault(item.approved_on or item.happened_on, []).append(_live(item, until))
    # Behind the filings, so that who files on a day can be answered on it.
    for step in year.steps:
        by_day.setdefault(step.on, []).append(partial(_take, step))


def _take(step: Later, desk: Desk) -> Entry | None:
    """Take a later step, unless the record has come to its end by itself meanwhile."""
    try:
        with desk.page.attempt():
            return step.enter(desk)
    except StateUnfit:
        return None


def _item(item: Item) -> _Entering:
    return lambda desk: item.enter(desk, _BY, ORIGIN)


def _live(item: RecordItem, until: date) -> _Entering:
    """Enter a record of the last weeks; on the last days, the notice of a demerit is not delivered yet."""
    if item.approved_on is None or item.approved_on <= until - _NOTICES_ON_THE_WAY:
        return _item(item)
    return partial(_file_and_approve, item)


def _file_and_approve(item: RecordItem, desk: Desk) -> Entry:
    replace(item, approved_on=None).enter(desk, _BY, ORIGIN)
    assert item.approver is not None
    return decide.approve(desk, record=item.id, approver=item.approver)


def _enter(service: TrustService, entering: Iterable[_Entering]) -> None:
    """Enter what is to be entered, a chunk at a time; whatever is refused ends it."""
    each: Iterator[_Entering] = iter(entering)
    while chunk := list(islice(each, ROWS_PER_CHUNK)):
        futures = [service.submit(enter) for enter in chunk]
        wait(futures)
        for future in futures:
            future.result()
