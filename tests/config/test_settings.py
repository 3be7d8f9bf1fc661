"""Settings: what sentence and project file leave open; the cap is never below the ask line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.config import ProjectFileError, Settings

USD = 1_000_000
amounts = st.none() | st.integers(0, 1000 * USD)


def test_without_any_word_it_asks_above_ten_dollars_and_stops_at_twice_that():
    limits = Settings.from_environment({}).limits()
    assert (limits.ask_line, limits.cap) == (10 * USD, 20 * USD)


def test_variables_set_what_is_left_open():
    settings = Settings.from_environment(
        {"INTERLOCK_ASK_ABOVE": "$5", "INTERLOCK_MAX_TIME": "10m", "INTERLOCK_MAX_ITERATIONS": "3"}
    )
    assert (settings.limits().cap, settings.max_time, settings.max_iterations) == (10 * USD, 600.0, 3)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"INTERLOCK_ASK_ABOVE": "-5"}, "INTERLOCK_ASK_ABOVE: `-5` is negative"),
        ({"INTERLOCK_MAX_ITERATIONS": "many"}, "INTERLOCK_MAX_ITERATIONS: `many` is not a count"),
        ({"INTERLOCK_MAX_TIME": "long"}, "INTERLOCK_MAX_TIME: `long` is not a duration"),
        ({"INTERLOCK_ASK_ABOVE": "9", "INTERLOCK_CAP": "5"}, r"INTERLOCK_ASK_ABOVE \(\$9.00\) is above INTERLOCK_CAP"),
    ],
)
def test_a_wrong_variable_is_named(variables, words):
    with pytest.raises(ProjectFileError, match=words):
        Settings.from_environment(variables)


@given(ask=amounts, cap=amounts, own_ask=st.integers(0, 100 * USD), own_cap=st.none() | st.integers(0, 200 * USD))
def test_the_cap_is_never_below_the_ask_line_and_what_was_said_stands(ask, cap, own_ask, own_cap):
    if ask is not None and cap is not None and ask > cap:
        return
    limits = Settings(ask_line=own_ask, cap=own_cap).limits(ask_line=ask, cap=cap)
    assert limits.cap >= limits.ask_line
    assert ask in (None, limits.ask_line) and cap in (None, limits.cap)
