"""Consents and waivers: dated facts that let points pass, or stop them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from graph_service.model.consents import Consent as KeptConsent
from graph_service.model.consents import Waiver as KeptWaiver
from schema.context import Info
from schema.facts import DatedFact
from schema.showing import load_subject

if TYPE_CHECKING:
    from schema.subjects import Subject


@strawberry.type
class Consent(DatedFact):
    """A person lets a purpose happen while it holds; for a minor, the guardian does."""

    held: strawberry.Private[KeptConsent]

    @strawberry.field
    async def subject(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """Whose points it lets pass."""
        return await load_subject(info.context, self.held.subject)

    @strawberry.field
    async def guardian(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")] | None:
        """Who consents in a minor's name; null where the subject consents itself."""
        return None if self.held.guardian is None else await load_subject(info.context, self.held.guardian)

    @strawberry.field
    def purpose(self) -> str:
        """What it lets happen, by the name that the policy gives it."""
        return self.held.purpose


@strawberry.type
class Waiver(DatedFact):
    """A member's demerits do not reach or pass a group while it holds."""

    held: strawberry.Private[KeptWaiver]

    @strawberry.field
    async def member(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """Whose demerits it keeps back."""
        return await load_subject(info.context, self.held.member)

    @strawberry.field
    async def group(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """The group that they neither reach nor pass."""
        return await load_subject(info.context, self.held.group)
