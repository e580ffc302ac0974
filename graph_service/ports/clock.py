"""The clock: the only source of today."""

from __future__ import annotations

from datetime import date
from typing import Protocol


class Clock(Protocol):
    """Tells the day."""

    def today(self) -> date:
        """Give today's date in the time zone of the policy."""
        ...
