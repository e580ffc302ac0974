"""GraphQL over HTTP: what other people's tools and hostile clients send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from graph_service.errors import StoreUnavailable
from graph_service.web import graphql
from graph_service.web.app import create_app
from tests.schema.conftest import Face
from tests.schema.test_requests import BODIES

JSON = {"Content-Type": "application/json"}
GRAPHQL = "application/graphql-response+json"


@pytest.fixture
def client(face: Face) -> Iterator[TestClient]:
    with TestClient(create_app(face.service), base_url="http://127.0.0.1:8000") as client:
        yield client


def test_a_query_is_answered(client: TestClient, face: Face) -> None:
    answered = client.post(
        "/graphql", json={"query": "query Q($r: String!) { subject(ref: $r) { name } }", "variables": {"r": "lin"}}
    )

    assert answered.status_code == 200
    assert answered.json() == {"data": {"subject": {"name": "林晓"}}}
    assert answered.headers["content-type"] == "application/json; charset=utf-8"
    assert answered.headers["cache-control"] == "no-store"
    assert answered.headers["x-content-type-options"] == "nosniff"


def test_a_mutation_is_done_in_the_operators_name(client: TestClient) -> None:
    mutation = """
    mutation { fileRecord(input: {
      record: "r1", subject: "lin", scheme: "school", rule: "owned-up", happenedOn: "2026-03-05" }) {
        ... on RecordDone { record { filer } } ... on Refusal { code } } }
    """

    named = client.post("/graphql", json={"query": mutation}, headers={"X-Trustnet-Operator": "teacher-5"})
    unnamed = client.post("/graphql", json={"query": mutation.replace("r1", "r2")})

    assert named.json()["data"]["fileRecord"]["record"] == {"filer": "teacher-5"}
    assert unnamed.json()["data"]["fileRecord"]["record"] == {"filer": "demo"}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("accept", ["application/json", GRAPHQL])
def test_a_hostile_body_is_refused_as_the_callers_fault(client: TestClient, body: bytes, accept: str) -> None:
    answered = client.post("/graphql", content=body, headers={**JSON, "Accept": accept})

    assert answered.status_code == 400
    assert answered.headers["content-type"].startswith(accept)
    assert answered.json()["errors"][0]["extensions"]["code"] == "body_malformed"
    assert "data" not in answered.json()


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query($x: Int!) { subjects(first: $x) { nodes { ref } } }"])
def test_a_request_that_cannot_be_executed_is_400_for_who_knows_the_media_type(client: TestClient, query: str) -> None:
    modern = client.post("/graphql", json={"query": query}, headers={"Accept": GRAPHQL})
    legacy = client.post("/graphql", json={"query": query})

    assert (modern.status_code, legacy.status_code) == (400, 200)
    assert "data" not in modern.json()
    assert modern.json() == legacy.json()


@pytest.mark.parametrize(
    ("accept", "status", "type_"),
    [
        ("", 200, "application/json"),
        ("*/*", 200, "application/json"),
        ("application/*", 200, "application/json"),
        (f"{GRAPHQL}; charset=utf-8, application/json; charset=utf-8", 200, GRAPHQL),
        (f"application/json;q=0.9, {GRAPHQL}", 200, GRAPHQL),
        (f"application/json, {GRAPHQL};q=0.5", 200, "application/json"),
        ("application/json;q=x", 406, "application/json"),
        ("text/html", 406, "application/json"),
    ],
)
def test_the_media_type_is_the_one_that_is_wanted(client: TestClient, accept: str, status: int, type_: str) -> None:
    answered = client.post("/graphql", json={"query": "{ head { seq } }"}, headers={"Accept": accept})

    assert answered.status_code == status
    assert answered.headers["content-type"].startswith(type_)


@pytest.mark.parametrize(
    "type_",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
    ],
)
def test_only_json_is_read(client: TestClient, type_: str) -> None:
    answered = client.post("/graphql", content=b'{"query": "{ head { seq } }"}', headers={"Content-Type": type_})

    assert answered.status_code == 415
    assert answered.json()["errors"][0]["extensions"]["code"] == "content_type_unfit"


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    large = b'{"query": "' + b"#" * graphql.BODY_MAX + b'"}'

    def in_pieces() -> Iterator[bytes]:
        for start in range(0, len(large), 1_000):
            yield large[start : start + 1_000]

    told = client.post("/graphql", content=large, headers=JSON)
    untold = client.post("/graphql", content=in_pieces(), headers=JSON)

    assert told.status_code == untold.status_code == 413
    assert told.json()["errors"][0]["extensions"]["code"] == "limit_exceeded"


def test_a_body_that_never_ends_is_given_up(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql, "BODY_WAIT", 0.05)
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "headers": headers,
        "query_string": b"",
    }
    asyncio.run(create_app(face.service)(scope, receive, send))

    assert sent[0]["status"] == 408


def test_a_query_is_answered_by_get(client: TestClient) -> None:
    asked = {"query": "query A { head { seq } } query Q($r: String!) { subject(ref: $r) { name } }"}
    asked |= {"operationName": "Q", "variables": '{"r": "lin"}', "extensions": "{}"}

    plain = client.get("/graphql", params=asked)
    modern = client.get("/graphql", params=asked, headers={"Accept": GRAPHQL})

    assert (plain.status_code, modern.status_code) == (200, 200)
    assert plain.json() == modern.json() == {"data": {"subject": {"name": "林晓"}}}
    assert plain.headers["content-type"] == "application/json; charset=utf-8"
    assert modern.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
    assert plain.headers["cache-control"] == "no-store"
    assert client.put("/graphql").status_code == 405


def test_a_mutation_is_not_done_by_get(client: TestClient, face: Face) -> None:
    before = face.ask("{ head { seq } }")

    answered = client.get("/graphql", params={"query": 'mutation { closeTie(input: {tie: "t1"}) { __typename } }'})

    assert (answered.status_code, answered.headers["allow"]) == (405, "POST")
    assert answered.json()["errors"][0]["extensions"]["code"] == "method_unfit"
    assert face.ask("{ head { seq } }") == before


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "query=",
        "query=%FF",
        "query={head{seq}}&query={head{day}}",
        "query={head{seq}}&variables=[1]",
        "query={head{seq}}&variables=x",
        "query={head{seq}}&variables=" + "[" * 900 + "]" * 900,
        "query={head{seq}}&extensions=1",
        "query={head{seq}}" + "&x" * 30,
    ],
)
def test_an_address_that_asks_nothing_is_refused(client: TestClient, parameters: str) -> None:
    answered = client.get(f"/graphql?{parameters}")

    assert answered.status_code == 400
    assert answered.json()["errors"][0]["extensions"]["code"] == "parameters_malformed"
    assert "data" not in answered.json()


def test_an_address_that_is_too_long_is_refused(client: TestClient) -> None:
    answered = client.get("/graphql", params={"query": "{ head { seq } }", "x": "x" * graphql.QUERY_STRING_MAX})

    assert answered.status_code == 414
    assert answered.json()["errors"][0]["extensions"]["code"] == "limit_exceeded"


def test_browsers_get_the_page(client: TestClient) -> None:
    answered = client.get("/graphql", headers={"Accept": "text/html,application/xhtml+xml"})

    assert answered.status_code == 200
    assert "default-src 'none'" in answered.headers["content-security-policy"]
    assert "DEFAULT_TABS" not in answered.text
    assert "WhyDoesMyGroupStandHere" in answered.text
    assert answered.text.count("</script>") == 5
    script = client.get("/static/graphiql-3.8.3.min.js")
    assert (script.status_code, script.headers["content-type"].split(";")[0]) == (200, "text/javascript")
    assert client.get("/static/../app.py").status_code == 404


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LOCALHOST", "127.0.0.1", "[::1]:8000", "[::1]"])
def test_this_machine_is_served(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.", "localhost:x", "", "::1", "10.0.0.1"],
)
def test_another_name_is_not_served(client: TestClient, host: str) -> None:
    answered = client.post("/graphql", json={"query": "{ head { seq } }"}, headers={"Host": host})

    assert answered.status_code == 421
    assert answered.json()["errors"][0]["extensions"]["code"] == "host_unknown"


def test_other_hosts_may_be_named(face: Face) -> None:
    client = TestClient(create_app(face.service, hosts=["trustnet.example"]), base_url="http://trustnet.example")

    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz", headers={"Host": "localhost"}).status_code == 421


def test_health_says_where_the_store_stands(client: TestClient, face: Face) -> None:
    head = face.ask("{ head { seq day } }")["head"]

    assert client.get("/healthz").json() == {"status": "ok", **head}


def test_health_says_when_the_store_cannot_be_read(
    client: TestClient, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise StoreUnavailable(path="/secret", cause="disk I/O error")

    monkeypatch.setattr(face.service, "reading", fail)

    answered = client.get("/healthz")

    assert (answered.status_code, answered.json()) == (503, {"status": "failing", "code": "store_unavailable"})


def test_days_that_fall_due_are_worked_off_while_it_runs(face: Face) -> None:
    face.clock.move(3)

    with TestClient(create_app(face.service), base_url="http://localhost") as client:
        for _ in range(200):
            if client.get("/healthz").json()["day"] == "2026-03-08":
                break

        assert client.get("/healthz").json()["day"] == "2026-03-08"


def test_many_callers_at_once_each_get_their_own_answer(face: Face) -> None:
    from schema.request import answer, read_request

    async def callers() -> AsyncIterator[int]:
        document = (
            '{"query": "mutation { fileRecord(input: {record: \\"m%d\\", subject: \\"lin\\", scheme: \\"school\\",'
            ' rule: \\"owned-up\\", happenedOn: \\"2026-03-05\\"}) { ... on RecordDone { receipt { seq } } } }"}'
        )
        requests = [read_request((document % number).encode()) for number in range(40)]
        for each in await asyncio.gather(*(answer(face.service, request, {}) for request in requests)):
            yield each.body["data"]["fileRecord"]["receipt"]["seq"]

    async def seqs() -> list[int]:
        return [seq async for seq in callers()]

    found = asyncio.run(seqs())

    assert sorted(found) == list(range(min(found), min(found) + 40))
