"""Routes: the reader of a path with its terms for merit and demerit."""

from __future__ import annotations

from graph_service.model.points import POINTS_MAX, format_points
from graph_service.policy.faults import (
    PolicyLimitBelowAward,
    PolicyRouteWithoutEnd,
)
from graph_service.policy.fields import (
    Fields,
    choice,
    count,
    decimal,
    distinct,
    items,
    magnitude,
    name,
    named,
    optional,
    percent,
    title,
)
from graph_service.policy.nodes import Entries, Node
from graph_service.policy.paths import path
from graph_service.policy.periods import Calendar
from graph_service.policy.schemes import Cap, ConsentNeeded, Position, Route, Term, Title
from graph_service.policy.spans import calendar

#: The most subjects that a route may declare to reach with one record.
FAN_OUT_MAX = 10_000

#: The longest time that a tie may have to be in force before it carries, in days.
VESTING_MAX = 3_650

_AMOUNTS = ("percent", "fixed", "table")


def read_route(code: str, node: Node, period: Calendar) -> Route:
    """Read a route."""
    fields = Fields(node, "title", "path", "merit", "demerit", "fan_out", "vesting", "cap")
    merit, demerit = fields.optional("merit"), fields.optional("demerit")
    if isinstance(node, Entries) and merit is None and demerit is None:
        node.unfit(PolicyRouteWithoutEnd, name=code)
    cap = optional(fields.optional("cap"), lambda given: _cap(given, period), None)
    vesting = fields.optional("vesting")
    plain = code.replace("-", " ")
    return Route(
        code=code,
        title=optional(fields.optional("title"), title, Title(en=plain.capitalize(), zh=plain)),
        path=path(fields.needed("path")),
        merit=_term(merit, period, cap) if merit else None,
        demerit=_term(demerit, period, cap) if demerit else None,
        fan_out=count(fields.needed("fan_out"), 1, FAN_OUT_MAX),
        vesting=count(vesting, 0, VESTING_MAX) if vesting else 0,
    )


def _term(node: Node, period: Calendar, route_cap: Cap | None) -> Term:
    before = len(node.findings.faults)
    fields = Fields(node, *_AMOUNTS, "at_most", "except", "consent", "cap")
    found = fields.one_of(*_AMOUNTS)
    which, amount = found or ("", node)
    exceptions, consent = fields.optional("except"), fields.optional("consent")
    term = Term(
        percent=percent(amount) if which == "percent" else None,
        fixed=decimal(amount, lowest=0) if which == "fixed" else None,
        table=_table(amount) if which == "table" else None,
        at_most=optional(fields.optional("at_most"), _at_most, POINTS_MAX),
        exceptions=frozenset(distinct(items(exceptions), _rule)) if exceptions else frozenset(),
        consent=_consent(consent) if consent else None,
        cap=optional(fields.optional("cap"), lambda given: _cap(given, period), route_cap),
    )
    if node.findings.sound_since(before):
        _weigh(node, term)
    return term


def _weigh(node: Node, term: Term) -> None:
    """Note a term that gives nothing, and one whose cap of a period would cut a single act's share."""
    if 0 in (term.percent, term.fixed, term.at_most) or term.table == {}:
        node.unfit(PolicyRouteWithoutEnd, name=node.path.rpartition(".")[2])
    declared = term.at_most if term.at_most < POINTS_MAX else 0
    most = max(declared, term.fixed or 0, *(term.table or {"": 0}).values(), 0)
    if term.cap is not None and term.cap.points < most:
        limit, award = format_points(term.cap.points), format_points(most)
        node.unfit(PolicyLimitBelowAward, limit=limit, award=award)


def _at_most(node: Node) -> int:
    return decimal(node, lowest=0)


def _rule(node: Node) -> str | None:
    return name(node) or None


def _table(node: Node) -> dict[str, int]:
    return {code: magnitude(item) for code, item in named(node)}


def _cap(node: Node, period: Calendar) -> Cap | None:
    fields = Fields(node, "points", "per")
    return Cap(points=magnitude(fields.needed("points")), per=calendar(fields.needed("per"), period))


def _consent(node: Node) -> ConsentNeeded:
    fields = Fields(node, "purpose", "of")
    positions = distinct(items(fields.needed("of")), lambda item: choice(item, Position, Position.TARGET))
    return ConsentNeeded(purpose=name(fields.needed("purpose")), of=positions)
