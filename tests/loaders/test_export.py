"""Export: what went out comes in again, and says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from openpyxl import load_workbook

import loaders
from graph_service.actions import decide
from graph_service.actions.connect import connect, disconnect, void_tie
from graph_service.actions.forget import forget
from graph_service.model.journal import EntryKind
from graph_service.model.records import RecordState
from graph_service.model.standing import Standing
from graph_service.service import TrustService
from loaders import Form, Freight, bulk

Write = Callable[[str, "str | bytes"], Path]
Open = Callable[[str], TrustService]

SCHOOL = sorted((Path(__file__).parents[2] / "examples" / "school").glob("*.*l")) + sorted(
    (Path(__file__).parents[2] / "examples" / "school").glob("*.csv")
)


def standings_of(service: TrustService) -> list[Standing]:
    with service.reading() as reading:
        return reading.standings("school", after=None, limit=1_000)


def lines_of(files: Mapping[Freight, Path]) -> dict[Freight, list[str]]:
    return {freight: sorted(_lines(freight, path)) for freight, path in files.items()}


def _lines(freight: Freight, path: Path) -> list[str]:
    if path.suffix != ".xlsx":
        return path.read_text().splitlines()
    return [str(row) for row in load_workbook(path)[freight].iter_rows(values_only=True)]


def lively_school(service: TrustService) -> None:
    """Load the school, then let happen what files cannot say."""
    loaders.load(service, SCHOOL)
    service.do(partial(decide.approve, record="r-150", approver="t-01"))
    service.do(partial(decide.reject, record="r-149", approver="t-01", reason="mistaken for another"))
    service.do(partial(decide.revoke, record="r-012", decider="t-01", reason="seen by nobody"))
    service.do(partial(decide.contest, record="r-045", contest="k-1", contester="g-01", reason="was not there"))
    service.do(partial(decide.repair, record="r-010", asked_by="t-04", decider="t-01"))
    service.do(partial(void_tie, tie="tie-120", actor="office", reason="entered twice"))
    service.do(partial(disconnect, tie="tie-130", actor="office"))
    service.do(
        partial(
            connect,
            tie="loan-1",
            kind="guarantees",
            source="g-01",
            target="g-02",
            actor="office",
            attributes={"amount": "1200.50", "currency": "CNY"},
        )
    )


@pytest.mark.parametrize("form", Form)
def test_what_is_exported_loads_again_with_the_same_standings(open_store: Open, tmp_path: Path, form: Form) -> None:
    first, second = open_store("first"), open_store("second")
    lively_school(first)

    files = loaders.export(first, tmp_path / "out", form=form, with_names=True)
    loaders.load(second, list(files.values()))

    assert standings_of(second) == standings_of(first)
    assert len(standings_of(second)) > 100
    again = loaders.export(second, tmp_path / "again", form=form, with_names=True)
    # Where records that wait for a decision stand among the others depends on when they were filed.
    assert lines_of(again) == lines_of(files)


def test_records_that_wait_or_were_taken_back_do_not_come_out_as_approved(open_store: Open, tmp_path: Path) -> None:
    first, second = open_store("first"), open_store("second")
    lively_school(first)

    loaders.load(second, list(loaders.export(first, tmp_path / "out").values()))

    ids = ["r-150", "r-149", "r-012", "r-045", "r-010"]
    with second.reading() as reading:
        states = {id_: record.state for id_, record in reading.records_of(ids).items()}
    # The demerit waits for its notice and the contested one for its decision: both are filed, to be decided again.
    assert states == {"r-150": RecordState.FILED, "r-045": RecordState.FILED}


def test_without_names_nothing_personal_comes_out(service: TrustService, write: Write, tmp_path: Path) -> None:
    loaders.load(service, SCHOOL)

    files = loaders.export(service, tmp_path / "out")

    subjects = files[Freight.SUBJECTS].read_text().splitlines()
    assert subjects[0] == "id,kind,name,born_on,since"
    assert "p-01,person,,," in subjects
    assert "school-1,school,青禾中学,," in subjects
    assert files[Freight.RECORDS].read_text().splitlines()[1].split(",")[9] == ""


def test_an_export_loads_into_the_store_it_came_from_and_changes_nothing(service: TrustService, tmp_path: Path) -> None:
    loaders.load(service, SCHOOL)

    report = loaders.load(service, list(loaders.export(service, tmp_path / "out", with_names=True).values()))

    assert (report.new, report.known) == (0, 784)


def test_a_cell_may_hold_anything_that_can_be_seen(
    service: TrustService, open_store: Open, write: Write, tmp_path: Path
) -> None:
    subject = '{"id": "p-1", "kind": "person", "name": "a, \\"b\\"", "external_ids": {"roll": "7,\\"8\\""}}\n'
    note = (
        '{"id":"r-1","subject":"p-1","scheme":"school","rule":"littered","happened_on":"2026-03-03",'
        '"note":"x\\n\\n,\\"y\\""}\n'
    )
    loaders.load(service, [write("subjects.jsonl", subject), write("records.jsonl", note)])
    second = open_store("second")

    loaders.load(second, list(loaders.export(service, tmp_path / "out", with_names=True).values()))

    assert second.vault.profiles_of(["p-1"]) == service.vault.profiles_of(["p-1"])
    assert "".join(loaders.exported_lines(second, Freight.RECORDS, form=Form.JSON_LINES, with_names=True)) == (
        '{"id":"r-1","subject":"p-1","scheme":"school","rule":"littered","happened_on":"2026-03-03",'
        '"note":"x\\n\\n,\\"y\\"","filer":"import"}\n'
    )


@pytest.mark.parametrize("form", Form)
def test_nothing_is_exported_as_no_file(service: TrustService, tmp_path: Path, form: Form) -> None:
    assert loaders.export(service, tmp_path / "out", form=form) == {}
    assert list((tmp_path / "out").iterdir()) == []


def test_a_header_is_printed_where_nothing_is_exported(service: TrustService) -> None:
    assert list(loaders.exported_lines(service, Freight.CONSENTS)) == ["id,subject,purpose,since,guardian,until\n"]


@pytest.mark.parametrize("form", Form)
def test_an_act_under_several_rules_goes_out_as_it_was_filed(
    service: TrustService, open_store: Open, write: Write, tmp_path: Path, form: Form
) -> None:
    """The rule that decided is worked out again: what goes out is what was said."""
    table = (
        "id,subject,scheme,rule,matching,happened_on,approved_on\n"
        "r-1,p-1,school,copied-homework,cheated-in-test lied-to-cover-up,2026-03-03,2026-03-04\n"
    )
    line = (
        '{"id":"r-2","subject":"p-1","scheme":"school","rule":"littered","matching":["hid-damage"],'
        '"happened_on":"2026-03-03","approved_on":"2026-03-04"}\n'
    )
    subjects = write("subjects.csv", "id,kind,name\np-1,person,Lin\n")
    loaders.load(service, [subjects, write("records.csv", table), write("more.jsonl", line)])
    second = open_store("second")

    loaders.load(second, list(loaders.export(service, tmp_path / "out", form=form).values()))

    for store in (service, second):
        with store.reading() as reading:
            held = reading.records_of(["r-1", "r-2"])
        assert [(each.rule, each.points, each.rules_filed) for each in held.values()] == [
            ("cheated-in-test", -5_000_000, ("copied-homework", "cheated-in-test", "lied-to-cover-up")),
            ("hid-damage", -3_000_000, ("littered", "hid-damage")),
        ]
    assert '"matching":["hid-damage"]' in "".join(
        loaders.exported_lines(second, Freight.RECORDS, form=Form.JSON_LINES, with_names=False)
    )


def test_what_is_wrong_with_several_rules_is_told_at_its_column(service: TrustService, write: Write) -> None:
    rows = (
        "id,subject,scheme,rule,matching,happened_on\n"
        "r-1,p-1,school,copied-homework,owned-up,2026-03-03\n"
        "r-2,p-1,school,copied-homework,copied-homework,2026-03-03\n"
        "r-3,p-1,school,copied-homework,cheated,2026-03-03\n"
    )
    subjects = write("subjects.csv", "id,kind,name\np-1,person,Lin\n")
    line = (
        '{"id":"r-4","subject":"p-1","scheme":"school","rule":"littered","matching":[1],"happened_on":"2026-03-03"}\n'
    )

    with pytest.raises(loaders.FilesFaulty) as refused:
        loaders.load(service, [subjects, write("records.csv", rows), write("more.jsonl", line)])

    assert sorted((fault.line, fault.field, fault.refusal.code) for fault in refused.value.found.faults) == [
        (1, "matching", "json_value_unfit"),
        (2, "matching", "rules_mixed"),
        (3, "matching", "rule_twice"),
        (4, "matching", "rule_unknown"),
    ]


def test_records_that_came_many_at_a_time_go_out_like_any_other(
    open_store: Open, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among them one that leans on another, and one that was taken back since."""
    first, second = open_store("first"), open_store("second")
    people = write("subjects.csv", "id,kind,name\np-1,person,Lin\np-2,person,Zhao\n")
    for store in (first, second):
        loaders.load(store, [people])
    monkeypatch.setattr(bulk, "BULK_BYTES", 0)
    rows = ("r-1,p-1,2026-03-03", "r-2,p-1,2026-03-04", "r-3,p-2,2026-03-04")
    lines = [",".join((*row.split(","), "school,littered", row[-10:])) for row in rows]
    header = "id,subject,happened_on,scheme,rule,approved_on"
    loaders.load(first, [write("records.csv", "\n".join((header, *lines)) + "\n")])
    first.do(partial(decide.revoke, record="r-3", decider="t-01", reason="seen by nobody"))
    with first.reading() as reading:
        kinds = [entry.kind for entry in reading.entries(after=0, limit=100)]
    assert kinds.count(EntryKind.RECORDS_IMPORTED) == 1

    loaders.load(second, [loaders.export(first, tmp_path / "out")[Freight.RECORDS]])

    with first.reading() as reading, second.reading() as other:
        held, again = reading.records_of(["r-1", "r-2"]), other.records_of(["r-1", "r-2", "r-3"])
    assert [(each.id, each.points, each.force_on) for each in again.values()] == [
        (each.id, each.points, each.force_on) for each in held.values()
    ]
    assert {each.subject: each.score for each in standings_of(second)}["p-1"] < 1_000_000_000


