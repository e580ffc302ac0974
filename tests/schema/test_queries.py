"""What is asked is answered exactly, whichever store it comes from."""

from __future__ import annotations

from base64 import b64encode
from datetime import date

from tests.schema.conftest import REFUSAL, Face, found_purse

STATEMENT = """
query($subject: String!, $asOf: Day, $knownAt: Position) {
  statement(subject: $subject, scheme: "school", asOf: $asOf, knownAt: $knownAt) {
    ... on Statement {
      base meritSuspended boundedBy
      standing { subject { ref } scheme { code edition } score grade gradeTitle { en zh } own shared asOf knownAt }
      parts { routeCode route { code path } period amount shareCount cap { points per } counted }
      lines {
        totalCount
        nodes {
          happenedOn points
          actor { name }
          rule { code title { en zh } basis }
          record { ref state }
          share { recordRef target { ref } routeCode route { title { en zh } } walk { ref } amount }
        }
      }
    }
    REFUSAL
  }
}
""".replace("REFUSAL", REFUSAL)


def test_a_statement_says_why_down_to_the_walk(face: Face) -> None:
    found_purse(face)

    shown = face.ask(STATEMENT, subject="mei")["statement"]

    head = face.ask("{ head { seq } }")["head"]["seq"]
    assert shown == {
        "base": "1000",
        "meritSuspended": False,
        "boundedBy": "0",
        "standing": {
            "subject": {"ref": "mei"},
            "scheme": {"code": "school", "edition": 1},
            "score": "1005",
            "grade": "A",
            "gradeTitle": {"en": "Trustworthy", "zh": "诚信"},
            "own": "0",
            "shared": "5",
            "asOf": "2026-03-05",
            "knownAt": head,
        },
        "parts": [
            {
                "routeCode": "study-group",
                "route": {"code": "study-group", "path": "person -member_of-> study_group <-member_of- person"},
                "period": "2026-02-01",
                "amount": "5",
                "shareCount": 1,
                "cap": {"points": "10", "per": "term"},
                "counted": "5",
            }
        ],
        "lines": {
            "totalCount": 1,
            "nodes": [
                {
                    "happenedOn": "2026-03-05",
                    "points": "25",
                    "actor": {"name": "林晓"},
                    "rule": {
                        "code": "returned-lost-property",
                        "title": {
                            "en": "Hands back lost property and the owner thanks the school",
                            "zh": "拾金不昧，失主致谢",
                        },
                        "basis": "School credit community rules (account of 2020)",
                    },
                    "record": {"ref": "r1", "state": "IN_FORCE"},
                    "share": {
                        "recordRef": "r1",
                        "target": {"ref": "mei"},
                        "routeCode": "study-group",
                        "route": {"title": {"en": "Mates of the study group", "zh": "同组同学"}},
                        "walk": [{"ref": "t1"}, {"ref": "t2"}],
                        "amount": "5",
                    },
                }
            ],
        },
    }


def test_a_statement_of_an_earlier_day_leaves_out_what_came_after(face: Face) -> None:
    found_purse(face)

    assert face.ask(STATEMENT, subject="mei", asOf="2026-03-04")["statement"]["standing"]["score"] == "1000"
    assert face.ask(STATEMENT, subject="mei", knownAt=20)["statement"]["standing"] == {
        "subject": {"ref": "mei"},
        "scheme": {"code": "school", "edition": 1},
        "score": "1000",
        "grade": "A",
        "gradeTitle": {"en": "Trustworthy", "zh": "诚信"},
        "own": "0",
        "shared": "0",
        "asOf": "2026-03-05",
        "knownAt": 20,
    }


def test_a_statement_of_a_day_to_come_is_refused(face: Face) -> None:
    assert face.ask(STATEMENT, subject="mei", asOf="2026-03-06")["statement"] == {
        "code": "day_not_worked",
        "message": (
            "The day 2026-03-06 is not worked off yet; the store stands at 2026-03-05. "
            "Run trustnet tick, or ask for 2026-03-05."
        ),
        "messageZh": "2026-03-06 尚未结算，存储停在 2026-03-05。请运行 trustnet tick，或查询 2026-03-05。",
        "field": "asOf",
        "parameters": [
            {"name": "day", "value": "2026-03-06"},
            {"name": "field", "value": "as_of"},
            {"name": "ticked", "value": "2026-03-05"},
        ],
        "docs": "errors.md#day_not_worked",
    }


