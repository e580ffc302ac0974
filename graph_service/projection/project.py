"""From an entry to its views: the one place that says what each entry changes.

Writing an entry and rebuilding a store from its journal run the same code, so a view that was kept can always be
compared with one that was rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from msgspec.structs import replace

from graph_service.model.consents import Consent, Waiver
from graph_service.model.journal import Entry, EntryKind, Value, Written, rows_of
from graph_service.model.records import Force, RecordState
from graph_service.model.subjects import AgeChange, AgeClass, Subject, SubjectKind
from graph_service.model.ties import Tie
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Edition
from graph_service.ports.store import Page
from graph_service.projection.codec import SAID, changed, day_or_none, imported
from graph_service.projection.keep import add_shares, keep_anew, shares_now


def project(page: Page, entry: Entry) -> None:
    """Put an entry behind the head and bring every view up to it."""
    page.append(entry)
    _PROJECTIONS[entry.kind](page, entry)


def _adopted(page: Page, entry: Entry) -> None:
    edition = Edition(
        number=entry.outcome["number"],
        policy=parse_policy(entry.asked["name"], entry.asked["files"]),
        since=date.fromisoformat(entry.asked["since"]),
        seq=entry.seq,
    )
    page.put_edition(edition)


def _enrolled(page: Page, entry: Entry) -> None:
    rows = rows_of(entry)
    page.put_subjects([_subject(asked, outcome, entry.seq) for asked, outcome in rows])
    ages = [
        _age(asked["subject"], age_class, since, entry.seq)
        for asked, outcome in rows
        for since, age_class in outcome.get("ages", ())
    ]
    if ages:
        page.put_ages(ages)


def _subject(asked: Mapping[str, Value], outcome: Mapping[str, Value], seq: int) -> Subject:
    return Subject(
        id=asked["subject"],
        kind=SubjectKind(asked["kind"]),
        name=asked.get("name"),
        since=day_or_none(outcome.get("since")),
        seq=seq,
    )


def _aged(page: Page, entry: Entry) -> None:
    on = entry.outcome["on"]
    page.put_ages([_age(subject, age_class, on, entry.seq) for subject, age_class in entry.outcome["changes"]])


def _age(subject: str, age_class: str, since: str, seq: int) -> AgeChange:
    return AgeChange(subject=subject, age_class=AgeClass(age_class), since=date.fromisoformat(since), seq=seq)


def _forgotten(page: Page, entry: Entry) -> None:
    subject = page.subjects_of([entry.asked["subject"]])[entry.asked["subject"]]
    page.put_subjects([replace(subject, until=date.fromisoformat(entry.outcome["until"]))])


def _tie_opened(page: Page, entry: Entry) -> None:
    page.put_ties([_tie(asked, outcome, entry.seq) for asked, outcome in rows_of(entry)])


def _tie(asked: Mapping[str, Value], outcome: Mapping[str, Value], seq: int) -> Tie:
    return Tie(
        id=asked["tie"],
        kind=asked["kind"],
        source=asked["source"],
        target=asked["target"],
        source_kind=SubjectKind(outcome["source_kind"]),
        target_kind=SubjectKind(outcome["target_kind"]),
        since=date.fromisoformat(outcome["since"]),
        until=day_or_none(asked.get("until")),
        attributes=asked.get("attributes", {}),
        origin=outcome.get("origin"),
        seq=seq,
    )


def _tie_closed(page: Page, entry: Entry) -> None:
    tie = page.ties_of([entry.asked["tie"]])[entry.asked["tie"]]
    page.put_ties([replace(tie, until=date.fromisoformat(entry.outcome["until"]))])


def _tie_voided(page: Page, entry: Entry) -> None:
    tie = page.ties_of([entry.asked["tie"]])[entry.asked["tie"]]
    records = page.records_through_tie(tie.id)
    voided = replace(tie, voided_on=entry.entered_on, voided_seq=entry.seq)
    _derive_anew(page, records, entry.entered_on, lambda: page.put_ties([voided]))


def _consented(page: Page, entry: Entry) -> None:
    page.put_consents([_consent(asked, outcome, entry.seq) for asked, outcome in rows_of(entry)])


def _consent(asked: Mapping[str, Value], outcome: Mapping[str, Value], seq: int) -> Consent:
    return Consent(
        id=asked["consent"],
        subject=asked["subject"],
        guardian=asked.get("guardian"),
        purpose=asked["purpose"],
        since=date.fromisoformat(outcome["since"]),
        until=day_or_none(asked.get("until")),
        seq=seq,
    )


def _consent_withdrawn(page: Page, entry: Entry) -> None:
    consent = page.consents_of([entry.asked["consent"]])[entry.asked["consent"]]
    page.put_consents([replace(consent, until=date.fromisoformat(entry.outcome["until"]))])


def _consent_voided(page: Page, entry: Entry) -> None:
    consent = page.consents_of([entry.asked["consent"]])[entry.asked["consent"]]
    records = page.records_through_subject(consent.subject, consent.purpose)
    voided = replace(consent, voided_on=entry.entered_on, voided_seq=entry.seq)
    _derive_anew(page, records, entry.entered_on, lambda: page.put_consents([voided]))


def _waived(page: Page, entry: Entry) -> None:
    asked = entry.asked
    page.put_waiver(
        Waiver(
            id=asked["waiver"],
            member=asked["member"],
            group=asked["group"],
            since=date.fromisoformat(entry.outcome["since"]),
            until=day_or_none(asked.get("until")),
            seq=entry.seq,
        )
    )


def _waiver_ended(page: Page, entry: Entry) -> None:
    waiver = page.waivers_of([entry.asked["waiver"]])[entry.asked["waiver"]]
    page.put_waiver(replace(waiver, until=date.fromisoformat(entry.outcome["until"])))


def _waiver_voided(page: Page, entry: Entry) -> None:
    waiver = page.waivers_of([entry.asked["waiver"]])[entry.asked["waiver"]]
    records = [record.id for record in page.records_about([waiver.member]).get(waiver.member, ())]
    voided = replace(waiver, voided_on=entry.entered_on, voided_seq=entry.seq)
    _derive_anew(page, records, entry.entered_on, lambda: page.put_waiver(voided))


def _derive_anew(page: Page, records: Iterable[str], today: date, change: Callable[[], None]) -> None:
    """Derive the shares of the records in force before and after a change, and keep the difference."""
    found = page.records_of(list(records))
    acts = [record.act for record in found.values() if record.state is RecordState.IN_FORCE]
    before = [shares_now(page, act, today) for act in acts]
    change()
    for act, shares in zip(acts, before, strict=True):
        anew = shares_now(page, act, today)
        if anew != shares:
            add_shares(page, act, shares, today, times=-1)
            add_shares(page, act, anew, today)


def _lived(page: Page, entry: Entry) -> None:
    """Any step of a record's life: the record changes, and what counts follows its state and points."""
    name = entry.outcome["record"]
    before = page.records_of([name]).get(name)
    after = changed(before, entry.outcome["changes"], entry.seq)
    on = date.fromisoformat(entry.outcome["on"])
    page.put_record(after)
    counted = before is not None and before.state is RecordState.IN_FORCE
    counts = after.state is RecordState.IN_FORCE
    if before is not None and counted and counts and before.act == after.act:
        return
    if before is not None and counted:
        # Read while it is still open: the shares to take away are those that were derived when they were added.
        shares = shares_now(page, before.act, entry.entered_on)
        page.close_force(name, on=on, seq=entry.seq)
        add_shares(page, before.act, shares, entry.entered_on, times=-1)
    if counts:
        page.open_force(Force(act=after.act, opened_on=on, opened_seq=entry.seq))
        add_shares(page, after.act, shares_now(page, after.act, entry.entered_on), entry.entered_on)


