"""The npm package graphql-ws follows what happens, and nothing is missed or told twice however often it is cut off."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from graph_service.actions.file_record import file_record
from graph_service.service import TrustService
from tests.strangers import node


def head(school: TrustService) -> int:
    with school.reading() as reading:
        return reading.head().seq


def live(address: str) -> str:
    return f"ws{address.removeprefix('http')}"


@pytest.mark.timeout(600)
def test_graphql_ws_speaks_with_us(address: str) -> None:
    found = node.asked("protocol.mjs", live(address))

    assert found == {
        "query": {"answers": [{"data": {"scheme": {"title": {"zh": "校园信用共同体"}}}}]},
        "mutation": {"answers": [{"data": {"fileRecord": {"record": {"filer": "teacher-5"}}}}]},
        "unknown": {"answers": [], "fault": "request_malformed"},
        "syntax": {"answers": [], "fault": "request_malformed"},
        "beyond": {"answers": [], "fault": "position_unknown"},
        "together": ["p-01", "p-02", "p-03"],
        "pongs": True,
        "otherWord": {"answers": [], "fault": 4400},
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize("per_connection", [37, 1_000])
def test_graphql_ws_misses_nothing_however_often_it_is_cut_off(
    address: str, school: TrustService, per_connection: int
) -> None:
    after = head(school)

    def much() -> None:
        for number in range(400):
            name, subject = f"live-{per_connection}-{number}", f"p-{number % 10 + 1:02}"
            school.do(
                lambda desk, name=name, subject=subject: file_record(  # type: ignore[misc]
                    desk,
                    record=name,
                    subject=subject,
                    scheme="school",
                    rule="returned-lost-property",
                    happened_on=date(2026, 6, 30),
                    filer="teacher",
                )
            )

    writing = threading.Thread(target=much)
    writing.start()
    found = node.asked("follow.mjs", live(address), str(after), "400", str(per_connection))
    writing.join()
    with school.reading() as reading:
        entries = reading.entries(after=after, limit=1_000)

    assert [(each["seq"], each["ref"]) for each in found["told"]] == [(entry.seq, entry.id) for entry in entries]
    assert len(found["closes"]) >= 400 // per_connection
