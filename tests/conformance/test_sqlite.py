"""What the embedded store promises beyond every store: one file, durable, guarded, and never half written."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from graph_service.errors import (
    Refusal,
    StoreEngineUnsafe,
    StoreFull,
    StoreLayoutNewer,
    StoreLocked,
    StoreNotOurs,
    StoreReadOnly,
)
from graph_service.model.journal import GENESIS, Head, follows
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite import connection
from graph_service.stores.sqlite.connection import check_engine
from graph_service.stores.sqlite.store import SQLiteStore
from tests.office import Office, furnish, open_office
from tests.worlds import view

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trustnet.db"


@pytest.fixture
def office(path: Path) -> Iterator[Office]:
    """An office over a file of its own."""
    office = furnish(open_office(SQLiteStore(path)))
    yield office
    office.service.close()


def statement(path: Path, text: str) -> None:
    """Change the file behind the store's back, or try to."""
    other = apsw.Connection(str(path))
    try:
        other.execute(text)
    finally:
        other.close()


# -- The journal is never changed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE entry SET actor = 'nobody' WHERE seq = 3",
        "DELETE FROM entry WHERE seq = 3",
        "DELETE FROM entry",
    ],
)
def test_the_journal_cannot_be_changed_even_from_outside(office: Office, path: Path, text: str) -> None:
    before = office.view()

    with pytest.raises(apsw.ConstraintError, match="the journal is never changed"):
        statement(path, text)

    assert office.view() == before


def test_an_entry_cannot_be_written_over(office: Office, path: Path) -> None:
    """REPLACE would delete without asking the guard; the key and the chain notice."""
    before = office.view()

    with pytest.raises(apsw.ConstraintError):
        statement(path, "INSERT INTO entry SELECT * FROM entry WHERE seq = 3")

    assert office.view() == before


# -- Opening -----------------------------------------------------------------------------------------------------------


def test_a_store_opened_again_tells_the_same(office: Office, path: Path) -> None:
    office.approved("r1")
    office.approved("r2", "late")
    before = office.view()
    office.service.close()

    again = open_office(SQLiteStore(path))

    assert again.view() == before
    again.approved("r3", "diary")
    assert (again.score("lin"), again.view().journal[-1].seq) == (1028, before.journal[-1].seq + 2)
    again.service.close()


def test_a_store_is_durable_at_every_commit(office: Office) -> None:
    store = office.service.store
    assert isinstance(store, SQLiteStore)
    writer = store._writer

    assert writer.pragma("journal_mode") == "wal"
    assert writer.pragma("synchronous") == 2


def test_a_newer_layout_is_refused_and_left_as_it_is(office: Office, path: Path) -> None:
    office.service.close()
    statement(path, f"PRAGMA user_version = {connection.LAYOUT + 1}")
    before = path.read_bytes()

    with pytest.raises(StoreLayoutNewer) as refusal:
        SQLiteStore(path)

    assert refusal.value.parameters == {"path": str(path), "found": connection.LAYOUT + 1, "known": connection.LAYOUT}
    assert path.read_bytes() == before


def test_somebody_elses_database_is_refused_and_left_as_it_is(path: Path) -> None:
    statement(path, "CREATE TABLE theirs (x)")
    before = path.read_bytes()

    with pytest.raises(StoreNotOurs):
        SQLiteStore(path)

    assert path.read_bytes() == before


def test_an_empty_database_of_another_program_is_refused(path: Path) -> None:
    statement(path, "PRAGMA application_id = 7")

    with pytest.raises(StoreNotOurs):
        SQLiteStore(path)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.write_text("a shopping list\n" * 100)

    with pytest.raises(StoreNotOurs):
        SQLiteStore(path)

    assert path.read_text() == "a shopping list\n" * 100


def test_a_file_that_was_cut_off_is_refused(office: Office, path: Path) -> None:
    office.service.close()
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(Refusal) as refusal:
        store = SQLiteStore(path)
        with store.reading() as reading:
            view(reading, ["school"])

    assert refusal.value.code in {"store_not_ours", "store_unavailable", "store_damaged"}


def test_a_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly):
        SQLiteStore(tmp_path / "no" / "trustnet.db")


READ_ONLY = """
import os, sys
from pathlib import Path
from graph_service.errors import Refusal
from graph_service.stores.sqlite.store import SQLiteStore
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    store = SQLiteStore(Path(sys.argv[1]))
    with store.writing() as page:
        page.set_ticked(page.head().ticked_on)
except Refusal as refusal:
    print(refusal.code)
else:
    print("written")
"""


def test_a_file_that_may_not_be_written_is_refused(office: Office, path: Path) -> None:
    office.service.close()
    before = path.read_bytes()
    path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    folder = path.parent
    folder.chmod(0o555)
    for parent in folder.parents:
        if parent == Path("/tmp"):
            break
        parent.chmod(parent.stat().st_mode | 0o055)
    try:
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
    finally:
        folder.chmod(0o755)
        path.chmod(0o644)

    assert (done.stdout.strip(), done.returncode) == ("store_read_only", 0), done.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize("found", ["3.51.2", "3.44.6", "3.40.1", "3.9.0"])
