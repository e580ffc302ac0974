"""Proposals: what a behaviour would come to if it were approved now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from graph_service.errors import BeforeSubject, SubjectKindUnfit
from graph_service.lookups.book import book_of, edition_of, living_subject, not_in_future, rule_of, scheme_of
from graph_service.model.records import LATEST, Moment, Record
from graph_service.model.subjects import Subject
from graph_service.policy.schemes import Rule, Scheme
from graph_service.ports.store import Reading
from graph_service.scoring import assess
from graph_service.scoring.sharing import check_fan_out
from graph_service.scoring.validity import valid_until


def propose(reading: Reading, draft: Record, today: date) -> Record:
    """Check a draft and assess it, as a proposal.

    Raises:
        SubjectUnknown, SubjectEnded, SchemeUnknown, RuleUnknown, PolicyMissing: There is none on that day.
        DayInFuture, BeforeSubject: It cannot have happened then.
        SubjectKindUnfit: The rule is not for such subjects.
        QuantityMissing and the other refusals of `assess.check`.
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
    rule = rule_of(scheme, draft.rule, draft.happened_on)
    _fits(subject, scheme, rule)
    proposed = assessed(reading, rule, replace(draft, edition=edition.number))
    check_reach(reading, scheme, proposed, today)
    return proposed


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


def assessed(reading: Reading, rule: Rule, record: Record) -> Record:
    """Assess a record against what was approved before it."""
    behaviour = assess.Behaviour(happened_on=record.happened_on, quantity=record.quantity, points=record.asked_points)
    assess.check(rule, behaviour)
    found = assess.assess(rule, behaviour, earlier(reading, rule, record))
    if (found.points, found.grade, found.reasons) == (record.points, record.grade, record.reasons):
        return record
    return replace(record, points=found.points, grade=found.grade, reasons=found.reasons)


def validity_over(reading: Reading, record: Record) -> date | None:
    """Give the first day on which a record in force no longer counts, by its points as assessed; None for no such day.

    It is worked out when the record enters force, and again whenever it is assessed again.
    """
    scheme, rule = book_of(reading, record)
    assert record.force_on is not None
    return valid_until(rule.valid_for(record.points), scheme.period, record.happened_on, record.force_on)


def earlier(reading: Reading, rule: Rule, record: Record) -> list[Record]:
    """List the subject's records by the same rule that were approved before this one, in order of approval."""
    if not assess.looks_back(rule):
        return []
    others = [
        other
        for other in reading.records_about([record.subject]).get(record.subject, ())
        if other.id != record.id
        and (other.scheme, other.rule) == (record.scheme, record.rule)
        and other.approved_on is not None
    ]
    return sorted(
        (other for other in others if other.approval < record.approval),
        key=lambda other: other.approval,
    )
