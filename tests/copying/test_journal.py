"""A copy of a journal: the same entries, the same views, and a start that can be gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from graph_service.actions.desk import Desk
from graph_service.copying import journal
from graph_service.copying.journal import copy_journal
from graph_service.copying.refusals import CopyDayUnfinished, CopyTargetDiffers, JournalUnsound
from graph_service.errors import StoreFull
from graph_service.lookups.verify import verify
from graph_service.model.actors import Automaton
from graph_service.model.journal import Draft, EntryKind, Head, place
from graph_service.ports.store import Page, Reading, Store
from graph_service.projection.project import project
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from tests.doubles import PlainVault
from tests.replay.worlds import World, policy
from tests.worlds import view


@dataclass
class Cut:
    """A store in which there is room for so many pages, and that lets something happen before each."""

    store: Store
    pages: int = 1_000
    before: Callable[[], object] = lambda: None

    def reading(self) -> AbstractContextManager[Reading]:
        return self.store.reading()

    @contextmanager
    def writing(self) -> Iterator[Page]:
        self.before()
        if self.pages == 0:
            raise StoreFull(path="target")
        self.pages -= 1
        with self.store.writing() as page:
            yield page

    def close(self) -> None:
        """What is cut off is not closed."""


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies go a few entries at a time."""
    monkeypatch.setattr(journal, "ENTRIES_PER_READING", 40)
    monkeypatch.setattr(journal, "ROWS_PER_PAGE", 15)


def _head(store: Store) -> Head:
    with store.reading() as reading:
        return reading.head()


def _unkept(store: Store) -> frozenset[str]:
    with store.reading() as reading:
        return reading.unkept()


def _findings(store: Store) -> list[str]:
    with store.reading() as reading:
        return [str(finding) for finding in verify(reading, MemoryStore()).findings]


def _alike(one: Store, other: Store) -> None:
    with one.reading() as first, other.reading() as second:
        assert view(first, ["school", "village"]) == view(second, ["school", "village"])


def test_a_copy_holds_the_same_entries_and_the_same_views(source: SQLiteStore, target: Store) -> None:
    told: list[tuple[str, int, int | None]] = []

    head = copy_journal(source, target, lambda *step: told.append(step))

    assert head == _head(source) == _head(target)
    assert (_unkept(target), _findings(target)) == (frozenset(), [])
    _alike(source, target)
    assert {doing for doing, _, _ in told} == {"copy", "keep"}
    assert ("copy", head.seq, head.seq) in told


def test_a_copy_goes_back_the_way_it_came(source: SQLiteStore, target: Store, tmp_path: Path) -> None:
    copy_journal(source, target)
    back = SQLiteStore(tmp_path / "back.db")

    copy_journal(target, back)

    _alike(source, back)
    back.close()


@pytest.mark.parametrize("pages", [0, 1, 7])
def test_a_copy_that_was_cut_off_is_gone_on_with(
    source: SQLiteStore, target: Store, small_pages: None, pages: int
) -> None:
    with pytest.raises(StoreFull):
        copy_journal(source, Cut(target, pages=pages))
    begun = _head(target).seq
    assert 0 <= begun < _head(source).seq
    assert _unkept(target) == ({"school", "village"} if pages else set())

    copy_journal(source, target)

    assert (_unkept(target), _findings(target)) == (frozenset(), [])
    _alike(source, target)


def test_a_copy_that_was_cut_off_while_it_kept_standings_keeps_them(source: SQLiteStore, small_pages: None) -> None:
    target = MemoryStore()
    copying = Cut(target)
    pages = []
    copying.before = lambda: pages.append(_unkept(target))
    copy_journal(source, copying)
    assert pages[-2:] == [{"school", "village"}, {"village"}]

    again = MemoryStore()
    with pytest.raises(StoreFull):
        copy_journal(source, Cut(again, pages=len(pages) - 1))
    assert _unkept(again) == {"village"}
    copy_journal(source, again)

    _alike(source, again)


def test_what_is_written_meanwhile_is_copied_too_and_what_comes_later_step_by_step(small_pages: None) -> None:
    world = World(MemoryStore(), seed=4)
    world.settle_down()
    world.live(5)
    target = MemoryStore()
    copying = Cut(target)

    def live_on() -> None:
        if world.clock.day < started + timedelta(days=3):
            world.live(1)

    started = world.clock.day
    copying.before = live_on
    copy_journal(world.store, copying)
    _alike(world.store, target)

    world.live(2)
    assert _unkept(target) == frozenset()
    copy_journal(world.store, target)
    _alike(world.store, target)
    assert _findings(target) == []


