"""The linter: what may be written, but must not be meant.

It reads values, not text, and names the field of each fault by its dotted path. Where a value is a stand-in for what
could not be read, its field has been told of already, and the parser drops what is said here of that field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph_service.model.points import format_points
from graph_service.model.standing import OWN
from graph_service.model.subjects import SubjectKind
from graph_service.policy.faults import (
    PolicyConsentMissing,
    PolicyEndMissing,
    PolicyFieldTwice,
    PolicyGradeUnreachable,
    PolicyGradeValidityMissing,
    PolicyKindUnknown,
    PolicyLighterKindUnfit,
    PolicyLighterUnfit,
    PolicyLimitBelowAward,
    PolicyLoop,
    PolicyPathTwice,
    PolicyTopicForbidden,
    PolicyValueUnfit,
)
from graph_service.policy.fields import nearest
from graph_service.policy.lint_derived import lint_bridge, lint_derived
from graph_service.policy.lint_names import Finding, grades, standings, steps, unknown
from graph_service.policy.scheme_files import SchemeFile
from graph_service.policy.schemes import (
    DirectGrade,
    FixedPoints,
    Measure,
    Path,
    Position,
    Route,
    Rule,
    Scheme,
    Term,
    ValidityUnit,
)
from graph_service.policy.scorings import award
from graph_service.policy.tie_kinds import TieKinds
from graph_service.policy.topics import FORBIDDEN, TOPICS, given_away

#: Where pupils are together, so that one pupil's demerit may reach another.
_PUPILS_TOGETHER = frozenset({SubjectKind.STUDY_GROUP, SubjectKind.SCHOOL_CLASS, SubjectKind.SCHOOL})


def lint_scheme(file: SchemeFile, ties: TieKinds | None, others: Mapping[str, SchemeFile] | None) -> Iterator[Finding]:
    """Go through what is wrong with the meaning of a scheme.

    Args:
        file: The scheme as read.
        ties: The kinds of tie; None where `ties.yaml` could not be read.
        others: All schemes by code; None where some file could not be read, so that a scheme may be unknown here only.
    """
    scheme = file.scheme
    yield from standings("records_of", file.records_of, scheme)
    yield from grades("demerits.grades_valid", file.grades_valid, scheme)
    for rule in scheme.rules.values():
        yield from _lint_rule(rule, file)
    yield from _lint_reachable(scheme)
    walked: dict[Path, str] = {}
    for route in scheme.routes:
        if route.code == OWN:
            # Every scheme has it: a subject's own records.
            yield f"routes.{OWN}", PolicyFieldTwice(field=f"routes.{OWN}", name=OWN)
        yield from _lint_route(route, file, ties)
        if route.path in walked and route.path.kinds:
            path = f"routes.{route.code}.path"
            yield path, PolicyPathTwice(field=path, route=walked[route.path])
        walked.setdefault(route.path, route.code)
    for bridge in scheme.bridges:
        yield from lint_bridge(bridge, file, others)
    yield from lint_derived(file, ties, others)


def lint_tie_names(scheme: Scheme, ties: TieKinds) -> Iterator[Finding]:
    """Go through the ties of paths that are declared nowhere: they are told whatever else is wrong with their path."""
    paths = [(f"routes.{route.code}.path", route.path) for route in scheme.routes]
    paths += [
        (f"rules.{rule.code}.also.{number}.path", also.path)
        for rule in scheme.rules.values()
        for number, also in enumerate(rule.also, 1)
    ]
    for at, path in paths:
        for name in dict.fromkeys(step.kind for step in path.steps):
            if name not in ties.declared:
                yield at, PolicyKindUnknown(field=at, **nearest(name, ties.declared))


def lint_measure(measure: Measure, schemes: Mapping[str, SchemeFile]) -> Iterator[Finding]:
    """Go through what is wrong with the meaning of a measure."""
    if measure.scheme not in schemes:
        yield from unknown(f"{measure.code}.scheme", measure.scheme, schemes)
        return
    yield from grades(f"{measure.code}.grades", measure.grades, schemes[measure.scheme].scheme)


def _lint_reachable(scheme: Scheme) -> Iterator[Finding]:
    """Find grades that nobody can ever have: the bounds keep every score out of them, and no rule sets them."""
    given = {rule.scoring.grade for rule in scheme.rules.values() if isinstance(rule.scoring, DirectGrade)}
    above: int | None = None
    for number, step in enumerate(scheme.grades, start=1):
        too_high = step.at_least is not None and scheme.ceiling is not None and step.at_least > scheme.ceiling
        too_low = above is not None and scheme.floor is not None and above <= scheme.floor
        if (too_high or too_low) and step.grade not in given:
            yield f"grades.{number}", PolicyGradeUnreachable(field=f"grades.{number}", grade=step.grade)
        above = step.at_least


def _lint_rule(rule: Rule, file: SchemeFile) -> Iterator[Finding]:
    at, scheme = f"rules.{rule.code}", file.scheme
    yield from _lint_topic(rule, at)
    if rule.subjects != file.records_of:
        yield from standings(f"{at}.subjects", rule.subjects, scheme)
    if isinstance(rule.scoring, DirectGrade):
        yield from grades(f"{at}.grade", [rule.scoring.grade], scheme)
        if len(rule.valid) > 1:
            grade = rule.scoring.grade
            yield f"{at}.valid", PolicyGradeValidityMissing(field=f"{at}.valid", rule=rule.code, grade=grade)
    for number, limit in enumerate(rule.limits, start=1):
        most = award(rule.scoring)
        if limit.points is not None and limit.points < most:
            path = f"{at}.limits.{number}"
            limited, single = format_points(limit.points), format_points(most)
            yield path, PolicyLimitBelowAward(field=path, limit=limited, award=single)
    waits = any(band.valid.unit is ValidityUnit.UNTIL_CORRECTED for band in rule.valid)
    if waits and rule.repair is None:
        yield f"{at}.valid", PolicyEndMissing(field=f"{at}.valid", name=rule.code)
    yield from _lint_repair(rule, file)


def _lint_topic(rule: Rule, at: str) -> Iterator[Finding]:
    path = f"{at}.topic"
    telling = given_away(rule.code, rule.title.en, rule.title.zh)
    if rule.topic in FORBIDDEN:
        yield path, PolicyTopicForbidden(field=path, topic=rule.topic)
    elif telling is not None:
        yield path, PolicyTopicForbidden(field=path, topic=telling)
    elif rule.topic not in TOPICS:
        yield from unknown(path, rule.topic, TOPICS)


def _lint_repair(rule: Rule, file: SchemeFile) -> Iterator[Finding]:
    """Follow the rules that take each other's place; one that comes back to its start would never end."""
    path, chain, next_rule = f"rules.{rule.code}.repair.replaced_by", [rule.code], rule
    if rule.repair and rule.repair.replaced_by:
        yield from _lint_lighter(path, rule, rule.repair.replaced_by, file.scheme)
    while next_rule.repair is not None and next_rule.repair.replaced_by is not None:
        code = next_rule.repair.replaced_by
        if code == rule.code:
            yield path, PolicyLoop(field=path, chain=" -> ".join([*chain, code]))
        if code in chain or code not in file.scheme.rules:
            return
        chain.append(code)
        next_rule = file.scheme.rules[code]


