"""Who is erased leaves no trace in any file, and nobody else loses anything."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import apsw
import pytest

from graph_service.ports.vault import DataClass, Profile, VaultItem
from graph_service.vault import SqliteVault, files, open_vault
from graph_service.vault.refusals import ErasureUnfinished

CROWD = 1_500


def note(subject: str, content: bytes = b"Helped.") -> VaultItem:
    return VaultItem(subject=subject, data_class=DataClass.TEXT, ref="e1", content=content)


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def rows(folder: Path, file: str, question: str) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(folder / file))
    found = connection.execute(question).fetchall()
    connection.close()
    return found


def number_from(folder: Path, first: int) -> None:
    """Have subjects numbered from `first`, so that a number can be told from other bytes."""
    connection = apsw.Connection(str(folder / "trustnet.vault.db"))
    connection.execute("INSERT INTO sqlite_sequence VALUES ('subjects', ?)", (first - 1,))
    connection.close()


def forget_nothing(vault: SqliteVault) -> None:
    """Do nothing, for the parameters below."""


def test_an_erased_person_is_gone_and_the_others_are_not(vault: SqliteVault) -> None:
    vault.put_profiles(
        {
            "lin": Profile(name="林小雨", identifiers={"school-roll": "2019-0417"}),
            "mei": Profile(name="林小雨"),
        }
    )
    vault.put([note("lin"), note("mei")])

    vault.erase("lin")

    assert vault.profiles_of(["lin", "mei"]) == {"mei": Profile(name="林小雨")}
    assert vault.read(["lin", "mei"], DataClass.TEXT) == {("mei", "e1"): b"Helped."}
    assert [hit.subject for hit in vault.find("林小雨", limit=5)] == ["mei"]
    assert vault.subject_with("school-roll", "2019-0417") is None


def test_no_key_and_no_place_in_the_index_remains_in_any_file(vault: SqliteVault, folder: Path) -> None:
    # Many of them and in random order, so that pages split and join while they come and go.
    dice = random.Random(7)
    number_from(folder, 0x5A17C0DE)
    subjects = [f"s{dice.getrandbits(64):016x}" for _ in range(CROWD)]
    for start in range(0, CROWD, 100):
        vault.put_profiles(
            {
                subject: Profile(name="王小明", identifiers={"school-roll": subject})
                for subject in subjects[start : start + 100]
            }
        )
        vault.put([note(subject) for subject in subjects[start : start + 100]])
    numbers: dict[str, int] = dict(rows(folder, "trustnet.vault.db", "SELECT subject, number FROM subjects"))
    owners = rows(folder, "trustnet.vault.db", "SELECT DISTINCT number, key_number FROM items")
    wrapped: dict[int, bytes] = dict(rows(folder, "trustnet.keys.db", "SELECT key_number, wrapped FROM data_keys"))
    gone = dice.sample(subjects, CROWD // 3)

    for subject in gone:
        vault.erase(subject)

    left = bytes_of(folder)
    gone_numbers = {numbers[subject] for subject in gone}
    assert len(owners) == 2 * CROWD
    for number, key_number in owners:
        assert (wrapped[key_number] in left) == (number not in gone_numbers)
    for number in numbers.values():
        assert (struct.pack("<I", number) in left) == (number not in gone_numbers)
    assert vault.read(gone, DataClass.TEXT) == {}
    assert len(vault.profiles_of(subjects)) == CROWD - len(gone)


def test_the_name_is_not_listed_under_any_mark_after_erasure(vault: SqliteVault, folder: Path) -> None:
    vault.put_profiles({"lin": Profile(name="林小雨", identifiers={"school-roll": "1"})})

    vault.erase("lin")

    slots = rows(folder, "trustnet.vault.db", "SELECT slots FROM postings")
    assert slots
    assert all(set(bytes(content)) == {0} for (content,) in slots if isinstance(content, bytes))
    assert rows(folder, "trustnet.vault.db", "SELECT * FROM subjects") == []
    assert rows(folder, "trustnet.vault.db", "SELECT * FROM items") == []


def test_erasing_twice_or_a_stranger_is_harmless(vault: SqliteVault) -> None:
    vault.put_profiles({"lin": Profile(name="林小雨")})

    vault.erase("lin")
    vault.erase("lin")
    vault.erase("nobody")

    assert vault.profiles_of(["lin"]) == {}


def test_a_person_may_come_back_with_new_keys(vault: SqliteVault) -> None:
    vault.put_profiles({"lin": Profile(name="林小雨")})
    vault.erase("lin")

    vault.put_profiles({"lin": Profile(name="林大雨")})

    assert vault.profiles_of(["lin"]) == {"lin": Profile(name="林大雨")}
    assert [hit.name for hit in vault.find("林大雨", limit=5)] == ["林大雨"]


@pytest.mark.parametrize("again", [forget_nothing, lambda vault: vault.erase("lin")])
def test_an_erasure_cut_off_after_the_keys_shows_nothing_and_can_be_finished(
    vault: SqliteVault, folder: Path, again: Callable[[SqliteVault], None]
) -> None:
    vault.put_profiles({"lin": Profile(name="林小雨"), "mei": Profile(name="林小雨")})
    keys = apsw.Connection(str(folder / "trustnet.keys.db"))
    keys.execute("UPDATE data_keys SET wrapped = zeroblob(60) WHERE key_number = 1")
    keys.close()

    again(vault)

    assert vault.profiles_of(["lin", "mei"]) == {"mei": Profile(name="林小雨")}
    assert [hit.subject for hit in vault.find("林小雨", limit=5)] == ["mei"]
    vault.put_profiles({"lin": Profile(name="赵大海")})
    assert [hit.subject for hit in vault.find("林小雨", limit=5)] == ["mei"]
    assert vault.profiles_of(["lin"]) == {"lin": Profile(name="赵大海")}


def test_an_erasure_waits_for_readers_of_old_pages_and_says_so(
    vault: SqliteVault, folder: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(files, "_BUSY_MILLISECONDS", 20)
    vault.put_profiles({"lin": Profile(name="林小雨")})
    impatient = open_vault(address, clock=lambda: 0)
    reader = apsw.Connection(str(folder / "trustnet.vault.db"))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM items").fetchall()

    with pytest.raises(ErasureUnfinished) as refusal:
        impatient.erase("lin")

    assert refusal.value.parameters["subject"] == "lin"
    assert impatient.profiles_of(["lin"]) == {}
    reader.execute("COMMIT")
    impatient.erase("lin")
    assert (folder / "trustnet.vault.db-wal").stat().st_size == 0
    assert (folder / "trustnet.keys.db-wal").stat().st_size == 0
    reader.close()
    impatient.close()


class Journal:
    """Knows some subjects and remembers how many it was asked about at a time."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.asked: list[int] = []

    def __call__(self, subjects: Collection[str]) -> Collection[str]:
        self.asked.append(len(subjects))
        return self.known & set(subjects)


