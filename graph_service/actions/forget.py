"""Forget a person: who it was is gone for good; what everybody else has stays to the last point."""

from __future__ import annotations

from graph_service.actions.desk import Desk, given
from graph_service.errors import RolesHeldByOne
from graph_service.lookups.book import subject_of
from graph_service.model.actors import checked_person
from graph_service.model.journal import Entry, EntryKind


def forget(desk: Desk, *, subject: str, asked_by: str, approver: str) -> Entry:
    """Forget a subject: its ties and consents end overnight, its standing ends, and the vault destroys its keys.

    Records stay, anonymous, because other subjects' standings rest on them. Asking again destroys again, so that an
    erasure that was cut off is finished.

    Raises:
        SubjectUnknown: There is none.
        AlreadyDecided: Somebody else approved it.
        RolesHeldByOne: Who asks and who approves are one.
    """
    checked_person(asked_by, "asked_by")
    checked_person(approver, "approver")
    held = subject_of(desk.page, subject)
    asked = {"subject": subject, "asked_by": asked_by, "approver": approver}
    id_ = f"subject/{subject}/forgotten"
    repeated = desk.repeated(id_, asked, by="approver")
    if repeated is None:
        if asked_by == approver:
            raise RolesHeldByOne(person=approver, first="asker", second="approver", record=subject, field="approver")
        _end_all(desk, subject, approver)
        outcome = {"until": desk.tomorrow.isoformat()}
        repeated = desk.write(id_, EntryKind.SUBJECT_FORGOTTEN, approver, asked, outcome)
    desk.envelope.erasures.append(held.id)
    return repeated


def _end_all(desk: Desk, subject: str, actor: str) -> None:
    """End what still holds tomorrow."""
    ties = desk.page.ties_around([subject]).get(subject, ())
    consents = desk.page.consents_by([subject]).get(subject, ())
    for noun, kind, facts in (("tie", EntryKind.TIE_CLOSED, ties), ("consent", EntryKind.CONSENT_WITHDRAWN, consents)):
        for fact in facts:
            if fact.voided_on is None and (fact.until is None or fact.until > desk.tomorrow):
                until = given(until=max(fact.since, desk.tomorrow))
                id_ = f"subject/{subject}/forgotten/{noun}/{fact.id}"
                desk.write(id_, kind, actor, {noun: fact.id}, until)