def test_a_statement_of_nobody_is_refused(face: Face) -> None:
    refusal = face.ask(STATEMENT, subject="nobody")["statement"]

    assert (refusal["code"], refusal["field"]) == ("subject_unknown", "subject")
    assert refusal["messageZh"] == "没有编号为 nobody 的主体。请先登记，或改正编号。"


SHARES = """
query($record: String!, $asOf: Day, $knownAt: Position) {
  shares(record: $record, asOf: $asOf, knownAt: $knownAt) {
    ... on Shares { shares { target { ref } routeCode walk { ref } amount } }
    REFUSAL
  }
}
""".replace("REFUSAL", REFUSAL)


def test_the_shares_of_a_record(face: Face) -> None:
    found_purse(face)

    shares = face.ask(SHARES, record="r1")["shares"]["shares"]

    assert [
        (share["target"]["ref"], share["routeCode"], [tie["ref"] for tie in share["walk"]], share["amount"])
        for share in shares
    ] == [
        ("g3", "group-standing", ["t1"], "25"),
        ("lin", "own", [], "25"),
        ("lin-family", "family", ["t6"], "5"),
        ("mei", "study-group", ["t1", "t2"], "5"),
        ("wei", "family-members", ["t6", "t7"], "2"),
        ("xu", "group-teacher", ["t1", "t3"], "2"),
    ]
    assert face.ask(SHARES, record="r1", asOf="2026-03-04")["shares"]["shares"] == []


def test_the_shares_of_no_record_are_refused(face: Face) -> None:
    assert face.ask(SHARES, record="r9")["shares"]["code"] == "record_unknown"
    assert face.ask(SHARES, record="r9", knownAt=10_000)["shares"]["code"] == "record_unknown"


def test_a_standing_in_an_unknown_scheme_is_refused_where_it_stands(face: Face) -> None:
    query = '{ subject(ref: "lin") { name standing(scheme: "moon") { ... on Standing { score } ' + REFUSAL + "} } }"

    shown = face.ask(query)["subject"]

    assert shown["name"] == "林晓"
    assert (shown["standing"]["code"], shown["standing"]["field"]) == ("scheme_unknown", "scheme")


def test_standings_come_in_pages(face: Face) -> None:
    found_purse(face)
    query = """
    query($after: Cursor) { standings(scheme: "school", first: 5, after: $after) {
      ... on StandingConnection {
        totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { subject { ref } score grade own shared }
      }
    } }
    """

    one = face.ask(query)["standings"]
    two = face.ask(query, after=one["pageInfo"]["endCursor"])["standings"]

    assert [
        (each["subject"]["ref"], each["score"], each["own"], each["shared"]) for each in one["nodes"] + two["nodes"]
    ] == [
        ("c1", "1000", "0", "0"),
        ("fang", "1000", "0", "0"),
        ("g3", "1025", "0", "25"),
        ("lin", "1025", "25", "0"),
        ("lin-family", "1005", "0", "5"),
        ("mei", "1005", "0", "5"),
        ("wei", "1002", "0", "2"),
        ("xu", "1002", "0", "2"),
    ]
    assert one["totalCount"] is None
    assert (one["pageInfo"]["hasNextPage"], one["pageInfo"]["hasPreviousPage"]) == (True, False)
    assert (two["pageInfo"]["hasNextPage"], two["pageInfo"]["hasPreviousPage"]) == (False, True)


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
        standings { scheme { code title { zh } } score grade }
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
        "standings": [
            {"scheme": {"code": "school", "title": {"zh": "校园信用共同体"}}, "score": "1000", "grade": "A"},
            face.ask(
                '{ subject(ref: "lin") { standing(scheme: "village")'
                " { ... on Standing { scheme { code title { zh } } score grade } } } }"
            )["subject"]["standing"],
        ],
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

    assert refs() == ["t1", "t2", "t3", "t8"]
    assert refs(direction="IN") == ["t1", "t2", "t3"]
    assert refs(direction="OUT") == ["t8"]
    assert refs(kinds=["mentors", "part_of"]) == ["t3", "t8"]
    assert refs(on="2026-03-01") == []
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


