"""The protocol `graphql-transport-ws`, word by word, and what hostile or slow subscribers meet."""

# ruff: noqa: ANN401 - messages are JSON

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from graph_service.web.app import create_app
from graph_service.web.graphql import BODY_MAX
from schema.documents import Documents
from tests.live.conftest import LIMITS
from tests.live.subscriber import JOURNAL, STANDINGS, Subscriber, connected
from tests.office import Office
from tests.serving import served


def head(office: Office) -> int:
    with office.service.reading() as reading:
        return reading.head().seq


# -- What goes well ----------------------------------------------------------------------------------------------------


def test_an_operation_is_told_from_its_position_on_and_then_what_is_new(address: str, office: Office) -> None:
    last = head(office)
    with connected(address) as subscriber:
        subscriber.begin("a", JOURNAL, after=last - 1)
        assert subscriber.next("a")["journal"]["seq"] == last

        office.filed("r1")

        assert subscriber.next("a")["journal"]["ref"] == "record/r1"


def test_queries_and_mutations_are_answered_once(address: str) -> None:
    mutation = """
    mutation { fileRecord(input: {
      record: "r1", subject: "lin", scheme: "school", rule: "found", happenedOn: "2026-03-10" }) {
        ... on RecordDone { record { filer } } ... on Refusal { code } } }
    """
    with connected(address, init=False) as subscriber:
        subscriber.say(type="connection_init", payload={"X-Trustnet-Operator": "teacher-5", "more": [1]})
        assert subscriber.hear() == {"type": "connection_ack"}

        subscriber.begin("q", "{ head { seq } }")
        assert subscriber.next("q")["head"]["seq"] > 0
        assert subscriber.hear() == {"id": "q", "type": "complete"}

        subscriber.begin("q", mutation)
        assert subscriber.next("q") == {"fileRecord": {"record": {"filer": "teacher-5"}}}
        assert subscriber.hear() == {"id": "q", "type": "complete"}


def test_several_operations_share_a_connection_and_end_one_by_one(address: str, office: Office) -> None:
    last = head(office)
    with connected(address) as subscriber:
        subscriber.begin("a", JOURNAL, after=last)
        subscriber.begin("s", STANDINGS, subjects=["lin"])
        assert subscriber.next("s")["standings"]["standings"][0]["score"] == "1000"
        subscriber.say(id="s", type="complete")
        subscriber.say(id="nobody", type="complete")

        office.approved("r1")

        assert [subscriber.next("a")["journal"]["seq"] for _ in range(2)] == [last + 1, last + 2]
        subscriber.begin("s", STANDINGS, subjects=["lin"])
        assert subscriber.next("s")["standings"]["standings"][0]["score"] == "1025"


def test_pings_are_answered_with_what_they_brought(address: str) -> None:
    with connected(address, init=False) as subscriber:
        subscriber.say(type="ping")
        assert subscriber.hear() == {"type": "pong"}
        subscriber.say(type="pong", payload={"unasked": True})
        subscriber.say(type="ping", payload={"n": 1})
        assert subscriber.hear() == {"type": "pong", "payload": {"n": 1}}


# -- What is refused ---------------------------------------------------------------------------------------------------


def say_twice(subscriber: Subscriber) -> None:
    subscriber.say(type="connection_init")
    subscriber.say(type="connection_init")


def begin_twice(subscriber: Subscriber) -> None:
    subscriber.say(type="connection_init")
    subscriber.begin("a" * 128, JOURNAL)
    subscriber.begin("a" * 128, JOURNAL)


def after_hello(**message: Any) -> Callable[[Subscriber], None]:
    def say(subscriber: Subscriber) -> None:
        subscriber.say(type="connection_init")
        subscriber.say(**message)

    return say


