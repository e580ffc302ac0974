"""A copy for analysts: structure, days and points under pseudonyms, and no child's records or standings.

Left out are:

- every name, the public ones of organisations too: whoever knows the firm knows its only owner, and two copies could
  be joined by them;
- the records, consents, waivers and standings of persons who are not known to be adults. They stay as persons, and so
  do their ties, without which the graph would fall apart;
- every standing in which a record of such a person counts, and every share that comes to one: a group of one pupil, or
  a family of one child, would tell what the child did;
- the days from which persons exist, and those on which they come of age: they tell birth years and birthdays;
- texts, quantities, reasons, origins and positions in the journal, which would tell who it is or where to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from typing import TypeVar

from msgspec.structs import replace

from graph_service.copying.pseudonyms import Pseudonyms
from graph_service.lookups.book import edition_of, moment_of
from graph_service.lookups.listing import ROWS_PER_PAGE, every
from graph_service.lookups.standing import all_standings
from graph_service.lookups.verify import Progress, silent
from graph_service.model.consents import Consent, Waiver
from graph_service.model.records import Moment, Record
from graph_service.model.standing import OWN, Share, Standing
from graph_service.model.subjects import AgeClass, Subject, SubjectKind
from graph_service.model.ties import Tie
from graph_service.ports.copies import CopyPage
from graph_service.ports.store import Reading

Put = TypeVar("Put")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How much of what came into a copy."""

    day: date
    counted: dict[str, int]


def copy_graph(reading: Reading, copied: CopyPage, progress: Progress = silent) -> Copied:
    """Write a pseudonymous copy of a store at one moment, the last day that was worked off.

    Args:
        reading: Of the store; all of the copy is of its moment.
        copied: What is written.
        progress: Is told how far it is.

    Raises:
        PolicyMissing: There is no edition of the day, and so nobody stands anywhere.
    """
    moment = moment_of(reading)
    schemes = sorted(edition_of(reading, moment.as_of, moment.known_at).policy.schemes)
    adults = {
        change.subject
        for change in every(reading.ages, lambda change: change.subject)
        if change.age_class is AgeClass.ADULT and change.since <= moment.as_of
    }
    copied.put_day(moment.as_of)
    copying = _Copying(reading, moment, copied, adults, progress)
    copying.graph()
    for scheme in schemes:
        copying.scheme(scheme)
    return Copied(day=moment.as_of, counted=copying.counted)


@dataclass(slots=True)
class _Copying:
    """A copy on its way: what is known of the whole while one thing after the other goes over."""

    reading: Reading
    moment: Moment
    copied: CopyPage
    adults: set[str]
    progress: Progress
    names: Pseudonyms = field(default_factory=Pseudonyms)
    #: Persons who are not known to be adults.
    hidden: set[str] = field(default_factory=set)
    counted: dict[str, int] = field(default_factory=dict)

    def graph(self) -> None:
        """Copy subjects, ties, consents, waivers and records."""
        reading, names = self.reading, self.names
        grown = {names.subject(subject) for subject in self.adults}
        subjects = every(partial(reading.subjects, kinds=()), lambda subject: subject.id)
        self._put("subjects", map(self._subject, subjects), lambda page: self.copied.put_subjects(page, grown))
        ties = every(reading.ties, lambda tie: tie.id)
        self._put("ties", map(self._tie, ties), self.copied.put_ties)
        consents = every(reading.consents, lambda consent: consent.id)
        shown = (self._consent(consent) for consent in consents if consent.subject not in self.hidden)
        self._put("consents", shown, self.copied.put_consents)
        waivers = every(reading.waivers, lambda waiver: waiver.id)
        granted = (self._waiver(waiver) for waiver in waivers if waiver.member not in self.hidden)
        self._put("waivers", granted, self.copied.put_waivers)
        records = every(partial(reading.records, states=()), lambda record: record.id)
        done = (self._record(record) for record in records if record.subject not in self.hidden)
        self._put("records", done, self.copied.put_records)

    def scheme(self, code: str) -> None:
        """Copy the shares and standings of a scheme."""
        #: To whom a record came that is left out.
        told_by: set[str] = set()
        self._put("shares", self._shares(code, told_by), self.copied.put_shares)
        standings = (
            self._standing(standing)
            for standing in all_standings(self.reading, code)
            if standing.subject not in self.hidden and standing.subject not in told_by
        )
        self._put("standings", standings, self.copied.put_standings)

    def _put(self, noun: str, rows: Iterable[Put], put: Callable[[Sequence[Put]], None]) -> None:
        going = iter(rows)
        while page := list(islice(going, ROWS_PER_PAGE)):
            put(page)
            self.counted[noun] = self.counted.get(noun, 0) + len(page)
            self.progress(noun, self.counted[noun], None)

    def _shares(self, scheme: str, told_by: set[str]) -> Iterator[Share]:
        for line in self.reading.lines(scheme, self.moment):
            share = line.share
            if line.act.subject in self.hidden:
                told_by.add(share.target)
            elif share.target not in self.hidden and share.route != OWN:
                yield replace(
                    share, record=self.names.record(share.record), target=self.names.subject(share.target), walk=()
                )

    def _subject(self, subject: Subject) -> Subject:
        person = subject.kind is SubjectKind.PERSON
        if person and subject.id not in self.adults:
            self.hidden.add(subject.id)
        since = None if person else subject.since
        return replace(subject, id=self.names.subject(subject.id), name=None, since=since, seq=0)

    def _tie(self, tie: Tie) -> Tie:
        return replace(
            tie,
            id=self.names.tie(tie.id),
            source=self.names.subject(tie.source),
            target=self.names.subject(tie.target),
            # Amounts and percentages are numbers; whatever is a text may be anything.
            attributes={name: value for name, value in tie.attributes.items() if isinstance(value, int)},
            origin=None,
            seq=0,
            voided_seq=None,
        )

    def _consent(self, consent: Consent) -> Consent:
        return replace(
            consent,
            id=self.names.consent(consent.id),
            subject=self.names.subject(consent.subject),
            guardian=None if consent.guardian is None else self.names.subject(consent.guardian),
            seq=0,
            voided_seq=None,
        )

    def _waiver(self, waiver: Waiver) -> Waiver:
        return replace(
            waiver,
            id=self.names.waiver(waiver.id),
            member=self.names.subject(waiver.member),
            group=self.names.subject(waiver.group),
            seq=0,
            voided_seq=None,
        )

    def _record(self, record: Record) -> Record:
        # Made anew: what is not named here stays behind, whatever a record may come to have.
        return Record(
            id=self.names.record(record.id),
            subject=self.names.subject(record.subject),
            scheme=record.scheme,
            rule=record.rule,
            happened_on=record.happened_on,
            edition=record.edition,
            points=record.points,
            grade=record.grade,
            state=record.state,
            filer=self.names.actor(record.filer),
            filed_on=record.filed_on,
            approver=None if record.approver is None else self.names.actor(record.approver),
            approved_on=record.approved_on,
            force_on=record.force_on,
            valid_until=record.valid_until,
        )

    def _standing(self, standing: Standing) -> Standing:
        return replace(standing, subject=self.names.subject(standing.subject))
