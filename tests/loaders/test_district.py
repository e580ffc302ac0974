"""The demonstration district: the same for a seed, plausible, without a fault, and kept as it would be derived."""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from graph_service.actions.adopt import adopt
from graph_service.lookups.verify import verify
from graph_service.model.days import DAY
from graph_service.model.records import Record, RecordState
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Policy
from graph_service.ports.vault import DataClass
from graph_service.service import TrustService
from graph_service.settings import Settings
from graph_service.stores.memory import MemoryStore
from graph_service.wiring import StandingClock, open_service
from loaders import Freight, check, export
from loaders.batch import Step
from loaders.district import Plan, graph, is_played, play, records_of_year, written
from loaders.district.dice import Dice
from loaders.district.plan import TOWN, TownPlan
from loaders.district.rows import build
from loaders.district.town import Town
from loaders.ties import TieItem

UNTIL = date(2026, 11, 22)
PLAN = Plan(subjects=500, until=UNTIL, seed=1)

#: Of what does not hang on the policy, so that a new rule does not change it.
PINNED = {
    Freight.SUBJECTS: "87569e8be4d70976",
    Freight.TIES: "4122502f8eea1723",
}


def policy_of(name: str) -> Policy:
    return parse_policy(name, read_folder(edition_folder(name)))


@pytest.fixture(scope="module")
def policy(policies_parsed_once: None) -> Policy:
    return policy_of("wendeng")


@pytest.fixture(scope="module")
def town(policy: Policy) -> Town:
    return next(graph(Plan(subjects=2_000, until=UNTIL), policy))


def ignore(_step: Step) -> None:
    """Nobody watches."""


def open_on(path: Path, plan: Plan, edition: str) -> TrustService:
    service = open_service(Settings(store=f"sqlite:///{path}", today=plan.since), create=True)
    files = read_folder(edition_folder(edition))
    since = date(plan.since.year, 1, 1)
    service.do(partial(adopt, name=edition, files=files, since=since, actor="operator"))
    return service


def stand_on(service: TrustService) -> Callable[[date], None]:
    clock = service.clock
    assert isinstance(clock, StandingClock)

    def stand(day: date) -> None:
        clock.day = day

    return stand


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> Iterator[TrustService]:
    service = open_on(tmp_path_factory.mktemp("district") / "district.db", PLAN, "wendeng")
    play(service, PLAN, policy, stand_on=stand_on(service), progress=ignore)
    yield service
    service.close()


def records(service: TrustService) -> list[Record]:
    with service.reading() as reading:
        return reading.records(states=(), after=None, limit=10_000)


# -- The same for a seed -----------------------------------------------------------------------------------------------


def test_dice_fall_the_same_everywhere() -> None:
    dice = Dice(1, "family", 7)

    assert [dice.below(1_000) for _ in range(6)] == [758, 144, 704, 978, 898, 711]
    assert Dice(1, "family", 7).mixed("abcdef") != Dice(2, "family", 7).mixed("abcdef")


def test_the_same_seed_gives_the_same_files_to_the_byte(tmp_path: Path, policy: Policy) -> None:
    once = written(PLAN, policy, tmp_path / "once")
    again = written(PLAN, policy, tmp_path / "again")
    other = written(Plan(subjects=500, until=UNTIL, seed=2), policy, tmp_path / "other")

    assert {freight: path.read_bytes() for freight, path in once.items()} == {
        freight: path.read_bytes() for freight, path in again.items()
    }
    assert once[Freight.SUBJECTS].read_bytes() != other[Freight.SUBJECTS].read_bytes()
    assert {freight: hashlib.sha256(once[freight].read_bytes()).hexdigest()[:16] for freight in PINNED} == PINNED


def test_a_district_has_as_many_subjects_as_were_asked_for(policy: Policy) -> None:
    for count in (200, 201, 333, 1_999, TOWN + 100, TOWN + 700):
        towns = list(graph(Plan(subjects=count, until=UNTIL), policy))
        ids = [subject.id for town in towns for subject in town.subjects]
        assert (len(ids), len(set(ids))) == (count, count)


def test_a_full_town_is_the_same_in_a_larger_district(policy: Policy) -> None:
    small, large = (Plan(subjects=count, until=UNTIL) for count in (TOWN, 3 * TOWN))
    first = TownPlan(number=0, subjects=TOWN)

    assert next(iter(small.towns())) == next(iter(large.towns())) == first
    assert build(small, first, policy).ties == build(large, first, policy).ties


# -- Plausible ---------------------------------------------------------------------------------------------------------


