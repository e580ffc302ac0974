"""Derive: a step of a record's life, and in the same transaction all that follows from it for other records.

What leaned on a record that is gone is assessed again; what a bridge carried over follows its source; what was filed
also is revoked with it; and what was filed by a grade for which it counted is assessed again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from graph_service.actions.desk import Desk
from graph_service.actions.file_record import write_filing
from graph_service.actions.force import entering_force
from graph_service.actions.reassess import reassess
from graph_service.lookups.book import book_of
from graph_service.lookups.derived import (
    ONE_DAY,
    bridges_at,
    carried,
    derived_from,
    ends_bridged,
    grade_corrected,
    rule_for,
    stood,
)
from graph_service.lookups.proposal import assessed
from graph_service.model.actors import Automaton
from graph_service.model.journal import Entry, EntryKind, Value
from graph_service.model.records import FINAL_STATES, Moment, Origin, Record, RecordState
from graph_service.model.subjects import Subject
from graph_service.policy.schemes import Bridge, BridgeOccasion, Edition, Rule, Scheme
from graph_service.projection.codec import changes
from graph_service.projection.keep import edition_on
from graph_service.scoring.sharing import strongest


def step(
    desk: Desk,
    id_: str,
    kind: EntryKind,
    actor: str,
    *,
    asked: Mapping[str, Value],
    before: Record,
    after: Record,
    on: date,
) -> Entry:
    """Write a step of a record's life that takes effect on a day, and what follows from it."""
    outcome = {
        "record": before.id,
        "on": on.isoformat(),
        "changes": changes(before, after),
    }
    entry = desk.write(id_, kind, actor, asked, outcome)
    if after.state in {RecordState.REVOKED, RecordState.REPAIRED}:
        # What was not asked for by a person cannot be refused.
        reassess(desk, after, step, asked_for=actor not in set(Automaton))
    _carry_grade(desk, after, on)
    if after.state is RecordState.REVOKED:
        _revoke_linked(desk, after)
        correct(desk, [after.id])
    return entry


def _derived_step(desk: Desk, kind: EntryKind, before: Record, after: Record, on: date) -> None:
    """Write a step that a derived record takes because of what it comes from."""
    name = str(kind).removeprefix("record_")
    id_ = f"record/{before.id}/{name}/{desk.page.head().seq + 1}"
    asked = {"record": before.id, "on": on.isoformat()}
    step(desk, id_, kind, Automaton.BRIDGE, asked=asked, before=before, after=after, on=on)


def file_derived(desk: Desk, draft: Record, on: date) -> None:
    """File a record that a bridge brings about, and let it enter force on a day at once.

    One whose validity would be over by then is not filed.
    """
    filed = _assessed(desk, draft)
    approved = replace(filed, approver=Automaton.BRIDGE, approved_on=on, force_on=on)
    in_force = replace(approved, state=RecordState.IN_FORCE) if filed.follows else entering_force(desk, approved)
    if in_force.valid_until is not None and in_force.valid_until <= on:
        return
    write_filing(desk, filed)
    asked = {"record": filed.id, "approver": Automaton.BRIDGE}
    id_ = f"record/{filed.id}/approved"
    step(desk, id_, EntryKind.RECORD_APPROVED, Automaton.BRIDGE, asked=asked, before=filed, after=in_force, on=on)


def _assessed(desk: Desk, record: Record) -> Record:
    scheme, _ = book_of(desk.page, record)
    return assessed(desk.page, scheme, record)


# Direct grades


def _carry_grade(desk: Desk, source: Record, on: date) -> None:
    """Let what bridges carry over of a direct grade count exactly while the record that sets the grade does."""
    scheme, rule = book_of(desk.page, source)
    if rule.derived or source.origin is not None:
        return
    for bridge in scheme.bridges:
        if bridge.when is BridgeOccasion.DIRECT_GRADE:
            _follow(desk, source, scheme, bridge, on)


