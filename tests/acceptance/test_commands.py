"""The command line as its users meet it: nothing is written before everything is checked."""

from __future__ import annotations

import stat
from datetime import date
from functools import partial
from io import StringIO
from pathlib import Path
from socket import socket

import pytest

from graph_service.actions.enrol import enrol
from graph_service.actions.keep import leave_unkept
from graph_service.cli.main import main
from graph_service.ports.vault import Profile
from graph_service.settings import Settings
from graph_service.wiring import open_service

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["trustnet", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def load(monkeypatch: pytest.MonkeyPatch, store: str, *words: str) -> int:
    return run(monkeypatch, "load", "--policy", "wendeng", "--today", "2026-07-03", "--store", store, *words)


def entries(store: str) -> int:
    service = open_service(Settings(store=store))
    try:
        with service.reading() as reading:
            return reading.head().seq
    finally:
        service.close()


def test_a_faulty_file_adopts_no_policy_and_a_check_adopts_none_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:///{tmp_path}/school.db"

    refused = load(monkeypatch, store, str(EXAMPLES / "faulty" / "ties.csv"))
    checked = load(monkeypatch, store, "--check", str(EXAMPLES / "school" / "subjects.csv"))

    assert (refused, checked) == (2, 0)
    assert "adopted" not in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [(), ("--policy", "wendeng")])
def test_a_faulty_first_load_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    faulty = tmp_path / "subjects.csv"
    faulty.write_text("id,kind,name\np-1,persn,Lin\n")

    assert run(monkeypatch, "load", *words, "--store", f"sqlite:///{tmp_path}/new/school.db", str(faulty)) == 2

    assert list(tmp_path.iterdir()) == [faulty]


def test_a_new_store_is_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = f"sqlite:///{tmp_path}/school.db"

    assert load(monkeypatch, store, str(EXAMPLES / "school" / "subjects.csv")) == 0

    assert stat.S_IMODE((tmp_path / "school.db").stat().st_mode) == 0o600


def test_a_refusal_prints_no_header_that_looks_like_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:///{tmp_path}/school.db"
    load(monkeypatch, store)
    capsys.readouterr()

    words = ("standings", "--scheme", "school", "--on", "2030-01-01", "--format", "csv", "--store", store)

    assert run(monkeypatch, *words) == 2
    assert capsys.readouterr().out == ""


def test_an_enrolment_that_was_cut_off_behind_the_vault_is_finished_by_asking_again(tmp_path: Path) -> None:
    service = open_service(Settings(store=f"sqlite:///{tmp_path}/school.db", today=date(2026, 3, 2)), create=True)
    try:
        service.vault.put_profiles({"p-01": Profile(name="林小雨", identifiers={"roll": "0417"})})

        service.do(
            partial(enrol, subject="p-01", kind="person", name="林小雨", identifiers={"roll": "0417"}, actor="clerk")
        )

        with service.reading() as reading:
            assert list(reading.subjects_of(["p-01"])) == ["p-01"]
    finally:
        service.close()


def test_a_district_is_made_up_once_and_then_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = f"sqlite:///{tmp_path}/district.db"
    words = ("demo", "--subjects", "200", "--until", "2026-11-22", "--no-serve", "--store", store)

    assert run(monkeypatch, *words) == 0
    told = entries(store)

    assert told > 300
    assert run(monkeypatch, *words) == 0
    assert entries(store) == told


def test_a_district_is_written_as_files_that_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("demo", "--subjects", "200", "--until", "2026-07-02", "--to", str(tmp_path / "district"))

    assert run(monkeypatch, *words) == 0

    store = f"sqlite:///{tmp_path}/district.db"
    files = (str(tmp_path / "district" / "subjects.csv"), str(tmp_path / "district" / "ties.csv"))
    assert load(monkeypatch, store, *files) == 0


def test_a_person_is_forgotten_when_it_is_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:///{tmp_path}/school.db"
    load(monkeypatch, store, str(EXAMPLES / "school" / "subjects.csv"))
    before = entries(store)
    words = ("forget", "p-02", "--asked-by", "g-02", "--approver", "t-01", "--today", "2026-07-03", "--store", store)

    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    assert (run(monkeypatch, *words), entries(store)) == (1, before)
    assert "Forget p-02 for good?" in capsys.readouterr().err

    assert (run(monkeypatch, *words, "--yes"), run(monkeypatch, *words, "--yes")) == (0, 0)
    assert entries(store) == before + 1
    assert run(monkeypatch, *(word.replace("p-02", "p-99") for word in words)) == 2
    service = open_service(Settings(store=store))
    assert service.vault.profiles_of(["p-02"]) == {}
    service.close()


