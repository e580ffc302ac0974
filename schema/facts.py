"""Dated facts: what ties, consents and waivers have in common."""

from __future__ import annotations

from datetime import date

import strawberry

from graph_service.model.facts import DatedFact as KeptFact
from schema.node import Node

# What inputs say of them.
SINCE = "The first day on which it holds: tomorrow at the earliest, and where left out."
UNTIL = "The first day on which it no longer holds."
ENDS_ON = "The first day on which it no longer holds; tomorrow at the earliest, or by default."
VOID_REASON = "What was wrong; kept in the vault."


@strawberry.interface
class DatedFact(Node):
    """Something that holds from a day on and until another: a tie, a consent or a waiver."""

    held: strawberry.Private[KeptFact]

    @strawberry.field
    def since(self) -> date:
        """The first day on which it holds."""
        return self.held.since

    @strawberry.field
    def until(self) -> date | None:
        """The first day on which it no longer holds; null while no end is known."""
        return self.held.until

    @strawberry.field
    def voided_on(self) -> date | None:
        """The day on which it was found to have been entered in error; null where it was not."""
        return self.held.voided_on
