"""Headers: what the first row of a table names, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from graph_service.policy.fields import nearest
from loaders.faults import Faults
from loaders.freight import COLUMNS, EXTERNAL, Freight, Source
from loaders.refusals import ColumnMissing, ColumnTwice, ColumnUnknown


def known_columns(freight: Freight, attributes: Collection[str]) -> list[str]:
    """List the columns that a table of a freight may have, but for external identifiers."""
    return [*COLUMNS[freight].known, *(sorted(attributes) if freight is Freight.TIES else ())]


def check_header(
    source: Source, number: int, header: Sequence[str], attributes: Collection[str], faults: Faults
) -> bool:
    """Note what is wrong with the names of a header; tell whether the rows under it can be read all the same."""
    freight = source.freight
    known = known_columns(freight, attributes)
    for place, name in enumerate(header, start=1):
        if name and name in header[: place - 1]:
            faults.add(source, number, name, ColumnTwice(column=name))
        elif name and not (name in known or (freight is Freight.SUBJECTS and name.startswith(EXTERNAL))):
            faults.add(source, number, name, ColumnUnknown(freight=freight, **nearest(name, known)))
    needed = COLUMNS[freight].needed
    missing = [name for name in needed if name not in header]
    for name in missing:
        faults.add(source, number, name, ColumnMissing(column=name, freight=freight, needed=", ".join(needed)))
    return not missing
