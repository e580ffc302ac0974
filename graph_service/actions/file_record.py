"""File records: a behaviour is proposed; another person will decide about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from graph_service.actions.desk import Desk, given
from graph_service.lookups.proposal import drafted, propose
from graph_service.model.actors import checked_person
from graph_service.model.journal import Entry, EntryKind, Value
from graph_service.model.records import Record
from graph_service.model.subjects import checked_id
from graph_service.projection.codec import changes


def file_record(
    desk: Desk,
    *,
    record: str,
    subject: str,
    scheme: str,
    rule: str,
    happened_on: date,
    filer: str,
    matching: Sequence[str] = (),
    quantity: int | None = None,
    points: int | None = None,
    note: str | None = None,
    replaces: str | None = None,
) -> Entry:
    """Propose a record; the caller names it, and the same again is the first answer.

    Quantity and points are in millionths. The note is kept in the vault. `matching` names further rules that the same
    act matches: the weightiest of all of them decides.

    Raises:
        SubjectUnknown, SchemeUnknown, RuleUnknown: There is none on that day.
        DayInFuture, BeforeSubject: It cannot have happened then.
        SubjectKindUnfit: The rule is not for such subjects.
        RuleDerived: It is filed by a bridge or with another record only.
        RuleTwice, RulesMixed, QuantityMissing and the other refusals of `check_matching`.
        FanOutExceeded: It would reach more subjects than a route allows.
    """
    checked_id(record, "id")
    checked_person(filer, "filer")
    asked = given(
        record=record,
        subject=subject,
        scheme=scheme,
        rule=rule,
        matching=list(matching) or None,
        happened_on=happened_on,
        quantity=quantity,
        points=points,
        filer=filer,
    )
    repeated = desk.repeated(f"record/{record}", asked)
    repeated = repeated or desk.repeated_row(desk.page.records_of([record]).get(record), asked)
    if repeated is not None:
        desk.same_text(subject, f"record/{record}", note, field="note")
        return repeated
    proposed = propose(
        desk.page,
        drafted(
            id_=record,
            subject=subject,
            scheme=scheme,
            rule=rule,
            matching=matching,
            happened_on=happened_on,
            quantity=quantity,
            points=points,
            filer=filer,
            filed_on=desk.today,
            replaces=replaces,
        ),
        desk.today,
    )
    desk.keep_text(subject, f"record/{record}", note)
    return _write(desk, asked, proposed)


def write_filing(desk: Desk, filed: Record) -> Entry:
    """File a derived record, which nobody asked for by name: it follows from what its origin says."""
    assert filed.origin is not None
    asked = {
        "record": filed.id,
        "subject": filed.subject,
        "scheme": filed.scheme,
        "rule": filed.rule,
        "happened_on": filed.happened_on.isoformat(),
        "filer": filed.filer,
    }
    return _write(desk, asked, filed)


def _write(desk: Desk, asked: Mapping[str, Value], filed: Record) -> Entry:
    outcome = {"record": filed.id, "on": desk.today.isoformat(), "changes": changes(None, filed)}
    return desk.write(f"record/{filed.id}", EntryKind.RECORD_FILED, filed.filer, asked, outcome)
