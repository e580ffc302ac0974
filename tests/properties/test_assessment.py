"""Assessment over random rules and histories, against the definition read naively."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.points import POINT
from graph_service.model.records import Record, RecordState
from graph_service.policy.periods import Calendar, PeriodKind
from graph_service.policy.schemes import (
    Band,
    Bands,
    FixedPoints,
    Limit,
    Rule,
    Scoring,
    Tier,
    Tiers,
    Title,
    Validity,
    ValidityBand,
    ValidityUnit,
)
from graph_service.scoring.assess import Behaviour, assess
from graph_service.stores.memory import MemoryStore
from tests.oracle import FINAL, Oracle, Step, Told, period_start
from tests.worlds import HISTORY_DAYS, STARTS, TIES, Files, Tree, drive, schemes

MERITS = ("found", "kindness", "donation", "hours")
DEMERITS = ("late", "litter", "bullying", "amends", "fraud")
FIRST = date(2026, 1, 1)

signs = st.sampled_from([1, -1])
calendars = st.sampled_from([Calendar(kind=kind) for kind in PeriodKind])
small = st.integers(1, 40)


# -- One act --------------------------------------------------------------------------------------------------------


@st.composite
def bands(draw: st.DrawFn) -> Bands:
    """Bands whose ends rise by whole units."""
    sign, ends = draw(signs), sorted(draw(st.sets(small, max_size=3)))
    parts = [(end, draw(st.integers(1, 9)), draw(st.integers(1, 9))) for end in [*ends, None]]
    if draw(st.booleans()) and ends:
        parts.pop()
    return Bands(
        unit="yuan", bands=tuple(Band(up_to=end, step=step, points=sign * points) for end, step, points in parts)
    )


@st.composite
def tiers(draw: st.DrawFn) -> Tiers:
    """Tiers that rise."""
    sign, ends = draw(signs), sorted(draw(st.sets(small, min_size=1, max_size=4)))
    gained = sorted(draw(st.sets(small, min_size=len(ends), max_size=len(ends))))
    found = (Tier(at_least=end, points=sign * points) for end, points in zip(ends, gained, strict=True))
    return Tiers(unit="hour", per=draw(calendars), tiers=tuple(found))


scorings: st.SearchStrategy[Scoring] = st.one_of(
    bands(), tiers(), st.builds(FixedPoints, points=st.builds(int.__mul__, small, signs))
)
limits = st.one_of(
    st.builds(Limit, per=calendars, acts=st.integers(1, 4)), st.builds(Limit, per=calendars, points=small)
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any rule that leaves no points to the filer."""
    return Rule(
        code="rule",
        title=Title(en="rule", zh="规则"),
        scoring=draw(scorings),
        valid=(ValidityBand(valid=Validity(unit=ValidityUnit.YEARS)),),
        limits=tuple(draw(st.lists(limits, max_size=2))),
        repeat_times=draw(st.integers(1, 3)),
        basis="agreed",
        topic="conduct",
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """Records by the rule, in order of approval."""
    return [
        Record(
            id=f"r{number}",
            subject="lin",
            scheme="school",
            rule="rule",
            happened_on=FIRST + timedelta(days=draw(st.integers(0, 120))),
            quantity=draw(small),
            edition=1,
            points=draw(st.integers(0, 40)),
            state=draw(st.sampled_from(list(RecordState))),
            filer="teacher",
            filed_on=FIRST,
            valid_until=draw(st.one_of(st.none(), st.dates(FIRST, FIRST + timedelta(days=200)))),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


def naively(rule: Rule, day: date, quantity: int, history: list[Record]) -> int:
    """Count unit by unit and record by record."""
    standing = {"approved", "in_force", "contested", "expired"}
    before = [each for each in history if str(each.state) in standing]

    def same(per: Calendar) -> list[Record]:
        return [each for each in before if period_start(per, each.happened_on) == period_start(per, day)]

    scoring, points = rule.scoring, 0
    if isinstance(scoring, FixedPoints):
        points = scoring.points
    if isinstance(scoring, Bands):
        begins = 0
        for band in scoring.bands:
            # Walk up from the end of the band before, a step at a time, as far as the quantity goes.
            at = begins + band.step
            while at <= quantity and (band.up_to is None or at <= band.up_to):
                points += band.points
                at += band.step
            begins = band.up_to or quantity
    if isinstance(scoring, Tiers):
        done = sum(each.quantity or 0 for each in same(scoring.per))
        for total, sign in ((done + quantity, 1), (done, -1)):
            for tier in reversed(scoring.tiers):
                if total >= tier.at_least:
                    points += sign * tier.points
                    break
    if any(each.happened_on <= day and not (each.valid_until and each.valid_until <= day) for each in before):
        points *= rule.repeat_times
    for limit in rule.limits:
        counted = same(limit.per)
        if limit.acts and len([each for each in counted if each.points]) >= limit.acts:
            points = 0
        while limit.points and points and sum(abs(each.points) for each in counted) + abs(points) > limit.points:
            points += -1 if points > 0 else 1
    return points


@given(rule=rules(), history=histories(), days=st.integers(0, 120), quantity=small)
def test_an_act_is_worth_what_counting_it_by_hand_gives(
    rule: Rule, history: list[Record], days: int, quantity: int
) -> None:
    day = FIRST + timedelta(days=days)

    found = assess(rule, Behaviour(happened_on=day, quantity=quantity), history)

    assert found.points == naively(rule, day, quantity, history)
    assert {id_ for reason in found.reasons for id_ in reason.records} <= {each.id for each in history}


@given(rule=rules(), points=st.integers(-200 * POINT, 200 * POINT), ends=st.sets(st.integers(1, 150), max_size=3))
def test_validity_is_that_of_the_first_band_that_is_large_enough(rule: Rule, points: int, ends: set[int]) -> None:
    bounds = [*sorted(ends), None]
    valid = tuple(
        ValidityBand(up_to=None if end is None else end * POINT, valid=Validity(unit=ValidityUnit.DAYS, count=number))
        for number, end in enumerate(bounds, start=1)
    )

    smaller = [end for end in ends if end * POINT < abs(points)]

    assert replace(rule, valid=valid).valid_for(points).count == len(smaller) + 1


# -- A life of many -------------------------------------------------------------------------------------------------


@st.composite
def rulebooks(draw: st.DrawFn) -> Files:
    """A school without notice and routes, so that nothing but assessment is at work, whose rules count a lot."""
    school: Tree = draw(schemes("school")) | {"notice_days": "0"}
    del school["routes"]
    per = draw(st.sampled_from(["month", "year"]))
    book = school["rules"]
    book["found"] |= {"points": "9", "limits": [{"acts": "1", "per": per}]}
    book["kindness"] |= {"limits": [{"points": "9", "per": per}]}
    book["donation"] |= {"limits": [{"points": "20", "per": "year"}, {"acts": "1", "per": per}]}
    book["late"] |= {"points": "-3", "repeat": {"times": "2"}, "limits": [{"acts": "2", "per": per}]}
    book["litter"] |= {"repeat": {"times": "2"}, "limits": [{"points": "8", "per": "year"}]}
    return {"ties.yaml": TIES, "school.yaml": json.dumps(school)}


Life = list[tuple[list[str], int, int] | int | str]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Acts of a kind, days that pass (a number), and records that are revoked (the place of each, as a text)."""
    codes = draw(st.sampled_from([("found", "donation"), MERITS[:3], MERITS[:2] + MERITS[3:], DEMERITS[:2], DEMERITS]))
    act = st.tuples(
        st.lists(st.sampled_from(codes), min_size=1, max_size=3, unique=True), st.integers(0, 20), st.integers(0, 3)
    )
    rest = st.one_of(act, act, act, st.integers(1, 40), st.integers(0, 3).map(str))
    return [*draw(st.lists(act, min_size=2, max_size=5)), "0", *draw(st.lists(rest, max_size=6))]


@given(files=rulebooks(), life=lives())
def test_the_cascade_comes_to_what_assessing_everything_anew_does(files: Files, life: Life) -> None:
    """Acts under one or several rules, days that pass, and records that are revoked, whichever come."""
    with ExitStack() as stack:
        driver = drive(stack, STARTS[0], MemoryStore())
        driver.adopt("first", files, STARTS[0] - timedelta(days=HISTORY_DAYS))
        driver.enrol("p1", "person")
        for step in life:
            records = list(driver.oracle.records)
            if isinstance(step, int):
                driver.wait(step)
            elif isinstance(step, str):
                if records:
                    driver.revoke(records[int(step) % len(records)])
            else:
                (first, *others), days_ago, amount = step
                day = driver.today - timedelta(days=days_ago)
                driver.file("p1", "school", first, day, amount, tuple(others))
                if len(driver.oracle.records) > len(records):
                    driver.approve(list(driver.oracle.records)[-1])
        with driver.services[0].reading() as reading:
            held = reading.records_about(["p1"]).get("p1", ())
        expected = _anew(driver.oracle.copy())

    assert {each.id: (each.rule, each.points, each.grade, each.valid_until) for each in held} == expected


def _anew(oracle: Oracle) -> dict[str, tuple[str, int, str | None, date | None]]:
    """Assess all that may still change from the beginning, in order of approval; what is final stays as it is."""
    standing = sorted(oracle.records.values(), key=lambda told: told.approved_seq or 0)
    for told in standing:
        if told.now.state not in FINAL:
            told.steps.append(_step_anew(oracle, told))
    return {told.id: (told.rule, told.now.points, told.now.grade, told.now.valid_until) for told in standing}


def _step_anew(oracle: Oracle, told: Told) -> Step:
    worth = oracle._assess(told)
    assert told.entered_on is not None
    until = oracle._valid_until(told, worth.points, told.entered_on)
    return replace(worth, state=told.now.state, valid_until=until)
