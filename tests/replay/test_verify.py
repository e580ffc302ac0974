from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from graph_service.lookups.findings import Finding, Verification
from graph_service.lookups.verify import verify
from graph_service.model.checkpoints import Checkpoint, Verifier, checkpoint_of, read_checkpoint, sign
from graph_service.model.journal import Draft, Entry, Head, place
from graph_service.ports.store import Store
from graph_service.projection.project import project
from graph_service.replay.audit import Replays
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from tests.replay.worlds import START, World

#: Takes the journal's guards away, as whoever tampers with a file would.
UNGUARDED = "DROP TRIGGER entry_is_never_changed; DROP TRIGGER entry_is_never_removed;"
GUARDS_MISSING = [
    "the store contradicts itself: entry_is_never_changed is missing: trigger",
    "the store contradicts itself: entry_is_never_removed is missing: trigger",
]


def _verify(path: Path, checkpoints: Sequence[Checkpoint] = ()) -> Verification:
    """Verify a store by replays, as the command does, and see that going share by share finds the same."""
    by_replays, share_by_share = (
        _verify_by(path, checkpoints, replays=True),
        _verify_by(path, checkpoints, replays=False),
    )
    assert by_replays == share_by_share
    return by_replays


def _verify_by(path: Path, checkpoints: Sequence[Checkpoint], *, replays: bool) -> Verification:
    with TemporaryDirectory() as folder:
        store, fresh = SQLiteStore(path), SQLiteStore(Path(folder) / "fresh.db")
        try:
            with store.reading() as reading:
                held = Replays(store) if replays else None
                return verify(reading, fresh, checkpoints=checkpoints, replays=held)
        finally:
            store.close()
            fresh.close()


def _tamper(path: Path, *statements: str) -> None:
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()


def _said(found: Verification) -> list[str]:
    return [str(finding) for finding in found.findings]


def _one(path: Path, statement: str) -> tuple[apsw.SQLiteValue, ...]:
    connection = apsw.Connection(str(path))
    row = connection.execute(statement).fetchone()
    connection.close()
    assert row is not None
    return tuple(row)


def test_a_sound_store_has_no_findings_and_everything_was_compared(copied: Path) -> None:
    found = _verify(copied)

    assert found.sound
    assert _said(found) == []
    assert found.compared["entries"] == found.seq
    assert {view for view, count in found.compared.items() if count == 0} == set()
    assert set(found.compared) == {
        "entries",
        "editions",
        "ticked",
        "subjects",
        "ages",
        "ties",
        "consents",
        "waivers",
        "records",
        "due",
        "forces",
        "balances",
        "standings of school",
        "standings of village",
        "sums of school",
        "sums of village",
    }


def test_a_memory_store_is_verified_the_same_way() -> None:
    world = World(MemoryStore(), seed=3)
    world.settle_down()
    world.live(6)
    told: list[str] = []

    with world.service.reading() as reading:
        found = verify(reading, MemoryStore(), progress=lambda doing, _done, _of: told.append(doing))
        assert verify(reading, MemoryStore(), replays=Replays(world.store)) == found

    assert found.sound
    assert {"rebuild", "ties", "balances", "sums of school"} <= set(told)


def test_an_empty_store_is_sound() -> None:
    with MemoryStore().reading() as reading:
        found = verify(reading, MemoryStore())

    assert (found.sound, found.seq) == (True, 0)


def test_points_changed_in_the_journal_are_noticed(copied: Path) -> None:
    changed = "WHERE kind = 'record_filed' AND outcome ->> '$.changes.points' = 25000000 AND seq > 60"
    (seq, record) = _one(copied, f"SELECT seq, outcome ->> '$.record' FROM entry {changed} ORDER BY seq LIMIT 1")
    _tamper(
        copied,
        UNGUARDED,
        f"UPDATE entry SET outcome = json_set(outcome, '$.changes.points', 26000000) WHERE seq = {seq}",
    )

    said = _said(_verify(copied))

    broken = f"entry {seq} does not follow from the entries before it: it, or one before it, was changed"
    assert said[:3] == [broken, *GUARDS_MISSING]
    assert f"records {record} is kept as points 25000000 and should be points 26000000" in said


