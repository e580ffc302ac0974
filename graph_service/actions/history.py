"""Imports of history: earlier days may be stated only where no existing record's shares change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from graph_service.actions.desk import Desk
from graph_service.errors import HistoryTouched
from graph_service.model.records import Record, RecordState
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
        walks = desk.page.walks_from(record.act, desk.now)
        others = [walk for walk in walks if not concerned(walk)]
        if strongest(record.act, walks) != strongest(record.act, others):
            touched.append(record.id)
    _refuse(touched)


def shares_of(desk: Desk, records: Iterable[str], since: date) -> Mapping[str, list[Share]]:
    """Derive the shares of records that exist and happened from a day on, to be compared after a change."""
    return {
        record.id: strongest(record.act, desk.page.walks_from(record.act, desk.now))
        for record in _existing(desk, records, since)
    }


def refuse_if_changed(desk: Desk, before: Mapping[str, list[Share]], since: date) -> None:
    """Refuse where shares are not what they were before a change.

    Raises:
        HistoryTouched: With the ids that stand in the way.
    """
    after = shares_of(desk, before, since)
    _refuse([record for record, shares in before.items() if after[record] != shares])


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
