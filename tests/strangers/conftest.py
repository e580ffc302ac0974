"""What strangers' tools are handed: themselves, and a server to try."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph_service.service import TrustService
from graph_service.web.app import create_app
from tests.serving import example_school, served
from tests.strangers import node


@pytest.fixture(scope="session")
def tools() -> None:
    node.install()


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrustService]:
    service = example_school(tmp_path_factory.mktemp("school") / "trustnet.db")
    yield service
    service.close()


@pytest.fixture(scope="module")
def address(school: TrustService, tools: None) -> Iterator[str]:
    with served(create_app(school)) as address:
        yield f"{address}/graphql"
