"""A vault in files of its own, and a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph_service.vault import SqliteVault, open_vault


@dataclass
class Clock:
    now: int = 1_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def address(folder: Path) -> str:
    return f"sqlite:///{folder}/trustnet.vault.db"


@pytest.fixture
def vault(address: str, clock: Clock) -> Iterator[SqliteVault]:
    vault = open_vault(address, clock=clock)
    yield vault
    vault.close()
