"""Laws that need no story: what does not depend on order, and what adds up."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.errors import Refusal
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from tests.properties.test_stores_and_oracle_agree import memory_folder
from tests.worlds import HISTORY_DAYS, JOINS, STARTS, SUBJECTS, Files, drive, policies

Tie = tuple[tuple[str, str, str], int, int, int, int | None]

ties = st.tuples(
    st.sampled_from([join for join in JOINS if join[:3] != ("member_of", "person", "study_group")]),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 9),
    st.sampled_from([None, None, 4]),
)


@settings(max_examples=settings().max_examples // 5)
@given(
    files=policies(),
    ties=st.lists(ties, min_size=2, max_size=12),
    shuffle=st.randoms(use_true_random=False),
    subject=st.sampled_from(["p1", "g1", "e1"]),
    code=st.sampled_from(["found", "bullying", "late"]),
)
def test_the_order_in_which_ties_are_loaded_does_not_matter(
    files: Files, ties: list[Tie], shuffle: Random, subject: str, code: str
) -> None:
    """The same ties in another order carry the same shares over the same walks."""
    named = [(f"t{number}", *tie) for number, tie in enumerate(ties)]
    other = named.copy()
    shuffle.shuffle(other)
    found: list[object] = []
    with ExitStack() as stack:
        for order in (named, other):
            folder = memory_folder()
            stack.callback(shutil.rmtree, folder)
            driver = drive(stack, STARTS[0], MemoryStore(), SQLiteStore(folder / "trustnet.db"))
            driver.adopt("first", files, STARTS[0] - timedelta(days=HISTORY_DAYS))
            for name, kind in SUBJECTS.items():
                driver.enrol(name, kind)
            for name, (kind, source, target), near, far, days_ago, span in order:
                sources = [each for each, its_kind in SUBJECTS.items() if its_kind == source]
                targets = [each for each, its_kind in SUBJECTS.items() if its_kind == target]
                since = STARTS[0] - timedelta(days=days_ago)
                until = None if span is None else since + timedelta(days=span)
                driver.connect(kind, sources[near % len(sources)], targets[far % len(targets)], since, until, tie=name)
            answer = driver.file(subject, "school", code, STARTS[0] - timedelta(days=2))
            if not isinstance(answer, Refusal):
                driver.approve("r1")
                found.append((driver.shares_everywhere("r1"), driver.kept_everywhere()))
            else:
                found.append((answer.code, answer.parameters))

    assert found[0] == found[1]