def test_the_sweep_takes_those_the_journal_never_came_to_know() -> None:
    now = 1_000
    vault = open_vault("sqlite://", clock=lambda: now)
    vault.put_profiles({"lin": Profile(name="林小雨"), "orphan": Profile(name="林小雨")})
    now = 1_599
    vault.put([note("orphan-of-late")])
    now = 1_600

    swept = vault.sweep(Journal("lin"), grace_seconds=600)

    assert swept == 1
    assert vault.profiles_of(["lin", "orphan"]) == {"lin": Profile(name="林小雨")}
    assert vault.read(["orphan-of-late"], DataClass.TEXT) == {("orphan-of-late", "e1"): b"Helped."}
    assert [hit.subject for hit in vault.find("林小雨", limit=5)] == ["lin"]


def test_the_sweep_spares_who_is_written_to_while_the_journal_is_asked() -> None:
    now = 0
    vault = open_vault("sqlite://", clock=lambda: now)
    vault.put([note("lin")])
    now = 1_000

    def is_known(subjects: Collection[str]) -> Collection[str]:
        vault.put([note("lin", b"Helped again.")])
        return []

    assert vault.sweep(is_known, grace_seconds=600) == 0
    assert vault.read(["lin"], DataClass.TEXT) == {("lin", "e1"): b"Helped again."}


def test_the_sweep_asks_about_a_thousand_at_a_time() -> None:
    vault = open_vault("sqlite://", clock=lambda: 0)
    vault.put([note(f"p{number}") for number in range(2_500)])
    journal = Journal(*(f"p{number}" for number in range(2_400)))

    assert vault.sweep(journal, grace_seconds=0) == 100
    assert journal.asked == [1_000, 1_000, 500]