def test_nothing_is_copied_twice(source: SQLiteStore, target: Store) -> None:
    copy_journal(source, target)

    assert copy_journal(source, Cut(target, pages=0)) == _head(source)


def test_an_empty_journal_is_copied(target: Store) -> None:
    assert copy_journal(MemoryStore(), target).seq == 0


def test_another_journal_is_left_as_it_is(source: SQLiteStore, target: Store) -> None:
    world = World(target, seed=9)
    world.settle_down()
    held = _head(target)

    with pytest.raises(CopyTargetDiffers) as refused:
        copy_journal(source, target)

    assert refused.value.parameters["position"] == held.seq
    assert _head(target) == held
    world.service.close()


def test_a_journal_that_went_on_by_itself_is_left_as_it_is(source: SQLiteStore, target: Store) -> None:
    copy_journal(source, target)
    _append(target, "somebody-else")
    held = _head(target)

    with pytest.raises(CopyTargetDiffers):
        copy_journal(source, target)

    assert _head(target) == held


def test_somebody_who_writes_to_the_target_meanwhile_is_not_written_over(
    source: SQLiteStore, small_pages: None
) -> None:
    target = MemoryStore()
    copying = Cut(target)
    copying.before = lambda: _append(target, "somebody-else") if _head(target).seq == 15 else None

    with pytest.raises(CopyTargetDiffers):
        copy_journal(source, copying)

    assert _head(target).seq == 16


def _append(store: Store, id_: str) -> None:
    """Write something of one's own behind the head."""
    with store.writing() as page:
        head = page.head()
        assert head.entered_on is not None
        draft = Draft(id=id_, kind=EntryKind.PERIODS_BRIDGED, actor="me", asked={}, outcome={})
        project(page, place(draft, head, head.entered_on))


UNGUARDED = "DROP TRIGGER entry_is_never_changed; DROP TRIGGER entry_is_never_removed;"


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        ("UPDATE entry SET actor = 'somebody' WHERE seq = 90", "entry 90 or one before it was changed"),
        ("DELETE FROM entry WHERE seq = 90", "entry 90 is missing"),
        ("UPDATE entry SET kind = 'miracle' WHERE seq = 90", "ValueError: 'miracle' is not a valid EntryKind"),
    ],
)
def test_nothing_is_copied_behind_a_fault_of_the_chain(
    source: SQLiteStore, small_pages: None, tmp_path: Path, statement: str, cause: str
) -> None:
    connection = apsw.Connection(str(tmp_path / "source.db"))
    connection.execute(UNGUARDED + statement)
    connection.close()
    target = MemoryStore()

    with pytest.raises(JournalUnsound) as refused:
        copy_journal(source, target)

    copied = _head(target).seq
    assert 60 < copied < 90
    assert refused.value.parameters == {"position": copied, "cause": cause, "field": "from"}


def test_entries_that_were_chained_anew_and_mean_nothing_are_refused(target: Store) -> None:
    source = MemoryStore()
    with source.writing() as page:
        draft = Draft(id="day/x", kind=EntryKind.DAY_TICKED, actor="me", asked={}, outcome={})
        page.append(place(draft, page.head(), World(MemoryStore()).clock.day))

    with pytest.raises(JournalUnsound) as refused:
        copy_journal(source, target)

    assert refused.value.parameters["cause"] == "KeyError: 'day'"
    assert _head(target).seq == 0


def test_days_that_run_backwards_are_refused(target: Store) -> None:
    source = MemoryStore()
    day = World(MemoryStore()).clock.day
    with source.writing() as page:
        for number in (2, 1):
            draft = Draft(id=f"e{number}", kind=EntryKind.PERIODS_BRIDGED, actor="me", asked={}, outcome={})
            page.append(place(draft, page.head(), day + timedelta(days=number)))

    with pytest.raises(JournalUnsound) as refused:
        copy_journal(source, target)

    assert refused.value.parameters["cause"] == "entry 2 is of a day before that of the entry before it"


def test_standings_wait_for_the_end_of_a_day_that_changes_the_policy(target: Store) -> None:
    world = World(MemoryStore(), seed=2)
    world.settle_down()
    world.live(4)
    world.amend("second", policy(base=990, percent=30, cap=6))
    # The service was stopped while it worked the day off: something was entered, and the day is not done.
    with world.store.writing() as page:
        desk = Desk(page=page, vault=PlainVault(), today=world.clock.day + timedelta(days=1))
        desk.write("bridged", EntryKind.PERIODS_BRIDGED, Automaton.TICK, {}, {})

    with pytest.raises(CopyDayUnfinished):
        copy_journal(world.store, target)
    assert _head(target).seq == _head(world.store).seq

    world.live(1)
    copy_journal(world.store, target)
    assert _findings(target) == []
    _alike(world.store, target)
