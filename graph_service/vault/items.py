"""Sealed items: what is kept of a subject, each under the key of its subject and class.

Nothing here begins or ends a transaction; `graph_service.vault.sqlite` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from graph_service.ports.vault import DataClass
from graph_service.vault import keys
from graph_service.vault.files import VaultFiles
from graph_service.vault.refusals import VaultDamaged

#: Stored numbers; they never change.
CLASS_NUMBERS = {
    DataClass.IDENTITY: 1,
    DataClass.CONTACT: 2,
    DataClass.TEXT: 3,
    DataClass.EVIDENCE: 4,
}
IDENTITY = CLASS_NUMBERS[DataClass.IDENTITY]

#: Where a subject stands in the blind index. It is an item under the identity key, so that it dies
#: with it, and of a class that the port cannot ask for.
PLACES = 0

#: The ref of the identity item that is a profile.
PROFILE = "profile"


class Place(NamedTuple):
    """Where an item is. Its content opens in this place only."""

    subject: str
    class_number: int
    ref: str

    def name(self) -> bytes:
        """Name the place so that no two places share a name, whatever is in a ref."""
        return orjson.dumps([self.subject, self.class_number, self.ref])

    def key_owner(self) -> bytes:
        """Name whom and what the key of this place is for."""
        return orjson.dumps([self.subject, self.class_number or IDENTITY])


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """The key of a subject's class of data, open."""

    number: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedItem:
    """An item as it is stored."""

    place: Place
    key_number: int
    content: bytes = field(repr=False)


