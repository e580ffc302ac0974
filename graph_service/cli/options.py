"""Options that several commands share, and the service that they open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.printing import Format
from graph_service.service import TrustService
from graph_service.settings import Settings
from graph_service.wiring import open_service, with_store


def read_day(text: str) -> date:
    """Read a day as people write it for machines: 2026-03-02."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no day; write it as 2026-03-02") from None


StoreOption = Annotated[
    str | None,
    typer.Option("--store", help="Address of the store.", envvar="TRUSTNET_STORE", metavar="sqlite:///FILE"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
SchemeOption = Annotated[str, typer.Option("--scheme", help="Code of the scheme: school, village, ...")]
OnOption = Annotated[
    date | None,
    typer.Option("--on", parser=read_day, metavar="DAY", help="The day to read; by default the last one worked off."),
]
KnownAtOption = Annotated[
    int | None,
    typer.Option("--known-at", help="Read only what the journal knew at this position.", min=0),
]
PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", help="Folder of policy files.", metavar="DIR"),
]
TodayOption = Annotated[
    date | None,
    typer.Option(
        "--today", parser=read_day, metavar="DAY", help="Let the clock stand on this day.", envvar="TRUSTNET_TODAY"
    ),
]


@contextmanager
def service(store: str | None, *, create: bool = False, today: date | None = None) -> Iterator[TrustService]:
    """Open the service for one command and close it behind it."""
    opened = open_service(with_store(Settings.read(), store, today), create=create)
    try:
        yield opened
    finally:
        opened.close()
