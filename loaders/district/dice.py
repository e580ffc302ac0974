"""Dice: chance that falls the same way for the same seed, on any machine and in any version of Python."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

Thing = TypeVar("Thing")

#: Below this there is too little left in the cup to draw evenly from.
_ENOUGH = 1 << 64


class Dice:
    """Dice of one thing, named by seed, noun and number, so that no other thing changes how they fall.

    >>> Dice(1, "family", 7).below(100) == Dice(1, "family", 7).below(100)
    True
    """

    __slots__ = ("_cups", "_left", "_name")

    def __init__(self, seed: int, noun: str, number: int) -> None:
        self._name = f"{seed}/{noun}/{number}"
        self._left = 0
        self._cups = 0

    def below(self, sides: int) -> int:
        """Draw a number from 0 to `sides` - 1."""
        if self._left < _ENOUGH:
            # The cup is a number of 512 bits; each draw divides what it needs off.
            self._left = int.from_bytes(hashlib.sha512(f"{self._name}/{self._cups}".encode()).digest(), "big")
            self._cups += 1
        self._left, drawn = divmod(self._left, sides)
        return drawn

    def between(self, low: int, high: int) -> int:
        """Draw a number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, in_a_thousand: int) -> bool:
        """Tell whether something happens that happens so many times in a thousand."""
        return self.below(1_000) < in_a_thousand

    def pick(self, things: Sequence[Thing]) -> Thing:
        """Draw one of several, all alike."""
        return things[self.below(len(things))]

    def weighed(self, things: Sequence[Thing], reaches: Sequence[int]) -> Thing:
        """Draw one of several by weight; `reaches` are the weights added up so far, one for each."""
        return things[bisect_right(reaches, self.below(reaches[-1]))]

    def mixed(self, things: Sequence[Thing]) -> list[Thing]:
        """Give the things in another order."""
        mixed = list(things)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed

    def day(self, first: date, last: date) -> date:
        """Draw a day, both ends included; the first where they are the wrong way round."""
        return first + timedelta(days=self.below(max((last - first).days, 0) + 1))
