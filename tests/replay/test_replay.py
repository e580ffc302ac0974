from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import duckdb
import orjson
import pytest

from graph_service.actions import decide
from graph_service.actions.file_record import file_record
from graph_service.errors import Refusal, SchemeUnknown
from graph_service.lookups.standing import all_standings
from graph_service.lookups.verify import verify
from graph_service.policy.parse import parse_policy
from graph_service.ports.store import Store
from graph_service.projection.project import project
from graph_service.replay import snapshot
from graph_service.replay.duckdb import replay, replayed
from graph_service.replay.engine import Bounds
from graph_service.replay.manifest import read_manifest
from graph_service.replay.tables import TABLES
from graph_service.replay.what_if import what_if
from graph_service.service import TrustService
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from loaders import Freight, exported_lines
from tests.doubles import HandClock, PlainVault
from tests.every_store import empty_graph
from tests.replay.worlds import START, World, built, policy

LAST = START + timedelta(days=44)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_replay_is_what_is_kept_digit_for_digit(tmp_path: Path, seed: int) -> None:
    world = built(SQLiteStore(tmp_path / "world.db"), seed)
    folder = tmp_path / "snapshot"

    snapshot.write(world.store, folder)

    with world.service.reading() as reading:
        for scheme in ("school", "village"):
            ids = [each.id for each in reading.subjects(kinds=(), after=None, limit=100)]
            found = {each.subject: each for each in replay(folder, scheme, as_of=LAST)}
            kept = reading.standings_of(ids, scheme)
            assert {subject: found[subject] for subject in kept} == kept
            with replayed(folder, scheme, as_of=LAST) as whole:
                balances = [each for each in reading.balances(after=None, limit=100) if each.scheme == scheme]
                assert list(whole.balances()) == balances
    world.service.close()


@pytest.mark.parametrize("days", [0, 5, 16, 17, 18, 33, 34, 40, 44])
def test_a_replay_of_a_day_in_the_past_is_what_the_store_derives(store: SQLiteStore, tmp_path: Path, days: int) -> None:
    folder, day = tmp_path / "snapshot", START + timedelta(days=days)

    manifest = snapshot.write(store, folder)

    with store.reading() as reading:
        for scheme in ("school", "village"):
            assert list(replay(folder, scheme, as_of=day)) == list(all_standings(reading, scheme, as_of=day))
            known = manifest.seq // 2
            derived = list(all_standings(reading, scheme, as_of=day, known_at=known))
            assert list(replay(folder, scheme, as_of=day, known_at=known)) == derived


def test_every_store_gives_the_same_snapshot(store: SQLiteStore, tmp_path: Path) -> None:
    memory = MemoryStore()
    _project_all(store, memory)

    class OnlyAsked:
        """An SQLite store that has no quicker way."""

        reading = store.reading
        writing = store.writing
        close = store.close

    stores: dict[str, Store] = {"quick": store, "asked": OnlyAsked(), "memory": memory}
    manifests = [snapshot.write(each, tmp_path / name) for name, each in stores.items()]

    assert manifests[0] == manifests[1] == manifests[2] == read_manifest(tmp_path / "quick")
    for table in TABLES:
        quick, asked, in_memory = (_rows(tmp_path / name / f"{table}.parquet") for name in stores)
        assert quick == asked == in_memory
        assert quick[0], table


def test_a_snapshot_is_of_one_moment_while_a_writer_works(tmp_path: Path) -> None:
    world = World(SQLiteStore(tmp_path / "world.db"), seed=5)
    world.settle_down()
    done = Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            said = {"subject": "p01", "scheme": "school", "rule": "lost", "happened_on": START, "filer": "teacher"}
            world.do(file_record, record=f"n{number}", **said)
            world.do(decide.approve, record=f"n{number}", approver="head")

    writer = Thread(target=write)
    writer.start()
    try:
        manifests = [snapshot.write(world.store, tmp_path / f"s{number}") for number in range(5)]
    finally:
        done.set()
        writer.join()

    assert manifests[-1].seq > manifests[0].seq
    with world.service.reading() as reading:
        for number, manifest in enumerate(manifests):
            assert reading.entries(after=manifest.seq - 1, limit=1)[0].hash == manifest.hash
            found = list(replay(tmp_path / f"s{number}", "school", as_of=START))
            derived = list(all_standings(reading, "school", as_of=START, known_at=manifest.seq))
            assert found == derived
            # Nothing that was entered later is in it at all, whether its clocks would hide it or not.
            assert all(row[-1] <= manifest.seq for row in _rows(tmp_path / f"s{number}" / "record.parquet"))
    world.service.close()


