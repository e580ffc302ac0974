"""What the store on a server promises beyond every store: many writers, one chain, and nothing of anybody else's."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from neo4j import Driver, GraphDatabase

from graph_service.actions.connect import connect
from graph_service.actions.desk import Desk
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.errors import (
    RuleUnknown,
    StoreDenied,
    StoreLayoutNewer,
    StoreLayoutOlder,
    StoreMissing,
    StoreMovedOn,
    StoreNotOurs,
    StoreTimedOut,
    StoreUnavailable,
    StoreValueTooLarge,
)
from graph_service.lookups.verify import verify
from graph_service.model.journal import GENESIS, Head, follows
from graph_service.model.ties import Tie
from graph_service.stores.memory import MemoryStore
from graph_service.stores.neo4j import layout
from graph_service.stores.neo4j.images import Image, written_image
from graph_service.stores.neo4j.journal import EMPTY
from graph_service.stores.neo4j.store import Limits, Neo4jStore, Place
from graph_service.wiring import open_store, place_on_server
from tests.every_store import empty_graph
from tests.office import JOINED, TODAY, Office, furnish, open_office

pytestmark = pytest.mark.neo4j

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(neo4j_address: str) -> Place:
    return place_on_server(neo4j_address)


@pytest.fixture
def driver(place: Place) -> Iterator[Driver]:
    """The database behind the store's back."""
    with GraphDatabase.driver(place.server, auth=(place.login, place.password)) as driver:
        yield driver


@pytest.fixture
def emptied(driver: Driver, place: Place) -> Driver:
    """The database with nothing in it."""
    driver.execute_query("MATCH (n) DETACH DELETE n", database_=place.database)
    return driver


@pytest.fixture
def office(neo4j_address: str) -> Iterator[Office]:
    office = furnish(open_office(empty_graph(neo4j_address)))
    yield office
    office.service.close()


def contents(driver: Driver, place: Place) -> list[object]:
    """Everything in the database: labels and properties, and what it is laid out for."""
    found, _, _ = driver.execute_query(
        "MATCH (n) RETURN labels(n) AS labels, properties(n) AS said ORDER BY elementId(n)", database_=place.database
    )
    laid, _, _ = driver.execute_query("SHOW INDEXES YIELD name RETURN name ORDER BY name", database_=place.database)
    return [record.data() for record in (*found, *laid)]


# -- Opening -----------------------------------------------------------------------------------------------------------


def test_a_store_opened_again_tells_the_same(office: Office, neo4j_address: str) -> None:
    office.approved("r1")
    before = office.view()

    again = open_office(open_store(neo4j_address, create=False))

    assert again.view() == before
    again.approved("r2", "late")
    assert office.view() == again.view()
    again.service.close()


def test_somebody_elses_database_is_refused_and_left_as_it_is(emptied: Driver, place: Place) -> None:
    emptied.execute_query("CREATE (:Film {title: 'A film'})", database_=place.database)
    before = contents(emptied, place)

    with pytest.raises(StoreNotOurs):
        Neo4jStore(place)

    assert contents(emptied, place) == before


def test_a_database_laid_out_for_something_else_is_refused(emptied: Driver, place: Place) -> None:
    emptied.execute_query("CREATE INDEX films FOR (f:Film) ON (f.title)", database_=place.database)
    try:
        before = contents(emptied, place)
        with pytest.raises(StoreNotOurs):
            Neo4jStore(place)
        assert contents(emptied, place) == before
    finally:
        emptied.execute_query("DROP INDEX films", database_=place.database)


def test_a_store_that_should_be_there_is_not_made(emptied: Driver, place: Place) -> None:
    with pytest.raises(StoreMissing):
        Neo4jStore(place, create=False)

    assert emptied.execute_query("MATCH (n) RETURN count(n)", database_=place.database).records[0].value() == 0


