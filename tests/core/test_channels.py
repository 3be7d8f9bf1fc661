"""When people are told: quiet hours, tries, the forecast; and what of an address may be seen."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.budget import AHEAD, Budget, forecast
from interlock.core.channels import again_after, kinds, masked, quiet_hours

USD = 1_000_000
DAY = datetime(2026, 3, 4)


@pytest.mark.parametrize(
    ("hours", "now", "over"),
    [
        ("22:00-07:00", "21:59", None),
        ("22:00-07:00", "22:00", DAY + timedelta(days=1, hours=7)),
        ("22:00-07:00", "03:00", DAY + timedelta(hours=7)),
        ("22:00-07:00", "07:00", None),
        ("9:00-17:30", "12:00", DAY + timedelta(hours=17, minutes=30)),
        ("9:00-17:30", "08:59", None),
    ],
)
def test_quiet_hours_may_go_over_midnight(hours, now, over):
    hour, minute = map(int, now.split(":"))
    assert quiet_hours(hours).over(DAY.replace(hour=hour, minute=minute)) == over


@given(begin=st.times(), end=st.times(), now=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_quiet_ends_within_a_day_and_is_over_then(begin, end, now):
    begin, end = (each.replace(second=0, microsecond=0) for each in (begin, end))
    if begin == end:
        return
    hours = quiet_hours(f"{begin:%H:%M}-{end:%H:%M}")
    over = hours.over(now)
    if over is not None:
        assert now < over <= now + timedelta(days=1)
        assert hours.over(over) is None


def test_tries_come_further_and_further_apart_and_come_to_an_end():
    waits = []
    while (wait := again_after(len(waits) + 1)) is not None:
        waits.append(wait)
    assert waits == sorted(set(waits))
    assert 5 <= len(waits) <= 10


def test_what_is_told_of_is_said_in_any_order_and_once():
    assert kinds("end, question,end") == ("question", "end")


@given(st.text(st.characters(codec="ascii", exclude_characters=":/"), min_size=1), st.text())
def test_of_an_address_only_the_scheme_is_shown(scheme, rest):
    assert masked(f"{scheme}://{rest}") == f"{scheme}://…"


# --- the forecast ----------------------------------------------------------------------------------------------------


def test_the_forecast_is_the_mean_so_far_a_few_turns_on():
    assert forecast(Budget(spent=4 * USD, ask_line=9 * USD, cap=20 * USD), 2) == 10 * USD


@pytest.mark.parametrize(
    ("spent", "taken", "why"),
    [
        (0, 5, "what costs nothing runs past nothing"),
        (4 * USD, 1, "one turn is no pace"),
        (4 * USD, 8, "at half a dollar a turn the line is far"),
        (10 * USD, 2, "the line is passed: that is a question, not a forecast"),
    ],
)
def test_where_nothing_is_foreseen_nothing_is_said(spent, taken, why):
    assert forecast(Budget(spent=spent, ask_line=9 * USD, cap=20 * USD), taken) == 0, why


@given(spent=st.integers(0, 10**12), ask=st.integers(0, 10**12), taken=st.integers(0, 10_000))
def test_a_forecast_lies_past_a_line_that_the_spend_has_not_passed(spent, ask, taken):
    foreseen = forecast(Budget(spent=spent, ask_line=ask, cap=ask), taken)
    if foreseen:
        assert spent <= ask < foreseen <= spent + AHEAD * spent / taken
