"""Consents and waivers: dated facts that let points pass or stop them."""

from __future__ import annotations

from graph_service.model.facts import DatedFact


class Consent(DatedFact, frozen=True, kw_only=True):
    """A person lets a purpose happen while it holds; for a minor, the guardian does."""

    subject: str
    #: Who consents in a minor's name; None where the subject consents itself.
    guardian: str | None = None
    purpose: str


class Waiver(DatedFact, frozen=True, kw_only=True):
    """A member's demerits do not reach or pass a group while it holds."""

    member: str
    group: str
