"""Reports: the same faults for people and for programs, and nothing that a terminal would obey."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

import loaders
from graph_service.errors import refusals
from graph_service.service import TrustService
from loaders.faults import Found
from loaders.refusals import FreightRefusal
from loaders.report import fault_as_csv_line, fault_as_json_line, faults_table, loaded_table, progress_bar, sorts_table

Write = Callable[[str, "str | bytes"], Path]


def found_in(service: TrustService, path: Path) -> Found:
    with pytest.raises(loaders.FilesFaulty) as refusal:
        loaders.check(service, [path])
    return refusal.value.found


def shown(renderable: object, width: int = 200) -> str:
    text = io.StringIO()
    Console(width=width, file=text).print(renderable)
    return text.getvalue()


def test_people_get_a_table_in_their_language(shared: TrustService, write: Write) -> None:
    found = found_in(shared, write("subjects.csv", "id,kind,name,born_on\np-1,person,a,2.3.2013\n"))

    english, chinese = shown(faults_table(found)), shown(faults_table(found, language="zh"))

    assert "subjects.csv:2" in english
    assert "2.3.2013 is no day. Write it as year-month-day: 2026-03-02. [day_unreadable]" in english
    assert "2.3.2013 不是日期。" in chinese


def test_programs_get_lines_of_json(shared: TrustService, write: Write) -> None:
    path = write("subjects.csv", "id,kind,name,born_on\np-1,person,a,2.3.2013\n")

    (fault,) = found_in(shared, path).faults

    assert json.loads(fault_as_json_line(fault)) == {
        "file": str(path),
        "line": 2,
        "column": "born_on",
        "code": "day_unreadable",
        "en": "2.3.2013 is no day. Write it as year-month-day: 2026-03-02.",
        "zh": "2.3.2013 不是日期。请写成 年-月-日：2026-03-02。",
    }


def test_what_a_file_says_is_shown_and_not_obeyed(shared: TrustService, write: Write) -> None:
    path = write("subjects.jsonl", '{"id": "p-1", "kind": "person", "\\u001b[31m\\ud800[bold]": "x"}\n')
    found = found_in(shared, path)

    table = shown(faults_table(found))

    assert "\x1b" not in table
    assert "\\u001b[31m\\ud800[bold]" in table
    assert json.loads(fault_as_json_line(found.faults[0]))["column"] == "\x1b[31m?[bold]"


def test_more_faults_than_are_kept_are_counted_in_both(shared: TrustService, write: Write) -> None:
    bad = "".join(f"p-{number},persn,x\n" for number in range(1_001))
    found = found_in(shared, write("subjects.csv", "id,kind,name\n" + bad + ",person,x\n"))

    assert "further faults: 2" in shown(faults_table(found))
    assert found.sorts == {("kind_unknown", "kind"): 1_001, ("cell_empty", "id"): 1}
    assert [line.split() for line in shown(sorts_table(found)).splitlines()][1:] == [
        ["1,001", "kind", "kind_unknown"],
        ["1", "id", "cell_empty"],
    ]


def test_every_fault_is_told_as_it_is_found(shared: TrustService, write: Write) -> None:
    told: list[str] = []
    path = write("subjects.csv", "id,kind,name\n" + "".join(f"p-{number},persn,x\n" for number in range(1_500)))

    with pytest.raises(loaders.FilesFaulty):
        loaders.check(shared, [path], tell_fault=lambda fault: told.append(fault_as_csv_line(fault)))

    assert len(told) == 1_500
    assert told[0].startswith(f"{path},2,kind,kind_unknown,")


def test_a_run_is_shown_with_a_bar_and_its_counts(service: TrustService, write: Write) -> None:
    console = Console(quiet=True)
    with progress_bar(console) as progress:
        report = loaders.load(service, [write("subjects.csv", "id,kind,name\np-1,person,a\n")], progress=progress)

    assert shown(loaded_table(report)).split() == ["freight", "new", "there", "already", "subjects", "1", "0"]


def test_every_refusal_of_files_has_a_code_of_its_own_and_sentences_in_both_languages() -> None:
    codes = [refusal.code for refusal in refusals()]
    ours = [refusal for refusal in refusals() if issubclass(refusal, FreightRefusal)]

    assert len(codes) == len(set(codes))
    assert all(refusal.en and refusal.zh and refusal.__doc__ for refusal in ours)
    assert len(ours) > 20
