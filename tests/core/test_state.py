"""The laws of the fold, on random streams of every kind of event, likely and unlikely."""

from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.core import events
from interlock.core.budget import Limits
from interlock.core.events import (
    AnyEvent,
    ApprovalAnswered,
    ApprovalExpired,
    ApprovalRequested,
    ApprovalWithdrawn,
    CallDenied,
    ChecksReturned,
    Draft,
    Envelope,
    Event,
    HookDecided,
    SessionEnded,
    SessionPaused,
    SessionStarted,
    SkillCalled,
    SkillReturned,
    StepReviewed,
    StepTaken,
    StopRequested,
    decode,
    encode,
    place,
)
from interlock.core.evolve import evolve, fold, replay
from interlock.core.plan import Act, Check, CheckResult, Effects, Proposal, Workspace
from interlock.core.remediation import Diagnosis, Failure
from interlock.core.state import State, facts
from interlock.core.stop_hook import Action, decide

KINDS: tuple[type[Event], ...] = get_args(AnyEvent)
DOLLAR = 1_000_000

law = settings(max_examples=40, deadline=None)  # a deadline measures the machine, not the code

_names = st.sampled_from(["a", "b", "c"])
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
_plain = {
    bool: st.booleans(),
    int: st.integers(-3, 40) | st.integers(0, 30).map(lambda dollars: dollars * DOLLAR),
    float: st.floats(0, 9_000, allow_nan=False),
    str: _names | st.text(max_size=6),
    NoneType: st.none(),
    msgspec.UnsetType: st.just(msgspec.UNSET),
}
_named = {"approval", "fix", "fingerprint", "task", "call"}


