"""What is wrong with a request itself is told before anything is executed, with a code, and nothing leaks."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Never

import pytest

from graph_service.errors import Refusal, StoreUnavailable
from graph_service.lookups import find
from schema.request import answer, read_request
from schema.scalars import Cursor, write_cursor
from tests.schema.conftest import Face

BODIES = {
    "nothing": b"",
    "null": b"null",
    "a number": b"1",
    "a text": b'"{head{seq}}"',
    "true": b"true",
    "a list": b"[]",
    "a batch": b'[{"query": "{head{seq}}"}]',
    "no query": b"{}",
    "an empty query": b'{"query": " "}',
    "a query that is none": b'{"query": 1}',
    "variables that are none": b'{"query": "{head{seq}}", "variables": [1]}',
    "extensions that are none": b'{"query": "{head{seq}}", "extensions": "x"}',
    "a name that is none": b'{"query": "{head{seq}}", "operationName": {}}',
    "not UTF-8": b'{"query": "{head{seq}}\xff"}',
    "half a pair": b'{"query": "{head{seq}}", "variables": {"x": "\\ud800"}}',
    "cut off": b'{"query": "{head{seq',
    "deep": b'{"query": "{head{seq}}", "variables": {"x": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "deeper": b"[" * 30_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_request(body)

    assert refused.value.code == "body_malformed"


def fields(count: int) -> str:
    return "{ head { " + "seq " * count + "} }"


def fragments(depth: int) -> str:
    """Make a document whose fragments double at every level."""
    levels = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(depth)]
    return "{ ...F0 } " + " ".join(levels) + f" fragment F{depth} on Query {{ head {{ seq }} }}"


def nested(depth: int) -> str:
    return '{ tie(ref: "t1") { ' + "source { ties(first: 1) { nodes { " * depth + "ref" + " } } }" * depth + " } }"


TOO_MUCH = {
    "root fields": "{ " + " ".join(f"a{n}: head {{ seq }}" for n in range(21)) + " }",
    "aliases": "{ head { " + " ".join(f"a{n}: seq" for n in range(31)) + " } }",
    "fields": fields(450),
    "directives": "{ head { seq " + "@skip(if: false) " * 51 + "} }",
    "operations": " ".join(f"query Q{n} {{ head {{ seq }} }}" for n in range(11)),
    "depth": nested(5),
    "nesting": "{ " + "... { " * 61 + "head { seq }" + " }" * 61 + " }",
    "objects": "{ subjects(first: 100) { nodes { ties(first: 100) { nodes { ref } } } } }",
    "ids": "{ nodes(ids: [" + '"x", ' * 101 + "]) { id } }",
}


@pytest.mark.parametrize(("limit", "query"), TOO_MUCH.items(), ids=TOO_MUCH.keys())
def test_too_much_is_refused_by_the_limits_name(face: Face, limit: str, query: str) -> None:
    error = face.errors(query)[0]

    assert error["extensions"]["code"] == "limit_exceeded"
    assert error["extensions"]["parameters"]["limit"] == limit
    assert error["extensions"]["parameters"]["asked"] > error["extensions"]["parameters"]["most"]
    assert limit in error["message"]
    assert limit in error["extensions"]["messageZh"]


def test_too_many_tokens_are_refused(face: Face) -> None:
    error = face.errors(fields(1_100))[0]

    assert "1000 tokens" in error["message"]
    assert error["extensions"]["code"] == "request_malformed"


def test_fragments_that_double_are_counted_quickly(face: Face) -> None:
    assert face.errors(fragments(20))[0]["extensions"]["parameters"]["limit"] == "objects"


@pytest.mark.parametrize("first", [0, -1, 101, 10**9])
def test_a_page_holds_1_to_100(face: Face, first: int) -> None:
    error = face.errors("query($n: Int!) { subjects(first: $n) { nodes { ref } } }", n=first)[0]
    literal = face.errors(f"{{ subjects(first: {first}) {{ nodes {{ ref }} }} }}")[0]

    assert error["extensions"]["code"] == literal["extensions"]["code"] == "page_size_unfit"
    assert error["message"] == (
        f"first is 1 to 100; {first} was asked for. Ask for so many; where there is more, go on with after."
    )
    assert "path" not in error


def test_a_page_size_may_come_from_a_default(face: Face) -> None:
    query = "query($n: Int! = 2) { subjects(first: $n) { nodes { ref } } }"

    assert len(face.ask(query)["subjects"]["nodes"]) == 2
    assert len(face.ask(query, n=1)["subjects"]["nodes"]) == 1


CURSORS = ["", "zzz", "a", "!", "W10", write_cursor(Cursor(("tie", "t1"))), write_cursor(Cursor(("subject", 1))), "é"]


@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_of_another_connection_is_refused(face: Face, cursor: str) -> None:
    query = "query($after: Cursor) { subjects(after: $after) { nodes { ref } } }"

    codes = {
        face.errors(query, after=cursor)[0]["extensions"]["code"],
        face.errors(f"{{ subjects(after: {json.dumps(cursor)}) {{ nodes {{ ref }} }} }}")[0]["extensions"]["code"],
    }

    assert codes == {"cursor_malformed"}


@pytest.mark.parametrize(
    ("type_", "value", "said"),
    [
        ("Day", "2026-02-30", "Write a day"),
        ("Day", "20260301", "Write a day"),
        ("Day", 5, "Write a day"),
        ("Position", -1, "Write a position"),
        ("Position", "1", "Write a position"),
        ("Position", 2**63, "Write a position"),
    ],
)
def test_malformed_days_and_positions_are_refused(face: Face, type_: str, value: object, said: str) -> None:
    argument = {"Day": "asOf", "Position": "knownAt"}[type_]
    query = f'query($x: {type_}) {{ statement(subject: "lin", scheme: "school", {argument}: $x) {{ __typename }} }}'

    error = face.errors(query, x=value)[0]

    assert said in error["message"]
    assert error["extensions"]["code"] == "request_malformed"


@pytest.mark.parametrize("points", [1.5, "1.2345678", "1e3", "", "\u0661", True, "9" * 20, None])
def test_points_are_exact_decimals(face: Face, points: object) -> None:
    draft = {"subject": "lin", "scheme": "school", "rule": "owned-up", "happenedOn": "2026-03-05", "points": points}
    query = "query($input: PreviewInput!) { preview(input: $input) { __typename ... on Refusal { code } } }"

    if points is None:
        assert face.ask(query, input=draft)["preview"] == {"__typename": "Preview"}
    else:
        assert "exact decimal" in face.errors(query, input=draft)[0]["message"]


def test_points_may_be_written_as_numbers_in_the_document(face: Face) -> None:
    query = (
        '{ preview(input: {subject: "lin", scheme: "school", rule: "owned-up", happenedOn: "2026-03-05", points: %s})'
        " { ... on Refusal { code } } }"
    )

    for literal in ("3", "2.5", '"2.5"'):
        assert face.ask(query.replace("%s", literal))["preview"] == {"code": "points_fixed"}


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "{ nothing }",
        "query A { head { seq } } query B { head { seq } }",
        "fragment F on Query { ...F } { ...F }",
        "{ subject(ref: 1.5) { ref } }",
        "query($x: Int) { subject(ref: $x) { ref } }",
    ],
)
def test_documents_that_cannot_be_executed_say_why(face: Face, query: str) -> None:
    errors = face.errors(query)

    assert errors
    assert {error["extensions"]["code"] for error in errors} == {"request_malformed"}


def test_a_subscription_is_not_asked_where_there_is_one_answer(face: Face) -> None:
    error = face.errors("subscription { journal { seq } }")[0]

    assert error["extensions"]["code"] == "stream_needed"


def test_at_most_five_errors_are_told(face: Face) -> None:
    errors = face.errors("{ " + " ".join(f"nothing{n}" for n in range(15)) + " }")

    assert len(errors) <= 6


def test_an_unknown_operation_is_named(face: Face) -> None:
    request = read_request(b'{"query": "query A { head { seq } }", "operationName": "B"}')

    answered = asyncio.run(answer(face.service, request, {}))

    assert answered.body["errors"][0]["message"] == 'Unknown operation named "B".'
    assert not answered.executed


def test_a_fault_is_masked_and_logged_without_what_was_asked(
    face: Face, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_reading: object, _vault: object, query: str, **_: object) -> Never:
        raise KeyError(query)

    monkeypatch.setattr("schema.search.find", fail)

    with caplog.at_level(logging.DEBUG):
        body = face.body("query($q: String!) { search(query: $q) { name } head { seq } }", q="王小明")

    error = body["errors"][0]
    assert (error["extensions"]["code"], error["path"]) == ("internal_error", ["search"])
    assert "王小明" not in json.dumps(body, ensure_ascii=False)
    assert error["extensions"]["id"] in caplog.text
    assert "KeyError" in caplog.text
    assert "王小明" not in caplog.text


def test_a_store_that_fails_is_named_by_its_code_alone(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Never:
        raise StoreUnavailable(path="/secret/place.db", cause="disk I/O error")

    monkeypatch.setattr(find, "find", fail)
    monkeypatch.setattr("schema.search.find", fail)
    monkeypatch.setattr(face.service, "submit", fail)

    searched = face.body('{ search(query: "x") { name } }')["errors"][0]
    written = face.body('mutation { closeTie(input: {tie: "t1"}) { __typename } }')["errors"][0]

    assert {searched["extensions"]["code"], written["extensions"]["code"]} == {"store_unavailable"}
    assert "secret" not in json.dumps([searched, written])


def test_the_reading_is_closed_after_every_answer(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, closed = [], []
    reading = face.service.reading

    class Watched:
        def __init__(self) -> None:
            self._held = reading()

        def __enter__(self) -> Any:  # noqa: ANN401 - a reading
            opened.append(self)
            return self._held.__enter__()

        def __exit__(self, *fault: Any) -> None:  # noqa: ANN401 - as the protocol has it
            closed.append(self)
            self._held.__exit__(*fault)

    monkeypatch.setattr(face.service, "reading", Watched)

    face.ask('{ a: subject(ref: "lin") { name } head { seq } schemes { code } }')
    assert (len(opened), len(closed)) == (1, 1)
    face.done("closeTie", tie="t1")
    assert len(opened) == len(closed) == 2
    face.body("{ nothing }")
    assert len(opened) == 2
