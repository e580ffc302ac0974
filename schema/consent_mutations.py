"""Mutations of consents and waivers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from graph_service.actions import consent
from graph_service.model.journal import Entry
from schema.consents import Consent, Waiver
from schema.context import Context, Info
from schema.journal import Receipt, shown_receipt
from schema.refusals import Refusal
from schema.writing import performed


@strawberry.input
class GiveConsentInput:
    """A consent to be given."""

    consent: str = strawberry.field(description="The plain id that the caller gives it.")
    subject: str = strawberry.field(description="Whose points it lets pass, by plain id.")
    purpose: str = strawberry.field(description="What it lets happen, by the name that the policy gives it.")
    guardian: str | None = strawberry.field(default=None, description="For a minor, who consents, by plain id.")
    since: date | None = strawberry.field(
        default=None, description="The first day on which it holds: tomorrow at the earliest, and where left out."
    )
    until: date | None = strawberry.field(default=None, description="The first day on which it no longer holds.")


@strawberry.input
class WithdrawConsentInput:
    """A consent to be withdrawn."""

    consent: str = strawberry.field(description="Its plain id.")
    until: date | None = strawberry.field(
        default=None,
        description="The first day on which it no longer holds; tomorrow at the earliest, or by default.",
    )


@strawberry.input
class VoidConsentInput:
    """A consent that was entered in error."""

    consent: str = strawberry.field(description="Its plain id.")
    reason: str = strawberry.field(description="What was wrong; kept in the vault.")


@strawberry.input
class GrantWaiverInput:
    """A waiver to be granted."""

    waiver: str = strawberry.field(description="The plain id that the caller gives it.")
    member: str = strawberry.field(description="Whose demerits it keeps back, by plain id.")
    group: str = strawberry.field(description="The group that they neither reach nor pass, by plain id.")
    since: date | None = strawberry.field(
        default=None, description="The first day on which it holds: tomorrow at the earliest, and where left out."
    )
    until: date | None = strawberry.field(default=None, description="The first day on which it no longer holds.")


@strawberry.input
class EndWaiverInput:
    """A waiver to be ended."""

    waiver: str = strawberry.field(description="Its plain id.")
    until: date | None = strawberry.field(
        default=None,
        description="The first day on which it no longer holds; tomorrow at the earliest, or by default.",
    )


@strawberry.input
class VoidWaiverInput:
    """A waiver that was entered in error."""

    waiver: str = strawberry.field(description="Its plain id.")
    reason: str = strawberry.field(description="What was wrong; kept in the vault.")


@strawberry.type
class ConsentDone:
    """A change of a consent that is durable."""

    consent: Consent = strawberry.field(description="The consent as it is now.")
    receipt: Receipt = strawberry.field(description="The proof.")


@strawberry.type
class WaiverDone:
    """A change of a waiver that is durable."""

    waiver: Waiver = strawberry.field(description="The waiver as it is now.")
    receipt: Receipt = strawberry.field(description="The proof.")


ConsentResult = Annotated[
    ConsentDone | Refusal, strawberry.union("ConsentResult", description="A durable change, or why there is none.")
]

WaiverResult = Annotated[
    WaiverDone | Refusal, strawberry.union("WaiverResult", description="A durable change, or why there is none.")
]


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
        entry = await performed(
            info.context,
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
            noun="consent",
        )
        return await _consent_done(info.context, input.consent, entry)

    @strawberry.mutation
    async def withdraw_consent(self, info: Info, input: WithdrawConsentInput) -> ConsentResult:
        """Withdraw a consent: what passed while it held stays as it is.

        Args:
            info: What Strawberry hands over.
            input: Which consent, from when on.
        """
        entry = await performed(
            info.context,
            lambda desk, operator: consent.withdraw_consent(
                desk, consent=input.consent, actor=operator, until=input.until
            ),
            noun="consent",
        )
        return await _consent_done(info.context, input.consent, entry)

    @strawberry.mutation
    async def void_consent(self, info: Info, input: VoidConsentInput) -> ConsentResult:
        """Void a consent that was entered in error: what it let pass is derived anew, from today on.

        Args:
            info: What Strawberry hands over.
            input: Which consent, and why.
        """
        entry = await performed(
            info.context,
            lambda desk, operator: consent.void_consent(
                desk, consent=input.consent, actor=operator, reason=input.reason
            ),
            noun="consent",
        )
        return await _consent_done(info.context, input.consent, entry)

    @strawberry.mutation
    async def grant_waiver(self, info: Info, input: GrantWaiverInput) -> WaiverResult:
        """Keep a member's demerits from reaching or passing a group.

        Args:
            info: What Strawberry hands over.
            input: Whose, from which group, under which id.
        """
        entry = await performed(
            info.context,
            lambda desk, operator: consent.grant_waiver(
                desk,
                waiver=input.waiver,
                member=input.member,
                group=input.group,
                actor=operator,
                since=input.since,
                until=input.until,
            ),
            noun="waiver",
        )
        return await _waiver_done(info.context, input.waiver, entry)

    @strawberry.mutation
    async def end_waiver(self, info: Info, input: EndWaiverInput) -> WaiverResult:
        """End a waiver: what it kept back while it held stays as it is.

        Args:
            info: What Strawberry hands over.
            input: Which waiver, from when on.
        """
        entry = await performed(
            info.context,
            lambda desk, operator: consent.end_waiver(desk, waiver=input.waiver, actor=operator, until=input.until),
            noun="waiver",
        )
        return await _waiver_done(info.context, input.waiver, entry)

    @strawberry.mutation
    async def void_waiver(self, info: Info, input: VoidWaiverInput) -> WaiverResult:
        """Void a waiver that was entered in error: what it kept back is derived anew, from today on.

        Args:
            info: What Strawberry hands over.
            input: Which waiver, and why.
        """
        entry = await performed(
            info.context,
            lambda desk, operator: consent.void_waiver(desk, waiver=input.waiver, actor=operator, reason=input.reason),
            noun="waiver",
        )
        return await _waiver_done(info.context, input.waiver, entry)


async def _consent_done(context: Context, id_: str, entry: Entry | Refusal) -> ConsentDone | Refusal:
    if isinstance(entry, Refusal):
        return entry
    held = await context.batchers.consents.load(id_)
    assert held is not None
    return ConsentDone(consent=Consent(held=held), receipt=shown_receipt(entry))


async def _waiver_done(context: Context, id_: str, entry: Entry | Refusal) -> WaiverDone | Refusal:
    if isinstance(entry, Refusal):
        return entry
    held = await context.batchers.waivers.load(id_)
    assert held is not None
    return WaiverDone(waiver=Waiver(held=held), receipt=shown_receipt(entry))
