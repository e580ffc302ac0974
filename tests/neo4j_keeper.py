"""Keeps a Neo4j server for as long as any process of a test run uses it: python -m tests.neo4j_keeper FOLDER

Whoever uses the server holds a shared lock on `users`. The system lets go of it with the process, however that ends, so
that no server outlives the tests. `address` tells where the server is, or `fault` why there is none.
"""

from __future__ import annotations

import fcntl
import os
import sys
import traceback
from pathlib import Path
from shutil import rmtree
from socket import socket

from graph_service.errors import Refusal
from graph_service.neo4j_server.jars import fetch_jars, jar_folder, locked_jars, neo4j_version
from graph_service.neo4j_server.server import HOST, ServerPlan, java_program, running


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def start(folder: Path) -> None:
    """Start a server, tell where it is, and stop it when nobody uses it any more."""
    jars = locked_jars()
    classpath = fetch_jars(jars, jar_folder(), maven=os.environ.get("TRUSTNET_MAVEN_REPOSITORY"))
    plan = ServerPlan(folder=folder / "data", port=free_port(), heap="1g", page_cache="256m")
    try:
        with running(plan, java=java_program(), classpath=classpath, version=neo4j_version(jars)) as server:
            tell(folder / "address", server.address)
            with (folder / "users").open() as users:
                fcntl.flock(users, fcntl.LOCK_EX)
                (folder / "address").unlink()
    finally:
        rmtree(plan.folder, ignore_errors=True)


def tell(path: Path, text: str) -> None:
    """Write a file that is whole from the moment it is there."""
    written = path.with_suffix(".new")
    written.write_text(text, encoding="utf-8")
    written.rename(path)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    # It belongs to nobody: the process that asked for it may end before others that use it.
    if os.fork() > 0:
        os._exit(0)
    os.setsid()
    try:
        start(place)
    except Refusal as refusal:
        tell(place / "fault", str(refusal))
    except BaseException:
        tell(place / "fault", traceback.format_exc())
        raise
