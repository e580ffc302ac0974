"""Every store, and an office over it. A store joins the suite by one line here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_service.ports.store import Store
from tests.every_store import EVERY_STORE, empty_store
from tests.office import Office, furnish, open_office


@pytest.fixture(autouse=True, scope="session")
def remembering(policies_parsed_once: None) -> None:
    """Parsing remembers: every test brings in the same school."""


@pytest.fixture(params=EVERY_STORE)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each make."""
    return empty_store(request, tmp_path)


@pytest.fixture
def empty(store: Store) -> Iterator[Office]:
    """An office where nothing has happened."""
    office = open_office(store)
    yield office
    office.service.close()


@pytest.fixture
def office(empty: Office) -> Office:
    """An office with people in it."""
    return furnish(empty)
