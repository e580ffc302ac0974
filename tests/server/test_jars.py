"""Jars come from a Maven repository, are the locked ones or are not taken, and what arrived is kept."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from threading import Thread

import pytest

from graph_service.neo4j_server import jars as module
from graph_service.neo4j_server.jars import Jar, fetch_jars, jar_folder, locked_jars, neo4j_version
from graph_service.neo4j_server.refusals import JarAltered, JarsUnreachable

#: The Maven client leaves answers that it does not want to the garbage collector, which is called behind each test.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


class Repository:
    """A Maven repository on this machine, and what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        #: Jars whose connection breaks off in the middle, and how often it still will.
        self.broken: dict[str, int] = {}
        repository = self

        class Handler(SimpleHTTPRequestHandler):
            def __init__(self, *words: object) -> None:
                super().__init__(*words, directory=str(folder))  # type: ignore[arg-type]

            def do_GET(self) -> None:
                path = self.path.lstrip("/")
                if path.endswith(".jar"):
                    repository.asked.append(path)
                if repository.broken.get(path, 0) > 0:
                    repository.broken[path] -= 1
                    self.send_response(200)
                    self.send_header("Content-Length", "100000")
                    self.end_headers()
                    self.wfile.write(b"half a jar")
                    return
                super().do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/"

    def offer(self, path: str, text: bytes) -> Jar:
        """Put a jar into the repository and lock it."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
        return Jar(PurePosixPath(path), hashlib.sha256(text).hexdigest())

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    opened = Repository(tmp_path / "repository")
    yield opened
    opened.close()
    gc.collect()


@pytest.fixture
def jars(repository: Repository) -> list[Jar]:
    return [
        repository.offer("org/example/graph/graph/1.2/graph-1.2.jar", b"a graph"),
        repository.offer("org/example/sockets/3.4.Final/sockets-3.4.Final-linux-x86_64.jar", b"sockets"),
        repository.offer("one/words/0.1/words-0.1.jar", b"words"),
    ]


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_lock_names_a_neo4j_of_the_long_supported_line_and_its_server() -> None:
    locked = locked_jars()

    assert neo4j_version(locked).startswith("5.26.")
    assert {jar.version for jar in locked if jar.path.parts[:2] == ("org", "neo4j")} >= {neo4j_version(locked)}
    assert any(jar.path.name == f"neo4j-server-{neo4j_version(locked)}.jar" for jar in locked)
    assert len({jar.path for jar in locked}) == len(locked) > 200
    assert all(len(jar.sha256) == 64 and not jar.path.is_absolute() and ".." not in jar.path.parts for jar in locked)


def test_a_jar_for_one_kind_of_machine_has_a_classifier() -> None:
    classifiers = {jar.classifier for jar in locked_jars()}

    assert classifiers == {"", "linux-x86_64", "linux-aarch_64", "osx-x86_64", "osx-aarch_64"}


def test_jars_are_kept_for_the_person_where_their_system_says() -> None:
    assert jar_folder({"XDG_CACHE_HOME": "/somewhere"}) == Path("/somewhere/trustnet/jars")
    assert jar_folder({}) == Path.home() / ".cache" / "trustnet" / "jars"


def test_jars_are_fetched_once_and_told_of(repository: Repository, jars: list[Jar], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    kept = tmp_path / "kept"

    first = fetch_jars(jars, kept, maven=repository.address, progress=lambda *step: told.append(step))
    second = fetch_jars(jars, kept, maven=repository.address, progress=lambda *step: told.append(step))

    assert first == second == [kept / jar.path for jar in jars]
    assert [path.read_bytes() for path in first] == [b"a graph", b"sockets", b"words"]
    assert sorted(repository.asked) == sorted(str(jar.path) for jar in jars)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert files(kept) == {str(jar.path) for jar in jars}


def test_a_jar_that_was_altered_here_is_fetched_again(repository: Repository, jars: list[Jar], tmp_path: Path) -> None:
    fetch_jars(jars, tmp_path / "kept", maven=repository.address)
    (tmp_path / "kept" / jars[0].path).write_bytes(b"something else")
    repository.asked.clear()

    paths = fetch_jars(jars, tmp_path / "kept", maven=repository.address)

    assert paths[0].read_bytes() == b"a graph"
    assert repository.asked == [str(jars[0].path)]


def test_a_connection_that_breaks_off_is_tried_again(repository: Repository, jars: list[Jar], tmp_path: Path) -> None:
    repository.broken[str(jars[0].path)] = module.TRIES - 1

    paths = fetch_jars(jars, tmp_path / "kept", maven=repository.address)

    assert paths[0].read_bytes() == b"a graph"


def test_what_arrived_is_kept_when_a_jar_does_not(repository: Repository, jars: list[Jar], tmp_path: Path) -> None:
    repository.broken[str(jars[0].path)] = module.TRIES
    kept = tmp_path / "kept"

    with pytest.raises(JarsUnreachable) as refusal:
        fetch_jars(jars, kept, maven=repository.address)
    arrived = files(kept)
    repository.asked.clear()
    fetch_jars(jars, kept, maven=repository.address)

    assert refusal.value.parameters["repository"] == repository.address
    assert refusal.value.parameters["missing"] == len(jars) - len(arrived)
    # Nothing that is half a jar has a name that anybody would take it by.
    assert arrived < {str(jar.path) for jar in jars}
    assert sorted(repository.asked) == sorted({str(jar.path) for jar in jars} - arrived)


def test_a_jar_that_the_repository_has_not_got_is_named(repository: Repository, tmp_path: Path) -> None:
    lost = Jar(PurePosixPath("one/lost/1/lost-1.jar"), "0" * 64)

    with pytest.raises(JarsUnreachable) as refusal:
        fetch_jars([lost], tmp_path / "kept", maven=repository.address)

    assert refusal.value.parameters == {
        "missing": 1,
        "repository": repository.address,
        "reason": "one/lost/1/lost-1.jar is not there",
    }


def test_a_repository_that_is_away_is_refused(repository: Repository, jars: list[Jar], tmp_path: Path) -> None:
    repository.close()

    with pytest.raises(JarsUnreachable) as refusal:
        fetch_jars(jars, tmp_path / "kept", maven=repository.address)

    assert refusal.value.parameters["missing"] == 3
    assert str(refusal.value.parameters["reason"]).endswith("Connection refused")
    assert files(tmp_path / "kept") == set()


def test_another_file_under_the_name_of_a_jar_is_thrown_away(
    repository: Repository, jars: list[Jar], tmp_path: Path
) -> None:
    repository.offer(str(jars[1].path), b"something else")

    with pytest.raises(JarAltered) as refusal:
        fetch_jars(jars, tmp_path / "kept", maven=repository.address)

    assert refusal.value.parameters == {
        "repository": repository.address,
        "jar": str(jars[1].path),
        "found": hashlib.sha256(b"something else").hexdigest(),
        "locked": jars[1].sha256,
    }
    assert str(jars[1].path) not in files(tmp_path / "kept")
