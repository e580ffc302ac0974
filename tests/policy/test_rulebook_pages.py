"""Nothing of the rulebook's data is missing on the pages that citizens read, in either language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.rulebook_pages import DOCS, ORDER, ROOM, not_scored, rulebook_pages, shipped
from docs.rulebook_words import CHINESE, ENGLISH, Words
from graph_service.model.points import format_points
from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import (
    Bands,
    DirectGrade,
    FixedPoints,
    PointsRange,
    Rule,
    Tiers,
)

POLICY = shipped()
PAGES = rulebook_pages()
LANGUAGES = (ENGLISH, CHINESE)


def _numbers(rule: Rule) -> Iterator[str]:
    match rule.scoring:
        case DirectGrade(grade=grade):
            yield grade
        case FixedPoints(points=points):
            yield format_points(abs(points))
        case PointsRange(lowest=lowest, highest=highest):
            yield from (format_points(abs(lowest)), format_points(abs(highest)))
        case Tiers(tiers=tiers):
            yield from (format_points(tier.at_least) for tier in tiers)
            yield from (format_points(abs(tier.points)) for tier in tiers)
        case Bands(bands=bands):
            yield from (format_points(band.step) for band in bands)
    for limit in rule.limits:
        if limit.points is not None:
            yield format_points(limit.points)
    if rule.repair is not None and rule.repair.after_days:
        yield str(rule.repair.after_days)


def _row(page: str, code: str) -> str:
    (row,) = [line for line in page.splitlines() if line.startswith("| ") and f"`{code}`" in line]
    return row


def _told(row: str) -> set[str]:
    return set(re.findall(r"[A-Z]+|\d+(?:\.\d+)?", row.replace(",", "")))


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.language)
@pytest.mark.parametrize("code", ORDER)
def test_every_rule_stands_on_its_page_with_all_its_numbers(words: Words, code: str) -> None:
    page = PAGES[ROOM / words.file(code)]

    for rule in POLICY.schemes[code].rules.values():
        row = _row(page, rule.code)
        assert words.of(rule.title) in row
        assert set(_numbers(rule)) <= _told(row), rule.code
        assert all(words.translated(part) in row for part in rule.basis.split("; ")), rule.code


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.language)
@pytest.mark.parametrize("code", ORDER)
def test_grades_routes_bridges_and_measures_stand_on_the_page(words: Words, code: str) -> None:
    page, scheme = PAGES[ROOM / words.file(code)], POLICY.schemes[code]
    measures = [measure for measure in POLICY.measures.values() if measure.scheme == code]
    said = [step.title for step in scheme.grades] + [bridge.title for bridge in scheme.bridges]
    said += [measure.title for measure in measures]

    assert [title for title in said if words.of(title) not in page] == []
    for route in scheme.routes:
        (line,) = [line for line in page.splitlines() if f"`{route.path}`" in line]
        assert words.of(route.title) in line
        carried = [term for term in (route.merit, route.demerit) if term is not None]
        caps = {format_points(term.cap.points) for term in carried if term.cap}
        tables = {format_points(points) for term in carried for points in (term.table or {}).values()}
        assert caps | tables <= _told(line)
        alone = words is ENGLISH and route.fan_out == 1
        assert "one subject is reached" in line if alone else str(route.fan_out) in _told(line)
        assert all(
            words.positions[position] in line for term in carried if term.consent for position in term.consent.of
        )
    for rule in scheme.rules.values():
        assert sum(line.startswith("- ") and words.of(rule.title) in line for line in page.splitlines()) >= len(
            rule.also
        )


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.language)
def test_what_is_not_scored_is_told_with_the_reason(words: Words) -> None:
    page = PAGES[ROOM / words.file("not-scored")]

    assert len(not_scored()) >= 10
    assert [entry.code for entry in not_scored() if words.of(entry.title) not in page] == []
    assert [entry.code for entry in not_scored() if words.of(entry.why) not in page] == []


def test_every_scheme_is_found_from_the_first_page() -> None:
    first = PAGES[DOCS / "rulebook.md"]

    assert set(ORDER) == set(POLICY.schemes)
    for words in LANGUAGES:
        assert [name for name in (*ORDER, "not-scored") if f"(rulebook/{words.file(name)})" not in first] == []


def test_both_languages_have_a_word_for_every_kind() -> None:
    assert set(ENGLISH.kinds) == set(CHINESE.kinds) == set(SubjectKind)


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.name)
def test_a_page_says_nothing_in_place_of_something(page: Path) -> None:
    text = PAGES[page]

    assert not re.search(r"\bNone\b|\{|\}|  \|", text)


@pytest.mark.parametrize("code", ORDER)
def test_no_chinese_page_falls_back_to_english(code: str) -> None:
    """Only codes, paths, links and grades are written in Latin letters."""
    text = re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)|<!--.*?-->", "", PAGES[ROOM / CHINESE.file(code)])

    assert set(re.findall(r"[A-Za-z]{2,}", text)) <= {"AA", "AAA"}