def tied(town: Town, kind: str, source: str, target: str) -> list[TieItem]:
    """List a town's ties of a kind between ids that begin so."""
    return [
        tie
        for tie in town.ties
        if tie.kind == kind and tie.source.startswith(f"{source}-") and tie.target.startswith(f"{target}-")
    ]


def test_each_pupil_has_two_or_three_mates(town: Town) -> None:
    groups = Counter(tie.target for tie in tied(town, "member_of", "p", "sg"))
    grouped = {tie.source for tie in tied(town, "member_of", "p", "sg")}

    assert set(groups.values()) == {3, 4}
    assert grouped == set(town.roles["pupils"])


def test_each_teacher_accompanies_four_or_five_pupils(town: Town) -> None:
    accompanied = Counter(tie.source for tie in tied(town, "mentors", "p", "p"))

    assert set(accompanied.values()) <= {4, 5}
    assert sum(accompanied.values()) == len(town.roles["pupils"])


def test_families_have_two_to_six_persons_and_minors_have_guardians(town: Town) -> None:
    families = Counter(tie.target for tie in tied(town, "family_of", "p", "f"))
    in_care = {tie.target for tie in tied(town, "guardian_of", "p", "p")}
    born = {subject.id: subject.born_on for subject in town.subjects if subject.kind == "person"}
    minors = {person for person, day in born.items() if day is not None and day >= town.plan.born_before}

    assert set(families.values()) == {2, 3, 4, 5, 6}
    assert in_care == minors
    assert all(born_on < UNTIL for born_on in born.values() if born_on is not None)


def test_some_guardians_refuse_and_some_withdraw(town: Town) -> None:
    pupils = set(town.roles["pupils"])
    consenting = {consent.subject for consent in town.consents} & pupils
    refused = len(town.roles["pupils"]) - len(consenting)

    assert 0.05 < refused / len(town.roles["pupils"]) < 0.3
    assert any(consent.until is not None for consent in town.consents)
    assert all(consent.guardian in town.guardians.get(consent.subject, [None]) for consent in town.consents)


def test_enterprises_have_branches_employees_representatives_and_guarantees(town: Town) -> None:
    for kind, source, target in (
        ("branch_of", "b", "e"),
        ("employed_by", "p", "e"),
        ("legal_representative_of", "p", "e"),
        ("department_of", "d", "e"),
        ("guarantees", "e", "e"),
        ("allied_with", "m", "al"),
        ("leads", "p", "v"),
        ("employed_by", "p", "o"),
        ("employed_by", "p", "h"),
    ):
        assert tied(town, kind, source, target), (kind, source, target)


def test_names_are_made_up_and_two_persons_may_share_one(town: Town) -> None:
    names = Counter(subject.name for subject in town.subjects if subject.kind == "person")

    assert all(name is not None and re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name) for name in names)
    assert max(names.values()) > 1
    assert len(names) > 0.6 * sum(names.values())


def test_nothing_looks_like_a_number_of_a_person_s_own(tmp_path: Path, policy: Policy) -> None:
    for path in written(PLAN, policy, tmp_path).values():
        with path.open(encoding="utf-8") as file:
            for row in csv.reader(file):
                assert [cell for cell in row if re.search(r"\d{11}|\d{17}[\dXx]", cell)] == []


def test_merit_is_commoner_than_demerit_and_the_grave_is_rare(policy: Policy) -> None:
    told = [each for town in records_of_year(Plan(subjects=2_000, until=UNTIL), policy) for each in town]
    rules = Counter(each.item.rule for each in told)

    assert {each.item.scheme for each in told} == set(policy.schemes)
    assert all(UNTIL.replace(year=2025) < each.item.happened_on <= UNTIL for each in told)
    assert rules["returned-lost-property"] < rules["careful-class-duty"]


# -- Without a fault ---------------------------------------------------------------------------------------------------


@pytest.mark.timeout(120)
@pytest.mark.parametrize("edition", ["wendeng", "encourage"])
def test_the_rows_have_no_fault_under_the_editions_that_ship(tmp_path: Path, edition: str) -> None:
    plan = Plan(subjects=300, until=UNTIL)
    files = written(plan, policy_of(edition), tmp_path / "files")
    service = open_on(tmp_path / "district.db", plan, edition)
    try:
        stand_on(service)(UNTIL + DAY)
        report = check(service, list(files.values()))
    finally:
        service.close()

    assert report.counts[Freight.SUBJECTS].new == 300
    assert report.known == 0
    assert report.counts[Freight.RECORDS].new > 100


