"""Decide about records: approve, reject, contest, uphold, revoke, repair; always with another person's eyes."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from graph_service.actions.derive import take
from graph_service.actions.desk import Desk, given
from graph_service.actions.file_record import file_record, write_filing
from graph_service.actions.settle import settle
from graph_service.actions.steps import Step, entering_force, revoked
from graph_service.errors import (
    ContestUnknown,
    DayTooEarly,
    NotRepairable,
    RecordFollows,
    RecordUnknown,
    RepairTooEarly,
    RolesHeldByOne,
    StateUnfit,
)
from graph_service.lookups.book import book_of, not_in_future
from graph_service.lookups.linked import filed_also
from graph_service.lookups.proposal import assessed, check_reach
from graph_service.model.actors import checked_person
from graph_service.model.journal import Entry, EntryKind, Value
from graph_service.model.records import Record, RecordState
from graph_service.model.subjects import checked_id
from graph_service.policy.schemes import Rule, Scheme


def approve(desk: Desk, *, record: str, approver: str, history_on: date | None = None) -> Entry:
    """Approve a filed record. Merit enters force at once; a demerit when its notice days are over.

    Args:
        desk: To write on.
        record: Which one.
        approver: Another person than the filer and the subject.
        history_on: As an import of history, the day on which it was approved, and notice given, elsewhere.

    Raises:
        AlreadyDecided: Somebody else approved it.
        RecordUnknown, StateUnfit: There is none to approve.
        RolesHeldByOne: The approver filed it, or it is about the approver.
        FanOutExceeded: It would reach more subjects than a route allows.
    """
    asked: dict[str, Value] = {"record": record, "approver": approver}
    if history_on is not None:
        asked["approved_on"] = history_on.isoformat()
    id_ = f"record/{record}/approved"
    checked_person(approver, "approver")
    repeated = desk.repeated(id_, asked, by="approver")
    repeated = repeated or desk.repeated_row(desk.page.records_of([record]).get(record), asked)
    if repeated is not None:
        return repeated
    held = require(desk, record, "approved", {RecordState.FILED})
    other_than(held, approver, "approver", filer=held.filer, subject=held.subject)
    on = desk.today if history_on is None else history_on
    not_in_future(on, desk.today, "approved_on")
    if on < held.happened_on:
        raise DayTooEarly(field="approved_on", day=on.isoformat(), earliest=held.happened_on.isoformat())
    scheme, _ = book_of(desk.page, held)
    proposed = assessed(desk.page, scheme, held)
    approved = as_approved(proposed, scheme, approver, on, history=history_on is not None)
    force_on = approved.force_on
    check_reach(desk.page, scheme, approved, desk.today)
    filings = filed_also(desk.page, approved, desk.today)
    approved = replace(approved, linked=tuple(filings))
    if force_on is not None and force_on <= desk.today:
        # What entered force in the past of an import counts from that day on.
        approved, on = entering_force(desk.page, approved), force_on
    entry = take(desk, Step(id_, EntryKind.RECORD_APPROVED, approver, asked, held, approved, on))
    settle(desk, approved)
    for linked in filings.values():
        write_filing(desk, linked)
        # Who is spoken of decides nothing: it waits for another approver.
        if linked.subject != approver:
            approve(desk, record=linked.id, approver=approver, history_on=history_on)
    return entry


def as_approved(proposed: Record, scheme: Scheme, approver: str, on: date, *, history: bool) -> Record:
    """Give a record as it is once it is approved, before anything falls due for it."""
    notified_on, force_on = _notice(proposed, scheme, on, history=history)
    return replace(
        proposed,
        state=RecordState.APPROVED,
        approver=approver,
        approved_on=on,
        notified_on=notified_on,
        force_on=force_on,
    )


def _notice(record: Record, scheme: Scheme, on: date, *, history: bool) -> tuple[date | None, date | None]:
    """Say when notice was given and when the record enters force: merit at once, a demerit after its notice days.

    A demerit whose notice is still to be delivered has neither day.
    """
    adverse = record.points < 0 or record.grade is not None
    if not adverse or scheme.notice_days == 0:
        return None, on
    if history:
        return on, on + timedelta(days=scheme.notice_days)
    return None, None


def deliver_notice(desk: Desk, *, record: str, actor: str, delivered_on: date | None = None) -> Entry:
    """Note that the subject, or the guardian, was told of a demerit; its notice days run from here.

    Raises:
        RecordUnknown, StateUnfit: There is no approved record that waits for its notice.
    """
    asked = given(record=record, delivered_on=delivered_on)
    on = delivered_on or desk.today
    id_ = f"record/{record}/notified"
    repeated = desk.repeated(id_, asked)
    if repeated is not None:
        return repeated
    held = require(desk, record, "notified", {RecordState.APPROVED})
    not_in_future(on, desk.today, "delivered_on")
    if held.approved_on is not None and on < held.approved_on:
        raise DayTooEarly(field="delivered_on", day=on.isoformat(), earliest=held.approved_on.isoformat())
    scheme, _ = book_of(desk.page, held)
    # Told late, in force late: never before the day on which we learn of the delivery.
    force_on = max(on + timedelta(days=scheme.notice_days), desk.today)
    notified = replace(held, notified_on=on, force_on=force_on)
    entry = take(desk, Step(id_, EntryKind.NOTICE_DELIVERED, actor, asked, held, notified, desk.today))
    settle(desk, notified)
    return entry


def reject(desk: Desk, *, record: str, approver: str, reason: str) -> Entry:
    """Reject a filed record: it never counted and never will.

    Raises:
        ReasonMissing: The reason is blank.
        AlreadyDecided: Somebody else rejected it.
        RecordUnknown, StateUnfit: There is none to reject.
        RolesHeldByOne: The approver filed it, or it is about the approver.
    """
    checked_person(approver, "approver")
    held = require(desk, record, "rejected", None)
    asked, id_ = {"record": record, "approver": approver}, f"record/{record}/rejected"
    repeated = desk.reasoned(id_, asked, by="approver", subject=held.subject, reason=reason)
    if repeated is not None:
        return repeated
    require(desk, record, "rejected", {RecordState.FILED})
    other_than(held, approver, "approver", filer=held.filer, subject=held.subject)
    rejected = replace(held, state=RecordState.REJECTED, approver=approver)
    return take(desk, Step(id_, EntryKind.RECORD_REJECTED, approver, asked, held, rejected, desk.today))


def contest(desk: Desk, *, record: str, contest: str, contester: str, reason: str) -> Entry:
    """Contest a record: it is out of force from today until it is decided, and lapses where it is not in time.

    The caller names the contest, so that asking again is asking the same, even when it was decided meanwhile.

    Raises:
        ReasonMissing: The reason is blank.
        RecordUnknown, StateUnfit: There is none that could be contested.
    """
    checked_id(contest, "contest")
    checked_person(contester, "contester")
    held = require(desk, record, "contested", None)
    asked, id_ = {"record": record, "contest": contest, "contester": contester}, f"record/{record}/contested/{contest}"
    repeated = desk.reasoned(id_, asked, subject=held.subject, reason=reason)
    if repeated is not None:
        return repeated
    require(desk, record, "contested", {RecordState.APPROVED, RecordState.IN_FORCE})
    scheme, _ = book_of(desk.page, held)
    contested = replace(
        held,
        state=RecordState.CONTESTED,
        contest=contest,
        contested_by=contester,
        contested_on=desk.today,
        decide_by=working_days_after(desk.today, scheme.contest.decide_within),
        lapses_on=desk.today + timedelta(days=scheme.contest.lapses_after),
    )
    return take(desk, Step(id_, EntryKind.RECORD_CONTESTED, contester, asked, held, contested, desk.today))


#: The first day of the week on which nobody decides; Monday is 0.
SATURDAY = 5


def working_days_after(day: date, count: int) -> date:
    """Count working days, Monday to Friday, from the day after.

    >>> working_days_after(date(2026, 11, 20), 3)
    datetime.date(2026, 11, 25)
    """
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day


def uphold(desk: Desk, *, record: str, contest: str, decider: str, reason: str) -> Entry:
    """Uphold a contested record: it counts again from today, or when its notice days are over.

    Raises:
        ReasonMissing: The reason is blank.
        AlreadyDecided: Somebody else upheld it in this contest.
        RecordUnknown, StateUnfit, ContestUnknown: There is no such contest open.
        RolesHeldByOne: The decider filed or contested it, or it is about the decider.
    """
    checked_person(decider, "decider")
    held = require(desk, record, "upheld", None)
    asked, id_ = {"record": record, "contest": contest, "decider": decider}, f"record/{record}/upheld/{contest}"
    repeated = desk.reasoned(id_, asked, by="decider", subject=held.subject, reason=reason)
    if repeated is not None:
        return repeated
    require(desk, record, "upheld", {RecordState.CONTESTED})
    _check_contest(held, contest)
    other_than(
        held,
        decider,
        "decider",
        filer=held.filer,
        contester=held.contested_by,
        subject=held.subject,
    )
    upheld = replace(
        held,
        state=RecordState.APPROVED,
        contest=None,
        contested_by=None,
        contested_on=None,
        decide_by=None,
        lapses_on=None,
    )
    if held.force_on is not None and held.force_on <= desk.today:
        if record not in desk.page.forces_of([record]):
            # Contested before it ever counted, it first enters force today.
            upheld = replace(upheld, force_on=desk.today)
        upheld = entering_force(desk.page, upheld)
    entry = take(desk, Step(id_, EntryKind.RECORD_UPHELD, decider, asked, held, upheld, desk.today))
    settle(desk, upheld)
    return entry


def _check_contest(held: Record, contest: str) -> None:
    if held.state is not RecordState.CONTESTED or held.contest != contest:
        raise ContestUnknown(record=held.id, contest=contest, field="contest")


def revoke(desk: Desk, *, record: str, decider: str, reason: str, contest: str | None = None) -> Entry:
    """Revoke a record: it counts no longer from today, and every share of it goes with it.

    One that has expired can be found wrong, too: what leaned on it, or was filed by a grade for which it counted, is
    then assessed again.

    Args:
        desk: To write on.
        record: Which one.
        decider: Who decides; not who contests it.
        reason: Why; kept in the vault.
        contest: The open contest that this decides, where there is one: it is not to decide a later one.

    Raises:
        ReasonMissing: The reason is blank.
        AlreadyDecided: Somebody else revoked it.
        RecordUnknown, StateUnfit: There is none that could be revoked.
        ContestUnknown: The contest is not the open one.
        RolesHeldByOne: The decider contests it, or it is about the decider.
        FanOutExceeded: A record that leaned on it would come to reach more subjects than a route allows.
    """
    checked_person(decider, "decider")
    held = require(desk, record, "revoked", None)
    asked, id_ = given(record=record, decider=decider, contest=contest), f"record/{record}/revoked"
    repeated = desk.reasoned(id_, asked, by="decider", subject=held.subject, reason=reason)
    if repeated is not None:
        return repeated
    require(desk, record, "revoked", _STANDING | {RecordState.EXPIRED})
    if contest is not None:
        _check_contest(held, contest)
    other_than(held, decider, "decider", contester=held.contested_by, subject=held.subject)
    return take(desk, Step(id_, EntryKind.RECORD_REVOKED, decider, asked, held, revoked(held), desk.today))


_STANDING = frozenset({RecordState.APPROVED, RecordState.IN_FORCE, RecordState.CONTESTED})


def repair(desk: Desk, *, record: str, asked_by: str, decider: str) -> Entry:
    """Repair a record that was made good: it counts no longer, and the rule's lighter record may take its place.

    Raises:
        AlreadyDecided: Somebody else decided its repair.
        RecordUnknown, StateUnfit: There is none that could be repaired.
        NotRepairable: The rule has no repair.
        RepairTooEarly: Its earliest day has not come.
        RolesHeldByOne: Who asks and who decides are one, or it is about the decider.
    """
    asked = {"record": record, "asked_by": asked_by, "decider": decider}
    id_ = f"record/{record}/repaired"
    checked_person(decider, "decider")
    checked_person(asked_by, "asked_by")
    repeated = desk.repeated(id_, asked, by="decider")
    if repeated is not None:
        return repeated
    held = require(desk, record, "repaired", _STANDING)
    other_than(held, decider, "decider", asker=asked_by, subject=held.subject)
    _, rule = book_of(desk.page, held)
    lighter = _lighter(desk, held, rule)
    repaired = replace(held, state=RecordState.REPAIRED, replaced_by=lighter, lapses_on=None, decide_by=None)
    entry = take(desk, Step(id_, EntryKind.RECORD_REPAIRED, decider, asked, held, repaired, desk.today))
    if lighter is not None and rule.repair is not None and rule.repair.replaced_by is not None:
        file_record(
            desk,
            record=lighter,
            subject=held.subject,
            scheme=held.scheme,
            rule=rule.repair.replaced_by,
            happened_on=desk.today,
            filer=asked_by,
            replaces=held.id,
        )
        approve(desk, record=lighter, approver=decider)
    return entry


def _lighter(desk: Desk, held: Record, rule: Rule) -> str | None:
    if rule.repair is None:
        raise NotRepairable(record=held.id, rule=rule.code)
    earliest = held.happened_on + timedelta(days=rule.repair.after_days)
    if desk.today < earliest:
        raise RepairTooEarly(record=held.id, earliest=earliest.isoformat())
    # An id of 64 characters leaves no room for more: the number of the head keeps the new one short and unique.
    return None if rule.repair.replaced_by is None else f"repair-{desk.page.head().seq}"


# What the steps share


def require(desk: Desk, record: str, step: str, states: frozenset[RecordState] | set[RecordState] | None) -> Record:
    """Find a record that is in one of the states from which a step is possible."""
    held = desk.page.records_of([record]).get(record)
    if held is None:
        raise RecordUnknown(record=record, field="record")
    if states is not None and held.state not in states:
        raise StateUnfit(
            record=record,
            state=str(held.state),
            step=step,
            allowed=", ".join(sorted(states)),
        )
    if held.follows is not None:
        raise RecordFollows(record=record, source=held.follows)
    return held


def other_than(held: Record, person: str, role: str, **roles: str | None) -> None:
    """Refuse a person who holds a role already that must be another's."""
    for other, holder in roles.items():
        if holder == person:
            raise RolesHeldByOne(person=person, first=other, second=role, record=held.id, field=role)