@pytest.mark.parametrize(
    ("found", "refusal"), [(layout.LAYOUT + 1, StoreLayoutNewer), (min(layout.STEPS) - 1, StoreLayoutOlder)]
)
def test_a_layout_that_is_not_known_is_refused(
    office: Office, driver: Driver, place: Place, found: int, refusal: type[StoreLayoutNewer | StoreLayoutOlder]
) -> None:
    driver.execute_query("MATCH (j:Journal) SET j.layout = $found", found=found, database_=place.database)
    before = contents(driver, place)

    with pytest.raises(refusal) as refused:
        Neo4jStore(place)

    assert refused.value.parameters == {"path": str(place), "found": found, "known": layout.LAYOUT}
    assert contents(driver, place) == before


def test_a_missing_index_is_named_and_made_again(office: Office, driver: Driver, place: Place) -> None:
    driver.execute_query("DROP INDEX trustnet_record_due", database_=place.database)
    with office.service.reading() as reading:
        assert reading.contradictions(limit=5) == ["trustnet_record_due is missing, or not ready"]

    Neo4jStore(place).close()

    with office.service.reading() as reading:
        assert reading.contradictions(limit=5) == []


# -- Bad input ---------------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_refused(place: Place) -> None:
    with pytest.raises(StoreDenied) as refusal:
        Neo4jStore(replace(place, password="wrong"))

    assert "wrong" not in str(refusal.value)


@pytest.mark.parametrize("server", ["bolt://127.0.0.1:9", "bolt://no-such-host.invalid:7687"])
def test_a_server_that_is_away_is_told(server: str) -> None:
    with pytest.raises(StoreUnavailable) as refusal:
        Neo4jStore(Place(server=server, password="secret"), Limits(connect=1, acquire=2))

    assert refusal.value.passes
    assert "secret" not in str(refusal.value)


def test_a_database_that_is_not_there_is_told(place: Place) -> None:
    with pytest.raises(StoreMissing):
        Neo4jStore(replace(place, database="nowhere"))


def test_a_page_that_waits_too_long_is_refused_and_nothing_is_written(office: Office, place: Place) -> None:
    before = office.view()
    hurried = Neo4jStore(place, Limits(page=1))
    with office.service.store.writing(), pytest.raises(StoreTimedOut), hurried.writing() as page:
        page.set_ticked(TODAY + timedelta(days=1))
    hurried.close()

    assert office.view() == before


def test_a_number_of_more_than_64_bits_is_refused(office: Office) -> None:
    before = office.view()
    with pytest.raises(StoreValueTooLarge), office.service.store.writing() as page:
        tie = before.facts[0]
        assert isinstance(tie, list)
        assert isinstance(tie[0], Tie)
        page.put_ties(
            [
                Tie(
                    id="big",
                    kind=tie[0].kind,
                    source=tie[0].source,
                    target=tie[0].target,
                    source_kind=tie[0].source_kind,
                    target_kind=tie[0].target_kind,
                    since=TODAY,
                    attributes={"fee": 2**63},
                )
            ]
        )

    assert office.view() == before


def test_a_reading_that_lasts_too_long_is_told(office: Office, driver: Driver, place: Place) -> None:
    with office.service.reading() as reading:
        number = driver.execute_query("MATCH (i:Image) RETURN max(i.number)", database_=place.database).records[0]
        driver.execute_query(
            "CREATE (:Image {number: $number, done: true, made_at: 0, image: $image})",
            number=number.value() + 2,
            image=written_image(Image(book=EMPTY)),
            database_=place.database,
        )
        with pytest.raises(StoreMovedOn):
            reading.subjects_of(["lin"])


# -- Pages -------------------------------------------------------------------------------------------------------------


