"""Shares and standings: what one record gives one subject, and what they come to."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from graph_service.model.records import Act

#: The route by which a record reaches the subject it is about.
OWN = "own"


class Share(Struct, frozen=True, kw_only=True):
    """What one record gives one subject over its strongest walk."""

    record: str
    target: str
    route: str
    #: The ids of the ties walked, from the one who acted to the target; empty for the route `own`.
    walk: tuple[str, ...]
    #: Millionths of a point, never zero.
    amount: int


class Line(Struct, frozen=True, kw_only=True):
    """One line of a statement: a share and the act behind it."""

    share: Share
    act: Act


class Balance(Struct, frozen=True, kw_only=True):
    """The sum of the shares in force that one subject has over one route, by sign and cap period."""

    subject: str
    scheme: str
    route: str
    #: 1 for merit, -1 for demerit.
    sign: int
    #: The first day of the cap's period; None where the route has no cap.
    period: date | None
    #: Millionths of a point.
    amount: int
    #: How many shares it sums up. A balance of no shares is not kept.
    shares: int = 0


class Standing(Struct, frozen=True, kw_only=True):
    """Where a subject stands in a scheme."""

    subject: str
    scheme: str
    #: Millionths of a point: base, own and shared together, within floor and ceiling.
    score: int
    grade: str
    #: Millionths of a point from the subject's own records, as counted.
    own: int
    #: Millionths of a point from other subjects' records, after caps.
    shared: int
