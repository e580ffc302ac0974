"""What can be followed: the journal, standings and groups; nothing is missed and nothing told twice."""

# ruff: noqa: ANN401 - answers are JSON

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from graph_service.actions.connect import connect, disconnect, void_tie
from graph_service.actions.decide import contest, uphold
from graph_service.follower import Follower, LiveLimits
from graph_service.model.points import POINT
from graph_service.stores.memory import MemoryStore
from graph_service.stores.sqlite.store import SQLiteStore
from schema import subscription
from schema.request import Request
from schema.stream import stream
from tests.live.subscriber import FEED, JOURNAL, STANDINGS
from tests.office import Office, furnish, open_office


@pytest.fixture(params=["memory", "sqlite"])
def office(request: pytest.FixtureRequest, path: Path) -> Iterator[Office]:
    office = furnish(open_office(MemoryStore() if request.param == "memory" else SQLiteStore(path)))
    yield office
    office.service.close()


def head(office: Office) -> int:
    with office.service.reading() as reading:
        return reading.head().seq


def followed(
    office: Office,
    query: str,
    count: int,
    *happens: Callable[[], object],
    limits: LiveLimits | None = None,
    **variables: Any,
) -> list[Any]:
    """Follow until so many answers have come, or one that is the last; let something happen behind each answer."""

    async def follow() -> list[Any]:
        follower = Follower(office.service, limits)
        waiting = list(happens)
        found: list[Any] = []
        async with (
            follower.running(),
            aclosing(stream(follower, Request(query=query, variables=variables), {})) as answers,
            asyncio.timeout(20),
        ):
            async for answered in answers:
                found.append(json.loads(json.dumps(answered.body)))
                if len(found) == count:
                    break
                if waiting:
                    await asyncio.to_thread(waiting.pop(0))
        return found

    return asyncio.run(follow())


def data(bodies: list[Any], field: str) -> list[Any]:
    assert [body["errors"] for body in bodies if "errors" in body] == []
    return [body["data"][field] for body in bodies]


# -- The journal -------------------------------------------------------------------------------------------------------


def test_the_journal_is_told_in_order_from_a_position(office: Office) -> None:
    with office.service.reading() as reading:
        entries = reading.entries(after=3, limit=1_000)

    told = data(followed(office, JOURNAL, len(entries), after=3), "journal")

    assert [(each["seq"], each["ref"], each["kind"], each["hash"]) for each in told] == [
        (entry.seq, entry.id, entry.kind.name, entry.hash.hex()) for entry in entries
    ]


def test_who_names_no_position_is_told_what_is_new(office: Office) -> None:
    async def follow() -> list[int]:
        follower = Follower(office.service)
        async with follower.running(), asyncio.timeout(20):
            answers = stream(follower, Request(query=JOURNAL), {})
            waiting = asyncio.ensure_future(anext(answers))
            await asyncio.sleep(0.3)
            await asyncio.to_thread(office.filed, "r1")
            found = [await waiting, await office_approves(answers)]
            await answers.aclose()
        return [each.body["data"]["journal"]["seq"] for each in found]

    async def office_approves(answers: Any) -> Any:
        waiting: Awaitable[Any] = anext(answers)
        await asyncio.to_thread(office.approved, "r2")
        return await waiting

    before = head(office)

    assert asyncio.run(follow()) == [before + 1, before + 2]


@pytest.mark.parametrize("query", [JOURNAL, FEED, STANDINGS])
def test_a_position_beyond_the_head_is_refused(office: Office, query: str) -> None:
    (body,) = followed(office, query, 2, after=head(office) + 1, group="g1", subjects=["lin"])

    assert "data" not in body
    assert body["errors"][0]["extensions"]["code"] == "position_unknown"
    assert body["errors"][0]["extensions"]["parameters"]["head"] == head(office)


@pytest.mark.parametrize("query", [JOURNAL, FEED, STANDINGS])
def test_a_position_too_far_back_is_refused(office: Office, query: str) -> None:
    limits = LiveLimits(behind=3)
    (body,) = followed(office, query, 2, limits=limits, after=head(office) - 4, group="g1", subjects=["lin"])

    assert body["errors"][0]["extensions"]["code"] == "position_too_old"
    assert body["errors"][0]["extensions"]["parameters"] == {
        "position": head(office) - 4,
        "behind": 4,
        "most": 3,
        "field": "after",
    }


