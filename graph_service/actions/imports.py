"""Imports: many subjects, ties or consents at once, checked together and entered a few hundred in an entry.

Each row means what its single action means, is checked by the same rules and refused by itself; what the checks need is
looked up once for all of them. A row that was entered before, alone or in an import, is known and not entered again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from graph_service.actions.connect import Bond, connect, ends_of, kind_of, refuse_too_many
from graph_service.actions.consent import Guardians, give_consent, known_purpose
from graph_service.actions.desk import Desk, check_span, given, open_end, same_asked
from graph_service.actions.enrol import enrolled, enrolment, same_profile
from graph_service.errors import Refusal, StoreRefusal
from graph_service.lookups.imported import imported
from graph_service.lookups.listing import records_exist
from graph_service.model.consents import Consent
from graph_service.model.journal import EntryKind, Value
from graph_service.model.subjects import Subject, checked_id
from graph_service.model.ties import Tie, TieEnd
from graph_service.policy.schemes import TieEnds
from graph_service.ports.vault import Profile

#: Rows of an entry at most: so few that reading a page of entries back stays small.
ROWS_PER_ENTRY = 200


class SubjectRow(Protocol):
    """A subject to enrol; see `enrol`."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def kind(self) -> str:
        """Its kind."""
        ...

    @property
    def name(self) -> str | None:
        """Its name."""
        ...

    @property
    def born_on(self) -> date | None:
        """The birth day of a person."""
        ...

    @property
    def since(self) -> date | None:
        """The first day."""
        ...

    @property
    def external_ids(self) -> Mapping[str, str]:
        """Identifiers by scheme."""
        ...


class TieRow(Protocol):
    """A tie to open; see `connect`."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def kind(self) -> str:
        """Its kind."""
        ...

    @property
    def source(self) -> str:
        """Where it begins."""
        ...

    @property
    def target(self) -> str:
        """Where it ends."""
        ...

    @property
    def since(self) -> date:
        """The first day."""
        ...

    @property
    def until(self) -> date | None:
        """The first day on which it no longer holds."""
        ...

    @property
    def attributes(self) -> Mapping[str, str]:
        """As they are written."""
        ...


class ConsentRow(Protocol):
    """A consent to enter; see `give_consent`."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def subject(self) -> str:
        """Who consents, or in whose name."""
        ...

    @property
    def guardian(self) -> str | None:
        """Who consents for a minor."""
        ...

    @property
    def purpose(self) -> str:
        """What is consented to."""
        ...

    @property
    def since(self) -> date:
        """The first day."""
        ...

    @property
    def until(self) -> date | None:
        """The first day on which it no longer holds."""
        ...


@dataclass(slots=True, kw_only=True)
class Imported:
    """What became of the rows of an import, by their places in it."""

    #: Places of rows that were there already.
    known: list[int] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)


_Row = TypeVar("_Row", SubjectRow, TieRow, ConsentRow)


def import_subjects(desk: Desk, rows: Sequence[SubjectRow], *, actor: str, sealed: bool = False) -> Imported:
    """Enrol many subjects.

    Args:
        desk: To write on.
        rows: Whom to enrol, in this order.
        actor: Who asks.
        sealed: Whether the vault holds their profiles already, because somebody put them there ahead.

    Raises:
        IdMalformed, IdPersonal: The actor is not named by an id. What is wrong with rows is in the answer.
    """
    run = _Run(desk, "subject", desk.page.subjects_of([row.id for row in rows]))
    held = desk.vault.profiles_of([id_ for id_ in run.held if id_ not in desk.sent.profiles])

    def enter(row: SubjectRow) -> None:
        asked = enrolment(row.id, row.kind, row.name, row.since)
        profile = Profile(name=row.name, born_on=row.born_on, identifiers=dict(row.external_ids))
        if run.knows(row.id, asked):
            sent = desk.envelope.profiles.get(row.id) or desk.sent.profiles.get(row.id)
            if row.id in run.held and run.held[row.id].until is not None:
                # Of who was forgotten nothing is left to compare.
                return
            same_profile(row.id, sent or held.get(row.id, Profile()), profile)
            return
        run.add(row.id, asked, enrolled(desk, row.id, profile, row.since))
        if profile != Profile() and not sealed:
            desk.envelope.put_profile(row.id, profile)

    answer = run.each(rows, enter)
    run.write("subjects/imported", EntryKind.SUBJECTS_IMPORTED, actor)
    return answer


