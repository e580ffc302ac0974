"""Proposals: what a behaviour would come to if it were approved now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from graph_service.errors import BeforeSubject, RuleDerived, SubjectKindUnfit
from graph_service.lookups.book import book_of, edition_of, living_subject, not_in_future, rule_of, scheme_of
from graph_service.model.records import LATEST, Moment, Record, RecordState
from graph_service.model.subjects import Subject
from graph_service.policy.schemes import Rule, Scheme
from graph_service.ports.store import Reading
from graph_service.scoring.assess import Behaviour, looks_back
from graph_service.scoring.matching import assess_matching, check_filed, check_matching
from graph_service.scoring.sharing import check_fan_out
from graph_service.scoring.validity import valid_until


def drafted(
    *,
    id_: str,
    subject: str,
    scheme: str,
    rule: str,
    matching: Sequence[str],
    happened_on: date,
    quantity: int | None,
    points: int | None,
    filer: str,
    filed_on: date,
    replaces: str | None = None,
) -> Record:
    """Make a draft of what was said of a behaviour: to be proposed, which assesses it by the edition of its day."""
    return Record(
        id=id_,
        subject=subject,
        scheme=scheme,
        rule=rule,
        asked_rules=(rule, *matching) if matching else (),
        happened_on=happened_on,
        quantity=quantity,
        asked_points=points,
        edition=0,
        points=0,
        state=RecordState.FILED,
        filer=filer,
        filed_on=filed_on,
        replaces=replaces,
    )


def propose(reading: Reading, draft: Record, today: date) -> Record:
    """Check a draft and assess it, as a proposal.

    Raises:
        SubjectUnknown, SubjectEnded, SchemeUnknown, RuleUnknown, PolicyMissing: There is none on that day.
        DayInFuture, BeforeSubject: It cannot have happened then.
        SubjectKindUnfit: The rule is not for such subjects.
        RuleDerived: Nobody files it.
        RuleTwice, RulesTooMany, RulesMixed, UnitsDiffer, QuantityMissing and the other refusals of `check_matching`.
        FanOutExceeded: It would reach more subjects than a route allows.
    """
    subject = living_subject(reading, draft.subject, today)
    not_in_future(draft.happened_on, today, "happened_on")
    if subject.since is not None and draft.happened_on < subject.since:
        raise BeforeSubject(
            field="happened_on",
            day=draft.happened_on.isoformat(),
            subject=subject.id,
            since=subject.since.isoformat(),
        )
    edition = edition_of(reading, draft.happened_on)
    scheme = scheme_of(edition, draft.scheme, draft.happened_on)
    check_filed(draft.rules_filed)
    rules = [_rule(scheme, code, draft) for code in draft.rules_filed]
    check_matching(rules, _behaviour(draft))
    for rule in rules:
        if rule.derived and draft.replaces is None and draft.origin is None:
            raise RuleDerived(scheme=scheme.code, rule=rule.code, field="rule")
        _fits(subject, scheme, rule)
    proposed = assessed(reading, scheme, replace(draft, edition=edition.number))
    check_reach(reading, scheme, proposed, today)
    return proposed


def _rule(scheme: Scheme, code: str, draft: Record) -> Rule:
    return rule_of(scheme, code, draft.happened_on, field="rule" if code == draft.rule else "matching")


def _fits(subject: Subject, scheme: Scheme, rule: Rule) -> None:
    allowed = rule.subjects or scheme.subjects
    if subject.kind not in allowed:
        raise SubjectKindUnfit(
            scheme=scheme.code,
            rule=rule.code,
            subject=subject.id,
            kind=str(subject.kind),
            allowed=", ".join(allowed),
            field="subject",
        )


def check_reach(reading: Reading, scheme: Scheme, record: Record, today: date) -> None:
    """Refuse a record that would reach more subjects than a route allows."""
    if scheme.routes and record.points:
        check_fan_out(scheme, record.act, reading.walks_from(record.act, Moment(today, LATEST)))


def assessed(reading: Reading, scheme: Scheme, record: Record) -> Record:
    """Assess a record against what was approved before it, by the weightiest of the rules it was filed under."""
    rules = [scheme.rules[code] for code in record.rules_filed]
    rule, found = assess_matching(scheme, rules, _behaviour(record), earlier(reading, rules, record))
    anew = replace(record, rule=rule.code, points=found.points, grade=found.grade, reasons=found.reasons)
    return record if anew == record else anew


def _behaviour(record: Record) -> Behaviour:
    return Behaviour(happened_on=record.happened_on, quantity=record.quantity, points=record.asked_points)


def validity_over(reading: Reading, record: Record) -> date | None:
    """Give the first day on which a record in force no longer counts, by its points as assessed; None for no such day.

    It is worked out when the record enters force, and again whenever it is assessed again.
    """
    scheme, rule = book_of(reading, record)
    assert record.force_on is not None
    return valid_until(rule.valid_for(record.points), scheme.period, record.happened_on, record.force_on)


def earlier(reading: Reading, rules: Sequence[Rule], record: Record) -> Mapping[str, list[Record]]:
    """List, by rule, the subject's records by it that were approved before this one, in order of approval."""
    found: dict[str, list[Record]] = {rule.code: [] for rule in rules if looks_back(rule)}
    if not found:
        return found
    others = [
        other
        for other in reading.records_about([record.subject]).get(record.subject, ())
        if other.id != record.id
        and other.scheme == record.scheme
        and other.rule in found
        and other.approved_on is not None
    ]
    for other in sorted(others, key=lambda other: other.approval):
        if other.approval < record.approval:
            found[other.rule].append(other)
    return found
