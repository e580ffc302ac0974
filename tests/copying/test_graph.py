"""A pseudonymous copy: the same structure, days and points; nobody's id, and nothing that a minor did."""

from __future__ import annotations

import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from graph_service.copying.graph import Copied, copy_graph
from graph_service.copying.journal import copy_journal
from graph_service.copying.pseudonyms import Pseudonyms
from graph_service.errors import CopyTaken, PolicyMissing, StoreIsCopy, StoreRefusal
from graph_service.lookups.book import moment_of
from graph_service.lookups.listing import every
from graph_service.lookups.standing import all_standings
from graph_service.model.actors import Automaton
from graph_service.model.days import DAY
from graph_service.model.subjects import AgeClass, SubjectKind
from graph_service.model.ties import Tie
from graph_service.ports.store import Reading, Store
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.copies import new_copy
from graph_service.stores.sqlite.store import SQLiteStore
from tests.replay.worlds import START

SCHEMES = ("school", "village")
PSEUDONYM = re.compile(r"[0-9a-f]{24}")

Value = str | int | float | bytes | None
Ask = Callable[[str], list[tuple[Value, ...]]]


def _copy(store: Store, path: Path) -> Copied:
    with store.reading() as reading, new_copy(path) as copied:
        return copy_graph(reading, copied)


@pytest.fixture
def copied(source: SQLiteStore, tmp_path: Path) -> Path:
    """A copy of the world."""
    path = tmp_path / "analysts" / "copy.db"
    _copy(source, path)
    return path


@pytest.fixture
def ask(copied: Path) -> Iterator[Ask]:
    """Asks the copy."""
    connection = apsw.Connection(str(copied), flags=apsw.SQLITE_OPEN_READONLY)
    yield lambda statement: [tuple(row) for row in connection.execute(statement)]
    connection.close()


@pytest.fixture
def reading(source: SQLiteStore) -> Iterator[Reading]:
    """What was copied."""
    with source.reading() as opened:
        yield opened


def _minors(reading: Reading) -> set[str]:
    today = moment_of(reading).as_of
    adults = {
        change.subject
        for change in reading.ages(after=None, limit=1_000)
        if change.age_class is AgeClass.ADULT and change.since <= today
    }
    persons = reading.subjects(kinds=[SubjectKind.PERSON], after=None, limit=1_000)
    return {person.id for person in persons} - adults


def test_subjects_and_ties_stay_as_structure(reading: Reading, ask: Ask) -> None:
    subjects = reading.subjects(kinds=(), after=None, limit=1_000)
    around = reading.ties_around([subject.id for subject in subjects])
    there = Counter(
        (
            subject.kind,
            tuple(
                sorted(
                    (tie.kind, tie.source == subject.id, str(tie.since), str(tie.until), str(tie.voided_on))
                    for tie in around.get(subject.id, ())
                )
            ),
        )
        for subject in subjects
    )
    ties: dict[Value, list[tuple[object, ...]]] = {}
    for kind, source, target, *days in ask("SELECT kind, source, target, since, until, voided_on FROM tie"):
        for end in {source, target}:
            ties.setdefault(end, []).append((kind, end == source, *map(str, days)))
    rows = ask("SELECT id, kind FROM subject")

    assert Counter((kind, tuple(sorted(ties.get(id_, ())))) for id_, kind in rows) == there
    assert Counter(row[0] for row in ask("SELECT adult FROM subject WHERE kind = 'person'")) == {
        1: 12 - len(_minors(reading)),
        0: len(_minors(reading)),
    }
    assert ask("SELECT DISTINCT adult FROM subject WHERE kind <> 'person'") == [(None,)]


def test_nothing_that_a_minor_did_or_may_do_is_there(reading: Reading, ask: Ask) -> None:
    minors = _minors(reading)
    records = reading.records(states=(), after=None, limit=1_000)
    consents = reading.consents(after=None, limit=1_000)
    waivers = reading.waivers(after=None, limit=1_000)
    assert 0 < len(minors) < 12
    assert any(record.subject in minors for record in records)

    told = Counter(ask("SELECT scheme, rule, happened_on, points, state, force_on FROM record"))
    assert told == Counter(
        (
            record.scheme,
            record.rule,
            str(record.happened_on),
            record.points,
            str(record.state),
            record.force_on and str(record.force_on),
        )
        for record in records
        if record.subject not in minors
    )
    assert len(ask("SELECT id FROM consent")) == sum(consent.subject not in minors for consent in consents)
    assert len(ask("SELECT id FROM waiver")) == sum(waiver.member not in minors for waiver in waivers)
    of_minors = "SELECT s.id FROM subject s JOIN {} x ON x.subject = s.id WHERE s.adult = 0"
    assert [ask(of_minors.format(table)) for table in ("record", "consent", "share", "standing")] == [[]] * 4


