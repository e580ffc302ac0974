"""Scheme files: the reader of one scheme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from graph_service.model.points import POINTS_MAX
from graph_service.model.subjects import SubjectKind
from graph_service.policy.bridges import read_bridge
from graph_service.policy.fields import (
    Fields,
    count,
    decimal,
    distinct,
    items,
    name,
    named,
    optional,
    subject_kind,
    title,
)
from graph_service.policy.grades import grades
from graph_service.policy.nodes import Entries, Findings, Node, Scalar
from graph_service.policy.routes import read_route
from graph_service.policy.rules import read_defaults, read_rule
from graph_service.policy.schemes import ContestClock, Scheme
from graph_service.policy.spans import calendar

#: The longest notice, in days.
NOTICE_DAYS_MAX = 60

#: The longest clocks of a contest: working days to decide in, and days after which nothing unverified stays.
DECIDE_WITHIN_MAX = 20
LAPSES_AFTER_MAX = 30

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeFile:
    """What a scheme file says, as a scheme in which stand-ins take the place of what could not be read."""

    findings: Findings
    scheme: Scheme
    #: The kinds that the file names for all rules.
    records_of: tuple[SubjectKind, ...]
    #: The grades for which the file says how long they are valid.
    grades_valid: tuple[str, ...]
    #: Empty where it could not be read.
    time_zone: str


_FIELDS = (
    "scheme",
    "title",
    "subjects",
    "base",
    "floor",
    "ceiling",
    "period",
    "time_zone",
    "grades",
    "notice_days",
    "contest",
    "records_of",
    "valid",
    "demerits",
    "rules",
    "routes",
    "bridges",
)


def read_scheme_file(top: Entries) -> SchemeFile:
    """Read a scheme. Where a list could not be read, it is empty."""
    fields = Fields(top, *_FIELDS)
    period = calendar(fields.needed("period"))
    defaults = read_defaults(fields)
    base, floor, ceiling = _bounds(fields)
    notice_days = fields.optional("notice_days")
    routes = _each(fields.optional("routes"), lambda code, node: read_route(code, node, period))
    scheme = Scheme(
        code=name(fields.needed("scheme")),
        title=title(fields.needed("title")),
        subjects=distinct(items(fields.needed("subjects")), subject_kind),
        base=base,
        floor=floor,
        ceiling=ceiling,
        period=period,
        grades=grades(fields.needed("grades")),
        notice_days=count(notice_days, 0, NOTICE_DAYS_MAX) if notice_days else 0,
        contest=optional(fields.optional("contest"), _contest, ContestClock()),
        rules=_each(fields.needed("rules"), lambda code, node: read_rule(code, node, defaults, period)),
        routes=tuple(routes.values()),
        bridges=tuple(_each(fields.optional("bridges"), read_bridge).values()),
    )
    return SchemeFile(
        findings=top.findings,
        scheme=scheme,
        records_of=defaults.subjects,
        grades_valid=tuple(defaults.grades_valid),
        time_zone=_time_zone(fields.needed("time_zone")),
    )


def _each(node: Node | None, read: Callable[[str, Node], T]) -> dict[str, T]:
    """Read what a mapping of names holds, in the order written."""
    return {code: read(code, item) for code, item in named(node)} if node else {}


def _bounds(fields: Fields) -> tuple[int, int | None, int | None]:
    """Read where scores start and where they end; the start lies between the ends."""
    findings = fields.node.findings
    before = len(findings.faults)
    base = decimal(fields.needed("base"))
    lowest, highest = (base, base) if findings.sound_since(before) else (-POINTS_MAX, POINTS_MAX)
    floor, ceiling = fields.optional("floor"), fields.optional("ceiling")
    return (
        base,
        decimal(floor, highest=highest) if floor else None,
        decimal(ceiling, lowest=lowest) if ceiling else None,
    )


def _contest(node: Node) -> ContestClock:
    fields = Fields(node, "decide_within", "lapses_after")
    return ContestClock(
        decide_within=count(fields.needed("decide_within"), 1, DECIDE_WITHIN_MAX),
        lapses_after=count(fields.needed("lapses_after"), 1, LAPSES_AFTER_MAX),
    )


def _time_zone(node: Node) -> str:
    """Read a time zone. It is looked up in the tables that Python ships with: the same text, the same answer."""
    try:
        return ZoneInfo(node.written).key if isinstance(node, Scalar) else _no_zone(node)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _no_zone(node)


def _no_zone(node: Node) -> str:
    node.misfit("Asia/Shanghai")
    return ""
