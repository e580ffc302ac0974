"""Properties try the same few policies in many stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph_service.stores.sqlite import sharing

pytestmark = pytest.mark.usefixtures("policies_parsed_once")


@pytest.fixture(autouse=True, scope="session")
def short_stretches() -> Iterator[None]:
    """The whole relation is read in stretches: short ones here, so that worlds have several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "STRETCH", 3)
        yield


@pytest.fixture(autouse=True, scope="session")
def remembering(policies_parsed_once: None) -> None:
    """Parsing remembers."""
