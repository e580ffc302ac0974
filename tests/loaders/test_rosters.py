"""Rosters: sheets as schools, villages and enterprises keep them, loaded once and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

import loaders
from graph_service.model.ties import Tie
from graph_service.service import TrustService
from loaders import Count, Freight, LoadReport, RosterTerms
from loaders.faults import Found
from tests.loaders.conftest import adopt_wendeng, opened

Write = Callable[[str, "str | bytes"], Path]

ROSTERS = Path(__file__).parents[2] / "examples" / "rosters"
ORGANISATIONS = ROSTERS / "organisations.csv"
SCHOOL = "班级,学号,姓名,小组,监护人,联系电话,班主任\n"
TOMORROW = date(2026, 7, 4)


@pytest.fixture
def school(service: TrustService) -> TrustService:
    loaders.load(service, [ORGANISATIONS])
    return service


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrustService]:
    """A service with the three organisations, for tests that prove that nothing else comes in."""
    service = opened(tmp_path_factory.mktemp("untouched"), "rosters")
    adopt_wendeng(service)
    loaders.load(service, [ORGANISATIONS])
    yield service
    service.close()


def load(service: TrustService, path: Path, of: str | None = "school-7", **terms: object) -> LoadReport:
    return loaders.load(service, [path], rosters=RosterTerms(of=of, **terms))  # type: ignore[arg-type]


def found_in(service: TrustService, path: Path, of: str | None = "school-7") -> Found:
    with service.reading() as reading:
        before = reading.head()
    with pytest.raises(loaders.FilesFaulty) as refusal:
        load(service, path, of)
    with service.reading() as reading:
        assert reading.head() == before
    return refusal.value.found


def places(found: Found) -> list[tuple[int | None, str, str]]:
    return [(fault.line, fault.field, fault.refusal.code) for fault in found.faults]


def ties_of(service: TrustService, kind: str) -> list[Tie]:
    with service.reading() as reading:
        return [tie for tie in reading.ties(after=None, limit=1_000) if tie.kind == kind]


def named(service: TrustService, id_: str) -> str | None:
    profile = service.vault.profiles_of([id_]).get(id_)
    with service.reading() as reading:
        return profile.name if profile else reading.subjects_of([id_])[id_].name


@pytest.mark.parametrize(
    ("name", "of", "subjects", "ties"),
    [("school", "school-7", 59, 117), ("village", "village-9", 21, 45), ("enterprise", "firm-3", 9, 20)],
)
def test_a_roster_with_real_dirt_comes_in_once(
    school: TrustService, name: str, of: str, subjects: int, ties: int
) -> None:
    first = load(school, ROSTERS / f"{name}.xlsx", of)
    again = load(school, ROSTERS / f"{name}.xlsx", of)

    assert first.counts == {Freight.SUBJECTS: Count(new=subjects), Freight.TIES: Count(new=ties)}
    assert again.counts == {Freight.SUBJECTS: Count(known=subjects), Freight.TIES: Count(known=ties)}


def test_what_the_example_says_is_read_through_its_dirt(school: TrustService) -> None:
    report = load(school, ROSTERS / "school.xlsx")

    by_roll = {
        roll: school.vault.profiles_of([id_])[id_]
        for roll in ("0101", "0104", "0106", "0206")
        if (id_ := school.vault.subject_with("roll", f"school-7/{roll}"))
    }
    assert {roll: (profile.name, str(profile.born_on)) for roll, profile in by_roll.items()} == {
        "0101": ("周书瑶", "2013-01-13"),
        "0104": ("孙若溪", "2013-04-16"),
        "0106": ("张伟", "2013-06-18"),
        "0206": ("张伟", "2013-06-03"),
    }
    members = ties_of(school, "member_of")
    assert len({tie.target for tie in members}) == 2 + 6
    assert {named(school, tie.source) for tie in ties_of(school, "teaches")} == {"王静", "赵敏"}
    assert [(told.remark.code, told.remark.parameters["columns"]) for told in report.told] == [
        ("column_passed_over", "性别")
    ]


def test_an_id_says_nothing_of_whom_it_names(school: TrustService, write: Write) -> None:
    load(school, write("a.csv", SCHOOL + "一班,2025-01,林书瑶,,林建国,13900000001,\n"))

    for pupil in ties_of(school, "guardian_of"):
        assert not {"2025", "1390000", "lin"} & {pupil.source, pupil.target}
        assert pupil.source.startswith("p-")
        assert len(pupil.source) == 22


def test_a_pupil_who_changed_class_leaves_the_old_one_tomorrow(school: TrustService, write: Write) -> None:
    load(school, write("a.csv", SCHOOL + "一班,1,林书瑶,,,,\n一班,2,陈一诺,,,,\n"), since=date(2026, 3, 2))

    report = load(school, write("a.csv", SCHOOL + "二班,1,林书瑶,,,,\n一班,2,陈一诺,,,,\n"))

    assert report.kinds[Freight.TIES, "member_of"] == Count(new=1, known=1, ended=1)
    pupil = school.vault.subject_with("roll", "school-7/1")
    spans = [(str(tie.since), tie.until) for tie in ties_of(school, "member_of") if tie.source == pupil]
    assert sorted(spans) == [("2026-03-02", TOMORROW), ("2026-07-04", None)]


def test_a_mistake_of_the_same_day_is_voided(school: TrustService, write: Write) -> None:
    load(school, write("a.csv", SCHOOL + "一班,1,林书瑶,,,,\n"))

    load(school, write("a.csv", SCHOOL + "二班,1,林书瑶,,,,\n"))

    held = [tie for tie in ties_of(school, "member_of") if tie.voided_on is None]
    assert [named(school, tie.target) for tie in held] == ["二班"]


def test_who_no_longer_stands_in_it_is_told_and_leaves_only_a_complete_one(school: TrustService, write: Write) -> None:
    load(school, write("a.csv", SCHOOL + "一班,1,林书瑶,,,,\n一班,2,陈一诺,,,,\n"), since=date(2026, 3, 2))
    without = write("b.csv", SCHOOL + "一班,1,林书瑶,,,,\n")

    told = load(school, without)
    assert [(each.remark.code, each.remark.parameters["who"]) for each in told.told] == [("roster_lacks", "2")]
    assert told.counts[Freight.TIES].ended == 0

    ended = load(school, without, complete=True)
    assert [each.remark.code for each in ended.told] == ["roster_lacks_ended"]
    assert ended.counts[Freight.TIES].ended == 2
    assert load(school, without).told == ()


def test_a_class_teacher_who_is_followed_by_another_ends(school: TrustService, write: Write) -> None:
    load(school, write("a.csv", SCHOOL + "一班,1,林书瑶,,,,王静\n"), since=date(2026, 3, 2))

    load(school, write("a.csv", SCHOOL + "一班,1,林书瑶,,,,赵敏\n"))

    ends = {named(school, tie.source): tie.until for tie in ties_of(school, "teaches")}
    assert ends == {"王静": TOMORROW, "赵敏": None}


def test_two_of_one_name_are_two_and_one_in_two_rows_is_one(school: TrustService, write: Write) -> None:
    text = SCHOOL + "一班,1,张伟,甲组,张强,13900000001,\n一班,2,张伟,甲组,张强,13900000001,\n一班,2,张伟,甲组,,,\n"

    report = load(school, write("a.csv", text))

    assert report.kinds[Freight.SUBJECTS, "person"] == Count(new=3)
    assert len(ties_of(school, "guardian_of")) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一班,1,张伟,,,,\n一班,,张伟,,,,\n", [(3, "姓名", "name_ambiguous")]),
        ("一班,,张伟,,,,\n一班,,张伟,,,,\n", [(3, "姓名", "name_ambiguous")]),
        ("一班,1,张伟,,,,\n一班,1,李伟,,,,\n", [(3, "学号", "number_twice")]),
        ("一班,1,张伟,,,,\n二班,1,张伟,,,,\n", [(3, "班级", "roster_contradicts")]),
        (",1,张伟,,,,\n", [(2, "班级", "cell_empty")]),
        ("一班,1,=A1,,,,\n", [(2, "姓名", "formula_found")]),
        ("一班,1,张伟,,张强,13900000001,\n一班,2,李伟,,李强,13900000001,\n", [(3, "联系电话", "number_twice")]),
    ],
)
def test_what_cannot_be_told_apart_is_a_fault(
    untouched: TrustService, write: Write, text: str, expected: list[tuple[int, str, str]]
) -> None:
    assert places(found_in(untouched, write("a.csv", SCHOOL + text))) == expected


def test_a_number_of_another_is_told(school: TrustService, write: Write) -> None:
    load(school, write("a.csv", SCHOOL + "一班,1,张伟,,,,\n"))

    assert places(found_in(school, write("b.csv", SCHOOL + "一班,1,李娜,,,,\n"))) == [(2, "学号", "number_of_another")]


def test_supervisors_of_one_name_need_their_number(untouched: TrustService, write: Write) -> None:
    head = "工号,姓名,部门,直接上级,上级工号\n"
    people = "1,李伟,生产部,,\n2,李伟,生产部,,\n"

    found = found_in(untouched, write("a.csv", head + people + "3,冯雪,生产部,李伟,\n"), "firm-3")

    assert places(found) == [(4, "直接上级", "name_ambiguous")]


@pytest.mark.parametrize(
    ("of", "code"), [(None, "roster_of_missing"), ("firm-3", "roster_of_unfit"), ("x", "roster_of_unfit")]
)
def test_whose_roster_it_is_has_to_be_said(untouched: TrustService, of: str | None, code: str) -> None:
    found = found_in(untouched, ROSTERS / "school.xlsx", of)

    assert places(found) == [(None, "", code)]


def test_a_check_says_what_the_load_does(school: TrustService) -> None:
    terms = RosterTerms(of="village-9")

    checked = loaders.check(school, [ROSTERS / "village.xlsx"], rosters=terms)
    loaded = loaders.load(school, [ROSTERS / "village.xlsx"], rosters=terms)

    assert (checked.counts, checked.kinds) == (loaded.counts, loaded.kinds)
    assert [str(told.remark) for told in checked.told] == [str(told.remark) for told in loaded.told]


def test_kin_of_a_household_are_tied_as_the_sheet_says(school: TrustService) -> None:
    load(school, ROSTERS / "village.xlsx", "village-9")

    assert len(ties_of(school, "heads")) == 6
    children = {(named(school, tie.source), named(school, tie.target)) for tie in ties_of(school, "parent_of")}
    assert {parent[0] == child[0] for parent, child in children if parent and child} == {True}
    assert len(children) == 3
