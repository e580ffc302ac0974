"""The vault in SQLite: encrypted items in one file, their keys in another, a blind index to find.

Every writer locks the items and then the keys, and commits the keys first. So an item never lacks
its key, and an erased person is unreadable before the rows are gone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import orjson

from graph_service.errors import IdentifierTaken
from graph_service.ports.vault import DataClass, NameHit, Profile, VaultItem
from graph_service.vault import names
from graph_service.vault.blind_index import BlindIndex
from graph_service.vault.files import VaultFiles, open_files, refusing
from graph_service.vault.items import (
    CLASS_NUMBERS,
    IDENTITY,
    PROFILE,
    DataKey,
    Place,
    SealedItems,
)
from graph_service.vault.refusals import ErasureUnfinished

_SUBJECTS_PER_SWEEP = 1_000


def open_vault(address: str, *, clock: Callable[[], int], master_key: Path | None = None) -> SqliteVault:
    """Open the vault at `address`, or make it where there is none.

    `clock` gives whole seconds since any fixed moment; only its differences matter. For the
    address, the files and the refusals see `files.open_files`.

    >>> vault = open_vault("sqlite://", clock=lambda: 0)
    >>> vault.put_profiles({"p1": Profile(name="王小明")})
    >>> [(hit.subject, hit.score) for hit in vault.find("wang xiaoming", limit=5)]
    [('p1', 95)]
    """
    return SqliteVault(open_files(address, master_key=master_key), clock=clock)


class SqliteVault:
    """A `graph_service.ports.vault.Vault`. Several threads may use it; it serves one at a time."""

    def __init__(self, files: VaultFiles, *, clock: Callable[[], int]) -> None:
        self._files = files
        self._sealed = SealedItems(files)
        self._index = BlindIndex(files, self._sealed)
        self._clock = clock
        self._lock = threading.RLock()

    def put(self, items: Sequence[VaultItem]) -> None:
        """Keep `items`, all or none; see the port."""
        for item in items:
            is_profile = item.data_class is DataClass.IDENTITY and item.ref == PROFILE
            assert not is_profile, "profiles go through put_profiles"
        if not items:
            return
        with self._writing():
            entered = self._sealed.enter((item.subject for item in items), put_at=self._clock())
            for item in items:
                number, _ = entered[item.subject]
                place = Place(item.subject, CLASS_NUMBERS[item.data_class], item.ref)
                key = self._sealed.key_for(number, place)
                self._sealed.write([(number, place, item.content, key)])

    def read(
        self, subjects: Collection[str], data_class: DataClass, ref: str | None = None
    ) -> Mapping[tuple[str, str], bytes]:
        """Open the items of one class; see the port."""
        found = {}
        with self._reading():
            for subject in subjects:
                for item in self._sealed.of_subject(subject, CLASS_NUMBERS[data_class], ref):
                    content = self._sealed.open(item)
                    if content is not None:
                        found[subject, item.place.ref] = content
        return found

    def put_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Keep profiles and make them findable; see the port."""
        if not profiles:
            return
        with self._writing():
            self._check_identifiers(profiles)
            numbers = self._sealed.enter(profiles, put_at=self._clock())
            for subject, (number, is_new) in numbers.items():
                if not is_new:
                    self._index.leave(subject, number)
            places = {subject: Place(subject, IDENTITY, PROFILE) for subject in profiles}
            fresh = [subject for subject, (_, is_new) in numbers.items() if is_new]
            held = dict(zip(fresh, self._sealed.new_keys([places[subject] for subject in fresh]), strict=True))
            entered: dict[str, tuple[int, DataKey]] = {}
            for subject, (number, _) in numbers.items():
                entered[subject] = number, held.get(subject) or self._sealed.key_for(number, places[subject])
            self._sealed.write(
                (entered[subject][0], places[subject], _packed(profile), entered[subject][1])
                for subject, profile in profiles.items()
            )
            self._index.enter(profiles, entered)

    def profiles_of(self, subjects: Collection[str]) -> Mapping[str, Profile]:
        """Open the profiles of `subjects`; see the port."""
        found = self.read(subjects, DataClass.IDENTITY, PROFILE)
        return {subject: _unpacked(content) for (subject, _), content in found.items()}

    def find(self, query: str, *, limit: int) -> list[NameHit]:
        """Find persons by name; see the port."""
        with self._reading():
            profiles = self._profiles_at(self._index.candidates(query))
        asked = names.Query.of(query)
        hits = []
        for subject, profile in profiles.items():
            fit = None if profile.name is None else names.fit(asked, profile.name)
            if profile.name is not None and fit is not None:
                score, reason = fit
                hits.append(NameHit(subject=subject, name=profile.name, score=score, reason=reason))
        hits.sort(key=lambda hit: (-hit.score, hit.subject))
        return hits[:limit]

    def subject_with(self, scheme: str, value: str) -> str | None:
        """Tell whose external identifier this is; see the port."""
        with self._reading():
            return self._holder(scheme, value, besides=frozenset())

    def pseudonym(self, text: str) -> str:
        """Give digits that stand for a text; see the port."""
        return self._files.master.pseudonym(text)

    def born_on(self, day: date) -> list[str]:
        """Tell who was born on a day; see the port."""
        with self._reading():
            found = self._profiles_at(self._index.may_be_born(day))
        return sorted(subject for subject, profile in found.items() if profile.born_on == day)

    def erase(self, subject: str) -> None:
        """Destroy everything of `subject` without a trace; see the port."""
        with self._writing():
            self._destroy(subject)
        self._overwrite_traces(subject)

    def sweep(self, is_known: Callable[[Collection[str]], Collection[str]], *, grace_seconds: int) -> int:
        """Erase the subjects that the journal never came to know; see the port."""
        put_at = self._clock() - grace_seconds
        last, swept = 0, 0
        while page := self._written_before(put_at, after=last):
            # The journal is asked outside of our locks, so look again at who is still untouched.
            known = set(is_known(list(page.values())))
            with self._writing():
                untouched = self._written_before(put_at, after=last)
                orphans = [subject for number, subject in page.items() if number in untouched and subject not in known]
                for subject in orphans:
                    self._destroy(subject)
            if orphans:
                self._overwrite_traces(orphans[0])
            swept += len(orphans)
            last = max(page)
        return swept

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._files.items.close()
            self._files.keys.close()

    def _check_identifiers(self, profiles: Mapping[str, Profile]) -> None:
        """Refuse a (scheme, value) pair that another subject has, here or among `profiles`."""
        holders: dict[tuple[str, str], str] = {}
        for subject, profile in profiles.items():
            for scheme, value in profile.identifiers.items():
                holder = holders.setdefault((scheme, value), subject)
                if holder == subject:
                    holder = self._holder(scheme, value, besides=profiles.keys()) or subject
                if holder != subject:
                    raise IdentifierTaken(subject=subject, scheme=scheme, holder=holder)

    def _holder(self, scheme: str, value: str, *, besides: Collection[str]) -> str | None:
        numbers = self._index.may_hold(scheme, value)
        for subject, profile in self._profiles_at(numbers).items():
            if subject not in besides and profile.identifiers.get(scheme) == value:
                return subject
        return None

    def _profiles_at(self, numbers: Collection[int]) -> dict[str, Profile]:
        subjects = (self._sealed.subject_of(number) for number in numbers)
        return dict(self.profiles_of([subject for subject in subjects if subject is not None]))

    def _written_before(self, put_at: int, *, after: int) -> dict[int, str]:
        with self._reading():
            rows = self._sealed.written_before(put_at, after=after, most=_SUBJECTS_PER_SWEEP)
        return dict(rows)

    def _destroy(self, subject: str) -> None:
        number = self._sealed.number_of(subject)
        if number is not None:
            self._index.leave(subject, number)
            self._sealed.destroy(number)

    def _overwrite_traces(self, subject: str) -> None:
        """Move the write-ahead logs into the databases and empty them.

        Until then they hold older copies of the pages that were overwritten.
        """
        with self._reading():
            for connection in (self._files.keys, self._files.items):
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0]
                if busy:
                    raise ErasureUnfinished(subject=subject, path=self._files.path)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, refusing(self._files.path):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        items, keys = self._files.items, self._files.keys
        with self._lock, refusing(self._files.path):
            try:
                items.execute("BEGIN IMMEDIATE")
                keys.execute("BEGIN IMMEDIATE")
                yield
                keys.execute("COMMIT")
                items.execute("COMMIT")
            except BaseException:
                for connection in (keys, items):
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                raise


def _packed(profile: Profile) -> bytes:
    content = {
        "born_on": None if profile.born_on is None else profile.born_on.isoformat(),
        "identifiers": dict(profile.identifiers),
        "name": profile.name,
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def _unpacked(content: bytes) -> Profile:
    kept = orjson.loads(content)
    born_on = kept["born_on"]
    return Profile(
        name=kept["name"],
        born_on=None if born_on is None else date.fromisoformat(born_on),
        identifiers=kept["identifiers"],
    )
