"""Validity: on which day a record stops counting by itself."""

from __future__ import annotations

from datetime import date, timedelta

from graph_service.policy.periods import Calendar, period_of
from graph_service.policy.schemes import Validity, ValidityUnit


def valid_until(validity: Validity, period: Calendar, happened_on: date, force_on: date) -> date | None:
    """Give the first day on which a record no longer counts; None where it counts until it is corrected.

    Days, months and years run from the behaviour, so that late entry never makes a record last longer; a period is the
    scheme's in which the record first enters force.
    """
    match validity.unit:
        case ValidityUnit.UNTIL_CORRECTED:
            return None
        case ValidityUnit.PERIOD:
            return period_of(period, force_on)[1]
        case ValidityUnit.DAYS:
            return happened_on + timedelta(days=validity.count)
        case ValidityUnit.MONTHS:
            return months_after(happened_on, validity.count)
        case ValidityUnit.YEARS:
            return months_after(happened_on, 12 * validity.count)


def months_after(day: date, months: int) -> date:
    """Give the same day some months later, or the first of the month after where there is no such day.

    >>> months_after(date(2026, 1, 31), 1)
    datetime.date(2026, 3, 1)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        year, month = divmod(year * 12 + month + 1, 12)
        return date(year, month + 1, 1)
