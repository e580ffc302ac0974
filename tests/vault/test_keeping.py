"""What is put into the vault comes out as it was, and nothing else does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import apsw
import pytest

from graph_service.errors import IdentifierTaken
from graph_service.ports.vault import DataClass, Profile, Vault, VaultItem
from graph_service.vault import SqliteVault, open_vault
from graph_service.vault.refusals import VaultDamaged

LIN = Profile(name="林小雨", born_on=date(2012, 3, 4), identifiers={"school-roll": "2019-0417"})


def text(subject: str, ref: str, content: str) -> VaultItem:
    return VaultItem(subject=subject, data_class=DataClass.TEXT, ref=ref, content=content.encode())


def test_the_sqlite_vault_is_a_vault(vault: SqliteVault) -> None:
    kept: Vault = vault

    assert kept.profiles_of(["nobody"]) == {}


def test_texts_are_read_back_by_subject_and_ref(vault: SqliteVault) -> None:
    vault.put([text("lin", "e1", "Helped."), text("lin", "e2", "Read."), text("mei", "e1", "Ran.")])

    assert vault.read(["lin", "mei", "nobody"], DataClass.TEXT) == {
        ("lin", "e1"): b"Helped.",
        ("lin", "e2"): b"Read.",
        ("mei", "e1"): b"Ran.",
    }
    assert vault.read(["lin", "mei"], DataClass.TEXT, "e2") == {("lin", "e2"): b"Read."}
    assert vault.read(["lin"], DataClass.CONTACT) == {}


def test_an_item_of_the_same_name_is_replaced(vault: SqliteVault) -> None:
    vault.put([text("lin", "e1", "Helped.")])
    vault.put([text("lin", "e1", "Helped twice.")])

    assert vault.read(["lin"], DataClass.TEXT) == {("lin", "e1"): b"Helped twice."}


def test_items_are_kept_all_or_none(vault: SqliteVault) -> None:
    unfit = VaultItem(subject="mei", data_class=DataClass.TEXT, ref="e1", content=None)  # type: ignore[arg-type]

    with pytest.raises(TypeError):
        vault.put([text("lin", "e1", "Helped."), unfit])

    assert vault.read(["lin", "mei"], DataClass.TEXT) == {}


def test_a_profile_is_read_back_and_replaced_as_a_whole(vault: SqliteVault) -> None:
    vault.put_profiles({"lin": LIN})
    assert vault.profiles_of(["lin", "nobody"]) == {"lin": LIN}

    vault.put_profiles({"lin": Profile(name="林大雨")})

    assert vault.profiles_of(["lin"]) == {"lin": Profile(name="林大雨")}
    assert vault.subject_with("school-roll", "2019-0417") is None
    assert [hit.name for hit in vault.find("林小雨", limit=5)] == []
    assert [hit.name for hit in vault.find("林大雨", limit=5)] == ["林大雨"]


def test_a_subject_is_found_by_its_external_identifier_to_the_letter(vault: SqliteVault) -> None:
    vault.put_profiles({"lin": LIN, "mei": Profile(identifiers={"library": "2019-0417"})})

    assert vault.subject_with("school-roll", "2019-0417") == "lin"
    assert vault.subject_with("library", "2019-0417") == "mei"
    assert vault.subject_with("school-roll", "2019-041") is None
    assert vault.subject_with("nothing", "2019-0417") is None


def test_an_identifier_that_is_anothers_is_refused_and_nothing_is_kept(vault: SqliteVault) -> None:
    vault.put_profiles({"lin": LIN})

    with pytest.raises(IdentifierTaken) as refusal:
        vault.put_profiles({"ann": Profile(name="安然"), "mei": Profile(identifiers={"school-roll": "2019-0417"})})

    assert refusal.value.parameters == {
        "subject": "mei",
        "scheme": "school-roll",
        "holder": "lin",
    }
    assert vault.profiles_of(["ann", "mei"]) == {}


def test_two_profiles_of_one_call_cannot_share_an_identifier(vault: SqliteVault) -> None:
    with pytest.raises(IdentifierTaken):
        vault.put_profiles({"lin": LIN, "mei": LIN})

    assert vault.profiles_of(["lin", "mei"]) == {}


def test_an_identifier_may_change_hands_in_one_call(vault: SqliteVault) -> None:
    vault.put_profiles({"lin": LIN})

    vault.put_profiles({"lin": Profile(name="林小雨"), "mei": LIN})

    assert vault.subject_with("school-roll", "2019-0417") == "mei"


def test_a_profile_and_an_item_show_nothing_in_a_log() -> None:
    assert repr(LIN) == "Profile()"
    assert "Helped" not in repr(text("lin", "e1", "Helped."))


def test_everything_is_there_after_the_vault_is_opened_again(vault: SqliteVault, address: str) -> None:
    vault.put_profiles({"lin": LIN})
    vault.put([text("lin", "e1", "Helped.")])

    again = open_vault(address, clock=lambda: 0)

    assert again.profiles_of(["lin"]) == {"lin": LIN}
    assert again.read(["lin"], DataClass.TEXT) == {("lin", "e1"): b"Helped."}
    assert [hit.subject for hit in again.find("lin xiaoyu", limit=5)] == ["lin"]
    again.close()


def test_no_file_shows_what_it_keeps(vault: SqliteVault, folder: Path) -> None:
    vault.put_profiles({"lin": LIN})
    vault.put([text("lin", "e1", "Helped an old lady.")])

    files = b"".join(file.read_bytes() for file in folder.iterdir())

    for shown in ("林小雨", "小雨", "linxiaoyu", "xiao", "2019-0417", "2012-03-04", "old lady"):
        assert shown.encode() not in files


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE subjects SET subject = 'mei' WHERE subject = 'lin'",
        "UPDATE items SET ref = 'e9' WHERE ref = 'e1'",
        "UPDATE items SET data_class = 4 WHERE ref = 'e1'",
        "UPDATE items SET key_number = 1000 WHERE ref = 'e1'",
        "UPDATE items SET content = zeroblob(length(content)) WHERE ref = 'e1'",
    ],
)
def test_an_item_opens_only_where_it_was_put(vault: SqliteVault, folder: Path, change: str) -> None:
    vault.put([text("lin", "e1", "Helped.")])
    other = apsw.Connection(str(folder / "trustnet.vault.db"))
    other.execute(change)
    other.close()

    with pytest.raises(VaultDamaged):
        for data_class in DataClass:
            vault.read(["lin", "mei"], data_class)
