"""Consents and waivers in Neo4j."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from graph_service.model.consents import Consent, Waiver
from graph_service.stores.neo4j.rows import Asking, Properties, dated, span


def consent_of(found: Properties) -> Consent:
    """Read a consent."""
    return Consent(subject=found["subject"], guardian=found.get("guardian"), purpose=found["purpose"], **dated(found))


def written_consent(consent: Consent) -> Properties:
    """Write a consent."""
    return {
        **span(consent),
        "subject": consent.subject,
        "guardian": consent.guardian,
        "purpose": consent.purpose,
    }


def waiver_of(found: Properties) -> Waiver:
    """Read a waiver."""
    return Waiver(member=found["member"], group=found["group"], **dated(found))


def written_waiver(waiver: Waiver) -> Properties:
    """Write a waiver."""
    return {**span(waiver), "member": waiver.member, "group": waiver.group}


class ConsentsReading(Asking):
    """Reads consents and waivers."""

    def consents_of(self, ids: Collection[str]) -> Mapping[str, Consent]:
        """Find consents by id."""
        rows = self._among("MATCH (c:Consent) WHERE c.id IN $ids AND c.seq <= $upto RETURN properties(c)", ids)
        return {found["id"]: consent_of(found) for found in rows}

    def consents_by(self, subjects: Collection[str]) -> Mapping[str, list[Consent]]:
        """List all consents of each subject, in order of id."""
        rows = self._among(
            "MATCH (s:Subject)-[:CONSENTED]->(c:Consent) WHERE s.id IN $ids AND c.seq <= $upto"
            " RETURN properties(c) ORDER BY c.id",
            subjects,
        )
        given: dict[str, list[Consent]] = {}
        for consent in map(consent_of, rows):
            given.setdefault(consent.subject, []).append(consent)
        return given

    def consents(self, *, after: str | None, limit: int) -> list[Consent]:
        """List consents in order of id."""
        rows = self._maps(
            "MATCH (c:Consent) WHERE c.id > $after AND c.seq <= $upto RETURN properties(c) ORDER BY c.id LIMIT $limit",
            after=after or "",
            limit=limit,
        )
        return [consent_of(found) for found in rows]

    def waivers_of(self, ids: Collection[str]) -> Mapping[str, Waiver]:
        """Find waivers by id."""
        rows = self._among("MATCH (w:Waiver) WHERE w.id IN $ids AND w.seq <= $upto RETURN properties(w)", ids)
        return {found["id"]: waiver_of(found) for found in rows}

    def waivers_for(self, members: Collection[str]) -> Mapping[str, list[Waiver]]:
        """List all waivers of each member, in order of id."""
        rows = self._among(
            "MATCH (s:Subject)-[:WAIVED]->(w:Waiver) WHERE s.id IN $ids AND w.seq <= $upto"
            " RETURN properties(w) ORDER BY w.id",
            members,
        )
        granted: dict[str, list[Waiver]] = {}
        for waiver in map(waiver_of, rows):
            granted.setdefault(waiver.member, []).append(waiver)
        return granted

    def waivers(self, *, after: str | None, limit: int) -> list[Waiver]:
        """List waivers in order of id."""
        rows = self._maps(
            "MATCH (w:Waiver) WHERE w.id > $after AND w.seq <= $upto RETURN properties(w) ORDER BY w.id LIMIT $limit",
            after=after or "",
            limit=limit,
        )
        return [waiver_of(found) for found in rows]
