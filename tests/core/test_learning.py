"""Ranking: what worked comes first, what failed comes last, and what nobody tried keeps the order of evidence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.learning import (
    A_TRY,
    Candidate,
    burden,
    confidence,
    index,
    interval,
    rank,
    remembered_words,
    whole,
    worth_trying,
)
from interlock.core.memory import Remembered
from interlock.core.plan import Act, Proposal

HERE, THERE = "python3.11-linux-x86_64", "python3.12-linux-aarch64"


def candidate(fix, risk="safe"):
    return Candidate(
        proposal=Proposal(act=Act(skill="checks.look"), agent="debugger", why="", expects="", fix=fix), risk=risk
    )


def seen(fix, wins, tries, environment=HERE, cost=0, **more):
    counted = {"counted_wins": float(wins), "counted_tries": float(tries)} | more
    return Remembered(fingerprint="f", fix=fix, environment=environment, wins=wins, tries=tries, cost=cost, **counted)


def order(candidates, *memory):
    return [each.fix for each in rank(candidates, memory, "f", HERE).proposals]


def standing(candidates, *memory):
    return {each.fix: each for each in rank(candidates, memory, "f", HERE).standings}


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
    a = standing([candidate("a")], seen("a", 4, 4, THERE))["a"]
    assert a.chance == confidence(2, 2)
    assert (a.wins, a.tries) == (0, 0)


def test_a_record_of_another_store_counts_half_wherever_it_is_from_and_never_beside_our_own():
    theirs = seen("a", 4, 4, HERE, origin="interlock/b")
    assert standing([candidate("a")], theirs)["a"].chance == confidence(2, 2)
    assert standing([candidate("a")], theirs, seen("a", 0, 2))["a"].chance == confidence(0, 2)


def test_what_was_forgotten_does_not_count():
    assert order([candidate("a"), candidate("b")], seen("b", 5, 5, forgotten=True)) == ["a", "b"]


def test_the_record_of_another_failure_does_not_count():
    other = Remembered(fingerprint="g", fix="b", environment=HERE, wins=5, tries=5, counted_wins=5, counted_tries=5)
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
    ranking = rank([candidate("a")], [seen("a", 2, 2)], "f", HERE)
    assert ranking.proposals[0].confidence == 0.75
    assert (ranking.standings[0].wins, ranking.standings[0].tries) == (2, 2)


def test_what_is_less_certain_may_be_tried_before_what_is_known_to_work_half_the_time():
    assert order([candidate("a"), candidate("b")], seen("a", 1, 2)) == ["b", "a"]
    assert order([candidate("a"), candidate("b")], seen("b", 2, 3)) == ["b", "a"]


def test_a_dear_fix_comes_after_a_cheap_one_that_works_almost_as_often():
    memory = [seen("a", 9, 10, cost=10 * A_TRY), seen("b", 8, 10)]
    assert order([candidate("a"), candidate("b")], *memory) == ["b", "a"]
    assert order([candidate("a"), candidate("b")], seen("a", 9, 10), seen("b", 8, 10)) == ["a", "b"]


def test_what_a_person_refused_comes_later_and_is_no_less_likely_to_work():
    refused = seen("a", 0, 0, refused=1)
    assert order([candidate("a"), candidate("b")], refused) == ["b", "a"]
    assert standing([candidate("a"), candidate("b")], refused)["a"].chance == 0.5


def test_the_order_is_made_again_from_the_recorded_standings_alone():
    memory = [seen("a", 0, 3), seen("b", 3, 4, cost=400_000), seen("c", 1, 1), seen("d", 2, 5, THERE)]
    ranking = rank([candidate(fix, "env" if fix == "c" else "safe") for fix in "abcde"], memory, "f", HERE)
    for one in ranking.standings:
        again = index(one.counted_wins, one.counted_tries) / burden(one.risk, one.cost, one.refused)
        assert one.worth == pytest.approx(again, abs=1e-6)
    kept = [one for one in ranking.standings if not one.left_out]
    assert kept == sorted(kept, key=lambda one: (-one.worth, one.before))
    assert [one.fix for one in kept] == [proposal.fix for proposal in ranking.proposals]
    assert [one.fix for one in ranking.standings if one.left_out] == ["a"]


def test_where_memory_knows_nothing_it_says_so():
    ranking = rank([candidate("a")], [], "f", HERE)
    assert not ranking.remembered
    assert rank([candidate("a")], [seen("a", 0, 1)], "f", HERE).remembered


def test_whole_trials_promise_what_the_record_does():
    assert whole(2.0, 3.0) == (2, 3)
    assert whole(1.94, 2.91) == (2, 3)
    assert whole(0.0, 0.4) == (0, 0)


@given(st.floats(0, 60), st.floats(0, 60))
def test_whole_trials_are_a_record(wins, losses):
    won, tried = whole(wins, wins + losses)
    assert 0 <= won <= tried
    assert confidence(won, tried) == pytest.approx(confidence(wins, wins + losses), abs=0.5 / (tried + 2) + 1e-9)


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
