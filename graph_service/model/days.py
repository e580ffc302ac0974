"""Days as numbers: stores and replay engines count days from 1970-01-01, people and the model use dates."""

from __future__ import annotations

from datetime import date, timedelta

_EPOCH = date(1970, 1, 1).toordinal()

#: The day that never comes: an open end, where a store wants a number and not an absence.
FOREVER = date.max.toordinal() - _EPOCH

#: The first day there is: the start of what has always been.
EVER = date(1, 1, 1)

DAY = timedelta(days=1)


def day_number(day: date) -> int:
    """Count the days from 1970-01-01.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return day.toordinal() - _EPOCH


def end_number(until: date | None) -> int:
    """Count the days to an end that may be open."""
    return FOREVER if until is None else until.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """Give the day with this number.

    >>> day_of(1)
    datetime.date(1970, 1, 2)
    """
    return date.fromordinal(number + _EPOCH)


def end_of(number: int) -> date | None:
    """Give the end with this number; None where it is open."""
    return None if number == FOREVER else date.fromordinal(number + _EPOCH)


def lies_within(day: date, since: date, until: date | None) -> bool:
    """Tell whether a day lies in `[since, until)`: the rule by which ties, consents and waivers hold.

    >>> lies_within(date(2026, 3, 2), since=date(2026, 3, 2), until=date(2026, 3, 3))
    True
    >>> lies_within(date(2026, 3, 3), since=date(2026, 3, 2), until=date(2026, 3, 3))
    False
    """
    return since <= day and (until is None or day < until)
