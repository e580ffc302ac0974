"""A service on files of its own, with the policy of Wendeng, on the last day of a school term."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from graph_service.actions.adopt import adopt
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.service import TrustService
from graph_service.settings import Settings
from graph_service.wiring import open_service

TODAY = date(2026, 7, 3)

Open = Callable[[str], TrustService]


def opened(folder: Path, name: str) -> TrustService:
    return open_service(Settings(store=f"sqlite:///{folder}/{name}.db", today=TODAY), create=True)


def adopt_wendeng(service: TrustService) -> None:
    files = read_folder(edition_folder("wendeng"))
    service.do(partial(adopt, name="wendeng", files=files, since=date(2026, 2, 1), actor="operator"))


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Open]:
    """Opens services in which no policy is adopted yet."""
    services = []

    def open_(name: str) -> TrustService:
        services.append(opened(tmp_path, name))
        return services[-1]

    yield open_
    for service in services:
        service.close()


@pytest.fixture
def open_store(bare: Open) -> Open:
    """Opens services in which the policy of Wendeng is adopted."""

    def open_(name: str) -> TrustService:
        service = bare(name)
        adopt_wendeng(service)
        return service

    return open_


@pytest.fixture
def service(open_store: Open) -> TrustService:
    return open_store("school")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrustService]:
    """A service for tests that prove that nothing changes in it."""
    service = opened(tmp_path_factory.mktemp("shared"), "school")
    adopt_wendeng(service)
    yield service
    service.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file to load."""

    def write_(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_
