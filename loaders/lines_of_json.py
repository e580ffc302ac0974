"""Lines of JSON: one object a line, its values as the texts that stand there, so that no number becomes a float."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from graph_service.errors import Refusal
from graph_service.policy.fields import nearest
from loaders.faults import Faults
from loaders.freight import COLUMNS, EXTERNAL, EXTERNAL_FIELD, Freight, Source
from loaders.refusals import (
    ColumnUnknown,
    JsonBroken,
    JsonFieldTwice,
    JsonNotObject,
    JsonValueUnfit,
    LineCutOff,
)
from loaders.tables import RowState, Take

#: The column that holds several codes: in a table joined by spaces, in a line of JSON a list.
LISTED = "matching"

_EXAMPLE = '{"id": "...", ...}'
_ID = re.compile(r'"id"\s*:\s*"([^"\\]*)"')


class _Number(str):
    """A number, as it was written."""

    __slots__ = ()


class _Constant(Exception):
    """A value that JSON does not have, such as NaN."""


class _Twice(Exception):
    """A field that an object has twice."""


def fields_of(line: str) -> list[str]:
    """Give the fields of the object in a line; none where there is no object."""
    parsed = _parsed(line)
    return list(parsed) if isinstance(parsed, dict) else []


def read(
    source: Source,
    lines: Sequence[str],
    attributes: Collection[str],
    take: Take,
    faults: Faults,
    *,
    ended: bool,
) -> None:
    """Read lines of JSON; `ended` tells whether the last one ends as lines do."""
    known = [*COLUMNS[source.freight].known, *(sorted(attributes) if source.freight is Freight.TIES else ())]
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        parsed = _parsed(line)
        if isinstance(parsed, Refusal):
            cut = number == len(lines) and not ended and isinstance(parsed, JsonBroken)
            faults.add(source, number, "", LineCutOff() if cut else parsed)
            found = _ID.search(line)
            take(number, {"id": found[1]} if found else {}, state=RowState.LOST)
            continue
        cells, sound = _Line(source, number, faults).cells(parsed, known)
        take(number, cells, state=RowState.SOUND if sound else RowState.FLAWED)


def _parsed(line: str) -> dict[str, Any] | Refusal:
    try:
        parsed = json.loads(
            line, parse_int=_Number, parse_float=_Number, parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except _Twice as twice:
        return JsonFieldTwice(column=str(twice), field=str(twice))
    except _Constant as constant:
        return JsonBroken(problem=f"{constant} is no value", character=line.find(str(constant)) + 1, example=_EXAMPLE)
    except json.JSONDecodeError as error:
        return JsonBroken(problem=error.msg, character=error.pos + 1, example=_EXAMPLE)
    except RecursionError:
        return JsonBroken(problem="too deeply nested", character=1, example=_EXAMPLE)
    return parsed if isinstance(parsed, dict) else JsonNotObject(example=_EXAMPLE)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for place, name in enumerate(names) if name in names[:place]))
    return fields


def _refuse_constant(name: str) -> None:
    raise _Constant(name)


class _Line:
    """One object, whose values are checked for their types."""

    def __init__(self, source: Source, number: int, faults: Faults) -> None:
        self._source, self._number, self._faults = source, number, faults
        self._sound = True

    def cells(self, fields: Mapping[str, Any], known: Collection[str]) -> tuple[dict[str, str], bool]:
        """Give the cells as a table would hold them, and whether all of them could be read."""
        cells: dict[str, str] = {}
        for name, value in fields.items():
            if name == EXTERNAL_FIELD and self._source.freight is Freight.SUBJECTS:
                self._put_identifiers(cells, value)
            elif name not in known:
                self._fault(name, ColumnUnknown(freight=self._source.freight, **nearest(name, known)))
            else:
                self._put(cells, name, value)
        return cells, self._sound

    def _put_identifiers(self, cells: dict[str, str], value: object) -> None:
        if isinstance(value, dict):
            for scheme, identifier in value.items():
                self._put(cells, f"{EXTERNAL}{scheme}", identifier)
        elif value is not None:
            self._fault(EXTERNAL_FIELD, JsonValueUnfit(column=EXTERNAL_FIELD, wanted='{"roll": "2019-0417"}'))

    def _put(self, cells: dict[str, str], name: str, value: object) -> None:
        if name == LISTED and isinstance(value, list) and all(type(item) is str for item in value):
            # As it stands in the cell of a table.
            value = " ".join(value)
        if isinstance(value, str):
            if text := value.strip():
                cells[name] = text
        elif value is not None:
            wanted = '["...", "..."]' if name == LISTED else '"..."'
            self._fault(name, JsonValueUnfit(column=name, wanted=wanted))

    def _fault(self, name: str, refusal: Refusal) -> None:
        self._sound = False
        self._faults.add(self._source, self._number, name, refusal)