@cache
def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that events are made of, structs with some fields left at their defaults."""
    if kind in _plain:
        return _plain[kind]
    if kind is Any:
        return _json
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, UnionType):
        return st.one_of(*map(values, inner))
    if origin is tuple and inner[-1] is not Ellipsis:
        return st.tuples(*map(values, inner))
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(_names, values(inner[1]), max_size=2)
    return st.sampled_from(Action) if kind is Action else structs(kind)


def structs(kind: type[Any]) -> st.SearchStrategy[Any]:
    fields = msgspec.structs.fields(kind)
    known = {field.encode_name: _names if field.name in _named else values(field.type) for field in fields}
    needed = {field.encode_name: known[field.encode_name] for field in fields if field.required}
    rest = {name: known[name] for name in known if name not in needed}
    return st.fixed_dictionaries(needed, optional=rest).map(lambda given: kind(**given))


any_event: st.SearchStrategy[AnyEvent] = st.one_of(*map(structs, KINDS))


def enveloped(happened: list[AnyEvent]) -> list[Envelope]:
    return [
        place(Draft(id=f"e{seq}", at=seq, iteration=1, actor="test", event=event), "s", seq)
        for seq, event in enumerate(happened, start=1)
    ]


streams = st.lists(any_event, max_size=12).map(enveloped)


@law
@given(streams)
def test_any_stream_folds_without_an_exception_and_gives_facts_that_can_be_decided(stream: list[Envelope]) -> None:
    state = State()
    for envelope in stream:
        state = fold(state, envelope)
        known = facts(state)
        assert known.fix_tries == -2 or decide(known).rule


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_event_is_stored_and_read_back_byte_for_byte(kind: type[Event]) -> None:
    @settings(max_examples=20, deadline=None)
    @given(structs(kind))
    def holds(event: AnyEvent) -> None:
        [envelope] = enveloped([event])
        stored = encode(envelope)
        assert decode(stored) == envelope
        assert encode(decode(stored)) == stored

    holds()


def test_an_event_of_a_newer_version_is_refused_in_words() -> None:
    [envelope] = enveloped([SessionEnded(outcome="success")])
    with pytest.raises(events.UnknownEvent, match="upgrade it"):
        decode(encode(replace(envelope, v=events.VERSION + 1)))
    with pytest.raises(events.UnknownEvent, match="`Hatched`"):
        decode(encode(replace(envelope, kind="Hatched")))


@law
@given(streams)
def test_folding_twice_is_folding_once(stream: list[Envelope]) -> None:
    once = replay(stream)
    assert replay(stream, once) == once
    assert all(fold(once, envelope) is once for envelope in stream)


@law
@given(streams)
def test_replay_is_deterministic_also_through_the_store(stream: list[Envelope]) -> None:
    once = replay(stream)
    assert replay(stream) == once
    again = replay([decode(encode(envelope)) for envelope in stream])
    assert msgspec.json.encode(again) == msgspec.json.encode(once)


@law
@given(streams, st.integers(0, 12))
def test_replaying_the_rest_onto_a_prefix_is_replaying_all(stream: list[Envelope], cut: int) -> None:
    assert replay(stream[cut:], replay(stream[:cut])) == replay(stream)


CHECK = Check(name="tests", act=Act(skill="command.run"))
SHOP = Workspace(root="/shop", name="shop", checks=(CHECK,))
LIMITS = Limits(ask_line=10 * DOLLAR, cap=20 * DOLLAR)
START = SessionStarted(words="fix it", workspace=SHOP, limits=LIMITS, principal="ada", grants=("run",))
DEPLOY = Proposal(act=Act(skill="command.run"), agent="planner", why="it is next", expects="it works", task="deploy")
QUESTION = ApprovalRequested(
    approval="a", rule="high_cost", subject="act", question="may it?", deadline=9, proposal=DEPLOY
)
ASKED = replay(enveloped([START, QUESTION]))
APPROVED = evolve(ASKED, ApprovalAnswered(approval="a", answer="approved"), "e3", "s")
CALLED = SkillCalled(call="c", proposal=DEPLOY, effects=Effects(), timeout=9.0, hold=5)
SITUATIONS = {
    "begun": replay(enveloped([START])),
    "asked": ASKED,
    "asked about going on": replay(enveloped([START, replace(QUESTION, rule="no_progress", subject="going_on")])),
    "approved": APPROVED,
    "paused": replay(enveloped([START, SessionPaused()])),
    "stopping": replay(enveloped([START, StopRequested()])),
    "rejected": replay(enveloped([START, QUESTION, ApprovalExpired(approval="a")])),
    "violating": replay(enveloped([START, CallDenied(proposal=DEPLOY, digest="d", violation=True)])),
    "acting": replay(enveloped([START, CALLED])),
    "ended": replay(enveloped([START, SessionEnded(outcome="success")])),
}


def nothing_widens_what_a_session_may_use(before: State, event: AnyEvent, after: State) -> None:
    assert (after.grants, after.roles, after.principal) == (before.grants, before.roles, before.principal)
    assert (after.workspace, after.limits) == (before.workspace, before.limits)


def only_an_approval_raises_the_ask_line_and_nothing_the_cap(before: State, event: AnyEvent, after: State) -> None:
    assert after.budget.cap == before.budget.cap
    assert after.budget.ask_line <= after.budget.cap
    if after.budget.ask_line != before.budget.ask_line:
        assert isinstance(event, ApprovalAnswered) and event.answer == "approved"
        assert event.up_to is not None and before.budget.ask_line < after.budget.ask_line <= event.up_to
        assert before.question is not None and before.question.approval == event.approval


def only_the_end_ends(before: State, event: AnyEvent, after: State) -> None:
    if after.ended != before.ended:
        assert isinstance(event, SessionEnded) and after.ended == event.outcome


def only_people_stop_reject_and_answer(before: State, event: AnyEvent, after: State) -> None:
    assert not after.stop_requested or before.stop_requested or isinstance(event, StopRequested)
    assert not after.rejected or before.rejected or isinstance(event, ApprovalAnswered | ApprovalExpired)
    if before.question is not None and after.question is None:
        assert isinstance(event, ApprovalAnswered | ApprovalExpired | ApprovalWithdrawn)
        assert event.approval == before.question.approval


def only_an_approved_or_edited_act_is_pinned(before: State, event: AnyEvent, after: State) -> None:
    if after.pinned not in (None, before.pinned):
        assert isinstance(event, ApprovalAnswered) and event.answer != "rejected"
        assert (after.pinned_by == event.approval) == (event.answer == "approved")


def a_hard_fact_is_never_taken_back(before: State, event: AnyEvent, after: State) -> None:
    assert after.stop_requested >= before.stop_requested
    assert after.rejected >= before.rejected
    assert after.violation >= before.violation
    assert after.taken >= before.taken


STEP_LAWS = (
    nothing_widens_what_a_session_may_use,
    only_an_approval_raises_the_ask_line_and_nothing_the_cap,
    only_the_end_ends,
    only_people_stop_reject_and_answer,
    only_an_approved_or_edited_act_is_pinned,
    a_hard_fact_is_never_taken_back,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_kind_of_event_does_what_only_another_may(kind: type[Event]) -> None:
    @settings(max_examples=60 if kind is ApprovalAnswered else 20, deadline=None)
    @given(structs(kind))
    def holds(event: AnyEvent) -> None:
        for before in SITUATIONS.values():
            after = evolve(before, event, "e9", "s")
            for step_law in STEP_LAWS:
                step_law(before, event, after)

    holds()


answers = st.one_of(*map(structs, (ApprovalAnswered, ApprovalExpired, ApprovalWithdrawn)))


@law
@given(answers.filter(lambda answer: answer.approval != QUESTION.approval))
def test_an_answer_to_another_question_changes_nothing(answer: AnyEvent) -> None:
    assert evolve(ASKED, answer, "e9", "s") == ASKED


@law
@given(answers)
def test_a_question_ends_once_and_a_second_answer_changes_nothing(answer: AnyEvent) -> None:
    assert evolve(APPROVED, answer, "e9", "s") == APPROVED


@law
@given(structs(SessionStarted))
def test_a_second_start_changes_nothing(second: SessionStarted) -> None:
    assert evolve(ASKED, second, "e9", "s") == ASKED


def turn(state: State, number: int) -> list[AnyEvent]:
    """A likely turn: a remedy is tried, the check fails again, and the hook decides; a person grants what it asks."""
    why = f"failure {number % 5}"
    remedy = Proposal(
        act=Act(skill="command.run", arguments={"argv": ["true"]}),
        agent="debugger",
        why="it may help",
        expects="the tests pass",
        fix=f"remedy {number % 4}" if number < 20 else None,
        fingerprint=why,
    )
    happened: list[AnyEvent] = [
        SkillCalled(call=f"c{number}", proposal=remedy, effects=Effects(), timeout=9.0, hold=5),
        SkillReturned(call=f"c{number}", ok=True, cost=3, release=5, output="done"),
        StepTaken(outcome="acted", seconds=0.5),
        ChecksReturned(results=(CheckResult(name="tests", passed=False, output="1 failed"),), seconds=0.5),
        StepReviewed(
            failure=Failure(where="check:tests", fingerprint=why, signature="1 failed"),
            diagnosis=Diagnosis(pattern="known", candidates=(remedy,)),
            progressed=False,
            expected=False,
        ),
    ]
    known = facts(folded(state, happened))
    decision = decide(known)
    happened.append(HookDecided(facts=known, decision=decision))
    if decision.action is Action.ESCALATE:
        asked = ApprovalRequested(
            approval=f"a{number}", rule=decision.rule, subject="going_on", question="go on?", deadline=9, tries=3
        )
        answered = ApprovalAnswered(approval=asked.approval, answer="approved")
        going = folded(state, [*happened, asked, answered])
        happened += [asked, answered, HookDecided(facts=facts(going), decision=decide(facts(going)))]
    return happened


def folded(state: State, happened: list[AnyEvent]) -> State:
    for number, event in enumerate(happened):
        state = evolve(state, event, f"e{number}", "s")
    return state


def test_a_late_turn_has_no_larger_state_than_an_early_one() -> None:
    patient = Limits(max_iterations=100_000, max_time=1e9, ask_line=10**12, cap=10**12)
    state, sizes = evolve(State(), replace(START, limits=patient), "e1", "s"), {}
    for number in range(1_000):
        state = folded(state, turn(state, number))
        sizes[number] = len(msgspec.json.encode(state))
    assert state.iteration == state.taken + 1 == 1_001
    assert (
        abs(max(sizes[number] for number in range(900, 1_000)) - max(sizes[number] for number in range(50, 150))) < 32
    )


def test_only_an_approved_up_to_raises_the_line_and_the_cap_bounds_it() -> None:
    begun = evolve(State(), replace(START, limits=Limits(ask_line=10, cap=20)), "e1", "s")
    asked = evolve(begun, QUESTION, "e2", "s")
    lines = {
        up_to: evolve(asked, ApprovalAnswered(approval="a", answer="approved", up_to=up_to), "e3", "s").budget.ask_line
        for up_to in (None, 5, 15, 20, 99)
    }
    assert lines == {None: 10, 5: 10, 15: 15, 20: 20, 99: 20}
    refused = evolve(asked, ApprovalAnswered(approval="a", answer="rejected", up_to=15), "e3", "s")
    assert refused.budget.ask_line == 10
