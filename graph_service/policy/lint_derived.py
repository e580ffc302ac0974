"""The linter of what schemes file in each other: bridges, what a rule files also, and the rules that they file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from graph_service.model.subjects import SubjectKind
from graph_service.policy.faults import (
    PolicyDerivedTravels,
    PolicyKindNotTaken,
    PolicyLoop,
    PolicyRuleNotDerived,
    PolicyRuleUnfiled,
)
from graph_service.policy.lint_names import Finding, grades, steps, unknown
from graph_service.policy.scheme_files import SchemeFile
from graph_service.policy.schemes import Also, Bridge, Rule, Scheme
from graph_service.policy.tie_kinds import TieKinds

#: All schemes by code; None where some could not be read.
Others = Mapping[str, SchemeFile] | None


def lint_bridge(bridge: Bridge, file: SchemeFile, others: Others) -> Iterator[Finding]:
    """Go through what is wrong with the meaning of a bridge."""
    at = f"bridges.{bridge.code}"
    yield from grades(f"{at}.files", bridge.files, file.scheme)
    if bridge.to == file.scheme.code:
        chain = f"{file.scheme.code} -> {bridge.to}"
        yield f"{at}.to", PolicyLoop(field=f"{at}.to", chain=chain)
    elif others is not None and bridge.to not in others:
        yield from unknown(f"{at}.to", bridge.to, others)
    elif others is not None:
        for grade, rule in bridge.files.items():
            yield from _filed(f"{at}.files.{grade}", rule, others[bridge.to].scheme, file.scheme.subjects)


def lint_derived(file: SchemeFile, ties: TieKinds | None, others: Others) -> Iterator[Finding]:
    """Go through what is wrong with the derived rules of a scheme, and with what its rules file also."""
    scheme = file.scheme
    filed = scheme.rules if others is None else _filed_in(scheme, others)
    for rule in scheme.rules.values():
        at = f"rules.{rule.code}"
        if rule.derived and rule.also:
            yield f"{at}.also", PolicyDerivedTravels(field=f"{at}.also", name=rule.code)
        if rule.derived and rule.code not in filed:
            yield f"{at}.derived", PolicyRuleUnfiled(field=f"{at}.derived", name=rule.code)
        for number, also in enumerate(rule.also, 1):
            at = f"rules.{rule.code}.also.{number}"
            if ties is not None:
                yield from steps(f"{at}.path", also.path, ties)
            yield from _taken(f"{at}.path", rule, scheme, also.path.kinds[:1])
            yield from _lint_also(at, also, others)
    for route in scheme.routes:
        for sign, term in (("merit", route.merit), ("demerit", route.demerit)):
            for code in sorted(term.table or {} if term else {}):
                if code in scheme.rules and scheme.rules[code].derived:
                    at = f"routes.{route.code}.{sign}.table.{code}"
                    yield at, PolicyDerivedTravels(field=at, name=code)


def _filed_in(scheme: Scheme, others: Mapping[str, SchemeFile]) -> Collection[str]:
    """Give the rules of a scheme that something files: a bridge, a rule's also, or a repair."""
    named = [
        (bridge.to, rule)
        for file in others.values()
        for bridge in file.scheme.bridges
        for rule in bridge.files.values()
    ]
    named += [
        (also.scheme, also.rule)
        for file in others.values()
        for rule in file.scheme.rules.values()
        for also in rule.also
    ]
    if any(to not in others or rule not in others[to].scheme.rules for to, rule in named):
        # Where something that is named is not there, that is the fault to be told.
        return scheme.rules
    repaired = (rule.repair for rule in scheme.rules.values())
    return {
        *(rule for to, rule in named if to == scheme.code),
        *(repair.replaced_by for repair in repaired if repair and repair.replaced_by),
    }


def _lint_also(at: str, also: Also, others: Others) -> Iterator[Finding]:
    if others is not None and also.scheme not in others:
        yield from unknown(f"{at}.scheme", also.scheme, others)
    elif others is not None:
        for path, refusal in _filed(f"{at}.rule", also.rule, others[also.scheme].scheme, also.path.kinds[-1:]):
            yield (f"{at}.path" if isinstance(refusal, PolicyKindNotTaken) else path), refusal


def _filed(at: str, code: str, target: Scheme, kinds: tuple[SubjectKind, ...]) -> Iterator[Finding]:
    """Look at a rule that is to be filed in a scheme for subjects of some kinds."""
    if code not in target.rules:
        yield from unknown(at, code, target.rules)
        return
    rule = target.rules[code]
    if not rule.derived:
        yield at, PolicyRuleNotDerived(field=at, name=code, scheme=target.code)
    yield from _taken(at, rule, target, kinds)


def _taken(at: str, rule: Rule, scheme: Scheme, kinds: tuple[SubjectKind, ...]) -> Iterator[Finding]:
    """Find kinds of which a rule takes none. Kinds that do not stand in the scheme were told of already."""
    taken = [kind for kind in rule.subjects or scheme.subjects if kind in scheme.subjects]
    if kinds and taken and not set(kinds) & set(taken):
        yield at, PolicyKindNotTaken(field=at, rule=rule.code, kind=kinds[0], known=", ".join(taken))
