"""What all tests share: how many random worlds are tried, and a memory for policies that are read again and again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.neo4j_server import neo4j_address, neo4j_server

__all__ = ["neo4j_address", "neo4j_server", "policies_parsed_once"]

_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
settings.register_profile("quick", parent=_COMMON, max_examples=150, stateful_step_count=25)
#: Longer lives, for the nights; `make soak` lets round after round of them happen, each with a seed of its own.
settings.register_profile("soak", parent=_COMMON, max_examples=600, stateful_step_count=60, derandomize=False)
#: Many worlds, and the first that fails as it was found: pytest --hypothesis-profile=hunt tests/properties
settings.register_profile(
    "hunt", parent=_COMMON, max_examples=2_000, stateful_step_count=40, phases=[Phase.reuse, Phase.generate]
)
settings.load_profile("soak" if os.environ.get("TRUSTNET_SOAK") else "quick")


@pytest.fixture(scope="session")
def policies_parsed_once() -> Iterator[None]:
    """Let everybody who parses a policy ask one memory: a policy is the same whenever its texts are."""
    from graph_service.actions import adopt
    from graph_service.policy import parse
    from graph_service.policy.schemes import Policy
    from graph_service.projection import project
    from graph_service.stores.neo4j import journal as graph_journal
    from graph_service.stores.sqlite import journal
    from tests import worlds

    @lru_cache(maxsize=500)
    def remembered(name: str, texts: tuple[tuple[str, str], ...]) -> Policy:
        return parse.parse_policy(name, dict(texts))

    def parse_policy(name: str, files: Mapping[str, str]) -> Policy:
        return remembered(name, tuple(sorted(files.items())))

    with pytest.MonkeyPatch.context() as patch:
        for module in (adopt, project, journal, graph_journal, worlds):
            patch.setattr(module, "parse_policy", parse_policy)
        yield