def test_who_has_only_a_direct_grade_stands_at_it(tmp_path: Path) -> None:
    world = World(MemoryStore())
    world.settle_down()
    said = {"subject": "p03", "scheme": "school", "rule": "forged", "happened_on": START, "filer": "teacher"}
    world.do(file_record, record="bad", **said)
    world.do(decide.approve, record="bad", approver="head")
    world.do(decide.deliver_notice, record="bad", actor="head")
    world.clock.day = START + timedelta(days=3)
    world.service.tick()

    snapshot.write(world.store, tmp_path / "snapshot")

    found = {each.subject: each for each in replay(tmp_path / "snapshot", "school", as_of=world.clock.day)}
    assert (found["p03"].score, found["p03"].grade) == (1_000_000_000, "D")
    assert (found["p04"].score, found["p04"].grade) == (1_000_000_000, "A")


def test_the_same_policy_assessed_again_gives_the_same_standings(tmp_path: Path) -> None:
    world = World(MemoryStore(), seed=4)
    world.settle_down()
    world.live(8)
    folder = tmp_path / "snapshot"
    snapshot.write(world.store, folder)

    with replayed(folder, "school", as_of=world.clock.day, policy=parse_policy("again", policy())) as again:
        assert list(again.standings()) == list(replay(folder, "school", as_of=world.clock.day))
        assert again.reassessed is not None
        assert again.reassessed.assessed > 10
        assert (again.reassessed.dropped, again.reassessed.unfit) == ({}, {})


def test_a_changed_policy_changes_amounts_and_counts_what_it_has_no_rule_for(tmp_path: Path) -> None:
    world = World(MemoryStore())
    world.settle_down()
    for record, rule in (("r1", "lost"), ("r2", "lost"), ("r3", "helped")):
        said = {"subject": "p03", "scheme": "school", "rule": rule, "happened_on": START, "filer": "teacher"}
        world.do(file_record, record=record, **said)
        world.do(decide.approve, record=record, approver="head")
    folder = tmp_path / "snapshot"
    snapshot.write(world.store, folder)
    files = policy(base=500)
    lines = [line for line in files["school.yaml"].splitlines() if not line.startswith("  lost:")]
    files["school.yaml"] = "\n".join(lines).replace("points: 7\n", "points: 9\n") + "\n"

    with replayed(folder, "school", as_of=START, policy=parse_policy("changed", files)) as changed:
        standings = {each.subject: each for each in changed.standings()}

    assert (standings["p03"].score, standings["p03"].own) == (509_000_000, 9_000_000)
    assert changed.reassessed is not None
    assert (changed.reassessed.assessed, changed.reassessed.dropped) == (1, {"lost": 2})


def test_a_changed_policy_chooses_again_among_the_rules_of_an_act(tmp_path: Path) -> None:
    world = World(SQLiteStore(tmp_path / "world.db"))
    world.settle_down()
    for record, rules in (("r1", ("helped", "lost")), ("r2", ("lost", "helped"))):
        said = {"subject": "p03", "scheme": "school", "rule": rules[0], "matching": rules[1:], "happened_on": START}
        world.do(file_record, record=record, filer="teacher", **said)
        world.do(decide.approve, record=record, approver="head")
    folder = tmp_path / "snapshot"
    snapshot.write(world.store, folder)
    dearer, without = policy(), policy()
    dearer["school.yaml"] = dearer["school.yaml"].replace("points: 7\n", "points: 30\n").replace("acts: 2", "acts: 1")
    without["school.yaml"] = "".join(
        line for line in without["school.yaml"].splitlines(keepends=True) if not line.startswith("  lost:")
    )

    scores = {}
    for name, files in (("same", policy()), ("dearer", dearer), ("without", without)):
        with replayed(folder, "school", as_of=START, policy=parse_policy(name, files)) as again:
            scores[name] = next(each.score for each in again.standings() if each.subject == "p03")
            assert again.reassessed is not None
            assert (again.reassessed.assessed, again.reassessed.dropped) == (2, {})

    # Twice 25; 30 once, since a month has no more, and 25; twice 7.
    assert scores == {"same": 1_050_000_000, "dearer": 1_055_000_000, "without": 1_014_000_000}
    world.service.close()


