"""A page of persons with their groups and everybody in them costs a few reads, not one per person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from graph_service.ports.store import Reading
from tests.schema.conftest import Face

QUERY = """
{ subjects(kinds: [PERSON], first: 50) { nodes {
    name
    standings { score }
    ... on Person { groups(first: 2) { nodes { name members(first: 5) { nodes { name standings { score grade } } } } } }
} } }
"""


class CountedReading:
    """Counts what is asked of a reading, by question."""

    def __init__(self, reading: Reading, counted: Counter[str]) -> None:
        self._reading = reading
        self._counted = counted

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - it stands for every question
        question = getattr(self._reading, name)

        def asked(*given: object, **named: object) -> Any:  # noqa: ANN401 - the same
            self._counted[name] += 1
            return question(*given, **named)

        return asked


@pytest.fixture
def counted(face: Face, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counts: Counter[str] = Counter()
    reading = face.service.reading

    @contextmanager
    def watched() -> Iterator[Any]:
        with reading() as held:
            yield CountedReading(held, counts)

    def opened() -> AbstractContextManager[Any]:
        return watched()

    for number in range(46):
        face.done("enrolSubject", subject=f"p{number:02}", kind="PERSON", name=f"学生{number}", bornOn="2012-01-01")
        if number % 5 == 0:
            face.done("enrolSubject", subject=f"h{number // 5}", kind="STUDY_GROUP", name=f"小组{number // 5}")
        face.done("openTie", tie=f"m{number:02}", kind="member_of", source=f"p{number:02}", target=f"h{number // 5}")
    face.clock.move(1)
    face.service.tick()
    monkeypatch.setattr(face.service, "reading", opened)
    return counts


def test_a_page_of_persons_is_read_level_by_level(face: Face, counted: Counter[str]) -> None:
    shown = face.ask(QUERY)["subjects"]["nodes"]

    assert len(shown) == 50
    assert sum(len(group["members"]["nodes"]) for person in shown for group in person["groups"]["nodes"]) == 230
    assert counted["ties_held"] == 2
    assert counted["subjects_of"] <= 3
    # One for each scheme that persons stand in, and one for groups.
    assert counted["standings_of"] <= 6
    assert counted.total() <= 30
