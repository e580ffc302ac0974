"""The linter: what may be written, but must not be meant.

It reads values, not text, and names the field of each fault by its dotted path. Where a value is a stand-in for what
could not be read, its field has been told of already, and the parser drops what is said here of that field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graph_service.model.points import format_points
from graph_service.model.standing import OWN
from graph_service.model.subjects import SubjectKind
from graph_service.policy.faults import (
    PolicyConsentMissing,
    PolicyEndMissing,
    PolicyFieldTwice,
    PolicyGradeValidityMissing,
    PolicyKindUnknown,
    PolicyLimitBelowAward,
    PolicyLoop,
    PolicyNameUnknown,
    PolicyPathTwice,
    PolicyRefusal,
    PolicyStandingMissing,
    PolicyStepUnfit,
    PolicyTopicForbidden,
    PolicyValueUnfit,
)
from graph_service.policy.fields import nearest
from graph_service.policy.paths import NOWHERE, step_fits, steps_of, written_ends
from graph_service.policy.scheme_files import SchemeFile
from graph_service.policy.schemes import (
    Bridge,
    DirectGrade,
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

#: What the linter says: the dotted path of a field, and what is wrong with it.
Finding = tuple[str, PolicyRefusal]

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
    yield from _standings("records_of", file.records_of, scheme)
    yield from _grades("demerits.grades_valid", file.grades_valid, scheme)
    for rule in scheme.rules.values():
        yield from _lint_rule(rule, file)
    walked: dict[Path, str] = {}
    for route in scheme.routes:
        if route.code == OWN:
            # Every scheme has it: a subject's own records.
            yield f"routes.{OWN}", PolicyFieldTwice(field=f"routes.{OWN}", name=OWN)
        yield from _lint_route(route, file, ties)
        if route.path in walked and route.path != NOWHERE:
            path = f"routes.{route.code}.path"
            yield path, PolicyPathTwice(field=path, route=walked[route.path])
        walked.setdefault(route.path, route.code)
    for bridge in scheme.bridges:
        yield from _lint_bridge(bridge, file, others)


def lint_measure(measure: Measure, schemes: Mapping[str, SchemeFile]) -> Iterator[Finding]:
    """Go through what is wrong with the meaning of a measure."""
    if measure.scheme not in schemes:
        yield _unknown(f"{measure.code}.scheme", measure.scheme, schemes)
        return
    yield from _grades(f"{measure.code}.grades", measure.grades, schemes[measure.scheme].scheme)


def _lint_rule(rule: Rule, file: SchemeFile) -> Iterator[Finding]:
    at, scheme = f"rules.{rule.code}", file.scheme
    yield from _lint_topic(rule, at)
    if rule.subjects != file.records_of:
        yield from _standings(f"{at}.subjects", rule.subjects, scheme)
    if isinstance(rule.scoring, DirectGrade):
        yield from _grades(f"{at}.grade", [rule.scoring.grade], scheme)
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
        yield _unknown(path, rule.topic, TOPICS)


def _lint_repair(rule: Rule, file: SchemeFile) -> Iterator[Finding]:
    """Follow the rules that take each other's place; one that comes back to its start would never end."""
    path, chain, next_rule = f"rules.{rule.code}.repair.replaced_by", [rule.code], rule
    if rule.repair and rule.repair.replaced_by and rule.repair.replaced_by not in file.scheme.rules:
        yield _unknown(path, rule.repair.replaced_by, file.scheme.rules)
    while next_rule.repair is not None and next_rule.repair.replaced_by is not None:
        code = next_rule.repair.replaced_by
        if code == rule.code:
            yield path, PolicyLoop(field=path, chain=" -> ".join([*chain, code]))
        if code in chain or code not in file.scheme.rules:
            return
        chain.append(code)
        next_rule = file.scheme.rules[code]