def test_a_snapshot_is_never_written_over_anything(store: SQLiteStore, tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.mkdir()

    with pytest.raises(Refusal) as refusal:
        snapshot.write(store, folder)

    assert refusal.value.code == "snapshot_taken"
    assert list(folder.iterdir()) == []


def test_a_snapshot_that_cannot_be_written_leaves_nothing(store: SQLiteStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Refusal) as refusal:
        snapshot.write(store, tmp_path / "file" / "snapshot")

    assert refusal.value.code == "snapshot_unwritable"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copied.db", "copied.db-shm", "copied.db-wal", "file"]


def test_a_broken_snapshot_is_refused(store: SQLiteStore, tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    snapshot.write(store, folder)
    whole = (folder / "tie.parquet").read_bytes()

    def code() -> str:
        with pytest.raises(Refusal) as refusal:
            list(replay(folder, "school", as_of=LAST))
        return refusal.value.code

    (folder / "tie.parquet").write_bytes(whole[: len(whole) // 2])
    assert code() == "snapshot_unreadable"
    (folder / "tie.parquet").unlink()
    assert code() == "snapshot_unreadable"
    manifest = orjson.loads((folder / "snapshot.json").read_bytes())
    (folder / "snapshot.json").write_bytes(orjson.dumps({**manifest, "layout": 2}))
    assert code() == "snapshot_layout_newer"
    (folder / "snapshot.json").write_bytes(b"{")
    assert code() == "snapshot_unreadable"
    (folder / "snapshot.json").unlink()
    assert code() == "snapshot_unreadable"


def test_a_scheme_that_is_not_there_is_refused(store: SQLiteStore, tmp_path: Path) -> None:
    snapshot.write(store, tmp_path / "snapshot")

    with pytest.raises(SchemeUnknown) as refusal:
        list(replay(tmp_path / "snapshot", "schol", as_of=LAST))
    assert refusal.value.parameters["known"] == "school, village"

    with pytest.raises(Refusal) as none:
        list(replay(tmp_path / "snapshot", "school", as_of=date(2019, 1, 1)))
    assert none.value.code == "policy_missing"


def test_a_replay_that_needs_more_room_than_it_may_take_is_refused(store: SQLiteStore, tmp_path: Path) -> None:
    snapshot.write(store, tmp_path / "snapshot")

    with pytest.raises(Refusal) as refusal:
        list(replay(tmp_path / "snapshot", "school", as_of=LAST, bounds=Bounds(memory="1MB", threads=1)))

    assert refusal.value.code == "replay_too_large"


@pytest.mark.neo4j
def test_a_graph_is_replayed_exported_and_verified_as_any_store(
    store: SQLiteStore, neo4j_address: str, tmp_path: Path
) -> None:
    graph = empty_graph(neo4j_address)
    _project_all(store, graph)

    manifests = [snapshot.write(each, tmp_path / name) for name, each in (("file", store), ("graph", graph))]

    assert manifests[0] == manifests[1]
    for table in TABLES:
        assert _rows(tmp_path / "graph" / f"{table}.parquet") == _rows(tmp_path / "file" / f"{table}.parquet")
    changed = parse_policy("changed", policy(base=970, percent=45, cap=30))
    with what_if(store, changed, "school", as_of=LAST) as one, what_if(graph, changed, "school", as_of=LAST) as other:
        assert one.moved() > 0
        assert one.movers(limit=1_000) == other.movers(limit=1_000)
    with graph.reading() as reading:
        assert verify(reading, MemoryStore()).findings == ()
        assert reading.contradictions(limit=5) == []
    exported = [TrustService(each, PlainVault(), HandClock(LAST)) for each in (store, graph)]
    for freight in Freight:
        lines = [list(exported_lines(service, freight)) for service in exported]
        assert lines[0] == lines[1]
    exported[1].close()


def _project_all(source: Store, target: Store) -> None:
    with source.reading() as reading, target.writing() as page:
        for entry in reading.entries(after=0, limit=10_000):
            project(page, entry)


def _rows(file: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT * FROM read_parquet('{file}') ORDER BY ALL").fetchall()
