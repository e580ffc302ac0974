"""Derive: a step of a record's life, and in the same transaction all that follows from it for other records.

What leaned on a record that is gone is assessed again; what a bridge carried over follows its source; what was filed
also is revoked with it; and what was filed by a grade for which it counted is assessed again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from msgspec.structs import replace

from graph_service.actions.desk import Desk
from graph_service.actions.file_record import write_filing
from graph_service.actions.reassess import reassessments
from graph_service.actions.steps import Step, automatic, entering_force, revoked
from graph_service.lookups.book import book_of, schemes_of
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
from graph_service.model.journal import Entry, EntryKind
from graph_service.model.records import FINAL_STATES, Moment, Origin, Record, RecordState
from graph_service.model.subjects import Subject
from graph_service.policy.schemes import Bridge, BridgeOccasion, Edition, Rule, Scheme
from graph_service.projection.codec import changes
from graph_service.projection.keep import edition_on
from graph_service.scoring.sharing import strongest


def take(desk: Desk, step: Step) -> Entry:
    """Enter a step of a record's life, and what follows from it.

    Raises:
        FanOutExceeded: A record that leaned on one that is taken away would come to reach too many.
    """
    record = step.after
    outcome = {"record": record.id, "on": step.on.isoformat(), "changes": changes(step.before, record)}
    entry = desk.write(step.id, step.kind, step.actor, step.asked, outcome)
    if record.state in {RecordState.REVOKED, RecordState.REPAIRED}:
        for other in reassessments(desk, record, asked_for=not step.by_itself):
            take(desk, other)
    _carry_grade(desk, record, step.on)
    if record.state is RecordState.REVOKED:
        _revoke_linked(desk, record)
        correct(desk, [record.id])
    return entry


def _follow(desk: Desk, kind: EntryKind, before: Record, after: Record, on: date) -> None:
    """Let a derived record take a step because of what it comes from."""
    take(desk, automatic(desk, kind, before, after, on, actor=Automaton.BRIDGE))


def file_derived(desk: Desk, draft: Record, on: date) -> None:
    """File a record that a bridge brings about, and let it enter force on a day at once.

    One whose validity would be over by then is not filed.
    """
    filed = _assessed(desk, draft)
    approved = replace(filed, approver=Automaton.BRIDGE, approved_on=on, force_on=on)
    in_force = replace(approved, state=RecordState.IN_FORCE) if filed.follows else entering_force(desk.page, approved)
    if in_force.valid_until is not None and in_force.valid_until <= on:
        return
    write_filing(desk, filed)
    asked = {"record": filed.id, "approver": Automaton.BRIDGE}
    id_ = f"record/{filed.id}/approved"
    take(desk, Step(id_, EntryKind.RECORD_APPROVED, Automaton.BRIDGE, asked, filed, in_force, on))


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
            _carry_over(desk, source, scheme, bridge, on)


def _carry_over(desk: Desk, source: Record, scheme: Scheme, bridge: Bridge, on: date) -> None:
    origin = Origin(record=source.id, scheme=scheme.code, bridge=bridge.code)
    held, id_ = derived_from(desk.page, origin, source.subject, bridge.to)
    subject = desk.page.subjects_of([source.subject])[source.subject]
    grade = source.grade if source.state is RecordState.IN_FORCE else None
    code = None if grade is None else bridge.files.get(grade)
    rule = rule_for(schemes_of(desk.page, source)[bridge.to], code, subject)
    if held is not None and held.state is RecordState.EXPIRED:
        if source.state is RecordState.REVOKED:
            _follow(desk, EntryKind.RECORD_REVOKED, held, revoked(held), on)
    elif held is not None and held.state not in FINAL_STATES:
        _keep_up(desk, held, source, rule, on)
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


def _keep_up(desk: Desk, held: Record, source: Record, rule: Rule | None, on: date) -> None:
    """Let a record that was carried over do what its source did."""
    if rule is not None:
        if held.rule != rule.code:
            after = _assessed(desk, replace(held, rule=rule.code))
            _follow(desk, EntryKind.RECORD_REASSESSED, held, after, on)
            held = after
        if held.state is RecordState.APPROVED:
            again = replace(held, state=RecordState.IN_FORCE, force_on=on)
            _follow(desk, EntryKind.RECORD_ENTERED_FORCE, held, again, on)
    elif source.state in _ENDS:
        _follow(desk, _ENDS[source.state], held, replace(held, state=source.state), on)
    elif source.state is RecordState.IN_FORCE:
        _follow(desk, EntryKind.RECORD_REVOKED, held, revoked(held), on)
    elif held.state is RecordState.IN_FORCE:
        suspended = replace(held, state=RecordState.APPROVED, force_on=None)
        _follow(desk, EntryKind.RECORD_SUSPENDED, held, suspended, on)


# Linked records

#: States in which a record is not revoked any more.
_OVER = FINAL_STATES - {RecordState.EXPIRED}


def _revoke_linked(desk: Desk, source: Record) -> None:
    """Revoke what was filed with a record that was wrong; what still waits for its approval is rejected."""
    take_back(desk, source.linked)


def take_back(desk: Desk, linked: Iterable[str]) -> None:
    """Revoke linked records that were filed because of something that was wrong; reject those that wait."""
    for id_ in linked:
        held = desk.page.records_of([id_])[id_]
        if held.state is RecordState.FILED:
            rejected = replace(held, state=RecordState.REJECTED, approver=Automaton.BRIDGE)
            _follow(desk, EntryKind.RECORD_REJECTED, held, rejected, desk.today)
        elif held.state not in _OVER:
            _follow(desk, EntryKind.RECORD_REVOKED, held, revoked(held), desk.today)


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
    rule = rule_for(schemes_of(desk.page, held)[held.scheme], bridge.files.get(grade), about)
    if rule is None:
        _follow(desk, EntryKind.RECORD_REVOKED, held, revoked(held), desk.today)
    elif rule.code != held.rule and held.state is not RecordState.EXPIRED:
        after = _assessed(desk, replace(held, rule=rule.code))
        lasting = entering_force(desk.page, after).valid_until
        # What it gave stays as it was: it ends tomorrow at the earliest.
        until = None if lasting is None else max(lasting, desk.tomorrow)
        after = replace(after, valid_until=until)
        _follow(desk, EntryKind.RECORD_REASSESSED, held, after, desk.today)


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
