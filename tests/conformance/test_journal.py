"""The journal: dense, chained, said once, and the same whoever asks at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect, disconnect, void_tie
from graph_service.actions.consent import (
    end_waiver,
    give_consent,
    grant_waiver,
    void_consent,
    void_waiver,
    withdraw_consent,
)
from graph_service.actions.decide import approve, contest, deliver_notice, reject, repair, revoke, uphold
from graph_service.actions.enrol import enrol
from graph_service.actions.file_record import file_record
from graph_service.actions.forget import forget
from graph_service.errors import ExistsDifferently, Refusal
from graph_service.model.journal import GENESIS, Entry, Head, follows
from graph_service.model.records import LATEST, Moment
from graph_service.policy.parse import parse_policy
from graph_service.ports.store import EntryTaken, Store
from graph_service.projection.project import project
from graph_service.scoring.total import balances_of
from graph_service.stores.memory import MemoryStore
from tests.office import FILES, TODAY, Office, furnish, open_office
from tests.worlds import view

TOMORROW = TODAY + timedelta(days=1)
LATER = TODAY + timedelta(days=9)


def busy(office: Office) -> None:
    """Let some of everything happen."""
    office.approved("r1")
    office.approved("r2", "late")
    office.do(deliver_notice, record="r2", actor="clerk")
    office.do(void_tie, tie="t3", actor="head", reason="mistaken")
    office.do(grant_waiver, waiver="w1", member="lin", group="g1", actor="clerk")
    office.wait(8)
    office.do(contest, record="r1", contest="k1", contester="parent", reason="disputed")
    office.do(void_consent, consent="c2", actor="head", reason="mistaken")
    files = FILES | {"school.yaml": FILES["school.yaml"].replace("base: 1000", "base: 1001")}
    office.do(adopt, name="second", files=files, since=office.clock.today() + timedelta(days=1), actor="head")
    office.wait(2)


def test_positions_are_dense_and_every_entry_is_chained_to_the_one_before(office: Office) -> None:
    busy(office)
    entries = office.view().journal

    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    head = Head(seq=0, hash=GENESIS, entered_on=None, ticked_on=None)
    for entry in entries:
        assert follows(entry, head)
        head = Head(seq=entry.seq, hash=entry.hash, entered_on=entry.entered_on, ticked_on=None)


def test_the_head_is_the_last_entry(office: Office) -> None:
    entry = office.approved("r1")
    with office.service.reading() as reading:
        head = reading.head()

    assert (head.seq, head.hash, head.entered_on, head.ticked_on) == (entry.seq, entry.hash, TODAY, TODAY)


def test_days_never_run_backwards_when_the_clock_does(office: Office) -> None:
    office.clock.move(-5)
    entry = office.approved("r1")

    assert entry.entered_on == TODAY


def test_a_journal_projected_anew_gives_the_same_views(office: Office) -> None:
    busy(office)
    anew = MemoryStore()
    with anew.writing() as page:
        for entry in office.view().journal:
            project(page, entry)

    with anew.reading() as reading:
        assert view(reading, ["school"]) == office.view()


# -- Said once ---------------------------------------------------------------------------------------------------------

TIE = {"tie": "t9", "kind": "mentors", "source": "mei", "target": "ben", "actor": "clerk", "since": TOMORROW}
CONSENT = {"consent": "c9", "subject": "zhao", "purpose": "sharing", "actor": "clerk", "since": TOMORROW}
WAIVER = {"waiver": "w9", "member": "lin", "group": "g1", "actor": "clerk", "since": TOMORROW}
RECORD = {
    "record": "r9",
    "subject": "lin",
    "scheme": "school",
    "rule": "found",
    "happened_on": TODAY,
    "filer": "teacher",
    "note": "a purse",
}

#: An action, what is said, what was done before it, and another value for each field by the name that is refused.
SAID: dict[str, tuple[Any, dict[str, Any], list[tuple[Any, dict[str, Any]]], dict[str, dict[str, Any]]]] = {
    "adopt": (
        adopt,
        {"name": "next", "files": FILES, "since": LATER, "actor": "head"},
        [],
        {"files": {"files": FILES | {"school.yaml": FILES["school.yaml"] + "\n"}}},
    ),
    "enrol": (
        enrol,
        {"subject": "ann", "kind": "person", "actor": "clerk", "name": "安", "born_on": date(2000, 1, 1)},
        [],
        {"kind": {"kind": "family"}, "name": {"name": "李"}, "born_on": {"born_on": date(2000, 1, 2)}},
    ),
    "forget": (
        forget,
        {"subject": "lin", "asked_by": "clerk", "approver": "head"},
        [],
        {"asked_by": {"asked_by": "mother"}},
    ),
    "connect": (
        connect,
        TIE,
        [],
        {"since": {"since": LATER}, "target": {"target": "kid"}, "until": {"until": LATER}},
    ),
    "disconnect": (disconnect, {"tie": "t1", "actor": "clerk", "until": TOMORROW}, [], {"until": {"until": LATER}}),
    "void a tie": (
        void_tie,
        {"tie": "t1", "actor": "head", "reason": "mistaken"},
        [],
        {"reason": {"reason": "another"}},
    ),
    "give consent": (give_consent, CONSENT, [], {"subject": {"subject": "g1"}, "until": {"until": LATER}}),
    "withdraw consent": (
        withdraw_consent,
        {"consent": "c1", "actor": "clerk", "until": TOMORROW},
        [],
        {"until": {"until": LATER}},
    ),
    "void a consent": (
        void_consent,
        {"consent": "c1", "actor": "head", "reason": "mistaken"},
        [],
        {"reason": {"reason": "another"}},
    ),
    "grant a waiver": (grant_waiver, WAIVER, [], {"group": {"group": "g2"}, "member": {"member": "mei"}}),
    "end a waiver": (
        end_waiver,
        {"waiver": "w9", "actor": "clerk", "until": LATER},
        [(grant_waiver, WAIVER)],
        {"until": {"until": TODAY + timedelta(days=5)}},
    ),
    "void a waiver": (
        void_waiver,
        {"waiver": "w9", "actor": "head", "reason": "mistaken"},
        [(grant_waiver, WAIVER)],
        {"reason": {"reason": "another"}},
    ),
    "file": (
        file_record,
        RECORD,
        [],
        {
            "rule": {"rule": "diary"},
            "subject": {"subject": "mei"},
            "happened_on": {"happened_on": date(2026, 3, 9)},
            "filer": {"filer": "clerk"},
            "note": {"note": "a bag"},
        },
    ),
    "approve": (
        approve,
        {"record": "r9", "approver": "head"},
        [(file_record, RECORD)],
        {"approved_on": {"history_on": TODAY}},
    ),
    "reject": (
        reject,
        {"record": "r9", "approver": "head", "reason": "unfounded"},
        [(file_record, RECORD)],
        {"reason": {"reason": "another"}},
    ),
    "deliver a notice": (
        deliver_notice,
        {"record": "r9", "actor": "clerk", "delivered_on": TODAY},
        [(file_record, RECORD | {"rule": "late"}), (approve, {"record": "r9", "approver": "head"})],
        {"delivered_on": {"delivered_on": TOMORROW}},
    ),
    "contest": (
        contest,
        {"record": "r9", "contest": "k1", "contester": "parent", "reason": "it was me"},
        [(file_record, RECORD), (approve, {"record": "r9", "approver": "head"})],
        {"contester": {"contester": "lin"}, "reason": {"reason": "it was not me"}},
    ),
    "uphold": (
        uphold,
        {"record": "r9", "contest": "k1", "decider": "board", "reason": "confirmed"},
        [
            (file_record, RECORD),
            (approve, {"record": "r9", "approver": "head"}),
            (contest, {"record": "r9", "contest": "k1", "contester": "parent", "reason": "disputed"}),
        ],
        {"reason": {"reason": "another"}},
    ),
    "revoke": (
        revoke,
        {"record": "r9", "decider": "board", "reason": "unfounded"},
        [(file_record, RECORD), (approve, {"record": "r9", "approver": "head"})],
        {"reason": {"reason": "another"}, "contest": {"contest": "k1"}},
    ),
    "repair": (
        repair,
        {"record": "r9", "asked_by": "parent", "decider": "board"},
        [(file_record, RECORD | {"rule": "late"}), (approve, {"record": "r9", "approver": "head"})],
        {"asked_by": {"asked_by": "lin"}},
    ),
}


#: What is named, where it is not the record.
NAMED = {
    "adopt": "next",
    "enrol": "ann",
    "forget": "lin",
    "connect": "t9",
    "disconnect": "t1",
    "void a tie": "t1",
    "give consent": "c9",
    "withdraw consent": "c1",
    "void a consent": "c1",
    "grant a waiver": "w9",
    "end a waiver": "w9",
    "void a waiver": "w9",
}


@pytest.mark.parametrize("name", SAID)
def test_the_same_again_is_the_first_answer(office: Office, name: str) -> None:
    action, said, before, _ = SAID[name]
    for earlier, words in before:
        office.do(earlier, **words)
    first: Entry = office.do(action, **said)
    after = office.view()

    assert office.do(action, **said) == first
    assert office.view() == after


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, said in SAID.items() for field in said[3]])
def test_other_content_under_the_same_id_is_refused_and_the_field_is_named(
    office: Office, name: str, field: str
) -> None:
    action, said, before, others = SAID[name]
    for earlier, words in before:
        office.do(earlier, **words)
    office.do(action, **said)

    refusal = office.refuses("exists_differently", action, **(said | others[field]))

    assert refusal.parameters == {"id": NAMED.get(name, "r9"), "field": field}


#: What is decided, by whom, and by whom else it might have been: the name of the person's part, and the step.
DECISIONS = {
    "forget": ("approver", "forgotten"),
    "void a tie": ("actor", "voided"),
    "void a consent": ("actor", "voided"),
    "void a waiver": ("actor", "voided"),
    "approve": ("approver", "approved"),
    "reject": ("approver", "rejected"),
    "uphold": ("decider", "upheld"),
    "revoke": ("decider", "revoked"),
    "repair": ("decider", "repaired"),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_who_decides_second_is_told_who_decided_first(office: Office, name: str) -> None:
    action, said, before, _ = SAID[name]
    for earlier, words in before:
        office.do(earlier, **words)
    office.do(action, **said)
    office.wait(1)
    person, step = DECISIONS[name]

    refusal = office.refuses("already_decided", action, **(said | {person: "somebody-else"}))

    assert refusal.parameters == {
        "id": NAMED.get(name, "r9"),
        "step": step,
        "person": said[person],
        "on": TODAY.isoformat(),
    }


def test_a_record_whose_name_ends_like_a_step_does_not_stand_in_the_way(office: Office) -> None:
    office.filed("r1:approved")
    office.filed("r1.approved")
    office.filed("r1")

    office.do(approve, record="r1", approver="head")


def test_the_same_again_a_day_later_is_the_first_answer(office: Office) -> None:
    first = office.filed("r1")
    office.wait(1)

    assert office.filed("r1") == first


def test_a_birth_day_is_not_in_the_journal(office: Office) -> None:
    office.do(enrol, subject="ann", kind="person", actor="clerk", name="安", born_on=date(2020, 7, 9))
    text = repr(office.view().journal)

    assert "安" not in text
    assert "2020-07-09" not in text


RULES = ("found", "diary", "late", "bullying", "amends", "flower")


# -- Many at a time ----------------------------------------------------------------------------------------------------


def test_one_refusal_never_fails_its_group(office: Office) -> None:
    """Requests that share a commit: the sound ones are kept, and only the unsound one is refused."""
    gate = threading.Event()
    blocked = office.service.submit(lambda desk: gate.wait())
    said = [
        RECORD | {"record": f"r{number}", "rule": "found" if number % 3 else "no-such-rule"} for number in range(12)
    ]
    futures: list[Future[Entry]] = [
        office.service.submit(lambda desk, words=words: file_record(desk, **words))  # type: ignore[misc]
        for words in said
    ]
    gate.set()
    blocked.result()

    answers = [future.exception() or future.result() for future in futures]
    assert [getattr(answer, "code", "kept") for answer in answers] == [
        "kept" if number % 3 else "rule_unknown" for number in range(12)
    ]
    with office.service.reading() as reading:
        kept = reading.entries_of([f"record/r{number}" for number in range(12)])
    assert sorted(kept) == sorted(f"record/r{number}" for number in range(12) if number % 3)


def test_many_submitters_get_positions_of_their_own(office: Office) -> None:
    entries: list[Entry] = []
    refusals: list[Refusal] = []

    def work(person: int) -> None:
        for number in range(6):
            # Everybody names the first record alike, with content of their own: one of them comes first.
            name = "r0" if number == 0 else f"r{person}-{number}"
            try:
                entries.append(office.filed(name, RULES[person]))
            except Refusal as refusal:
                refusals.append(refusal)

    threads = [threading.Thread(target=work, args=(person,)) for person in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({entry.seq for entry in entries}) == len(entries) == 6 * 5 + 1
    assert [type(refusal) for refusal in refusals] == [ExistsDifferently] * 5
    journal = office.view().journal
    assert [entry.seq for entry in journal] == list(range(1, len(journal) + 1))
    assert len([entry for entry in journal if str(entry.kind) == "record_filed"]) == 6 * 5 + 1


def test_a_reading_sees_one_moment_while_writing_goes_on(office: Office) -> None:
    office.approved("r1")
    with office.service.reading() as reading:
        before = view(reading, ["school"])
        office.approved("r2", "kindness", points=3_000_000)
        assert view(reading, ["school"]) == before

    assert office.score("lin") == 1028


def test_readings_beside_a_writer_are_never_torn(office: Office) -> None:
    """Whatever a reading shows, its parts belong to one another: what is kept is what the lines sum up to."""
    scheme = parse_policy("first", FILES).schemes["school"]
    stop, wrong = threading.Event(), list[object]()

    def read() -> None:
        while not stop.is_set():
            with office.service.reading() as reading:
                kept = reading.balances_of(["mei"], "school").get("mei", [])
                lines = reading.lines_to(["mei"], "school", Moment(TODAY, LATEST - 1)).get("mei", [])
                if kept != balances_of(scheme, lines):
                    wrong.append((kept, lines))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(40):
        office.approved(f"r{number}")
    stop.set()
    for reader in readers:
        reader.join()

    assert wrong == []
    assert office.score("mei") == 1000 + 40 * 4


def test_a_page_that_fails_is_not_kept_at_all(store: Store) -> None:
    office = furnish(open_office(store))
    before = office.view()

    with pytest.raises(RuntimeError, match="in the middle"), store.writing() as page:
        entry = office.view().journal[-1]
        page.set_ticked(entry.entered_on + timedelta(days=1))
        raise RuntimeError("in the middle")

    assert office.view() == before
    office.service.close()


@pytest.mark.parametrize("which", [0, -1])
def test_an_entry_is_entered_once_whoever_writes_it(store: Store, which: int) -> None:
    """The fence behind the idempotence of actions: an id has one entry, and a position too."""
    office = furnish(open_office(store))
    before = office.view()
    written = before.journal[which]
    again = replace(written, seq=before.journal[-1].seq + 1)

    for entry in (again, replace(before.journal[-1], id="other")):
        with pytest.raises(EntryTaken), store.writing() as page:
            page.append(entry)

    assert office.view() == before
    office.service.close()
