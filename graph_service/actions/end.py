"""End dated facts overnight, and void those entered in error: ties, consents and waivers alike."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from graph_service.actions.derive import correct, take_back
from graph_service.actions.desk import Desk, check_span, given
from graph_service.actions.history import shares_untouched
from graph_service.errors import AlreadyEnded
from graph_service.lookups.linked import linked_over
from graph_service.model.facts import DatedFact
from graph_service.model.journal import Entry, EntryKind
from graph_service.model.ties import Tie

#: Gives the records whose shares a fact may bear on.
Records = Callable[[], Collection[str]]


def end_fact(
    desk: Desk,
    fact: DatedFact,
    kind: EntryKind,
    *,
    actor: str,
    until: date | None,
    history: bool,
    records: Records,
) -> Entry:
    """End a fact: `until`, by default tomorrow, is the first day on which it no longer holds.

    Raises:
        AlreadyEnded: It ends by then already, or was voided.
        DaysReversed: It would end before it began.
        Backdated: It would end before tomorrow and is no import of history.
        HistoryTouched: As an import of history, it would change existing records' shares.
    """
    noun, id_ = _named(fact, kind)
    asked = given(**{noun: fact.id}, until=until)
    repeated = desk.repeated(id_, asked)
    if repeated is not None:
        return repeated
    until = until or desk.tomorrow
    check_span(fact.since, until)
    _refuse_if_ended(fact, until)
    desk.overnight(until, history=history, field="until")
    with shares_untouched(desk, until, records):
        return desk.write(id_, kind, actor, asked, given(until=until))


def _refuse_if_ended(fact: DatedFact, until: date) -> None:
    ended = fact.voided_on or fact.until
    if ended is not None and (fact.voided_on is not None or ended <= until):
        raise AlreadyEnded(id=fact.id, until=ended.isoformat(), field="until")


def void_fact(
    desk: Desk, fact: DatedFact, kind: EntryKind, *, actor: str, reason: str, about: str, records: Records
) -> Entry:
    """Void a fact that was entered in error: what it carried or kept back is derived anew, from today on.

    What was filed also over a tie, and over no other walk, is revoked with it.

    Args:
        desk: To write on.
        fact: What was entered in error.
        kind: How that is entered.
        actor: Who says so.
        reason: What was wrong; kept in the vault.
        about: The subject in whose part of the vault it is kept.
        records: Gives those whose shares the fact bore on.

    Raises:
        ReasonMissing: The reason is blank.
        AlreadyDecided: Somebody else voided it.
    """
    noun, id_ = _named(fact, kind)
    asked = {noun: fact.id, "actor": actor}
    repeated = desk.reasoned(id_, asked, by="actor", subject=about, reason=reason)
    if repeated is not None:
        return repeated
    # Read first: over what was voided nothing is found any more.
    touched = records()
    linked = linked_over(desk.page, fact) if isinstance(fact, Tie) else []
    entry = desk.write(id_, kind, actor, asked)
    take_back(desk, linked)
    correct(desk, touched)
    return entry


def _named(fact: DatedFact, kind: EntryKind) -> tuple[str, str]:
    """Name a fact's kind, and the entry of a step: the tie t7 is closed as tie/t7/closed."""
    noun, _, step = kind.partition("_")
    return noun, f"{noun}/{fact.id}/{step}"