def test_a_port_that_is_taken_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:///{tmp_path}/served.db"
    assert load(monkeypatch, store) == 0
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        assert run(monkeypatch, "serve", "--store", store, "--today", "2026-07-03", "--port", port) == 2

    told = capsys.readouterr().err
    assert "port_taken" in told
    assert "GraphiQL" not in told


def test_what_a_load_left_unkept_is_kept_before_anybody_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:///{tmp_path}/served.db"
    assert load(monkeypatch, store) == 0
    service = open_service(Settings(store=store))
    service.do(partial(leave_unkept, schemes=["village", "school"]))
    service.close()
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        run(monkeypatch, "serve", "--store", store, "--today", "2026-07-03", "--port", str(taken.getsockname()[1]))

    assert "kept the standings that a load left when it was cut off: school, village" in capsys.readouterr().err
    service = open_service(Settings(store=store))
    with service.reading() as reading:
        assert reading.unkept() == frozenset()
    service.close()


def test_a_statement_prints_what_sets_the_grade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:///{tmp_path}/trustnet.db"
    (tmp_path / "subjects.csv").write_text("id,kind,name,since\nzhao,person,赵明,2026-01-01\n")
    (tmp_path / "records.csv").write_text(
        "id,subject,scheme,rule,happened_on,approved_on\nr1,zhao,district,drink-driving,2026-03-01,2026-03-02\n"
    )
    given = ("--since", "2026-01-01", str(tmp_path / "subjects.csv"), str(tmp_path / "records.csv"))
    assert load(monkeypatch, store, *given) == 0
    capsys.readouterr()

    asked = ("statement", "--subject", "zhao", "--scheme", "district", "--store", store)
    assert run(monkeypatch, *asked, "--format", "csv") == 0
    assert capsys.readouterr().out == (
        "happened_on,record,actor,rule,route,walk,amount,grade\n2026-03-01,r1,zhao,drink-driving,own,,0,B\n"
    )
    assert run(monkeypatch, *asked) == 0
    assert "grade B, set by r1" in capsys.readouterr().out


def test_shares_tell_what_was_filed_with_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the legal representative of a firm on the court list; and while a record waits, what would be filed."""
    store = f"sqlite:///{tmp_path}/trustnet.db"
    (tmp_path / "subjects.csv").write_text(
        "id,kind,name,since\nzhao,person,赵明,2026-01-01\nfirm,enterprise,Firm,2026-01-01\n"
    )
    (tmp_path / "ties.csv").write_text("id,kind,source,target,since\nt1,legal_representative_of,zhao,firm,2026-01-01\n")
    (tmp_path / "records.csv").write_text(
        "id,subject,scheme,rule,happened_on,approved_on\n"
        "r1,firm,enterprise,on-court-list,2026-03-01,2026-03-02\nr2,firm,enterprise,on-court-list,2026-03-01,\n"
    )
    files = [str(tmp_path / name) for name in ("subjects.csv", "ties.csv", "records.csv")]
    assert load(monkeypatch, store, "--since", "2026-01-01", *files) == 0
    capsys.readouterr()

    printed = []
    for record in ("r1", "r2"):
        asked = ("shares", "--record", record, "--store", store)
        assert run(monkeypatch, *asked, "--filed-with", "--format", "csv") == 0
        printed.append(capsys.readouterr().out.splitlines())
        assert run(monkeypatch, *asked) == 0
        assert "represents-firm-on-court-list" in capsys.readouterr().out

    header = "record,subject,scheme,rule,points,grade,state"
    assert [lines[0] for lines in printed] == [header, header]
    assert [[line.partition(",")[2] for line in lines[1:]] for lines in printed] == [
        ["zhao,district,represents-firm-on-court-list,0,C,in_force"],
        ["zhao,district,represents-firm-on-court-list,0,C,filed"],
    ]


def test_the_command_line_says_its_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("trustnet ")


def test_documents_are_read_before_anything_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = f"sqlite:///{tmp_path}/served.db"
    assert load(monkeypatch, store) == 0
    (tmp_path / "wrong.graphql").write_text("{ nothing }", "utf-8")

    assert run(monkeypatch, "serve", "--store", store, "--documents", str(tmp_path)) == 2
    assert "documents_faulty" in capsys.readouterr().err
    assert run(monkeypatch, "serve", "--store", store, "--documents-only") == 2
    assert "without --documents" in capsys.readouterr().err