def test_points_of_a_filing_that_never_came_into_force_are_noticed_too(copied: Path) -> None:
    (seq,) = _one(copied, "SELECT max(seq) FROM entry WHERE kind = 'record_filed'")
    _tamper(copied, UNGUARDED, f"UPDATE entry SET actor = 'somebody' WHERE seq = {seq}")

    broken = f"entry {seq} does not follow from the entries before it: it, or one before it, was changed"
    assert _said(_verify(copied)) == [broken, *GUARDS_MISSING]


def test_a_changed_balance_is_noticed_twice_over(copied: Path) -> None:
    (subject, route, amount) = _one(
        copied, "SELECT subject, route, amount FROM balance WHERE scheme = 'village' AND period = -719162 AND sign = 1"
    )
    where = f"subject = '{subject}' AND scheme = 'village' AND route = '{route}' AND sign = 1"
    _tamper(copied, f"UPDATE balance SET amount = amount + 1 WHERE {where}")
    assert isinstance(amount, int)

    key = f"{subject} village {route} merit 0001-01-01"
    different = f"{key} is kept as amount {amount + 1} and should be amount {amount}"
    assert _said(_verify(copied)) == [f"balances {different}", f"sums of village {different}"]


def test_what_no_replay_can_read_is_named_and_the_rest_is_verified(copied: Path) -> None:
    _tamper(copied, "UPDATE force SET edition = 5000000000 WHERE record = 'r000'")

    found = _verify_by(copied, [], replays=True)

    assert [finding.view for finding in found.findings] == ["forces", "sums"]
    assert "cannot be read: ValueError" in str(found.findings[-1])
    assert found.compared["balances"] > 0


def test_a_balance_that_no_scheme_could_have_is_noticed(copied: Path) -> None:
    _tamper(copied, "INSERT INTO balance VALUES ('zz', 'school', 'own', 5000000000, 0, 7, 1)")

    (balance, sums) = _verify_by(copied, [], replays=True).findings

    assert str(balance) == "balances zz school own merit 1970-01-01 is kept and does not follow from the journal"
    assert sums.view == "sums"


def test_a_changed_standing_is_noticed(copied: Path) -> None:
    _tamper(copied, "UPDATE standing SET grade = 'AAA', score = score + 50000000 WHERE subject = 'g1'")
    (score,) = _one(copied, "SELECT score FROM standing WHERE subject = 'g1'")
    assert isinstance(score, int)

    (said,) = _said(_verify(copied))

    assert said.startswith(f"standings of school g1 is kept as score {score}")


def test_a_standing_of_nobody_and_one_that_is_missing_are_noticed(copied: Path) -> None:
    _tamper(
        copied,
        "INSERT INTO standing VALUES ('school', 'zz', 1, 'A', 0, 0)",
        "DELETE FROM standing WHERE subject = 'g2' AND scheme = 'school'",
        "INSERT INTO standing VALUES ('town', 'zz', 1, 'A', 0, 0)",
    )

    assert _said(_verify(copied)) == [
        "the store contradicts itself: standings or balances are kept in town, a scheme that no edition has",
        "standings of school g2 follows from the journal and is not kept",
        "standings of school zz is kept and does not follow from the journal",
    ]


def test_a_changed_day_of_a_tie_is_noticed_and_so_are_the_sums_it_changes(copied: Path) -> None:
    since = START - timedelta(days=30)
    (tie,) = _one(
        copied,
        "SELECT t.id FROM tie t JOIN force f ON f.subject = t.source WHERE t.id LIKE 'member_of-%'"
        " AND t.voided_on = 2932896 AND f.scheme = 'school' AND f.points > 0 AND f.closed_on = 2932896"
        " AND (SELECT count(*) FROM tie o WHERE o.source = t.source AND o.kind = t.kind) = 1 ORDER BY t.id",
    )
    _tamper(copied, f"UPDATE tie SET since = since + 90 WHERE id = '{tie}'")

    said = _said(_verify(copied))

    moved = since + timedelta(days=90)
    assert said[0] == f"ties {tie} is kept as since {moved} and should be since {since}"
    assert said[1:]
    assert all(line.startswith("sums of school ") for line in said[1:])