def import_ties(desk: Desk, rows: Sequence[TieRow], *, actor: str, origins: Sequence[str] = ()) -> Imported:
    """Open many ties, as an import of history.

    Where there are records already, ties are opened one by one, so that each is refused that would change their shares.

    Args:
        desk: To write on.
        rows: What to open, in this order.
        actor: Who asks.
        origins: Where each row came from; none where they are not known.

    Raises:
        IdMalformed, IdPersonal: The actor is not named by an id. What is wrong with rows is in the answer.
    """
    run = _Run(desk, "tie", desk.page.ties_of([row.id for row in rows]))
    policy = desk.policy()
    found = desk.page.subjects_of({end for row in rows for end in (row.source, row.target)})
    held = _Held(desk, [(row.kind, row.source, row.target) for row in rows], found)
    one_by_one = records_exist(desk.page)
    origin_of = dict(zip((row.id for row in rows), origins, strict=False))

    def enter(row: TieRow) -> None:
        bond = Bond(
            tie=row.id,
            kind=kind_of(policy, row.kind),
            source=row.source,
            target=row.target,
            since=row.since,
            until=open_end(row.until),
            attributes=row.attributes,
        )
        asked = bond.asked()
        if run.knows(row.id, asked):
            return
        if one_by_one:
            _alone(desk, lambda: _connect(desk, row, actor, origin_of.get(row.id)))
            return
        check_span(row.since, bond.until)
        ends = ends_of(bond, found, desk.today, row.since)
        refuse_too_many(bond, ends, row.since, held.of(row.kind))
        outcome = given(since=row.since, source_kind=str(ends.source), target_kind=str(ends.target))
        if row.id in origin_of:
            outcome["origin"] = origin_of[row.id]
        run.add(row.id, asked, outcome)
        held.add(bond, ends, row.since)

    answer = run.each(rows, enter)
    run.write("ties/imported", EntryKind.TIES_IMPORTED, actor)
    return answer


def _connect(desk: Desk, row: TieRow, actor: str, origin: str | None) -> None:
    connect(
        desk,
        tie=row.id,
        kind=row.kind,
        source=row.source,
        target=row.target,
        actor=actor,
        since=row.since,
        until=row.until,
        attributes=row.attributes,
        origin=origin,
        history=True,
    )


def import_consents(desk: Desk, rows: Sequence[ConsentRow], *, actor: str) -> Imported:
    """Enter many consents, as an import of history.

    Where there are records already, consents are entered one by one, so that each is refused that would change their
    shares.

    Raises:
        IdMalformed, IdPersonal: The actor is not named by an id. What is wrong with rows is in the answer.
    """
    run = _Run(desk, "consent", desk.page.consents_of([row.id for row in rows]))
    guardians = Guardians.of(
        desk, {row.subject for row in rows}, {row.guardian for row in rows if row.guardian is not None}
    )
    one_by_one = records_exist(desk.page)

    def enter(row: ConsentRow) -> None:
        checked_id(row.id, "id")
        until = open_end(row.until)
        asked = given(
            consent=row.id,
            subject=row.subject,
            guardian=row.guardian,
            purpose=row.purpose,
            since=row.since,
            until=until,
        )
        if run.knows(row.id, asked):
            return
        if one_by_one:
            _alone(desk, lambda: _give_consent(desk, row, actor))
            return
        check_span(row.since, until)
        known_purpose(desk, row.purpose)
        guardians.check(row.subject, row.guardian, row.since)
        run.add(row.id, asked, given(since=row.since))

    answer = run.each(rows, enter)
    run.write("consents/imported", EntryKind.CONSENTS_IMPORTED, actor)
    return answer


def _give_consent(desk: Desk, row: ConsentRow, actor: str) -> None:
    give_consent(
        desk,
        consent=row.id,
        subject=row.subject,
        guardian=row.guardian,
        purpose=row.purpose,
        actor=actor,
        since=row.since,
        until=row.until,
        history=True,
    )


def _alone(desk: Desk, enter: Callable[[], None]) -> None:
    """Enter a row by itself: what it had written when it was refused is taken back."""
    with desk.page.attempt():
        enter()


