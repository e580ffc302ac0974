"""Writes the rulebook for citizens from the shipped edition, in English and in Chinese: `docs/generate.py` calls it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from docs.rulebook_words import CHINESE, ENGLISH, Words
from graph_service.model.subjects import SubjectKind
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.parse import parse_policy
from graph_service.policy.periods import Calendar
from graph_service.policy.schemes import (
    Bands,
    BridgeOccasion,
    Cap,
    DirectGrade,
    FixedPoints,
    Limit,
    PointsRange,
    Policy,
    Route,
    Rule,
    Scheme,
    Term,
    Tiers,
    Title,
    Validity,
)
from graph_service.policy.scorings import is_demerit

DOCS = Path(__file__).resolve().parent
ROOM = DOCS / "rulebook"

#: The schemes in the order in which people look for them.
ORDER = ("district", "village", "school", "enterprise", "organ", "merchant")

MADE = "<!-- Made by docs/generate.py from the edition `wendeng`. -->"


class NotScored(NamedTuple):
    """A behaviour that is left out on purpose, and why."""

    code: str
    title: Title
    why: Title


def shipped() -> Policy:
    """Read the edition that the pages are about."""
    return parse_policy("wendeng", read_folder(edition_folder("wendeng")))


def not_scored() -> list[NotScored]:
    """Read what is left out on purpose."""
    listed: Mapping[str, Mapping[str, Mapping[str, str]]] = YAML(typ="safe").load(ROOM / "not-scored.yaml")
    return [NotScored(code, Title(**entry["title"]), Title(**entry["why"])) for code, entry in listed.items()]


def rulebook_pages() -> dict[Path, str]:
    """Give every page of the rulebook."""
    policy = shipped()
    schemes = [policy.schemes[code] for code in ORDER]
    found = {DOCS / "rulebook.md": _index(schemes)}
    for words in (ENGLISH, CHINESE):
        for scheme in schemes:
            found[ROOM / words.file(scheme.code)] = _text(_Page(words, policy, scheme).lines())
        found[ROOM / words.file("not-scored")] = _text(_left_out(words))
    return found


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(heads)
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _index(schemes: list[Scheme]) -> str:
    lines = ["# The rulebook 信用规则手册", "", MADE]
    for words in (ENGLISH, CHINESE):
        rows = [
            (
                f"[{words.of(scheme.title)}](rulebook/{words.file(scheme.code)})",
                words.joined(words.kinds[kind] for kind in scheme.subjects),
                str(sum(not is_demerit(rule.scoring) for rule in scheme.rules.values())),
                str(sum(is_demerit(rule.scoring) for rule in scheme.rules.values())),
            )
            for scheme in schemes
        ]
        lines += ["", f"## {words.language}", "", *words.introduction, ""]
        lines += [*_table(words.index_heads, rows), ""]
        lines += [f"- [{words.left_out}](rulebook/{words.file('not-scored')})"]
        lines += [f"- {sentence}" for sentence in words.reading]
    return _text(lines)


def _left_out(words: Words) -> list[str]:
    other = words.other_page("not-scored")
    rows = [(words.of(entry.title), words.of(entry.why)) for entry in not_scored()]
    return [
        f"# {words.left_out}",
        "",
        MADE,
        "",
        other,
        "",
        words.left_out_text,
        "",
        *_table(words.left_out_heads, rows),
    ]


class _Page:
    """The page of one scheme in one language."""

    def __init__(self, words: Words, policy: Policy, scheme: Scheme) -> None:
        self.words, self.policy, self.scheme = words, policy, scheme
        self.rules = list(scheme.rules.values())

    def lines(self) -> Iterator[str]:
        words, scheme = self.words, self.scheme
        yield from (f"# {words.of(scheme.title)}", "", MADE, "", words.other_page(scheme.code), "")
        yield from words.begin(scheme, words.periods[scheme.period.kind])
        yield from ("", f"## {words.grades}", "")
        yield from _table(words.grade_heads, self._grades())
        yield from self._rules()
        yield from self._routes()
        yield from self._follows()
        measures = [measure for measure in self.policy.measures.values() if measure.scheme == scheme.code]
        if measures:
            rows = [
                (
                    words.of(one.title),
                    words.joined(one.grades),
                    words.translated(one.granted_by),
                    self._basis(one.basis),
                )
                for one in measures
            ]
            yield from ("", f"## {words.measures}", "", words.measures_text, "", *_table(words.measure_heads, rows))

    def _grades(self) -> Iterator[tuple[str, str, str]]:
        above: int | None = None
        for step in self.scheme.grades:
            name = "" if step.title.en == step.grade else self.words.of(step.title)
            yield step.grade, name, self.words.scores(step.at_least, above)
            above = step.at_least

    # Rules

    def _rules(self) -> Iterator[str]:
        words = self.words
        filed = [rule for rule in self.rules if not rule.derived]
        for heading, demerit in ((words.merits, False), (words.demerits, True)):
            chosen = [rule for rule in filed if is_demerit(rule.scoring) is demerit]
            for kinds in dict.fromkeys(rule.subjects for rule in chosen):
                whom = words.joined(words.kinds[kind] for kind in kinds or self.scheme.subjects)
                rules = [rule for rule in chosen if rule.subjects == kinds]
                yield from ("", f"## {heading}{words.colon}{whom}", "")
                yield from _table(
                    words.rule_heads(demerit=demerit), (self._row(rule, demerit=demerit) for rule in rules)
                )

    def _row(self, rule: Rule, *, demerit: bool) -> Iterator[str]:
        yield f"{self.words.of(rule.title)} `{rule.code}`"
        yield self.words.semicolons([self.worth(rule), *(self._limit(limit) for limit in rule.limits)])
        yield self._valid(rule)
        if demerit:
            yield self.words.times(rule.repeat_times)
            yield self._repair(rule)
        yield self._basis(rule.basis)

    def worth(self, rule: Rule) -> str:
        """Say what a rule is worth."""
        words = self.words
        match rule.scoring:
            case DirectGrade(grade=grade):
                return words.grade(grade)
            case FixedPoints(points=points):
                return words.signed(points)
            case PointsRange(lowest=lowest, highest=highest):
                return words.between(lowest, highest)
            case Tiers(unit=unit, tiers=tiers, per=per):
                steps = words.semicolons(words.tier(tier, unit) for tier in tiers)
                return words.per_total(steps, words.periods[per.kind])
            case Bands(unit=unit, bands=bands):
                return words.semicolons(words.band(band, unit) for band in bands)

    def _limit(self, limit: Limit) -> str:
        if limit.acts is not None:
            return self.words.acts_at_most(limit.acts, self._per(limit.per))
        return self.words.points_at_most(limit.points or 0, self._per(limit.per))

    def _per(self, calendar: Calendar) -> str:
        return self.words.periods[calendar.kind]

    def _valid(self, rule: Rule) -> str:
        """Say how long a record counts; where doubling would carry it into the next size, for both sizes."""
        points = rule.scoring.points if isinstance(rule.scoring, FixedPoints) else 0
        once, again = rule.valid_for(points), rule.valid_for(points * rule.repeat_times)
        if once == again:
            return self._span(once)
        return self.words.doubled(self._span(once), self._span(again))

    def _span(self, valid: Validity) -> str:
        return self.words.span(valid, self.words.periods[self.scheme.period.kind])

    def _repair(self, rule: Rule) -> str:
        if rule.repair is None:
            return self.words.no_repair
        becomes = self.scheme.rules.get(rule.repair.replaced_by or "")
        said = self.words.repair(rule.repair.after_days)
        return said if becomes is None else self.words.becomes(said, self.worth(becomes))

    def _basis(self, basis: str) -> str:
        return self.words.semicolons(self.words.translated(part) for part in basis.split("; "))

    # Shares

    def _routes(self) -> Iterator[str]:
        words = self.words
        yield from ("", f"## {words.shares}", "")
        if not self.scheme.routes:
            yield words.no_shares
            return
        yield from (words.shares_text, "")
        for route in self.scheme.routes:
            yield words.route(words.of(route.title), " ".join(self._carried(route)), str(route.path), route.fan_out)

    def _carried(self, route: Route) -> Iterator[str]:
        signs = ((route.merit, self.words.merit), (route.demerit, self.words.demerit))
        for term, sentence in signs:
            if term is not None:
                yield self.words.sentence(self._term(term, sentence, minors=SubjectKind.PERSON in route.path.kinds))

    def _term(self, term: Term, sentence: str, *, minors: bool) -> Iterator[str]:
        words = self.words
        if term.table is not None:
            listed = words.semicolons(
                words.listed(words.of(self.scheme.rules[code].title), points) for code, points in term.table.items()
            )
            yield sentence.format(amount=listed)
        elif term.fixed is not None:
            yield sentence.format(amount=words.points(term.fixed))
        else:
            yield sentence.format(amount=words.share(term.percent or 0))
        if term.at_most < term.__class__().at_most:
            yield words.at_most_per_act(term.at_most)
        if term.cap is not None:
            yield self._cap(term.cap)
        if term.consent is not None:
            whom = words.joined(words.positions[position] for position in term.consent.of)
            yield words.only_with_consent(whom, minors=minors)
        if term.exceptions:
            titles = [words.of(rule.title) for rule in self.rules if rule.code in term.exceptions]
            yield words.never_for(words.semicolons(titles))

    def _cap(self, cap: Cap) -> str:
        return self.words.points_at_most(cap.points, self._per(cap.per))

    # What follows in other schemes

    def _follows(self) -> Iterator[str]:
        words = self.words
        lines = [*self._bridges(), *self._also()]
        if lines:
            yield from ("", f"## {words.elsewhere}", "", *lines)
        derived = [rule for rule in self.rules if rule.derived]
        if derived:
            rows = [
                (f"{words.of(rule.title)} `{rule.code}`", self.worth(rule), self._valid(rule), self._repair(rule),
                 self._basis(rule.basis))
                for rule in derived
            ]  # fmt: skip
            yield from ("", f"## {words.derived}", "", words.derived_text, "", *_table(words.derived_heads, rows))

    def _bridges(self) -> Iterator[str]:
        words = self.words
        for bridge in self.scheme.bridges:
            other = self.policy.schemes[bridge.to]
            occasion = words.at_period_end if bridge.when is BridgeOccasion.PERIOD_END else words.at_direct_grade
            filed = words.semicolons(
                words.by_grade(grade, _Page(words, self.policy, other).worth(other.rules[code]))
                for grade, code in bridge.files.items()
            )
            yield words.bridge(words.of(bridge.title), occasion, words.of(other.title), filed)

    def _also(self) -> Iterator[str]:
        words = self.words
        for rule in self.rules:
            for also in rule.also:
                other = self.policy.schemes[also.scheme]
                worth = _Page(words, self.policy, other).worth(other.rules[also.rule])
                whom = words.ends[str(also.path)]
                yield words.also(words.of(rule.title), whom, words.of(other.title), worth)
