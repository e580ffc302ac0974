"""Several processes on one store: who follows one is told what another wrote."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.house.code import ROOT
from tests.live.subscriber import JOURNAL, STANDINGS, connected
from tests.live.test_websocket import head
from tests.office import Office


def test_what_another_process_writes_is_told(address: str, office: Office, path: Path) -> None:
    before = head(office)
    with connected(address) as subscriber:
        subscriber.begin("s", STANDINGS, subjects=["lin"])
        assert subscriber.next("s")["standings"]["standings"][0]["score"] == "1000"
        other = subprocess.Popen([sys.executable, "-m", "tests.live.writer", path, "300"], cwd=ROOT)
        try:
            with connected(address) as following:
                following.begin("a", JOURNAL, after=before)
                told = [following.next("a")["journal"] for _ in range(150)]
                # Both write now, and the order is the journal's.
                for number in range(20):
                    office.filed(f"here-{number}", subject="zhao")
                told += [following.next("a")["journal"] for _ in range(300 + 2 + 20 - 150)]
            assert subscriber.next("s")["standings"]["standings"][0]["score"] == "1025"
        finally:
            assert other.wait(30) == 0
    with office.service.reading() as reading:
        entries = reading.entries(after=before, limit=1_000)

    assert [(each["seq"], each["hash"]) for each in told] == [(entry.seq, entry.hash.hex()) for entry in entries]
    assert len([entry for entry in entries if entry.id.startswith("record/here")]) == 20


def test_what_is_written_here_is_told_at_once(address: str, office: Office) -> None:
    waits: list[float] = []
    with connected(address) as subscriber:
        subscriber.begin("a", JOURNAL, after=head(office))
        for number in range(20):
            began = time.monotonic()
            office.filed(f"r{number}")
            subscriber.next("a")
            waits.append(time.monotonic() - began)

    assert sorted(waits)[10] < 0.5, "nobody waits for the next look at the head"