def _follow(desk: Desk, source: Record, scheme: Scheme, bridge: Bridge, on: date) -> None:
    origin = Origin(record=source.id, scheme=scheme.code, bridge=bridge.code)
    held, id_ = derived_from(desk.page, origin, source.subject, bridge.to)
    counts = source.state is RecordState.IN_FORCE and source.grade is not None
    subject = desk.page.subjects_of([source.subject])[source.subject]
    (edition,) = (edition for edition in desk.page.editions() if edition.number == source.edition)
    code = bridge.files.get(source.grade) if counts and source.grade is not None else None
    rule = rule_for(edition.policy.schemes[bridge.to], code, subject)
    if held is not None and held.state is RecordState.EXPIRED:
        if source.state is RecordState.REVOKED:
            _derived_step(desk, EntryKind.RECORD_REVOKED, held, revoked(held), on)
    elif held is not None and held.state not in FINAL_STATES:
        _follow_on(desk, held, source, rule, on)
    elif rule is not None and _may_be_spoken_of(subject, desk.today):
        draft = carried(source, bridge, rule)
        file_derived(desk, replace(draft, id=id_, filer=Automaton.BRIDGE, filed_on=desk.today), on)


def _may_be_spoken_of(subject: Subject, today: date) -> bool:
    return subject.until is None or subject.until > today


#: What becomes of a record when the one it follows comes to an end.
_ENDS = {
    RecordState.EXPIRED: EntryKind.RECORD_EXPIRED,
    RecordState.REVOKED: EntryKind.RECORD_REVOKED,
    RecordState.REPAIRED: EntryKind.RECORD_REPAIRED,
}


def _follow_on(desk: Desk, held: Record, source: Record, rule: Rule | None, on: date) -> None:
    """Let a record that was carried over follow its source a step further."""
    if rule is not None:
        if held.rule != rule.code:
            after = _assessed(desk, replace(held, rule=rule.code))
            _derived_step(desk, EntryKind.RECORD_REASSESSED, held, after, on)
            held = after
        if held.state is RecordState.APPROVED:
            again = replace(held, state=RecordState.IN_FORCE, force_on=on)
            _derived_step(desk, EntryKind.RECORD_ENTERED_FORCE, held, again, on)
    elif source.state in _ENDS:
        _derived_step(desk, _ENDS[source.state], held, replace(held, state=source.state), on)
    elif source.state is RecordState.IN_FORCE:
        _derived_step(desk, EntryKind.RECORD_REVOKED, held, replace(held, state=RecordState.REVOKED), on)
    elif held.state is RecordState.IN_FORCE:
        suspended = replace(held, state=RecordState.APPROVED, force_on=None)
        _derived_step(desk, EntryKind.RECORD_SUSPENDED, held, suspended, on)


# Linked records

#: States in which a record is not revoked any more.
_OVER = FINAL_STATES - {RecordState.EXPIRED}


def _revoke_linked(desk: Desk, source: Record) -> None:
    """Revoke what was filed with a record that was wrong; what still waits for its approval is rejected."""
    for id_ in source.linked:
        held = desk.page.records_of([id_])[id_]
        if held.state is RecordState.FILED:
            rejected = replace(held, state=RecordState.REJECTED, approver=Automaton.BRIDGE)
            _derived_step(desk, EntryKind.RECORD_REJECTED, held, rejected, desk.today)
        elif held.state not in _OVER:
            _derived_step(desk, EntryKind.RECORD_REVOKED, held, revoked(held), desk.today)


def revoked(held: Record) -> Record:
    """A record as it is when it is revoked."""
    return replace(held, state=RecordState.REVOKED, lapses_on=None, decide_by=None)


# Period ends


