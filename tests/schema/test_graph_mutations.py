"""Subjects, ties, consents and waivers through GraphQL."""

from __future__ import annotations

from typing import Any

from tests.schema.conftest import Face


def head(face: Face) -> int:
    seq: int = face.ask("{ head { seq } }")["head"]["seq"]
    return seq


def test_enrolling_twice_is_enrolling_once(empty: Face) -> None:
    shown = "subject { __typename ref kind name since } receipt { ref seq hash enteredOn }"
    given = {"subject": "lin", "kind": "PERSON", "name": "林晓", "bornOn": "2012-05-06", "since": "2025-09-01"}

    first = empty.do("enrolSubject", show=shown, **given)
    again = empty.do("enrolSubject", show=shown, **given)

    assert first == again
    assert first["subject"] == {
        "__typename": "Person",
        "ref": "lin",
        "kind": "PERSON",
        "name": "林晓",
        "since": "2025-09-01",
    }


def test_a_person_is_forgotten_by_two(face: Face) -> None:
    show = "subject { ref name until } receipt { ref enteredOn }"

    alone = face.do("forgetSubject", "wei", subject="lin", askedBy="wei")
    unknown = face.do("forgetSubject", "head", subject="nobody", askedBy="wei")
    first = face.do("forgetSubject", "head", show, subject="lin", askedBy="wei")

    assert (alone["code"], unknown["code"]) == ("roles_held_by_one", "subject_unknown")
    assert first == {
        "subject": {"ref": "lin", "name": None, "until": "2026-03-06"},
        "receipt": {"ref": "subject/lin/forgotten", "enteredOn": "2026-03-05"},
    }
    assert face.do("forgetSubject", "head", show, subject="lin", askedBy="wei") == first
    assert face.ask('{ search(query: "林晓") { name } }') == {"search": []}
    second = face.do("forgetSubject", "board", subject="lin", askedBy="wei")
    assert second["code"] == "already_decided"


def test_refusals_of_enrolling(empty: Face) -> None:
    empty.done(
        "enrolSubject", subject="lin", kind="PERSON", name="林晓", identifiers=[{"scheme": "roll", "value": "1"}]
    )
    before = head(empty)

    personal = empty.do("enrolSubject", subject="370102201205060011", kind="PERSON")
    renamed = empty.do("enrolSubject", subject="lin", kind="PERSON", name="林小")
    twice: dict[str, Any] = {"identifiers": [{"scheme": "roll", "value": "2"}, {"scheme": "roll", "value": "3"}]}
    doubled = empty.do("enrolSubject", subject="mei", kind="PERSON", **twice)
    taken = empty.do("enrolSubject", subject="mei", kind="PERSON", identifiers=[{"scheme": "roll", "value": "1"}])

    assert (personal["code"], personal["field"]) == ("id_personal", "subject")
    assert "370102201205060011" not in str(personal)
    assert (renamed["code"], renamed["field"]) == ("exists_differently", "name")
    assert (doubled["code"], doubled["field"]) == ("exists_differently", "identifiers")
    assert taken["code"] == "identifier_taken"
    assert head(empty) == before


def test_a_tie_is_opened_closed_and_never_loses_its_past(face: Face) -> None:
    show = "tie { ref kind since until voidedOn origin attributes { name value } source { ref } } receipt { ref }"

    opened = face.do("openTie", show=show, tie="t9", kind="member_of", source="lin", target="c1", until="2026-07-01")
    closed = face.do("closeTie", show=show, tie="t9", until="2026-04-01")

    assert opened == {
        "tie": {
            "ref": "t9",
            "kind": "member_of",
            "since": "2026-03-06",
            "until": "2026-07-01",
            "voidedOn": None,
            "origin": "office",
            "attributes": [],
            "source": {"ref": "lin"},
        },
        "receipt": {"ref": "tie/t9"},
    }
    assert (closed["tie"]["until"], closed["receipt"]["ref"]) == ("2026-04-01", "tie/t9/closed")
    assert face.do("closeTie", show=show, tie="t9", until="2026-04-01") == closed
    query = '{ subject(ref: "c1") { ... on SchoolClass { members(on: "2026-03-31") { nodes { ref } } } } }'
    assert face.ask(query)["subject"]["members"]["nodes"] == [{"ref": "lin"}]
    assert face.ask(query.replace("03-31", "04-01"))["subject"]["members"]["nodes"] == []


def test_attributes_of_ties_are_exact(face: Face) -> None:
    face.done("enrolSubject", subject="ltd", kind="ENTERPRISE", name="乳山海产有限公司")
    show = "tie { attributes { name value } }"

    owned = face.do(
        "openTie",
        show=show,
        tie="o1",
        kind="owns",
        source="wei",
        target="ltd",
        attributes=[{"name": "percent", "value": "12.5"}],
    )
    given = [{"name": "currency", "value": "CNY"}, {"name": "amount", "value": "1000000.01"}]
    bound = face.do("openTie", show=show, tie="o2", kind="guarantees", source="wei", target="ltd", attributes=given)
    wrong = face.do(
        "openTie", tie="o3", kind="owns", source="fang", target="ltd", attributes=[{"name": "percent", "value": "101"}]
    )
    twice = face.do(
        "openTie",
        tie="o3",
        kind="owns",
        source="fang",
        target="ltd",
        attributes=[{"name": "percent", "value": "1"}, {"name": "percent", "value": "2"}],
    )

    assert owned["tie"]["attributes"] == [{"name": "percent", "value": "12.5"}]
    assert bound["tie"]["attributes"] == [
        {"name": "amount", "value": "1000000.01"},
        {"name": "currency", "value": "CNY"},
    ]
    assert (wrong["code"], wrong["field"]) == ("tie_attribute_unfit", "percent")
    assert (twice["code"], twice["field"]) == ("tie_attribute_unfit", "attributes")


