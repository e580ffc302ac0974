"""A record's life through GraphQL: every step, exactly, and every refusal typed."""

from __future__ import annotations

from datetime import date, timedelta

from tests.schema.conftest import Face, found_purse

RECORD = """
record { ref state points filer filedOn approver approvedOn notifiedOn forceOn validUntil
         contestedBy contestedOn decideBy lapsesOn replacedBy { ref } replaces { ref }
         subject { name } rule { code }
         shares { target { ref standing(scheme: "school") { ... on Standing { score } } } amount } }
receipt { ref seq hash enteredOn }
"""


def state(face: Face, record: str) -> str:
    shown = face.ask("query($ref: String!) { record(ref: $ref) { state } }", ref=record)
    found: str = shown["record"]["state"]
    return found


def copied_homework(face: Face, record: str = "d1") -> None:
    """Let Mei be seen copying homework, and have it approved."""
    face.done(
        "fileRecord", record=record, subject="mei", scheme="school", rule="copied-homework", happenedOn="2026-03-05"
    )
    face.done("approveRecord", "head", record=record)


def move(face: Face, days: int) -> None:
    face.clock.move(days)
    face.service.tick()


def test_filing_proposes_and_says_whom_it_would_reach(face: Face) -> None:
    shown = face.do(
        "fileRecord",
        "office",
        RECORD,
        record="r1",
        subject="lin",
        scheme="school",
        rule="returned-lost-property",
        happenedOn="2026-03-05",
        note="捡到钱包",
    )

    shares = shown["record"].pop("shares")
    assert [(share["target"]["ref"], share["amount"], share["target"]["standing"]["score"]) for share in shares] == [
        ("g3", "25", "1000"),
        ("lin", "25", "1000"),
        ("lin-family", "5", "1000"),
        ("mei", "5", "1000"),
        ("wei", "2", "1000"),
        ("xu", "2", "1000"),
    ]
    assert shown["record"] == {
        "ref": "r1",
        "state": "FILED",
        "points": "25",
        "filer": "office",
        "filedOn": "2026-03-05",
        "approver": None,
        "approvedOn": None,
        "notifiedOn": None,
        "forceOn": None,
        "validUntil": None,
        "contestedBy": None,
        "contestedOn": None,
        "decideBy": None,
        "lapsesOn": None,
        "replacedBy": None,
        "replaces": None,
        "subject": {"name": "林晓"},
        "rule": {"code": "returned-lost-property"},
    }
    head = face.ask("{ head { seq hash } }")["head"]
    assert shown["receipt"] == {**head, "ref": "record/r1", "enteredOn": "2026-03-05"}


def test_merit_counts_when_it_is_approved_and_its_shares_come_with_the_answer(face: Face) -> None:
    found_purse(face)

    shown = face.do("approveRecord", "head", RECORD, record="r1")

    record = shown["record"]
    assert (record["state"], record["approver"], record["forceOn"], record["validUntil"]) == (
        "IN_FORCE",
        "head",
        "2026-03-05",
        "2026-09-01",
    )
    assert [
        (share["target"]["ref"], share["amount"], share["target"]["standing"]["score"]) for share in record["shares"]
    ] == [
        ("g3", "25", "1025"),
        ("lin", "25", "1025"),
        ("lin-family", "5", "1005"),
        ("mei", "5", "1005"),
        ("wei", "2", "1002"),
        ("xu", "2", "1002"),
    ]


def test_the_same_mutation_twice_is_the_first_answer(face: Face) -> None:
    given = {"subject": "lin", "scheme": "school", "rule": "owned-up", "happenedOn": "2026-03-05"}
    first = face.do("fileRecord", "office", RECORD, record="r1", **given)
    head = face.ask("{ head { seq } }")

    again = face.do("fileRecord", "office", RECORD, record="r1", **given)

    assert again == first
    assert face.ask("{ head { seq } }") == head


def test_the_same_id_with_other_content_is_refused_and_names_the_field(face: Face) -> None:
    given = {"subject": "lin", "scheme": "school", "rule": "owned-up", "happenedOn": "2026-03-05"}
    face.done("fileRecord", record="r1", **given)
    head = face.ask("{ head { seq } }")

    refusal = face.do("fileRecord", record="r1", **{**given, "happenedOn": "2026-03-04"})
    noted = face.do("fileRecord", record="r1", note="another", **given)
    other = face.do("fileRecord", "clerk", record="r1", **given)

    assert (refusal["code"], refusal["field"]) == ("exists_differently", "happenedOn")
    assert refusal["messageZh"].startswith("编号 r1 已用过")
    assert (noted["code"], noted["field"]) == ("exists_differently", "note")
    assert (other["code"], other["field"]) == ("exists_differently", "filer")
    assert face.ask("{ head { seq } }") == head


def test_who_filed_may_not_approve(face: Face) -> None:
    face.done("fileRecord", record="r1", subject="lin", scheme="school", rule="owned-up", happenedOn="2026-03-05")

    refusal = face.do("approveRecord", "office", record="r1")

    assert (refusal["code"], refusal["message"]) == (
        "roles_held_by_one",
        "office cannot be both filer and approver of r1. Ask another person.",
    )
    assert {parameter["name"]: parameter["value"] for parameter in refusal["parameters"]}["person"] == "office"
    assert state(face, "r1") == "FILED"


def test_a_rejected_record_never_counts(face: Face) -> None:
    face.done("fileRecord", record="r1", subject="lin", scheme="school", rule="owned-up", happenedOn="2026-03-05")

    shown = face.do("rejectRecord", "head", RECORD, record="r1", reason="不属实")

    assert (shown["record"]["state"], shown["record"]["approver"], shown["record"]["shares"]) == (
        "REJECTED",
        "head",
        [],
    )
    refusal = face.do("approveRecord", "head", record="r1")
    assert refusal["code"] == "state_unfit"


