"""The blind index: where a subject is listed, and who is worth opening for a query."""

from __future__ import annotations

import heapq
import struct
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from graph_service.ports.vault import Profile
from graph_service.vault import names, postings
from graph_service.vault.files import VaultFiles
from graph_service.vault.items import PLACES, DataKey, Place, SealedItems

#: How many profiles a search opens at most, and how many entries of the index it reads.
CANDIDATES_MOST = 500
POSTINGS_READ_MOST = 200_000

_PLACES_REF = "places"
_CHUNK_BYTES = 4
# Birth days are marked like identifiers, under a scheme that no column of a file can name.
_BIRTH = "\x00born_on"


class BlindIndex:
    """Lists subjects under marks of their names and identifiers, by number.

    A subject's places in it are kept as an item under the subject's identity key: that is how it
    is taken out again, even if names are cut into other pieces one day.
    """

    def __init__(self, files: VaultFiles, sealed: SealedItems) -> None:
        self._items = files.items
        self._master = files.master
        self._sealed = sealed

    def enter(self, profiles: Mapping[str, Profile], entered: Mapping[str, tuple[int, DataKey]]) -> None:
        """List subjects that are not listed now; `entered` has their numbers and identity keys."""
        bearers: defaultdict[int, list[int]] = defaultdict(list)
        for subject, profile in profiles.items():
            number = entered[subject][0]
            for mark in self._marks(profile):
                bearers[mark].append(number)
        chunks_of = postings.add(self._items, bearers)
        self._sealed.write(
            (number, Place(subject, PLACES, _PLACES_REF), _packed(chunks_of.get(number, [])), key)
            for subject, (number, key) in entered.items()
        )

    def leave(self, subject: str, number: int) -> None:
        """Take a subject out."""
        for item in self._sealed.of_subject(subject, PLACES, _PLACES_REF):
            content = self._sealed.open(item)
            if content is None:
                # An erasure was cut off between its two commits: the places are unreadable.
                postings.remove_everywhere(self._items, number)
                return
            chunks = struct.unpack(f"<{len(content) // _CHUNK_BYTES}I", content)
            postings.remove(self._items, number, chunks)

    def candidates(self, query: str) -> list[int]:
        """Choose whom to open: those who share most marks with the query, the most first.

        The rarest marks are read first and the commonest not at all once enough was read, so that
        the work does not grow with the number of names.
        """
        marks = names.query_marks(self._master, query)
        sizes = sorted((postings.chunk_count(self._items, mark), mark) for mark in marks)
        shared: Counter[int] = Counter()
        left = POSTINGS_READ_MOST
        for _, mark in sizes:
            if left <= 0:
                break
            found = postings.bearers(self._items, mark, most=left)
            shared.update(found)
            left -= len(found)
        best = heapq.nsmallest(CANDIDATES_MOST, ((-count, number) for number, count in shared.items()))
        return [number for _, number in best]

    def may_hold(self, scheme: str, value: str) -> list[int]:
        """List who may have this identifier, and perhaps others whose identifier has its mark."""
        mark = names.identifier_mark(self._master, scheme, value)
        return postings.bearers(self._items, mark, most=POSTINGS_READ_MOST)

    def may_be_born(self, day: date) -> list[int]:
        """List who may be born on a day, and perhaps others who share its mark."""
        return postings.bearers(self._items, self._birth_mark(day), most=POSTINGS_READ_MOST)

    def _birth_mark(self, day: date) -> int:
        return names.identifier_mark(self._master, _BIRTH, day.isoformat())

    def _marks(self, profile: Profile) -> set[int]:
        marks = {names.identifier_mark(self._master, scheme, value) for scheme, value in profile.identifiers.items()}
        if profile.born_on is not None:
            marks.add(self._birth_mark(profile.born_on))
        if profile.name is not None:
            marks |= names.name_marks(self._master, profile.name)
        return marks


def _packed(chunks: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(chunks)}I", *chunks)
