"""Playing a district: its graph first, its year as history, and the last weeks day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import wait
from dataclasses import replace
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
from loaders.district.history import enter_history
from loaders.district.plan import Plan
from loaders.district.records import Told
from loaders.district.rows import graph, records_of_year
from loaders.district.steps import Later, played_since
from loaders.imports import enter_all
from loaders.item import Item, Signatures
from loaders.records import RecordItem

#: Who enters the graph, and who is named as its origin.
ORIGIN = "district"
_BY = Signatures(filer="registrar", approver="registry-review")

#: Towns whose subjects are entered before their ties: the vault keeps many profiles more quickly than few.
TOWNS_TOGETHER = 4

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
    service: TrustService, plan: Plan, policy: Policy, *, stand_on: Callable[[date], None], progress: Progress
) -> None:
    """Enter a district into a store; run again after it was cut off, it goes on where it was.

    Args:
        service: Where to enter it; the policy has been adopted there.
        plan: Which district.
        policy: By whose rules people behave.
        stand_on: Lets the service's clock stand on a day.
        progress: Told how many towns of how many are entered ("graph"), told ("history"), and days played ("days").
    """
    played = played_since(plan.until)
    stand_on(played - DAY)
    towns = sum(1 for _ in plan.towns())
    built = graph(plan, policy)
    entered = 0
    while together := list(islice(built, TOWNS_TOGETHER)):
        progress(Step(phase="graph", done=entered, total=towns))
        enter_all(service, (item for town in together for item in town.subjects), _BY)
        enter_all(service, (item for town in together for item in town.ties), _BY)
        enter_all(service, (item for town in together for item in town.consents), _BY)
        entered += len(together)
    # Until the year is told, nobody reads a standing: all of them are kept at once behind it.
    service.do(partial(leave_unkept, schemes=sorted(policy.schemes)))
    by_day: dict[date, list[_Entering]] = {}
    for number, told in enumerate(records_of_year(plan, policy)):
        progress(Step(phase="history", done=number, total=towns))
        history = [each.item for each in told if each.known_on < played]
        service.do(partial(enter_history, items=history, by=_BY, origin=ORIGIN))
        _note_last_weeks(by_day, told, played, plan.until)
    service.do(keep_again)
    days = (plan.until - played).days + 1
    for number in range(days):
        progress(Step(phase="days", done=number, total=days))
        day = played + timedelta(days=number)
        stand_on(day)
        _enter(service, by_day.pop(day, ()))
    stand_on(plan.until + DAY)
    service.tick()


def _note_last_weeks(by_day: dict[date, list[_Entering]], told: Sequence[Told], played: date, until: date) -> None:
    for each in told:
        if each.known_on >= played:
            by_day.setdefault(each.known_on, []).append(_live(each.item, until))
    # Behind the filings, so that who files on a day can be answered on it.
    for each in told:
        for step in each.steps:
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