def _imported(page: Page, entry: Entry) -> None:
    """Records that have lived elsewhere: each is put where its life has brought it."""
    page.put_imported(entry)
    if isinstance(entry.asked["rows"], Written):
        # Such rows are only written while their schemes are not kept.
        return
    if {row[SAID.index("scheme")] for row in entry.asked["rows"]} <= page.unkept():
        return
    for record in imported(entry):
        if record.state is RecordState.IN_FORCE:
            add_shares(page, record.act, shares_now(page, record.act, entry.entered_on), entry.entered_on)


def _ticked(page: Page, entry: Entry) -> None:
    day = date.fromisoformat(entry.asked["day"])
    first = page.head().ticked_on is None
    page.set_ticked(day)
    for edition in page.editions():
        if edition.since == day and not first:
            for scheme in edition.policy.schemes.values():
                keep_anew(page, scheme, day)


def _bridged(page: Page, entry: Entry) -> None:
    """How far the bridges of a day have come: the records that they filed are entries of their own."""


#: The steps of a record's life.
LIFE = (
    EntryKind.RECORD_FILED,
    EntryKind.RECORD_APPROVED,
    EntryKind.RECORD_REJECTED,
    EntryKind.NOTICE_DELIVERED,
    EntryKind.RECORD_ENTERED_FORCE,
    EntryKind.RECORD_CONTESTED,
    EntryKind.RECORD_SUSPENDED,
    EntryKind.RECORD_UPHELD,
    EntryKind.RECORD_REVOKED,
    EntryKind.RECORD_REPAIRED,
    EntryKind.RECORD_REASSESSED,
    EntryKind.RECORD_EXPIRED,
)

_PROJECTIONS: dict[EntryKind, Callable[[Page, Entry], None]] = {
    EntryKind.POLICY_ADOPTED: _adopted,
    EntryKind.SUBJECT_ENROLLED: _enrolled,
    EntryKind.SUBJECTS_IMPORTED: _enrolled,
    EntryKind.SUBJECT_FORGOTTEN: _forgotten,
    EntryKind.AGE_CHANGED: _aged,
    EntryKind.TIE_OPENED: _tie_opened,
    EntryKind.TIES_IMPORTED: _tie_opened,
    EntryKind.TIE_CLOSED: _tie_closed,
    EntryKind.TIE_VOIDED: _tie_voided,
    EntryKind.CONSENT_GIVEN: _consented,
    EntryKind.CONSENTS_IMPORTED: _consented,
    EntryKind.CONSENT_WITHDRAWN: _consent_withdrawn,
    EntryKind.CONSENT_VOIDED: _consent_voided,
    EntryKind.WAIVER_GRANTED: _waived,
    EntryKind.WAIVER_ENDED: _waiver_ended,
    EntryKind.WAIVER_VOIDED: _waiver_voided,
    EntryKind.PERIODS_BRIDGED: _bridged,
    EntryKind.DAY_TICKED: _ticked,
    EntryKind.RECORDS_IMPORTED: _imported,
    **dict.fromkeys(LIFE, _lived),
}
