"""Workbooks: the four freights from their sheets, and everything that can be wrong with one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

import loaders
from graph_service.service import TrustService
from loaders import Count, Freight, parts
from loaders.faults import Found

Open = Callable[[str], TrustService]
Table = list[list[object]]

HEAD: list[object] = ["id", "kind", "name", "born_on", "external_id.roll"]


def book(path: Path, merged: tuple[str, ...] = (), **sheets: Table) -> Path:
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, table in sheets.items():
        sheet = made.create_sheet(title)
        for row in table:
            sheet.append(row)
        for range_ in merged:
            sheet.merge_cells(range_)
    made.save(path)
    return path


def found_in(service: TrustService, path: Path) -> Found:
    with pytest.raises(loaders.FilesFaulty) as refusal:
        loaders.load(service, [path])
    with service.reading() as reading:
        assert reading.subjects(kinds=(), after=None, limit=1) == []
    return refusal.value.found


def places(found: Found) -> list[tuple[int | None, str, str]]:
    return [(fault.line, fault.field, fault.refusal.code) for fault in found.faults]


def test_one_workbook_holds_all_freights_with_their_days(service: TrustService, tmp_path: Path) -> None:
    path = book(
        tmp_path / "school.xlsx",
        subjects=[
            ["Pupils of 2026"],
            [],
            HEAD,
            ["p-1", "person", "林书瑶", date(2012, 4, 2), "0101"],
            ["p-2", "person", "陈一诺", 20120403, None],
            ["g-1", "person", "陈建国", "1980年1月2日", None],
            ["sg-1", "study_group", "启明小组", None, None],
        ],
        ties=[
            ["id", "kind", "source", "target", "since"],
            ["t-1", "member_of", "p-1", "sg-1", "2026.2.2"],
            ["t-2", "member_of", "p-2", "sg-1", date(2026, 2, 2)],
        ],
        records=[
            ["id", "subject", "scheme", "rule", "happened_on", "approved_on"],
            ["r-1", "p-1", "school", "returned-lost-property", "2026/3/18", "2026/3/19"],
        ],
        Sheet3=[],
        说明=[["Fill in every line."]],
    )

    report = loaders.load(service, [path])

    assert report.counts == {
        Freight.SUBJECTS: Count(new=4),
        Freight.TIES: Count(new=2),
        Freight.RECORDS: Count(new=1),
    }
    profiles = service.vault.profiles_of(["p-1", "p-2"])
    assert [str(profiles[id_].born_on) for id_ in ("p-1", "p-2")] == ["2012-04-02", "2012-04-03"]
    assert profiles["p-1"].identifiers == {"roll": "0101"}
    with service.reading() as reading:
        assert [str(tie.since) for tie in reading.ties(after=None, limit=9)] == ["2026-02-02", "2026-02-02"]
        reached = {each.subject for each in reading.standings("school", after=None, limit=9)}
    assert reached == {"p-1", "p-2", "sg-1"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["p-1", "person", "=A1", None, None], (2, "name", "formula_found")),
        (["p-1", "person", "#N/A", None, None], (2, "name", "cell_broken")),
        (["p-1", "person", "a", None, 3.7068219900101e17], (2, "external_id.roll", "digits_lost")),
        (["p-1", "person", "a", "2.3.2012", None], (2, "born_on", "day_unreadable")),
        (["p-1", "person", "a", None, None, "stray"], (2, "", "column_unnamed")),
        ([None, "person", "a", None, None], (2, "id", "cell_empty")),
    ],
)
def test_each_cell_that_is_no_value_is_told(
    shared: TrustService, tmp_path: Path, row: list[object], expected: tuple[int, str, str]
) -> None:
    found = found_in(shared, book(tmp_path / "a.xlsx", subjects=[HEAD, row]))

    assert places(found) == [expected]
    assert found.faults[0].file.endswith("a.xlsx!subjects")


def test_zeros_that_a_number_lost_are_told(shared: TrustService, tmp_path: Path) -> None:
    table: Table = [HEAD, ["p-1", "person", "a", None, "0101"], ["p-2", "person", "b", None, 102]]

    found = found_in(shared, book(tmp_path / "a.xlsx", subjects=table))

    assert places(found) == [(3, "external_id.roll", "zeros_lost")]


def test_merged_cells_belong_to_all_their_rows(service: TrustService, tmp_path: Path) -> None:
    table: Table = [HEAD, ["p-1", "person", "a"], ["p-2", None, "b"], [None, None, None], ["p-3", None, "c"]]

    report = loaders.load(service, [book(tmp_path / "a.xlsx", ("B2:B3", "B5:C5"), subjects=table[:3])])

    assert report.counts == {Freight.SUBJECTS: Count(new=2)}


def test_what_is_no_workbook_is_told_as_what_it_is(
    shared: TrustService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = book(tmp_path / "sound.xlsx", subjects=[HEAD, ["p-1", "person", "a"]]).read_bytes()
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    contents = {
        "file_empty": b"",
        "workbook_broken": sound[: len(sound) // 2],
        "workbook_old": old,
        "workbook_locked": old + "EncryptedPackage".encode("utf-16-le"),
    }

    for code, content in contents.items():
        (tmp_path / "a.xlsx").write_bytes(content)
        assert places(found_in(shared, tmp_path / "a.xlsx")) == [(None, "", code)]
    (tmp_path / "a.xlsx").write_bytes(other.getvalue())
    assert places(found_in(shared, tmp_path / "a.xlsx")) == [(None, "", "workbook_broken")]
    book(tmp_path / "a.xlsx", Sheet1=[])
    assert places(found_in(shared, tmp_path / "a.xlsx")) == [(None, "", "file_empty")]
    book(tmp_path / "a.xlsx", Sheet1=[["something"], ["else"]])
    assert places(found_in(shared, tmp_path / "a.xlsx")) == [(None, "", "freight_unclear")]


def test_what_a_workbook_would_unpack_to_is_bounded(shared: TrustService, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/styles.xml", b" " * (parts.BYTES_MAX[parts.PartSort.REST] + 1))

    assert path.stat().st_size < 100_000
    assert places(found_in(shared, path)) == [(None, "", "limit_exceeded")]


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ENTITIES = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


def sheet_of(rows: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("part", "content", "code", "limit"),
    [
        ("sheet1", sheet_of("<row>" * 65), "limit_exceeded", "workbook_depth_max"),
        ("sheet1", sheet_of("<row>" + "<c/>" * 500_000), "limit_exceeded", "workbook_elements_max"),
        ("sheet1", sheet_of('<row r="1"/>' * 1_048_577), "limit_exceeded", "rows_max"),
        ("sheet1", sheet_of('<row r="999999999999"/>'), "limit_exceeded", "rows_max"),
        ("sheet1", sheet_of("x" * 3 * 1024 * 1024), "limit_exceeded", "workbook_text_bytes_max"),
        ("sheet1", sheet_of(f'<row a="{"x" * 3 * 1024 * 1024}"/>'), "limit_exceeded", "workbook_text_bytes_max"),
        ("sheet1", ENTITIES + sheet_of("<row/>"), "workbook_broken", ""),
        ("sheet1", sheet_of("<row>"), "workbook_broken", ""),
        ("../sharedStrings", ENTITIES + f"<sst {MAIN}><si><t>&b;</t></si></sst>", "workbook_broken", ""),
        ("../media/picture", "<a>" * 65, "limit_exceeded", "workbook_depth_max"),
    ],
)
def test_what_would_take_up_too_much_is_refused_before_it_is_parsed(
    shared: TrustService, tmp_path: Path, part: str, content: str, code: str, limit: str
) -> None:
    made = book(tmp_path / "made.xlsx", subjects=[HEAD])
    path = tmp_path / "hostile.xlsx"
    name = f"xl/worksheets/{part}.xml".replace("worksheets/../", "")
    with zipfile.ZipFile(made) as sound, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as hostile:
        for each in sound.namelist():
            if each != name:
                hostile.writestr(each, sound.read(each))
        hostile.writestr(name, content)

    found = found_in(shared, path)

    assert places(found) == [(None, "", code)]
    assert found.faults[0].refusal.parameters.get("limit", "") == limit


def test_pictures_in_a_workbook_are_nobodys_business(service: TrustService, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", subjects=[HEAD, ["p-1", "person", "a"]])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/large.png", b"\x89PNG" + b"\0" * (parts.BYTES_MAX[parts.PartSort.REST] + 1))

    assert loaders.load(service, [path]).new == 1


def test_more_columns_than_are_read_are_told(shared: TrustService, tmp_path: Path) -> None:
    wide: list[object] = [*HEAD, *[None] * parts.COLUMNS_MAX, "far away"][: parts.COLUMNS_MAX]

    path = book(tmp_path / "a.xlsx", subjects=[[*wide, "far away"], ["p-1", "person", "a"]])

    assert places(found_in(shared, path)) == [(None, "", "limit_exceeded")]
