"""Records that are imported many at a time stand as if each had been filed and approved by itself, in every store."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from graph_service.actions.decide import approve, revoke
from graph_service.actions.desk import Desk
from graph_service.actions.file_record import file_record
from graph_service.actions.import_records import Scales, Told, import_records
from graph_service.actions.keep import keep_again, leave_unkept
from graph_service.lookups.verify import verify
from graph_service.model.journal import Entry, EntryKind
from graph_service.model.points import POINT
from graph_service.model.records import Record
from graph_service.model.standing import Standing
from graph_service.stores.memory import MemoryStore
from tests.conformance.test_refusals import crowded
from tests.office import BEGAN, TODAY, Office, furnish, open_office

QUANTITIES = {"donation": 700 * POINT, "hours": 3 * POINT}
POINTS = {"kindness": 4 * POINT}
RULES = ("found", "kindness", "donation", "hours", "diary", "late", "bullying", "fraud", "flower", "term-star")


def told(number: int, *, rule: str, subject: str, happened_on: date, approved_on: date) -> Told:
    return Told(
        id=f"i{number}",
        subject=subject,
        scheme="school",
        rule=rule,
        happened_on=happened_on,
        quantity=QUANTITIES.get(rule),
        points=POINTS.get(rule),
        filer="teacher",
        approver="head",
        approved_on=approved_on,
    )


def a_term(seed: int, count: int = 60) -> list[Told]:
    """Records of half a year in the order in which they are imported: by subject, day of approval and id."""
    dice = random.Random(seed)
    rows = []
    for number in range(count):
        happened_on = BEGAN + timedelta(days=dice.randrange((TODAY - BEGAN).days))
        approved_on = min(TODAY, happened_on + timedelta(days=dice.randrange(12)))
        subject, rule = dice.choice(("lin", "mei", "zhao", "ben")), dice.choice(RULES)
        rows.append(told(number, rule=rule, subject=subject, happened_on=happened_on, approved_on=approved_on))
    return sorted(rows, key=lambda row: (row.subject, row.approved_on, row.id))


def one_by_one(office: Office, rows: list[Told]) -> None:
    for row in rows:
        office.do(
            file_record,
            record=row.id,
            subject=row.subject,
            scheme=row.scheme,
            rule=row.rule,
            happened_on=row.happened_on,
            filer=row.filer,
            quantity=row.quantity,
            points=row.points,
        )
        office.do(approve, record=row.id, approver=row.approver, history_on=row.approved_on)


def at_once(desk: Desk, rows: list[Told]) -> Entry | None:
    """Weigh the rows and write those that need no other way."""
    weighed = [each for _, some in Scales(desk.page, desk.today).weigh(rows) if some is not None for each in some]
    if not weighed:
        return None
    head = desk.page.head().seq
    return import_records(desk, [(each.told.said, each.found) for each in weighed], actor="import", after=head)


def records(office: Office) -> dict[str, Record]:
    """Every record, without its places in the journal."""
    with office.service.reading() as reading:
        held = reading.records(states=(), after=None, limit=1_000)
    return {record.id: replace(record, seq=0, approved_seq=None) for record in held}


def standings(office: Office) -> list[Standing]:
    return [office.standing(subject) for subject in ("lin", "mei", "zhao", "kid", "ben", "g1", "g2")]


@pytest.fixture
def other() -> Office:
    """A second office, in which everything is done one by one."""
    return furnish(open_office(MemoryStore()))


@pytest.mark.parametrize("seed", range(4))
def test_an_import_is_as_filing_and_approving_one_by_one(office: Office, other: Office, seed: int) -> None:
    rows = a_term(seed)
    one_by_one(other, rows)
    entry = office.do(lambda desk: at_once(desk, rows))

    assert entry is not None
    assert entry.kind is EntryKind.RECORDS_IMPORTED
    assert len(entry.asked["rows"]) == len(rows)
    assert records(office) == records(other)
    assert standings(office) == standings(other)
    for days in (30, 200, 300):
        office.wait(days)
        other.wait(days)
        assert records(office) == records(other)
        assert standings(office) == standings(other)


def test_the_rows_of_an_import_lean_on_what_was_there_and_are_leaned_on(office: Office, other: Office) -> None:
    rows = a_term(9)
    for each in (office, other):
        one_by_one(each, [row for row in rows if row.id < "i3"])
    rest = [row for row in rows if row.id >= "i3"]
    one_by_one(other, rest)
    office.do(lambda desk: at_once(desk, rest))
    assert records(office) == records(other)

    late = next(row.id for row in rows if row.rule == "late" and records(office)[row.id].state == "in_force")
    for each in (office, other):
        each.do(revoke, record=late, decider="board", reason="never happened")
    assert records(office) == records(other)
    assert standings(office) == standings(other)


def test_what_was_imported_can_be_verified(office: Office) -> None:
    rows = a_term(3)
    office.do(lambda desk: at_once(desk, rows))

    with office.service.reading() as reading:
        found = verify(reading, MemoryStore())
        assert found.sound, [str(finding) for finding in found.findings]
        entries = reading.life_of([rows[0].id])[rows[0].id]
    assert entries[0].kind is EntryKind.RECORDS_IMPORTED


def test_the_same_rows_again_are_passed_over_and_others_are_left_to_the_single_way(office: Office) -> None:
    rows = a_term(5)
    office.do(lambda desk: at_once(desk, rows))

    assert office.do(lambda desk: at_once(desk, rows)) is None
    changed = rows[0]._replace(filer="somebody-else")
    assert office.do(lambda desk: [weighed for _, weighed in Scales(desk.page, desk.today).weigh([changed])]) == [None]


def test_filing_and_approving_what_was_imported_is_asking_again(office: Office) -> None:
    office.do(lambda desk: at_once(desk, [PLAIN]))
    said = {"subject": "lin", "scheme": "school", "rule": "found", "happened_on": TODAY, "filer": "teacher"}

    first = office.do(file_record, record="i1", **said)
    assert first.kind is EntryKind.RECORDS_IMPORTED
    assert office.do(approve, record="i1", approver="head", history_on=TODAY) == first
    office.refuses("exists_differently", file_record, record="i1", **(said | {"rule": "diary"}))
    office.refuses("exists_differently", approve, record="i1", approver="another", history_on=TODAY)
    office.refuses("exists_differently", approve, record="i1", approver="head")


TOMORROW = TODAY + timedelta(days=1)
PLAIN = told(1, rule="found", subject="lin", happened_on=TODAY, approved_on=TODAY)


@pytest.mark.parametrize(
    "row",
    [
        PLAIN._replace(subject="nobody"),
        PLAIN._replace(scheme="shop"),
        PLAIN._replace(rule="singing"),
        PLAIN._replace(quantity=POINT),
        PLAIN._replace(points=POINT),
        PLAIN._replace(rule="hours"),
        PLAIN._replace(rule="kindness", points=6 * POINT),
        PLAIN._replace(rule="honour"),
        PLAIN._replace(happened_on=TOMORROW, approved_on=TOMORROW),
        PLAIN._replace(approved_on=TOMORROW),
        PLAIN._replace(approved_on=TODAY - timedelta(days=1)),
        PLAIN._replace(approver="teacher"),
        PLAIN._replace(approver="lin"),
        PLAIN._replace(id="13800138000"),
        PLAIN._replace(filer="王老师"),
        PLAIN._replace(happened_on=date(1980, 1, 1)),
        PLAIN._replace(happened_on=BEGAN - timedelta(days=1)),
    ],
    ids=str,
)
def test_what_is_not_plain_is_left_to_the_single_way_which_says_why(office: Office, row: Told) -> None:
    good = told(2, rule="diary", subject=row.subject, happened_on=TODAY, approved_on=TODAY)

    # With it all rows of its subject: they might lean on each other.
    assert office.do(lambda desk: [weighed for _, weighed in Scales(desk.page, desk.today).weigh([good, row])]) == [
        None
    ]


def test_too_many_reached_is_left_to_the_single_way(office: Office) -> None:
    crowded(office)

    assert office.do(lambda desk: [weighed for _, weighed in Scales(desk.page, desk.today).weigh([PLAIN])]) == [None]


def test_rows_weighed_before_the_journal_went_on_are_refused(office: Office) -> None:
    row = PLAIN
    weighed = office.do(lambda desk: next(Scales(desk.page, desk.today).weigh([row]))[1])
    assert weighed is not None
    rows = [(each.told.said, each.found) for each in weighed]
    with office.service.reading() as reading:
        head = reading.head().seq
    office.filed("r1")

    refusal = office.refuses("journal_went_on", import_records, rows=rows, actor="import", after=head)
    assert refusal.parameters == {"weighed_at": head, "head": head + 1}


def test_what_came_and_went_while_nothing_was_kept_leaves_no_trace(office: Office) -> None:
    """What is kept depends on what counts, not on what once did; so it is what the journal alone would give."""
    office.approved("r1")
    office.do(partial(leave_unkept, schemes=["school"]))
    office.do(revoke, record="r1", decider="board", reason="never happened")
    office.do(keep_again)

    with office.service.reading() as reading:
        assert reading.standings("school", after=None, limit=100) == []
        assert verify(reading, MemoryStore()).sound


def test_standings_that_are_not_kept_are_derived_until_they_are_kept_again(office: Office, other: Office) -> None:
    rows = a_term(7)
    one_by_one(other, rows)
    office.do(partial(leave_unkept, schemes=["school"]))
    office.do(lambda desk: at_once(desk, rows))
    office.approved("r1")
    other.approved("r1")

    assert standings(office) == standings(other)
    with office.service.reading() as reading:
        assert reading.unkept() == {"school"}
        assert not reading.standings("school", after=None, limit=10)
        assert verify(reading, MemoryStore()).sound

    office.do(keep_again)
    with office.service.reading() as reading, other.service.reading() as wanted:
        assert reading.unkept() == frozenset()
        assert reading.balances(after=None, limit=100) == wanted.balances(after=None, limit=100)
        kept = reading.standings("school", after=None, limit=100)
        assert kept == wanted.standings("school", after=None, limit=100)
        assert verify(reading, MemoryStore()).sound
