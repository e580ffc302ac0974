"""What a page knows and changes before the server hears of it.

There are no savepoints in Neo4j, and every statement is a way to the server and back. So a page keeps what it changes
to itself and writes it with few statements: when the page ends, or when a question is asked that only the server can
answer. A request that is refused is taken back here; what of it was written is written over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Held = TypeVar("Held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Generic[Key, Held]):
    """What becomes of one thing: as the server has it, and as it is to be; None where it is absent."""

    key: Key
    before: Held | None
    after: Held | None


#: Takes a change back.
TakeBack = Callable[[], None]


@dataclass(slots=True)
class Sheet(Generic[Key, Held]):
    """All that a page knows of things of one kind, by key."""

    #: What it is called in an image.
    name: str
    #: Asks the server for things; what it does not have is not in the answer.
    ask: Callable[[Collection[Key]], Mapping[Key, Held]]
    now: dict[Key, Held | None] = field(default_factory=dict)
    #: As the server has it.
    written: dict[Key, Held | None] = field(default_factory=dict)
    #: As the server had it, of what has been written.
    first: dict[Key, Held | None] = field(default_factory=dict)
    #: What may differ, in the order in which it changed.
    changed: dict[Key, None] = field(default_factory=dict)

    def learn(self, found: Mapping[Key, Held | None]) -> None:
        """Note what the server has, where that is not known better."""
        for key, held in found.items():
            if key not in self.written:
                self.written[key] = held
            self.now.setdefault(key, held)

    def find(self, keys: Iterable[Key]) -> dict[Key, Held]:
        """Give things as they are now; the server is asked for those that are not known."""
        wanted = list(dict.fromkeys(keys))
        asked = [key for key in wanted if key not in self.now]
        if asked:
            found = self.ask(asked)
            self.learn({key: found.get(key) for key in asked})
        return {key: held for key in wanted if (held := self.now[key]) is not None}

    def put(self, key: Key, held: Held | None) -> TakeBack:
        """Change a thing; what comes back takes the change back."""
        known = key in self.now
        before = self.now.get(key)
        self.now[key] = held
        self.changed[key] = None

        def take_back() -> None:
            if known or key in self.first:
                self.now[key] = before if known else self.first[key]
                self.changed[key] = None
            else:
                # Nobody asked for it, and nothing of it was written.
                del self.now[key]
                self.changed.pop(key, None)
                self.written.pop(key, None)

        return take_back

    def changes(self) -> list[Change[Key, Held]]:
        """Say what has to be written, and note it as written."""
        changed = list(self.changed)
        unknown = [key for key in changed if key not in self.written]
        if unknown:
            held = self.ask(unknown)
            self.written.update({key: held.get(key) for key in unknown})
        found = [
            Change(key=key, before=self.written[key], after=self.now[key])
            for key in changed
            if self.written[key] != self.now[key]
        ]
        for change in found:
            self.first.setdefault(change.key, change.before)
            self.written[change.key] = change.after
        self.changed.clear()
        return found

    def forget(self) -> None:
        """Forget all that is written anyway."""
        assert not self.changed
        self.now.clear()
        self.written.clear()
        self.first.clear()
