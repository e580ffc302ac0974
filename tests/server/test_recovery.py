"""A service goes on without a restart when its server went away in the middle of work and is there again."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from graph_service.actions.decide import approve
from graph_service.actions.file_record import file_record
from graph_service.errors import StoreUnavailable
from graph_service.lookups.verify import verify
from graph_service.model.journal import Entry
from graph_service.neo4j_server.server import ServerPlan
from graph_service.settings import Settings
from graph_service.stores.memory import MemoryStore
from graph_service.wiring import open_store
from tests.neo4j_keeper import free_port
from tests.office import TODAY, Office, furnish, open_office
from tests.server.test_real_server import started

pytestmark = pytest.mark.neo4j

RECORDS = 12


def work(office: Office, name: str, kept: dict[str, Entry], refused: list[str]) -> None:
    """File and approve, and ask again for what was not acknowledged."""
    for number in range(RECORDS):
        said = {"record": f"{name}-{number}", "subject": "lin", "scheme": "school", "rule": "found"}
        while said["record"] not in kept:
            try:
                office.do(file_record, **said, happened_on=TODAY, filer="teacher")
                kept[said["record"]] = office.do(approve, record=said["record"], approver="head")
            except StoreUnavailable as refusal:
                refused.append(str(refusal))
                time.sleep(0.2)


@pytest.mark.timeout(1_200)
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(tmp_path: Path) -> None:
    plan = ServerPlan(
        folder=tmp_path / "data", port=free_port(), heap="512m", page_cache="64m", password="chosen by us"
    )
    kept: dict[str, Entry] = {}
    refused: list[str] = []

    with started(plan) as server:
        settings = Settings(store=server.address, store_connect_seconds=2, store_acquire_seconds=5)
        office = furnish(open_office(open_store(server.address, create=True, settings=settings)))
        workers = [threading.Thread(target=work, args=(office, name, kept, refused)) for name in ("a", "b", "c")]
        for worker in workers:
            worker.start()
        while len(kept) < RECORDS // 2:
            time.sleep(0.01)
        server.process.kill()
        server.process.wait()
        with pytest.raises(StoreUnavailable) as away, office.service.reading():
            pytest.fail("a server that is away was read")
        assert "chosen" not in str(away.value)

    with started(plan):
        for worker in workers:
            worker.join()
        journal = office.view().journal
        assert [entry.seq for entry in journal] == list(range(1, len(journal) + 1))
        assert len({entry.id for entry in journal}) == len(journal)
        approved = {entry.id: entry for entry in journal if entry.id.endswith("/approved")}
        assert {f"record/{record}/approved": entry for record, entry in kept.items()} == approved
        assert len(approved) == 3 * RECORDS
        assert office.score("mei") == 1000 + 4 * 3 * RECORDS
        with office.service.reading() as reading:
            assert verify(reading, MemoryStore()).findings == ()
        office.service.close()
    assert all("chosen" not in told for told in refused)
