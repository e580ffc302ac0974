from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_service.stores.sqlite.store import SQLiteStore
from tests.replay.worlds import built


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole world in an SQLite file that nobody has open. Tests that change it work on a copy."""
    path = tmp_path_factory.mktemp("world") / "kept.db"
    built(SQLiteStore(path), seed=0).service.close()
    return path


@pytest.fixture
def copied(kept: Path, tmp_path: Path) -> Path:
    """A copy of that world, to be changed."""
    return Path(shutil.copy(kept, tmp_path / "copied.db"))


@pytest.fixture
def store(copied: Path) -> Iterator[SQLiteStore]:
    """The store on the copy."""
    opened = SQLiteStore(copied)
    yield opened
    opened.close()
