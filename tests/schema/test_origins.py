"""Where derived records come from is told, and what would be filed with a record is told before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from graph_service.actions.adopt import adopt
from graph_service.ports.store import Store
from graph_service.service import TrustService
from graph_service.vault import open_vault
from tests.district import FILES
from tests.doubles import HandClock
from tests.schema.conftest import Face

SUNDAY = date(2026, 3, 1)


@pytest.fixture
def face(store: Store) -> Iterator[Face]:
    """A firm and who represents it, in the district. It is Monday, 2 March."""
    clock = HandClock(SUNDAY)
    service = TrustService(store, open_vault("sqlite://", clock=lambda: 0), clock)
    service.do(lambda desk: adopt(desk, name="district", files=FILES, since=date(2026, 2, 1), actor="office"))
    found = Face(service, clock)
    for subject, kind in (("zhao", "PERSON"), ("e1", "ENTERPRISE")):
        found.done("enrolSubject", subject=subject, kind=kind)
    found.done("openTie", tie="t1", kind="legal_representative_of", source="zhao", target="e1")
    clock.day = date(2026, 3, 2)
    service.tick()
    yield found
    service.close()


def test_linked_records_are_foreseen_filed_and_traced(face: Face) -> None:
    draft = {"subject": "e1", "scheme": "enterprise", "rule": "on-court-list", "happenedOn": "2026-03-02"}
    foreseen = face.ask(
        """query($input: PreviewInput!) { preview(input: $input) { ... on Preview {
            derived { subject { ref } schemeCode ruleCode points grade } } } }""",
        input=draft,
    )
    assert foreseen["preview"]["derived"] == [
        {"subject": {"ref": "zhao"}, "schemeCode": "district", "ruleCode": "firm-listed", "points": "0", "grade": "C"}
    ]

    face.done("fileRecord", record="r1", **draft)
    face.done("approveRecord", "head", record="r1")

    shown = face.ask("""{ record(ref: "r1") { origin { schemeCode } linked {
        subject { ref } state origin { record { ref } schemeCode bridgeCode periodEnd } } } }""")
    assert shown["record"] == {
        "origin": None,
        "linked": [
            {
                "subject": {"ref": "zhao"},
                "state": "APPROVED",
                "origin": {"record": {"ref": "r1"}, "schemeCode": None, "bridgeCode": None, "periodEnd": None},
            }
        ],
    }


def test_a_direct_grade_foresees_what_a_bridge_carries_over(face: Face) -> None:
    foreseen = face.ask("""{ preview(input: {
        subject: "zhao", scheme: "district", rule: "listed", happenedOn: "2026-03-02" }) { ... on Preview {
            derived { schemeCode ruleCode points } } } }""")

    assert foreseen["preview"]["derived"] == [{"schemeCode": "village", "ruleCode": "district-d", "points": "-100"}]


def test_what_a_bridge_filed_tells_bridge_and_period(face: Face) -> None:
    face.clock.day = date(2027, 1, 1)
    face.service.tick()

    lines = face.ask("""{ statement(subject: "zhao", scheme: "district") { ... on Statement { lines { nodes {
        record { origin { record { ref } schemeCode bridgeCode periodEnd } } } } } } }""")["statement"]["lines"]

    assert [line["record"]["origin"] for line in lines["nodes"]] == [
        {"record": None, "schemeCode": "village", "bridgeCode": "stars", "periodEnd": "2026-12-31"}
    ]


def test_a_statement_names_the_record_that_sets_the_grade(face: Face) -> None:
    draft = {"subject": "zhao", "scheme": "district", "rule": "listed", "happenedOn": "2026-03-02"}
    face.done("fileRecord", record="r1", **draft)
    face.done("approveRecord", "head", record="r1")
    face.done("deliverNotice", record="r1")
    face.clock.day = date(2026, 3, 31)
    face.service.tick()

    shown = face.ask("""{ statement(subject: "zhao", scheme: "district") { ... on Statement {
        standing { grade } gradedBy { record { ref } rule { code } happenedOn grade } lines { totalCount } } } }""")

    assert shown["statement"] == {
        "standing": {"grade": "D"},
        "gradedBy": [{"record": {"ref": "r1"}, "rule": {"code": "listed"}, "happenedOn": "2026-03-02", "grade": "D"}],
        "lines": {"totalCount": 0},
    }


def test_a_direct_grade_foresees_where_the_subject_would_stand(face: Face) -> None:
    foreseen = face.ask("""{ preview(input: {
        subject: "zhao", scheme: "district", rule: "listed", happenedOn: "2026-03-02" }) { ... on Preview {
            changes { share { amount } before { subject { ref } grade } after { subject { ref } grade } } } } }""")

    assert foreseen["preview"]["changes"] == [
        {
            "share": None,
            "before": {"subject": {"ref": "zhao"}, "grade": "A"},
            "after": {"subject": {"ref": "zhao"}, "grade": "D"},
        }
    ]
