"""The Neo4j server that tests use: the one that is named, or one that all processes of the test run share.

A Community server has one database, so tests take turns: whoever holds `neo4j_address` has it alone, and finds in it
what the test before left there.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir

import pytest

WHAT_TO_DO = (
    "The tests marked neo4j need a Neo4j server, and none could be started: {fault}\n"
    "Put that right, or name a server whose data nobody needs: TRUSTNET_TEST_NEO4J=neo4j://user:password@host:7687/neo4j,\n"
    "or leave these tests out: make test-quick"
)
START_SECONDS_MAX = 280


@dataclass(frozen=True, slots=True)
class SharedServer:
    """A server, and the file that says whose turn it is."""

    address: str
    turn: Path


@pytest.fixture(scope="session")
def neo4j_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedServer]:
    """The server, until this process ends."""
    named = os.environ.get("TRUSTNET_TEST_NEO4J")
    if named:
        name = sha256(named.encode()).hexdigest()[:16]
        yield SharedServer(named, Path(gettempdir()) / f"trustnet-tests-{name}.turn")
        return
    mine = tmp_path_factory.getbasetemp()
    # The processes of a run have a folder each in the folder of the run.
    folder = (mine.parent if hasattr(request.config, "workerinput") else mine) / "neo4j"
    folder.mkdir(exist_ok=True)
    with locked(folder / "users", fcntl.LOCK_SH):
        yield SharedServer(_address(folder), folder / "turn")


@pytest.fixture
def neo4j_address(neo4j_server: SharedServer) -> Iterator[str]:
    """The address of a database that this test has alone while it runs; nobody needs what is in it."""
    with locked(neo4j_server.turn, fcntl.LOCK_EX):
        yield neo4j_server.address


@contextmanager
def locked(path: Path, how: int) -> Iterator[None]:
    """Hold a lock on a file."""
    with ExitStack() as held:
        opened = held.enter_context(path.open("w"))
        fcntl.flock(opened, how)
        yield


def _address(folder: Path) -> str:
    """Learn where the server is; the first who asks has it started."""
    address, fault = folder / "address", folder / "fault"
    with locked(folder / "starting", fcntl.LOCK_EX):
        if not address.exists() and not fault.exists():
            with (folder / "keeper.log").open("wb") as log:
                words = [sys.executable, "-m", "tests.neo4j_keeper", str(folder)]
                root = Path(__file__).parents[1]
                subprocess.run(words, cwd=root, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
        until = time.monotonic() + START_SECONDS_MAX
        while not address.exists():
            if fault.exists() or time.monotonic() > until:
                told = fault.read_text(encoding="utf-8") if fault.exists() else "it took too long"
                pytest.fail(WHAT_TO_DO.format(fault=told), pytrace=False)
            time.sleep(0.1)
    return address.read_text(encoding="utf-8")
