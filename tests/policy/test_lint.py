"""The linter: what the law forbids to score, and faults that must not hide each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from graph_service.policy.topics import FORBIDDEN, TELLING, TOPICS

Found = tuple[str, int | None, str, str]
Find = Callable[[Mapping[str, str]], list[Found]]


@pytest.mark.parametrize("topic", sorted(FORBIDDEN))
def test_a_topic_that_the_law_forbids_is_refused(files: dict[str, str], found_in: Find, topic: str) -> None:
    files["school.yaml"] = files["school.yaml"].replace("topic: care", f"topic: {topic}")

    assert found_in(files) == [("school.yaml", 29, "rules.helped.topic", "policy_topic_forbidden")]


@pytest.mark.parametrize(("topic", "word"), [(topic, word) for topic, words in TELLING.items() for word in words])
def test_a_telling_word_gives_the_topic_away_in_a_title(
    files: dict[str, str], found_in: Find, topic: str, word: str
) -> None:
    assert topic in FORBIDDEN
    old = "{en: Helps," if word.isascii() else "zh: 帮助}"
    new = f"{{en: Helps with {word} again," if word.isascii() else f"zh: 参与{word}活动}}"
    files["school.yaml"] = files["school.yaml"].replace(old, new)

    assert found_in(files) == [("school.yaml", 29, "rules.helped.topic", "policy_topic_forbidden")]


@pytest.mark.parametrize(
    "code", ["repeated-petition", "illegal-assembly", "joined-church", "online-comments", "party-discipline-case"]
)
def test_a_telling_word_gives_the_topic_away_in_a_code(files: dict[str, str], found_in: Find, code: str) -> None:
    files["school.yaml"] = (
        files["school.yaml"].replace("  helped:", f"  {code}:").replace("{helped: 1}", f"{{{code}: 1}}")
    )
    files["village.yaml"] = files["village.yaml"].replace("helped", code)

    assert found_in(files) == [("school.yaml", 29, f"rules.{code}.topic", "policy_topic_forbidden")]


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        ("Solves a complaint within a day", "一天内解决投诉"),
        ("Raises the income of the village", "增加集体收入"),
        ("Pays wages and insurance on time", "按时发薪缴保"),
        ("Keeps a tidy demonstration home", "美在我家示范户"),
        ("Stops a defect at the assembly line", "流水线质量把关"),
        ("Helps where an illness breaks out", "驰援疫区"),
        ("Takes part in culture evenings", "参加文化活动"),
    ],
)
def test_harmless_titles_are_let_through(files: dict[str, str], found_in: Find, en: str, zh: str) -> None:
    files["school.yaml"] = files["school.yaml"].replace("{en: Helps, zh: 帮助}", f"{{en: {en}, zh: {zh}}}")

    assert found_in(files) == []


def test_no_topic_is_both_allowed_and_forbidden() -> None:
    assert not TOPICS & FORBIDDEN


def test_an_unknown_tie_is_told_beside_an_unknown_kind_of_subject(files: dict[str, str], found_in: Find) -> None:
    files["school.yaml"] = files["school.yaml"].replace(
        "person -member_of-> study_group <-member_of- person", "person -membr_of-> group <-mentor- persn"
    )

    assert found_in(files) == [("school.yaml", 70, "routes.study-group.path", "policy_kind_unknown")] * 4


@pytest.mark.parametrize(
    ("file", "text", "line", "field"),
    [
        ("measures.yaml", "a: 1\n", 1, "a"),
        ("village.yaml", None, 16, "bridges.a"),
        ("school.yaml", None, 21, "rules.a"),
    ],
)
def test_what_is_no_mapping_is_told_once(
    files: dict[str, str], found_in: Find, file: str, text: str | None, line: int, field: str
) -> None:
    if text is None:
        part = field.partition(".")[0]
        head, found, rest = files[file].partition(f"{part}:\n")
        text = f"{head}{found}  a: 1\n{rest}"
        line = head.count("\n") + 2
    files[file] = text

    assert found_in(files) == [(file, line, field, "policy_value_unfit")]


def test_a_grade_that_only_a_rule_sets_may_lie_below_the_floor(files: dict[str, str], found_in: Find) -> None:
    files["school.yaml"] = files["school.yaml"].replace("floor: 0", "floor: 970")
    assert found_in(files) == []

    files["school.yaml"] = files["school.yaml"].replace("    grade: D\n", "    grade: A\n")

    assert found_in(files) == [("school.yaml", 12, "grades.3", "policy_grade_unreachable")]
