"""Happenings: what an entry of the journal means for a group and those who are in it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from graph_service.model.happenings import Happening as KeptHappening
from schema.context import Info
from schema.enums import HappeningKind
from schema.journal import JournalEntry
from schema.records import Record
from schema.scalars import Position
from schema.showing import load_subject
from schema.subjects import Subject
from schema.ties import Tie


@strawberry.type
class Happening:
    """One thing that happened to a member of a group, or to the group itself."""

    held: strawberry.Private[KeptHappening]

    @strawberry.field
    def kind(self) -> HappeningKind:
        """What happened."""
        return self.held.kind

    @strawberry.field
    async def subject(self, info: Info) -> Annotated[Subject, strawberry.lazy("schema.subjects")]:
        """To whom: the member, or the group itself."""
        return await load_subject(info.context, self.held.subject)

    @strawberry.field
    def on(self) -> date:
        """The day from which on it is so."""
        return self.held.on

    @strawberry.field
    async def record(self, info: Info) -> Record | None:
        """What entered or left force, as it is now; null where it is a tie."""
        held = None if self.held.record is None else await info.context.batchers.records.load(self.held.record)
        return None if held is None else Record(held=held)

    @strawberry.field
    async def tie(self, info: Info) -> Tie | None:
        """What was opened, closed or voided, as it is now; null where it is a record."""
        held = None if self.held.tie is None else await info.context.batchers.ties.load(self.held.tie)
        return None if held is None else Tie(held=held)


@strawberry.type
class Happenings:
    """What one entry of the journal means for a group and those who are in it."""

    seq: Position = strawberry.field(description="Its place: what to give as `after` to go on from here.")
    entry: JournalEntry = strawberry.field(description="The entry.")
    happenings: list[Happening] = strawberry.field(
        description="What it means. Empty where nothing has for long: only to say how far the feed has come."
    )
