"""Subscription: what can be followed. Every answer says its place in the journal, from which it can be gone on from."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

import strawberry

from graph_service.follower import Follower
from graph_service.lookups import following as lookup
from graph_service.lookups.book import moment_of, subject_of
from graph_service.lookups.standing import standings_of
from graph_service.model.happenings import Happening as KeptHappening
from graph_service.model.journal import Entry
from graph_service.model.records import Moment
from graph_service.model.standing import Standing as KeptStanding
from graph_service.ports.store import Reading
from schema.context import Context, Info, operator_of
from schema.happenings import Happening, Happenings
from schema.journal import JournalEntry
from schema.scalars import Position
from schema.standing import Standing

#: Entries that mean nothing to who follows, after which it is told how far the journal has come all the same: so that
#: it can go on from there, however quiet it was.
QUIET_MAX = 1_000


@strawberry.type
class StandingsChange:
    """Where subjects stand when the journal has come to a place: those of whom it was not told before."""

    seq: Position = strawberry.field(description="The place: what to give as `after` to go on from here.")
    standings: list[Standing] = strawberry.field(
        description="The standings that are new, in the order in which they were asked for. At first those of all; "
        "empty where nothing has changed for long, only to say how far the journal has come."
    )


@strawberry.type
class Subscription:
    """What can be followed. Nothing is missed and nothing told twice: who lost a connection goes on with `after`."""

    @strawberry.subscription
    async def journal(self, info: Info, after: Position | None = None) -> AsyncGenerator[JournalEntry, None]:
        """Every entry of the journal, in order.

        Args:
            info: What Strawberry hands over.
            after: The position behind which to begin, 0 for the first; the head where left out.
        """
        context, follower = _followed(info)
        position = await _start(follower, after)
        while True:
            for entry in await _next(follower, position):
                context.followed = position = entry.seq
                yield JournalEntry(held=entry)

    @strawberry.subscription
    async def standings(
        self, info: Info, subjects: list[str], scheme: str, after: Position | None = None
    ) -> AsyncGenerator[StandingsChange, None]:
        """Where subjects stand in a scheme: now, and then whenever it changes.

        A standing is a state: where entries follow each other faster than they are taken, the last state is told, with
        its place. Who needs every step between follows the journal.

        Args:
            info: What Strawberry hands over.
            subjects: The subjects' plain ids, at most 100.
            scheme: The scheme's code.
            after: The position up to which all was told: at first only what has changed since is.
        """
        context, follower = _followed(info)
        wanted = list(dict.fromkeys(subjects))
        told = await follower.read(partial(_told_before, wanted, scheme, after, follower.limits.behind))
        position = -1
        while True:
            await follower.beyond(position)
            moment, now = await follower.read(partial(_standings_now, wanted, scheme))
            changed = [held for held in now if told.get(held.subject) != held]
            if changed or position < 0 or moment.known_at - (context.followed or 0) >= QUIET_MAX:
                context.followed = moment.known_at
                told = {held.subject: held for held in now}
                yield StandingsChange(
                    seq=Position(moment.known_at), standings=[Standing(held=held, moment=moment) for held in changed]
                )
            position = moment.known_at

    @strawberry.subscription
    async def feed(self, info: Info, group: str, after: Position | None = None) -> AsyncGenerator[Happenings, None]:
        """What happens to a group and to those who are in it: records that enter or leave force, and ties.

        Args:
            info: What Strawberry hands over.
            group: The plain id of the study group, family, class, team or association.
            after: The position behind which to begin; the head where left out.
        """
        context, follower = _followed(info)
        await follower.read(partial(subject_of, id_=group, field="group"))
        context.followed = position = await _start(follower, after)
        while True:
            await follower.beyond(position)
            for entry, found in await follower.read(partial(_feed, group, position, follower.limits.behind)):
                position = entry.seq
                if found or position - context.followed >= QUIET_MAX:
                    context.followed = position
                    yield Happenings(
                        seq=Position(position),
                        entry=JournalEntry(held=entry),
                        happenings=[Happening(held=held) for held in found],
                    )


def _followed(info: Info) -> tuple[Context, Follower]:
    """Give what a subscription works with.

    This is THE place where it is asked what a viewer may follow. Until operators sign in, all may follow all.
    """
    operator_of(info.context)
    assert info.context.follower is not None
    return info.context, info.context.follower


async def _start(follower: Follower, after: int | None) -> int:
    return await follower.read(partial(lookup.start_of, after=after, most=follower.limits.behind))


async def _next(follower: Follower, position: int) -> list[Entry]:
    """Wait for entries behind a position."""
    await follower.beyond(position)
    return await follower.read(partial(lookup.entries_behind, position=position, most=follower.limits.behind))


def _feed(group: str, position: int, most: int, reading: Reading) -> list[tuple[Entry, list[KeptHappening]]]:
    entries = lookup.entries_behind(reading, position, most=most)
    return list(zip(entries, lookup.happenings_in(reading, group, entries), strict=True))


def _told_before(
    subjects: list[str], scheme: str, after: int | None, most: int, reading: Reading
) -> dict[str, KeptStanding]:
    for subject in subjects:
        subject_of(reading, subject, field="subjects")
    if after is None:
        return {}
    return dict(lookup.standings_then(reading, subjects, scheme, lookup.start_of(reading, after, most=most)))


def _standings_now(subjects: list[str], scheme: str, reading: Reading) -> tuple[Moment, list[KeptStanding]]:
    moment = moment_of(reading)
    held = standings_of(reading, subjects, scheme, moment)
    return moment, [held[subject] for subject in subjects]
