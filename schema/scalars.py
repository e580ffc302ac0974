"""Scalars: exact decimals, days, positions and cursors, as they are written in GraphQL.

A malformed value is refused before anything is executed, as a value of the wrong type is.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import date
from typing import Any, NewType

import orjson
import strawberry
from graphql import GraphQLError, IntValueNode, StringValueNode, ValueNode, value_from_ast_untyped
from graphql.language import FloatValueNode
from strawberry.types.scalar import ScalarDefinition

from graph_service.model.points import format_points, parse_points
from schema.refusals import CursorMalformed, request_refused

#: Millionths of a point.
Points = NewType("Points", int)

#: Millionths of a unit: yuan, hours, metres.
Quantity = NewType("Quantity", int)

#: Hundredths of a percent.
Percent = NewType("Percent", int)

#: A place in the journal.
Position = NewType("Position", int)

#: What a connection is sorted by, at one place: the connection's name and the key.
Cursor = NewType("Cursor", tuple[str | int, ...])

#: JSON numbers are exact up to here in every language.
POSITION_MAX = 2**53 - 1

#: Digits of a percentage behind the point are hundredths: 10,000 millionths each.
_HUNDREDTH = 10_000

#: No key is longer than two ids.
_CURSOR_LENGTH_MAX = 300


def _decimal(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and value.isascii():
        try:
            return parse_points(value)
        except ValueError:
            pass
    raise GraphQLError('Write an exact decimal of at most six places as a string: "2.5".')


def _decimal_literal(node: ValueNode, variables: Mapping[str, Any] | None = None) -> int:
    # The text of a literal is exact, whatever a float would make of it.
    if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
        return _decimal(node.value)
    return _decimal(value_from_ast_untyped(node, dict(variables or {})))


def _percent(value: object) -> int:
    hundredths, rest = divmod(_decimal(value), _HUNDREDTH)
    if rest:
        raise GraphQLError('Write a percentage of at most two places as a string: "12.5".')
    return hundredths


def _day(value: object) -> date:
    if isinstance(value, str) and len(value) == len("2026-03-05"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError('Write a day as "2026-03-05".')


def _position(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= POSITION_MAX:
        return value
    raise GraphQLError("Write a position of the journal as a whole number: 1, 2, 3.")


def write_cursor(key: tuple[str | int, ...]) -> str:
    """Write a cursor as opaque text.

    >>> read_cursor(write_cursor(("tie", "t1")))
    ('tie', 't1')
    """
    return urlsafe_b64encode(orjson.dumps(key)).rstrip(b"=").decode()


def read_cursor(value: object) -> tuple[str | int, ...]:
    """Read a cursor that `write_cursor` wrote."""
    if isinstance(value, str) and len(value) <= _CURSOR_LENGTH_MAX:
        try:
            padded = value.encode("ascii") + b"=" * (-len(value) % 4)
            key = orjson.loads(urlsafe_b64decode(padded))
        except (NotBase64, ValueError):
            key = None
        if isinstance(key, list) and key and all(isinstance(part, str | int) for part in key):
            return tuple(key)
    raise request_refused(CursorMalformed(field="after"))


def _definitions() -> dict[object, ScalarDefinition]:
    return {
        Points: strawberry.scalar(
            name="Points",
            description='Points as an exact decimal in a string: "2.5", "-15". At most six places; never a float.',
            serialize=format_points,
            parse_value=_decimal,
            parse_literal=_decimal_literal,
        ),
        Quantity: strawberry.scalar(
            name="Quantity",
            description='How much, in the unit of the rule, as an exact decimal in a string: "12.5".',
            serialize=format_points,
            parse_value=_decimal,
            parse_literal=_decimal_literal,
        ),
        Percent: strawberry.scalar(
            name="Percent",
            description='A percentage as an exact decimal in a string: "20", "12.5". At most two places.',
            serialize=lambda hundredths: format_points(hundredths * _HUNDREDTH),
            parse_value=_percent,
        ),
        Position: strawberry.scalar(
            name="Position",
            description="A place in the journal, counted from 1; it may exceed 32 bits.",
            serialize=int,
            parse_value=_position,
        ),
        Cursor: strawberry.scalar(
            name="Cursor",
            description="A place in a connection, to go on from with `after`. Opaque: keep it, never read or make one.",
            serialize=write_cursor,
            parse_value=read_cursor,
        ),
        date: strawberry.scalar(
            name="Day",
            description='A day in the time zone of the policy: "2026-03-05".',
            serialize=lambda day: day.isoformat(),
            parse_value=_day,
        ),
    }


#: How each of these is written; `build` hands it to Strawberry.
SCALARS = _definitions()
