"""Reading within a page: what the server has and what the page has changed, as one.

Things are found by their keys in what the page knows; lists of one owner are merged with what changed. For everything
else, lists in order above all, the changes are written first and the server is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, TypeVar

from graph_service.model.consents import Consent, Waiver
from graph_service.model.journal import Entry
from graph_service.model.records import Act, Force, Moment, Record, RecordState
from graph_service.model.standing import Balance, Line, Standing
from graph_service.model.subjects import AgeChange, Subject, SubjectKind
from graph_service.model.ties import Tie, TieEnd
from graph_service.policy.schemes import Edition
from graph_service.ports.store import Due, TiesHeld
from graph_service.scoring.sharing import Walk
from graph_service.stores.neo4j.draft import Sheet, TakeBack
from graph_service.stores.neo4j.journal import Book, EditionsRead
from graph_service.stores.neo4j.reading import Neo4jReading
from graph_service.stores.neo4j.rows import Talk
from graph_service.stores.neo4j.writing import Writing

Owned = TypeVar("Owned", Tie, Consent, Waiver, Record)
Owner = tuple[str, str]


class MergedReading(Neo4jReading, Writing):
    """Reads what is there and what is about to be."""

    def __init__(self, talk: Talk, address: str, read: EditionsRead, book: Book) -> None:
        super().__init__(talk, address, read, book)
        self._entries = Sheet[str, Entry]("entries", partial(Neo4jReading.entries_of, self))
        self._editions = Sheet[int, Edition]("editions", lambda _: {})
        self._subjects = Sheet[str, Subject]("subjects", partial(Neo4jReading.subjects_of, self))
        self._ages = Sheet[str, tuple[AgeChange, ...]]("ages", _tuples(partial(Neo4jReading.ages_of, self)))
        self._ties_by_id = Sheet[str, Tie]("ties", partial(Neo4jReading.ties_of, self))
        self._consents = Sheet[str, Consent]("consents", partial(Neo4jReading.consents_of, self))
        self._waivers = Sheet[str, Waiver]("waivers", partial(Neo4jReading.waivers_of, self))
        self._records = Sheet[str, Record]("records", partial(Neo4jReading.records_of, self))
        self._forces = Sheet[str, tuple[Force, ...]]("forces", _tuples(partial(Neo4jReading.forces_of, self)))
        self._balances = Sheet[Owner, tuple[Balance, ...]](
            "balances", _by_owner(partial(Neo4jReading.balances_of, self))
        )
        self._standings = Sheet[Owner, Standing]("standings", _by_scheme(partial(Neo4jReading.standings_of, self)))
        #: What takes the changes of open attempts back, newest last.
        self._taken: list[TakeBack] = []
        self._attempts = 0
        #: Whether anything was written to the server, and how it was before.
        self.wrote = False
        self._before: defaultdict[str, dict[Any, Any]] = defaultdict(dict)

    @property
    def _sheets(self) -> tuple[Sheet[Any, Any], ...]:
        """All sheets, in the order in which they are written: whom something is about comes first."""
        return tuple(sheet for sheet, _ in self._ways())

    def _ways(self) -> tuple[tuple[Sheet[Any, Any], Callable[[Any], None]], ...]:
        return (
            (self._entries, self._change_entries),
            (self._editions, self._change_editions),
            (self._subjects, self._change_subjects),
            (self._ages, self._change_ages),
            (self._ties_by_id, self._change_ties),
            (self._consents, self._change_consents),
            (self._waivers, self._change_waivers),
            (self._records, self._change_records),
            (self._forces, self._change_forces),
            (self._balances, self._change_balances),
            (self._standings, self._change_standings),
        )

    def _flush(self) -> None:
        """Write what has changed since it was last written."""
        for sheet, write in self._ways():
            if sheet.changed and (changes := sheet.changes()):
                self.wrote = True
                before = self._before[sheet.name]
                for change in changes:
                    before.setdefault(change.key, change.before)
                write(changes)

    def _flush_what_walks_need(self) -> None:
        """Walks are over subjects, ages, ties, consents and waivers, by editions."""
        needed = (self._editions, self._subjects, self._ages, self._ties_by_id, self._consents, self._waivers)
        if any(sheet.changed for sheet in needed):
            self._flush()

    # The journal

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        """List entries that follow a position, in order."""
        self._flush()
        return super().entries(after=after, limit=limit)

    def entries_of(self, ids: Collection[str]) -> Mapping[str, Entry]:
        """Find entries by the ids that their callers gave them."""
        return self._entries.find(ids)

    def life_of(self, records: Collection[str]) -> Mapping[str, list[Entry]]:
        """List the entries that tell each record's life, in order."""
        self._flush()
        return super().life_of(records)

    # The graph

    def subjects_of(self, ids: Collection[str]) -> Mapping[str, Subject]:
        """Find subjects by id."""
        return self._subjects.find(ids)

    def subjects(self, *, kinds: Collection[SubjectKind], after: str | None, limit: int) -> list[Subject]:
        """List subjects of some kinds, in order of id."""
        self._flush()
        return super().subjects(kinds=kinds, after=after, limit=limit)

    def ages_of(self, subjects: Collection[str]) -> Mapping[str, list[AgeChange]]:
        """List the age changes of persons, in order of day."""
        return {subject: list(ages) for subject, ages in self._ages.find(subjects).items()}

    def ages(self, *, after: str | None, limit: int) -> list[AgeChange]:
        """List all age changes of up to `limit` persons."""
        self._flush()
        return super().ages(after=after, limit=limit)

    def ties_of(self, ids: Collection[str]) -> Mapping[str, Tie]:
        """Find ties by id."""
        return self._ties_by_id.find(ids)

    def ties(self, *, after: str | None, limit: int) -> list[Tie]:
        """List ties in order of id."""
        self._flush()
        return super().ties(after=after, limit=limit)

    def ties_around(self, subjects: Collection[str]) -> Mapping[str, list[Tie]]:
        """List all ties that each subject ever had, in order of id."""
        return _merged(super().ties_around(subjects), self._ties_by_id, subjects, lambda tie: (tie.source, tie.target))

    def ties_held(self, subjects: Collection[str], question: TiesHeld) -> Mapping[str, list[Tie]]:
        """List a page of the ties of each subject that hold on a day."""
        self._flush()
        return super().ties_held(subjects, question)

    def ties_at(self, subjects: Collection[str], kind: str, end: TieEnd) -> Mapping[str, list[Tie]]:
        """List the ties of a kind that each subject ever had at an end, in order of id."""
        return _merged(
            super().ties_at(subjects, kind, end),
            self._ties_by_id,
            subjects,
            lambda tie: (tie.at(end),) if tie.kind == kind else (),
        )

    def void_days(self, *, since: date, until: date) -> list[date]:
        """List the days on which a tie, consent or waiver was voided, in order."""
        self._flush()
        return super().void_days(since=since, until=until)

    def consents_of(self, ids: Collection[str]) -> Mapping[str, Consent]:
        """Find consents by id."""
        return self._consents.find(ids)

    def consents_by(self, subjects: Collection[str]) -> Mapping[str, list[Consent]]:
        """List all consents of each subject, in order of id."""
        return _merged(super().consents_by(subjects), self._consents, subjects, lambda held: (held.subject,))

    def consents(self, *, after: str | None, limit: int) -> list[Consent]:
        """List consents in order of id."""
        self._flush()
        return super().consents(after=after, limit=limit)

    def waivers_of(self, ids: Collection[str]) -> Mapping[str, Waiver]:
        """Find waivers by id."""
        return self._waivers.find(ids)

    def waivers_for(self, members: Collection[str]) -> Mapping[str, list[Waiver]]:
        """List all waivers of each member, in order of id."""
        return _merged(super().waivers_for(members), self._waivers, members, lambda held: (held.member,))

    def waivers(self, *, after: str | None, limit: int) -> list[Waiver]:
        """List waivers in order of id."""
        self._flush()
        return super().waivers(after=after, limit=limit)

    # Records

    def records_of(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Find records by id."""
        return self._records.find(ids)

    def records_about(self, subjects: Collection[str]) -> Mapping[str, list[Record]]:
        """List the records of each subject, newest behaviour first, then by id."""
        about = _merged(super().records_about(subjects), self._records, subjects, lambda record: (record.subject,))
        return {
            subject: sorted(records, key=lambda record: record.happened_on, reverse=True)
            for subject, records in about.items()
        }

    def records(self, *, states: Collection[RecordState], after: str | None, limit: int) -> list[Record]:
        """List records in some states, in order of id."""
        self._flush()
        return super().records(states=states, after=after, limit=limit)

    def forces_of(self, records: Collection[str]) -> Mapping[str, list[Force]]:
        """List the stretches in which each record was in force, in order."""
        return {record: list(forces) for record, forces in self._forces.find(records).items()}

    def forces(self, *, after: str | None, limit: int) -> list[Force]:
        """List all stretches of up to `limit` records."""
        self._flush()
        return super().forces(after=after, limit=limit)

    def due(self, *, by: date, limit: int) -> list[Due]:
        """List what falls due up to and on a day, in order of day and record."""
        self._flush()
        return super().due(by=by, limit=limit)

    def due_of(self, records: Collection[str]) -> Mapping[str, Due]:
        """Find what falls due for records."""
        found = self._records.find(records)
        return {id_: Due(record=id_, on=record.due_on) for id_, record in found.items() if record.due_on}

    # The share relation

    def walks_from(self, act: Act, moment: Moment) -> list[Walk]:
        """Forward: every walk over which an act counts."""
        self._flush_what_walks_need()
        return super().walks_from(act, moment)

    def lines_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Line]]:
        """Backward: the shares of every record in force that reach each subject."""
        self._flush()
        return super().lines_to(subjects, scheme, moment)

    def lines(self, scheme: str, moment: Moment) -> Iterator[Line]:
        """Whole: every share of every record in force."""
        self._flush()
        return super().lines(scheme, moment)

    def grading_acts_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Act]]:
        """List the acts in force that give each subject a grade directly, in order of record."""
        acts = {
            act.record: act
            for found in super().grading_acts_to(subjects, scheme, moment).values()
            for act in found
            if act.record not in self._forces.changed
        }
        for record in self._forces.changed:
            for force in self._forces.now[record] or ():
                act = force.act
                if act.grade is not None and act.scheme == scheme and act.subject in subjects and force.open_at(moment):
                    acts[record] = act
        given: dict[str, list[Act]] = {}
        for _, act in sorted(acts.items()):
            given.setdefault(act.subject, []).append(act)
        return given

    def graded(self, scheme: str, moment: Moment) -> list[str]:
        """List the subjects to whom records in force give a grade directly, in order of id."""
        self._flush()
        return super().graded(scheme, moment)

    def records_through_tie(self, tie: str) -> list[str]:
        """Through a tie: the records with a walk that counts over it, in order of id."""
        self._flush()
        return super().records_through_tie(tie)

    def records_through_subject(self, subject: str, purpose: str) -> list[str]:
        """Through a subject: the records that its consent could let pass, in order of id."""
        self._flush()
        return super().records_through_subject(subject, purpose)

    # What is kept

    def balances_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, list[Balance]]:
        """List each subject's kept balances, in order of route, sign and period."""
        found = self._balances.find((subject, scheme) for subject in subjects)
        return {subject: list(balances) for (subject, _), balances in found.items()}

    def standings_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, Standing]:
        """Find kept standings."""
        found = self._standings.find((scheme, subject) for subject in subjects)
        return {subject: standing for (_, subject), standing in found.items()}

    def balances(self, *, after: str | None, limit: int) -> list[Balance]:
        """List all kept balances of up to `limit` subjects."""
        self._flush()
        return super().balances(after=after, limit=limit)

    def standings(self, scheme: str, *, after: str | None, limit: int) -> list[Standing]:
        """List kept standings in order of subject."""
        self._flush()
        return super().standings(scheme, after=after, limit=limit)

    def contradictions(self, *, limit: int) -> list[str]:
        """Name places where the graph contradicts itself."""
        self._flush()
        return super().contradictions(limit=limit)