CHANGES = {
    "UPDATE consent SET until = 3 WHERE id = 'c2'": (
        "consents c2 is kept as until 1970-01-04 and should be until None"
    ),
    "DELETE FROM age WHERE subject = 'p05' AND age_class = 'under_14'": (
        "ages p05 0001-01-01 follows from the journal and is not kept"
    ),
    "UPDATE subject SET kind = 'family' WHERE id = 'g1'": (
        "subjects g1 is kept as kind family and should be kind study_group"
    ),
    "UPDATE subject SET kind = 'ghost' WHERE id = 'g1'": "subjects g1 follows from the journal and is not kept",
    "UPDATE ticked SET day = 5": "ticked day is kept as 1970-01-06 and should be 2026-10-15",
}


@pytest.mark.parametrize(("statement", "expected"), CHANGES.items())
def test_a_change_of_any_view_is_noticed(copied: Path, statement: str, expected: str) -> None:
    _tamper(copied, statement)

    assert expected in _said(_verify(copied))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE record SET points = 1 WHERE id = 'r000'", "record r000 has columns that its whole does not have"),
        ("UPDATE record SET happened_on = 1 WHERE id = 'r000'", "record r000 has columns that its whole does not have"),
        ("UPDATE force SET sign = 0 WHERE record = 'r000'", "force of record r000 has another sign than its points"),
        (
            "UPDATE carriage SET percent = 9900 WHERE edition = 3 AND rule = 'lost' AND route = 'group'",
            "edition 3 carries rule lost of school over group otherwise than its policy says",
        ),
        ("UPDATE edition SET name = 'x' WHERE number = 1", "edition 1 is not listed as it was adopted"),
        ("DROP INDEX force_by_grade", "force_by_grade is missing: index"),
        ("CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM tie; END", "t is not as it was laid out"),
    ],
)
def test_what_is_kept_twice_is_compared(copied: Path, statement: str, expected: str) -> None:
    _tamper(copied, statement)

    assert f"the store contradicts itself: {expected}" in _said(_verify(copied))


def test_the_last_entry_deleted_leaves_views_that_do_not_follow(copied: Path) -> None:
    (seq,) = _one(copied, "SELECT max(seq) FROM entry")
    _tamper(copied, UNGUARDED, f"DELETE FROM entry WHERE seq = {seq}")

    assert _said(_verify(copied)) == [
        *GUARDS_MISSING,
        "records r174 is kept and does not follow from the journal",
    ]


def test_an_entry_deleted_in_the_middle_is_noticed(copied: Path) -> None:
    _tamper(copied, UNGUARDED, "DELETE FROM entry WHERE seq = 100")

    assert _said(_verify(copied))[0] == "entry 100 is missing: 101 stands in its place"


def test_entries_that_changed_places_are_noticed(copied: Path) -> None:
    _tamper(
        copied,
        UNGUARDED,
        "UPDATE entry SET seq = -1 WHERE seq = 100",
        "UPDATE entry SET seq = 100 WHERE seq = 101",
        "UPDATE entry SET seq = 101 WHERE seq = -1",
    )

    said = _said(_verify(copied))

    for seq in (100, 101, 102):
        assert f"entry {seq} does not follow from the entries before it: it, or one before it, was changed" in said


def test_days_that_run_backwards_are_noticed() -> None:
    world = World(MemoryStore())
    world.settle_down()
    with world.service.reading() as reading:
        entries = reading.entries(after=0, limit=1_000)
    early = entries[-1].entered_on - timedelta(days=1)
    backwards = _chained([*entries[:-1], replace(entries[-1], entered_on=early)])

    found = _verified(_store_of(backwards))

    seq = entries[-1].seq
    assert found[0].sentence() == f"entry {seq} is of {early}, before the day of the entry before it, {START}"


def test_an_entry_that_cannot_be_worked_off_is_named(copied: Path) -> None:
    (seq,) = _one(copied, "SELECT min(seq) FROM entry WHERE kind = 'record_approved'")
    _tamper(copied, UNGUARDED, f"UPDATE entry SET outcome = '{{}}' WHERE seq = {seq}")

    said = _said(_verify(copied))

    assert f"entry {seq} cannot be worked off: KeyError: 'record'" in said


def test_an_entry_of_no_known_kind_is_named(copied: Path) -> None:
    _tamper(copied, UNGUARDED, "UPDATE entry SET kind = 'miracle' WHERE seq = 90")

    said = _said(_verify(copied))

    assert said[0] == "journal cannot be read: ValueError: 'miracle' is not a valid EntryKind"


