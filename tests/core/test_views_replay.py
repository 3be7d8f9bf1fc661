"""Replay finds every decision again, and every event leads back to the words."""

import pytest
from msgspec.structs import replace

from interlock.core.events import Envelope, HookDecided, SessionStarted
from interlock.core.views.replaying import BrokenChain, redecide, trace
from logs import given_up, repaired


def test_every_recorded_decision_comes_out_the_same() -> None:
    again = redecide(repaired().envelopes)

    assert again.line == "11 of 11 decisions identical"
    assert again.first is None


def _with_decision(log: list[Envelope], number: int, **changes: object) -> list[Envelope]:
    places = [at for at, envelope in enumerate(log) if isinstance(envelope.data, HookDecided)]
    at = places[number - 1]
    return [*log[:at], replace(log[at], data=replace(log[at].data, **changes)), *log[at + 1 :]]


def test_an_edited_decision_is_found_with_its_place() -> None:
    log = repaired().envelopes
    recorded = log[9].data
    assert isinstance(recorded, HookDecided)
    again = redecide(_with_decision(log, 1, decision=replace(recorded.decision, confidence=0.9)))

    assert again.line == "10 of 11 decisions identical"
    assert again.first is not None
    assert (again.first.number, again.first.seq, again.first.what) == (1, 10, "decision")
    assert '"confidence":0.9' in again.first.recorded


def test_facts_that_the_events_do_not_add_up_to_are_found() -> None:
    log = repaired().envelopes
    recorded = log[9].data
    assert isinstance(recorded, HookDecided)

    again = redecide(_with_decision(log, 1, facts=replace(recorded.facts, spent=1)))
    assert again.first is not None
    assert again.first.what == "facts"


def test_every_event_leads_back_to_the_words() -> None:
    for log in (repaired(), given_up()):
        for envelope in log.envelopes:
            first = trace(log.envelopes, envelope.id)[-1]
            assert first.seq == 1
            assert isinstance(first.data, SessionStarted)


def test_the_trace_of_the_approved_act_passes_the_question_and_the_answer() -> None:
    log = repaired().envelopes
    act = next(one for one in log if one.kind == "SkillCalled" and one.data.approval)

    assert [one.kind for one in trace(log, act.id)][:6] == [
        "SkillCalled", "CallAllowed", "ActionProposed", "HookDecided", "ApprovalAnswered", "ApprovalRequested",
    ]  # fmt: skip


def test_a_chain_with_a_missing_link_is_reported_not_shortened() -> None:
    log = repaired().envelopes

    with pytest.raises(BrokenChain, match="event `nowhere` is not in the log"):
        trace(log, "nowhere")
    with pytest.raises(BrokenChain, match="event `e3`, which `e4` names as its cause, is not in the log"):
        trace([one for one in log if one.id != "e3"], "e9")
    with pytest.raises(BrokenChain, match="names a later one"):
        trace([log[0], replace(log[1], cause="e3"), log[2]], "e2")