BREACHES: dict[str, tuple[Callable[[Subscriber], None], int, str]] = {
    "silence": (lambda _: None, 4408, "Connection initialisation timeout"),
    "two hellos": (say_twice, 4429, "Too many initialisation requests"),
    "no hello": (lambda them: them.begin("a", JOURNAL), 4401, "Unauthorized"),
    "an id twice": (begin_twice, 4409, "Subscriber for aaa"),
    "no JSON": (lambda them: them.connection.send("{"), 4400, "Invalid message"),
    "a list": (lambda them: them.connection.send("[]"), 4400, "Invalid message"),
    "deep JSON": (lambda them: them.connection.send("[" * 30_000), 4400, "Invalid message"),
    "bytes": (lambda them: them.connection.send(b'{"type": "ping"}'), 4400, "Invalid message"),
    "another word": (lambda them: them.say(type="hello"), 4400, "Invalid message"),
    "no word": (lambda them: them.say(id="a"), 4400, "Invalid message"),
    "a hello with a number": (lambda them: them.say(type="connection_init", payload=1), 4400, "Invalid message"),
    "no id": (after_hello(type="subscribe", payload={"query": JOURNAL}), 4400, "Invalid message"),
    "a long id": (after_hello(type="subscribe", id="a" * 129, payload={"query": JOURNAL}), 4400, "Invalid message"),
    "no payload": (after_hello(type="subscribe", id="a"), 4400, "Invalid message"),
    "no query": (after_hello(type="subscribe", id="a", payload={}), 4400, "Invalid message: query"),
    "too large": (lambda them: them.connection.send(" " * (BODY_MAX + 1)), 1009, ""),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_the_protocol_closes_the_connection(address: str, breach: str) -> None:
    act, code, reason = BREACHES[breach]
    with connected(address, init=False) as subscriber:
        act(subscriber)
        closed = subscriber.close()

    assert (closed[0], closed[1][: len(reason)]) == (code, reason)
    with connected(address) as another:
        another.begin("q", "{ head { seq } }")
        assert another.next("q")


@pytest.mark.parametrize("protocols", [(), ("graphql-ws",), ("chat", "soap")])
def test_another_protocol_is_not_spoken(address: str, protocols: tuple[str, ...]) -> None:
    with connected(address, init=False, protocols=protocols) as subscriber:
        assert subscriber.close() == (4406, "Subprotocol not acceptable")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1.evil.example", "null", "http://localhost.evil.example:80"]
)
def test_a_page_of_a_strangers_is_not_connected(address: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connected(address, origin=origin):
        pass

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost", "https://[::1]:8000"])
def test_pages_of_this_machine_are_connected(address: str, origin: str) -> None:
    with connected(address, origin=origin) as subscriber:
        subscriber.begin("q", "{ head { seq } }")
        assert subscriber.next("q")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "request_malformed"),
        ("subscription { nothing }", "request_malformed"),
        ("subscription { journal { seq } standings { seq } }", "request_malformed"),
        ("fragment F on Query { head { seq } }", "request_malformed"),
        ("subscription { journal(after: -1) { seq } }", "request_malformed"),
        ("subscription { journal(after: 100000) { seq } }", "position_unknown"),
        ("subscription { journal { " + "seq " * 450 + "} }", "limit_exceeded"),
        ('subscription { standings(subjects: ["' + 'x", "' * 100 + '"], scheme: "school") { seq } }', "limit_exceeded"),
        (
            'subscription { standings(subjects: ["lin", "mei"], scheme: "school") { standings { subject { '
            "ties(first: 100) { nodes { source { ties(first: 100) { nodes { ref } } } } } } } } }",
            "limit_exceeded",
        ),
    ],
)
def test_an_operation_that_cannot_be_executed_ends_with_an_error(address: str, query: str, code: str) -> None:
    with connected(address) as subscriber:
        subscriber.begin("a", query)
        assert subscriber.error("a")["code"] == code

        subscriber.begin("a", "{ head { seq } }")
        assert subscriber.next("a"), "the connection goes on, and the id is free"


def test_an_operator_that_is_none_follows_nothing(address: str) -> None:
    with connected(address, init=False) as subscriber:
        subscriber.say(type="connection_init", payload={"x-trustnet-operator": "no id"})
        subscriber.hear()
        subscriber.begin("a", JOURNAL, after=0)
        assert subscriber.error("a")["code"] == "id_malformed"


# -- Too much ----------------------------------------------------------------------------------------------------------


def test_operations_of_a_connection_are_bounded(address: str) -> None:
    with connected(address) as subscriber:
        for number in range(LIMITS.subscriptions):
            subscriber.begin(f"a{number}", JOURNAL)
        subscriber.begin("more", JOURNAL)
        refused = subscriber.error("more")

        assert refused["code"] == "limit_exceeded"
        assert refused["parameters"] == {"limit": "subscriptions", "most": 3, "asked": 4}
        subscriber.say(id="a0", type="complete")
        subscriber.begin("more", "{ head { seq } }")
        assert subscriber.next("more")


def test_a_storm_of_operations_is_refused(address: str) -> None:
    with connected(address) as subscriber:
        for number in range(200):
            subscriber.begin(f"a{number}", "{")
        heard = [subscriber.hear() for _ in range(200)]

    codes = [message["payload"][0]["extensions"]["code"] for message in heard]
    assert {message["type"] for message in heard} == {"error"}
    assert codes.count("request_malformed") <= LIMITS.beginnings
    assert set(codes) == {"request_malformed", "limit_exceeded"}


def test_connections_of_a_process_are_bounded(address: str) -> None:
    with ExitStack() as open_:
        first = open_.enter_context(connected(address))
        for _ in range(LIMITS.connections - 1):
            open_.enter_context(connected(address))
        with connected(address, init=False) as more:
            code, reason = more.close()

        assert code == 1013
        assert reason.startswith("limit_exceeded: connections is at most 6")
        first.connection.close()
        wait_for(lambda: served_once(address))


