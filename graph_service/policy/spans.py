"""Spans of time: the readers of periods, of validity and of the days after which a repair is possible."""

from __future__ import annotations

import re
from datetime import date

from graph_service.model.points import format_points
from graph_service.policy.faults import PolicyBandsOverlap, PolicyValidityOpen
from graph_service.policy.fields import Fields, choice, distinct, items, magnitude
from graph_service.policy.nodes import Entries, Items, Node, Scalar
from graph_service.policy.periods import Calendar, PeriodKind
from graph_service.policy.schemes import Validity, ValidityBand, ValidityUnit

#: No record counts longer than five years (Shandong regulations art. 38), but for what is never corrected.
_LONGEST = {ValidityUnit.DAYS: 1826, ValidityUnit.MONTHS: 60, ValidityUnit.YEARS: 5}

#: The latest day after the behaviour on which a repair becomes possible.
REPAIR_DAYS_MAX = 1826

_COUNTED = re.compile(r"(\d{1,4}) (day|month|year)s?", re.ASCII)
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_VALID = "period | until_corrected | 30 days | 6 months | 5 years"

#: What stands in for a calendar that could not be read.
YEAR = Calendar(kind=PeriodKind.YEAR)
#: What stands in for a validity that could not be read.
PERIOD = Validity(unit=ValidityUnit.PERIOD)


def calendar(node: Node, scheme_period: Calendar | None = None) -> Calendar:
    """Read a way of cutting time: `term`, or `{kind: term, starts: [02-15, 08-20]}`.

    Inside a scheme, `period` is the scheme's own, and so is `term` where the scheme cuts time by terms: a school has
    one kind of term.
    """
    if isinstance(node, Entries):
        return _with_starts(node)
    if scheme_period is not None and isinstance(node, Scalar) and node.written == "period":
        return scheme_period
    kind = choice(node, PeriodKind, PeriodKind.YEAR)
    if scheme_period is not None and scheme_period.kind is kind:
        return scheme_period
    return Calendar(kind=kind)


def _with_starts(node: Node) -> Calendar:
    fields = Fields(node, "kind", "starts")
    kind = choice(fields.needed("kind"), PeriodKind, PeriodKind.TERM)
    listed = fields.optional("starts")
    if listed is None:
        return Calendar(kind=kind)
    if kind is not PeriodKind.TERM:
        listed.misfit("{kind: term, starts: [02-15, 08-20]}")
        return Calendar(kind=kind)
    starts = distinct(items(listed), _month_day)
    if list(starts) != sorted(starts):
        listed.misfit("[02-15, 08-20]")
    return Calendar(kind=kind, starts=tuple(sorted(starts)))


def _month_day(node: Node) -> tuple[int, int] | None:
    """Read a day that every year has."""
    match = _MONTH_DAY.fullmatch(node.written) if isinstance(node, Scalar) else None
    try:
        if match is None:
            raise ValueError
        # 2001 is no leap year, so 29 February is refused: most years would lack the start.
        day = date(2001, int(match[1]), int(match[2]))
    except ValueError:
        node.misfit("02-15")
        return None
    return day.month, day.day


def validity(node: Node) -> Validity:
    """Read how long a record counts."""
    written = node.written if isinstance(node, Scalar) else ""
    if written in (ValidityUnit.PERIOD, ValidityUnit.UNTIL_CORRECTED):
        return Validity(unit=ValidityUnit(written))
    match = _COUNTED.fullmatch(written)
    if match is not None:
        unit, count = ValidityUnit(match[2] + "s"), int(match[1])
        if 1 <= count <= _LONGEST[unit]:
            return Validity(unit=unit, count=count)
    node.misfit(_VALID)
    return PERIOD


def validities(node: Node) -> tuple[ValidityBand, ...]:
    """Read how long a record counts, for every size alike or by the size of its points.

    `1 years`, or `[{up_to: 40, valid: 1 years}, {valid: 2 years}]`.
    """
    if not isinstance(node, Items):
        return (ValidityBand(valid=validity(node)),)
    listed = items(node)
    bands: list[ValidityBand] = []
    for item in listed:
        before = len(node.findings.faults)
        fields = Fields(item, "up_to", "valid")
        up_to = fields.optional("up_to")
        band = ValidityBand(up_to=magnitude(up_to) if up_to else None, valid=validity(fields.needed("valid")))
        if not node.findings.sound_since(before):
            continue
        is_last = item is listed[-1]
        if is_last and band.up_to is not None:
            item.unfit(PolicyValidityOpen, up_to=format_points(band.up_to))
        elif not is_last and not _rises(bands, band):
            item.unfit(PolicyBandsOverlap)
        bands.append(band)
    return tuple(bands) or (ValidityBand(valid=PERIOD),)


def _rises(earlier: list[ValidityBand], band: ValidityBand) -> bool:
    last = earlier[-1].up_to if earlier else 0
    # A band before without an end has been told itself.
    return band.up_to is not None and (last is None or band.up_to > last)


def days(node: Node) -> int:
    """Read a number of days: `30 days`."""
    match = _COUNTED.fullmatch(node.written) if isinstance(node, Scalar) else None
    if match is not None and match[2] == "day" and int(match[1]) <= REPAIR_DAYS_MAX:
        return int(match[1])
    node.misfit("30 days")
    return 0