class _Run:
    """The rows of an import that are new so far, and what was there before."""

    def __init__(self, desk: Desk, noun: str, held: Mapping[str, Subject | Tie | Consent]) -> None:
        self.held = held
        self._desk = desk
        alone = desk.page.entries_of([f"{noun}/{id_}" for id_ in held])
        self._said: dict[str, Mapping[str, Value]] = {entry.asked[noun]: entry.asked for entry in alone.values()}
        self._said.update(imported(desk.page, [each for id_, each in held.items() if id_ not in self._said]))
        self._new: dict[str, tuple[Mapping[str, Value], Mapping[str, Value]]] = {}

    def each(self, rows: Sequence[_Row], enter: Callable[[_Row], None]) -> Imported:
        """Go through the rows; note which were known and which are refused."""
        answer = Imported()
        for place, row in enumerate(rows):
            written = self._written()
            try:
                enter(row)
            except StoreRefusal:
                raise
            except Refusal as refusal:
                answer.refused[place] = refusal
            else:
                if self._written() == written:
                    answer.known.append(place)
        return answer

    def _written(self) -> int:
        return self._desk.page.head().seq + len(self._new)

    def knows(self, id_: str, asked: Mapping[str, Value]) -> bool:
        """Tell whether a row was entered before.

        Raises:
            ExistsDifferently: It was, and said something else; the field is named.
        """
        said = self._said.get(id_)
        if said is None and id_ in self._new:
            said = self._new[id_][0]
        if said is None:
            return False
        same_asked(id_, said, asked)
        return True

    def add(self, id_: str, asked: Mapping[str, Value], outcome: Mapping[str, Value]) -> None:
        """Add a row that is new."""
        self._new[id_] = (asked, outcome)

    def write(self, id_: str, kind: EntryKind, actor: str) -> None:
        """Write the new rows."""
        new = list(self._new.values())
        for begins in range(0, len(new), ROWS_PER_ENTRY):
            rows = new[begins : begins + ROWS_PER_ENTRY]
            asked = {"rows": [dict(asked) for asked, _ in rows]}
            outcome = {"rows": [dict(outcome) for _, outcome in rows]}
            self._desk.write(f"{id_}/{self._desk.page.head().seq + 1}", kind, actor, asked, outcome)


class _Held:
    """The ties of those who may have only so many of a kind: what the store holds, and what the import adds."""

    def __init__(self, desk: Desk, asked: Iterable[tuple[str, str, str]], found: Mapping[str, Subject]) -> None:
        kinds = desk.policy().tie_kinds
        limited: dict[tuple[str, TieEnd], set[str]] = {}
        for kind, source, target in asked:
            near, far = found.get(source), found.get(target)
            for ends in kinds[kind].ends if kind in kinds and near and far else ():
                if near and far and (ends.source, ends.target) == (near.kind, far.kind):
                    if ends.each_source_at_most is not None:
                        limited.setdefault((kind, TieEnd.SOURCE), set()).add(source)
                    if ends.each_target_at_most is not None:
                        limited.setdefault((kind, TieEnd.TARGET), set()).add(target)
        self._ties: dict[tuple[str, TieEnd, str], list[Tie]] = {
            (kind, end, subject): ties
            for (kind, end), subjects in limited.items()
            for subject, ties in desk.page.ties_at(subjects, kind, end).items()
        }

    def of(self, kind: str) -> Callable[[str, TieEnd], Sequence[Tie]]:
        """Give what to ask for a kind: the ties that a subject has at an end."""
        return lambda subject, end: self._ties.get((kind, end, subject), ())

    def add(self, bond: Bond, ends: TieEnds, since: date) -> None:
        """Count a tie that the import opens."""
        tie = Tie(
            id=bond.tie,
            kind=bond.kind.code,
            source=bond.source,
            target=bond.target,
            source_kind=ends.source,
            target_kind=ends.target,
            since=since,
            until=bond.until,
        )
        if ends.each_source_at_most is not None:
            self._ties.setdefault((tie.kind, TieEnd.SOURCE, tie.source), []).append(tie)
        if ends.each_target_at_most is not None:
            self._ties.setdefault((tie.kind, TieEnd.TARGET, tie.target), []).append(tie)