def test_no_standing_is_there_in_which_a_minor_s_record_counts(reading: Reading, ask: Ask) -> None:
    minors, moment = _minors(reading), moment_of(reading)
    expected = []
    for scheme in SCHEMES:
        standings = list(all_standings(reading, scheme))
        lines = reading.lines_to([standing.subject for standing in standings], scheme, moment)
        expected += [
            (held.scheme, held.score, held.grade, held.own, held.shared)
            for held in standings
            if held.subject not in minors
            and not any(line.act.subject in minors for line in lines.get(held.subject, ()))
        ]

    told = ask("SELECT scheme, score, grade, own, shared FROM standing")

    assert 0 < len(told) < sum(len(list(all_standings(reading, scheme))) for scheme in SCHEMES)
    assert Counter(told) == Counter(expected)


def test_shares_lead_from_records_to_those_whom_they_reach(reading: Reading, ask: Ask) -> None:
    minors, moment = _minors(reading), moment_of(reading)
    lines = [line for scheme in SCHEMES for line in reading.lines(scheme, moment)]
    there = Counter(
        (line.act.rule, str(line.act.happened_on), line.share.route, line.share.amount)
        for line in lines
        if line.act.subject not in minors and line.share.target not in minors and line.share.route != "own"
    )

    told = ask("SELECT r.rule, r.happened_on, s.route, s.amount FROM share s JOIN record r ON r.id = s.record")

    assert len(told) > 10
    assert Counter(told) == there


def test_no_id_of_the_store_is_in_the_file(reading: Reading, copied: Path, ask: Ask) -> None:
    content = copied.read_bytes().decode("latin-1")
    ids = {
        *(subject.id for subject in reading.subjects(kinds=[SubjectKind.PERSON], after=None, limit=1_000)),
        *(tie.id for tie in reading.ties(after=None, limit=1_000)),
        *(record.id for record in reading.records(states=(), after=None, limit=1_000)),
        *("teacher", "judge", "lawyer"),
    }

    assert [id_ for id_ in sorted(ids) if id_ in content] == []
    for column, table in (
        ("id", "subject"),
        *(("id", "tie"), ("source", "tie"), ("target", "tie")),
        *(("id", "consent"), ("subject", "consent"), ("id", "waiver"), ("member", "waiver"), ("granted_to", "waiver")),
        *(("id", "record"), ("subject", "record"), ("record", "share"), ("subject", "share"), ("subject", "standing")),
    ):
        assert all(PSEUDONYM.fullmatch(str(row[0])) for row in ask(f"SELECT {column} FROM {table}"))
    actors = {str(row[0]) for row in ask("SELECT filer FROM record UNION SELECT approver FROM record")} - {"None"}
    assert all(PSEUDONYM.fullmatch(actor) for actor in actors - set(Automaton))
    assert len(actors) > 1


def test_rows_lie_in_the_order_of_pseudonyms_whatever_order_they_came_in(ask: Ask) -> None:
    for table in ("subject", "tie", "consent", "waiver", "record"):
        listed = [row[0] for row in ask(f"SELECT * FROM {table} NOT INDEXED")]
        assert listed == sorted(map(str, listed))
    assert (
        ask("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'copied' AND sql NOT LIKE '%ROWID'") == []
    )


def test_two_copies_have_no_id_in_common(source: SQLiteStore, copied: Path, ask: Ask, tmp_path: Path) -> None:
    _copy(source, tmp_path / "other.db")
    other = apsw.Connection(str(tmp_path / "other.db"), flags=apsw.SQLITE_OPEN_READONLY)

    for table in ("subject", "tie", "consent", "record"):
        ids = set(ask(f"SELECT id FROM {table}"))
        assert ids.isdisjoint(other.execute(f"SELECT id FROM {table}").fetchall())
    other.close()


def test_a_pseudonym_is_one_for_each_noun_and_a_subject_s_also_as_an_actor() -> None:
    names = Pseudonyms()

    found = [names.subject("x"), names.tie("x"), names.consent("x"), names.waiver("x"), names.record("x")]

    assert len(set(found)) == len(found)
    assert (names.actor("x"), names.actor(Automaton.TICK)) == (names.subject("x"), "tick")
    assert Pseudonyms().subject("x") != names.subject("x")