def served_once(address: str) -> bool:
    with connected(address, init=False) as subscriber:
        subscriber.say(type="ping")
        try:
            return bool(subscriber.hear() == {"type": "pong"})
        except ConnectionClosed:
            return False


def wait_for(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it never came to be")


# -- Slow and lost -----------------------------------------------------------------------------------------------------


def many(office: Office, count: int, begin: int = 0) -> None:
    for number in range(begin, begin + count):
        office.filed(f"m{number}", subject=("lin", "mei", "zhao", "ben")[number % 4])


def test_who_answers_no_ping_is_dropped_and_told_where_to_go_on(address: str, office: Office) -> None:
    many(office, 300)
    seqs: list[int] = []
    with connected(address) as subscriber:
        subscriber.answers = False
        subscriber.begin("a", JOURNAL, after=0)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                seqs.append(subscriber.next("a")["journal"]["seq"])

    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (
        4408,
        f"too_slow: Nothing was taken for 1 seconds. Connect again; sent was all up to position {seqs[-1]}.",
    )
    assert subscriber.pings == 2
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) < head(office)


def test_who_reads_nothing_is_dropped_while_others_are_served(address: str, office: Office) -> None:
    many(office, 400)
    with connected(address) as stuck, connected(address) as other:
        # Nothing is read of the first until it is over.
        stuck.begin("a", JOURNAL, after=0)
        other.begin("a", JOURNAL, after=head(office))
        time.sleep(1.5)
        office.filed("r1")
        assert other.next("a")["journal"]["ref"] == "record/r1"
        stuck.answers = False

        assert stuck.close()[0] == 4408


def test_nothing_is_missed_or_told_twice_when_the_connection_is_cut_under_load(address: str, office: Office) -> None:
    begin = head(office)
    writing = threading.Thread(target=many, args=(office, 1_000))
    told: list[tuple[int, str]] = []
    cuts = 0
    writing.start()
    while len(told) < 1_000:
        with connected(address) as subscriber:
            subscriber.begin("a", JOURNAL, after=told[-1][0] if told else begin)
            for _ in range(min(90 + cuts, 1_000 - len(told))):
                entry = subscriber.next("a")["journal"]
                told.append((entry["seq"], entry["hash"]))
            # Cut, not closed: whatever is on its way is lost.
            subscriber.connection.socket.shutdown(socket.SHUT_RDWR)
            cuts += 1
    writing.join()
    with office.service.reading() as reading:
        entries = reading.entries(after=begin, limit=2_000)

    assert told == [(entry.seq, entry.hash.hex()) for entry in entries]
    assert cuts >= 5


def test_who_stops_the_server_lets_everybody_go(office: Office) -> None:
    closing: list[tuple[int, str]] = []

    def listen(subscriber: Subscriber) -> None:
        closing.append(subscriber.close())

    with ExitStack() as open_, served(create_app(office.service, limits=LIMITS)) as address:
        following = open_.enter_context(connected(address))
        following.begin("a", JOURNAL)
        silent = open_.enter_context(connected(address, init=False))
        began = time.monotonic()
        listening = [threading.Thread(target=listen, args=(each,)) for each in (following, silent)]
        for thread in listening:
            thread.start()
    for thread in listening:
        thread.join()

    assert closing == [(1001, "The service goes away. Connect again.")] * 2
    assert time.monotonic() - began < 5


def test_who_is_gone_leaves_nothing_running(office: Office) -> None:
    app = create_app(office.service, limits=LIMITS)
    with served(app) as address:
        for _ in range(3):
            with connected(address) as subscriber:
                subscriber.begin("a", JOURNAL, after=0)
                subscriber.next("a")
        live = app.state.live
        wait_for(lambda: live._open == 0)


def test_messages_are_texts_in_utf_8(address: str) -> None:
    with connected(address) as subscriber:
        subscriber.begin("q", '{ scheme(code: "school") { title { zh } } }')
        text = subscriber.connection.recv()

    assert isinstance(text, str)
    assert json.loads(text)["payload"] == {"data": {"scheme": {"title": {"zh": "学校"}}}}


def test_only_trusted_documents_are_answered_where_nothing_else_is(office: Office) -> None:
    documents = Documents(texts={"journal": JOURNAL}, only=True)
    app = create_app(office.service, limits=LIMITS, documents=documents)
    with served(app) as address, connected(address) as subscriber:
        subscriber.begin("a", "subscription { journal(after: 0) { ref } }")
        assert subscriber.error("a")["code"] == "document_untrusted"

        subscriber.say(id="a", type="subscribe", payload={"documentId": "journal", "variables": {"after": 0}})
        assert subscriber.next("a")["journal"]["seq"] == 1
