"""Standings, statements, shares and previews are exact, whichever store they come from."""

from __future__ import annotations

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

SHARES = """
query($record: String!, $asOf: Day, $knownAt: Position) {
  shares(record: $record, asOf: $asOf, knownAt: $knownAt) {
    ... on Shares { shares { target { ref } routeCode walk { ref } amount } }
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


def test_of_several_rules_the_weightiest_decides(face: Face) -> None:
    draft = {
        "subject": "lin",
        "scheme": "school",
        "rule": "copied-homework",
        "matching": ["cheated-in-test"],
        "happenedOn": "2026-03-05",
    }
    reason = {"code": "highest", "amount": "-5", "records": []}

    seen = face.ask(
        "query($input: PreviewInput!) { preview(input: $input) { ... on Preview {"
        " rule points reasons { code amount records } } } }",
        input=draft,
    )["preview"]
    filed = face.do(
        "fileRecord",
        "office",
        "record { rule { code } rulesFiled points reasons { code amount records } }",
        record="m1",
        **draft,
    )["record"]

    assert (seen["rule"], seen["points"], seen["reasons"][-1]) == ("cheated-in-test", "-5", reason)
    assert (filed["rule"]["code"], filed["points"], filed["reasons"][-1]) == ("cheated-in-test", "-5", reason)
    assert filed["rulesFiled"] == ["copied-homework", "cheated-in-test"]


def test_without_a_policy_nobody_stands_anywhere(empty: Face) -> None:
    empty.done("enrolSubject", subject="lin", kind="PERSON")
    query = '{ subject(ref: "lin") { name standings { score } } }'

    assert empty.clock.day == date(2026, 3, 1)
    assert empty.ask(query)["subject"]["name"] is None
    # In every scheme of the policy that was just adopted that persons stand in.
    assert len(empty.ask(query)["subject"]["standings"]) == 5
