"""Balances and standings in SQLite."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from graph_service.model.days import EVER, day_number, day_of
from graph_service.model.standing import Balance, Standing
from graph_service.stores.sqlite.rows import Row, Rows

#: The period of a route without a cap.
_UNCAPPED = day_number(EVER)


def _period(day: date | None) -> int:
    return _UNCAPPED if day is None else day_number(day)


def _balance(row: Row) -> Balance:
    subject, scheme, route, sign, period, amount, shares = row
    return Balance(
        subject=subject,
        scheme=scheme,
        route=route,
        sign=sign,
        period=None if period == _UNCAPPED else day_of(period),
        amount=amount,
        shares=shares,
    )


def _standing(row: Row) -> Standing:
    scheme, subject, score, grade, own, shared = row
    return Standing(subject=subject, scheme=scheme, score=score, grade=grade, own=own, shared=shared)


class StandingReading(Rows):
    """Reads what is kept."""

    def balances_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, list[Balance]]:
        """List each subject's kept balances, in order of route, sign and period."""
        rows = self._rows_among(
            "SELECT * FROM balance WHERE subject IN ({ids}) AND scheme = ? ORDER BY subject, route, sign, period",
            subjects,
            scheme,
        )
        balances: dict[str, list[Balance]] = {}
        for balance in map(_balance, rows):
            balances.setdefault(balance.subject, []).append(balance)
        return balances

    def standings_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, Standing]:
        """Find kept standings."""
        rows = self._rows_among("SELECT * FROM standing WHERE subject IN ({ids}) AND scheme = ?", subjects, scheme)
        return {standing.subject: standing for standing in map(_standing, rows)}

    def balances(self, *, after: str | None, limit: int) -> list[Balance]:
        """List all kept balances of up to `limit` subjects, in order of subject, scheme, route, sign and period."""
        rows = self._rows(
            "SELECT * FROM balance WHERE subject IN"
            " (SELECT DISTINCT subject FROM balance WHERE subject > ? ORDER BY subject LIMIT ?)"
            " ORDER BY subject, scheme, route, sign, period",
            (after or "", limit),
        )
        return [_balance(row) for row in rows]

    def standings(self, scheme: str, *, after: str | None, limit: int) -> list[Standing]:
        """List kept standings in order of subject."""
        rows = self._rows(
            "SELECT * FROM standing WHERE scheme = ? AND subject > ? ORDER BY subject LIMIT ?",
            (scheme, after or "", limit),
        )
        return [_standing(row) for row in rows]

    def unkept(self) -> frozenset[str]:
        """Give the schemes whose balances and standings are not kept for now."""
        return frozenset(row[0] for row in self._rows("SELECT scheme FROM unkept"))


class StandingWriting(StandingReading):
    """Keeps balances and standings."""

    def change_balances(self, changes: Sequence[Balance]) -> None:
        """Add amounts and numbers of shares to balances; those left with no share are dropped."""
        keys = [
            (change.subject, change.scheme, change.route, change.sign, _period(change.period)) for change in changes
        ]
        self._write_many(
            "INSERT INTO balance VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET amount = amount + excluded.amount, shares = shares + excluded.shares",
            [(*key, change.amount, change.shares) for key, change in zip(keys, changes, strict=True)],
        )
        gone = [key for key, change in zip(keys, changes, strict=True) if change.shares < 0]
        if gone:
            self._write_many(
                "DELETE FROM balance WHERE subject = ? AND scheme = ? AND route = ? AND sign = ?"
                " AND period = ? AND shares = 0",
                gone,
            )

    def drop_balances(self, scheme: str) -> None:
        """Forget all balances and standings of a scheme, to be kept anew."""
        self._write("DELETE FROM balance WHERE scheme = ?", (scheme,))
        self._write("DELETE FROM standing WHERE scheme = ?", (scheme,))

    def set_unkept(self, schemes: Collection[str]) -> None:
        """Note which schemes are not kept for now."""
        self._write("DELETE FROM unkept", ())
        self._write_many("INSERT INTO unkept VALUES (?)", [(scheme,) for scheme in schemes])

    def put_standings(self, standings: Sequence[Standing]) -> None:
        """Keep standings in place of what was kept for their subjects."""
        self._write_many(
            "INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?, ?)",
            [(held.scheme, held.subject, held.score, held.grade, held.own, held.shared) for held in standings],
        )

    def drop_standings(self, subjects: Sequence[str], scheme: str) -> None:
        """Keep no standings of subjects any more."""
        self._write_many(
            "DELETE FROM standing WHERE scheme = ? AND subject = ?", [(scheme, subject) for subject in subjects]
        )