def _lint_lighter(path: str, rule: Rule, code: str, scheme: Scheme) -> Iterator[Finding]:
    """Find a rule that cannot be filed when a record is repaired, because something is left to a filer."""
    lighter = scheme.rules.get(code)
    if lighter is None:
        yield from unknown(path, code, scheme.rules)
        return
    if not isinstance(lighter.scoring, FixedPoints | DirectGrade):
        yield path, PolicyLighterUnfit(field=path, rule=code)
    taken = lighter.subjects or scheme.subjects
    for kind in rule.subjects or scheme.subjects:
        if kind not in taken:
            yield path, PolicyLighterKindUnfit(field=path, rule=code, kind=kind)


def _lint_route(route: Route, file: SchemeFile, ties: TieKinds | None) -> Iterator[Finding]:
    at = f"routes.{route.code}"
    ends = dict.fromkeys((*route.path.kinds[:1], *route.path.kinds[-1:]))
    yield from standings(f"{at}.path", ends, file.scheme)
    if ties is not None:
        yield from steps(f"{at}.path", route.path, ties)
    for sign, term in (("merit", route.merit), ("demerit", route.demerit)):
        if term is not None:
            yield from _lint_term(f"{at}.{sign}", term, route.path, file)
    if route.demerit is not None and _between_pupils(route.path):
        consent = route.demerit.consent
        if consent is None or Position.TARGET not in consent.of:
            yield f"{at}.demerit", PolicyConsentMissing(field=f"{at}.demerit")


def _between_pupils(path: Path) -> bool:
    """Tell whether a path joins two persons over nothing but membership of a group, class or school."""
    if not path.kinds:
        return False
    persons = path.kinds[0] is path.kinds[-1] is SubjectKind.PERSON
    together = any(kind in _PUPILS_TOGETHER for kind in path.kinds[1:-1])
    # Whoever teaches or mentors is no pupil: a path that ends or starts with such a tie joins a pupil and a teacher.
    return persons and together and path.steps[0].kind == path.steps[-1].kind


def _lint_term(at: str, term: Term, path: Path, file: SchemeFile) -> Iterator[Finding]:
    rules = file.scheme.rules
    for code in sorted(term.exceptions - set(rules)) if rules else ():
        yield from unknown(f"{at}.except", code, rules)
    for code in sorted(set(term.table or {}) - set(rules)) if rules else ():
        yield from unknown(f"{at}.table.{code}", code, rules)
    if term.consent and Position.MIDDLE in term.consent.of and len(path.steps) == 1:
        here = f"{at}.consent.of"
        yield here, PolicyValueUnfit(field=here, value=Position.MIDDLE, wanted="[actor, target]")
