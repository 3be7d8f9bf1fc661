"""The stop hook's laws on concrete facts: random ones, and the corners that the blueprint names."""

import msgspec
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.core.stop_hook import RULES, Action, Decision, Facts, decide, select, shadows

HARD_STOPS: dict[str, dict[str, int]] = {
    "stopped_by_person": {"stop_requested": True},
    "rejected_by_person": {"rejected": True},
    "max_iterations": {"taken": 5, "max_iterations": 5},
    "max_time": {"worked": 60, "max_time": 60},
    "budget_exceeded": {"cap_refused": True},
    "permission_violation": {"violation": True},
}
RISKS = {
    "destructive_action": "destructive",
    "high_cost": "high_cost",
    "unclear_impact": "unclear_impact",
    "guard_unavailable": "guard_unavailable",
    "asked_by_person": "asked_by_person",
    "checks_changed": "checks_changed",
}
LOOSENESS = {Action.TERMINATE: 0, Action.ESCALATE: 0, Action.CONTINUE: 1}

law = settings(max_examples=120, deadline=None)  # a deadline measures the machine, not the code

_small = st.integers(min_value=0, max_value=4)
_money = st.integers(min_value=0, max_value=3).map(lambda dollars: dollars * 1_000_000)
_numbers = {"spent": _money, "ask_line": _money, "cap": _money, "expects": st.sampled_from(["", "the test passes"])}
any_facts = st.builds(
    Facts,
    **{
        field.name: _numbers.get(field.name, st.booleans() if field.type is bool else _small)
        for field in msgspec.structs.fields(Facts)
    },
)
GOING = Facts(max_iterations=9, max_time=60, cap=20_000_000, ask_line=10_000_000, stall_limit=3, broken_limit=3)
MET = replace(GOING, checks_declared=2, checks_passed=2, evidence_fresh=True)
FIXABLE = replace(GOING, failing=True, pattern_known=True, fixes_left=1, max_retries=3)


def met(facts: Facts) -> bool:
    enough = 1 <= facts.checks_declared <= facts.checks_passed
    return enough and facts.evidence_fresh and not facts.checks_changed


@law
@given(any_facts)
def test_any_facts_give_one_decision_whose_parts_agree(facts: Facts) -> None:
    decision = decide(facts)
    row = next(rule for rule in RULES if rule.name == decision.rule)
    assert (decision.action, decision.branch) == (row.action, row.branch)
    assert 0 <= decision.confidence <= 1 or facts.fix_wins > facts.fix_tries
    assert decision.reason and decision.next_expected_state


@law
@given(any_facts)
def test_stored_facts_are_decided_again_bit_for_bit(facts: Facts) -> None:
    stored = msgspec.json.decode(msgspec.json.encode(facts), type=Facts)
    assert stored == facts
    assert msgspec.json.encode(decide(stored)) == msgspec.json.encode(decide(facts))


@law
@given(any_facts)
def test_a_stored_decision_reads_back_as_it_was(facts: Facts) -> None:
    decision = decide(facts)
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


@law
@given(any_facts)
def test_the_shadows_agree_with_the_rule_that_decided(facts: Facts) -> None:
    seen = shadows(facts)
    assert [row.rule for row in seen] == [rule.name for rule in RULES]
    assert next(row.rule for row in seen if row.held) == select(facts).name == decide(facts).rule


@law
@given(any_facts)
def test_success_is_never_without_a_fresh_unchanged_check(facts: Facts) -> None:
    if decide(facts).outcome == "success":
        assert met(facts)


@law
@given(any_facts)
def test_an_open_risk_never_continues(facts: Facts) -> None:
    if any(getattr(facts, flag) for flag in RISKS.values()):
        assert decide(facts).action is not Action.CONTINUE


@law
@given(any_facts, st.sampled_from(sorted(RISKS.values())))
def test_more_risk_never_loosens(facts: Facts, flag: str) -> None:
    before, after = decide(facts), decide(replace(facts, **{flag: True}))
    assert LOOSENESS[after.action] <= LOOSENESS[before.action]
    assert after.outcome != "success" or before.outcome == "success"


@law
@given(any_facts)
def test_max_is_exact(facts: Facts) -> None:
    decision = decide(facts)
    if facts.taken >= facts.max_iterations and not met(facts):
        assert decision.action is Action.TERMINATE
    if decision.rule == "max_iterations":
        assert facts.taken >= facts.max_iterations


