"""Server-sent events, in the mode of distinct connections of graphql-sse."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from graph_service.web import streaming
from graph_service.web.app import create_app
from tests.live.conftest import LIMITS
from tests.live.subscriber import JOURNAL, STANDINGS, streamed
from tests.live.test_websocket import head, many, wait_for
from tests.office import Office
from tests.serving import served


def test_what_happens_is_streamed(address: str, office: Office) -> None:
    last = head(office)
    with streamed(address, JOURNAL, {"after": last}) as stream:
        frames = stream.frames()
        office.filed("r1")
        name, told = next(frames)

    assert (name, told["data"]["journal"]["ref"]) == ("next", "record/r1")
    assert stream.status == 200
    assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert stream.headers["Cache-Control"] == "no-store"
    assert stream.headers["X-Accel-Buffering"] == "no"


def test_what_has_an_end_is_complete(address: str) -> None:
    with streamed(address, "{ head { seq } }") as stream:
        (_, answered), end = list(stream.frames())

    assert answered["data"]["head"]["seq"] > 0
    assert end == ("complete", None)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "request_malformed"),
        ("fragment F on Query { head { seq } }", "request_malformed"),
        ("subscription { journal(after: 100000) { seq } }", "position_unknown"),
    ],
)
def test_what_cannot_be_executed_is_told_in_the_stream(address: str, query: str, code: str) -> None:
    with streamed(address, query) as stream:
        (name, told), end = list(stream.frames())

    assert (name, told["errors"][0]["extensions"]["code"], list(told)) == ("next", code, ["errors"])
    assert end == ("complete", None)


def test_a_body_that_is_no_request_is_refused_in_json(address: str) -> None:
    with streamed(address, "") as stream:
        assert stream.status == 400
        assert stream.headers["Content-Type"].startswith("application/json")
        assert stream.body()["errors"][0]["extensions"]["code"] == "body_malformed"


def test_a_subscription_is_not_answered_in_json(address: str) -> None:
    with streamed(address, JOURNAL, accept="application/json") as stream:
        assert stream.body()["errors"][0]["extensions"]["code"] == "stream_needed"


def test_an_address_may_be_followed_but_changes_nothing(address: str, office: Office) -> None:
    def first_of(query: str) -> str:
        asked = Request(f"{address}/graphql?{urlencode({'query': query})}", headers={"Accept": "text/event-stream"})
        with urlopen(asked) as response:
            lines: Iterator[bytes] = iter(response)
            return next(line.decode() for line in lines if line.startswith(b"data:"))

    mutation = (
        'mutation { fileRecord(input: {record: "r1", subject: "lin", scheme: "school", rule: "found",'
        ' happenedOn: "2026-03-10"}) { __typename } }'
    )
    before = head(office)

    assert '"kind":"POLICY_ADOPTED"' in first_of("subscription { journal(after: 1) { kind } }")
    assert '"code":"method_unfit"' in first_of(mutation)
    assert head(office) == before


def test_streams_count_as_connections(address: str) -> None:
    with ExitStack() as open_:
        for _ in range(LIMITS.connections):
            assert open_.enter_context(streamed(address, STANDINGS, {"subjects": ["lin"]})).status == 200
        with streamed(address, JOURNAL) as more:
            assert more.status == 503
            assert more.body()["errors"][0]["extensions"]["code"] == "limit_exceeded"


def test_silence_is_broken_by_comments(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "COMMENT_AFTER", 0.05)
    with served(create_app(office.service, limits=LIMITS)) as address, streamed(address, JOURNAL) as stream:
        lines = [stream.line() for _ in range(6)]

    assert lines == [":", "", ":", "", ":", ""]


def test_who_stops_the_server_ends_streams_that_may_be_gone_on_from(office: Office) -> None:
    last = head(office)
    with ExitStack() as open_, served(create_app(office.service, limits=LIMITS)) as address:
        frames = open_.enter_context(streamed(address, JOURNAL, {"after": last - 1})).frames()
        assert next(frames)[0] == "next"
        ended: list[object] = []
        reading = threading.Thread(target=lambda: ended.extend(frames))
        reading.start()
    reading.join()

    assert ended == [], "not complete: there will be more"


def test_who_is_gone_or_takes_nothing_leaves_nothing_running(office: Office) -> None:
    many(office, 200)
    # Names of a thousand letters make answers that no buffer takes 200 of.
    long = JOURNAL.replace("{ seq", "{ " + " ".join(f"{'a' * 1_000}{n}: hash" for n in range(30)) + " seq")
    app = create_app(office.service, limits=LIMITS)
    with served(app) as address:
        with streamed(address, JOURNAL) as stream:
            assert stream.status == 200
        wait_for(lambda: app.state.live._open == 0)
        with streamed(address, long, {"after": 0}, receive=4_096):
            wait_for(lambda: app.state.live._open == 1)
            wait_for(lambda: app.state.live._open == 0)