def correct(desk: Desk, records: Collection[str]) -> None:
    """Assess again what bridges filed by grades for which these records counted, now that something of them was wrong.

    In order of last day, scheme and subject. Repairs do not come here: what was made good later was right then.
    """
    touched: dict[tuple[Moment, str], set[str]] = {}
    held = desk.page.records_of(records)
    for id_, forces in desk.page.forces_of(records).items():
        code = held[id_].scheme
        for moment in ends_bridged(desk.page, code, min(force.opened_on for force in forces), desk.today):
            for act in (force.act for force in forces if force.open_at(moment)):
                shares = strongest(act, desk.page.walks_from(act, moment))
                reached = {share.target for share in shares} | ({act.subject} if act.grade else set())
                touched.setdefault((moment, code), set()).update(reached)
    for moment, code in sorted(touched, key=lambda key: (key[0].as_of, key[1])):
        for scheme, bridge in bridges_at(desk.page, moment.as_of, moment.known_at):
            if scheme.code == code:
                for subject in sorted(touched[moment, code]):
                    _file_again(desk, scheme, bridge, subject, moment)


def _file_again(desk: Desk, scheme: Scheme, bridge: Bridge, subject: str, moment: Moment) -> None:
    about = desk.page.subjects_of([subject])[subject]
    if not stood(about, scheme, moment.as_of):
        return
    grade = grade_corrected(desk.page, scheme.code, subject, moment, desk.today)
    held = file_by_grade(desk, (scheme, bridge), about, grade, moment.as_of)
    if held is None or held.state in _OVER:
        return
    edition = next(edition for edition in desk.page.editions() if edition.number == held.edition)
    rule = rule_for(edition.policy.schemes[held.scheme], bridge.files.get(grade), about)
    if rule is None:
        _derived_step(desk, EntryKind.RECORD_REVOKED, held, revoked(held), desk.today)
    elif rule.code != held.rule and held.state is not RecordState.EXPIRED:
        after = _assessed(desk, replace(held, rule=rule.code))
        lasting = entering_force(desk, after).valid_until
        # What it gave stays as it was: it ends tomorrow at the earliest.
        until = None if lasting is None else max(lasting, desk.tomorrow)
        after = replace(after, valid_until=until)
        _derived_step(desk, EntryKind.RECORD_REASSESSED, held, after, desk.today)


def file_by_grade(
    desk: Desk, due: tuple[Scheme, Bridge], subject: Subject, grade: str, ended_on: date
) -> Record | None:
    """File what a bridge gives for the grade held on the last day of a period; give what it filed before, if it did.

    It is said to have happened on the day after, and is assessed by the edition of that day. What the bridge itself
    revoked in a correction is filed anew; what people ended stays ended.
    """
    scheme, bridge = due
    origin = Origin(scheme=scheme.code, bridge=bridge.code, period_end=ended_on)
    held, id_ = derived_from(desk.page, origin, subject.id, bridge.to)
    if held is not None and not (held.state is RecordState.REVOKED and _revoked_by_bridge(desk, held)):
        return held
    happened_on = ended_on + ONE_DAY
    edition = edition_on(desk.page.editions(), happened_on)
    rule = rule_for(edition.policy.schemes.get(bridge.to), bridge.files.get(grade), subject) if edition else None
    if edition is not None and rule is not None and _may_be_spoken_of(subject, desk.today):
        draft = carried_by_grade(desk, origin, id_, edition)
        draft = replace(draft, subject=subject.id, scheme=bridge.to, rule=rule.code)
        file_derived(desk, draft, desk.today)
    return None


def carried_by_grade(desk: Desk, origin: Origin, id_: str, edition: Edition) -> Record:
    """A record that a bridge files by the grade at a period's end; for whom, and by which rule, is still to be said."""
    assert origin.period_end is not None
    return Record(
        id=id_,
        subject="",
        scheme="",
        rule="",
        happened_on=origin.period_end + ONE_DAY,
        edition=edition.number,
        points=0,
        state=RecordState.FILED,
        filer=Automaton.BRIDGE,
        filed_on=desk.today,
        origin=origin,
    )


def _revoked_by_bridge(desk: Desk, held: Record) -> bool:
    return desk.page.life_of([held.id])[held.id][-1].actor == Automaton.BRIDGE