def _lint_route(route: Route, file: SchemeFile, ties: TieKinds | None) -> Iterator[Finding]:
    at = f"routes.{route.code}"
    ends = dict.fromkeys((*route.path.kinds[:1], *route.path.kinds[-1:]))
    yield from _standings(f"{at}.path", ends, file.scheme)
    if ties is not None:
        yield from _lint_steps(f"{at}.path", route.path, ties)
    for sign, term in (("merit", route.merit), ("demerit", route.demerit)):
        if term is not None:
            yield from _lint_term(f"{at}.{sign}", term, route.path, file)
    if route.demerit is not None and _between_pupils(route.path):
        consent = route.demerit.consent
        if consent is None or Position.TARGET not in consent.of:
            yield f"{at}.demerit", PolicyConsentMissing(field=f"{at}.demerit")


def _between_pupils(path: Path) -> bool:
    """Tell whether a path joins two persons over nothing but membership of a group, class or school."""
    if path == NOWHERE:
        return False
    persons = path.kinds[0] is path.kinds[-1] is SubjectKind.PERSON
    together = any(kind in _PUPILS_TOGETHER for kind in path.kinds[1:-1])
    # Whoever teaches or mentors is no pupil: a path that ends or starts with such a tie joins a pupil and a teacher.
    return persons and together and path.steps[0].kind == path.steps[-1].kind


def _lint_steps(at: str, path: Path, ties: TieKinds) -> Iterator[Finding]:
    for step, source, target in steps_of(path):
        kind = ties.sound.get(step.kind)
        if step.kind not in ties.declared:
            yield at, PolicyKindUnknown(field=at, **nearest(step.kind, ties.declared))
        elif kind is not None and not step_fits(kind, source, target):
            written = f"{source} -> {target}"
            known = written_ends(kind.ends)
            yield at, PolicyStepUnfit(field=at, step=written, tie=step.kind, known=known)


def _lint_term(at: str, term: Term, path: Path, file: SchemeFile) -> Iterator[Finding]:
    rules = file.scheme.rules
    unknown = term.exceptions - set(rules) if rules else frozenset()
    for code in sorted(unknown):
        yield _unknown(f"{at}.except", code, rules)
    for code in sorted(set(term.table or {}) - set(rules)) if rules else ():
        yield _unknown(f"{at}.table.{code}", code, rules)
    if term.consent and Position.MIDDLE in term.consent.of and len(path.steps) == 1:
        here = f"{at}.consent.of"
        yield here, PolicyValueUnfit(field=here, value=Position.MIDDLE, wanted="[actor, target]")


def _lint_bridge(bridge: Bridge, file: SchemeFile, others: Mapping[str, SchemeFile] | None) -> Iterator[Finding]:
    at = f"bridges.{bridge.code}"
    yield from _grades(f"{at}.files", bridge.files, file.scheme)
    if bridge.to == file.scheme.code:
        chain = f"{file.scheme.code} -> {bridge.to}"
        yield f"{at}.to", PolicyLoop(field=f"{at}.to", chain=chain)
    elif others is not None and bridge.to not in others:
        yield _unknown(f"{at}.to", bridge.to, others)
    elif others is not None:
        rules = others[bridge.to].scheme.rules
        for grade, rule in bridge.files.items():
            if rule not in rules:
                yield _unknown(f"{at}.files.{grade}", rule, rules)


def _grades(at: str, grades: Iterable[str], scheme: Scheme) -> Iterator[Finding]:
    """Find grades that a scheme does not have. An empty table could not be read, and says nothing."""
    known = [step.grade for step in scheme.grades]
    for grade in grades if known else ():
        if grade not in known:
            yield _unknown(at, grade, known)


def _standings(at: str, kinds: Iterable[SubjectKind], scheme: Scheme) -> Iterator[Finding]:
    """Find kinds that do not stand in a scheme. An empty list of kinds could not be read, and says nothing."""
    for kind in kinds if scheme.subjects else ():
        if kind not in scheme.subjects:
            known = ", ".join(scheme.subjects)
            yield at, PolicyStandingMissing(field=at, kind=kind, known=known)


def _unknown(at: str, name: str, known: Iterable[str]) -> Finding:
    return at, PolicyNameUnknown(field=at, **nearest(name, known))
