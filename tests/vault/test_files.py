"""The vault's files: made once, never replaced, and refused when they are not what they should be."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import apsw
import pytest

from graph_service.errors import Refusal
from graph_service.ports.vault import DataClass, Profile, VaultItem
from graph_service.vault import SqliteVault, open_vault, refusals
from graph_service.vault.files import check_engine
from graph_service.vault.keys import make_master_key


def opened(address: str) -> SqliteVault:
    return open_vault(address, clock=lambda: 0)


def filled(address: str) -> None:
    vault = opened(address)
    vault.put_profiles({"lin": Profile(name="林小雨")})
    vault.close()


def refused(address: str) -> Refusal:
    with pytest.raises(refusals.VaultRefusal) as refusal:
        opened(address)
    return refusal.value


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_new_vault_is_three_files_that_only_their_owner_can_use(address: str, folder: Path) -> None:
    filled(address)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {
        "trustnet.vault.db": 0o600,
        "trustnet.keys.db": 0o600,
        "trustnet.master.key": 0o600,
    }
    assert len((folder / "trustnet.master.key").read_text().strip()) == 64


def test_the_master_key_may_live_elsewhere(address: str, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "secrets.key"

    open_vault(address, clock=lambda: 0, master_key=elsewhere).close()

    assert elsewhere.exists()
    assert not (folder / "trustnet.master.key").exists()


def test_a_master_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "trustnet.master.key"
    make_master_key(path)
    first = path.read_bytes()

    make_master_key(path)

    assert path.read_bytes() == first
    assert [file.name for file in tmp_path.iterdir()] == ["trustnet.master.key"]


def test_a_missing_master_key_is_refused_and_not_replaced(address: str, folder: Path) -> None:
    filled(address)
    (folder / "trustnet.master.key").unlink()
    before = contents(folder)

    assert refused(address).code == "master_key_missing"
    assert contents(folder) == before


def test_another_master_key_is_refused(address: str, folder: Path) -> None:
    filled(address)
    (folder / "trustnet.master.key").unlink()
    make_master_key(folder / "trustnet.master.key")

    assert refused(address).code == "master_key_wrong"


@pytest.mark.parametrize("content", ["", "00" * 31, "zz" * 32, "00" * 33])
def test_a_file_that_holds_no_key_is_refused(address: str, folder: Path, content: str) -> None:
    filled(address)
    (folder / "trustnet.master.key").write_text(content)

    assert refused(address).code == "master_key_malformed"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_master_key_that_others_can_use_is_refused(address: str, folder: Path, mode: int) -> None:
    filled(address)
    (folder / "trustnet.master.key").chmod(mode)

    refusal = refused(address)

    assert (refusal.code, refusal.parameters["mode"]) == ("master_key_exposed", f"{mode:04o}")


@pytest.mark.parametrize("lost", ["trustnet.keys.db", "trustnet.vault.db"])
def test_half_a_vault_is_refused_and_not_completed(address: str, folder: Path, lost: str) -> None:
    filled(address)
    (folder / lost).unlink()

    assert refused(address).code == "vault_file_missing"
    assert not (folder / lost).exists()


def test_a_vault_whose_making_was_cut_off_is_made_on_the_next_start(address: str, folder: Path) -> None:
    opened(address).close()
    (folder / "trustnet.vault.db").unlink()

    filled(address)

    assert opened(address).profiles_of(["lin"]) == {"lin": Profile(name="林小雨")}


def test_keys_of_an_older_backup_are_refused(address: str, folder: Path) -> None:
    filled(address)
    shutil.copy(folder / "trustnet.keys.db", folder / "backup")
    vault = opened(address)
    vault.put_profiles({"mei": Profile(name="梅雪")})
    vault.close()
    shutil.move(folder / "backup", folder / "trustnet.keys.db")

    assert refused(address).code == "vault_keys_behind"


def test_an_older_backup_of_the_items_does_not_bring_back_the_erased(address: str, folder: Path) -> None:
    filled(address)
    shutil.copy(folder / "trustnet.vault.db", folder / "backup")
    vault = opened(address)
    vault.erase("lin")
    vault.close()
    shutil.move(folder / "backup", folder / "trustnet.vault.db")

    restored = opened(address)

    assert restored.profiles_of(["lin"]) == {}
    assert restored.find("林小雨", limit=5) == []


@pytest.mark.parametrize("name", ["trustnet.vault.db", "trustnet.keys.db"])
def test_a_foreign_file_is_refused_and_left_as_it_is(address: str, folder: Path, name: str) -> None:
    filled(address)
    (folder / name).write_text("The diary of somebody else, long enough to be one.\n" * 40)
    before = contents(folder)

    assert refused(address).code == "vault_not_ours"
    assert contents(folder) == before


@pytest.mark.parametrize("name", ["trustnet.vault.db", "trustnet.keys.db"])
def test_a_foreign_database_is_refused(address: str, folder: Path, name: str) -> None:
    folder.mkdir()
    other = apsw.Connection(str(folder / name))
    other.execute("CREATE TABLE recipes (title)")
    other.close()

    assert refused(address).code == "vault_not_ours"


@pytest.mark.parametrize("name", ["trustnet.vault.db", "trustnet.keys.db"])
def test_a_newer_layout_is_refused(address: str, folder: Path, name: str) -> None:
    filled(address)
    newer = apsw.Connection(str(folder / name))
    newer.pragma("user_version", 2)
    newer.close()

    assert refused(address).parameters == {"path": str(folder / name), "found": 2, "known": 1}


@pytest.mark.parametrize("address", ["", "trustnet.vault.db", "neo4j://localhost", "sqlite:///", "sqlite:///folder/"])
def test_an_address_that_names_no_file_is_refused(address: str) -> None:
    assert refused(address).parameters == {"address": address}


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2"])
def test_a_sqlite_that_may_corrupt_is_refused(version: str) -> None:
    with pytest.raises(refusals.VaultEngineUnsafe):
        check_engine(version)


def test_a_sqlite_from_the_first_safe_one_on_is_taken() -> None:
    check_engine("3.51.3")
    check_engine("4.0.0")


def test_a_full_disk_refuses_writing_and_goes_on_reading(address: str) -> None:
    vault = opened(address)
    vault.put_profiles({"lin": Profile(name="林小雨")})
    items = vault._files.items
    items.pragma("max_page_count", items.pragma("page_count"))
    film = VaultItem(subject="lin", data_class=DataClass.EVIDENCE, ref="film", content=bytes(100_000))

    with pytest.raises(refusals.VaultFull):
        vault.put([film])

    assert vault.profiles_of(["lin"]) == {"lin": Profile(name="林小雨")}
    items.pragma("max_page_count", 1_000_000)
    vault.put([film])
    assert vault.read(["lin"], DataClass.EVIDENCE) == {("lin", "film"): bytes(100_000)}


def test_a_vault_that_another_writes_to_is_refused_after_waiting(address: str, folder: Path) -> None:
    vault = opened(address)
    vault._files.items.set_busy_timeout(20)
    writer = apsw.Connection(str(folder / "trustnet.vault.db"))
    writer.execute("BEGIN IMMEDIATE")

    with pytest.raises(refusals.VaultLocked):
        vault.put_profiles({"lin": Profile(name="林小雨")})

    writer.execute("ROLLBACK")
    vault.put_profiles({"lin": Profile(name="林小雨")})
    assert vault.profiles_of(["lin"]) == {"lin": Profile(name="林小雨")}


def test_what_is_put_is_synchronised_to_the_disk(address: str) -> None:
    vault = opened(address)

    for connection in (vault._files.items, vault._files.keys):
        assert connection.pragma("journal_mode") == "wal"
        assert connection.pragma("synchronous") == 2
        assert connection.pragma("secure_delete") == 1


def test_every_refusal_speaks_english_and_chinese_with_the_same_parameters() -> None:
    names = "address cause data_class found holder known mode needed partner path scheme subject"
    parameters = dict.fromkeys([*names.split(), "vault"], "x")

    for refusal in refusals.VaultRefusal.__subclasses__():
        said = refusal(**parameters)
        assert "{" not in said.sentence("en") + said.sentence("zh")
        assert said.sentence("zh").endswith("。")