def test_texts_of_ties_are_left_out_and_numbers_stay(source: SQLiteStore, tmp_path: Path) -> None:
    tie = Tie(
        id="said-much",
        kind="guardian_of",
        source="p00",
        target="p01",
        source_kind=SubjectKind.PERSON,
        target_kind=SubjectKind.PERSON,
        since=START,
        attributes={"role": "head of the clinic", "amount": 5_000_000, "percent": 2_500},
        origin="roster.xlsx:12",
    )
    with source.writing() as page:
        page.put_ties([tie])

    _copy(source, tmp_path / "copy.db")

    content = (tmp_path / "copy.db").read_bytes()
    assert b'{"amount":5000000,"percent":2500}' in content
    assert [text for text in (b"clinic", b"roster", b"role") if text in content] == []


def test_a_copy_is_no_store(copied: Path) -> None:
    before = copied.read_bytes()

    with pytest.raises(StoreIsCopy):
        SQLiteStore(copied)

    assert copied.read_bytes() == before
    assert stat.S_IMODE(copied.stat().st_mode) == 0o400


def test_a_copy_is_written_into_a_new_place_only(source: SQLiteStore, copied: Path, tmp_path: Path) -> None:
    for path in (copied, tmp_path / "source.db"):
        before = path.read_bytes()
        with pytest.raises(CopyTaken):
            _copy(source, path)
        assert path.read_bytes() == before


def test_a_copy_that_is_cut_off_leaves_nothing(source: SQLiteStore, tmp_path: Path) -> None:
    folder = tmp_path / "analysts"

    with pytest.raises(PolicyMissing):
        _copy(MemoryStore(), folder / "copy.db")

    assert list(folder.iterdir()) == []
    with pytest.raises(StoreRefusal):
        _copy(source, tmp_path / "source.db" / "copy.db")


def test_every_store_is_copied_alike(source: SQLiteStore, tmp_path: Path) -> None:
    memory = MemoryStore()
    copy_journal(source, memory)

    found = [_copy(source, tmp_path / "one.db"), _copy(memory, tmp_path / "other.db")]

    assert found[0] == found[1]
    assert found[0].day == START + 11 * DAY
    with source.reading() as reading:
        assert found[0].counted["ties"] == len(list(every(reading.ties, lambda tie: tie.id)))
        assert found[0].counted["subjects"] == len(list(every(partial(reading.subjects, kinds=()), lambda it: it.id)))


def test_standings_that_are_not_kept_for_now_are_derived(source: SQLiteStore, tmp_path: Path) -> None:
    kept = _copy(source, tmp_path / "kept.db")
    with source.writing() as page:
        page.set_unkept(SCHEMES)
        for scheme in SCHEMES:
            page.drop_balances(scheme)

    assert _copy(source, tmp_path / "derived.db") == kept
    rows = []
    for name in ("kept", "derived"):
        connection = apsw.Connection(str(tmp_path / f"{name}.db"), flags=apsw.SQLITE_OPEN_READONLY)
        rows.append(Counter(connection.execute("SELECT scheme, score, grade, own, shared FROM standing").fetchall()))
        connection.close()
    assert rows[0] == rows[1]


def test_the_page_s_statement_can_be_asked(source: SQLiteStore, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "copy.md").read_text(encoding="utf-8")
    (statement,) = re.findall(r"^```sql\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    with source.writing() as writing:
        subjects = writing.subjects(kinds=(), after=None, limit=100)
        lives = Tie(
            id="", kind="resides_in", source="", target="f1", source_kind=SubjectKind.PERSON,
            target_kind=SubjectKind.VILLAGE, since=START,
        )  # fmt: skip
        writing.put_ties([replace(lives, id=f"lives-{each.id}", source=each.id) for each in subjects])
    _copy(source, tmp_path / "copy.db")
    connection = apsw.Connection(str(tmp_path / "copy.db"), flags=apsw.SQLITE_OPEN_READONLY)

    found = [connection.execute(statement.replace("district", scheme)).fetchall() for scheme in SCHEMES]

    standing = "SELECT count(*), avg(score) / 1e6 FROM standing WHERE scheme = ?"
    stood = [connection.execute(standing, (scheme,)).fetchall() for scheme in SCHEMES]
    connection.close()
    assert [rows[0][1:] for rows in found if rows] == [row[0] for row in stood if row[0][0]]
    assert any(found)
