"""The plan of a district: how many subjects, from which seed, up to which day; cut into towns.

A town is all that is ever held at a time. A full town of a seed is the same in a small district and in a large one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from graph_service.model.days import DAY

#: With fewer there is no room for a school, a village and a firm that know each other.
SUBJECTS_MIN = 200

#: Subjects of a full town.
TOWN = 5_000

#: The first days of a school's terms, as (month, day).
_TERMS = ((3, 1), (9, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TownPlan:
    """A town to be built: its number and how many subjects it has."""

    number: int
    subjects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A district to be built."""

    subjects: int
    #: The last day of the year of records.
    until: date
    seed: int = 1

    @property
    def since(self) -> date:
        """The first day of the year of records."""
        return self.until - timedelta(days=364)

    @property
    def school_year(self) -> int:
        """The year in which the classes' school year began; a new one is under way only after two months."""
        day = self.until - timedelta(days=60)
        return day.year if day >= date(day.year, 9, 1) else day.year - 1

    @property
    def groups_since(self) -> date:
        """The term's first day on which the older pupils chose each other: at least eight months of records ago."""
        latest = self.until - timedelta(days=240)
        starts = [date(year, *start) for year in (latest.year - 1, latest.year) for start in _TERMS]
        return max(start for start in starts if start <= latest)

    @property
    def born_before(self) -> date:
        """Who was born before this day is of age all through the year of records."""
        first = self.since - DAY
        return date(first.year - 18, first.month, min(first.day, 28))

    def towns(self) -> Iterator[TownPlan]:
        """Give the towns in order: full ones, and last one with what is left."""
        full, left = divmod(self.subjects, TOWN)
        if 0 < left < SUBJECTS_MIN and full:
            full, left = full - 1, left + TOWN
        for number in range(full):
            yield TownPlan(number=number, subjects=TOWN)
        if left:
            yield TownPlan(number=full, subjects=left)
