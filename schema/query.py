"""Query: what can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import strawberry

from graph_service.lookups.find import HITS_MAX
from schema.consents import Consent, Waiver
from schema.context import Context, Info
from schema.enums import RecordState, SubjectKind
from schema.journal import Head, JournalEntry, entries_page, shown_head
from schema.node import Node, read_global_id
from schema.paging import FIRST, MOST, Connection, Order, page_read
from schema.policy import Rule, Scheme, schemes_on
from schema.preview import PreviewInput, PreviewResult, previewed
from schema.records import Record, all_records_page
from schema.scalars import Cursor, Position
from schema.search import SearchHit, SubjectByInput, hits
from schema.shares import SharesResult, shares_at
from schema.showing import shown_subject
from schema.standing import StandingsResult, standings_page
from schema.statement import StatementResult, statement_at
from schema.subjects import Subject
from schema.ties import Tie
from schema.what_if import PolicyFileInput, WhatIfResult, asked

_SUBJECTS = Order("subject", (str,))

#: Nodes that may be asked for at once.
NODES_MAX = 100


@strawberry.type
class Query:
    """What can be asked. One answer is of one moment, however many fields it has."""

    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """Whatever has this global id; null where nothing has.

        Args:
            info: What Strawberry hands over.
            id: The global id.
        """
        return await _node(info.context, id)

    @strawberry.field
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        """Whatever has these global ids, in their order, with null where nothing has; at most 100.

        Args:
            info: What Strawberry hands over.
            ids: The global ids.
        """
        return [await _node(info.context, id_) for id_ in ids]

    @strawberry.field
    async def subject(self, info: Info, ref: str) -> Subject | None:
        """A subject by its plain id; null where there is none.

        Args:
            info: What Strawberry hands over.
            ref: The plain id.
        """
        return await _subject(info.context, ref)

    @strawberry.field
    async def subject_by(self, info: Info, input: SubjectByInput) -> Subject | None:
        """A subject by whatever is known of it; null where there is none.

        Args:
            info: What Strawberry hands over.
            input: One thing that is known of it.
        """
        if input.id:
            found = await _node(info.context, input.id)
            return found if isinstance(found, Subject) else None
        if input.identifier:
            ref = info.context.service.vault.subject_with(input.identifier.scheme, input.identifier.value)
        else:
            ref = input.ref or None
        return await _subject(info.context, ref)

    # Strawberry types only the bare decorator.
    @strawberry.field(deprecation_reason="Ask subjectBy(input: {identifier: ...}).")  # type: ignore[untyped-decorator]
    async def subject_by_identifier(self, info: Info, scheme: str, value: str) -> Subject | None:
        """The subject that has an external identifier; null where none has.

        Args:
            info: What Strawberry hands over.
            scheme: Who gave the identifier, such as `school-roll`.
            value: The identifier, to the letter.
        """
        return await _subject(info.context, info.context.service.vault.subject_with(scheme, value))

    @strawberry.field
    def subjects(
        self, info: Info, kinds: list[SubjectKind] | None = None, first: int = FIRST, after: Cursor | None = None
    ) -> Connection[Subject]:
        """All subjects, in order of their plain ids.

        Args:
            info: What Strawberry hands over.
            kinds: Of these kinds; of all where left out.
            first: How many, 1 to 100.
            after: The cursor to go on from.
        """
        start = _SUBJECTS.id_after(after)
        held = info.context.reading.subjects(kinds=kinds or (), after=start, limit=first + 1)
        page = page_read(_SUBJECTS, [((subject.id,), subject) for subject in held], first, after)
        return page.shown([shown_subject(subject) for subject in page.held])

    @strawberry.field
    def search(
        self, info: Info, query: str, first: Annotated[int, strawberry.argument(metadata={MOST: HITS_MAX})] = 10
    ) -> list[SearchHit]:
        """Subjects by name: in characters, pinyin or letters, misspelt or not. The best first.

        Args:
            info: What Strawberry hands over.
            query: The name, or a part of it.
            first: How many, 1 to 50.
        """
        return hits(info.context, query, first)

    @strawberry.field
    async def record(self, info: Info, ref: str) -> Record | None:
        """A record by its plain id; null where there is none.

        Args:
            info: What Strawberry hands over.
            ref: The plain id.
        """
        held = await info.context.batchers.records.load(ref)
        return None if held is None else Record(held=held)

    @strawberry.field
    def records(
        self, info: Info, states: list[RecordState] | None = None, first: int = FIRST, after: Cursor | None = None
    ) -> Connection[Record]:
        """All records, in order of their plain ids.

        Args:
            info: What Strawberry hands over.
            states: In these states; in all where left out.
            first: How many, 1 to 100.
            after: The cursor to go on from.
        """
        return all_records_page(info.context, states, first, after)

    @strawberry.field
    async def tie(self, info: Info, ref: str) -> Tie | None:
        """A tie by its plain id, even where it has ended or was voided; null where there is none.

        Args:
            info: What Strawberry hands over.
            ref: The plain id.
        """
        held = await info.context.batchers.ties.load(ref)
        return None if held is None else Tie(held=held)

    @strawberry.field
    def standings(
        self,
        info: Info,
        scheme: str,
        *,
        as_of: date | None = None,
        known_at: Position | None = None,
        first: int = FIRST,
        after: Cursor | None = None,
    ) -> StandingsResult:
        """Where everybody stands in a scheme, in order of the subjects' plain ids.

        Args:
            info: What Strawberry hands over.
            scheme: The scheme's code.
            as_of: The day at whose end; the last day worked off where left out.
            known_at: Only what the journal knew up to this position; everything where left out.
            first: How many, 1 to 100.
            after: The cursor to go on from.
        """
        return standings_page(info.context, scheme, as_of=as_of, known_at=known_at, first=first, after=after)

    @strawberry.field
    def statement(
        self, info: Info, subject: str, scheme: str, as_of: date | None = None, known_at: Position | None = None
    ) -> StatementResult:
        """Why a subject stands where it does: every record and share that counts, and how they add up.

        Args:
            info: What Strawberry hands over.
            subject: The subject's plain id.
            scheme: The scheme's code.
            as_of: The day at whose end; the last day worked off where left out.
            known_at: Only what the journal knew up to this position; everything where left out.
        """
        return statement_at(info.context, subject, scheme, as_of, known_at)

    @strawberry.field
    def shares(
        self, info: Info, record: str, as_of: date | None = None, known_at: Position | None = None
    ) -> SharesResult:
        """What one record gives to whom for as long as it counts; with a day or position, what it gave then.

        Args:
            info: What Strawberry hands over.
            record: The record's plain id.
            as_of: The day at whose end: nothing where it did not count then.
            known_at: Only what the journal knew up to this position.
        """
        return shares_at(info.context, record, as_of, known_at)

    @strawberry.field
    def preview(self, info: Info, input: PreviewInput) -> PreviewResult:
        """What filing a behaviour would do to whom, if it counted today. Nothing is written.

        Args:
            info: What Strawberry hands over.
            input: The behaviour.
        """
        return previewed(info.context, input)

    @strawberry.field
    def what_if(
        self,
        info: Info,
        files: list[PolicyFileInput],
        scheme: str,
        *,
        as_of: date | None = None,
        first: int = FIRST,
        after: Cursor | None = None,
    ) -> WhatIfResult:
        """Who would stand where if another policy had held all along, and why. Nothing is touched.

        Args:
            info: What Strawberry hands over.
            files: The files of the changed policy; with `based_on` in its `policy.yaml`, those that differ.
            scheme: The scheme's code.
            as_of: The day at whose end; the last day worked off where left out.
            first: How many of those who move, 1 to 100.
            after: The cursor of `movers` to go on from.
        """
        return asked(info.context, files, scheme, as_of=as_of, first=first, after=after)

    @strawberry.field
    def schemes(self, info: Info, on: date | None = None) -> list[Scheme]:
        """The schemes that are in force, in order of code.

        Args:
            info: What Strawberry hands over.
            on: The day; the last day worked off where left out.
        """
        return schemes_on(info.context, on)

    @strawberry.field
    def scheme(self, info: Info, code: str, on: date | None = None) -> Scheme | None:
        """A scheme by its code; null where none is in force.

        Args:
            info: What Strawberry hands over.
            code: The scheme's code.
            on: The day; the last day worked off where left out.
        """
        return _scheme(info.context, code, on)

    @strawberry.field
    def rule(self, info: Info, scheme: str, code: str, on: date | None = None) -> Rule | None:
        """A rule by its code; null where none is in force.

        Args:
            info: What Strawberry hands over.
            scheme: The scheme's code.
            code: The rule's code.
            on: The day; the last day worked off where left out.
        """
        found = _scheme(info.context, scheme, on)
        held = None if found is None else found.held.rules.get(code)
        return None if held is None else Rule(held=held)

    @strawberry.field
    def head(self, info: Info) -> Head:
        """The end of the journal, on which this whole answer rests."""
        return shown_head(info.context)

    @strawberry.field
    def entries(self, info: Info, first: int = FIRST, after: Cursor | None = None) -> Connection[JournalEntry]:
        """The journal, in order.

        Args:
            info: What Strawberry hands over.
            first: How many, 1 to 100.
            after: The cursor to go on from.
        """
        return entries_page(info.context, first, after)


def _scheme(context: Context, code: str, on: date | None) -> Scheme | None:
    return next((scheme for scheme in schemes_on(context, on) if scheme.held.code == code), None)


async def _subject(context: Context, ref: str | None) -> Subject | None:
    held = None if ref is None else await context.batchers.subjects.load(ref)
    return None if held is None else shown_subject(held)


async def _node(context: Context, id_: str) -> Node | None:
    read = read_global_id(id_)
    if read is None:
        return None
    type_name, ref = read
    batchers = context.batchers
    found: Node | None = None
    match type_name:
        case "Tie":
            tie = await batchers.ties.load(ref)
            found = None if tie is None else Tie(held=tie)
        case "Record":
            record = await batchers.records.load(ref)
            found = None if record is None else Record(held=record)
        case "Consent":
            consent = await batchers.consents.load(ref)
            found = None if consent is None else Consent(held=consent)
        case "Waiver":
            waiver = await batchers.waivers.load(ref)
            found = None if waiver is None else Waiver(held=waiver)
        case "JournalEntry":
            entry = await batchers.entries.load(ref)
            found = None if entry is None else JournalEntry(held=entry)
        case _:
            found = await _subject(context, ref)
    # A global id that names another type than the thing has is nobody's.
    return found if type(found).__name__ == type_name else None


__all__: Sequence[str] = ["NODES_MAX", "Query"]
