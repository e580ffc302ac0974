"""Records, rules, names and the journal, as they are asked for at the top."""

from __future__ import annotations

from tests.schema.conftest import Face


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


def test_names_are_found_in_characters_pinyin_and_misspelt(face: Face) -> None:
    query = "query($q: String!) { search(query: $q, first: 1) { name reason score subject { __typename ref } } }"

    assert face.ask(query, q="林晓")["search"] == [
        {"name": "林晓", "reason": "EXACT", "score": 100, "subject": {"__typename": "Person", "ref": "lin"}}
    ]
    assert face.ask(query, q="lin xiao")["search"][0]["reason"] == "PINYIN"
    assert face.ask(query, q="lin xiao")["search"][0]["subject"]["ref"] == "lin"
    assert face.ask(query, q="第三小组")["search"][0]["subject"] == {"__typename": "StudyGroup", "ref": "g3"}
    assert face.ask(query, q="")["search"] == []


def test_the_rulebook(face: Face) -> None:
    query = """
    { schemes { code edition editionSince }
      scheme(code: "school") {
        base floor ceiling period noticeDays subjects
        grades { grade atLeast title { en zh } }
        rule(code: "copied-homework") { code valid { upTo valid } topic scoring { ... on FixedPoints { points } } }
        routes { code fanOut vesting merit { percent fixed atMost cap { points per } consent { purpose } }
                 demerit { percent atMost exceptions consent { purpose of } table { rule points } } }
        rules { code }
      }
      rule(scheme: "school", code: "school-volunteering", on: "2026-03-01") {
        title { zh } subjects scoring { ... on Tiers { unit per tiers { atLeast points } } } } }
    """

    shown = face.ask(query)

    assert [scheme["code"] for scheme in shown["schemes"]] == [
        *("district", "enterprise", "merchant", "organ", "school", "village"),
    ]
    assert shown["schemes"][4] == {"code": "school", "edition": 1, "editionSince": "2026-02-01"}
    school = shown["scheme"]
    assert (school["base"], school["floor"], school["ceiling"], school["period"]) == ("1000", None, None, "term")
    assert (school["noticeDays"], school["subjects"][0]) == (7, "PERSON")
    assert school["grades"][0] == {"grade": "AAA", "atLeast": "1050", "title": {"en": "Model", "zh": "诚信模范"}}
    assert school["grades"][-1]["atLeast"] is None
    assert school["rule"] == {
        "code": "copied-homework",
        "valid": [{"upTo": None, "valid": "period"}],
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
    assert next(entry for entry in entries if entry["ref"] == "tie/t1") == {
        "seq": next(entry["seq"] for entry in entries if entry["ref"] == "tie/t1"),
        "ref": "tie/t1",
        "kind": "TIE_OPENED",
        "actor": "office",
        "enteredOn": "2026-03-01",
        "hash": next(entry["hash"] for entry in entries if entry["ref"] == "tie/t1"),
    }
    assert face.ask(query, after=shown["entries"]["pageInfo"]["endCursor"])["entries"]["nodes"] == []


def test_more_hits_than_a_search_gives_are_refused(face: Face) -> None:
    query = 'query($first: Int!) { search(query: "林晓", first: $first) { name } }'

    assert len(face.ask(query, first=50)["search"]) >= 1
    for asked in (0, 51, 60):
        error = face.errors(query, first=asked)[0]
        assert (error["extensions"]["code"], error["extensions"]["field"]) == ("page_size_unfit", "first")
        assert error["message"].startswith(f"first is 1 to 50; {asked} was asked for.")
