"""From shares in force to a score and a grade on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from graph_service.model.records import Act
from graph_service.model.standing import OWN, Balance, Line, Share, Standing
from graph_service.policy.periods import period_of
from graph_service.policy.schemes import Cap, Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Capped:
    """What came over one route in one cap period, before and after its cap; in millionths."""

    balance: Balance
    cap: Cap | None
    #: What counts: within the cap, and nothing of merit while a direct grade is in force.
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A standing with the steps that led to it."""

    standing: Standing
    base: int
    #: In order of route, sign and period.
    parts: tuple[Capped, ...]
    #: Whether merit is kept back because a direct-grade record is in force.
    merit_suspended: bool
    #: What floor or ceiling took or added, in millionths.
    bounded_by: int


def balance_of(scheme: Scheme, share: Share, act: Act, *, times: int = 1) -> Balance:
    """Tell which balance of the target a share belongs to, as a balance of this one share (taken away, with -1)."""
    cap = cap_of(scheme, share.route, act.sign)
    return Balance(
        subject=share.target,
        scheme=scheme.code,
        route=share.route,
        sign=act.sign,
        period=None if cap is None else period_of(cap.per, act.happened_on)[0],
        amount=times * share.amount,
        shares=times,
    )


def cap_of(scheme: Scheme, route: str, sign: int) -> Cap | None:
    """Find the cap of a route for merit or demerit; None for the route `own` and where there is none."""
    return scheme.caps.get((route, sign))


def balances_of(scheme: Scheme, lines: Iterable[Line]) -> list[Balance]:
    """Sum up the lines of a statement into balances, in order of route, sign and period."""
    sums: dict[tuple[str, str, int, date | None], tuple[int, int]] = {}
    for line in lines:
        one = balance_of(scheme, line.share, line.act)
        key = (one.subject, one.route, one.sign, one.period)
        amount, shares = sums.get(key, (0, 0))
        sums[key] = (amount + one.amount, shares + 1)
    return [
        Balance(
            subject=subject,
            scheme=scheme.code,
            route=route,
            sign=sign,
            period=period,
            amount=amount,
            shares=shares,
        )
        for (subject, route, sign, period), (amount, shares) in sorted(
            sums.items(), key=lambda item: (item[0][:3], item[0][3] or date.min)
        )
    ]


def grades_of(acts: Iterable[Act]) -> list[str]:
    """List the grades that acts give directly, in their order."""
    return [act.grade for act in acts if act.grade is not None]


def total(scheme: Scheme, subject: str, balances: Iterable[Balance], grades: Iterable[str]) -> Total:
    """Add up what a subject has in a scheme, in the scheme's edition of the day that is read.

    Args:
        scheme: The edition whose base, caps, bounds and grade table apply.
        subject: Whose standing it is.
        balances: All balances of the subject in the scheme.
        grades: The grades given directly by records in force.
    """
    direct = list(grades)
    parts = tuple(
        Capped(
            balance=balance,
            cap=cap_of(scheme, balance.route, balance.sign),
            counted=_counted(scheme, balance, direct),
        )
        for balance in balances
    )
    standing = standing_of(scheme, subject, (part.balance for part in parts), direct)
    return Total(
        standing=standing,
        base=scheme.base,
        parts=parts,
        merit_suspended=bool(direct),
        bounded_by=standing.score - scheme.base - standing.own - standing.shared,
    )


def standing_of(scheme: Scheme, subject: str, balances: Iterable[Balance], grades: Sequence[str]) -> Standing:
    """Add up what a subject has in a scheme, without the steps; see `total`."""
    own = shared = 0
    for balance in balances:
        if balance.route == OWN:
            own += _counted(scheme, balance, grades)
        else:
            shared += _counted(scheme, balance, grades)
    score = _bounded(scheme.base + own + shared, scheme)
    return Standing(
        subject=subject,
        scheme=scheme.code,
        score=score,
        grade=grade_of(scheme, score, grades),
        own=own,
        shared=shared,
    )


def _counted(scheme: Scheme, balance: Balance, grades: Sequence[str]) -> int:
    """What counts of a balance: within its cap, and nothing of merit while a grade is given directly."""
    if grades and balance.sign > 0:
        return 0
    cap = scheme.caps.get((balance.route, balance.sign))
    return balance.amount if cap is None else max(-cap.points, min(cap.points, balance.amount))


def _bounded(score: int, scheme: Scheme) -> int:
    if scheme.floor is not None:
        score = max(score, scheme.floor)
    if scheme.ceiling is not None:
        score = min(score, scheme.ceiling)
    return score


def grade_of(scheme: Scheme, score: int, direct: Sequence[str] = ()) -> str:
    """Give the grade of a score; a grade given directly overrides the table, the lowest of several."""
    if direct:
        order = [step.grade for step in scheme.grades]
        given = [grade for grade in direct if grade in order]
        if given:
            return max(given, key=order.index)
    for step in scheme.grades:
        if step.at_least is None or score >= step.at_least:
            return step.grade
    return scheme.grades[-1].grade
