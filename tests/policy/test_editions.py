"""What ships is sound, complete and lawful; spoiled in any way, it is refused and never breaks the parser."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.model.subjects import SubjectKind
from graph_service.policy.faults import PolicyEditionUnknown, PolicyFaults
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.nodes import FILE_BYTES_MAX
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import DirectGrade, FixedPoints, Policy, ValidityUnit
from graph_service.policy.topics import FORBIDDEN, TOPICS

WENDENG = read_folder(edition_folder("wendeng"))
JUNK = ["&a ", "*a", "!x ", "? ", "- ", "{", "}", "[", "'", '"', "\t", ": ", "#", "%YAML 1.1\n", "---\n", "\x00"]
JUNK += ['"\\UFFFFFFFF"', "| ", "<<: *a", "\ufeff", "\ud800", "\uff19", "null", "\n", "  ", "-1", "1e5", "0.0000001"]


def edition(name: str) -> Policy:
    return parse_policy(name, read_folder(edition_folder(name)))


def test_the_editions_are_sound() -> None:
    assert {name: list(edition(name).schemes) for name in ("wendeng", "encourage")} == {
        "wendeng": ["school", "village"],
        "encourage": ["school"],
    }


def test_pupils_score_what_the_catalogue_says() -> None:
    school = edition("wendeng").schemes["school"]

    points = {
        code: rule.scoring.points // 1_000_000
        for code, rule in school.rules.items()
        if isinstance(rule.scoring, FixedPoints)
    }
    assert points == {
        "returned-lost-property": 25,
        "kept-integrity-journal": 3,
        "elected-honest-youngster": 10,
        "model-credit-community": 5,
        "model-credit-family": 5,
        "helped-group-mate-improve": 2,
        "tutored-peer": 2,
        "owned-up": 3,
        "returned-books-on-time": 2,
        "careful-class-duty": 1,
        "late-without-reason": -1,
        "copied-homework": -2,
        "cheated-in-test": -5,
        "hid-damage": -3,
        "littered": -1,
        "bullying": -15,
        "lied-to-cover-up": -3,
        "phone-in-class": -2,
        "skipped-group-duty": -1,
    }


def test_bullying_travels_nowhere() -> None:
    for name in ("wendeng", "encourage"):
        for route in edition(name).schemes["school"].routes:
            assert route.demerit is None or "bullying" in route.demerit.exceptions


def test_the_stars_start_above_their_edges() -> None:
    village = edition("wendeng").schemes["village"]

    assert [(step.grade, step.at_least) for step in village.grades] == [
        ("5", 1_060_000_001),
        ("4", 1_040_000_001),
        ("3", 1_020_000_001),
        ("2", 990_000_001),
        ("1", 800_000_001),
        ("0", None),
    ]


def test_village_demerits_roll_over_until_they_are_corrected() -> None:
    village = edition("wendeng").schemes["village"]

    for rule in village.rules.values():
        demerit = isinstance(rule.scoring, DirectGrade) or (
            isinstance(rule.scoring, FixedPoints) and rule.scoring.points < 0
        )
        (band,) = rule.valid
        rolls = band.valid.unit is ValidityUnit.UNTIL_CORRECTED
        # What takes the place of a mended record ends with the year.
        assert rolls is (demerit and rule.code != "mended-in-year"), rule.code


def test_encourage_is_the_school_of_wendeng_with_merit_shares_only() -> None:
    wendeng, encourage = edition("wendeng"), edition("encourage")

    assert encourage.tie_kinds == wendeng.tie_kinds
    assert encourage.schemes["school"].rules == wendeng.schemes["school"].rules
    assert [(route.code, route.path, route.merit) for route in encourage.schemes["school"].routes] == [
        (route.code, route.path, route.merit) for route in wendeng.schemes["school"].routes
    ]
    assert [route.demerit for route in encourage.schemes["school"].routes] == [None] * 7
    assert (wendeng.purposes, encourage.purposes) == (("shared-demerit",), ())


def test_no_topic_is_both_allowed_and_forbidden() -> None:
    assert not TOPICS & FORBIDDEN


def test_a_study_group_is_small_and_a_pupil_is_in_one() -> None:
    (ends,) = (
        ends for ends in edition("wendeng").tie_kinds["member_of"].ends if ends.target is SubjectKind.STUDY_GROUP
    )

    assert (ends.each_source_at_most, ends.each_target_at_most) == (1, 5)


def test_an_edition_is_read_fast_enough_for_every_start() -> None:
    started = perf_counter()
    parse_policy("wendeng", WENDENG)

    # Measured 0.18 s; the bound is generous because this is no benchmark.
    assert perf_counter() - started < 5


def test_an_unknown_edition_is_refused_with_those_there_are() -> None:
    with pytest.raises(PolicyEditionUnknown) as refused:
        edition_folder("wendang")

    assert refused.value.parameters == {
        "name": "wendang",
        "nearest": "wendeng",
        "known": "wendeng, encourage",
    }


@pytest.mark.parametrize("name", ["..", ".", "", "/etc"])
def test_an_edition_is_no_path(name: str) -> None:
    with pytest.raises(PolicyEditionUnknown):
        edition_folder(name)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ({}, "policy_folder_empty"),
        ({"notes.txt": b"x"}, "policy_folder_empty"),
        ({"school.yaml": "标题".encode("gbk")}, "policy_file_not_text"),
        ({"school.yml": b"x"}, "policy_file_name_unfit"),
        ({"school.yaml": b"#" * (FILE_BYTES_MAX + 1)}, "policy_file_too_large"),
    ],
)
def test_a_folder_that_is_none_is_refused(tmp_path: Path, written: dict[str, bytes], code: str) -> None:
    for file, content in written.items():
        (tmp_path / file).write_bytes(content)

    with pytest.raises(PolicyFaults) as refused:
        read_folder(tmp_path)

    assert [fault.refusal.code for fault in refused.value.faults] == [code]


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyFaults) as refused:
        read_folder(tmp_path / "nowhere")

    assert [fault.refusal.code for fault in refused.value.faults] == ["policy_folder_missing"]


def test_files_are_read_in_order_and_without_byte_order_marks(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_bytes(b"\xef\xbb\xbfb: 1\n")
    (tmp_path / "a.yaml").write_bytes(b"a: 1\n")

    assert list(read_folder(tmp_path).items()) == [("a.yaml", "a: 1\n"), ("b.yaml", "b: 1\n")]


@st.composite
def mutilations(draw: st.DrawFn) -> dict[str, str]:
    """Cut, stuff and copy pieces of a shipped file."""
    texts = dict(WENDENG)
    file = draw(st.sampled_from(sorted(texts)))
    text = texts[file]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        until = draw(st.integers(at, min(at + 40, len(text))))
        inserted = draw(st.sampled_from(["", *JUNK]) | st.text(max_size=8))
        text = text[:at] + inserted + text[until:]
    texts[file] = text
    return texts


@settings(max_examples=40, deadline=None)
@given(mutilations())
def test_a_mutilated_edition_is_read_or_refused_and_nothing_else(texts: dict[str, str]) -> None:
    try:
        parse_policy("mutilated", texts)
    except PolicyFaults as refused:
        assert refused.faults
        for fault in refused.faults:
            assert fault.refusal.sentence("en")
            assert fault.refusal.sentence("zh")
            assert fault.line is None or fault.line >= 1


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(JUNK), max_size=6).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(PolicyFaults):
        parse_policy("any", {"school.yaml": text, "ties.yaml": ""})
