"""Copies as an operator makes them on the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graph_service.cli.main import main
from graph_service.model.journal import Head
from graph_service.wiring import open_store

EXAMPLES = Path(__file__).parents[2] / "examples" / "school"
DAY = "2026-07-03"

#: Copies an entry a page, and says how far it is, so that there is a middle to be killed in.
SLOWLY = """
import sys
from graph_service.cli.main import main
from graph_service.copying import journal

write = journal._write

def told(*given):
    head = write(*given)
    print(head.seq, flush=True)
    return head

journal._write = told
journal.ENTRIES_PER_READING = journal.ROWS_PER_PAGE = 1
sys.argv = ["trustnet", *{words}]
main()
"""


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["trustnet", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a store with the example school, told in entries one by one."""
    address = f"sqlite:///{tmp_path}/school.db"
    files = sorted(map(str, [*EXAMPLES.glob("*.csv"), *EXAMPLES.glob("*.jsonl")]))
    words = ("load", "--policy", "wendeng", "--since", "2026-02-01", "--today", DAY, "--store", address, *files)
    assert run(monkeypatch, *words) == 0
    return address


def head(address: str) -> Head:
    store = open_store(address, create=False)
    try:
        with store.reading() as reading:
            return reading.head()
    finally:
        store.close()


def test_a_store_moves_house_and_its_vault_stays(
    school: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = f"sqlite:///{tmp_path}/moved/school.db"

    assert run(monkeypatch, "copy", "--from", school, "--to", moved) == 0

    told = capsys.readouterr().err
    assert f"copied: {head(school).seq} entries" in told
    assert f"verified: {head(school).seq} entries, head {head(school).hash.hex()}" in told
    assert head(moved) == head(school)
    assert sorted(path.name for path in (tmp_path / "moved").iterdir()) == ["school.db"]
    standings = [
        (run(monkeypatch, "standings", "--scheme", "school", "--format", "csv", "--store", at), capsys.readouterr().out)
        for at in (school, moved)
    ]
    assert standings[0] == standings[1]


def test_what_cannot_be_copied_is_refused(
    school: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = f"sqlite:///{tmp_path}/missing.db"
    other = f"sqlite:///{tmp_path}/other.db"
    assert run(monkeypatch, "load", "--policy", "encourage", "--today", DAY, "--store", other) == 0
    (tmp_path / "notes.db").write_text("something else altogether, and longer than a header " * 40)
    capsys.readouterr()
    copies = {
        "copy_onto_itself": (school, f"sqlite:///{tmp_path}/./school.db"),
        "store_missing": (missing, f"sqlite:///{tmp_path}/new.db"),
        "copy_target_differs": (school, other),
        "store_not_ours": (school, f"sqlite:///{tmp_path}/notes.db"),
    }

    for code, (source, target) in copies.items():
        assert run(monkeypatch, "copy", "--from", source, "--to", target) == 2
        assert f"refused ({code})" in capsys.readouterr().err
    assert not (tmp_path / "new.db").exists()


def test_a_copy_that_is_killed_goes_on_when_it_is_asked_for_again(
    school: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = f"sqlite:///{tmp_path}/target.db"
    words = ("copy", "--from", school, "--to", target)
    copying = subprocess.Popen([sys.executable, "-c", SLOWLY.format(words=words)], stdout=subprocess.PIPE, text=True)
    assert copying.stdout is not None
    assert [copying.stdout.readline() for _ in range(3)] == ["1\n", "2\n", "3\n"]
    os.kill(copying.pid, signal.SIGKILL)
    assert copying.wait() == -signal.SIGKILL
    copying.stdout.close()
    held = head(target)
    assert 3 <= held.seq < head(school).seq

    assert run(monkeypatch, *words) == 0

    assert head(target) == head(school)


def test_a_pseudonymous_copy_is_written_and_refused_wherever_a_store_is_asked_for(
    school: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copied = f"sqlite:///{tmp_path}/analysts.db"
    words = ("copy", "--pseudonymous", "--from", school, "--to", copied)
    assert run(monkeypatch, *words) == 0
    assert "154 subjects" in capsys.readouterr().err
    content = (tmp_path / "analysts.db").read_bytes()

    for refused in (
        ("standings", "--scheme", "school", "--store", copied),
        ("serve", "--store", copied),
        ("verify", "--store", copied),
        ("load", "--store", copied, "--policy", "wendeng"),
        ("copy", "--from", copied, "--to", f"sqlite:///{tmp_path}/third.db"),
        ("copy", "--from", school, "--to", copied),
    ):
        assert run(monkeypatch, *refused) == 2
        assert "refused (store_is_copy)" in capsys.readouterr().err
    assert run(monkeypatch, *words) == 2
    assert "refused (copy_taken)" in capsys.readouterr().err
    assert (tmp_path / "analysts.db").read_bytes() == content
    names = (EXAMPLES / "subjects.csv").read_text(encoding="utf-8").splitlines()[1:]
    told = [cell for row in names for cell in row.split(",")[:3:2] if len(cell.encode()) >= 4]
    assert len(told) > 150
    assert [cell for cell in told if cell.encode() in content] == []
