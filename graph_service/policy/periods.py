"""Periods: how a scheme cuts time. Periods of one calendar tile time: every day lies in exactly one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from enum import StrEnum
from functools import lru_cache


class PeriodKind(StrEnum):
    """The ways in which time may be cut."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    #: Begins on the month-days that the scheme names; by default on 1 February and 1 September.
    TERM = "term"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A way of cutting time: a kind, and for terms the (month, day) on which each begins, in order."""

    kind: PeriodKind
    starts: tuple[tuple[int, int], ...] = ()


#: When school terms begin unless a scheme says otherwise.
TERM_STARTS = ((2, 1), (9, 1))

_STARTS: dict[PeriodKind, tuple[tuple[int, int], ...]] = {
    PeriodKind.MONTH: tuple((month, 1) for month in range(1, 13)),
    PeriodKind.QUARTER: ((1, 1), (4, 1), (7, 1), (10, 1)),
    PeriodKind.TERM: TERM_STARTS,
    PeriodKind.YEAR: ((1, 1),),
}


@lru_cache(maxsize=65536)
def period_of(calendar: Calendar, day: date) -> tuple[date, date]:
    """Give the period `[first day, first day of the next)` in which a day lies.

    >>> period_of(Calendar(kind=PeriodKind.TERM), date(2026, 10, 8))
    (datetime.date(2026, 9, 1), datetime.date(2027, 2, 1))
    """
    if calendar.kind is PeriodKind.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    starts = calendar.starts or _STARTS[calendar.kind]
    years = [year for year in (day.year - 1, day.year, day.year + 1) if MINYEAR <= year <= MAXYEAR]
    days = [date(year, month, first) for year in years for month, first in starts]
    begins = max((first for first in days if first <= day), default=date.min)
    ends = min((first for first in days if first > day), default=date.max)
    return begins, ends