def test_a_voided_tie_carries_nothing_from_today_on(face: Face) -> None:
    record = {"record": "r1", "subject": "lin", "scheme": "school", "rule": "returned-lost-property"}
    face.done("fileRecord", happenedOn="2026-03-05", **record)
    face.done("approveRecord", "head", record="r1")

    shown = face.do("voidTie", show="tie { voidedOn }", tie="t2", reason="录入错误")

    assert shown["tie"] == {"voidedOn": "2026-03-05"}
    targets = face.ask('{ record(ref: "r1") { shares { target { ref } } } }')["record"]["shares"]
    assert [share["target"]["ref"] for share in targets] == ["g3", "lin", "lin-family", "wei", "xu"]
    assert face.ask('{ tie(ref: "t2") { voidedOn } }')["tie"] == {"voidedOn": "2026-03-05"}


def test_refusals_of_ties_name_the_field(face: Face) -> None:
    good = {"tie": "t9", "kind": "member_of", "source": "wei", "target": "g3"}
    before = head(face)
    expected = {
        ("kind", "loves"): ("kind_unknown", "kind"),
        ("target", "wei"): ("tie_to_itself", "target"),
        ("target", "lin-family"): ("tie_ends_unfit", "kind"),
        ("source", "nobody"): ("subject_unknown", "source"),
        ("source", "lin"): ("tie_too_many", "source"),
        ("since", "2026-03-05"): ("backdated", "since"),
        ("until", "2026-03-06"): ("days_reversed", "until"),
        ("tie", ""): ("id_malformed", "tie"),
    }

    for (field, value), (code, named) in expected.items():
        refusal = face.do("openTie", **{**good, field: value})
        assert (refusal["code"], refusal["field"]) == (code, named)
    closed = face.do("closeTie", tie="t99")

    assert (closed["code"], closed["field"]) == ("tie_unknown", "tie")
    assert head(face) == before


def test_a_consent_is_given_withdrawn_and_voided(face: Face) -> None:
    show = "consent { ref subject { ref } guardian { name } purpose since until voidedOn } receipt { ref }"

    given = face.do("giveConsent", show=show, consent="k1", subject="lin", purpose="shared-demerit", guardian="wei")
    withdrawn = face.do("withdrawConsent", show=show, consent="k1", until="2026-05-01")
    voided = face.do("voidConsent", show=show, consent="k1", reason="误填")

    assert given == {
        "consent": {
            "ref": "k1",
            "subject": {"ref": "lin"},
            "guardian": {"name": "魏兰"},
            "purpose": "shared-demerit",
            "since": "2026-03-06",
            "until": None,
            "voidedOn": None,
        },
        "receipt": {"ref": "consent/k1"},
    }
    assert withdrawn["consent"]["until"] == "2026-05-01"
    assert voided["consent"]["voidedOn"] == "2026-03-05"
    query = '{ subject(ref: "lin") { consents { totalCount nodes { ref id } } } }'
    listed = face.ask(query)["subject"]["consents"]
    assert [node["ref"] for node in listed["nodes"]] == ["k1"]
    node = face.ask("query($id: ID!) { node(id: $id) { ... on Consent { ref } } }", id=listed["nodes"][0]["id"])
    assert node["node"] == {"ref": "k1"}


def test_refusals_of_consents(face: Face) -> None:
    good: dict[str, Any] = {"consent": "k1", "subject": "lin", "purpose": "shared-demerit", "guardian": "wei"}

    assert face.do("giveConsent", **{**good, "purpose": "x"})["code"] == "purpose_unknown"
    assert face.do("giveConsent", **{**good, "guardian": None})["code"] == "guardian_missing"
    assert face.do("giveConsent", **{**good, "guardian": "fang"})["code"] == "guardian_unfit"
    assert face.do("giveConsent", **{**good, "subject": "xu"})["code"] == "guardian_unneeded"
    assert face.do("withdrawConsent", consent="k1")["code"] == "consent_unknown"
    assert face.do("voidConsent", consent="k1", reason="误填")["code"] == "consent_unknown"


def test_a_waiver_is_granted_ended_and_voided(face: Face) -> None:
    show = "waiver { ref member { ref } group { ref } since until voidedOn } receipt { ref }"

    granted = face.do("grantWaiver", show=show, waiver="w1", member="mei", group="g3")
    ended = face.do("endWaiver", show=show, waiver="w1", until="2026-05-01")
    voided = face.do("voidWaiver", show=show, waiver="w1", reason="误填")

    assert granted == {
        "waiver": {
            "ref": "w1",
            "member": {"ref": "mei"},
            "group": {"ref": "g3"},
            "since": "2026-03-06",
            "until": None,
            "voidedOn": None,
        },
        "receipt": {"ref": "waiver/w1"},
    }
    assert (ended["waiver"]["until"], voided["waiver"]["voidedOn"]) == ("2026-05-01", "2026-03-05")
    listed = face.ask('{ subject(ref: "mei") { waivers { nodes { ref id } } } }')["subject"]["waivers"]["nodes"]
    node = face.ask("query($id: ID!) { node(id: $id) { ... on Waiver { ref } } }", id=listed[0]["id"])
    assert (listed[0]["ref"], node["node"]) == ("w1", {"ref": "w1"})
    assert face.do("endWaiver", waiver="w2")["code"] == "waiver_unknown"
    assert face.do("grantWaiver", waiver="w3", member="mei", group="g9")["field"] == "group"