class SealedItems:
    """The subjects, items and data keys of a vault."""

    def __init__(self, files: VaultFiles) -> None:
        self._items = files.items
        self._keys = files.keys
        self._master = files.master

    def enter(self, subjects: Iterable[str], *, put_at: int) -> dict[str, tuple[int, bool]]:
        """Give each subject's number, and whether it is new; note that they are written to now."""
        wanted = list(dict.fromkeys(subjects))
        rows: list[Any] = self._items.execute(
            "SELECT subject, number FROM subjects WHERE subject IN (SELECT value FROM json_each(?))",
            (orjson.dumps(wanted).decode(),),
        ).fetchall()
        known: dict[str, int] = dict(rows)
        self._items.executemany(
            "UPDATE subjects SET put_at = ? WHERE number = ?", [(put_at, number) for number in known.values()]
        )
        # Numbers are never given twice, not even those of subjects that were erased.
        last: int = self._items.execute("SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'subjects'").get
        new = {subject: last + place for place, subject in enumerate((one for one in wanted if one not in known), 1)}
        self._items.executemany(
            "INSERT INTO subjects (number, subject, put_at) VALUES (?, ?, ?)",
            [(number, subject, put_at) for subject, number in new.items()],
        )
        return {subject: (known.get(subject) or new[subject], subject in new) for subject in wanted}

    def number_of(self, subject: str) -> int | None:
        """Give the subject's number, if it has one."""
        number: int | None = self._items.execute("SELECT number FROM subjects WHERE subject = ?", (subject,)).get
        return number

    def key_for(self, number: int, place: Place) -> DataKey:
        """Give the data key for a place of the subject with `number`; make one if it has none.

        Raises:
            VaultDamaged: it has one, which does not open.
        """
        key_number = self._key_number(number, place.class_number)
        if key_number is not None:
            secret = self._secret(key_number, place)
            if secret is not None:
                return DataKey(number=key_number, secret=secret)
        return self.new_keys([place])[0]

    def new_keys(self, places: Sequence[Place]) -> list[DataKey]:
        """Make a data key for each of several places, whose subjects and classes have none."""
        last: int = self._keys.execute("SELECT ifnull(max(key_number), 0) FROM data_keys").get
        made = [DataKey(number=number, secret=keys.new_key()) for number in range(last + 1, last + 1 + len(places))]
        self._keys.executemany(
            "INSERT INTO data_keys (key_number, wrapped) VALUES (?, ?)",
            [
                (key.number, self._master.wrap(place.key_owner(), key.secret))
                for key, place in zip(made, places, strict=True)
            ],
        )
        return made

    def write(self, contents: Iterable[tuple[int, Place, bytes, DataKey]]) -> None:
        """Seal contents and store each, by its subject's number, instead of what was in its place."""
        self._items.executemany(
            "INSERT INTO items (number, data_class, ref, key_number, content) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (number, data_class, ref) "
            "DO UPDATE SET key_number = excluded.key_number, content = excluded.content",
            [
                (number, place.class_number, place.ref, key.number, keys.seal(key.secret, content, place.name()))
                for number, place, content, key in contents
            ],
        )

    def of_subject(self, subject: str, class_number: int, ref: str | None = None) -> list[SealedItem]:
        """List a subject's items of a class, or the one with `ref`."""
        rows: list[tuple[Any, ...]] = self._items.execute(
            "SELECT ref, key_number, content FROM items "
            "WHERE number = (SELECT number FROM subjects WHERE subject = ?1) AND data_class = ?2 "
            "AND (?3 IS NULL OR ref = ?3)",
            (subject, class_number, ref),
        ).fetchall()
        return [
            SealedItem(place=Place(subject, class_number, found), key_number=key_number, content=content)
            for found, key_number, content in rows
        ]

    def subject_of(self, number: int) -> str | None:
        """Give the subject with this number, unless it was erased."""
        subject: str | None = self._items.execute("SELECT subject FROM subjects WHERE number = ?", (number,)).get
        return subject

    def open(self, item: SealedItem) -> bytes | None:
        """Decrypt an item; None if its key was destroyed.

        Raises:
            VaultDamaged: its key was never there, or key and content do not belong together.
        """
        secret = self._secret(item.key_number, item.place)
        if secret is None:
            return None
        content = keys.unseal(secret, item.content, item.place.name())
        if content is None:
            raise _damaged(item.place)
        return content

    def destroy(self, number: int) -> None:
        """Overwrite a subject's data keys where they stand, then remove its rows."""
        numbers = self._items.execute("SELECT DISTINCT key_number FROM items WHERE number = ?", (number,)).fetchall()
        self._keys.executemany(
            "UPDATE data_keys SET wrapped = ? WHERE key_number = ?",
            [(keys.DESTROYED, key_number) for (key_number,) in numbers],
        )
        self._items.execute("DELETE FROM items WHERE number = ?", (number,))
        self._items.execute("DELETE FROM subjects WHERE number = ?", (number,))

    def written_before(self, put_at: int, *, after: int, most: int) -> list[tuple[int, str]]:
        """List number and id of subjects last written at `put_at` or before, by number."""
        rows: list[Any] = self._items.execute(
            "SELECT number, subject FROM subjects WHERE number > ? AND put_at <= ? ORDER BY number LIMIT ?",
            (after, put_at, most),
        ).fetchall()
        return rows

    def _key_number(self, number: int, class_number: int) -> int | None:
        key_number: int | None = self._items.execute(
            "SELECT max(key_number) FROM items WHERE number = ? AND data_class = ?",
            (number, class_number),
        ).get
        return key_number

    def _secret(self, key_number: int, place: Place) -> bytes | None:
        """Open a data key; None if it was destroyed."""
        wrapped: bytes | None = self._keys.execute(
            "SELECT wrapped FROM data_keys WHERE key_number = ?", (key_number,)
        ).get
        if wrapped == keys.DESTROYED:
            return None
        secret = None if wrapped is None else self._master.unwrap(place.key_owner(), wrapped)
        if secret is None:
            raise _damaged(place)
        return secret


def _damaged(place: Place) -> VaultDamaged:
    classes = {number: str(data_class) for data_class, number in CLASS_NUMBERS.items()}
    data_class = classes.get(place.class_number, str(DataClass.IDENTITY))
    return VaultDamaged(subject=place.subject, data_class=data_class)
