"""A real Neo4j, started as `trustnet neo4j start` starts it: what it acknowledged is there again, however it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from neo4j import Driver, GraphDatabase

from graph_service.errors import PortTaken
from graph_service.neo4j_server.jars import fetch_jars, jar_folder, locked_jars, neo4j_version
from graph_service.neo4j_server.refusals import ServerFolderInUse, ServerPasswordWrong
from graph_service.neo4j_server.server import Neo4jServer, ServerPlan, java_program, running
from tests.neo4j_keeper import free_port

pytestmark = pytest.mark.neo4j


@contextmanager
def started(plan: ServerPlan) -> Iterator[Neo4jServer]:
    jars = locked_jars()
    classpath = fetch_jars(jars, jar_folder(), maven=os.environ.get("TRUSTNET_MAVEN_REPOSITORY"))
    with running(plan, java=java_program(), classpath=classpath, version=neo4j_version(jars)) as server:
        yield server


def driver(address: str) -> Driver:
    parts = urlsplit(address)
    return GraphDatabase.driver(
        f"{parts.scheme}://{parts.hostname}:{parts.port}",
        auth=(unquote(parts.username or ""), unquote(parts.password or "")),
    )


def numbers(address: str) -> list[int]:
    with driver(address) as opened:
        return [row["n"] for row in opened.execute_query("MATCH (e:Kept) RETURN e.n AS n ORDER BY n").records]


def keep(address: str, number: int) -> None:
    with driver(address) as opened:
        opened.execute_query("CREATE (:Kept {n: $n})", {"n": number})


def test_the_shared_server_is_a_neo4j_of_the_long_supported_line(neo4j_address: str) -> None:
    with driver(neo4j_address) as opened:
        found = opened.execute_query("CALL dbms.components() YIELD versions, edition RETURN versions, edition").records

    assert [row["versions"][0].rpartition(".")[0] for row in found] == ["5.26"]


@pytest.mark.timeout(900)
def test_what_was_acknowledged_outlives_a_stop_and_a_kill_and_strangers_are_refused(tmp_path: Path) -> None:
    """One test for all of it: every start takes seconds."""
    plan = ServerPlan(
        folder=tmp_path / "data", port=free_port(), heap="512m", page_cache="64m", password="chosen by us"
    )

    with started(plan) as server:
        keep(server.address, 1)
        with pytest.raises(PortTaken), started(plan):
            pytest.fail("two servers have one port")
        elsewhere = ServerPlan(folder=plan.folder, port=free_port(), heap="512m", password="chosen by us")
        with pytest.raises(ServerFolderInUse), started(elsewhere):
            pytest.fail("two servers have one folder")
        assert numbers(server.address) == [1]

    with started(plan) as server:
        assert numbers(server.address) == [1]
        keep(server.address, 2)
        server.process.kill()
        server.process.wait()

    with started(plan) as server:
        assert numbers(server.address) == [1, 2]
        assert "chosen" not in server.address_without_password

    wrong = ServerPlan(folder=plan.folder, port=plan.port, heap="512m", password="guessed wrongly")
    with pytest.raises(ServerPasswordWrong), started(wrong):
        pytest.fail("a wrong password opened the data")

    with started(plan) as server:
        assert numbers(server.address) == [1, 2]


@pytest.mark.timeout(600)
def test_the_command_prints_the_address_and_stops_when_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    words = [sys.executable, "-m", "graph_service", "neo4j", "start", "--data", str(folder), "--port", str(free_port())]
    environment = {name: value for name, value in os.environ.items() if name != "TRUSTNET_NEO4J_PASSWORD"}
    found: list[list[int]] = []

    for number, how in enumerate((signal.SIGTERM, signal.SIGINT)):
        command = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            assert command.stdout is not None
            address = command.stdout.readline().strip()
            found.append(numbers(address))
            keep(address, number)
        finally:
            command.send_signal(how)
            out, told = command.communicate(timeout=200)

        assert address.startswith("neo4j://neo4j:")
        assert (folder / "password").read_text() in address
        assert (out, command.returncode) == ("", 0), told
        assert "Stopped." in (folder / "logs" / "neo4j.log").read_text().splitlines()[-1]

    assert found == [[], [0]]
