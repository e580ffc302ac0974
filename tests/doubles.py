"""Stand-ins for what lies outside: a clock that is moved by hand, and a vault that is a dictionary."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from graph_service.ports.vault import DataClass, NameHit, Profile, VaultItem


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    day: date

    def today(self) -> date:
        return self.day

    def move(self, days: int) -> None:
        self.day += timedelta(days=days)


@dataclass
class PlainVault:
    """Keeps profiles and items as they are, for tests that are not about the vault."""

    items: dict[tuple[str, DataClass, str], bytes] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)

    def put(self, items: Sequence[VaultItem]) -> None:
        for item in items:
            self.items[item.subject, item.data_class, item.ref] = item.content

    def read(
        self, subjects: Collection[str], data_class: DataClass, ref: str | None = None
    ) -> Mapping[tuple[str, str], bytes]:
        return {
            (subject, name): content
            for (subject, kept_as, name), content in self.items.items()
            if subject in subjects and kept_as is data_class and ref in {None, name}
        }

    def put_profiles(self, profiles: Mapping[str, Profile]) -> None:
        self.profiles.update(profiles)

    def profiles_of(self, subjects: Collection[str]) -> Mapping[str, Profile]:
        return {subject: self.profiles[subject] for subject in subjects if subject in self.profiles}

    def find(self, query: str, *, limit: int) -> list[NameHit]:
        return [
            NameHit(subject=subject, name=profile.name or "", score=100, reason="exact")
            for subject, profile in sorted(self.profiles.items())
            if profile.name == query
        ][:limit]

    def subject_with(self, scheme: str, value: str) -> str | None:
        holders = [subject for subject, profile in self.profiles.items() if profile.identifiers.get(scheme) == value]
        return holders[0] if holders else None

    def pseudonym(self, text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def born_on(self, day: date) -> list[str]:
        return sorted(subject for subject, profile in self.profiles.items() if profile.born_on == day)

    def erase(self, subject: str) -> None:
        self.profiles.pop(subject, None)
        self.items = {key: content for key, content in self.items.items() if key[0] != subject}

    def sweep(self, is_known: Callable[[Collection[str]], Collection[str]], *, grace_seconds: int) -> int:
        orphans = set(self.profiles) - set(is_known(list(self.profiles)))
        for subject in orphans:
            self.erase(subject)
        return len(orphans)

    def close(self) -> None:
        """There is nothing to let go of."""
