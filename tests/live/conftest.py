"""An office on an SQLite file, and a server before it that others can connect to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_service.follower import LiveLimits
from graph_service.stores.sqlite.store import SQLiteStore
from graph_service.web.app import create_app
from tests.office import Office, furnish, open_office
from tests.serving import served

#: Short enough to wait for.
LIMITS = LiveLimits(connections=6, subscriptions=3, beginnings=30, behind=2_000, init_seconds=1, take_seconds=1)


@pytest.fixture(autouse=True, scope="session")
def remembering(policies_parsed_once: None) -> None:
    """Parsing remembers: every test brings in the same school."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trustnet.db"


@pytest.fixture
def office(path: Path) -> Iterator[Office]:
    office = furnish(open_office(SQLiteStore(path)))
    yield office
    office.service.close()


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    with served(create_app(office.service, limits=LIMITS)) as address:
        yield address
