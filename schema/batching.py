"""Batchers: what many resolvers ask for one by one is read from the store at once. Made anew for every operation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from strawberry.dataloader import DataLoader

from graph_service.errors import Refusal
from graph_service.lookups.standing import standings_of
from graph_service.model.consents import Consent, Waiver
from graph_service.model.journal import Entry
from graph_service.model.records import Moment, Record
from graph_service.model.standing import Standing
from graph_service.model.subjects import Subject
from graph_service.model.ties import Tie
from graph_service.ports.store import Reading, TiesHeld
from graph_service.ports.vault import Vault

Found = TypeVar("Found")

#: Whose ties, and which of them.
TiesKey = tuple[str, TiesHeld]

#: Whose standing, in which scheme, when.
StandingKey = tuple[str, str, Moment]


def _one_by(read: Callable[[Collection[str]], Mapping[str, Found]]) -> DataLoader[str, Found | None]:
    async def load(ids: list[str]) -> Sequence[Found | None]:
        found = read(ids)
        return [found.get(id_) for id_ in ids]

    return DataLoader(load_fn=load)


def _many_by(read: Callable[[Collection[str]], Mapping[str, list[Found]]]) -> DataLoader[str, list[Found]]:
    async def load(ids: list[str]) -> Sequence[list[Found]]:
        found = read(ids)
        return [found.get(id_, []) for id_ in ids]

    return DataLoader(load_fn=load)


class Batchers:
    """One batcher per question, named *what by what*."""

    subjects: DataLoader[str, Subject | None]
    names: DataLoader[str, str | None]
    ties: DataLoader[str, Tie | None]
    ties_held: DataLoader[TiesKey, list[Tie]]
    consents: DataLoader[str, Consent | None]
    consents_by: DataLoader[str, list[Consent]]
    waivers: DataLoader[str, Waiver | None]
    waivers_for: DataLoader[str, list[Waiver]]
    records: DataLoader[str, Record | None]
    records_about: DataLoader[str, list[Record]]
    entries: DataLoader[str, Entry | None]
    standings: DataLoader[StandingKey, Standing]

    def __init__(self, reading: Reading, vault: Vault) -> None:
        self._reading = reading
        self._vault = vault
        self.subjects = _one_by(reading.subjects_of)
        self.names = _one_by(self._names_of)
        self.ties = _one_by(reading.ties_of)
        self.ties_held = DataLoader(load_fn=self._ties_at)
        self.consents = _one_by(reading.consents_of)
        self.consents_by = _many_by(reading.consents_by)
        self.waivers = _one_by(reading.waivers_of)
        self.waivers_for = _many_by(reading.waivers_for)
        self.records = _one_by(reading.records_of)
        self.records_about = _many_by(reading.records_about)
        self.entries = _one_by(reading.entries_of)
        self.standings = DataLoader(load_fn=self._standings_of)

    def _names_of(self, ids: Collection[str]) -> Mapping[str, str]:
        profiles = self._vault.profiles_of(ids)
        return {id_: profile.name for id_, profile in profiles.items() if profile.name is not None}

    async def _ties_at(self, keys: list[TiesKey]) -> Sequence[list[Tie]]:
        wanted: dict[TiesHeld, list[str]] = {}
        for subject, question in keys:
            wanted.setdefault(question, []).append(subject)
        found = {question: self._reading.ties_held(subjects, question) for question, subjects in wanted.items()}
        return [found[question].get(subject, []) for subject, question in keys]

    async def _standings_of(self, keys: list[StandingKey]) -> Sequence[Standing | BaseException]:
        wanted: dict[tuple[str, Moment], list[str]] = {}
        for subject, scheme, moment in keys:
            wanted.setdefault((scheme, moment), []).append(subject)
        found: dict[StandingKey, Standing | BaseException] = {}
        for (scheme, moment), subjects in wanted.items():
            try:
                standings = standings_of(self._reading, subjects, scheme, moment)
            except Refusal as refusal:
                # One scheme that is not there takes nothing from those who asked for another.
                found.update({(subject, scheme, moment): refusal for subject in subjects})
            else:
                found.update({(subject, scheme, moment): standings[subject] for subject in subjects})
        return [found[key] for key in keys]
