"""File records: a behaviour is proposed; another person will decide about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from graph_service.actions.desk import Desk, rule_of, scheme_of
from graph_service.errors import BeforeSubject, SubjectKindUnfit
from graph_service.model.journal import Entry, EntryKind
from graph_service.model.records import Record, RecordState
from graph_service.model.subjects import checked_id
from graph_service.policy.schemes import Rule, Scheme
from graph_service.ports.store import Reading
from graph_service.projection.codec import changes
from graph_service.scoring import assess
from graph_service.scoring.sharing import check_fan_out


def file_record(
    desk: Desk,
    *,
    record: str,
    subject: str,
    scheme: str,
    rule: str,
    happened_on: date,
    filer: str,
    quantity: int | None = None,
    points: int | None = None,
    note: str | None = None,
    replaces: str | None = None,
) -> Entry:
    """Propose a record; the caller names it, and the same again is the first answer.

    Quantity and points are in millionths. The note is kept in the vault.

    Raises:
        SubjectUnknown, SchemeUnknown, RuleUnknown: There is none on that day.
        DayInFuture, BeforeSubject: It cannot have happened then.
        SubjectKindUnfit: The rule is not for such subjects.
        QuantityMissing and the other refusals of `assess.check`.
        FanOutExceeded: It would reach more subjects than a route allows.
    """
    checked_id(record, "id")
    asked = {
        "record": record,
        "subject": subject,
        "scheme": scheme,
        "rule": rule,
        "happened_on": happened_on.isoformat(),
        "quantity": quantity,
        "points": points,
        "filer": filer,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    repeated = desk.repeated(f"record:{record}", asked)
    if repeated is not None:
        desk.same_note(subject, f"record:{record}", note, record)
        return repeated
    proposed = propose(
        desk,
        Record(
            id=record,
            subject=subject,
            scheme=scheme,
            rule=rule,
            happened_on=happened_on,
            quantity=quantity,
            asked_points=points,
            edition=0,
            points=0,
            state=RecordState.FILED,
            filer=filer,
            filed_on=desk.today,
            replaces=replaces,
        ),
    )
    desk.note(subject, f"record:{record}", note)
    outcome = {
        "record": record,
        "on": desk.today.isoformat(),
        "changes": changes(None, proposed),
    }
    return desk.write(f"record:{record}", EntryKind.RECORD_FILED, filer, asked, outcome)


def propose(desk: Desk, draft: Record) -> Record:
    """Check a draft and assess it, as a proposal: what it would come to if it were approved now."""
    held = desk.subject(draft.subject)
    desk.not_in_future(draft.happened_on, "happened_on")
    if held.since is not None and draft.happened_on < held.since:
        raise BeforeSubject(
            field="happened_on",
            day=draft.happened_on.isoformat(),
            subject=held.id,
            since=held.since.isoformat(),
        )
    edition = desk.edition(draft.happened_on)
    scheme = scheme_of(edition, draft.scheme, draft.happened_on)
    rule = rule_of(scheme, draft.rule, draft.happened_on)
    allowed = rule.subjects or scheme.subjects
    if held.kind not in allowed:
        raise SubjectKindUnfit(
            scheme=scheme.code,
            rule=rule.code,
            subject=held.id,
            kind=str(held.kind),
            allowed=", ".join(allowed),
            field="subject",
        )
    assessment = assess_record(desk.page, rule, draft)
    proposed = _with(draft, edition.number, assessment)
    check_record_fan_out(desk, scheme, proposed)
    return proposed


def _with(draft: Record, edition: int, assessment: assess.Assessment) -> Record:
    return replace(
        draft,
        edition=edition,
        points=assessment.points,
        grade=assessment.grade,
        reasons=assessment.reasons,
    )


def check_record_fan_out(desk: Desk, scheme: Scheme, record: Record) -> None:
    """Refuse a record that would reach more subjects than a route allows."""
    if scheme.routes and record.points:
        check_fan_out(scheme, record.act, desk.page.walks_from(record.act, desk.now))


def assess_record(reading: Reading, rule: Rule, record: Record) -> assess.Assessment:
    """Assess a record against what was approved before it."""
    behaviour = assess.Behaviour(
        happened_on=record.happened_on, quantity=record.quantity, points=record.asked_points
    )
    assess.check(rule, behaviour)
    return assess.assess(rule, behaviour, earlier(reading, rule, record))


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
    approved = approvals(reading, [record.id, *(other.id for other in others)])
    mine = approved.get(record.id)
    return sorted(
        (other for other in others if mine is None or approved[other.id] < mine),
        key=lambda other: approved[other.id],
    )


def approvals(reading: Reading, records: list[str]) -> dict[str, int]:
    """Give the positions in the journal at which records were approved."""
    ids = [f"record:{record}:approved" for record in records]
    found = reading.entries_of(ids)
    return {entry.asked["record"]: entry.seq for entry in found.values()}
