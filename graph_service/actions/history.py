"""Imports of history: earlier days may be stated only where no existing record's shares change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date

from graph_service.actions.desk import Desk
from graph_service.errors import HistoryTouched
from graph_service.model.days import DAY
from graph_service.model.records import LATEST, Act, Moment, Record, RecordState
from graph_service.model.standing import Share
from graph_service.scoring.sharing import strongest

#: Records that a refusal names.
NAMED_MAX = 5


def refuse_if_carrying(desk: Desk, tie: str) -> None:
    """Refuse a tie that was opened on a day that is over, where existing records' shares would go over it.

    Raises:
        HistoryTouched: With the ids that stand in the way.
    """
    touched = []
    for record in _existing(desk, desk.page.records_through_tie(tie)):
        for act, moment in _looks(desk, record):
            walks = desk.page.walks_from(act, moment)
            others = [walk for walk in walks if tie not in walk.ties]
            if strongest(act, walks) != strongest(act, others):
                touched.append(record.id)
                break
    _refuse(touched)


@contextmanager
def shares_untouched(desk: Desk, since: date, records: Callable[[], Iterable[str]]) -> Iterator[None]:
    """Let a change be entered that holds from a day on; refuse it where existing records' shares are others after it.

    Args:
        desk: To write on.
        since: The day; what happened before it is not touched, and where it is still to come, nothing is.
        records: Gives those that the change could touch.

    Raises:
        HistoryTouched: With the ids that stand in the way.
    """
    before = _shares(desk, records(), since) if since <= desk.today else {}
    yield
    after = _shares(desk, before, since)
    _refuse([record for record, shares in before.items() if after[record] != shares])


def _shares(desk: Desk, records: Iterable[str], since: date) -> dict[str, list[list[Share]]]:
    return {
        record.id: [strongest(act, desk.page.walks_from(act, moment)) for act, moment in _looks(desk, record)]
        for record in _existing(desk, records)
        if record.happened_on >= since
    }


def _looks(desk: Desk, record: Record) -> list[tuple[Act, Moment]]:
    """List how a record's shares are looked at: as it is now, and in each stretch in which it counted.

    It may have counted with other points before it was assessed again, and over other walks before one was voided: so
    each stretch is looked at on its first day, on its last, and on every day between on which something was voided.
    """
    looks = [(record.act, desk.now)]
    for force in desk.page.forces_of([record.id]).get(record.id, ()):
        last = desk.today if force.closed_on is None else force.closed_on - DAY
        if force.opened_on <= last:
            between = desk.page.void_days(since=force.opened_on, until=last)
            looks += [(force.act, Moment(day, LATEST)) for day in (force.opened_on, *between, last)]
    return list(dict.fromkeys(looks))


def _existing(desk: Desk, records: Iterable[str]) -> list[Record]:
    found = desk.page.records_of(list(records))
    return [found[id_] for id_ in sorted(found) if found[id_].state is not RecordState.REJECTED]


def _refuse(touched: list[str]) -> None:
    if touched:
        named = ", ".join(touched[:NAMED_MAX])
        more = len(touched) - NAMED_MAX
        raise HistoryTouched(records=f"{named} (+{more})" if more > 0 else named)