def test_an_engine_that_corrupts_is_refused(found: str) -> None:
    with pytest.raises(StoreEngineUnsafe) as refusal:
        check_engine(found)

    assert refusal.value.parameters == {"found": found, "needed": "3.51.3"}


@pytest.mark.parametrize("found", ["3.51.3", "3.54.1", "4.0.0"])
def test_an_engine_that_does_not_is_welcome(found: str) -> None:
    check_engine(found)


# -- Locked and full ---------------------------------------------------------------------------------------------------

HOLD = """
import sys, apsw
connection = apsw.Connection(sys.argv[1])
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


def test_while_another_process_writes_the_store_is_locked_and_afterwards_it_is_not(office: Office, path: Path) -> None:
    store = office.service.store
    assert isinstance(store, SQLiteStore)
    store._writer.set_busy_timeout(50)
    before = office.view()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"

        with pytest.raises(StoreLocked) as refusal:
            office.filed("r1")
        held = office.view()

        holder.stdin.write("\n")

    assert refusal.value.parameters == {"path": str(path)}
    assert held == before
    assert office.filed("r1").seq == before.journal[-1].seq + 1


def test_two_services_on_one_file_take_turns(office: Office, path: Path) -> None:
    second = open_office(SQLiteStore(path))
    offices = [office, second]
    threads = [
        threading.Thread(target=lambda who=who: [offices[who].filed(f"r{who}-{number}") for number in range(15)])
        for who in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    journal = office.view().journal
    assert [entry.seq for entry in journal] == list(range(1, len(journal) + 1))
    assert len([entry for entry in journal if str(entry.kind) == "record_filed"]) == 30
    assert second.view() == office.view()
    second.service.close()


def test_on_a_full_disk_nothing_is_written_reading_goes_on_and_it_works_again_after(office: Office) -> None:
    store = office.service.store
    assert isinstance(store, SQLiteStore)
    store._writer.pragma("max_page_count", store._writer.pragma("page_count"))
    kept, refusal = list[str](), None
    for number in range(400):
        before = office.view()
        try:
            office.filed(f"r{number}", note="x" * 50)
        except StoreFull as full:
            refusal = full
            break
        kept.append(f"record/r{number}")

    assert refusal is not None
    assert office.view() == before
    assert [entry.id for entry in office.view().journal if entry.id.startswith("record/")] == kept

    store._writer.pragma("max_page_count", 2**30)
    assert office.filed("after").seq == before.journal[-1].seq + 1


# -- Killed ------------------------------------------------------------------------------------------------------------

APPEND = """
import sys
from pathlib import Path
from graph_service.actions.decide import approve
from graph_service.actions.file_record import file_record
from graph_service.service import TrustService
from graph_service.stores.sqlite.store import SQLiteStore
from tests.doubles import HandClock, PlainVault
from datetime import date
today = date(2026, 3, 10)
service = TrustService(SQLiteStore(Path(sys.argv[1])), PlainVault(), HandClock(today))
number = int(sys.argv[2])
while True:
    name = f"r{number}"
    service.do(
        lambda desk: file_record(
            desk, record=name, subject="lin", scheme="school", rule="found", happened_on=today, filer="teacher"
        )
    )
    entry = service.do(lambda desk: approve(desk, record=name, approver="head"))
    print(number, entry.seq, entry.hash.hex(), flush=True)
    number += 1
"""


def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(office: Office, path: Path) -> None:
    """Ten rounds: a process appends and says what was acknowledged, and is killed in the middle of it."""
    office.service.close()
    acknowledged: dict[str, tuple[int, str]] = {}
    number = 0
    for turn in range(10):
        with subprocess.Popen(
            [sys.executable, "-c", APPEND, str(path), str(number)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as worker:
            assert worker.stdout is not None
            said = [worker.stdout.readline()]
            time.sleep(0.007 * turn)
            os.kill(worker.pid, signal.SIGKILL)
            said += worker.stdout.readlines()
        for name, seq, hash_ in (line.split() for line in said if line.endswith("\n")):
            acknowledged[f"record/r{name}/approved"] = (int(seq), hash_)
            number = int(name)
        # The one that was under way may be kept or not: its name is used again only to ask for it.
        number += 1

    store = SQLiteStore(path)
    with store.reading() as reading:
        entries = reading.entries(after=0, limit=1_000_000)
        kept = {entry.id: (entry.seq, entry.hash.hex()) for entry in entries}
        assert {id_: kept[id_] for id_ in acknowledged} == acknowledged
        head = Head(seq=0, hash=GENESIS, entered_on=None, ticked_on=None)
        for entry in entries:
            assert follows(entry, head)
            head = Head(seq=entry.seq, hash=entry.hash, entered_on=entry.entered_on, ticked_on=None)
        approvals = len([id_ for id_ in kept if id_.endswith("/approved")])
        assert len(acknowledged) <= approvals <= len(acknowledged) + 10
        standing = reading.standings_of(["lin"], "school")["lin"]
        assert standing.own == 25_000_000 * approvals
        assert reading.contradictions(limit=10) == []
    store.close()


def test_the_memory_store_and_the_file_write_the_same_journal(office: Office) -> None:
    other = furnish(open_office(MemoryStore()))
    for place in (office, other):
        place.approved("r1")
        place.wait(3)

    assert other.view() == office.view()
    other.service.close()
