"""A reading of one moment, whatever is written meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar

from msgspec import structs

from graph_service.errors import StoreMovedOn
from graph_service.model.consents import Consent, Waiver
from graph_service.model.journal import Entry
from graph_service.model.records import Act, Force, Moment, Record, RecordState
from graph_service.model.standing import Balance, Line, Standing
from graph_service.model.subjects import AgeChange, Subject, SubjectKind
from graph_service.model.ties import Tie, TieEnd
from graph_service.ports.store import Due, TiesHeld
from graph_service.scoring.sharing import Walk
from graph_service.stores.neo4j import images
from graph_service.stores.neo4j.images import Image, Owner, image_of
from graph_service.stores.neo4j.journal import EMPTY, EditionsRead, book_of
from graph_service.stores.neo4j.reading import Neo4jReading
from graph_service.stores.neo4j.rows import Talk

Answer = TypeVar("Answer")
Thing = TypeVar("Thing", Subject, Tie, Consent, Waiver, Record)


class SteadyReading(Neo4jReading):
    """Answers every question as of the moment at which it began."""

    def __init__(self, talk: Talk, address: str, read: EditionsRead, *, done: int) -> None:
        super().__init__(talk, address, read, EMPTY)
        ((number, finished, found),) = self._rows(images.LOOKED)
        #: The page as of which all answers are, and the last one whose image is known.
        self._began = number if finished or number <= done else number - 1
        self._seen = self._began
        self._before = Image(book=book_of(found))
        self._balances: dict[Owner, tuple[Balance, ...] | None] = {}
        self._standings: dict[Owner, Standing | None] = {}
        self._catch_up()
        self._book = self._before.book

    def _catch_up(self) -> None:
        """Learn the images of pages that were announced since."""
        for number, text in self._rows(images.SINCE, number=self._seen):
            if number != self._seen + 1:
                raise StoreMovedOn(path=self._address)
            image = image_of(text)
            first = self._seen == self._began
            self._before = image if first else _older(self._before, image)
            self._balances = dict(image.balances) | self._balances
            self._standings = dict(image.standings) | self._standings
            self._seen = number
            self._upto = self._before.book.head.seq

    def _steady(self, ask: Callable[[], Answer]) -> Answer:
        """Ask until nothing was announced in between, so that the answer knows what to leave out."""
        while True:
            seen = self._seen
            answer = ask()
            self._catch_up()
            if self._seen == seen:
                return answer

    # The graph

    def subjects_of(self, ids: Collection[str]) -> Mapping[str, Subject]:
        """Find subjects by id."""
        return self._each(partial(super().subjects_of, ids), lambda before: before.subjects)

    def subjects(self, *, kinds: Collection[SubjectKind], after: str | None, limit: int) -> list[Subject]:
        """List subjects of some kinds, in order of id."""
        found = self._steady(partial(super().subjects, kinds=kinds, after=after, limit=limit))
        return _as_before(found, self._before.subjects)

    def ties_of(self, ids: Collection[str]) -> Mapping[str, Tie]:
        """Find ties by id."""
        return self._each(partial(super().ties_of, ids), lambda before: before.ties)

    def ties(self, *, after: str | None, limit: int) -> list[Tie]:
        """List ties in order of id."""
        return _as_before(self._steady(partial(super().ties, after=after, limit=limit)), self._before.ties)

    def ties_around(self, subjects: Collection[str]) -> Mapping[str, list[Tie]]:
        """List all ties that each subject ever had, in order of id."""
        return self._lists(partial(super().ties_around, subjects), lambda before: before.ties)

    def ties_at(self, subjects: Collection[str], kind: str, end: TieEnd) -> Mapping[str, list[Tie]]:
        """List the ties of a kind that each subject ever had at an end, in order of id."""
        return self._lists(partial(super().ties_at, subjects, kind, end), lambda before: before.ties)

    def ties_held(self, subjects: Collection[str], question: TiesHeld) -> Mapping[str, list[Tie]]:
        """List a page of the ties of each subject that hold on a day."""
        # A tie that ended since is not among those found, and one that was given an end takes another's place.
        found = self._steady(lambda: self._held(subjects, question))
        return {subject: page for subject in subjects if (page := self._page(subject, found[subject], question))}

    def _held(self, subjects: Collection[str], question: TiesHeld) -> dict[str, list[Tie]]:
        wider = replace(question, limit=question.limit + len(self._before.ties))
        found = super().ties_held(subjects, wider)
        return {subject: found.get(subject, []) for subject in subjects}

    def _page(self, subject: str, found: Iterable[Tie], question: TiesHeld) -> list[Tie]:
        ties = {tie.id: tie for tie in (*found, *self._before.ties.values())} | self._before.ties
        placed = [
            (tie.at(end.other), tie.id)
            for tie in ties.values()
            for end in question.ends
            if tie.at(end) == subject and question.asks_for(tie, end)
        ]
        return [ties[id_] for _, id_ in sorted(placed)[: question.limit]]

    def consents_of(self, ids: Collection[str]) -> Mapping[str, Consent]:
        """Find consents by id."""
        return self._each(partial(super().consents_of, ids), lambda before: before.consents)

    def consents_by(self, subjects: Collection[str]) -> Mapping[str, list[Consent]]:
        """List all consents of each subject, in order of id."""
        return self._lists(partial(super().consents_by, subjects), lambda before: before.consents)

    def consents(self, *, after: str | None, limit: int) -> list[Consent]:
        """List consents in order of id."""
        return _as_before(self._steady(partial(super().consents, after=after, limit=limit)), self._before.consents)

    def waivers_of(self, ids: Collection[str]) -> Mapping[str, Waiver]:
        """Find waivers by id."""
        return self._each(partial(super().waivers_of, ids), lambda before: before.waivers)

    def waivers_for(self, members: Collection[str]) -> Mapping[str, list[Waiver]]:
        """List all waivers of each member, in order of id."""
        return self._lists(partial(super().waivers_for, members), lambda before: before.waivers)

    def waivers(self, *, after: str | None, limit: int) -> list[Waiver]:
        """List waivers in order of id."""
        return _as_before(self._steady(partial(super().waivers, after=after, limit=limit)), self._before.waivers)

    def void_days(self, *, since: date, until: date) -> list[date]:
        """List the days on which a tie, consent or waiver was voided, in order."""
        return self._steady(partial(super().void_days, since=since, until=until))

    # What only grows, and is known by its position

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        """List entries that follow a position, in order."""
        return self._steady(partial(super().entries, after=after, limit=limit))

    def entries_of(self, ids: Collection[str]) -> Mapping[str, Entry]:
        """Find entries by the ids that their callers gave them."""
        return self._steady(partial(super().entries_of, ids))

    def life_of(self, records: Collection[str]) -> Mapping[str, list[Entry]]:
        """List the entries that tell each record's life, in order."""
        return self._steady(partial(super().life_of, records))

    def ages_of(self, subjects: Collection[str]) -> Mapping[str, list[AgeChange]]:
        """List the age changes of persons, in order of day."""
        return self._steady(partial(super().ages_of, subjects))

    def ages(self, *, after: str | None, limit: int) -> list[AgeChange]:
        """List all age changes of up to `limit` persons, in order of person and day."""
        return self._steady(partial(super().ages, after=after, limit=limit))

    def forces_of(self, records: Collection[str]) -> Mapping[str, list[Force]]:
        """List the stretches in which each record was in force, in order."""
        found = self._steady(partial(super().forces_of, records))
        return {record: [self._open_still(force) for force in forces] for record, forces in found.items()}

    def forces(self, *, after: str | None, limit: int) -> list[Force]:
        """List all stretches of up to `limit` records, in order of record and position."""
        found = self._steady(partial(super().forces, after=after, limit=limit))
        return [self._open_still(force) for force in found]

    def _open_still(self, force: Force) -> Force:
        if force.closed_seq is None or force.closed_seq <= self._upto:
            return force
        return structs.replace(force, closed_on=None, closed_seq=None)

    # Records

    def records_of(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Find records by id."""
        return self._each(partial(super().records_of, ids), lambda before: before.records)

    def records_about(self, subjects: Collection[str]) -> Mapping[str, list[Record]]:
        """List the records of each subject, newest behaviour first, then by id."""
        return self._lists(partial(super().records_about, subjects), lambda before: before.records)

    def records(self, *, states: Collection[RecordState], after: str | None, limit: int) -> list[Record]:
        """List records in some states, in order of id."""
        ask = super().records
        found = self._steady(lambda: ask(states=states, after=after, limit=limit + len(self._before.records)))
        known = {record.id: record for record in found} | self._before.records
        return [
            record
            for id_, record in sorted(known.items())
            if (not states or record.state in states) and (after is None or id_ > after)
        ][:limit]

    def due(self, *, by: date, limit: int) -> list[Due]:
        """List what falls due up to and on a day, in order of day and record."""
        ask = super().due
        found = self._steady(lambda: ask(by=by, limit=limit + len(self._before.records)))
        due = [(each.on, each.record) for each in found if each.record not in self._before.records]
        due += [(each.due_on, each.id) for each in self._before.records.values() if each.due_on and each.due_on <= by]
        return [Due(record=record, on=on) for on, record in sorted(due)[:limit]]

    def due_of(self, records: Collection[str]) -> Mapping[str, Due]:
        """Find what falls due for records."""
        return {
            id_: Due(record=id_, on=record.due_on)
            for id_, record in self.records_of(records).items()
            if record.due_on is not None
        }

    # The share relation

    def walks_from(self, act: Act, moment: Moment) -> list[Walk]:
        """Forward: every walk over which an act counts."""
        return self._steady(partial(super().walks_from, act, moment))

    def lines_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Line]]:
        """Backward: the shares of every record in force that reach each subject."""
        return self._steady(partial(super().lines_to, subjects, scheme, moment))

    def _stretch(self, scheme: str, moment: Moment, after: str) -> tuple[list[Line], str | None]:
        return self._steady(partial(super()._stretch, scheme, moment, after))

    def grading_acts_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Act]]:
        """List the acts in force that give each subject a grade directly, in order of record."""
        return self._steady(partial(super().grading_acts_to, subjects, scheme, moment))

    def graded(self, scheme: str, moment: Moment) -> list[str]:
        """List the subjects to whom records in force give a grade directly, in order of id."""
        return self._steady(partial(super().graded, scheme, moment))

    # What is kept

    def balances_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, list[Balance]]:
        """List each subject's kept balances, in order of route, sign and period."""
        found = self._steady(partial(super().balances_of, subjects, scheme))
        held = {subject: self._balances.get((subject, scheme), tuple(found.get(subject, ()))) for subject in subjects}
        return {subject: list(balances) for subject, balances in held.items() if balances}

    def standings_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, Standing]:
        """Find kept standings."""
        found = self._steady(partial(super().standings_of, subjects, scheme))
        held = {subject: self._standings.get((scheme, subject), found.get(subject)) for subject in subjects}
        return {subject: standing for subject, standing in held.items() if standing is not None}

    def balances(self, *, after: str | None, limit: int) -> list[Balance]:
        """List all kept balances of up to `limit` subjects, in order of subject, scheme, route, sign and period."""
        ask = super().balances
        found = self._steady(lambda: ask(after=after, limit=limit + len(self._balances)))
        held: dict[Owner, tuple[Balance, ...] | None] = {}
        for balance in found:
            owner = (balance.subject, balance.scheme)
            held[owner] = (*(held.get(owner) or ()), balance)
        held |= {owner: before for owner, before in self._balances.items() if after is None or owner[0] > after}
        subjects = sorted({subject for (subject, _), balances in held.items() if balances})[:limit]
        return [
            balance
            for owner, balances in sorted(held.items())
            if owner[0] in set(subjects)
            for balance in balances or ()
        ]

    def standings(self, scheme: str, *, after: str | None, limit: int) -> list[Standing]:
        """List kept standings in order of subject."""
        ask = super().standings
        found = self._steady(lambda: ask(scheme, after=after, limit=limit + len(self._standings)))
        held: dict[str, Standing | None] = {standing.subject: standing for standing in found}
        held |= {
            subject: before
            for (code, subject), before in self._standings.items()
            if code == scheme and (after is None or subject > after)
        }
        return [standing for _, standing in sorted(held.items()) if standing is not None][:limit]

    def _each(
        self, ask: Callable[[], Mapping[str, Thing]], before: Callable[[Image], Mapping[str, Thing]]
    ) -> dict[str, Thing]:
        found = self._steady(ask)
        return {id_: before(self._before).get(id_, thing) for id_, thing in found.items()}

    def _lists(
        self, ask: Callable[[], Mapping[str, list[Thing]]], before: Callable[[Image], Mapping[str, Thing]]
    ) -> dict[str, list[Thing]]:
        found = self._steady(ask)
        return {owner: _as_before(things, before(self._before)) for owner, things in found.items()}


def _as_before(found: Iterable[Thing], before: Mapping[str, Thing]) -> list[Thing]:
    return [before.get(thing.id, thing) for thing in found]


def _older(image: Image, newer: Image) -> Image:
    """Add what a newer page changed first to an image of how things stood before an older one."""
    last = image.book.head.seq

    def there(things: Mapping[str, Thing]) -> dict[str, Thing]:
        return {id_: thing for id_, thing in things.items() if thing.seq <= last}

    return Image(
        book=image.book,
        subjects=there(newer.subjects) | image.subjects,
        ties=there(newer.ties) | image.ties,
        consents=there(newer.consents) | image.consents,
        waivers=there(newer.waivers) | image.waivers,
        records=there(newer.records) | image.records,
    )