def test_at_most_so_many_findings_of_a_view_are_listed(copied: Path) -> None:
    _tamper(copied, "UPDATE record SET whole = json_set(whole, '$.filer', 'x')")

    found = _verify(copied)

    assert len([finding for finding in found.findings if finding.view == "records"]) == 20
    assert found.more == found.compared["records"] - 20


# What only a checkpoint notices


def _cut(path: Path, keep: int) -> Path:
    """Make the store as if the journal had ended earlier: the tail is cut off and every view is made to fit."""
    return _written_anew(path, lambda entries: entries[:keep])


def _rewrite(path: Path) -> Path:
    """Make the store as if a record had been about somebody else, with every hash worked out again."""

    def rewritten(entries: list[Entry]) -> list[Entry]:
        return _chained([*entries[:-1], replace(entries[-1], actor="nobody")])

    return _written_anew(path, rewritten)


def _written_anew(path: Path, change: Callable[[list[Entry]], list[Entry]]) -> Path:
    store, target = SQLiteStore(path), path.with_name("anew.db")
    with store.reading() as reading:
        entries = change(reading.entries(after=0, limit=10_000))
    store.close()
    anew = SQLiteStore(target)
    with anew.writing() as page:
        for entry in entries:
            project(page, entry)
    anew.close()
    return target


def _chained(entries: list[Entry]) -> list[Entry]:
    head = Head(seq=0, hash=bytes(32), entered_on=None, ticked_on=None)
    chained = []
    for each in entries:
        draft = Draft(id=each.id, kind=each.kind, actor=each.actor, asked=each.asked, outcome=each.outcome)
        entry = place(draft, head, each.entered_on)
        chained.append(entry)
        head = Head(seq=entry.seq, hash=entry.hash, entered_on=entry.entered_on, ticked_on=None)
    return chained


def _store_of(entries: list[Entry]) -> Store:
    store = MemoryStore()
    with store.writing() as page:
        for entry in entries:
            project(page, entry)
    return store


def _verified(store: Store) -> Sequence[Finding]:
    with store.reading() as reading:
        return verify(reading, MemoryStore()).findings


def _signed(path: Path) -> Checkpoint:
    """Sign the head, send it away, and read it back."""
    store, key = SQLiteStore(path), Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    with store.reading() as reading:
        note = sign(checkpoint_of(reading.head(), "trustnet.test/school"), key)
    store.close()
    return read_checkpoint(note, Verifier(name="trustnet.test/school", key=key.public_key()))


def test_a_cut_tail_is_noticed_only_by_who_holds_a_checkpoint(copied: Path) -> None:
    held = _signed(copied)
    cut = _cut(copied, keep=held.seq - 100)

    assert _verify(cut).sound
    assert _said(_verify(cut, [held])) == [
        f"a checkpoint was signed at entry {held.seq}, and the journal ends at {held.seq - 100}: its tail was cut off"
    ]


def test_a_rewritten_journal_is_noticed_only_by_who_holds_a_checkpoint(copied: Path) -> None:
    held = _signed(copied)
    rewritten = _rewrite(copied)
    head = _verify(rewritten)

    assert head.sound
    assert _said(_verify(rewritten, [held])) == [
        f"entry {held.seq} has the hash {head.hash.hex()}, and a checkpoint was signed on {held.hash.hex()}: "
        "the journal was rewritten"
    ]


def test_a_checkpoint_of_an_earlier_head_is_met_by_a_journal_that_went_on(copied: Path) -> None:
    store = SQLiteStore(copied)
    with store.reading() as reading:
        entry = reading.entries(after=99, limit=1)[0]
    store.close()

    assert _verify(copied, [Checkpoint(origin="x", seq=100, hash=entry.hash)]).sound
    assert not _verify(copied, [Checkpoint(origin="x", seq=100, hash=bytes(32))]).sound


def test_findings_are_told_in_chinese(copied: Path) -> None:
    _tamper(copied, "DELETE FROM standing WHERE subject = 'g2' AND scheme = 'school'")

    (finding,) = _verify(copied).findings

    assert finding.sentence("zh") == "standings of school g2 可由日志得出，却未保存"