Part = TypeVar("Part")


def _tuples(
    ask: Callable[[Collection[str]], Mapping[str, list[Part]]],
) -> Callable[[Collection[str]], Mapping[str, tuple[Part, ...]]]:
    return lambda ids: {id_: tuple(parts) for id_, parts in ask(ids).items()}


def _by_owner(
    ask: Callable[[Collection[str], str], Mapping[str, list[Balance]]],
) -> Callable[[Collection[Owner]], Mapping[Owner, tuple[Balance, ...]]]:
    def asked(owners: Collection[Owner]) -> Mapping[Owner, tuple[Balance, ...]]:
        return {
            (subject, scheme): tuple(balances)
            for scheme in sorted({scheme for _, scheme in owners})
            for subject, balances in ask([each for each, of in owners if of == scheme], scheme).items()
        }

    return asked


def _by_scheme(
    ask: Callable[[Collection[str], str], Mapping[str, Standing]],
) -> Callable[[Collection[Owner]], Mapping[Owner, Standing]]:
    def asked(owners: Collection[Owner]) -> Mapping[Owner, Standing]:
        return {
            (scheme, subject): standing
            for scheme in sorted({scheme for scheme, _ in owners})
            for subject, standing in ask([each for of, each in owners if of == scheme], scheme).items()
        }

    return asked


def _merged(
    found: Mapping[str, Iterable[Owned]],
    sheet: Sheet[str, Owned],
    owners: Collection[str],
    owners_of: Callable[[Owned], Iterable[str]],
) -> dict[str, list[Owned]]:
    """Put what a page has changed in place of what the server has, for each owner, in order of id."""
    things = {thing.id: thing for listed in found.values() for thing in listed}
    sheet.learn(things)
    for id_ in sheet.changed:
        changed = sheet.now[id_]
        things.pop(id_, None)
        if changed is not None:
            things[id_] = changed
    owned: dict[str, list[Owned]] = {}
    for _, thing in sorted(things.items()):
        for owner in dict.fromkeys(owners_of(thing)):
            if owner in owners:
                owned.setdefault(owner, []).append(thing)
    return owned
