"""Connect subjects by ties, end ties, and void those entered in error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from graph_service.actions.desk import Desk, check_span, given, open_end
from graph_service.actions.history import refuse_if_touched
from graph_service.errors import (
    AlreadyEnded,
    BeforeSubject,
    KindUnknown,
    TieAttributeUnfit,
    TieEndsUnfit,
    TieToItself,
    TieTooMany,
    TieUnknown,
)
from graph_service.model.days import lies_within
from graph_service.model.journal import Entry, EntryKind
from graph_service.model.points import POINT, WHOLE, parse_points
from graph_service.model.subjects import Subject, checked_id
from graph_service.model.ties import Attribute, Tie, TieEnd
from graph_service.policy.schemes import AttributeType, TieEnds, TieKind


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
    checked_id(tie, "id")
    until = open_end(until)
    asked = given(tie=tie, kind=kind, source=source, target=target, since=since, until=until)
    since = since or desk.tomorrow
    declared = _kind(desk, kind)
    read = read_attributes(declared, attributes or {})
    if read:
        asked["attributes"] = read
    repeated = desk.repeated(f"tie/{tie}", asked)
    if repeated is not None:
        return repeated
    check_span(since, until)
    desk.overnight(since, history=history, field="since")
    ends = _ends(desk, declared, source, target, since)
    _check_cardinality(desk, declared, ends, source=source, target=target, since=since, until=until)
    outcome = given(since=since, source_kind=str(ends.source), target_kind=str(ends.target))
    if origin:
        outcome["origin"] = origin
    entry = desk.write(f"tie/{tie}", EntryKind.TIE_OPENED, actor, asked, outcome)
    if since <= desk.today:
        refuse_if_touched(desk, desk.page.records_through_tie(tie), lambda walk: tie in walk.ties)
    return entry


def _kind(desk: Desk, kind: str) -> TieKind:
    declared = desk.policy().tie_kinds.get(kind)
    if declared is None:
        raise KindUnknown(kind=kind, known=", ".join(sorted(desk.policy().tie_kinds)), field="kind")
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


def _ends(desk: Desk, kind: TieKind, source: str, target: str, since: date) -> TieEnds:
    if source == target:
        raise TieToItself(subject=source, field="target")
    near = desk.subject(source, field="source")
    far = desk.subject(target, field="target")
    for ends in kind.ends:
        if (ends.source, ends.target) == (near.kind, far.kind):
            _exist(near, far, since)
            return ends
    raise TieEndsUnfit(
        kind=kind.code,
        source_kind=str(near.kind),
        target_kind=str(far.kind),
        allowed=", ".join(f"{ends.source} -> {ends.target}" for ends in kind.ends),
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


def _check_cardinality(
    desk: Desk,
    kind: TieKind,
    ends: TieEnds,
    *,
    source: str,
    target: str,
    since: date,
    until: date | None,
) -> None:
    for subject, end, limit in (
        (source, TieEnd.SOURCE, ends.each_source_at_most),
        (target, TieEnd.TARGET, ends.each_target_at_most),
    ):
        if limit is None:
            continue
        rivals = [
            tie
            for tie in desk.page.ties_around([subject]).get(subject, ())
            if tie.kind == kind.code
            and (tie.source_kind, tie.target_kind) == (ends.source, ends.target)
            and tie.at(end) == subject
            and tie.voided_on is None
            and overlap(tie, since, until)
        ]
        if most_at_a_time(rivals, since) >= limit:
            raise TieTooMany(
                subject=subject,
                limit=limit,
                kind=kind.code,
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
    held = _tie(desk, tie)
    asked = given(tie=tie, until=until)
    until = until or desk.tomorrow
    repeated = desk.repeated(f"tie/{tie}/closed", asked)
    if repeated is not None:
        return repeated
    check_span(held.since, until)
    refuse_if_ended(tie, held.until, held.voided_on, until)
    desk.overnight(until, history=history, field="until")
    if until <= desk.today:
        refuse_if_touched(desk, desk.page.records_through_tie(tie), lambda walk: tie in walk.ties, since=until)
    return desk.write(f"tie/{tie}/closed", EntryKind.TIE_CLOSED, actor, asked, given(until=until))


def _tie(desk: Desk, tie: str) -> Tie:
    held = desk.page.ties_of([tie]).get(tie)
    if held is None:
        raise TieUnknown(tie=tie, field="tie")
    return held


def refuse_if_ended(id_: str, until: date | None, voided_on: date | None, wanted: date) -> None:
    """Refuse to end what has ended: by the day wanted, or because it was voided."""
    ended = voided_on or until
    if voided_on is not None or (until is not None and until <= wanted):
        raise AlreadyEnded(id=id_, until=str(ended), field="until")


def void_tie(desk: Desk, *, tie: str, actor: str, reason: str) -> Entry:
    """Void a tie that was entered in error. The records it carried are derived anew, from today on.

    Raises:
        ReasonMissing: The reason is blank.
        TieUnknown: There is no such tie.
        AlreadyDecided: Somebody else voided it.
    """
    held = _tie(desk, tie)
    asked, id_ = {"tie": tie, "actor": actor}, f"tie/{tie}/voided"
    repeated = desk.reasoned(id_, asked, by="actor", subject=held.source, reason=reason)
    return repeated or desk.write(id_, EntryKind.TIE_VOIDED, actor, asked)