def test_what_is_not_there_is_null(face: Face) -> None:
    query = """
    { subject(ref: "nobody") { ref } record(ref: "r9") { ref } tie(ref: "t9") { ref } scheme(code: "moon") { code }
      rule(scheme: "moon", code: "x") { code } missing: rule(scheme: "school", code: "x") { code }
      subjectByIdentifier(scheme: "roll", value: "1") { ref } early: schemes(on: "2020-01-01") { code } }
    """

    assert face.ask(query) == {
        "subject": None,
        "record": None,
        "tie": None,
        "scheme": None,
        "rule": None,
        "missing": None,
        "subjectByIdentifier": None,
        "early": [],
    }


def test_a_subject_by_an_external_identifier(face: Face) -> None:
    identifiers = [{"scheme": "school-roll", "value": "2026-0417"}]
    face.done("enrolSubject", subject="zhao", kind="PERSON", name="赵敏", bornOn="2012-01-01", identifiers=identifiers)

    query = '{ subjectByIdentifier(scheme: "school-roll", value: "2026-0417") { ref name } }'

    assert face.ask(query)["subjectByIdentifier"] == {"ref": "zhao", "name": "赵敏"}


def test_names_are_found_in_characters_pinyin_and_misspelt(face: Face) -> None:
    query = "query($q: String!) { search(query: $q, first: 1) { name reason score subject { __typename ref } } }"

    assert face.ask(query, q="林晓")["search"] == [
        {"name": "林晓", "reason": "EXACT", "score": 100, "subject": {"__typename": "Person", "ref": "lin"}}
    ]
    assert face.ask(query, q="lin xiao")["search"][0]["reason"] == "PINYIN"
    assert face.ask(query, q="lin xiao")["search"][0]["subject"]["ref"] == "lin"
    assert face.ask(query, q="第三小组")["search"][0]["subject"] == {"__typename": "StudyGroup", "ref": "g3"}
    assert face.ask(query, q="")["search"] == []


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
        "totalCount": None,
    }
    assert [node["ref"] for node in face.ask(by_state)["records"]["nodes"]] == ["r1", "r2"]
    assert [node["ref"] for node in one["nodes"] + two["nodes"]] == ["r2", "r1", "r3"]
    assert two["nodes"] == [{"ref": "r3", "happenedOn": "2026-03-03", "quantity": "2.5", "points": "0"}]
    assert (one["totalCount"], one["pageInfo"]["hasNextPage"], two["pageInfo"]["hasNextPage"]) == (3, True, False)


def test_a_preview_tells_and_writes_nothing(face: Face) -> None:
    query = """
    query($input: PreviewInput!) { preview(input: $input) {
      ... on Preview { points grade reasons { code amount records } changes {
        share { recordRef target { ref } routeCode walk { ref } amount }
        before { score grade } after { score grade } } }
      REFUSAL
    } }
    """.replace("REFUSAL", REFUSAL)
    draft = {"subject": "lin", "scheme": "school", "rule": "elected-honest-youngster", "happenedOn": "2026-03-05"}
    before = face.ask("{ head { seq } }")

    shown = face.ask(query, input=draft)["preview"]
    refusal = face.ask(query, input={**draft, "happenedOn": "2026-03-06"})["preview"]

    assert (shown["points"], shown["grade"], shown["reasons"]) == (
        "10",
        None,
        [{"code": "fixed", "amount": "10", "records": []}],
    )
    assert [
        (each["share"]["target"]["ref"], each["share"]["amount"], each["before"]["score"], each["after"]["score"])
        for each in shown["changes"]
    ] == [
        ("g3", "10", "1000", "1010"),
        ("lin", "10", "1000", "1010"),
        ("lin-family", "2", "1000", "1002"),
        ("mei", "2", "1000", "1002"),
        ("wei", "1", "1000", "1001"),
        ("xu", "1", "1000", "1001"),
    ]
    assert shown["changes"][0]["share"]["recordRef"] is None
    assert (refusal["code"], refusal["field"]) == ("day_in_future", "happenedOn")
    assert face.ask("{ head { seq } }") == before


