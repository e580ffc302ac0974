"""The share relation: the one definition of what a record gives to whom.

    share(record, target, route, walk, amount)

A walk is one match of a route's path; it counts when all its conditions hold on the day the behaviour happened. This
module says which conditions those are (`conditions`), what a walk is worth (`amount`) and which of several walks is
the one that counts (`strongest`). Stores do not repeat any of it: they print the conditions in their own language, or,
as the reference store does, go through them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from msgspec import Struct

from graph_service.errors import FanOutExceeded
from graph_service.model.points import portion
from graph_service.model.records import Act
from graph_service.model.standing import OWN, Share
from graph_service.policy.schemes import (
    ConsentNeeded,
    DirectGrade,
    Edition,
    FixedPoints,
    Path,
    PointsRange,
    Position,
    Route,
    Rule,
    Scheme,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """All that decides whether a walk counts; routes and editions that agree in it are looked up together."""

    path: Path
    #: 1 where it carries merit, -1 where it carries demerit.
    sign: int
    vesting: int
    consent: ConsentNeeded | None

    @property
    def key(self) -> str:
        """The pattern as a text that is the same wherever the pattern is."""
        text = f"{self.path} | {'merit' if self.sign > 0 else 'demerit'} | vesting {self.vesting}"
        if self.consent is None:
            return text
        return f"{text} | {self.consent.purpose} of {' '.join(sorted(self.consent.of))}"


@dataclass(frozen=True, slots=True)
class Holds:
    """Tie `tie` of the walk is in force on the day, and has been for `vesting` days."""

    tie: int
    vesting: int


@dataclass(frozen=True, slots=True)
class Differ:
    """The subjects at two positions are not the same: nothing echoes back."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Consents:
    """The subject at a position consents to the purpose on the day; a minor's guardian does so for the minor."""

    position: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Unwaived:
    """No waiver keeps the actor's demerits from the subject at this position on the day."""

    position: int


Condition = Holds | Differ | Consents | Unwaived


def conditions(pattern: Pattern) -> tuple[Condition, ...]:
    """Say what must be true of a walk of this pattern for it to count.

    Positions count subjects from the actor, 0, to the target; tie `n` joins positions `n - 1` and `n`.
    """
    last = len(pattern.path.steps)
    asked = pattern.consent.of if pattern.consent else ()
    purpose = pattern.consent.purpose if pattern.consent else ""
    return (
        *(Holds(tie, pattern.vesting) for tie in range(1, last + 1)),
        *(Differ(first, second) for first, second in combinations(range(last + 1), 2)),
        *(Consents(position, purpose) for position in range(last + 1) if _role(position, last) in asked),
        *(Unwaived(position) for position in range(1, last + 1) if pattern.sign < 0),
    )


def _role(position: int, last: int) -> Position:
    if position == 0:
        return Position.ACTOR
    return Position.TARGET if position == last else Position.MIDDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """A route's term worked out for one rule: this rule's points travel along this pattern, for this much."""

    edition: int
    scheme: str
    rule: str
    sign: int
    route: str
    #: Where the route stands in its scheme; the smaller wins between equal amounts.
    place: int
    pattern: Pattern
    #: Hundredths of a percent; None where the amount is fixed.
    percent: int | None
    #: Millionths; None where the amount is a percentage.
    fixed: int | None
    at_most: int


def carriages(edition: Edition) -> Iterator[Carriage]:
    """Work out every term of an edition for every rule that it carries, in the order of schemes, routes and rules.

    A derived rule is carried by none: its records stay with their subject.
    """
    for scheme in edition.policy.schemes.values():
        for place, route in enumerate(scheme.routes):
            for rule in scheme.rules.values():
                carriage = _carriage(edition.number, scheme.code, place, route, rule)
                if carriage is not None:
                    yield carriage


def _carriage(edition: int, scheme: str, place: int, route: Route, rule: Rule) -> Carriage | None:
    sign = 0 if rule.derived else sign_of(rule)
    term = route.term(sign) if sign else None
    if term is None or rule.code in term.exceptions:
        return None
    fixed = term.fixed if term.table is None else term.table.get(rule.code)
    if term.percent is None and not fixed:
        return None
    return Carriage(
        edition=edition,
        scheme=scheme,
        rule=rule.code,
        sign=sign,
        route=route.code,
        place=place,
        pattern=Pattern(path=route.path, sign=sign, vesting=route.vesting, consent=term.consent),
        percent=term.percent,
        fixed=fixed,
        at_most=term.at_most,
    )


def sign_of(rule: Rule) -> int:
    """Tell whether a rule gives (1), takes (-1), or only sets a grade (0)."""
    scoring = rule.scoring
    if isinstance(scoring, FixedPoints):
        points = scoring.points
    elif isinstance(scoring, PointsRange):
        points = scoring.highest or scoring.lowest
    elif isinstance(scoring, DirectGrade):
        points = 0
    else:
        steps = scoring.bands if hasattr(scoring, "bands") else scoring.tiers
        points = next((step.points for step in steps if step.points), 0)
    return (points > 0) - (points < 0)


def amount(points: int, carriage: Carriage) -> int:
    """Tell what a carriage makes of a record's points: multiply, divide truncating toward zero, then cut at the most.

    All in millionths of a point.
    """
    size = (carriage.fixed or 0) if carriage.percent is None else abs(portion(points, carriage.percent))
    return carriage.sign * min(size, carriage.at_most)


class Walk(Struct, frozen=True, kw_only=True):
    """A match of a route's path that counts, before it is known whether a stronger one reaches the same subject."""

    target: str
    route: str
    place: int
    ties: tuple[str, ...]
    amount: int


def strongest(act: Act, walks: Iterable[Walk]) -> list[Share]:
    """Choose for each target the walk that counts, and add the act's own share; in order of target.

    One act reaches a subject at most once, by its strongest walk: adding every walk would let two shared groups count
    twice for no reason the subject could be told.
    """
    shares = [share_over(act.record, walk) for walk in choose(walks)]
    if act.points:
        shares.append(Share(record=act.record, target=act.subject, route=OWN, walk=(), amount=act.points))
    return sorted(shares, key=lambda share: share.target)


def choose(walks: Iterable[Walk]) -> Iterable[Walk]:
    """Choose from an act's walks the strongest to each target; in no particular order.

    The greatest absolute amount wins, then the route listed first, then the smaller tie ids, compared one by one. A
    walk that gives nothing is no share.
    """
    best: dict[str, Walk] = {}
    for walk in walks:
        held = best.get(walk.target)
        if walk.amount and (held is None or _rank(walk) < _rank(held)):
            best[walk.target] = walk
    return best.values()


def share_over(record: str, walk: Walk) -> Share:
    """The share that a record gives over a walk."""
    return Share(record=record, target=walk.target, route=walk.route, walk=walk.ties, amount=walk.amount)


def _rank(walk: Walk) -> tuple[int, int, tuple[str, ...]]:
    return -abs(walk.amount), walk.place, walk.ties


def check_fan_out(scheme: Scheme, act: Act, walks: Iterable[Walk]) -> None:
    """Refuse an act that reaches more subjects over a route than the route declares, strongest walks or not.

    Raises:
        FanOutExceeded: With the route's name; it is never cut silently.
    """
    targets: dict[str, set[str]] = {}
    for walk in walks:
        if walk.amount:
            targets.setdefault(walk.route, set()).add(walk.target)
    for route in scheme.routes:
        reached = len(targets.get(route.code, ()))
        if reached > route.fan_out:
            raise FanOutExceeded(route=route.code, record=act.record, reached=reached, fan_out=route.fan_out)
