"""Connect subjects by ties, end ties, and void those entered in error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from graph_service.actions.desk import Desk, check_span, given, open_end
from graph_service.actions.end import end_fact, void_fact
from graph_service.actions.history import refuse_if_carrying
from graph_service.errors import (
    BeforeSubject,
    KindUnknown,
    TieAttributeUnfit,
    TieEndsUnfit,
    TieToItself,
    TieTooMany,
    TieUnknown,
)
from graph_service.lookups.book import living
from graph_service.model.days import lies_within
from graph_service.model.journal import Entry, EntryKind, Value
from graph_service.model.points import POINT, WHOLE, parse_points
from graph_service.model.subjects import Subject, checked_id
from graph_service.model.ties import Attribute, Tie, TieEnd
from graph_service.policy.schemes import AttributeType, Policy, TieEnds, TieKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """A tie to open, as it was asked for."""

    tie: str
    kind: TieKind
    source: str
    target: str
    since: date | None
    until: date | None
    #: As they are written.
    attributes: Mapping[str, str]

    def asked(self) -> dict[str, Value]:
        """Write down what the journal is told of it.

        Raises:
            IdMalformed, IdPersonal: It has no id that could be used.
            TieAttributeUnfit: An attribute is unknown or malformed.
        """
        checked_id(self.tie, "id")
        asked = given(
            tie=self.tie,
            kind=self.kind.code,
            source=self.source,
            target=self.target,
            since=self.since,
            until=self.until,
        )
        if self.attributes:
            asked["attributes"] = read_attributes(self.kind, self.attributes)
        return asked


def connect(
    desk: Desk,
    *,
    tie: str,
    kind: str,
    source: str,
    target: str,
    actor: str,
    since: date | None = None,
    until: date | None = None,
    attributes: Mapping[str, str] | None = None,
    origin: str | None = None,
    history: bool = False,
) -> Entry:
    """Open a tie that holds on every day of `[since, until)`; from tomorrow where no `since` is given.

    Raises:
        KindUnknown: The policy has no such kind of tie.
        TieEndsUnfit: The kind does not join such subjects.
        TieAttributeUnfit: An attribute is unknown or malformed.
        TieTooMany: A subject would have more such ties at a time than the kind allows.
        Backdated: It would hold before tomorrow and is no import of history.
        HistoryTouched: As an import of history, it would change existing records' shares.
    """
    bond = Bond(
        tie=tie,
        kind=kind_of(desk.policy(), kind),
        source=source,
        target=target,
        since=since,
        until=open_end(until),
        attributes=attributes or {},
    )
    asked = bond.asked()
    repeated = desk.repeated(f"tie/{tie}", asked)
    repeated = repeated or desk.repeated_row(desk.page.ties_of([tie]).get(tie), asked)
    if repeated is not None:
        return repeated
    since = since or desk.tomorrow
    check_span(since, bond.until)
    desk.overnight(since, history=history, field="since")
    ends = ends_of(bond, desk.page.subjects_of([source, target]), desk.today, since)
    refuse_too_many(bond, ends, since, lambda subject, end: desk.page.ties_at([subject], kind, end).get(subject, ()))
    outcome = given(since=since, source_kind=str(ends.source), target_kind=str(ends.target))
    if origin:
        outcome["origin"] = origin
    entry = desk.write(f"tie/{tie}", EntryKind.TIE_OPENED, actor, asked, outcome)
    if since <= desk.today:
        refuse_if_carrying(desk, tie)
    return entry


def kind_of(policy: Policy, kind: str) -> TieKind:
    """Find a kind of tie.

    Raises:
        KindUnknown: The policy has none of this code.
    """
    declared = policy.tie_kinds.get(kind)
    if declared is None:
        raise KindUnknown(kind=kind, known=", ".join(sorted(policy.tie_kinds)), field="kind")
    return declared


def read_attributes(kind: TieKind, attributes: Mapping[str, str]) -> dict[str, Attribute]:
    """Read the attributes of a tie by the types that its kind declares; in order of name."""
    known = ", ".join(sorted(kind.attributes)) or "-"
    read: dict[str, Attribute] = {}
    for name, text in sorted(attributes.items()):
        declared = kind.attributes.get(name)
        if declared is None:
            raise TieAttributeUnfit(field=name, kind=kind.code, reason="unknown", known=known)
        try:
            read[name] = _read_attribute(declared, text)
        except ValueError:
            raise TieAttributeUnfit(
                field=name, kind=kind.code, reason=f"{text!r} is no {declared}", known=known
            ) from None
    return read


def _read_attribute(declared: AttributeType, text: str) -> Attribute:
    match declared:
        case AttributeType.TEXT:
            return text
        case AttributeType.AMOUNT:
            return parse_points(text)
        case AttributeType.DAY:
            return date.fromisoformat(text).isoformat()
        case AttributeType.PERCENT:
            hundredths, rest = divmod(parse_points(text), POINT // 100)
            if rest or not 0 <= hundredths <= WHOLE:
                raise ValueError(text)
            return hundredths


def ends_of(bond: Bond, found: Mapping[str, Subject], today: date, since: date) -> TieEnds:
    """Find how a kind of tie joins two subjects, among those that were found.

    Raises:
        TieToItself, SubjectUnknown, SubjectEnded, TieEndsUnfit, BeforeSubject: It does not.
    """
    if bond.source == bond.target:
        raise TieToItself(subject=bond.source, field="target")
    near = living(found, bond.source, today, field="source")
    far = living(found, bond.target, today, field="target")
    for ends in bond.kind.ends:
        if (ends.source, ends.target) == (near.kind, far.kind):
            _exist(near, far, since)
            return ends
    raise TieEndsUnfit(
        kind=bond.kind.code,
        source_kind=str(near.kind),
        target_kind=str(far.kind),
        allowed=", ".join(f"{ends.source} -> {ends.target}" for ends in bond.kind.ends),
        field="kind",
    )


def _exist(near: Subject, far: Subject, since: date) -> None:
    for subject in (near, far):
        if subject.since is not None and since < subject.since:
            raise BeforeSubject(
                field="since",
                day=since.isoformat(),
                subject=subject.id,
                since=subject.since.isoformat(),
            )


def refuse_too_many(bond: Bond, ends: TieEnds, since: date, held: Callable[[str, TieEnd], Sequence[Tie]]) -> None:
    """Refuse one tie more than a subject may have at a time.

    Args:
        bond: The tie to open.
        ends: What it joins, and how many each end may have.
        since: The first day on which it would hold.
        held: Gives the ties of its kind that a subject ever had at an end.

    Raises:
        TieTooMany: There are as many already on some day on which it would hold.
    """
    for end, subject, limit in (
        (TieEnd.SOURCE, bond.source, ends.each_source_at_most),
        (TieEnd.TARGET, bond.target, ends.each_target_at_most),
    ):
        # Most have far fewer than they may, which is quickly seen.
        if limit is None or len(ties := held(subject, end)) < limit:
            continue
        rivals = [
            tie
            for tie in ties
            if (tie.source_kind, tie.target_kind) == (ends.source, ends.target)
            and tie.voided_on is None
            and overlap(tie, since, bond.until)
        ]
        if most_at_a_time(rivals, since) >= limit:
            raise TieTooMany(
                subject=subject,
                limit=limit,
                kind=bond.kind.code,
                end=str(end),
                ties=", ".join(tie.id for tie in rivals[:5]),
                field=str(end),
            )


def overlap(tie: Tie, since: date, until: date | None) -> bool:
    """Tell whether a tie holds on some day of `[since, until)`."""
    return (until is None or tie.since < until) and (tie.until is None or since < tie.until)


def most_at_a_time(ties: Iterable[Tie], since: date) -> int:
    """Count how many of the ties hold on the same day at most, from a day on."""
    held = list(ties)
    days = {max(tie.since, since) for tie in held}
    return max(
        (sum(lies_within(day, tie.since, tie.until) for tie in held) for day in days),
        default=0,
    )


def disconnect(desk: Desk, *, tie: str, actor: str, until: date | None = None, history: bool = False) -> Entry:
    """End a tie: `until`, by default tomorrow, is the first day on which it no longer holds.

    Raises:
        TieUnknown: There is no such tie.
        AlreadyEnded: It ends by then already, or was voided.
        Backdated: It would end before tomorrow and is no import of history.
        HistoryTouched: As an import of history, it would change existing records' shares.
    """
    return end_fact(
        desk,
        _tie(desk, tie),
        EntryKind.TIE_CLOSED,
        actor=actor,
        until=until,
        history=history,
        records=lambda: desk.page.records_through_tie(tie),
    )


def _tie(desk: Desk, tie: str) -> Tie:
    held = desk.page.ties_of([tie]).get(tie)
    if held is None:
        raise TieUnknown(tie=tie, field="tie")
    return held


def void_tie(desk: Desk, *, tie: str, actor: str, reason: str) -> Entry:
    """Void a tie that was entered in error. The records it carried are derived anew, from today on.

    What was filed also over it, for somebody to whom no other walk leads, is revoked with it.

    Raises:
        ReasonMissing: The reason is blank.
        TieUnknown: There is no such tie.
        AlreadyDecided: Somebody else voided it.
    """
    held = _tie(desk, tie)
    return void_fact(
        desk,
        held,
        EntryKind.TIE_VOIDED,
        actor=actor,
        reason=reason,
        about=held.source,
        records=lambda: desk.page.records_through_tie(tie),
    )