def test_what_was_written_of_a_refused_request_is_taken_back(office: Office) -> None:
    """A question in the middle makes a page write; the refusal comes after it."""
    before = office.view()

    def request(desk: Desk) -> None:
        enrol(desk, subject="new", kind="person", actor="clerk")
        connect(desk, tie="t9", kind="mentors", source="new", target="lin", actor="clerk", since=JOINED, history=True)
        with desk.page.attempt():
            file_record(
                desk, record="r9", subject="new", scheme="school", rule="found", happened_on=TODAY, filer="teacher"
            )
        assert [subject.id for subject in desk.page.subjects(kinds=(), after="mei", limit=1)] == ["new"]
        assert list(desk.page.ties_around(["new"])) == ["new"]
        file_record(desk, record="r8", subject="new", scheme="school", rule="no", happened_on=TODAY, filer="teacher")

    def other(desk: Desk) -> None:
        enrol(desk, subject="other", kind="person", actor="clerk")

    with office.service.store.writing() as page:
        desk = Desk(page=page, vault=office.service.vault, today=TODAY)
        with pytest.raises(RuleUnknown), page.attempt():
            request(desk)
        with page.attempt():
            other(desk)

    after = office.view()
    assert [entry.id for entry in after.journal[len(before.journal) :]] == ["subject/other"]
    assert len(after.subjects) == len(before.subjects) + 1
    assert (after.facts, after.records, after.kept) == (before.facts, before.records, before.kept)
    with office.service.reading() as reading:
        assert verify(reading, MemoryStore()).findings == ()


#: A service process: files and approves as many records as it is told.
_WRITER = """
import os, sys
from datetime import date
from graph_service.actions.decide import approve
from graph_service.actions.file_record import file_record
from graph_service.service import TrustService
from graph_service.wiring import open_store
from tests.doubles import HandClock, PlainVault

address, name, count, today = sys.argv[1], sys.argv[2], int(sys.argv[3]), date.fromisoformat(sys.argv[4])
service = TrustService(open_store(address, create=False), PlainVault(), HandClock(today))
for number in range(count):
    said = {"record": f"{name}-{number}", "subject": "lin", "scheme": "school", "rule": "found", "happened_on": today}
    service.do(lambda desk: file_record(desk, filer="teacher", **said))
    entry = service.do(lambda desk: approve(desk, record=said["record"], approver="head"))
    print(entry.seq, entry.id, flush=True)
service.close()
"""
WRITERS, RECORDS_EACH = 10, 4


def test_ten_services_write_one_dense_chain(office: Office, neo4j_address: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, neo4j_address, f"w{number}", str(RECORDS_EACH), TODAY.isoformat()],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    with ThreadPoolExecutor(WRITERS) as waiting:
        told = list(waiting.map(lambda process: process.communicate()[0], started))

    assert [process.returncode for process in started] == [0] * WRITERS
    acknowledged = {line.split()[1]: int(line.split()[0]) for text in told for line in text.splitlines()}
    assert len(acknowledged) == WRITERS * RECORDS_EACH
    journal = office.view().journal
    head = Head(seq=0, hash=GENESIS, entered_on=None, ticked_on=None)
    for entry in journal:
        assert entry.seq == head.seq + 1
        assert follows(entry, head)
        head = Head(seq=entry.seq, hash=entry.hash, entered_on=entry.entered_on, ticked_on=None)
    assert {entry.id: entry.seq for entry in journal if entry.id in acknowledged} == acknowledged
    assert office.score("lin") == 1000 + 300
    assert office.score("mei") == 1000 + 4 * WRITERS * RECORDS_EACH
    with office.service.reading() as reading:
        assert verify(reading, MemoryStore()).findings == ()


def test_one_service_sees_what_another_wrote(office: Office, neo4j_address: str) -> None:
    other = open_office(open_store(neo4j_address, create=False))
    seen = threading.Event()

    def look() -> None:
        while not seen.is_set():
            with other.service.reading() as reading:
                if reading.records_of(["r1"]):
                    seen.set()

    watching = threading.Thread(target=look)
    watching.start()
    office.approved("r1")
    # It was acknowledged, so everybody sees it now.
    with other.service.reading() as reading:
        assert reading.records_of(["r1"])["r1"].state == "in_force"
        assert reading.head() == office.view().editions[0]
    watching.join()
    other.service.close()
