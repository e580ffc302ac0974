"""Points: integers of millionths of a point, shown and read as exact decimals. There are no floats anywhere."""

from __future__ import annotations

import re

#: Millionths in one point.
POINT = 1_000_000

#: The most points that any record, share or term may have, in millionths.
POINTS_MAX = 1_000_000 * POINT

#: One hundred percent, in hundredths of a percent.
WHOLE = 10_000

_DECIMAL = re.compile(r"([+-]?)(\d{1,12})(?:\.(\d{1,6}))?", re.ASCII)


def parse_points(text: str) -> int:
    """Read an exact decimal as millionths of a point.

    Raises ValueError where the text is no decimal of at most six places.

    >>> parse_points("-2.5")
    -2500000
    """
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    sign, whole, part = match.groups()
    millionths = int(whole) * POINT + int((part or "").ljust(6, "0"))
    return -millionths if sign == "-" else millionths


def format_points(points: int) -> str:
    """Write millionths of a point as the shortest exact decimal.

    >>> format_points(-2500000), format_points(5_000_000), format_points(0)
    ('-2.5', '5', '0')
    """
    whole, part = divmod(abs(points), POINT)
    text = f"{whole}.{part:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if points < 0 else text


def portion(points: int, percent: int) -> int:
    """Take a percentage of points, truncating toward zero; `percent` in hundredths of a percent.

    >>> portion(-15, 1000)
    -1
    """
    part = abs(points) * percent // WHOLE
    return -part if points < 0 else part
