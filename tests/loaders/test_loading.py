"""Loading: all is checked first, nothing of a faulty run is written, and twice is once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import loaders
from graph_service.actions.enrol import enrol
from graph_service.errors import IdMalformed, LimitExceeded, PolicyMissing
from graph_service.model.journal import Head
from graph_service.model.records import RecordState
from graph_service.model.standing import Standing
from graph_service.service import TrustService
from graph_service.vault.refusals import VaultFull
from loaders import Count, Freight, Step, batch, manifest

Write = Callable[[str, "str | bytes"], Path]
Open = Callable[[str], TrustService]

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHOOL = sorted((EXAMPLES / "school").glob("*.*l")) + sorted((EXAMPLES / "school").glob("*.csv"))

SUBJECTS = "id,kind,name,born_on\np-1,person,林书瑶,2013-04-02\np-2,person,孙浩然,2013-05-03\nsg-1,study_group,启明,\n"
TIES = "id,kind,source,target,since\nt-1,member_of,p-1,sg-1,2026-03-02\nt-2,member_of,p-2,sg-1,2026-03-02\n"
RECORDS = (
    "id,subject,scheme,rule,happened_on,approved_on\nr-1,p-1,school,returned-lost-property,2026-03-03,2026-03-04\n"
)


def head_of(service: TrustService) -> Head:
    with service.reading() as reading:
        return reading.head()


def standings_of(service: TrustService) -> list[Standing]:
    with service.reading() as reading:
        return reading.standings("school", after=None, limit=1_000)


def faults_of(refusal: pytest.ExceptionInfo[loaders.FilesFaulty]) -> list[tuple[str, int | None, str, str]]:
    return [
        (Path(fault.file).name, fault.line, fault.field, fault.refusal.code) for fault in refusal.value.found.faults
    ]


# -- The school --------------------------------------------------------------------------------------------------------


def test_a_school_comes_in_as_files_and_its_scores_follow(service: TrustService) -> None:
    report = loaders.load(service, SCHOOL)

    assert report.counts == {
        Freight.SUBJECTS: Count(new=154),
        Freight.TIES: Count(new=453),
        Freight.CONSENTS: Count(new=27),
        Freight.RECORDS: Count(new=150),
    }
    assert report.kinds[Freight.SUBJECTS, "study_group"] == Count(new=10)
    assert sum(count.new for count in report.kinds.values()) == report.new
    with service.reading() as reading:
        filed = reading.records(states=[RecordState.FILED], after=None, limit=10)
        origin = reading.ties_of(["tie-001"])["tie-001"].origin
    assert [record.id for record in filed] == ["r-149", "r-150"]
    assert origin == "ties.csv:2"
    assert len({standing.score for standing in standings_of(service)}) > 20


def test_twice_is_once(service: TrustService) -> None:
    loaders.load(service, SCHOOL)
    before = head_of(service)

    again = loaders.load(service, SCHOOL)

    assert (again.new, again.known) == (0, 784)
    assert head_of(service) == before


def test_a_run_that_was_cut_off_is_finished_by_running_it_again(
    service: TrustService, open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "ROWS_PER_CHUNK", 90)

    def pull_the_plug(step: Step) -> None:
        if step.phase == "write" and step.done >= 700:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loaders.load(service, SCHOOL, progress=pull_the_plug)
    report = loaders.load(service, SCHOOL)

    whole = open_store("whole")
    loaders.load(whole, SCHOOL)
    assert (report.new, report.known) == (64, 720)
    assert standings_of(service) == standings_of(whole)
    assert head_of(service).seq == head_of(whole).seq


def test_progress_is_told_chunk_by_chunk(service: TrustService) -> None:
    steps: list[Step] = []

    loaders.load(service, SCHOOL, progress=steps.append)

    assert [(step.phase, step.done, step.total) for step in steps] == [
        ("check", 0, 784),
        ("check", 500, 784),
        ("check", 784, 784),
        ("write", 0, 784),
        ("write", 500, 784),
        # The last two still wait for their approval: they come behind all that was approved.
        ("write", 782, 784),
        ("write", 784, 784),
    ]


def test_checking_an_interrupted_run_stops_soon(service: TrustService) -> None:
    rehearsed: list[int] = []

    def interrupt(step: Step) -> None:
        rehearsed.append(step.done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loaders.load(service, SCHOOL, progress=interrupt)

    assert rehearsed == [0]
    assert loaders.check(service, SCHOOL).new == 784


# -- Faults ------------------------------------------------------------------------------------------------------------


def test_every_fault_of_a_faulty_school_is_told_at_once(service: TrustService) -> None:
    before = head_of(service)
    names = ("subjects.csv", "ties.csv", "consents.csv", "records.jsonl")

    with pytest.raises(loaders.FilesFaulty) as refusal:
        loaders.load(service, [EXAMPLES / "faulty" / name for name in names])

    assert faults_of(refusal) == [
        ("subjects.csv", 1, "nickname", "column_unknown"),
        ("subjects.csv", 3, "kind", "kind_unknown"),
        ("subjects.csv", 4, "born_on", "day_unreadable"),
        ("subjects.csv", 5, "id", "id_personal"),
        ("subjects.csv", 6, "born_on", "day_in_future"),
        ("subjects.csv", 7, "kind", "cell_empty"),
        ("subjects.csv", 8, "id", "id_twice"),
        ("subjects.csv", 9, "name", "quote_unclosed"),
        ("subjects.csv", 10, "born_on", "cells_too_few"),
        ("subjects.csv", 11, "external_id.roll", "identifier_taken"),
        ("subjects.csv", 12, "id", "id_malformed"),
        ("subjects.csv", 13, "nickname", "cells_too_many"),
        ("ties.csv", 3, "since", "day_unreadable"),
        ("ties.csv", 4, "kind", "kind_unknown"),
        ("ties.csv", 5, "kind", "tie_ends_unfit"),
        ("ties.csv", 6, "target", "tie_to_itself"),
        ("ties.csv", 7, "source", "subject_unknown"),
        ("ties.csv", 8, "until", "days_reversed"),
        ("ties.csv", 9, "since", "cell_empty"),
        ("ties.csv", 10, "amount", "tie_attribute_unfit"),
        ("ties.csv", 11, "amount", "tie_attribute_unfit"),
        ("ties.csv", 15, "since", "before_subject"),
        ("ties.csv", 16, "target", "cells_too_few"),
        ("consents.csv", 3, "purpose", "purpose_unknown"),
        ("consents.csv", 4, "guardian", "guardian_missing"),
        ("consents.csv", 5, "guardian", "guardian_unneeded"),
        ("consents.csv", 6, "until", "days_reversed"),
        ("consents.csv", 7, "guardian", "guardian_unfit"),
        ("records.jsonl", 2, "rule", "rule_unknown"),
        ("records.jsonl", 3, "scheme", "scheme_unknown"),
        ("records.jsonl", 4, "subject", "subject_unknown"),
        ("records.jsonl", 5, "happened_on", "day_in_future"),
        ("records.jsonl", 6, "happened_on", "before_subject"),
        ("records.jsonl", 7, "points", "points_fixed"),
        ("records.jsonl", 8, "quantity", "quantity_missing"),
        ("records.jsonl", 9, "quantity", "decimal_unreadable"),
        ("records.jsonl", 10, "quantity", "quantity_out_of_range"),
        ("records.jsonl", 11, "subject", "subject_kind_unfit"),
        ("records.jsonl", 12, "approved_on", "day_too_early"),
        ("records.jsonl", 13, "approver", "roles_held_by_one"),
        ("records.jsonl", 14, "approver", "approver_unneeded"),
        ("records.jsonl", 15, "subject", "json_value_unfit"),
        ("records.jsonl", 16, "happend_on", "column_unknown"),
        ("records.jsonl", 17, "", "json_field_twice"),
        ("records.jsonl", 18, "", "json_not_object"),
        ("records.jsonl", 19, "note", "character_unfit"),
        ("records.jsonl", 20, "", "json_broken"),
        ("records.jsonl", 21, "", "line_cut_off"),
    ]
    assert head_of(service) == before


def test_a_fault_in_one_file_keeps_all_files_out(service: TrustService, write: Write) -> None:
    before = head_of(service)
    files = [
        write("records.csv", RECORDS.replace("p-1", "p-9")),
        write("ties.csv", TIES),
        write("subjects.csv", SUBJECTS),
    ]

    with pytest.raises(loaders.FilesFaulty) as refusal:
        loaders.load(service, files)

    assert faults_of(refusal) == [("records.csv", 2, "subject", "subject_unknown")]
    assert head_of(service) == before
    assert service.vault.find("林书瑶", limit=5) == []


def test_a_subject_that_is_faulty_is_not_also_told_as_unknown(service: TrustService, write: Write) -> None:
    subjects = write("subjects.csv", SUBJECTS.replace("2013-04-02", "2013-04-31"))

    with pytest.raises(loaders.FilesFaulty) as refusal:
        loaders.load(service, [subjects, write("ties.csv", TIES), write("records.csv", RECORDS)])

    assert faults_of(refusal) == [("subjects.csv", 2, "born_on", "day_unreadable")]


def test_an_identifier_belongs_to_one_subject(service: TrustService, write: Write) -> None:
    head = "id,kind,name,external_id.roll\n"
    loaders.load(service, [write("subjects.csv", head + "p-1,person,a,7\n")])

    with pytest.raises(loaders.FilesFaulty) as refusal:
        loaders.load(service, [write("subjects.csv", head + "p-2,person,b,7\np-3,person,c,8\np-4,person,d,8\n")])

    assert faults_of(refusal) == [
        ("subjects.csv", 2, "external_id.roll", "identifier_taken"),
        ("subjects.csv", 4, "external_id.roll", "identifier_taken"),
    ]


def test_the_same_id_with_another_content_names_the_column(service: TrustService, write: Write) -> None:
    loaders.load(service, [write("subjects.csv", SUBJECTS), write("ties.csv", TIES), write("records.csv", RECORDS)])
    before = head_of(service)
    changed = [
        write("subjects.csv", SUBJECTS.replace("孙浩然", "孙浩")),
        write("ties.csv", TIES.replace("t-2,member_of,p-2,sg-1,2026-03-02", "t-2,member_of,p-2,sg-1,2026-03-05")),
        write("records.csv", RECORDS.replace("2026-03-04", "2026-03-05")),
    ]

    with pytest.raises(loaders.FilesFaulty) as refusal:
        loaders.load(service, changed)

    assert faults_of(refusal) == [
        ("subjects.csv", 3, "name", "exists_differently"),
        ("ties.csv", 3, "since", "exists_differently"),
        ("records.csv", 2, "approved_on", "exists_differently"),
    ]
    assert head_of(service) == before


def test_a_tie_of_earlier_days_may_not_change_records_that_exist(service: TrustService, write: Write) -> None:
    first = TIES.splitlines(keepends=True)
    loaders.load(service, [write("subjects.csv", SUBJECTS), write("ties.csv", "".join(first[:2]))])
    loaders.load(service, [write("records.csv", RECORDS)])
    before = head_of(service)

    with pytest.raises(loaders.FilesFaulty) as refusal:
        loaders.load(service, [write("ties.csv", TIES)])

    assert faults_of(refusal) == [("ties.csv", 3, "", "history_touched")]
    assert refusal.value.found.faults[0].refusal.parameters == {"records": "r-1"}
    assert head_of(service) == before


def test_without_a_policy_only_subjects_come_in(bare: Open, write: Write) -> None:
    service = bare("young")

    with pytest.raises(PolicyMissing):
        loaders.load(service, [write("subjects.csv", SUBJECTS), write("ties.csv", TIES)])

    assert head_of(service).entered_on is None or loaders.check(service, [write("subjects.csv", SUBJECTS)]).new == 3
    assert loaders.load(service, [write("subjects.csv", SUBJECTS)]).new == 3


def test_checking_tells_what_would_be_new_and_writes_nothing(service: TrustService, write: Write) -> None:
    loaders.load(service, [write("subjects.csv", SUBJECTS)])
    before = head_of(service)

    report = loaders.check(service, [write("subjects.csv", SUBJECTS), write("ties.csv", TIES)])

    assert report.counts == {Freight.SUBJECTS: Count(known=3), Freight.TIES: Count(new=2)}
    assert head_of(service) == before


def test_a_row_that_stands_twice_is_taken_once(service: TrustService, write: Write) -> None:
    first = write("subjects.csv", SUBJECTS + "p-1,person,林书瑶,2013-04-02\n")
    second = write("more-subjects.jsonl", '{"id":"p-2","kind":"person","name":"孙浩然","born_on":"2013-05-03"}\n')

    assert loaders.load(service, [first, second]).counts == {Freight.SUBJECTS: Count(new=3, known=2)}


def test_more_rows_than_a_run_takes_are_refused(
    service: TrustService, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "ROWS_PER_RUN_MAX", 2)

    with pytest.raises(LimitExceeded):
        loaders.load(service, [write("subjects.csv", SUBJECTS)])


# -- Whose names stand behind it ---------------------------------------------------------------------------------------


def test_filer_and_approver_are_the_rows_own_or_the_runs(service: TrustService, write: Write) -> None:
    records = (
        "id,subject,scheme,rule,happened_on,approved_on,filer,approver\n"
        "r-1,p-1,school,littered,2026-03-03,2026-03-04,,\n"
        "r-2,p-1,school,littered,2026-03-03,2026-03-04,t-1,t-2\n"
    )

    loaders.load(
        service,
        [write("subjects.csv", SUBJECTS), write("records.csv", records)],
        filer="office",
        approver="head",
    )

    with service.reading() as reading:
        found = reading.records_of(["r-1", "r-2"])
    assert (found["r-1"].filer, found["r-1"].approver) == ("office", "head")
    assert (found["r-2"].filer, found["r-2"].approver) == ("t-1", "t-2")


def test_names_of_persons_do_not_sign(service: TrustService, write: Write) -> None:
    with pytest.raises(IdMalformed):
        loaders.load(service, [write("subjects.csv", SUBJECTS)], filer="张老师")


# -- Order and time ----------------------------------------------------------------------------------------------------


def test_records_are_approved_in_the_order_of_their_days(service: TrustService, write: Write) -> None:
    records = (
        "id,subject,scheme,rule,happened_on,approved_on\n"
        "r-2,p-1,school,tutored-peer,2026-03-20,2026-03-23\n"
        "r-1,p-1,school,tutored-peer,2026-03-10,2026-03-11\n"
    )

    loaders.load(service, [write("subjects.csv", SUBJECTS), write("records.csv", records)])

    with service.reading() as reading:
        found = reading.records_of(["r-1", "r-2"])
    assert (found["r-1"].points, found["r-2"].points) == (2_000_000, 0)


def test_what_changed_between_check_and_writing_is_told(service: TrustService, write: Write) -> None:
    def meddle(step: Step) -> None:
        if (step.phase, step.done) == ("write", 0):
            service.do(partial(enrol, subject="p-2", kind="family", actor="somebody"))

    with pytest.raises(loaders.LoadCutShort) as refusal:
        loaders.load(service, [write("subjects.csv", SUBJECTS)], progress=meddle)

    assert refusal.value.parameters["written"] == 2
    (fault,) = refusal.value.found.faults
    assert (fault.line, fault.field, fault.refusal.code) == (3, "kind", "exists_differently")


def test_a_full_disk_is_told_once_and_not_for_every_row(
    service: TrustService, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_profiles: object) -> None:
        raise VaultFull(path="school.vault.db")

    with service.reading() as reading:
        before = reading.head()
    monkeypatch.setattr(service.vault, "put_profiles", full)

    with pytest.raises(VaultFull):
        loaders.load(service, [write("subjects.csv", SUBJECTS)])

    with service.reading() as reading:
        assert reading.head() == before