@law
@given(any_facts, st.integers(0, 9), st.integers(0, 9), st.text(max_size=5))
def test_what_agents_claim_never_changes_what_is_to_happen(facts: Facts, wins: int, kept: int, expects: str) -> None:
    told = replace(facts, fix_wins=wins, fix_tries=wins + 1, kept=kept, expects=expects)
    assert decide(told).rule == decide(facts).rule


@law
@given(any_facts, st.sampled_from(sorted(HARD_STOPS)))
@example(MET, "permission_violation")
def test_a_hard_stop_beats_everything(facts: Facts, name: str) -> None:
    assume(name != "max_iterations" or not met(facts))
    stopped = decide(replace(facts, **HARD_STOPS[name]))
    names = list(HARD_STOPS)
    assert stopped.action is Action.TERMINATE and stopped.branch == 1
    assert names.index(stopped.rule) <= names.index(name)


@pytest.mark.parametrize(("name", "fields"), HARD_STOPS.items())
def test_each_hard_stop_ends_a_session_under_its_own_name(name: str, fields: dict[str, int]) -> None:
    decision = decide(replace(FIXABLE, **fields))
    assert (decision.action, decision.branch, decision.rule) == (Action.TERMINATE, 1, name)


@pytest.mark.parametrize(("rule", "flag"), RISKS.items())
def test_each_risk_is_asked_about_even_when_a_fix_is_known(rule: str, flag: str) -> None:
    decision = decide(replace(FIXABLE, **{flag: True}))
    assert (decision.action, decision.branch, decision.rule) == (Action.ESCALATE, 4, rule)


def test_success_on_the_last_allowed_turn_is_success() -> None:
    assert decide(replace(MET, taken=9)).outcome == "success"


def test_a_turn_is_left_until_the_last_one_is_taken() -> None:
    assert decide(replace(GOING, taken=8)).action is Action.CONTINUE
    assert decide(replace(GOING, taken=9)).rule == "max_iterations"


def test_all_tests_pass_of_no_tests_is_no_success() -> None:
    assert decide(replace(MET, checks_declared=0, checks_passed=0)).outcome != "success"


@pytest.mark.parametrize("flaw", [{"evidence_fresh": False}, {"checks_changed": True}, {"checks_passed": 1}])
def test_success_needs_each_of_its_conditions(flaw: dict[str, int]) -> None:
    assert decide(MET).outcome == "success"
    assert decide(replace(MET, **flaw)).outcome != "success"


def test_spending_up_to_the_cap_is_allowed_and_past_it_is_not() -> None:
    assert decide(replace(GOING, spent=GOING.cap)).action is Action.CONTINUE
    assert decide(replace(GOING, spent=GOING.cap + 1)).rule == "budget_exceeded"


def test_a_known_failure_with_a_safe_remedy_is_remedied_unasked() -> None:
    assert decide(FIXABLE).rule == "known_fix"
    assert decide(replace(FIXABLE, stalled=3, broken=3)).rule == "known_fix"


@pytest.mark.parametrize("used_up", [{"pattern_known": False}, {"fixes_left": 0}, {"retries": 3}])
def test_a_failure_that_nothing_known_helps_against_is_asked_about(used_up: dict[str, int]) -> None:
    unhelped = replace(FIXABLE, **used_up)
    assert decide(unhelped).rule == "unknown_failure"
    assert decide(replace(unhelped, granted=1)).action is Action.CONTINUE
    assert decide(replace(unhelped, pinned=True)).action is Action.CONTINUE


@pytest.mark.parametrize(("rule", "field"), [("no_progress", "stalled"), ("broken_expectation", "broken")])
def test_getting_nowhere_is_asked_about_at_its_limit(rule: str, field: str) -> None:
    assert decide(replace(GOING, **{field: 2})).action is Action.CONTINUE
    assert decide(replace(GOING, **{field: 3})).rule == rule


def test_confidence_is_the_record_of_the_fix_or_of_the_session() -> None:
    assert decide(replace(FIXABLE, fix_wins=3, fix_tries=3)).confidence == 4 / 5
    assert decide(replace(GOING, kept=1, broken=1)).confidence == 2 / 4
    assert decide(MET).confidence == 1.0


def test_a_reason_tells_the_values_that_were_compared() -> None:
    reason = decide(replace(GOING, spent=20_500_000)).reason
    assert "$20.50" in reason and "$20.00" in reason
    assert "9 of 9" in decide(replace(GOING, taken=9)).reason
