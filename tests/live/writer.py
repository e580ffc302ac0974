"""Another process on the same store, which files records: python -m tests.live.writer FILE COUNT."""

from __future__ import annotations

import sys
from pathlib import Path

from graph_service.service import TrustService
from graph_service.stores.sqlite.store import SQLiteStore
from tests.doubles import HandClock, PlainVault
from tests.office import TODAY, Office


def write(path: Path, count: int) -> None:
    clock = HandClock(TODAY)
    office = Office(TrustService(SQLiteStore(path), PlainVault(), clock), clock)
    for number in range(count):
        office.filed(f"elsewhere-{number}", subject=("lin", "mei", "zhao", "ben")[number % 4])
    office.approved("elsewhere")
    office.service.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