def test_who_falls_too_far_behind_is_told_where(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph_service.lookups.following.ENTRIES_AT_ONCE", 1)
    before = head(office)

    def much() -> None:
        for number in range(4):
            office.filed(f"r{number}")

    *told, last = followed(office, JOURNAL, 9, much, limits=LiveLimits(behind=3), after=before - 1)

    assert data(told, "journal")[-1]["seq"] == before
    assert last["errors"][0]["extensions"]["code"] == "position_too_old"
    assert last["errors"][0]["extensions"]["parameters"]["position"] == before


# -- Standings ---------------------------------------------------------------------------------------------------------


def scores(change: Any) -> dict[str, str]:
    assert {each["knownAt"] for each in change["standings"]} <= {change["seq"]}
    return {each["subject"]["ref"]: each["score"] for each in change["standings"]}


def test_standings_are_told_now_and_whenever_they_change(office: Office) -> None:
    told = data(
        followed(
            office,
            STANDINGS,
            3,
            lambda: office.approved("r1"),
            lambda: office.approved("r2", "hours", "mei", quantity=4 * POINT),
            subjects=["lin", "mei"],
        ),
        "standings",
    )

    assert [scores(each) for each in told] == [
        {"lin": "1000", "mei": "1000"},
        {"lin": "1025", "mei": "1004"},
        {"lin": "1025.2", "mei": "1005"},
    ]


def test_a_standing_that_does_not_change_is_not_told(office: Office) -> None:
    told = data(
        followed(
            office,
            STANDINGS,
            2,
            lambda: (
                office.filed("r1"),
                office.approved("r2", "kindness", "ben", points=2 * POINT),
                office.approved("r3"),
            ),
            subjects=["lin", "ben"],
        ),
        "standings",
    )

    assert scores(told[1]).items() <= {"lin": "1025", "ben": "1002"}.items()
    assert scores(told[1])


def test_who_goes_on_is_told_the_standings_that_are_others_now(office: Office) -> None:
    office.approved("r1")
    seen = head(office)
    office.approved("r2", "kindness", "mei", points=5 * POINT)
    office.approved("r3", "kindness", "ben", points=5 * POINT)

    (change,) = data(followed(office, STANDINGS, 1, subjects=["ben", "zhao", "mei", "lin"], after=seen), "standings")
    (nothing,) = data(followed(office, STANDINGS, 1, subjects=["ben", "lin"], after=head(office)), "standings")
    (whole,) = data(followed(office, STANDINGS, 1, subjects=["ben", "ben", "kid"], after=0), "standings")

    assert scores(change) == {"ben": "1005", "mei": "1009", "lin": "1026"}
    assert (nothing["seq"], scores(nothing)) == (head(office), {})
    assert scores(whole) == {"ben": "1005", "kid": "1000"}


def test_what_ends_overnight_changes_standings(office: Office) -> None:
    office.approved("r1", "flower")

    told = data(followed(office, STANDINGS, 2, lambda: office.wait(6), subjects=["lin"]), "standings")

    assert [scores(each) for each in told] == [{"lin": "1002"}, {"lin": "1000"}]


@pytest.mark.parametrize(
    ("variables", "code", "field"),
    [
        ({"subjects": ["lin", "nobody"]}, "subject_unknown", "subjects"),
        ({"subjects": ["lin"] * 101}, "limit_exceeded", None),
    ],
)
def test_standings_of_what_is_not_there_are_refused(
    office: Office, variables: dict[str, Any], code: str, field: str | None
) -> None:
    (body,) = followed(office, STANDINGS, 2, **variables)

    assert (body["errors"][0]["extensions"]["code"], body["errors"][0]["extensions"]["field"]) == (code, field)


def test_a_scheme_that_is_not_there_is_refused(office: Office) -> None:
    (body,) = followed(office, STANDINGS.replace('"school"', '"village"'), 2, subjects=["lin"])

    assert body["errors"][0]["extensions"]["code"] == "scheme_unknown"


# -- A group's feed ----------------------------------------------------------------------------------------------------


def feed(office: Office, after: int, group: str = "g1") -> list[tuple[str, str, str, str]]:
    """Give kind, subject, thing and day of all that happened; the last word is what closes the story."""
    office.approved("last", "honour", "g1")
    found: list[tuple[str, str, str, str]] = []

    async def follow() -> None:
        follower = Follower(office.service)
        async with follower.running(), asyncio.timeout(20):
            request = Request(query=FEED, variables={"group": group, "after": after})
            async with aclosing(stream(follower, request, {})) as answers:
                async for answered in answers:
                    for each in answered.body["data"]["feed"]["happenings"]:
                        thing = (each["record"] or each["tie"])["ref"]
                        if thing == "last":
                            return
                        found.append((each["kind"], each["subject"]["ref"], thing, each["on"]))

    asyncio.run(follow())
    return found


def test_a_feed_tells_of_records_that_enter_and_leave_force(office: Office) -> None:
    after = head(office)
    office.approved("r1", "flower")
    office.approved("r2", "kindness", "ben", points=2 * POINT)
    office.approved("r3", subject="mei")
    office.do(contest, record="r3", contest="c9", contester="mei", reason="it was somebody else")
    office.wait(1)
    office.do(uphold, record="r3", contest="c9", decider="school", reason="it was not")
    office.filed("r4", "late")
    office.wait(20)

    assert feed(office, after) == [
        ("RECORD_ENTERED_FORCE", "lin", "r1", "2026-03-10"),
        ("RECORD_ENTERED_FORCE", "mei", "r3", "2026-03-10"),
        ("RECORD_LEFT_FORCE", "mei", "r3", "2026-03-10"),
        ("RECORD_ENTERED_FORCE", "mei", "r3", "2026-03-11"),
        ("RECORD_LEFT_FORCE", "lin", "r1", "2026-03-15"),
    ]


def test_a_feed_tells_of_ties_of_the_group_and_of_its_members(office: Office) -> None:
    after = head(office)
    office.do(connect, tie="t5", kind="member_of", source="ben", target="g1", actor="clerk")
    office.do(connect, tie="t6", kind="mentors", source="ben", target="zhao", actor="clerk")
    office.wait(1)
    office.do(disconnect, tie="t6", actor="clerk")
    office.do(void_tie, tie="t3", actor="head", reason="entered in error")
    office.do(disconnect, tie="t2", actor="clerk")
    office.wait(1)
    office.approved("r1", subject="mei")

    assert [each[:3] for each in feed(office, after)] == [
        ("TIE_OPENED", "g1", "t5"),
        ("TIE_CLOSED", "ben", "t6"),
        ("TIE_VOIDED", "lin", "t3"),
        ("TIE_CLOSED", "mei", "t2"),
    ]


def test_a_feed_that_is_quiet_says_how_far_it_has_come(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "QUIET_MAX", 5)
    after = head(office)

    def elsewhere() -> None:
        for number in range(12):
            office.filed(f"r{number}", subject="zhao")

    elsewhere()
    told = data(followed(office, FEED, 2, group="g1", after=after), "feed")

    assert [(each["seq"], each["happenings"]) for each in told] == [(after + 5, []), (after + 10, [])]


def test_standings_that_are_quiet_say_how_far_they_have_come(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "QUIET_MAX", 5)
    after = head(office)

    def elsewhere() -> None:
        for number in range(12):
            office.filed(f"r{number}", subject="zhao")

    first, quiet = data(followed(office, STANDINGS, 2, elsewhere, subjects=["lin"]), "standings")

    assert (first["seq"], scores(first)) == (after, {"lin": "1000"})
    assert quiet["seq"] >= after + 5
    assert scores(quiet) == {}


def test_a_feed_of_nobody_is_refused(office: Office) -> None:
    (body,) = followed(office, FEED, 2, group="nobody")

    assert body["errors"][0]["extensions"]["code"] == "subject_unknown"
    assert body["errors"][0]["extensions"]["field"] == "group"