@pytest.mark.timeout(120)
def test_every_state_of_life_occurs(played: TrustService) -> None:
    states = Counter(record.state for record in records(played))

    assert set(states) == set(RecordState)
    assert states.most_common(1)[0][0] is RecordState.IN_FORCE


@pytest.mark.timeout(120)
def test_what_is_kept_is_what_the_journal_gives(played: TrustService) -> None:
    with played.reading() as reading:
        verification = verify(reading, MemoryStore())

    assert verification.findings == ()
    assert verification.compared["subjects"] == PLAN.subjects
    assert verification.compared["sums of school"] > 0


# -- Several towns -----------------------------------------------------------------------------------------------------

TWO_TOWNS = Plan(subjects=500, until=UNTIL, seed=1)


@pytest.fixture
def small_towns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Towns of 250 subjects, of which only the first has its last weeks played."""
    monkeypatch.setattr("loaders.district.plan.TOWN", 250)
    # The package gives the function `play` under the module's name.
    monkeypatch.setattr(sys.modules["loaders.district.play"], "TOWNS_PLAYED", 1)


class Cut(Exception):
    """Somebody pulled the plug."""


def cut_in_the_second_town(step: Step) -> None:
    if (step.phase, step.done) == ("history", 1):
        raise Cut


@pytest.mark.timeout(120)
def test_only_the_first_towns_play_their_last_weeks(tmp_path: Path, policy: Policy, small_towns: None) -> None:
    service = open_on(tmp_path / "district.db", TWO_TOWNS, "wendeng")
    try:
        play(service, TWO_TOWNS, policy, stand_on=stand_on(service), progress=ignore)
        states: dict[str, set[RecordState]] = {}
        for record in records(service):
            states.setdefault(record.id.split("-")[1], set()).add(record.state)
        with service.reading() as reading:
            findings = verify(reading, MemoryStore()).findings
    finally:
        service.close()

    assert RecordState.CONTESTED in states["0001"]
    assert states["0002"] == {RecordState.IN_FORCE, RecordState.APPROVED, RecordState.EXPIRED}
    assert findings == ()


@pytest.mark.timeout(180)
def test_beside_and_cut_off_a_district_comes_to_the_same(tmp_path: Path, policy: Policy, small_towns: None) -> None:
    alone = open_on(tmp_path / "alone.db", TWO_TOWNS, "wendeng")
    beside = open_on(tmp_path / "beside.db", TWO_TOWNS, "wendeng")
    opening = partial(open_service, Settings(store=f"sqlite:///{tmp_path / 'beside.db'}"))
    try:
        with pytest.raises(Cut):
            play(alone, TWO_TOWNS, policy, stand_on=stand_on(alone), progress=cut_in_the_second_town)
        play(alone, TWO_TOWNS, policy, stand_on=stand_on(alone), progress=ignore)
        play(beside, TWO_TOWNS, policy, stand_on=stand_on(beside), progress=ignore, beside=opening)
        with alone.reading() as one, beside.reading() as other:
            assert one.head() == other.head()
            subjects = [subject.id for subject in one.subjects(kinds=(), after=None, limit=1_000)]
        notes = [service.vault.read(subjects, DataClass.TEXT) for service in (alone, beside)]
        profiles = [service.vault.profiles_of(subjects) for service in (alone, beside)]
    finally:
        alone.close()
        beside.close()

    assert profiles[0] == profiles[1]
    assert len(profiles[0]) == TWO_TOWNS.subjects
    assert notes[0] == notes[1]
    assert len(notes[0]) > 10


# -- Again -------------------------------------------------------------------------------------------------------------


def test_a_district_that_was_played_is_not_played_again(played: TrustService, policy: Policy) -> None:
    with played.reading() as reading:
        before = reading.head()

    assert is_played(played, PLAN)
    play(played, PLAN, policy, stand_on=lambda _: None, progress=ignore)

    with played.reading() as reading:
        assert reading.head() == before


@pytest.mark.timeout(120)
def test_an_export_holds_the_history_that_was_entered_many_records_at_a_time(
    played: TrustService, tmp_path: Path
) -> None:
    with export(played, tmp_path)[Freight.RECORDS].open(encoding="utf-8") as file:
        told = [row["id"] for row in csv.DictReader(file)]

    left_out = {RecordState.REJECTED, RecordState.REVOKED, RecordState.REPAIRED}
    held = [record for record in records(played) if record.state not in left_out]
    assert sorted(told) == sorted(record.id for record in held if record.origin is None)
