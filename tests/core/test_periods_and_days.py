"""Time, points and ids: cut exactly, counted exactly, checked exactly."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.actions.decide import working_days_after
from graph_service.actions.enrol import ages, birth_days, birthday
from graph_service.errors import IdMalformed, IdPersonal
from graph_service.model.days import FOREVER, day_number, day_of, end_number, end_of
from graph_service.model.points import format_points, parse_points
from graph_service.model.subjects import checked_id
from graph_service.policy.periods import Calendar, PeriodKind, period_of
from graph_service.scoring.validity import months_after
from tests import oracle

calendars = st.sampled_from(
    [*(Calendar(kind=kind) for kind in PeriodKind), Calendar(kind=PeriodKind.TERM, starts=((2, 15), (8, 20)))]
)
days = st.dates(min_value=date(2, 1, 1), max_value=date(9990, 12, 31))


@pytest.mark.parametrize(
    ("kind", "day", "begins", "ends"),
    [
        (PeriodKind.WEEK, date(2026, 3, 10), date(2026, 3, 9), date(2026, 3, 16)),
        (PeriodKind.MONTH, date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1)),
        (PeriodKind.QUARTER, date(2026, 12, 31), date(2026, 10, 1), date(2027, 1, 1)),
        (PeriodKind.TERM, date(2027, 1, 31), date(2026, 9, 1), date(2027, 2, 1)),
        (PeriodKind.TERM, date(2027, 2, 1), date(2027, 2, 1), date(2027, 9, 1)),
        (PeriodKind.YEAR, date(2026, 1, 1), date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_day_lies_in_its_period(kind: PeriodKind, day: date, begins: date, ends: date) -> None:
    assert period_of(Calendar(kind=kind), day) == (begins, ends)


@given(calendars, days)
def test_periods_tile_time(calendar: Calendar, day: date) -> None:
    begins, ends = period_of(calendar, day)

    assert begins <= day < ends
    assert period_of(calendar, begins) == period_of(calendar, ends - timedelta(days=1)) == (begins, ends)
    assert period_of(calendar, ends)[0] == ends
    assert (begins, ends) == (oracle.period_start(calendar, day), oracle.period_end(calendar, day))


@given(st.integers(-(10**12), 10**12))
def test_points_are_read_as_they_are_written(points: int) -> None:
    assert parse_points(format_points(points)) == points


@pytest.mark.parametrize("text", ["", ".", "1.", ".5", "1e3", "1,5", "0.0000001", "\u0661", "--1", "1 000", "inf"])
def test_what_is_no_exact_decimal_is_no_points(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_points(text)


@given(st.dates())
def test_days_are_numbers_and_back(day: date) -> None:
    assert day_of(day_number(day)) == day


def test_an_open_end_is_the_day_that_never_comes() -> None:
    assert end_number(None) == FOREVER
    assert end_of(FOREVER) is None
    assert end_of(end_number(date(2026, 1, 1))) == date(2026, 1, 1)


@pytest.mark.parametrize("value", ["p1", "pupil-17", "A.b_c:d-e", "x" * 64, "2026", "12345678901234"])
def test_opaque_ids_are_welcome(value: str) -> None:
    assert checked_id(value, "id") == value


@pytest.mark.parametrize("value", ["", "x" * 65, "a b", "学生", "a/b", "a\n", "a,b"])
def test_malformed_ids_are_refused(value: str) -> None:
    with pytest.raises(IdMalformed):
        checked_id(value, "id")


@pytest.mark.parametrize(
    "value",
    ["371081199001011234", "37108119900101123X", "371081900101123", "13800138000", "86-13800138000", "0631-8452000"],
)
def test_ids_that_look_like_a_persons_number_are_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(IdPersonal) as refusal:
        checked_id(value, "id")

    assert value not in str(refusal.value)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 3, 1)),
        (date(2024, 2, 29), 12, date(2025, 3, 1)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 10), 60, date(2031, 3, 10)),
    ],
)
def test_months_later_is_the_same_day_or_the_first_of_the_next_month(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


@given(days.filter(lambda day: day.year < 9900), st.integers(1, 60))
def test_months_later_is_what_the_oracle_counts(day: date, months: int) -> None:
    assert months_after(day, months) == oracle.months_later(day, months)


def test_working_days_leave_out_weekends() -> None:
    assert working_days_after(date(2026, 3, 10), 7) == date(2026, 3, 19)
    assert working_days_after(date(2026, 3, 13), 1) == date(2026, 3, 16)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)), st.sampled_from([14, 18]))
def test_whoever_comes_of_age_on_a_day_was_born_on_one_of_its_birth_days(born: date, age: int) -> None:
    day = birthday(born, age)

    assert born in birth_days(day, age)
    assert day == oracle.birthday(born, age)
    assert all(birthday(other, age) == day for other in birth_days(day, age))


def test_ages_are_told_up_to_today_only() -> None:
    assert [str(age_class) for _, age_class in ages(date(2012, 3, 10), date(2026, 3, 9))] == ["under_14"]
    assert [str(age_class) for _, age_class in ages(date(2012, 3, 10), date(2026, 3, 10))] == [
        "under_14",
        "from_14_to_17",
    ]
