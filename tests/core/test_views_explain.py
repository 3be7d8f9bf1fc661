"""Explain why, from the record alone: what it says is what the stop hook does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.core.events import HookDecided
from interlock.core.stop_hook import RULES, Facts, decide
from interlock.core.views.counterfactuals import applied, nearest, what_would_change
from interlock.core.views.explaining import NoDecision, decisions, explain
from logs import Log, given_up, repaired, until_the_question

COUNTS = st.integers(0, 6)
MONEY = st.integers(0, 200_000_000)


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    """Facts of every kind, contradictory ones included."""
    flags = [name for name, kind in Facts.__annotations__.items() if kind is bool]
    limits = ("max_iterations", "max_time", "max_retries", "stall_limit", "broken_limit")
    counts = [name for name, kind in Facts.__annotations__.items() if kind is int and name not in limits]
    money = {name: draw(MONEY) for name in ("spent", "ask_line", "cap")}
    tries = draw(COUNTS)
    known = (
        {name: draw(COUNTS) for name in counts} | money | {"fix_tries": tries, "fix_wins": draw(st.integers(0, tries))}
    )
    return Facts(
        **{name: draw(st.booleans()) for name in flags}, **{name: draw(st.integers(1, 6)) for name in limits}, **known
    )


@settings(max_examples=200, deadline=None)
@given(any_facts())
def test_what_is_said_to_change_a_decision_really_changes_it(facts: Facts) -> None:
    for one in what_would_change(facts):
        again = decide(applied(facts, one.edits))
        assert again.rule == one.rule != decide(facts).rule
        assert (again.branch, again.action) == (one.branch, one.action)


@settings(max_examples=200, deadline=None)
@given(any_facts())
def test_every_stated_change_is_needed_and_no_count_is_further_than_the_threshold(facts: Facts) -> None:
    for one in what_would_change(facts):
        for name, value in one.edits.items():
            closer = {**one.edits}
            if isinstance(value, bool) or abs(value - getattr(facts, name)) == 1:
                del closer[name]
            else:
                closer[name] = value - 1 if value > getattr(facts, name) else value + 1
            assert decide(applied(facts, closer)).rule != one.rule


def test_the_nearest_threshold_of_each_other_branch_is_named() -> None:
    explained = explain(repaired().envelopes, 4)

    assert [one.branch for one in nearest(explained.would_change)] == [1, 2, 3, 4]
    said = {one.branch: one.words for one in nearest(explained.would_change)}
    assert said[1] == "`max_iterations` would have decided (terminate) with 30 iterations used (4 now, limit 30)"
    assert said[2].endswith("2 more checks passing (0 of 2 now) and evidence newer than the last change")
    assert said[4].endswith("an act that may cost more than $45.00 ($5.00 of $50.00 spent)")


def test_a_limit_that_ended_it_is_named_with_the_value_that_would_not_have() -> None:
    facts = Facts(taken=3, max_iterations=3, max_time=1_000_000, cap=1, checks_declared=1)

    assert decide(facts).rule == "max_iterations"
    assert (
        "a limit of 4 iterations (3 now)"
        in {one.rule: one.words for one in what_would_change(facts)}["nothing_forbids"]
    )


def test_every_rule_is_shown_with_its_value_its_limit_and_whether_it_was_reached() -> None:
    explained = explain(until_the_question().envelopes)

    assert [row.rule for row in explained.rules] == [rule.name for rule in RULES]
    rows = {row.rule: row for row in explained.rules}
    assert (rows["high_cost"].mark, rows["high_cost"].result) == ("✓", "held, and decided")
    assert (rows["known_fix"].mark, rows["known_fix"].held) == ("✗", False)
    assert (rows["unknown_failure"].mark, rows["unknown_failure"].shadow) == ("·", True)
    assert rows["max_iterations"].limit == "30 iterations"
    assert rows["high_cost"].limit == "ask line $50.00"


def test_the_evidence_names_events_output_lines_and_files() -> None:
    explained = explain(repaired().envelopes, 1)

    failed = explained.evidence[0]
    assert failed.id == "e7"
    assert failed.output[-1] == "ModuleNotFoundError: No module named 'markdown'"
    assert failed.files == ("shop/describe.py:3",)


def test_what_agents_say_is_marked_as_a_claim() -> None:
    explained = explain(repaired().envelopes, 2)

    assert any(line.startswith("debugger: `install-module` helps") for line in explained.claims)
    assert "what the agents claim (not relied upon)" in explained.lines


def test_confidence_is_shown_with_what_it_is_made_of() -> None:
    log = repaired().envelopes

    assert explain(log, 1).confidence.startswith(
        "0.67 = (1 + 1) / (1 + 2): the fix's record counts as 1 of 1 trials here"
    )
    assert explain(log, 4).confidence.startswith("0.75 = (2 + 1) / (2 + 2): 2 of 2 expectations")
    assert explain(log).confidence == "1.00: it rests on observed facts alone"


def test_the_figures_shown_are_those_recorded() -> None:
    for log in (repaired(), given_up()):
        for number, at in enumerate(decisions(log.envelopes), 1):
            recorded = log.envelopes[at].data
            assert isinstance(recorded, HookDecided)
            explained = explain(log.envelopes, number)
            assert explained.decision == recorded.decision
            assert {row.rule for row in explained.rules if row.held} == set(recorded.held)
            assert explained.confidence.startswith(f"{recorded.decision.confidence:.2f}")


def test_memory_that_changed_the_confidence_is_told_and_so_is_what_was_learned() -> None:
    log = repaired().envelopes

    assert "where it would be 0.50 without that record" in explain(log, 1).memory[0]
    assert explain(log, 3).memory[0].startswith("learned: fix `install-module` did not help")
    assert explain(log, 5).memory[0].startswith("learned: fix `pin-older` worked")
    assert explain(log).memory == ("memory changed nothing here",)


def test_a_decision_that_is_not_there_is_refused_in_words() -> None:
    with pytest.raises(NoDecision, match="there is no decision 99; the session has 1 to 11"):
        explain(repaired().envelopes, 99)
    with pytest.raises(NoDecision, match="not decided anything yet"):
        explain(Log().envelopes)


def test_explaining_reads_only_what_came_before_the_decision() -> None:
    log = repaired().envelopes
    at = decisions(log)[3]

    assert replace(explain(log, 4), of=0) == replace(explain(log[: at + 1], 4), of=0)
