"""Run the benchmarks and print a table: `python -m benchmarks --persons 1000000 --records 1000000`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks import append
from benchmarks.district import District, build


def main(
    persons: Annotated[int, typer.Option(help="Persons in the district; it has three ties a person.")] = 1_000_000,
    records: Annotated[int, typer.Option(help="Records in force.")] = 1_000_000,
    folder: Annotated[Path, typer.Option(help="Where the district is kept between runs.")] = Path(".bench"),
) -> None:
    """Measure appends and statements in the embedded store."""
    folder.mkdir(exist_ok=True)
    district = District(persons=persons, records=records)
    service = build(folder / f"district-{persons}-{records}.db", district)
    try:
        measured = [*append.appends(service, district), *append.statements(service, district)]
    finally:
        service.close()
    append.show(measured)


if __name__ == "__main__":
    typer.run(main)
