"""Balances and standings in Neo4j."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from msgspec.structs import asdict

from graph_service.model.days import EVER
from graph_service.model.points import format_points
from graph_service.model.standing import Balance, Standing
from graph_service.stores.neo4j.rows import Asking, Properties, day


def _period(held: date) -> date | None:
    """Read the period of a balance; a route without a cap has the first day there is."""
    return None if held == EVER else held


def balance_of(found: Properties) -> Balance:
    """Read a balance."""
    return Balance(
        subject=found["subject"],
        scheme=found["scheme"],
        route=found["route"],
        sign=found["sign"],
        period=_period(day(found["period"])),
        amount=found["amount"],
        shares=found["shares"],
    )


def written_balance(balance: Balance) -> Properties:
    """Write a balance."""
    return {**asdict(balance), "period": balance.period or EVER}


def standing_of(found: Properties) -> Standing:
    """Read a standing."""
    return Standing(**{name: found[name] for name in Standing.__struct_fields__})


def written_standing(standing: Standing) -> Properties:
    """Write a standing; its score also as people write points."""
    return {**asdict(standing), "points": format_points(standing.score)}


class StandingReading(Asking):
    """Reads what is kept."""

    def balances_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, list[Balance]]:
        """List each subject's kept balances, in order of route, sign and period."""
        rows = self._among(
            "MATCH (b:Balance) WHERE b.subject IN $ids AND b.scheme = $scheme RETURN properties(b)"
            " ORDER BY b.subject, b.route, b.sign, b.period",
            subjects,
            scheme=scheme,
        )
        balances: dict[str, list[Balance]] = {}
        for balance in map(balance_of, rows):
            balances.setdefault(balance.subject, []).append(balance)
        return balances

    def standings_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, Standing]:
        """Find kept standings."""
        rows = self._among(
            "MATCH (h:Standing) WHERE h.subject IN $ids AND h.scheme = $scheme RETURN properties(h)",
            subjects,
            scheme=scheme,
        )
        return {standing.subject: standing for standing in map(standing_of, rows)}

    def balances(self, *, after: str | None, limit: int) -> list[Balance]:
        """List all kept balances of up to `limit` subjects, in order of subject, scheme, route, sign and period."""
        rows = self._maps(
            "MATCH (b:Balance) WHERE b.subject > $after"
            " WITH DISTINCT b.subject AS subject ORDER BY subject LIMIT $limit"
            " MATCH (b:Balance {subject: subject}) RETURN properties(b)"
            " ORDER BY b.subject, b.scheme, b.route, b.sign, b.period",
            after=after or "",
            limit=limit,
        )
        return [balance_of(found) for found in rows]

    def standings(self, scheme: str, *, after: str | None, limit: int) -> list[Standing]:
        """List kept standings in order of subject."""
        rows = self._maps(
            "MATCH (h:Standing) WHERE h.scheme = $scheme AND h.subject > $after"
            " RETURN properties(h) ORDER BY h.scheme, h.subject LIMIT $limit",
            scheme=scheme,
            after=after or "",
            limit=limit,
        )
        return [standing_of(found) for found in rows]
