"""Memory: lessons add up, age, and are never lost by a refusal or by a clock that goes back."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.core.memory import FADE, HALF_LIFE, Remembered, faded, learned
from interlock.core.remediation import Lesson

FRESH = Remembered(fingerprint="f", fix="a", environment="here")


def lesson(worked, cost=0, **more):
    return Lesson(fingerprint="f", fix="a", environment="here", worked=worked, cost=cost, **more)


def test_a_trial_counts_less_with_every_later_one_and_is_counted_whole_for_ever():
    twice = learned(learned(FRESH, lesson(True, 5), 0), lesson(False, 7), 0)
    assert (twice.wins, twice.tries, twice.cost) == (1, 2, 12)
    assert (twice.counted_wins, twice.counted_tries) == (FADE, FADE + 1)


def test_a_record_counts_half_after_its_half_life():
    once = learned(FRESH, lesson(True), 0)
    assert faded(once, HALF_LIFE).counted_tries == 0.5
    assert faded(once, HALF_LIFE).tries == 1


def test_a_fix_that_stopped_working_is_no_longer_believed_after_two_dozen_failures():
    record = FRESH
    for _ in range(200):
        record = learned(record, lesson(True), 0)
    for _ in range(25):
        record = learned(record, lesson(False), 0)
    assert record.counted_wins / record.counted_tries < 0.5


def test_a_clock_that_goes_back_loses_nothing():
    record = learned(FRESH, lesson(True), 100)
    back = learned(record, lesson(True), 50)
    assert (back.last_at, back.counted_tries) == (100, FADE + 1)


def test_a_refusal_is_no_trial():
    refused = learned(FRESH, lesson(False, refused=True), 9)
    assert (refused.refused, refused.tries, refused.counted_tries, refused.last_at) == (1, 0, 0.0, 9)


def test_a_new_lesson_ends_the_mark_of_what_was_forgotten():
    assert not learned(replace(FRESH, forgotten=True), lesson(True), 1).forgotten


@given(st.lists(st.tuples(st.booleans(), st.integers(0, HALF_LIFE)), max_size=30), st.integers(0, 9 * HALF_LIFE))
def test_what_counts_is_never_more_than_what_was_seen(trials, later):
    record, at = FRESH, 0
    for worked, passed in trials:
        at += passed
        record = learned(record, lesson(worked), at)
    now = faded(record, at + later)
    assert 0 <= now.counted_wins <= now.counted_tries <= now.tries == len(trials)
    assert now.counted_wins <= now.wins
