"""The vault: the one place for names, identifiers, birth days, contacts and free text of persons.

Everything else knows subjects by opaque ids. What is asked of a vault is here; how it is kept is
in `graph_service.vault`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal, Protocol

#: Why a name was found: by its own letters or characters; by how its characters are read; across
#: scripts or accents; or because it is spelt nearly like the query.
HitReason = Literal["exact", "pinyin", "transliterated", "misspelt"]


class DataClass(StrEnum):
    """What an item is about. Each class of each subject has a key of its own."""

    IDENTITY = "identity"
    CONTACT = "contact"
    TEXT = "text"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultItem:
    """One thing kept about a subject. (subject, data class, ref) names it.

    >>> item = VaultItem(subject="p1", data_class=DataClass.TEXT, ref="e7", content=b"Helped.")
    """

    #: The opaque id of the person that the content is about.
    subject: str
    data_class: DataClass
    #: Tells items of one class apart, such as the id of the entry that a text belongs to. It is
    #: kept in the clear, so it says nothing about the person.
    ref: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who a person is. None of it shows in a `repr`, so that none of it reaches a log.

    >>> Profile(name="王小明", born_on=date(2012, 3, 4), identifiers={"school-roll": "2019-0417"})
    Profile()
    """

    name: str | None = field(default=None, repr=False)
    born_on: date | None = field(default=None, repr=False)
    #: The value by scheme, such as a roll number by school.
    identifiers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHit:
    """A person whose name fits what was looked for."""

    subject: str
    name: str = field(repr=False)
    #: How well it fits: 100 is the name as it is written, and below 60 nothing is reported.
    score: int
    reason: HitReason


class Vault(Protocol):
    """Keeps what is personal, and forgets it for good.

    A vault is written first and the journal second. A crash between the two leaves items of a
    subject that nobody knows, and `sweep` takes them away.
    """

    def put(self, items: Sequence[VaultItem]) -> None:
        """Keep `items`, all or none, durably; an item of the same name is replaced.

        Putting the same items twice is putting them once, so after an error ask again. Profiles
        go through `put_profiles`, which also makes them findable.
        """

    def read(
        self, subjects: Collection[str], data_class: DataClass, ref: str | None = None
    ) -> Mapping[tuple[str, str], bytes]:
        """Open the items of one class, by (subject, ref), in no order.

        Without `ref`, every item of the class is opened. What is not there, or was erased, is
        left out.
        """

    def put_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Keep the profile of each subject id, all or none, durably, and make it findable.

        A profile replaces the one before it as a whole.

        Raises:
            Refusal: `identifier_taken`, when a (scheme, value) pair is another subject's.
        """

    def profiles_of(self, subjects: Collection[str]) -> Mapping[str, Profile]:
        """Open the profiles of `subjects`; who has none is left out."""

    def find(self, query: str, *, limit: int) -> list[NameHit]:
        """Find persons by name: the best first, then by subject id; at most `limit`.

        A query is characters, pinyin with or without tones and spaces, or letters, surname first
        or last, and may be misspelt. At most some hundreds of candidates are opened, so a very
        common surname alone does not list everybody who bears it.
        """

    def subject_with(self, scheme: str, value: str) -> str | None:
        """Tell whose external identifier (scheme, value) is, to the letter; None if nobody's."""

    def pseudonym(self, text: str) -> str:
        """Give 20 hexadecimal digits that stand for a text.

        The same text gives the same ones, and whoever lacks the vault's key cannot tell which text it was by trying.
        """

    def born_on(self, day: date) -> list[str]:
        """Tell who was born on a day, in order of subject id: who comes of age on a later one."""

    def erase(self, subject: str) -> None:
        """Destroy the keys of `subject`, then its items, and every trace of both in the files.

        Erasing again, or a subject that is not here, finishes what may be unfinished.

        Raises:
            Refusal: `erasure_unfinished`, when another process still reads the old pages.
        """

    def sweep(self, is_known: Callable[[Collection[str]], Collection[str]], *, grace_seconds: int) -> int:
        """Erase the subjects that the journal never came to know, and say how many there were.

        `is_known` answers those ids, of the ones asked about, that the journal knows. Subjects
        written in the last `grace_seconds` are left alone: their journal entry may be on its way.
        """

    def close(self) -> None:
        """Let go of the files. Nothing else may be asked afterwards."""
