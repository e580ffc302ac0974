"""The store: the home of the journal and of its views, in the domain's words.

Every read takes many ids and answers a mapping; ids that are not there are not in the answer. Every list has an order.
Reading and writing are two protocols: lookups are handed only `Reading`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol, runtime_checkable

from graph_service.model.consents import Consent, Waiver
from graph_service.model.days import lies_within
from graph_service.model.journal import Entry, Head
from graph_service.model.records import Act, Force, Moment, Record, RecordState
from graph_service.model.standing import Balance, Line, Standing
from graph_service.model.subjects import AgeChange, Subject, SubjectKind
from graph_service.model.ties import Tie, TieEnd
from graph_service.policy.schemes import Edition
from graph_service.scoring.sharing import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A record for which something falls due: its notice is over, its validity, or the clock of its contest."""

    record: str
    on: date


class EntryTaken(Exception):
    """The journal has an entry of this id, or at this position: somebody wrote past the sequencer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TiesHeld:
    """Which of a subject's ties are asked for."""

    #: The day on which they hold, as far as is known now.
    on: date
    #: Which end the subject is; either where None.
    end: TieEnd | None = None
    #: Kinds of tie, and kinds of the far end; all where empty.
    kinds: frozenset[str] = frozenset()
    far_kinds: frozenset[SubjectKind] = frozenset()
    #: The far end and the tie behind which the page begins.
    after: tuple[str, str] | None = None
    limit: int

    def asks_for(self, tie: Tie, end: TieEnd) -> bool:
        """Tell whether a tie is asked for by the subject at an end, wherever that subject may be."""
        return (
            tie.voided_on is None
            and lies_within(self.on, tie.since, tie.until)
            and (not self.kinds or tie.kind in self.kinds)
            and (not self.far_kinds or tie.kind_at(end.other) in self.far_kinds)
            and (self.after is None or (tie.at(end.other), tie.id) > self.after)
        )

    @property
    def ends(self) -> tuple[TieEnd, ...]:
        """The ends that the subject may be."""
        return tuple(TieEnd) if self.end is None else (self.end,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """What the replays of some schemes read of a store, so that no more is copied."""

    schemes: frozenset[str]
    #: Subjects of these kinds.
    kinds: frozenset[SubjectKind]
    #: Ties of these kinds.
    tie_kinds: frozenset[str]
    #: Consents to these purposes; where there is none, ages do not matter either.
    purposes: frozenset[str]
    #: Whether records are read, which assessing them anew asks for; shares ask only for when they counted.
    records: bool
    #: Records in force by these rules, and all that give a grade; None for all.
    rules: frozenset[str] | None = None
    #: Of records only when they were in force on this day; None for all that ever were.
    in_force_on: date | None = None
    #: Whether the balances that are kept are read.
    kept: bool = False


class Reading(Protocol):
    """What can be asked of a store. All answers of one `Reading` are of one moment."""

    # The journal

    def head(self) -> Head:
        """Give the end of the journal."""
        ...

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        """List entries that follow a position, in order."""
        ...

    def entries_of(self, ids: Collection[str]) -> Mapping[str, Entry]:
        """Find entries by the ids that their callers gave them."""
        ...

    def life_of(self, records: Collection[str]) -> Mapping[str, list[Entry]]:
        """List the entries that tell each record's life, in order."""
        ...

    def editions(self) -> list[Edition]:
        """List the adopted editions in order."""
        ...

    # The graph

    def subjects_of(self, ids: Collection[str]) -> Mapping[str, Subject]:
        """Find subjects by id."""
        ...

    def subjects(self, *, kinds: Collection[SubjectKind], after: str | None, limit: int) -> list[Subject]:
        """List subjects of some kinds (all kinds where empty), in order of id, from the one behind `after`."""
        ...

    def ages_of(self, subjects: Collection[str]) -> Mapping[str, list[AgeChange]]:
        """List the age changes of persons, in order of day."""
        ...

    def ages(self, *, after: str | None, limit: int) -> list[AgeChange]:
        """List all age changes of up to `limit` persons, in order of person and day, from the person behind `after`."""
        ...

    def ties_of(self, ids: Collection[str]) -> Mapping[str, Tie]:
        """Find ties by id."""
        ...

    def ties_around(self, subjects: Collection[str]) -> Mapping[str, list[Tie]]:
        """List all ties that each subject ever had, at either end, in order of id; voided ones too."""
        ...

    def ties_held(self, subjects: Collection[str], question: TiesHeld) -> Mapping[str, list[Tie]]:
        """List a page of each subject's ties that hold on a day, in order of the far end's id and then of their own.

        However many ties a subject has, so much is read as the page holds, as long as few of them have ended.
        """

    def ties_at(self, subjects: Collection[str], kind: str, end: TieEnd) -> Mapping[str, list[Tie]]:
        """List the ties of a kind that each subject ever had at an end, in order of id; voided ones too."""
        ...

    def ties(self, *, after: str | None, limit: int) -> list[Tie]:
        """List ties in order of id, from the one behind `after`."""
        ...

    def void_days(self, *, since: date, until: date) -> list[date]:
        """List the days of `[since, until)` on which a tie, consent or waiver was voided, in order."""
        ...

    def consents_of(self, ids: Collection[str]) -> Mapping[str, Consent]:
        """Find consents by id."""
        ...

    def consents_by(self, subjects: Collection[str]) -> Mapping[str, list[Consent]]:
        """List all consents of each subject, in order of id; voided ones too."""
        ...

    def consents(self, *, after: str | None, limit: int) -> list[Consent]:
        """List consents in order of id, from the one behind `after`; voided ones too."""
        ...

    def waivers_of(self, ids: Collection[str]) -> Mapping[str, Waiver]:
        """Find waivers by id."""
        ...

    def waivers_for(self, members: Collection[str]) -> Mapping[str, list[Waiver]]:
        """List all waivers of each member, in order of id; voided ones too."""
        ...

    def waivers(self, *, after: str | None, limit: int) -> list[Waiver]:
        """List waivers in order of id, from the one behind `after`; voided ones too."""
        ...

    # Records

    def records_of(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Find records by id."""
        ...

    def records_about(self, subjects: Collection[str]) -> Mapping[str, list[Record]]:
        """List the records of each subject, newest behaviour first, then by id."""
        ...

    def records(self, *, states: Collection[RecordState], after: str | None, limit: int) -> list[Record]:
        """List records in some states (all where empty), in order of id, from the one behind `after`."""
        ...

    def forces_of(self, records: Collection[str]) -> Mapping[str, list[Force]]:
        """List the stretches in which each record was in force, in order."""
        ...

    def forces(self, *, after: str | None, limit: int) -> list[Force]:
        """List all stretches of up to `limit` records, in order of record and position, from behind `after`."""
        ...

    def due(self, *, by: date, limit: int) -> list[Due]:
        """List what falls due up to and on a day, in order of day and record."""
        ...

    def due_of(self, records: Collection[str]) -> Mapping[str, Due]:
        """Find what falls due for records."""
        ...

    # The share relation

    def walks_from(self, act: Act, moment: Moment) -> list[Walk]:
        """Forward: every walk over which an act counts, strongest or not, in no particular order.

        The act need not be in the journal: this is also the preview.
        """
        ...

    def lines_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Line]]:
        """Backward: the shares of every record in force that reach each subject, its own among them.

        In order of day of behaviour and record.
        """
        ...

    def lines(self, scheme: str, moment: Moment) -> Iterator[Line]:
        """Whole: every share of every record in force, in no particular order."""
        ...

    def grading_acts_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Act]]:
        """List the acts in force that give each subject a grade directly, in order of record."""
        ...

    def graded(self, scheme: str, moment: Moment) -> list[str]:
        """List the subjects to whom records in force give a grade directly, in order of id."""
        ...

    def records_through_tie(self, tie: str) -> list[str]:
        """Through a tie: the records, rejected ones left out, with a walk that counts over it, in order of id.

        Each is looked at as it is now and as it ever counted: it may have had other points before.
        """
        ...

    def records_through_subject(self, subject: str, purpose: str) -> list[str]:
        """Through a subject: the records, rejected ones left out, that its consent to a purpose could let pass.

        These have a walk that starts, passes or ends at the subject, over a route that asks consent for the purpose;
        whether the consents and waivers are as they should be is not looked at. In order of id.
        """
        ...

    # What is kept

    def balances_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, list[Balance]]:
        """List each subject's kept balances, in order of route, sign and period."""
        ...

    def standings_of(self, subjects: Collection[str], scheme: str) -> Mapping[str, Standing]:
        """Find kept standings; subjects that no share ever reached have none."""
        ...

    def unkept(self) -> frozenset[str]:
        """Give the schemes whose balances and standings are not kept for now: what is there of them means nothing."""
        ...

    def balances(self, *, after: str | None, limit: int) -> list[Balance]:
        """List all kept balances of up to `limit` subjects, from the subject behind `after`.

        In order of subject, scheme, route, sign and period.
        """
        ...

    def standings(self, scheme: str, *, after: str | None, limit: int) -> list[Standing]:
        """List kept standings in order of subject, from the one behind `after`."""
        ...

    # The store itself

    def contradictions(self, *, limit: int) -> list[str]:
        """Name places where the store contradicts itself, in a sentence each; empty where all is well.

        What a store keeps twice for speed (indexes, columns beside a whole, terms worked out) is compared with what it
        was made from, and its guards are looked for. No other question of a `Reading` would show the difference.
        """
        ...


class Page(Reading, Protocol):
    """One page of the journal being written: it is kept as a whole, or not at all."""

    def append(self, entry: Entry) -> None:
        """Put an entry behind the head.

        Raises:
            EntryTaken: The journal has an entry of this id, or at this position.
        """
        ...

    def put_edition(self, edition: Edition) -> None:
        """Keep an adopted edition, ready for the share relation."""
        ...

    def put_subjects(self, subjects: Sequence[Subject]) -> None:
        """Keep subjects in place of what was kept under their ids."""
        ...

    def put_ages(self, changes: Sequence[AgeChange]) -> None:
        """Keep age changes."""
        ...

    def put_ties(self, ties: Sequence[Tie]) -> None:
        """Keep ties in place of what was kept under their ids."""
        ...

    def put_consents(self, consents: Sequence[Consent]) -> None:
        """Keep consents in place of what was kept under their ids."""
        ...

    def put_waiver(self, waiver: Waiver) -> None:
        """Keep a waiver in place of what was kept under its id."""
        ...

    def put_record(self, record: Record) -> None:
        """Keep a record, and the day on which something falls due for it."""
        ...

    def put_imported(self, entry: Entry) -> None:
        """Keep the records of an import (`codec.imported`), with the stretches in which they counted, or count."""
        ...

    def open_force(self, force: Force) -> None:
        """Let an act count from a day on."""
        ...

    def close_force(self, record: str, *, on: date, seq: int) -> None:
        """Let a record count no longer from a day on."""
        ...

    def change_balances(self, changes: Sequence[Balance]) -> None:
        """Add amounts and numbers of shares to balances; those left with no share are dropped."""
        ...

    def drop_balances(self, scheme: str) -> None:
        """Forget all balances and standings of a scheme, to be kept anew."""
        ...

    def set_unkept(self, schemes: Collection[str]) -> None:
        """Note which schemes are not kept for now, instead of those that were noted before."""
        ...

    def put_standings(self, standings: Sequence[Standing]) -> None:
        """Keep standings in place of what was kept for their subjects."""
        ...

    def drop_standings(self, subjects: Sequence[str], scheme: str) -> None:
        """Keep no standings of subjects any more: they stand at the base."""
        ...

    def set_ticked(self, day: date) -> None:
        """Note that a day's tick is done."""
        ...

    def attempt(self) -> AbstractContextManager[None]:
        """Within a page: what is written inside is taken back, and nothing else, where it ends in an exception."""
        ...


class Store(Protocol):
    """A place where the journal lives."""

    def reading(self) -> AbstractContextManager[Reading]:
        """Read at one moment: what is written meanwhile is not seen."""
        ...

    def writing(self) -> AbstractContextManager[Page]:
        """Write a page: committed, durably, when the block ends; taken back where it ends in an exception.

        Raises:
            StoreLocked: Another process is writing.
            StoreFull: There is no room.
            StoreUnavailable: The commit failed; whether it was kept is unknown.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


@runtime_checkable
class Filling(Protocol):
    """A store that can be filled faster while nobody looks for single things in it."""

    def begin_filling(self, records: int) -> None:
        """Put aside what only finding needs, if there come at least as many records as there are.

        Everything stays as durable as it was; finding records becomes slow. Whoever enters a record by itself
        meanwhile makes again what was put aside, which may take a while.
        """
        ...

    def end_filling(self) -> None:
        """Make again what was put aside. A store that was cut off while it was filled does so when it is opened."""
        ...


@runtime_checkable
class Taking(Protocol):
    """A store that can take the rows of imports from a file, which is quicker than being told every one."""

    def taking(self, path: Path) -> AbstractContextManager[None]:
        """Let imports be written, while the block lasts, whose rows are laid out in a file.

        Args:
            path: An SQLite file with a table `imported` and the columns that `projection.layout` names, of a record
                and of its stretch: a row for every row of the imports, in their order, without a first day of the
                stretch where the record never counted. It says what `put_imported` would keep.
        """
        ...


@runtime_checkable
class Keeping(Protocol):
    """A store that can take balances and standings from a file, which is quicker than being told every one."""

    def take_kept(self, path: Path, schemes: Collection[str], *, at: int) -> bool:
        """Put the balances and standings of a file in place of those of schemes, which are kept from then on.

        Args:
            path: An SQLite file with the tables `balance` and `standing`; see `replay.keep`.
            schemes: Whose they are; all that are not kept.
            at: The position up to which the file knows the journal.

        Returns:
            Whether they were taken: not where the journal has gone on since.
        """
        ...


@runtime_checkable
class Extracting(Protocol):
    """A store that can hand its tables to the replay as files, which is quicker than asking for every row."""

    def extracting(
        self, folder: Path, excerpt: Excerpt | None = None
    ) -> AbstractContextManager[Mapping[str, Callable[[], Path]]]:
        """Give for each table that a replay needs what copies it, of an excerpt only what it names.

        Each copy is a new SQLite file in `folder` that has the table alone. All are of one moment, however late they
        are made while the block lasts, and may be made side by side.
        """
        ...
