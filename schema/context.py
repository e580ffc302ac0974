"""The context of one operation: one moment of the store for the whole answer, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from functools import cached_property

import strawberry

from graph_service.follower import Follower
from graph_service.lookups.book import moment_of
from graph_service.model.actors import checked_person
from graph_service.model.records import Moment
from graph_service.policy.schemes import Edition
from graph_service.ports.store import Reading
from graph_service.projection.keep import edition_on
from graph_service.service import TrustService
from schema.batching import Batchers

#: The header that names the operator until operators sign in.
OPERATOR_HEADER = "x-trustnet-operator"

#: Who asks where nobody says so.
OPERATOR = "demo"


class Context:
    """What resolvers are handed: readings, batchers and the service. Made for one operation and closed after it."""

    def __init__(self, service: TrustService, headers: Mapping[str, str], follower: Follower | None = None) -> None:
        self.service = service
        self.headers = headers
        #: Through whom a subscription learns of new entries; None where nothing is streamed.
        self.follower = follower
        #: The position up to which a subscription has told everything.
        self.followed: int | None = None
        self._opened = ExitStack()

    @cached_property
    def reading(self) -> Reading:
        """The store at one moment, opened by the first who asks."""
        return self._opened.enter_context(self.service.reading())

    @cached_property
    def batchers(self) -> Batchers:
        """What groups reads of this moment."""
        return Batchers(self.reading, self.service.vault)

    @cached_property
    def editions(self) -> Mapping[int, Edition]:
        """The adopted editions by number, in order."""
        return {edition.number: edition for edition in self.reading.editions()}

    @cached_property
    def edition_now(self) -> Edition | None:
        """The edition in force now; None before the first."""
        return edition_on(list(self.editions.values()), self.now.as_of)

    @cached_property
    def now(self) -> Moment:
        """The last day worked off, with everything that is known."""
        return moment_of(self.reading)

    @cached_property
    def today(self) -> date:
        """The later of the clock's day and the journal's."""
        return max(self.service.clock.today(), self.reading.head().entered_on or date.min)

    def moment(self, as_of: date | None, known_at: int | None) -> Moment:
        """Give the moment that is asked for; see `moment_of`."""
        if as_of is None and known_at is None:
            return self.now
        return moment_of(self.reading, as_of, known_at)

    def renew(self) -> None:
        """Let go of the moment: who reads next, reads what was written meanwhile."""
        self._opened.close()
        for name in ("reading", "batchers", "editions", "edition_now", "now", "today"):
            self.__dict__.pop(name, None)

    close = renew


#: What Strawberry hands a resolver.
Info = strawberry.Info[Context, None]


def operator_of(context: Context) -> str:
    """Tell who asks.

    This is THE place for identity and permissions: nothing else in the schema looks at headers. Until operators
    sign in, they are believed.

    Raises:
        ActorReserved: It is the name of what acts by itself.
        IdMalformed, IdPersonal: It is no id.
    """
    return checked_person(context.headers.get(OPERATOR_HEADER, OPERATOR), "operator")
