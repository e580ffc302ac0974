"""Every store there is, empty: whoever tests what all stores promise asks here."""

from __future__ import annotations

from pathlib import Path

import pytest
from neo4j import GraphDatabase

from graph_service.ports.store import Store
from graph_service.settings import Settings
from graph_service.stores.memory import MemoryStore
from graph_service.stores.neo4j.store import Neo4jStore
from graph_service.stores.sqlite.store import SQLiteStore
from graph_service.wiring import open_store, place_on_server

#: The stores, as parameters of a fixture.
EVERY_STORE = ("memory", "sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j))


def empty_store(request: pytest.FixtureRequest, folder: Path) -> Store:
    """Make the store that a fixture asks for by its parameter."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "sqlite":
        return SQLiteStore(folder / "trustnet.db")
    return empty_graph(request.getfixturevalue("neo4j_address"))


def empty_graph(address: str) -> Neo4jStore:
    """Open a store in the database at an address, of which everything is removed. Our constraints may stay."""
    place = place_on_server(address)
    with GraphDatabase.driver(place.server, auth=(place.login, place.password)) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n", database_=place.database)
    store = open_store(address, create=True, settings=Settings(store=address))
    assert isinstance(store, Neo4jStore)
    return store
