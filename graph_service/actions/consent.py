"""Consents and waivers: given, ended, and voided where they were entered in error."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from graph_service.actions.desk import Desk, check_span, given, open_end
from graph_service.actions.end import end_fact, void_fact
from graph_service.actions.history import shares_untouched
from graph_service.errors import (
    ConsentUnknown,
    GuardianMissing,
    GuardianUnfit,
    GuardianUnneeded,
    PurposeUnknown,
    WaiverUnknown,
)
from graph_service.lookups.book import book_of, living
from graph_service.model.consents import Consent, Waiver
from graph_service.model.days import lies_within
from graph_service.model.journal import Entry, EntryKind
from graph_service.model.records import RecordState
from graph_service.model.subjects import AgeChange, AgeClass, Subject, SubjectKind, checked_id
from graph_service.model.ties import Tie, TieEnd
from graph_service.scoring.sharing import check_fan_out

#: The kind of tie by which a guardian is known.
GUARDIAN_OF = "guardian_of"


def give_consent(
    desk: Desk,
    *,
    consent: str,
    subject: str,
    purpose: str,
    actor: str,
    guardian: str | None = None,
    since: date | None = None,
    until: date | None = None,
    history: bool = False,
) -> Entry:
    """Let a purpose happen on every day of `[since, until)`; for a minor, in the guardian's name.

    Raises:
        PurposeUnknown: No term asks consent for it.
        GuardianMissing: The subject is a minor, or of unknown age.
        GuardianUnneeded: The subject consents itself.
        GuardianUnfit: The person named is not the guardian on the first day.
        Backdated: It would hold before tomorrow and is no import of history.
        HistoryTouched: As an import of history, it would change existing records' shares.
    """
    checked_id(consent, "id")
    until = open_end(until)
    asked = given(consent=consent, subject=subject, guardian=guardian, purpose=purpose, since=since, until=until)
    since = since or desk.tomorrow
    repeated = desk.repeated(f"consent/{consent}", asked)
    repeated = repeated or desk.repeated_row(desk.page.consents_of([consent]).get(consent), asked)
    if repeated is not None:
        return repeated
    check_span(since, until)
    desk.overnight(since, history=history, field="since")
    known_purpose(desk, purpose)
    Guardians.of(desk, [subject], [guardian] if guardian else []).check(subject, guardian, since)
    with shares_untouched(desk, since, lambda: desk.page.records_through_subject(subject, purpose)):
        return desk.write(f"consent/{consent}", EntryKind.CONSENT_GIVEN, actor, asked, given(since=since))


def known_purpose(desk: Desk, purpose: str) -> None:
    """Refuse a consent that nobody asks for.

    Raises:
        PurposeUnknown: No term of any edition asks consent for it.
    """
    known = {name for edition in desk.page.editions() for name in edition.policy.purposes}
    if purpose not in known:
        raise PurposeUnknown(purpose=purpose, known=", ".join(sorted(known)), field="purpose")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardians:
    """Who consents in whose name: some subjects, their ages and their guardians, looked up together."""

    today: date
    subjects: Mapping[str, Subject]
    ages: Mapping[str, Sequence[AgeChange]]
    ties: Mapping[str, Sequence[Tie]]

    @classmethod
    def of(cls, desk: Desk, subjects: Collection[str], guardians: Collection[str]) -> Guardians:
        """Look subjects and those who would consent for them up."""
        return cls(
            today=desk.today,
            subjects=desk.page.subjects_of({*subjects, *guardians}),
            ages=desk.page.ages_of(subjects),
            ties=desk.page.ties_at(subjects, GUARDIAN_OF, TieEnd.TARGET),
        )

    def check(self, subject: str, guardian: str | None, since: date) -> None:
        """Refuse a consent that is not the subject's own, or not its guardian's where it is a minor.

        Raises:
            SubjectUnknown, SubjectEnded, GuardianMissing, GuardianUnneeded, GuardianUnfit: It is not.
        """
        person = living(self.subjects, subject, self.today, field="subject").kind is SubjectKind.PERSON
        adult = any(age.age_class is AgeClass.ADULT and age.since <= since for age in self.ages.get(subject, ()))
        minor = person and not adult
        day = since.isoformat()
        if minor and guardian is None:
            raise GuardianMissing(subject=subject, on=day, field="guardian")
        if guardian is None:
            return
        if not minor:
            raise GuardianUnneeded(subject=subject, on=day, field="guardian")
        living(self.subjects, guardian, self.today, field="guardian")
        for tie in self.ties.get(subject, ()):
            if tie.source == guardian and tie.voided_on is None and lies_within(since, tie.since, tie.until):
                return
        raise GuardianUnfit(guardian=guardian, subject=subject, on=day, field="guardian")


def _consent(desk: Desk, consent: str) -> Consent:
    held = desk.page.consents_of([consent]).get(consent)
    if held is None:
        raise ConsentUnknown(consent=consent, field="consent")
    return held


def withdraw_consent(
    desk: Desk, *, consent: str, actor: str, until: date | None = None, history: bool = False
) -> Entry:
    """Withdraw a consent: `until`, by default tomorrow, is the first day on which it no longer holds.

    Raises:
        ConsentUnknown: There is no such consent.
        AlreadyEnded: It ends by then already, or was voided.
        Backdated: It would end before tomorrow and is no import of history.
        HistoryTouched: As an import of history, it would change existing records' shares.
    """
    held = _consent(desk, consent)
    return end_fact(
        desk,
        held,
        EntryKind.CONSENT_WITHDRAWN,
        actor=actor,
        until=until,
        history=history,
        records=lambda: desk.page.records_through_subject(held.subject, held.purpose),
    )


def void_consent(desk: Desk, *, consent: str, actor: str, reason: str) -> Entry:
    """Void a consent that was entered in error. What it let pass is derived anew, from today on.

    Raises:
        ReasonMissing: The reason is blank.
        ConsentUnknown: There is no such consent.
        AlreadyDecided: Somebody else voided it.
    """
    held = _consent(desk, consent)
    return void_fact(
        desk,
        held,
        EntryKind.CONSENT_VOIDED,
        actor=actor,
        reason=reason,
        about=held.subject,
        records=lambda: desk.page.records_through_subject(held.subject, held.purpose),
    )


def grant_waiver(
    desk: Desk,
    *,
    waiver: str,
    member: str,
    group: str,
    actor: str,
    since: date | None = None,
    until: date | None = None,
    history: bool = False,
) -> Entry:
    """Keep a member's demerits from reaching or passing a group on every day of `[since, until)`.

    Raises:
        SubjectUnknown: The member or the group is not enrolled.
        Backdated: It would hold before tomorrow and is no import of history.
        HistoryTouched: As an import of history, it would change existing records' shares.
    """
    checked_id(waiver, "id")
    until = open_end(until)
    asked = given(waiver=waiver, member=member, group=group, since=since, until=until)
    since = since or desk.tomorrow
    repeated = desk.repeated(f"waiver/{waiver}", asked)
    if repeated is not None:
        return repeated
    check_span(since, until)
    desk.overnight(since, history=history, field="since")
    desk.subject(member, field="member")
    desk.subject(group, field="group")
    with shares_untouched(desk, since, lambda: _demerits(desk, member)):
        return desk.write(f"waiver/{waiver}", EntryKind.WAIVER_GRANTED, actor, asked, given(since=since))


def _demerits(desk: Desk, member: str) -> list[str]:
    records = desk.page.records_about([member]).get(member, ())
    # What gives nothing now may have taken something before it was assessed again.
    return [record.id for record in records if record.points <= 0]


def _waiver(desk: Desk, waiver: str) -> Waiver:
    held = desk.page.waivers_of([waiver]).get(waiver)
    if held is None:
        raise WaiverUnknown(waiver=waiver, field="waiver")
    return held


def end_waiver(desk: Desk, *, waiver: str, actor: str, until: date | None = None, history: bool = False) -> Entry:
    """End a waiver: `until`, by default tomorrow, is the first day on which it no longer holds.

    Raises:
        WaiverUnknown: There is no such waiver.
        AlreadyEnded: It ends by then already, or was voided.
        Backdated: It would end before tomorrow and is no import of history.
        HistoryTouched: As an import of history, it would change existing records' shares.
    """
    held = _waiver(desk, waiver)
    return end_fact(
        desk,
        held,
        EntryKind.WAIVER_ENDED,
        actor=actor,
        until=until,
        history=history,
        records=lambda: _demerits(desk, held.member),
    )


def void_waiver(desk: Desk, *, waiver: str, actor: str, reason: str) -> Entry:
    """Void a waiver that was entered in error. What it kept back is derived anew, from today on.

    Raises:
        ReasonMissing: The reason is blank.
        WaiverUnknown: There is no such waiver.
        AlreadyDecided: Somebody else voided it.
        FanOutExceeded: What it kept back would now reach more subjects than a route allows.
    """
    held = _waiver(desk, waiver)
    entry = void_fact(
        desk,
        held,
        EntryKind.WAIVER_VOIDED,
        actor=actor,
        reason=reason,
        about=held.member,
        records=lambda: [record.id for record in desk.page.records_about([held.member]).get(held.member, ())],
    )
    _check_fan_outs(desk, held.member)
    return entry


def _check_fan_outs(desk: Desk, member: str) -> None:
    for record in desk.page.records_about([member]).get(member, ()):
        if record.points < 0 and record.state is not RecordState.REJECTED:
            scheme, _ = book_of(desk.page, record)
            check_fan_out(scheme, record.act, desk.page.walks_from(record.act, desk.now))
