from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph_service.ports.store import Store
from graph_service.stores.sqlite.store import SQLiteStore
from tests.every_store import EVERY_STORE, empty_store
from tests.replay.worlds import World, policy


@pytest.fixture(autouse=True, scope="session")
def remembering(policies_parsed_once: None) -> None:
    """Parsing remembers: every test brings in the same world."""


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole world in an SQLite file that nobody has open. Tests that change it work on a copy."""
    path = tmp_path_factory.mktemp("world") / "kept.db"
    world = World(SQLiteStore(path))
    world.settle_down()
    world.live(6)
    world.amend("second", policy(base=990, percent=30, cap=6))
    world.live(5)
    world.service.close()
    return path


@pytest.fixture
def source(kept: Path, tmp_path: Path) -> Iterator[SQLiteStore]:
    """The store on a copy of that world."""
    opened = SQLiteStore(Path(shutil.copy(kept, tmp_path / "source.db")))
    yield opened
    opened.close()


@pytest.fixture(params=EVERY_STORE)
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Gives an empty store of each make. A store joins by one line here."""
    return lambda: empty_store(request, tmp_path)


@pytest.fixture
def target(opening: Callable[[], Store]) -> Iterator[Store]:
    """An empty store of each make."""
    opened = opening()
    yield opened
    opened.close()
