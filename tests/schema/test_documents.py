"""Trusted documents: asked for by hash, kept by who asked, and the only ones that are answered where that is wanted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from graph_service.errors import StoreUnavailable
from graph_service.web.app import create_app
from schema.documents import Documents, DocumentsFaulty, hash_of, read_documents
from tests.schema.conftest import Face

WHO = "query Who($subject: String!) { subject(ref: $subject) { name } }"
END = 'mutation End { closeTie(input: {tie: "t1"}) { ... on TieDone { receipt { seq } } ... on Refusal { code } } }'
PREVIEW = """query { preview(input: {subject: "lin", scheme: "school", rule: "owned-up", happenedOn: "2026-03-05"}) {
  ... on Preview { points } ... on Refusal { code } } }"""

GRAPHQL = "application/graphql-response+json"
LIN = {"subject": "lin"}
NAMED = {"data": {"subject": {"name": "林晓"}}}

Serve = Callable[..., TestClient]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "who.graphql").write_text(f"{WHO}\n", "utf-8")
    (folder / "end.graphql").write_text(END, "utf-8")
    (folder / "preview.graphql").write_text(PREVIEW, "utf-8")
    return folder


@pytest.fixture
def serve(face: Face, folder: Path) -> Iterator[Serve]:
    with ExitStack() as opened:

        def client(*, only: bool = False, documents: Documents | None = None) -> TestClient:
            documents = documents or read_documents(folder, only=only)
            app = create_app(face.service, documents=documents)
            return opened.enter_context(TestClient(app, base_url="http://127.0.0.1", headers={"Accept": GRAPHQL}))

        yield client


def error(answered: Any) -> Any:  # noqa: ANN401 - answers are JSON
    (told,) = answered.json()["errors"]
    assert "data" not in answered.json()
    return told


IDS: dict[str, dict[str, Any]] = {
    "as the draft has it": {"documentId": f"sha256:{hash_of(WHO)}"},
    "as tools write it": {"documentId": hash_of(WHO)},
    "as Apollo and urql send it": {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(WHO)}}},
    "as it is in the file": {"documentId": hash_of(f"{WHO}\n")},
    "with its text": {"documentId": hash_of(WHO), "query": WHO},
}


@pytest.mark.parametrize("asked", IDS.values(), ids=IDS.keys())
@pytest.mark.parametrize("only", [False, True])
def test_a_document_is_answered_by_its_hash(serve: Serve, asked: dict[str, Any], *, only: bool) -> None:
    client = serve(only=only)
    address = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}

    posted = client.post("/graphql", json={**asked, "variables": LIN})
    got = client.get("/graphql", params={**address, "variables": json.dumps(LIN)})

    assert posted.json() == got.json() == NAMED
    assert posted.headers["cache-control"] == "no-store"


def test_manifests_of_other_tools_are_read(serve: Serve, folder: Path) -> None:
    relay = md5(WHO.encode()).hexdigest()
    apollo = {"id": sha256(END.encode()).hexdigest(), "name": "End", "type": "mutation", "body": END}
    (folder / "relay").mkdir()
    (folder / "relay" / "map.json").write_text(json.dumps({relay: WHO, "who.2": WHO}), "utf-8")
    (folder / "apollo.json").write_text(
        json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": [apollo]}), "utf-8"
    )
    client = serve()

    for id_ in (relay, "who.2", hash_of(WHO)):
        assert client.post("/graphql", json={"documentId": id_, "variables": LIN}).json() == NAMED
    assert "receipt" in client.post("/graphql", json={"documentId": apollo["id"]}).json()["data"]["closeTie"]


FAULTY = {
    "x.graphql": ("{", "Syntax Error"),
    "y.graphql": ("{ nothing }", "nothing"),
    "deep.graphql": ("{ head { " + "seq " * 450 + "} }", "fields"),
    "list.json": ("[]", "form"),
    "text.json": ('{"x": 1}', "form"),
    "none.json": ("{", "form"),
    "id.json": (json.dumps({"a b": WHO}), "form"),
    "other.json": (json.dumps({"0" * 64: WHO}), "another hash"),
    "apollo.json": ('{"operations": [{"id": "x"}]}', "form"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_folder_with_a_fault_is_refused_by_the_files_name(folder: Path, name: str) -> None:
    text, reason = FAULTY[name]
    (folder / name).write_text(text, "utf-8")

    with pytest.raises(DocumentsFaulty) as refused:
        read_documents(folder)

    assert refused.value.parameters["path"] == str(folder / name)
    assert reason in str(refused.value.parameters["reason"])


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentsFaulty, match="no folder"):
        read_documents(tmp_path / "nowhere")


def test_an_unknown_id_is_refused(serve: Serve) -> None:
    told = serve().post("/graphql", json={"documentId": "f" * 64})
    legacy = serve().post("/graphql", json={"documentId": "f" * 64}, headers={"Accept": "application/json"})

    assert error(told)["extensions"]["code"] == "document_unknown"
    assert error(told)["extensions"]["parameters"] == {"id": "f" * 64}
    assert (told.status_code, legacy.status_code) == (400, 200)


def test_clients_that_send_hashes_hear_the_word_that_they_wait_for(serve: Serve) -> None:
    asked = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "f" * 64}}}

    known = error(serve().post("/graphql", json=asked))
    none = error(serve(documents=Documents()).post("/graphql", json=asked))
    only = error(serve(only=True).post("/graphql", json=asked))

    assert {told["extensions"]["code"] for told in (known, none, only)} == {"document_unknown"}
    assert (known["message"], none["message"]) == ("PersistedQueryNotFound", "PersistedQueryNotSupported")
    # Here the text would not be answered either.
    assert only["message"].startswith("No trusted document")


@pytest.mark.parametrize("given", [{"documentId": "f" * 64}, {"documentId": "x"}, {"documentId": hash_of(END)}])
def test_a_text_with_the_id_of_another_is_refused(serve: Serve, given: dict[str, Any]) -> None:
    for only in (False, True):
        told = serve(only=only).post("/graphql", json={"query": WHO, **given, "variables": LIN})
        assert error(told)["extensions"]["code"] == "document_differs"


@pytest.mark.parametrize(
    "given",
    [
        {"documentId": 1},
        {"documentId": ""},
        {"documentId": "a b"},
        {"documentId": "x" * 200},
        {"documentId": {}},
        {"extensions": {"persistedQuery": "x"}},
        {"extensions": {"persistedQuery": {}}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": hash_of(WHO)}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": None}}},
    ],
)
def test_an_id_that_is_none_is_refused(serve: Serve, given: dict[str, Any]) -> None:
    told = serve().post("/graphql", json={**given, "variables": LIN})

    assert told.status_code == 400
    assert error(told)["extensions"]["code"] == "body_malformed"


def test_where_only_trusted_documents_are_answered_a_text_is_refused(serve: Serve, face: Face) -> None:
    before = face.ask("{ head { seq } }")
    client = serve(only=True)
    other = END.replace("t1", "t2")

    for told in (
        client.post("/graphql", json={"query": other}),
        client.post("/graphql", json={"query": "{ __schema { types { name } } }"}),
        client.post("/graphql", json={"query": "{"}),
        client.get("/graphql", params={"query": f"{WHO} "}),
    ):
        assert error(told)["extensions"]["code"] == "document_untrusted"
        assert told.status_code == 400
    assert face.ask("{ head { seq } }") == before
    assert client.post("/graphql", json={"query": WHO, "variables": LIN}).json() == NAMED


def test_a_trusted_mutation_is_done_by_post_alone(serve: Serve) -> None:
    client = serve(only=True)

    by_get = client.get("/graphql", params={"documentId": hash_of(END)})
    by_post = client.post("/graphql", json={"documentId": hash_of(END)})

    assert (by_get.status_code, error(by_get)["extensions"]["code"]) == (405, "method_unfit")
    assert "etag" not in by_get.headers
    assert "receipt" in by_post.json()["data"]["closeTie"]


def test_an_answer_that_did_not_change_is_not_sent_again(serve: Serve, face: Face) -> None:
    client = serve()
    asked = {"documentId": hash_of(WHO), "variables": json.dumps(LIN)}

    first = client.get("/graphql", params=asked)
    again = client.get("/graphql", params=asked, headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
    strong = client.get("/graphql", params=asked, headers={"If-None-Match": first.headers["etag"].removeprefix("W/")})
    face.done("closeTie", tie="t2")
    later = client.get("/graphql", params=asked, headers={"If-None-Match": first.headers["etag"]})

    assert first.json() == NAMED
    assert (again.status_code, again.content, strong.status_code) == (304, b"", 304)
    assert again.headers["etag"] == first.headers["etag"]
    for answered in (first, again, later):
        assert answered.headers["cache-control"] == "private, no-cache"
        assert answered.headers["vary"] == "Accept, X-Trustnet-Operator"
    assert (later.status_code, later.json()) == (200, NAMED)
    assert later.headers["etag"] != first.headers["etag"]


def test_the_tag_follows_from_all_that_the_answer_does(serve: Serve, face: Face) -> None:
    client = serve()
    asked = {"documentId": hash_of(WHO), "variables": json.dumps(LIN)}

    def tag(headers: dict[str, str] | None = None, **other: str) -> str:
        answered = client.get("/graphql", params={**asked, **other}, headers=headers or {})
        assert answered.status_code == 200
        return str(answered.headers["etag"])

    tags = [
        tag(),
        tag(variables='{"subject": "mei"}'),
        tag(documentId=hash_of(PREVIEW)),
        tag(operationName="Who"),
        tag({"X-Trustnet-Operator": "teacher-5"}),
    ]
    same = tag(variables='{"subject":   "lin"}')
    face.clock.day = date(2026, 3, 6)
    tags.append(tag())

    assert same == tags[0]
    assert len(set(tags)) == len(tags)


def test_only_what_is_whole_and_trusted_may_be_kept(serve: Serve, face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    client = serve()
    untrusted = client.get("/graphql", params={"query": "{ head { seq } }"})
    missing = client.get("/graphql", params={"documentId": hash_of(WHO)})

    def fail() -> None:
        raise StoreUnavailable(path="/secret", cause="disk I/O error")

    monkeypatch.setattr(face.service, "reading", fail)
    failing = client.get("/graphql", params={"documentId": hash_of(WHO), "variables": json.dumps(LIN)})

    assert failing.json()["errors"][0]["extensions"]["code"] == "store_unavailable"
    assert missing.json()["errors"][0]["extensions"]["code"] == "request_malformed"
    for answered in (untrusted, missing, failing):
        assert "etag" not in answered.headers
        assert answered.headers["cache-control"] == "no-store"
