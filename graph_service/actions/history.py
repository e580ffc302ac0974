"""Imports of history: earlier days may be stated only where no existing record's shares change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from graph_service.actions.desk import Desk
from graph_service.errors import HistoryTouched
from graph_service.model.days import DAY
from graph_service.model.records import LATEST, Act, Moment, Record, RecordState
from graph_service.model.standing import Share
from graph_service.scoring.sharing import Walk, strongest

#: Records that a refusal names.
NAMED_MAX = 5


def refuse_if_touched(
    desk: Desk,
    records: Iterable[str],
    concerned: Callable[[Walk], bool],
    *,
    since: date | None = None,
) -> None:
    """Refuse a change of walks that would change the shares of records that exist.

    Args:
        desk: On which the walks concerned are all there.
        records: Those that the change could touch.
        concerned: Which walks come or go with the change.
        since: Only what happened from this day on can be touched.

    Raises:
        HistoryTouched: With the ids that stand in the way.
    """
    touched = []
    for record in _existing(desk, records, since):
        for act, moment in _looks(desk, record):
            walks = desk.page.walks_from(act, moment)
            others = [walk for walk in walks if not concerned(walk)]
            if strongest(act, walks) != strongest(act, others):
                touched.append(record.id)
                break
    _refuse(touched)


def shares_of(desk: Desk, records: Iterable[str], since: date) -> Mapping[str, list[list[Share]]]:
    """Derive the shares of records that exist and happened from a day on, to be compared after a change."""
    return {
        record.id: [strongest(act, desk.page.walks_from(act, moment)) for act, moment in _looks(desk, record)]
        for record in _existing(desk, records, since)
    }


def refuse_if_changed(desk: Desk, before: Mapping[str, list[list[Share]]], since: date) -> None:
    """Refuse where shares are not what they were before a change.

    Raises:
        HistoryTouched: With the ids that stand in the way.
    """
    after = shares_of(desk, before, since)
    _refuse([record for record, shares in before.items() if after[record] != shares])


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


def _existing(desk: Desk, records: Iterable[str], since: date | None) -> list[Record]:
    found = desk.page.records_of(list(records))
    return [
        found[id_]
        for id_ in sorted(found)
        if found[id_].state is not RecordState.REJECTED and (since is None or found[id_].happened_on >= since)
    ]


def _refuse(touched: list[str]) -> None:
    if touched:
        named = ", ".join(touched[:NAMED_MAX])
        more = len(touched) - NAMED_MAX
        raise HistoryTouched(records=f"{named} (+{more})" if more > 0 else named)
