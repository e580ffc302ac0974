"""Tick: work off a day, so that every store gives the same answer whenever it was opened last."""

from __future__ import annotations

from datetime import date, timedelta

from graph_service.actions.bridges import work_bridges
from graph_service.actions.desk import Desk
from graph_service.actions.enrol import AGE_STEPS, birth_days
from graph_service.actions.settle import settle
from graph_service.model.actors import Automaton
from graph_service.model.journal import EntryKind

#: Records that are settled in one page, so that no page grows without bound.
DUE_PER_PAGE = 1_000


def tick(desk: Desk) -> bool:
    """Work off one chunk of the next day that is due; tell whether there is more to do up to the desk's day.

    Days come in order; a day is done when nothing is due any more, and its entry says so. The desk's day must be the
    day to be worked off, which `next_day` tells.
    """
    if work_bridges(desk):
        return True
    due = desk.page.due(by=desk.today, limit=DUE_PER_PAGE)
    for item in due:
        # Read one by one: what is settled may change what is due after it.
        settle(desk, desk.page.records_of([item.record])[item.record])
    if len(due) == DUE_PER_PAGE:
        return True
    _come_of_age(desk)
    day = desk.today.isoformat()
    desk.write(f"day/{day}", EntryKind.DAY_TICKED, Automaton.TICK, {"day": day})
    return False


def _come_of_age(desk: Desk) -> None:
    """Note who reaches another age class today. The journal learns it on the day itself, and no birth day before."""
    changes = {
        subject: age_class
        for age, age_class in AGE_STEPS
        for born in birth_days(desk.today, age)
        for subject in desk.vault.born_on(born)
    }
    known = desk.page.subjects_of(list(changes))
    listed = [[subject, str(changes[subject])] for subject in sorted(known) if known[subject].until is None]
    if listed:
        outcome = {"on": desk.today.isoformat(), "changes": listed}
        day = desk.today.isoformat()
        desk.write(f"ages/{day}", EntryKind.AGE_CHANGED, Automaton.TICK, {"day": day}, outcome)


def next_day(ticked_on: date | None, today: date) -> date | None:
    """Give the next day to be worked off; None where all are done. A new journal begins today.

    >>> next_day(date(2026, 3, 1), date(2026, 3, 5))
    datetime.date(2026, 3, 2)
    """
    if ticked_on is None:
        return today
    return ticked_on + timedelta(days=1) if ticked_on < today else None