def test_a_demerit_counts_when_its_notice_days_are_over(face: Face) -> None:
    copied_homework(face)
    assert state(face, "d1") == "APPROVED"

    shown = face.do("deliverNotice", "office", RECORD, record="d1")

    assert (shown["record"]["notifiedOn"], shown["record"]["forceOn"]) == ("2026-03-05", "2026-03-12")
    move(face, 6)
    assert state(face, "d1") == "APPROVED"
    move(face, 1)
    assert state(face, "d1") == "IN_FORCE"
    query = '{ subject(ref: "g3") { standing(scheme: "school") { ... on Standing { score } } } }'
    assert face.ask(query)["subject"]["standing"]["score"] == "998"


def test_a_contest_takes_a_record_out_of_force_until_it_is_upheld(face: Face) -> None:
    found_purse(face)

    contested = face.do("contestRecord", "mei", RECORD, record="r1", contest="k1", reason="不是她")

    assert contested["record"]["state"] == "CONTESTED"
    assert (contested["record"]["contestedBy"], contested["record"]["contestedOn"]) == ("mei", "2026-03-05")
    assert (contested["record"]["decideBy"], contested["record"]["lapsesOn"]) == ("2026-03-16", "2026-04-04")
    query = '{ subject(ref: "mei") { standing(scheme: "school") { ... on Standing { score } } } }'
    assert face.ask(query)["subject"]["standing"]["score"] == "1000"
    assert face.do("upholdRecord", "mei", record="r1", contest="k1", reason="是她")["code"] == "roles_held_by_one"
    upheld = face.do("upholdRecord", "head", RECORD, record="r1", contest="k1", reason="是她")
    assert (upheld["record"]["state"], len(upheld["record"]["shares"])) == ("IN_FORCE", 6)
    assert face.ask(query)["subject"]["standing"]["score"] == "1005"


def test_a_revoked_record_takes_its_shares_with_it(face: Face) -> None:
    found_purse(face)

    shown = face.do("revokeRecord", "head", RECORD, record="r1", reason="弄错了")

    assert (shown["record"]["state"], shown["record"]["shares"]) == ("REVOKED", [])
    query = '{ subject(ref: "mei") { standing(scheme: "school") { ... on Standing { score } } } }'
    assert face.ask(query)["subject"]["standing"]["score"] == "1000"


def test_a_demerit_is_repaired_when_its_day_has_come(face: Face) -> None:
    copied_homework(face)
    face.done("deliverNotice", record="d1")

    early = face.do("repairRecord", "head", record="d1", askedBy="mei")
    move(face, (date(2026, 4, 4) - date(2026, 3, 5)) // timedelta(days=1))
    shown = face.do("repairRecord", "head", RECORD, record="d1", askedBy="mei")

    assert (early["code"], early["message"]) == (
        "repair_too_early",
        "The record d1 can be repaired from 2026-04-04 on. Ask again then.",
    )
    assert (shown["record"]["state"], shown["record"]["replacedBy"]) == ("REPAIRED", None)


def test_refusals_of_filing_name_the_field(face: Face) -> None:
    good = {"record": "r1", "subject": "lin", "scheme": "school", "rule": "owned-up", "happenedOn": "2026-03-05"}
    expected = {
        ("record", "a b"): ("id_malformed", "record"),
        ("record", "13800138000"): ("id_personal", "record"),
        ("subject", "nobody"): ("subject_unknown", "subject"),
        ("scheme", "moon"): ("scheme_unknown", "scheme"),
        ("rule", "none"): ("rule_unknown", "rule"),
        ("happenedOn", "2026-03-06"): ("day_in_future", "happenedOn"),
        ("happenedOn", "2011-12-31"): ("before_subject", "happenedOn"),
        ("subject", "g3"): ("subject_kind_unfit", "subject"),
        ("quantity", "2.5"): ("quantity_unneeded", "quantity"),
        ("points", "3"): ("points_fixed", "points"),
        ("rule", "school-volunteering"): ("quantity_missing", "quantity"),
    }
    head = face.ask("{ head { seq } }")

    for (field, value), (code, named) in expected.items():
        refusal = face.do("fileRecord", **{**good, field: value})
        assert (refusal["code"], refusal["field"]) == (code, named)
        assert refusal["messageZh"] != refusal["message"]

    assert face.ask("{ head { seq } }") == head


def test_an_operator_with_a_name_that_is_no_id_is_refused(face: Face) -> None:
    refusal = face.do("approveRecord", "the head", record="r1")

    assert (refusal["code"], refusal["field"]) == ("id_malformed", "operator")


def test_several_mutations_of_one_document_see_each_other(face: Face) -> None:
    document = """
    mutation($day: Day!) {
      one: fileRecord(input: {record: "r1", subject: "lin", scheme: "school", rule: "owned-up", happenedOn: $day}) {
        ... on RecordDone { record { state } } }
      two: fileRecord(input: {record: "r2", subject: "mei", scheme: "school", rule: "owned-up", happenedOn: $day}) {
        ... on RecordDone { record { subject { records { nodes { ref } } } } } }
      three: rejectRecord(input: {record: "r1", reason: "unfounded"}) { ... on Refusal { code } }
    }
    """

    assert face.ask(document, day="2026-03-05") == {
        "one": {"record": {"state": "FILED"}},
        "two": {"record": {"subject": {"records": {"nodes": [{"ref": "r2"}]}}}},
        "three": {"code": "roles_held_by_one"},
    }
