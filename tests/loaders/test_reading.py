"""What can be wrong with a file as a file: every fault with its line and column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import loaders
from graph_service.service import TrustService
from loaders import rows
from loaders.faults import Found

Write = Callable[[str, "str | bytes"], Path]
Place = tuple[int | None, str, str]

HEAD = "id,kind,name,born_on\n"
GOOD = "p-1,person,林书瑶,2013-04-02\n"


def found_in(service: TrustService, *paths: Path) -> Found:
    """Load files that have faults, and prove that nothing changed."""
    with service.reading() as reading:
        before = reading.head()

    with pytest.raises(loaders.FilesFaulty) as refusal:
        loaders.load(service, paths)

    with service.reading() as reading:
        assert reading.head() == before
    assert service.vault.profiles_of(["p-1", "p-2", "p-3"]) == {}
    assert refusal.value.parameters["faults"] == refusal.value.found.count
    return refusal.value.found


def places(found: Found) -> list[Place]:
    return [(fault.line, fault.field, fault.refusal.code) for fault in found.faults]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("subjects.csv", "", [(None, "", "file_empty")]),
        ("subjects.csv", "\ufeff\n\n", [(None, "", "file_empty")]),
        ("ties.jsonl", "", [(None, "", "file_empty")]),
        ("subjects.pdf", HEAD + GOOD, [(None, "", "file_form_unknown")]),
        ("subjects.xlsx", HEAD + GOOD, [(None, "", "file_form_other")]),
        ("subjects.csv", b"PK\x03\x04....", [(None, "", "file_form_other")]),
        ("subjects.csv", HEAD + "p-1,person,=1+2,\n", [(2, "name", "formula_found")]),
        ("people.csv", "id,given name\np-1,x\n", [(None, "", "freight_unclear")]),
        ("ties-of-subjects.csv", "id,given name\np-1,x\n", [(None, "", "freight_unclear")]),
        ("subjects.csv", HEAD.encode() + b"p-1,person,\x80\xff,\n", [(2, "", "file_not_text")]),
        ("subjects.csv", b"\xff\xfe" + HEAD.encode("utf-16-le") + b"\x00\xd8\n", [(2, "", "file_not_text")]),
        ("subjects.csv", (HEAD + GOOD).encode() + "p-2,person,周一诺,\n".encode("gbk"), [(3, "", "encodings_mixed")]),
        ("subjects.csv", HEAD, [(None, "", "rows_missing")]),
        ("subjects.csv", HEAD + ",,,\n", [(None, "", "rows_missing")]),
        ("records.csv", "id,subject,scheme,rule,happened_on\nr-1,13800010002,school,x,2026-03-02\n",
         [(2, "subject", "id_personal")]),
        ("ties.csv", "id,kind,source,target,since\nt-1,member_of,13800010002,sg-1,2026-03-02\n",
         [(2, "source", "id_personal")]),
        ("subjects.csv", "id,name\np-1,x\n", [(1, "kind", "column_missing")]),
        ("subjects.csv", '"id,kind,name\np-1,person,x\n', [(1, "", "quote_unclosed")]),
        ("subjects.csv", "id,kind,nam\np-1,person,x\n", [(1, "nam", "column_unknown"), (1, "name", "column_missing")]),
        ("subjects.csv", "id,kind,name,name\np-1,person,x,y\n", [(1, "name", "column_twice")]),
        ("subjects.csv", "id,kind,name,\np-1,person,x,\n", [(1, "", "column_unnamed")]),
        ("subjects.csv", HEAD + "p-1,person\n" + GOOD, [(2, "name", "cells_too_few")]),
        ("subjects.csv", HEAD + "p-1,person,a,b,c\n", [(2, "born_on", "cells_too_many")]),
        ("subjects.csv", HEAD + 'p-1,person,"a" b,\n', [(2, "", "quote_misplaced")]),
        ("subjects.csv", HEAD + 'p-1,person,"a,\np-2,person,b,2013-02-30\n',
         [(2, "name", "quote_unclosed"), (3, "born_on", "day_unreadable")]),
        ("subjects.csv", HEAD + "p-1,person,a\0b,\n", [(2, "name", "character_unfit")]),
        ("subjects.csv", HEAD + "p-1,person,a\u202eb,\n", [(2, "name", "character_unfit")]),
        ("subjects.csv", HEAD + f"p-1,person,{'x' * 70_000},\n", [(2, "", "line_too_long")]),
        ("subjects.csv", HEAD + f"p-1,person,{'x' * 201},\n", [(2, "name", "cell_too_long")]),
        ("subjects.csv", HEAD + ",person,a,\np-1,,a,\n", [(2, "id", "cell_empty"), (3, "kind", "cell_empty")]),
        ("subjects.csv", HEAD + "p-1,person,a,20131302\np-2,person,a,2013-W10-1\n",
         [(2, "born_on", "day_unreadable"), (3, "born_on", "day_unreadable")]),
        ("subjects.csv", HEAD + GOOD + "p-1,person,林书瑶,2013-04-03\n", [(3, "id", "id_twice")]),
        ("subjects.csv", "id,kind,name,external_id.Roll No\np-1,person,a,7\n",
         [(2, "external_id.Roll No", "external_scheme_unfit")]),
        ("subjects.jsonl", '{"id": "p-1", "kind": "person"}\n{"id": "p-2", "kin', [(2, "", "line_cut_off")]),
        ("subjects.jsonl", '{"id": "p-1", "kin\n{"id": "p-2", "kind": "person"}\n', [(1, "", "json_broken")]),
        ("subjects.jsonl", '{"id": "p-1", "kind": NaN}\n', [(1, "", "json_broken")]),
        ("subjects.jsonl", "[" * 50_000 + "\n", [(1, "", "json_broken")]),
        ("subjects.jsonl", '"p-1"\n', [(1, "", "json_not_object")]),
        ("subjects.jsonl", '{"id": "p-1", "id": "p-2", "kind": "person"}\n', [(1, "", "json_field_twice")]),
        ("subjects.jsonl", '{"id": "p-1", "kind": true}\n', [(1, "kind", "json_value_unfit")]),
        ("subjects.jsonl", '{"id": "p-1", "kind": "person", "name": "\\ud800"}\n', [(1, "name", "character_unfit")]),
        ("subjects.jsonl", '{"id": "p-1", "kind": "person", "external_ids": "7"}\n',
         [(1, "external_ids", "json_value_unfit")]),
        ("subjects.jsonl", '{"id": "p-1", "kind": "person", "nam": "a", "born_on": "x"}\n',
         [(1, "nam", "column_unknown"), (1, "born_on", "day_unreadable")]),
    ],
)  # fmt: skip
def test_each_fault_is_told_where_it_is(
    shared: TrustService, write: Write, name: str, content: str | bytes, expected: list[Place]
) -> None:
    assert places(found_in(shared, write(name, content))) == expected


def test_a_file_that_is_not_there_is_named(service: TrustService, tmp_path: Path) -> None:
    found = found_in(service, tmp_path / "ties.csv")

    assert str(found.faults[0].refusal) == f"There is no file {tmp_path}/ties.csv. Correct the path."


def test_a_folder_is_no_file(service: TrustService, tmp_path: Path) -> None:
    (tmp_path / "subjects.csv").mkdir()

    assert places(found_in(service, tmp_path / "subjects.csv")) == [(None, "", "file_is_folder")]


def test_a_file_over_the_limit_is_not_read(
    service: TrustService, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "FILE_BYTES_MAX", len((HEAD + GOOD).encode()) - 1)

    assert places(found_in(service, write("subjects.csv", HEAD + GOOD))) == [(None, "", "limit_exceeded")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("subjects.csv", HEAD + GOOD),
        ("subjects.csv", "\ufeff" + HEAD + GOOD),
        ("subjects.csv", (HEAD + GOOD).replace("\n", "\r\n")),
        ("subjects.csv", (HEAD + GOOD).replace("\n", "\r")),
        ("subjects.csv", (HEAD + GOOD).rstrip()),
        ("subjects.csv", "\n" + HEAD + "\n" + GOOD + ",,,\n\n"),
        ("subjects.csv", "name,born_on,id,kind\n林书瑶 ,2013-04-02, p-1,person\n"),
        ("subjects.csv", HEAD + '"p-1","person","林书瑶",2013-04-02\n'),
        ("subjects.csv", (HEAD + GOOD).encode("gbk")),
        ("subjects.csv", (HEAD + GOOD).encode("utf-16")),
        ("subjects.csv", (HEAD + GOOD).encode("utf-8-sig")),
        ("subjects.csv", (HEAD + GOOD).replace("2013-04-02", "2013/4/2")),
        ("subjects.csv", (HEAD + GOOD).replace("2013-04-02", "2013.4.2")),
        ("subjects.csv", (HEAD + GOOD).replace("2013-04-02", "2013年4月2日")),
        ("subjects.csv", (HEAD + GOOD).replace("2013-04-02", "20130402")),
        ("subjects.csv", (HEAD + GOOD).replace("2013-04-02", "\uff12\uff10\uff11\uff13-04-02")),
        ("subjects.csv", (HEAD + GOOD).replace(",", ";")),
        ("subjects.csv", (HEAD + GOOD).replace(",", "\t")),
        ("class.csv", (HEAD + GOOD).replace(",", "\t")),
        ("SUBJECTS-2026.CSV", HEAD + GOOD),
        ("class.csv", HEAD + GOOD),
        ("subjects.jsonl", '{"id":"p-1","kind":"person","name":"林书瑶","born_on":"2013-04-02"}\n'),
        ("subjects.ndjson", '\n{"id":"p-1","kind":"person","name":"林书瑶","born_on":"2013-04-02","since":null}'),
    ],
)
def test_the_same_row_is_read_from_every_form(
    service: TrustService, write: Write, name: str, content: str | bytes
) -> None:
    report = loaders.load(service, [write(name, content)])

    assert report.new == 1
    profile = service.vault.profiles_of(["p-1"])["p-1"]
    assert (profile.name, str(profile.born_on), profile.identifiers) == ("林书瑶", "2013-04-02", {})


def test_what_a_file_holds_may_be_said(service: TrustService, write: Write) -> None:
    report = loaders.load(service, [write("ties.csv", HEAD + GOOD)], freight=loaders.Freight.SUBJECTS)

    assert report.counts == {loaders.Freight.SUBJECTS: loaders.Count(new=1, known=0)}


def test_only_the_first_thousand_faults_are_kept_and_all_are_counted(service: TrustService, write: Write) -> None:
    bad = "".join(f"p-{number},persn,x,\n" for number in range(2_345))

    found = found_in(service, write("subjects.csv", HEAD + bad))

    assert (len(found.faults), found.more, found.count) == (1_000, 1_345, 2_345)
    assert [fault.line for fault in found.faults] == list(range(2, 1_002))
