"""A copy for analysts: a graph with standings that is no store. It has no journal, and nothing can be entered in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from graph_service.model.consents import Consent, Waiver
from graph_service.model.records import Record
from graph_service.model.standing import Share, Standing
from graph_service.model.subjects import Subject
from graph_service.model.ties import Tie


class CopyPage(Protocol):
    """A copy that is being written: it is there as a whole, or not at all.

    In whatever order things are put, the copy keeps them in that of their own ids, so that it tells no other.
    """

    def put_day(self, day: date) -> None:
        """Note the day at whose end everybody stands."""
        ...

    def put_subjects(self, subjects: Sequence[Subject], adults: Collection[str]) -> None:
        """Put subjects, and who of them is an adult."""
        ...

    def put_ties(self, ties: Sequence[Tie]) -> None:
        """Put ties."""
        ...

    def put_consents(self, consents: Sequence[Consent]) -> None:
        """Put consents."""
        ...

    def put_waivers(self, waivers: Sequence[Waiver]) -> None:
        """Put waivers."""
        ...

    def put_records(self, records: Sequence[Record]) -> None:
        """Put records."""
        ...

    def put_shares(self, shares: Sequence[Share]) -> None:
        """Put shares of records in force."""
        ...

    def put_standings(self, standings: Sequence[Standing]) -> None:
        """Put standings."""
        ...
