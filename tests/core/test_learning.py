"""Ranking: what worked comes first, what failed comes last, and what nobody tried keeps the order of evidence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.learning import Candidate, confidence, interval, rank, remembered_words, worth_trying
from interlock.core.memory import Remembered
from interlock.core.plan import Act, Proposal

HERE, THERE = "python3.11-linux-x86_64", "python3.12-linux-aarch64"


def candidate(fix, risk="safe"):
    return Candidate(
        proposal=Proposal(act=Act(skill="checks.look"), agent="debugger", why="", expects="", fix=fix), risk=risk
    )


def seen(fix, wins, tries, environment=HERE, cost=0, **more):
    return Remembered(fingerprint="f", fix=fix, environment=environment, wins=wins, tries=tries, cost=cost, **more)


def order(candidates, *memory):
    return [each.proposal.fix for each in rank(candidates, memory, "f", HERE)]


def test_without_memory_the_order_of_evidence_holds():
    assert order([candidate("b"), candidate("a"), candidate("c")]) == ["b", "a", "c"]


def test_what_worked_here_is_tried_first():
    assert order([candidate("a"), candidate("b")], seen("b", 1, 1)) == ["b", "a"]


def test_what_failed_here_is_tried_after_what_nobody_tried():
    assert order([candidate("a"), candidate("b")], seen("a", 0, 1)) == ["b", "a"]


def test_the_record_here_overrides_the_record_elsewhere():
    memory = [seen("a", 9, 9, THERE), seen("a", 0, 2, HERE), seen("b", 0, 1, THERE)]
    assert order([candidate("a"), candidate("b")], *memory) == ["b", "a"]


def test_a_record_elsewhere_counts_half():
    (ranked,) = rank([candidate("a")], [seen("a", 4, 4, THERE)], "f", HERE)
    assert ranked.confidence == confidence(2, 2)
    assert (ranked.wins, ranked.tries) == (0, 0)


def test_what_was_forgotten_does_not_count():
    assert order([candidate("a"), candidate("b")], seen("b", 5, 5, forgotten=True)) == ["a", "b"]


def test_the_record_of_another_failure_does_not_count():
    other = Remembered(fingerprint="g", fix="b", environment=HERE, wins=5, tries=5)
    assert order([candidate("a"), candidate("b")], other) == ["a", "b"]


def test_of_equal_chances_the_lesser_risk_and_then_the_lesser_cost_comes_first():
    assert order([candidate("a", "env"), candidate("b", "safe")]) == ["b", "a"]
    memory = [seen("a", 1, 2, cost=900), seen("b", 1, 2, cost=100)]
    assert order([candidate("a"), candidate("b")], *memory) == ["b", "a"]


def test_three_failures_without_a_success_end_a_fix_while_others_remain():
    assert worth_trying(0, 2)
    assert not worth_trying(0, 3)
    assert order([candidate("a"), candidate("b")], seen("a", 0, 3)) == ["b"]
    assert order([candidate("a")], seen("a", 0, 3)) == ["a"]


def test_the_proposal_carries_its_expected_chance():
    (ranked,) = rank([candidate("a")], [seen("a", 2, 2)], "f", HERE)
    assert ranked.proposal.confidence == 0.75
    assert (ranked.wins, ranked.tries) == (2, 2)


@pytest.mark.parametrize(
    ("wins", "tries", "low", "high"), [(0, 0, 0.1, 0.9), (1, 1, 0.316, 0.949), (5, 10, 0.318, 0.682)]
)
def test_the_interval_is_that_of_the_beta_distribution(wins, tries, low, high):
    assert interval(wins, tries) == pytest.approx((low, high), abs=0.001)


def test_the_record_is_said_in_words():
    assert remembered_words(2, 2) == "worked 2 of 2 times here"
    assert remembered_words(0, 1) == "worked 0 of 1 time here"
    assert remembered_words(0, 0) == ""


@settings(deadline=None)
@given(st.integers(0, 5000), st.integers(0, 5000))
def test_the_interval_holds_the_expected_chance(wins, losses):
    low, high = interval(wins, wins + losses)
    assert 0 <= low <= confidence(wins, wins + losses) <= high <= 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 4), st.integers(0, 4)), max_size=8))
def test_ranking_invents_nothing_and_never_loses_everything(records):
    candidates = [candidate(fix) for fix in "abcdef"]
    memory = [
        seen(fix, wins, wins + losses) for fix, wins, losses in {record[0]: record for record in records}.values()
    ]
    ranked = order(candidates, *memory)
    assert ranked
    assert len(set(ranked)) == len(ranked)
    assert set(ranked) <= set("abcdef")
    assert ranked == order(candidates, *reversed(memory))
