from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw

from graph_service.model.records import LATEST, Moment
from graph_service.replay.keep import Kept, keep
from graph_service.stores.sqlite.store import SQLiteStore
from tests.replay.test_replay import LAST

BALANCES = "SELECT * FROM balance ORDER BY subject, scheme, route, sign, period"
STANDINGS = "SELECT * FROM standing ORDER BY scheme, subject"


def _rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(path))
    try:
        return [tuple(row) for row in connection.execute(statement)]
    finally:
        connection.close()


def test_what_a_replay_hands_over_is_what_is_kept(store: SQLiteStore, tmp_path: Path) -> None:
    target = tmp_path / "kept.db"

    with store.reading() as reading:
        head = reading.head().seq

    kept = keep(store, target, ["village", "school"], as_of=LAST)

    balances, standings = _rows(target, BALANCES), _rows(target, STANDINGS)
    assert kept == Kept(balances=len(balances), standings=len(standings), at=head)
    assert balances == _rows(tmp_path / "copied.db", BALANCES)
    # Whoever is at the base again, as every share was taken back, may have a row or none.
    held = {row[:2]: row for row in _rows(tmp_path / "copied.db", STANDINGS)}
    assert [held[row[:2]] for row in standings] == standings
    with store.reading() as reading:
        for scheme in ("village", "school"):
            touched = {row[0] for row in balances if row[1] == scheme} | set(
                reading.graded(scheme, Moment(LAST, LATEST))
            )
            assert {row[1] for row in standings if row[0] == scheme} == touched
