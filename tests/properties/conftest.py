"""Properties try the same few policies in many stores."""

import pytest

pytestmark = pytest.mark.usefixtures("policies_parsed_once")


@pytest.fixture(autouse=True, scope="session")
def remembering(policies_parsed_once: None) -> None:
    """Parsing remembers."""