def test_the_rulebook(face: Face) -> None:
    query = """
    { schemes { code edition editionSince }
      scheme(code: "school") {
        base floor ceiling period noticeDays subjects
        grades { grade atLeast title { en zh } }
        rule(code: "copied-homework") { code valid topic scoring { ... on FixedPoints { points } } }
        routes { code fanOut vesting merit { percent fixed atMost cap { points per } consent { purpose } }
                 demerit { percent atMost exceptions consent { purpose of } table { rule points } } }
        rules { code }
      }
      rule(scheme: "school", code: "school-volunteering", on: "2026-03-01") {
        title { zh } subjects scoring { ... on Tiers { unit per tiers { atLeast points } } } } }
    """

    shown = face.ask(query)

    assert [scheme["code"] for scheme in shown["schemes"]] == ["school", "village"]
    assert shown["schemes"][0] == {"code": "school", "edition": 1, "editionSince": "2026-02-01"}
    school = shown["scheme"]
    assert (school["base"], school["floor"], school["ceiling"], school["period"]) == ("1000", None, None, "term")
    assert (school["noticeDays"], school["subjects"][0]) == (7, "PERSON")
    assert school["grades"][0] == {"grade": "AAA", "atLeast": "1050", "title": {"en": "Model", "zh": "诚信模范"}}
    assert school["grades"][-1]["atLeast"] is None
    assert school["rule"] == {
        "code": "copied-homework",
        "valid": "period",
        "topic": "honesty",
        "scoring": {"points": "-2"},
    }
    assert school["routes"][0] == {
        "code": "study-group",
        "fanOut": 10,
        "vesting": 0,
        "merit": {
            "percent": "20",
            "fixed": None,
            "atMost": "5",
            "cap": {"points": "10", "per": "term"},
            "consent": None,
        },
        "demerit": {
            "percent": "10",
            "atMost": "1",
            "exceptions": ["bullying"],
            "consent": {"purpose": "shared-demerit", "of": ["ACTOR", "TARGET"]},
            "table": None,
        },
    }
    assert [rule["code"] for rule in school["rules"]] == sorted(rule["code"] for rule in school["rules"])
    assert shown["rule"] == {
        "title": {"zh": "校园志愿服务"},
        "subjects": ["PERSON"],
        "scoring": {"unit": "hour", "per": "year", "tiers": [{"atLeast": "10", "points": "2"}]},
    }


def test_the_journal_in_pages(face: Face) -> None:
    query = """
    query($after: Cursor) { head { seq hash enteredOn day }
      entries(first: 100, after: $after) { totalCount
        nodes { seq ref kind actor enteredOn hash } pageInfo { endCursor } } }
    """

    shown = face.ask(query)
    entries = shown["entries"]["nodes"]

    assert [entry["seq"] for entry in entries] == list(range(1, shown["head"]["seq"] + 1))
    assert shown["entries"]["totalCount"] == shown["head"]["seq"]
    assert entries[-1]["hash"] == shown["head"]["hash"]
    assert (shown["head"]["day"], shown["head"]["enteredOn"]) == ("2026-03-05", "2026-03-05")
    assert next(entry for entry in entries if entry["ref"] == "tie:t1") == {
        "seq": next(entry["seq"] for entry in entries if entry["ref"] == "tie:t1"),
        "ref": "tie:t1",
        "kind": "TIE_OPENED",
        "actor": "office",
        "enteredOn": "2026-03-01",
        "hash": next(entry["hash"] for entry in entries if entry["ref"] == "tie:t1"),
    }
    assert face.ask(query, after=shown["entries"]["pageInfo"]["endCursor"])["entries"]["nodes"] == []


def test_without_a_policy_nobody_stands_anywhere(empty: Face) -> None:
    empty.done("enrolSubject", subject="lin", kind="PERSON")
    query = '{ subject(ref: "lin") { name standings { score } } }'

    assert empty.clock.day == date(2026, 3, 1)
    assert empty.ask(query)["subject"]["name"] is None
    assert len(empty.ask(query)["subject"]["standings"]) == 2
