"""Imports: many rows at once come to what the same rows come to one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import pytest
from msgspec import structs

from graph_service.actions.adopt import adopt
from graph_service.actions.connect import connect, disconnect
from graph_service.actions.consent import give_consent
from graph_service.actions.desk import Desk
from graph_service.actions.enrol import enrol
from graph_service.actions.imports import ROWS_PER_ENTRY, Imported, import_consents, import_subjects, import_ties
from graph_service.errors import ExistsDifferently
from graph_service.lookups.verify import verify
from graph_service.model.records import LATEST
from graph_service.model.ties import Tie
from graph_service.stores.memory import MemoryStore
from loaders.consents import ConsentItem
from loaders.subjects import SubjectItem
from loaders.ties import TieItem
from tests.office import BEGAN, FILES, JOINED, TODAY, Office, furnish, open_office


def subject(id_: str, kind: str = "person", born: int | None = 1990, **more: object) -> SubjectItem:
    born_on = None if born is None else date(born, 5, 1)
    said: dict[str, object] = {"name": None, "born_on": born_on, "since": None, "external_ids": {}, **more}
    return SubjectItem(id=id_, kind=kind, **said)  # type: ignore[arg-type]


def tie(id_: str, kind: str, source: str, target: str, since: date = JOINED, **more: object) -> TieItem:
    said: dict[str, object] = {"until": None, "attributes": {}, **more}
    return TieItem(id=id_, kind=kind, source=source, target=target, since=since, **said)  # type: ignore[arg-type]


def consent(id_: str, subject_: str, guardian: str | None = None, since: date = JOINED) -> ConsentItem:
    return ConsentItem(id=id_, subject=subject_, guardian=guardian, purpose="sharing", since=since, until=None)


SUBJECTS = (
    subject("lin", name="林晓", external_ids={"roll": "0417"}),
    subject("mei"),
    subject("zhao", born=1980),
    subject("kid", born=2016),
    subject("ben", born=None),
    subject("g1", "study_group", None, name="晨光小组", since=BEGAN),
    subject("g2", "study_group", None, since=BEGAN),
)
TIES = (
    tie("t1", "member_of", "lin", "g1", attributes={"role": "leader", "share": "12.5"}),
    tie("t2", "member_of", "mei", "g1", until=date(2026, 9, 1)),
    tie("t3", "mentors", "zhao", "lin"),
    tie("t4", "guardian_of", "zhao", "kid"),
)
CONSENTS = (consent("c1", "lin"), consent("c2", "mei"), consent("c3", "kid", "zhao"))


@dataclass
class Views:
    """What a store holds, without the positions: an import has fewer entries."""

    lists: list[object] = field(default_factory=list)


def views(office: Office) -> Views:
    with office.service.reading() as reading:
        ids = [each.id for each in reading.subjects(kinds=(), after=None, limit=100)]
        ages = [structs.replace(age, seq=0) for held in sorted(reading.ages_of(ids).items()) for age in held[1]]
        found = (
            reading.subjects(kinds=(), after=None, limit=100),
            reading.ties(after=None, limit=100),
            reading.consents(after=None, limit=100),
        )
        return Views(
            [
                ages,
                *([structs.replace(each, seq=0) for each in listed] for listed in found),
                office.service.vault.profiles_of(ids),
                reading.standings("school", after=None, limit=100),
                reading.balances(after=None, limit=100),
            ]
        )


def one_by_one(desk: Desk) -> None:
    for each in SUBJECTS:
        enrol(
            desk,
            subject=each.id,
            kind=each.kind,
            actor="clerk",
            name=each.name,
            born_on=each.born_on,
            identifiers=each.external_ids,
            since=each.since,
        )
    for row in TIES:
        connect(
            desk,
            tie=row.id,
            kind=row.kind,
            source=row.source,
            target=row.target,
            actor="clerk",
            since=row.since,
            until=row.until,
            attributes=row.attributes,
            history=True,
        )
    for given in CONSENTS:
        give_consent(
            desk,
            consent=given.id,
            subject=given.subject,
            guardian=given.guardian,
            purpose=given.purpose,
            actor="clerk",
            since=given.since,
            history=True,
        )


def all_at_once(office: Office) -> list[Imported]:
    return [
        office.do(import_subjects, rows=SUBJECTS, actor="clerk"),
        office.do(import_ties, rows=TIES, actor="clerk"),
        office.do(import_consents, rows=CONSENTS, actor="clerk"),
    ]


@pytest.fixture
def empty_with_policy(empty: Office) -> Office:
    empty.do(adopt, name="first", files=FILES, since=BEGAN, actor="head")
    return empty


def told(office: Office) -> None:
    """Let something happen over the ties and consents."""
    office.approved("r1", "found", "lin")
    office.approved("r2", "kindness", "mei", points=2_000_000)
    office.wait(2)


def test_rows_at_once_and_one_by_one_give_equal_views_and_standings(empty_with_policy: Office) -> None:
    other = open_office(MemoryStore())
    other.do(adopt, name="first", files=FILES, since=BEGAN, actor="head")

    other.service.do(one_by_one)
    answers = all_at_once(empty_with_policy)
    for office in (other, empty_with_policy):
        told(office)

    assert [(answer.known, answer.refused) for answer in answers] == [([], {})] * 3
    assert views(empty_with_policy) == views(other)
    other.service.close()


def test_a_store_rebuilt_from_an_import_is_the_one_that_was_kept(empty_with_policy: Office) -> None:
    all_at_once(empty_with_policy)
    told(empty_with_policy)

    with empty_with_policy.service.reading() as reading:
        verification = verify(reading, MemoryStore())

    assert verification.findings == ()
    assert verification.compared["ties"] == len(TIES)


def test_many_rows_are_entered_a_few_hundred_in_an_entry(empty_with_policy: Office) -> None:
    rows = [subject(f"p{number:04}") for number in range(2 * ROWS_PER_ENTRY + 1)]
    with empty_with_policy.service.reading() as reading:
        before = reading.head().seq

    empty_with_policy.do(import_subjects, rows=rows, actor="clerk")

    with empty_with_policy.service.reading() as reading:
        assert [len(entry.asked["rows"]) for entry in reading.entries(after=before, limit=9)] == [200, 200, 1]


def test_rows_that_are_there_are_known_however_they_came(empty_with_policy: Office) -> None:
    empty_with_policy.service.do(one_by_one)
    seq = empty_with_policy.view().journal[-1]

    again = all_at_once(empty_with_policy)

    assert [answer.known for answer in again] == [list(range(7)), list(range(4)), list(range(3))]
    assert empty_with_policy.view().journal[-1] == seq


def test_what_an_import_brought_is_the_first_answer_for_who_asks_alone(empty_with_policy: Office) -> None:
    all_at_once(empty_with_policy)
    before = empty_with_policy.view()

    empty_with_policy.service.do(one_by_one)

    assert empty_with_policy.view() == before
    for action, said, named in (
        (enrol, {"subject": "g1", "kind": "study_group", "name": "朝阳小组", "since": BEGAN}, "name"),
        (enrol, {"subject": "mei", "kind": "person", "born_on": date(1991, 5, 1)}, "born_on"),
        (connect, {"tie": "t3", "kind": "mentors", "source": "zhao", "target": "mei", "since": JOINED}, "target"),
        (give_consent, {"consent": "c1", "subject": "mei", "purpose": "sharing", "since": JOINED}, "subject"),
    ):
        refusal = empty_with_policy.refuses("exists_differently", action, actor="clerk", **said)
        assert refusal.field == named


def test_other_content_in_an_import_is_refused_and_names_the_field(empty_with_policy: Office) -> None:
    all_at_once(empty_with_policy)

    answer = empty_with_policy.do(
        import_ties, rows=[replace(TIES[0], target="g2"), tie("t9", "mentors", "zhao", "mei")], actor="clerk"
    )

    assert isinstance(answer.refused[0], ExistsDifferently)
    assert answer.refused[0].field == "target"
    assert answer.known == []
    assert "t9" in {each.id for each in _ties(empty_with_policy)}


def _ties(office: Office) -> Sequence[Tie]:
    with office.service.reading() as reading:
        return reading.ties(after=None, limit=100)


def _codes(answer: Imported) -> dict[int, str]:
    return {place: refusal.code for place, refusal in answer.refused.items()}


def test_each_row_is_refused_by_itself_by_the_rules_of_its_action(empty_with_policy: Office) -> None:
    office = empty_with_policy
    enrolled = office.do(
        import_subjects,
        rows=[
            *SUBJECTS,
            subject("not an id"),
            subject("p1", "wizard"),
            subject("p2", external_ids={"roll": "0417"}),
            subject("p3", born=2030),
            subject("13800138000"),
        ],
        actor="clerk",
    )
    opened = office.do(
        import_ties,
        rows=[
            *TIES,
            tie("t5", "member_of", "lin", "g2"),
            tie("t6", "member_of", "ben", "nobody"),
            tie("t7", "married_to", "lin", "mei"),
            tie("t8", "mentors", "lin", "lin"),
            tie("t9", "member_of", "zhao", "ben"),
            tie("t10", "member_of", "zhao", "g1", until=JOINED),
            tie("t11", "member_of", "zhao", "g2", since=date(2020, 1, 1)),
        ],
        actor="clerk",
    )
    given = office.do(
        import_consents,
        rows=[
            *CONSENTS,
            consent("c4", "kid"),
            consent("c5", "mei", "zhao"),
            consent("c6", "kid", "mei"),
            replace(consent("c7", "lin"), purpose="advertising"),
        ],
        actor="clerk",
    )

    assert _codes(enrolled) == {
        7: "id_malformed",
        8: "kind_unknown",
        9: "identifier_taken",
        10: "day_in_future",
        11: "id_personal",
    }
    assert _codes(opened) == {
        4: "tie_too_many",
        5: "subject_unknown",
        6: "kind_unknown",
        7: "tie_to_itself",
        8: "tie_ends_unfit",
        9: "days_reversed",
        10: "before_subject",
    }
    assert _codes(given) == {
        3: "guardian_missing",
        4: "guardian_unneeded",
        5: "guardian_unfit",
        6: "purpose_unknown",
    }


def test_where_there_are_records_no_import_changes_their_shares(office: Office) -> None:
    office.approved("r1", "found", "lin")

    ties = office.do(
        import_ties,
        rows=[
            tie("t5", "member_of", "ben", "g1"),
            tie("t6", "mentors", "ben", "kid"),
            tie("t6", "mentors", "ben", "kid"),
        ],
        actor="clerk",
    )
    before = office.score("lin")
    consents = office.do(import_consents, rows=[consent("c9", "kid", "zhao")], actor="clerk")

    assert _codes(ties) == {0: "history_touched"}
    assert ties.known == [2]
    assert (consents.refused, consents.known) == ({}, [])
    assert office.score("lin") == before


@pytest.mark.parametrize("action", [import_subjects, import_ties, import_consents])
def test_nothing_imported_is_nothing_written(office: Office, action: Callable[..., Imported]) -> None:
    before = office.view()

    office.do(partial(action), rows=[], actor="clerk")

    assert office.view() == before


def test_an_imported_tie_ends_like_any_other(store: MemoryStore) -> None:
    office = furnish(open_office(store))
    office.do(import_ties, rows=[tie("t5", "mentors", "ben", "kid")], actor="clerk")

    office.do(disconnect, tie="t5", actor="clerk")

    with office.service.reading() as reading:
        held = reading.ties_of(["t5"])["t5"]
        assert held.until == date(2026, 3, 11)
        assert 0 < held.seq < LATEST
    assert office.clock.today() == TODAY
    office.service.close()
