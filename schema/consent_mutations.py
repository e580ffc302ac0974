"""Mutations of consents and waivers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from graph_service.actions import consent
from graph_service.model.consents import Consent as KeptConsent
from graph_service.model.consents import Waiver as KeptWaiver
from schema.consents import Consent, Waiver
from schema.context import Info
from schema.facts import ENDS_ON, SINCE, UNTIL, VOID_REASON
from schema.refusals import Refusal
from schema.writing import Done, Writing


@strawberry.input
class GiveConsentInput:
    """A consent to be given."""

    consent: str = strawberry.field(description="The plain id that the caller gives it.")
    subject: str = strawberry.field(description="Whose points it lets pass, by plain id.")
    purpose: str = strawberry.field(description="What it lets happen, by the name that the policy gives it.")
    guardian: str | None = strawberry.field(default=None, description="For a minor, who consents, by plain id.")
    since: date | None = strawberry.field(default=None, description=SINCE)
    until: date | None = strawberry.field(default=None, description=UNTIL)


@strawberry.input
class WithdrawConsentInput:
    """A consent to be withdrawn."""

    consent: str = strawberry.field(description="Its plain id.")
    until: date | None = strawberry.field(default=None, description=ENDS_ON)


@strawberry.input
class VoidConsentInput:
    """A consent that was entered in error."""

    consent: str = strawberry.field(description="Its plain id.")
    reason: str = strawberry.field(description=VOID_REASON)


@strawberry.input
class GrantWaiverInput:
    """A waiver to be granted."""

    waiver: str = strawberry.field(description="The plain id that the caller gives it.")
    member: str = strawberry.field(description="Whose demerits it keeps back, by plain id.")
    group: str = strawberry.field(description="The group that they neither reach nor pass, by plain id.")
    since: date | None = strawberry.field(default=None, description=SINCE)
    until: date | None = strawberry.field(default=None, description=UNTIL)


@strawberry.input
class EndWaiverInput:
    """A waiver to be ended."""

    waiver: str = strawberry.field(description="Its plain id.")
    until: date | None = strawberry.field(default=None, description=ENDS_ON)


@strawberry.input
class VoidWaiverInput:
    """A waiver that was entered in error."""

    waiver: str = strawberry.field(description="Its plain id.")
    reason: str = strawberry.field(description=VOID_REASON)


@strawberry.type
class ConsentDone(Done):
    """A change of a consent that is durable."""

    consent: Consent = strawberry.field(description="The consent as it is now.")


@strawberry.type
class WaiverDone(Done):
    """A change of a waiver that is durable."""

    waiver: Waiver = strawberry.field(description="The waiver as it is now.")


ConsentResult = Annotated[
    ConsentDone | Refusal, strawberry.union("ConsentResult", description="A durable change, or why there is none.")
]

WaiverResult = Annotated[
    WaiverDone | Refusal, strawberry.union("WaiverResult", description="A durable change, or why there is none.")
]

_write_consent: Writing[KeptConsent, ConsentDone] = Writing(
    noun="consent",
    batcher=lambda batchers: batchers.consents,
    done=lambda held, receipt: ConsentDone(consent=Consent(held=held), receipt=receipt),
)

_write_waiver: Writing[KeptWaiver, WaiverDone] = Writing(
    noun="waiver",
    batcher=lambda batchers: batchers.waivers,
    done=lambda held, receipt: WaiverDone(waiver=Waiver(held=held), receipt=receipt),
)


@strawberry.type
class ConsentMutations:
    """What can be done about consents and waivers."""

    @strawberry.mutation
    async def give_consent(self, info: Info, input: GiveConsentInput) -> ConsentResult:
        """Let a purpose happen; for a minor, in the guardian's name.

        Args:
            info: What Strawberry hands over.
            input: Who lets what happen, under which id.
        """
        return await _write_consent(
            info,
            input.consent,
            lambda desk, operator: consent.give_consent(
                desk,
                consent=input.consent,
                subject=input.subject,
                purpose=input.purpose,
                actor=operator,
                guardian=input.guardian,
                since=input.since,
                until=input.until,
            ),
        )

    @strawberry.mutation
    async def withdraw_consent(self, info: Info, input: WithdrawConsentInput) -> ConsentResult:
        """Withdraw a consent: what passed while it held stays as it is.

        Args:
            info: What Strawberry hands over.
            input: Which consent, from when on.
        """
        return await _write_consent(
            info,
            input.consent,
            lambda desk, operator: consent.withdraw_consent(
                desk, consent=input.consent, actor=operator, until=input.until
            ),
        )

    @strawberry.mutation
    async def void_consent(self, info: Info, input: VoidConsentInput) -> ConsentResult:
        """Void a consent that was entered in error: what it let pass is derived anew, from today on.

        Args:
            info: What Strawberry hands over.
            input: Which consent, and why.
        """
        return await _write_consent(
            info,
            input.consent,
            lambda desk, operator: consent.void_consent(
                desk, consent=input.consent, actor=operator, reason=input.reason
            ),
        )

    @strawberry.mutation
    async def grant_waiver(self, info: Info, input: GrantWaiverInput) -> WaiverResult:
        """Keep a member's demerits from reaching or passing a group.

        Args:
            info: What Strawberry hands over.
            input: Whose, from which group, under which id.
        """
        return await _write_waiver(
            info,
            input.waiver,
            lambda desk, operator: consent.grant_waiver(
                desk,
                waiver=input.waiver,
                member=input.member,
                group=input.group,
                actor=operator,
                since=input.since,
                until=input.until,
            ),
        )

    @strawberry.mutation
    async def end_waiver(self, info: Info, input: EndWaiverInput) -> WaiverResult:
        """End a waiver: what it kept back while it held stays as it is.

        Args:
            info: What Strawberry hands over.
            input: Which waiver, from when on.
        """
        return await _write_waiver(
            info,
            input.waiver,
            lambda desk, operator: consent.end_waiver(desk, waiver=input.waiver, actor=operator, until=input.until),
        )

    @strawberry.mutation
    async def void_waiver(self, info: Info, input: VoidWaiverInput) -> WaiverResult:
        """Void a waiver that was entered in error: what it kept back is derived anew, from today on.

        Args:
            info: What Strawberry hands over.
            input: Which waiver, and why.
        """
        return await _write_waiver(
            info,
            input.waiver,
            lambda desk, operator: consent.void_waiver(desk, waiver=input.waiver, actor=operator, reason=input.reason),
        )