def test_a_lighter_record_by_a_derived_rule_loads_in_the_name_of_its_repair(
    open_store: Open, write: Write, tmp_path: Path
) -> None:
    first, second = open_store("first"), open_store("second")
    loaders.load(first, [write("subjects.csv", "id,kind,name\ne-1,enterprise,Firm\n")])
    listed = "id,subject,scheme,rule,happened_on,approved_on\nr-1,e-1,enterprise,on-court-list,2026-03-03,2026-03-03\n"
    loaders.load(first, [write("records.csv", listed)])
    first.do(partial(decide.repair, record="r-1", asked_by="clerk-1", decider="clerk-2"))
    with first.reading() as reading:
        (lighter,) = (held for held in reading.records(states=(), after=None, limit=10) if held.replaces == "r-1")

    loaders.load(second, list(loaders.export(first, tmp_path / "out", with_names=True).values()))

    with second.reading() as reading:
        held = reading.records_of([lighter.id])[lighter.id]
    assert (held.rule, held.replaces, held.grade, held.points) == (
        "off-court-list",
        "r-1",
        lighter.grade,
        lighter.points,
    )


@pytest.mark.parametrize(
    ("rule", "replaces", "code", "field"),
    [("represents-firm-on-court-list", "r-1", "rule_derived", "rule"), ("listed", "r 1", "id_malformed", "replaces")],
)
def test_nobody_files_by_a_derived_rule_in_the_name_of_a_repair_that_does_not(
    service: TrustService, write: Write, rule: str, replaces: str, code: str, field: str
) -> None:
    people = write("subjects.csv", "id,kind,name\np-1,person,Lin\n")
    rows = f"id,subject,scheme,rule,happened_on,replaces\nd-1,p-1,district,{rule},2026-03-03,{replaces}\n"

    with pytest.raises(loaders.FilesFaulty) as refused:
        loaders.load(service, [people, write("records.csv", rows)])

    assert [(fault.refusal.code, fault.field) for fault in refused.value.found.faults] == [(code, field)]


def test_what_a_forgotten_person_consented_to_does_not_keep_an_export_from_loading(
    open_store: Open, write: Write, tmp_path: Path
) -> None:
    first, second = open_store("first"), open_store("second")
    people = write("subjects.csv", "id,kind,name,born_on\np-1,person,Lin,1980-01-01\np-2,person,Mei,1980-01-01\n")
    consents = write(
        "consents.csv",
        "id,subject,purpose,since\nc-1,p-1,shared-demerit,2026-03-02\nc-2,p-2,shared-demerit,2026-03-02\n",
    )
    loaders.load(first, [people, consents])
    first.do(partial(forget, subject="p-1", asked_by="p-1", approver="clerk-1"))

    loaders.load(second, list(loaders.export(first, tmp_path / "out", with_names=True).values()))

    with second.reading() as reading:
        assert [consent.id for consent in reading.consents(after=None, limit=10)] == ["c-2"]
