"""The witness: a place outside the store that is told where the journal ends."""

from __future__ import annotations

from typing import Protocol

from graph_service.model.journal import Head


class Witness(Protocol):
    """Keeps heads of the journal where nobody who holds the store can reach them."""

    def write(self, head: Head) -> object:
        """Keep a head."""
        ...
