"""Subjects, their ties and those around them."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.schema.conftest import Face, found_purse


def test_a_page_stays_right_while_subjects_come(face: Face) -> None:
    query = "query($after: Cursor) { subjects(first: 3, after: $after) { nodes { ref } pageInfo { endCursor } } }"
    one = face.ask(query)["subjects"]
    face.done("enrolSubject", subject="a-new-one", kind="PERSON", bornOn="2012-01-01")

    two = face.ask(query, after=one["pageInfo"]["endCursor"])["subjects"]

    assert [node["ref"] for node in one["nodes"]] == ["c1", "fang", "g3"]
    assert [node["ref"] for node in two["nodes"]] == ["lin", "lin-family", "mei"]


def test_subjects_are_of_their_kinds(face: Face) -> None:
    query = "{ subjects(kinds: [STUDY_GROUP, FAMILY]) { nodes { __typename kind ref name since until } } }"

    assert face.ask(query)["subjects"]["nodes"] == [
        {
            "__typename": "StudyGroup",
            "kind": "STUDY_GROUP",
            "ref": "g3",
            "name": "第三小组",
            "since": None,
            "until": None,
        },
        {"__typename": "Family", "kind": "FAMILY", "ref": "lin-family", "name": "林家", "since": None, "until": None},
    ]


def test_a_subject_and_those_around_it(face: Face) -> None:
    query = """
    { subject(ref: "lin") {
        name since
        standing(scheme: "school") { ... on Standing { scheme { code title { zh } } score grade } }
        standings { scheme { code } }
        ... on Person {
          groups { totalCount nodes {
            name members { nodes { ref name } } mentors { nodes { name } } classes { nodes { name } } } }
          guardians { nodes { name wards { nodes { ref } } } }
          families { nodes { members { nodes { ref } } } }
          classes { nodes { ref } } mentors { nodes { ref } } mentees { nodes { ref } }
        }
    } }
    """

    assert face.ask(query)["subject"] == {
        "name": "林晓",
        "since": "2012-01-01",
        "standing": {"scheme": {"code": "school", "title": {"zh": "校园信用共同体"}}, "score": "1000", "grade": "A"},
        "standings": [{"scheme": {"code": code}} for code in ("district", "enterprise", "organ", "school", "village")],
        "groups": {
            "totalCount": 1,
            "nodes": [
                {
                    "name": "第三小组",
                    "members": {"nodes": [{"ref": "lin", "name": "林晓"}, {"ref": "mei", "name": "梅朵"}]},
                    "mentors": {"nodes": [{"name": "徐老师"}]},
                    "classes": {"nodes": [{"name": "七年级一班"}]},
                }
            ],
        },
        "guardians": {"nodes": [{"name": "魏兰", "wards": {"nodes": [{"ref": "lin"}]}}]},
        "families": {"nodes": [{"members": {"nodes": [{"ref": "lin"}, {"ref": "wei"}]}}]},
        "classes": {"nodes": []},
        "mentors": {"nodes": []},
        "mentees": {"nodes": []},
    }


def test_ties_by_kind_direction_and_day(face: Face) -> None:
    query = """
    query($kinds: [String!], $direction: TieDirection, $on: Day) {
      subject(ref: "g3") { ties(kinds: $kinds, direction: $direction, on: $on) {
        totalCount
        nodes { ref kind title { en zh } reverseTitle { en } source { ref } target { ref } since until voidedOn origin
                attributes { name value } }
      } }
    }
    """

    def refs(**variables: object) -> list[str]:
        return [tie["ref"] for tie in face.ask(query, **variables)["subject"]["ties"]["nodes"]]

    assert refs() == ["t8", "t1", "t2", "t3"]
    assert refs(direction="IN") == ["t1", "t2", "t3"]
    assert refs(direction="OUT") == ["t8"]
    assert refs(kinds=["mentors", "part_of"]) == ["t8", "t3"]
    assert refs(on="2026-03-01") == []
    assert refs(kinds=[]) == []
    assert face.ask(query, kinds=["mentors"])["subject"]["ties"]["nodes"] == [
        {
            "ref": "t3",
            "kind": "mentors",
            "title": {"en": "Accompanies", "zh": "结对帮扶"},
            "reverseTitle": {"en": "Is accompanied by"},
            "source": {"ref": "xu"},
            "target": {"ref": "g3"},
            "since": "2026-03-02",
            "until": None,
            "voidedOn": None,
            "origin": "office",
            "attributes": [],
        }
    ]


def test_ties_and_far_ends_in_pages(face: Face) -> None:
    """Page by page the same as at once; who is tied twice is one far end, on one page."""
    for number in range(5):
        face.done("enrolSubject", subject=f"p{number}", kind="PERSON", name="学生")
        for tie in ("a", "b"):
            face.done("openTie", tie=f"{tie}{number}", kind="teaches", source=f"p{number}", target="c1")
    face.clock.move(1)
    face.service.tick()
    query = """
    query($first: Int!, $ties: Cursor, $teachers: Cursor) { subject(ref: "c1") { ... on SchoolClass {
      ties(first: $first, after: $ties) { totalCount pageInfo { endCursor hasNextPage } nodes { ref } }
      teachers(first: $first, after: $teachers) { totalCount pageInfo { endCursor hasNextPage } nodes { ref } } } } }
    """
    ties, teachers = list[str](), list[str]()
    after: dict[str, str | None] = {"ties": None, "teachers": None}
    for _ in range(8):
        page = face.ask(query, first=2, **after)["subject"]
        ties += [tie["ref"] for tie in page["ties"]["nodes"]]
        teachers += [person["ref"] for person in page["teachers"]["nodes"]]
        after = {name: page[name]["pageInfo"]["endCursor"] or after[name] for name in after}
    whole = face.ask(query, first=50)["subject"]

    assert ties == [tie["ref"] for tie in whole["ties"]["nodes"]]
    assert ties == ["t8", "a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"]
    assert teachers == [person["ref"] for person in whole["teachers"]["nodes"]] == ["p0", "p1", "p2", "p3", "p4"]
    assert (whole["ties"]["totalCount"], whole["teachers"]["totalCount"]) == (11, 5)
    assert face.ask(query, first=2)["subject"]["ties"]["totalCount"] is None


def test_nodes_by_global_id(face: Face) -> None:
    found_purse(face)
    given = [
        face.ask('{ subject(ref: "lin") { id } }')["subject"]["id"],
        face.ask('{ record(ref: "r1") { id } }')["record"]["id"],
        face.ask('{ tie(ref: "t1") { id } }')["tie"]["id"],
        face.ask("{ entries(first: 1) { nodes { id } } }")["entries"]["nodes"][0]["id"],
        b64encode(b"Family:lin").decode(),
        b64encode(b"Scheme:school").decode(),
        "zzz",
        "",
    ]

    nodes = face.ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Subject { ref } } }", ids=given)[
        "nodes"
    ]

    assert nodes == [
        {"__typename": "Person", "id": given[0], "ref": "lin"},
        {"__typename": "Record", "id": given[1]},
        {"__typename": "Tie", "id": given[2]},
        {"__typename": "JournalEntry", "id": given[3]},
        None,
        None,
        None,
        None,
    ]
    assert face.ask("query($id: ID!) { node(id: $id) { id } }", id=given[0])["node"] == {"id": given[0]}


def test_a_subject_by_an_external_identifier(face: Face) -> None:
    identifiers = [{"scheme": "school-roll", "value": "2026-0417"}]
    face.done("enrolSubject", subject="zhao", kind="PERSON", name="赵敏", bornOn="2012-01-01", identifiers=identifiers)

    query = '{ subjectByIdentifier(scheme: "school-roll", value: "2026-0417") { ref name } }'

    assert face.ask(query)["subjectByIdentifier"] == {"ref": "zhao", "name": "赵敏"}


BY = "query($input: SubjectByInput!) { subjectBy(input: $input) { ref } }"


def test_a_subject_by_one_thing_that_is_known_of_it(face: Face) -> None:
    identifiers = [{"scheme": "school-roll", "value": "2026-0417"}]
    face.done("enrolSubject", subject="zhao", kind="PERSON", name="赵敏", bornOn="2012-01-01", identifiers=identifiers)
    known: list[tuple[dict[str, object], str | None]] = [
        ({"ref": "zhao"}, "zhao"),
        ({"id": b64encode(b"Person:zhao").decode()}, "zhao"),
        ({"identifier": identifiers[0]}, "zhao"),
        ({"ref": "nobody"}, None),
        ({"ref": ""}, None),
        ({"id": ""}, None),
        ({"id": b64encode(b"Family:zhao").decode()}, None),
        ({"id": b64encode(b"Tie:t1").decode()}, None),
        ({"identifier": {"scheme": "school-roll", "value": "2026-0418"}}, None),
    ]

    for given, ref in known:
        assert face.ask(BY, input=given)["subjectBy"] == (None if ref is None else {"ref": ref}), given


@pytest.mark.parametrize("given", [{}, {"ref": "lin", "id": "x"}, {"ref": None}, {"ref": "lin", "identifier": None}])
def test_two_things_known_of_a_subject_or_none_are_refused(face: Face, given: dict[str, object]) -> None:
    errors = face.errors(BY, input=given)

    assert {error["extensions"]["code"] for error in errors} == {"request_malformed"}


def test_records_by_state_and_by_subject(face: Face) -> None:
    found_purse(face, "r1", "2026-03-04")
    found_purse(face, "r2", "2026-03-05")
    face.done(
        "fileRecord",
        record="r3",
        subject="lin",
        scheme="school",
        rule="school-volunteering",
        happenedOn="2026-03-03",
        quantity="2.5",
    )
    by_state = (
        "query($states: [RecordState!]) { records(states: $states, first: 2) { nodes { ref state } totalCount } }"
    )
    about = """
    query($after: Cursor) { subject(ref: "lin") { records(first: 2, after: $after) {
      totalCount pageInfo { endCursor hasNextPage } nodes { ref happenedOn quantity points } } } }
    """

    one = face.ask(about)["subject"]["records"]
    two = face.ask(about, after=one["pageInfo"]["endCursor"])["subject"]["records"]

    assert face.ask(by_state, states=["FILED"])["records"] == {
        "nodes": [{"ref": "r3", "state": "FILED"}],
        "totalCount": 1,
    }
    assert [node["ref"] for node in face.ask(by_state)["records"]["nodes"]] == ["r1", "r2"]
    assert [node["ref"] for node in one["nodes"] + two["nodes"]] == ["r2", "r1", "r3"]
    assert two["nodes"] == [{"ref": "r3", "happenedOn": "2026-03-03", "quantity": "2.5", "points": "0"}]
    assert (one["totalCount"], one["pageInfo"]["hasNextPage"], two["pageInfo"]["hasNextPage"]) == (3, True, False)
