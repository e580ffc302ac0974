"""A page being written to Neo4j: reads and changes together, and everything written with few statements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from msgspec.structs import replace
from neo4j.exceptions import ConstraintError

from graph_service.errors import StoreValueTooLarge
from graph_service.model.consents import Consent, Waiver
from graph_service.model.days import EVER
from graph_service.model.journal import Entry
from graph_service.model.records import Act, Force, Moment, Record
from graph_service.model.standing import Balance, Standing
from graph_service.model.subjects import AgeChange, Subject
from graph_service.model.ties import Tie
from graph_service.policy.schemes import Edition
from graph_service.ports.store import EntryTaken
from graph_service.projection.codec import force_of, imported
from graph_service.relation.book import CypherStatements
from graph_service.scoring.sharing import Walk
from graph_service.stores.neo4j.draft import Held, Key, Sheet
from graph_service.stores.neo4j.images import Image
from graph_service.stores.neo4j.journal import Book, EditionsRead
from graph_service.stores.neo4j.merged import MergedReading
from graph_service.stores.neo4j.rows import Talk
from graph_service.stores.neo4j.writing import Writing

#: Things that a page remembers; when there are more, they are written and forgotten.
REMEMBERED_MAX = 50_000

#: The largest number that the graph holds.
NUMBER_MAX = 2**63 - 1


class Neo4jPage(MergedReading, Writing):
    """A page being written to Neo4j."""

    def __init__(self, talk: Talk, address: str, read: EditionsRead, book: Book) -> None:
        super().__init__(talk, address, read, book)
        self._kept_book = book
        self._walked: tuple[Act, Moment, list[Walk]] | None = None

    # The journal

    def append(self, entry: Entry) -> None:
        """Put an entry behind the head."""
        if entry.seq <= self._book.head.seq or self.entries_of([entry.id]):
            raise EntryTaken(entry.id)
        self._put(self._entries, entry.id, entry)
        self._turn_to(self._book.with_head(seq=entry.seq, hash=entry.hash, entered_on=entry.entered_on))

    def set_ticked(self, day: date) -> None:
        """Note that a day's tick is done."""
        self._turn_to(self._book.with_head(ticked_on=day))

    def put_edition(self, edition: Edition) -> None:
        """Keep an adopted edition, ready for the share relation."""
        self._walked = None
        before = self._statements()
        self._put(self._editions, edition.number, edition)
        self._statements_of_moment = CypherStatements([*before.editions, edition])
        self._taken.append(lambda: setattr(self, "_statements_of_moment", before))
        self._turn_to(replace(self._book, tie_kinds=self._book.tie_kinds | set(edition.policy.tie_kinds)))

    def set_unkept(self, schemes: Collection[str]) -> None:
        """Note which schemes are not kept for now."""
        self._turn_to(replace(self._book, unkept=frozenset(schemes)))

    def _turn_to(self, book: Book) -> None:
        before = self._book
        self._book = book
        self._taken.append(lambda: setattr(self, "_book", before))

    # The graph

    def put_subjects(self, subjects: Sequence[Subject]) -> None:
        """Keep subjects in place of what was kept under their ids."""
        for subject in subjects:
            self._put(self._subjects, subject.id, subject)

    def put_ages(self, changes: Sequence[AgeChange]) -> None:
        """Keep age changes."""
        self._walked = None
        held = self._ages.find(change.subject for change in changes)
        for change in changes:
            named = {(each.since, each.age_class): each for each in held.get(change.subject, ())}
            named[change.since, change.age_class] = change
            held[change.subject] = tuple(sorted(named.values(), key=lambda each: (each.since, each.age_class)))
            self._put(self._ages, change.subject, held[change.subject])

    def put_ties(self, ties: Sequence[Tie]) -> None:
        """Keep ties in place of what was kept under their ids."""
        self._walked = None
        for tie in ties:
            if any(isinstance(value, int) and abs(value) > NUMBER_MAX for value in tie.attributes.values()):
                raise StoreValueTooLarge(path=self._address)
            self._put(self._ties_by_id, tie.id, tie)
        kinds = {tie.kind for tie in ties} - self._book.tie_kinds
        if kinds:
            self._turn_to(replace(self._book, tie_kinds=self._book.tie_kinds | kinds))

    def put_consents(self, consents: Sequence[Consent]) -> None:
        """Keep consents in place of what was kept under their ids."""
        self._walked = None
        for consent in consents:
            self._put(self._consents, consent.id, consent)

    def put_waiver(self, waiver: Waiver) -> None:
        """Keep a waiver in place of what was kept under its id."""
        self._walked = None
        self._put(self._waivers, waiver.id, waiver)

    # Records

    def put_record(self, record: Record) -> None:
        """Keep a record, and the day on which something falls due for it."""
        self._put(self._records, record.id, record)
        if self._records.written.get(record.id, record) is None:
            # What is new was never in force.
            self._forces.learn({record.id: None})

    def put_imported(self, entry: Entry) -> None:
        """Keep the records of an import."""
        records = list(imported(entry))
        self._forces.learn({record.id: None for record in records})
        for record in records:
            self._put(self._records, record.id, record)
            if force := force_of(record):
                self._put(self._forces, record.id, (force,))

    def open_force(self, force: Force) -> None:
        """Let an act count from a day on."""
        record = force.act.record
        held = self._forces.find([record]).get(record, ())
        self._put(self._forces, record, (*held, force))

    def close_force(self, record: str, *, on: date, seq: int) -> None:
        """Let a record count no longer from a day on."""
        held = self._forces.find([record]).get(record, ())
        closed = tuple(
            replace(force, closed_on=on, closed_seq=seq) if force.closed_seq is None else force for force in held
        )
        self._put(self._forces, record, closed)

    # What is kept

    def change_balances(self, changes: Sequence[Balance]) -> None:
        """Add amounts and numbers of shares to balances; those left with no share are dropped."""
        keys = list(dict.fromkeys((change.subject, change.scheme) for change in changes))
        held = self._balances.find(keys)
        sums = {key: {(each.route, each.sign, each.period): each for each in held.get(key, ())} for key in keys}
        for change in changes:
            named = sums[change.subject, change.scheme]
            key = (change.route, change.sign, change.period)
            before = named.get(key)
            if before is not None:
                amount, shares = before.amount + change.amount, before.shares + change.shares
                change = replace(before, amount=amount, shares=shares)  # noqa: PLW2901 - the sum takes its place
            named[key] = change
            if change.shares == 0:
                del named[key]
        for owner, named in sums.items():
            listed = sorted(named.values(), key=lambda each: (each.route, each.sign, each.period or EVER))
            self._put(self._balances, owner, tuple(listed) or None)

    def drop_balances(self, scheme: str) -> None:
        """Forget all balances and standings of a scheme, to be kept anew."""
        self._flush()
        for (subject,) in self._rows("MATCH (b:Balance {scheme: $scheme}) RETURN DISTINCT b.subject", scheme=scheme):
            self._put(self._balances, (subject, scheme), None)
        for (subject,) in self._rows("MATCH (h:Standing {scheme: $scheme}) RETURN h.subject", scheme=scheme):
            self._put(self._standings, (scheme, subject), None)

    def put_standings(self, standings: Sequence[Standing]) -> None:
        """Keep standings in place of what was kept for their subjects."""
        for standing in standings:
            self._put(self._standings, (standing.scheme, standing.subject), standing)

    def drop_standings(self, subjects: Sequence[str], scheme: str) -> None:
        """Keep no standings of subjects any more."""
        for subject in subjects:
            self._put(self._standings, (scheme, subject), None)

    # The share relation

    def walks_from(self, act: Act, moment: Moment) -> list[Walk]:
        """Forward: every walk over which an act counts.

        An action looks before it writes, and the projection looks at the very same again.
        """
        if self._walked is None or self._walked[:2] != (act, moment):
            self._walked = (act, moment, super().walks_from(act, moment))
        return self._walked[2]

    # The page itself

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back what is written inside where it ends in an exception."""
        begun = len(self._taken)
        self._attempts += 1
        try:
            yield
        except BaseException:
            while len(self._taken) > begun:
                self._taken.pop()()
            self._walked = None
            raise
        finally:
            self._attempts -= 1
            if not self._attempts:
                self._taken.clear()
                self._make_room()

    def keep(self) -> bool:
        """Write everything that is left; tell whether the page changed anything at all."""
        try:
            self._flush()
            if self._book == self._kept_book and not self.wrote:
                return False
            self._change_book(self._book)
        except ConstraintError as fault:
            raise EntryTaken(str(fault)) from fault
        return True

    def image(self) -> Image:
        """Give what the page changed as it was before. What was not there has a position that tells so."""

        def there(name: str) -> dict[str, Any]:
            return {key: held for key, held in self._before[name].items() if held is not None}

        return Image(
            book=self._kept_book,
            subjects=there("subjects"),
            ties=there("ties"),
            consents=there("consents"),
            waivers=there("waivers"),
            records=there("records"),
            balances=list(self._before["balances"].items()),
            standings=list(self._before["standings"].items()),
        )

    def _put(self, sheet: Sheet[Key, Held], key: Key, held: Held | None) -> None:
        take_back = sheet.put(key, held)
        if self._attempts:
            self._taken.append(take_back)

    def _make_room(self) -> None:
        """Write and forget what was remembered, where it is much."""
        if sum(len(sheet.now) for sheet in self._sheets) > REMEMBERED_MAX:
            self._flush()
            for sheet in self._sheets:
                sheet.forget()
