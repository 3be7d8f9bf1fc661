"""The fold: (state, event) → state. Pure; nothing else changes a state."""

from collections.abc import Iterable
from functools import reduce
from typing import assert_never

from msgspec.structs import replace

from interlock.core.budget import Budget
from interlock.core.events import (
    ActionProposed,
    AnyEvent,
    ApprovalAnswered,
    ApprovalExpired,
    ApprovalRequested,
    ApprovalWithdrawn,
    CallAllowed,
    CallDenied,
    CallLost,
    CallWithheld,
    ChecksCalled,
    ChecksReturned,
    Envelope,
    GoalUnderstood,
    HookDecided,
    LessonLearned,
    PlanMade,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    SkillCalled,
    SkillReturned,
    StepReviewed,
    StepTaken,
    StopRequested,
)
from interlock.core.plan import Proposal
from interlock.core.remediation import Lesson
from interlock.core.state import State, Trial, Turn
from interlock.core.stop_hook import Action

FAILURES_KEPT = 64


def replay(envelopes: Iterable[Envelope], state: State | None = None) -> State:
    """Fold committed events, from nothing or from a state that ends where they begin."""
    return reduce(fold, envelopes, state or State())


def fold(state: State, envelope: Envelope) -> State:
    """One committed event. An envelope that was folded already changes nothing."""
    if envelope.seq <= state.version:
        return state
    return replace(evolve(state, envelope.data, envelope.id, envelope.session), version=envelope.seq, last=envelope.id)


def evolve(state: State, event: AnyEvent, id: str = "", session: str = "") -> State:
    """The state after the event."""
    match event:
        case SessionStarted():
            return state if state.id else _started(state, event, session)
        case GoalUnderstood():
            return replace(state, goal=event.goal)
        case PlanMade():
            return replace(state, plan=event)
        case ActionProposed():
            return replace(state, turn=replace(state.turn, proposal=event.proposal))
        case CallAllowed():
            return state
        case CallWithheld():
            return replace(state, withheld=event, pinned=None, pinned_by=None)
        case CallDenied():
            return _denied(state, event)
        case SkillCalled():
            return _called(state, event)
        case SkillReturned():
            return _returned(state, event)
        case CallLost():
            return _lost(state, event)
        case StepTaken():
            return _stepped(state, event)
        case ChecksCalled():
            return replace(
                state,
                turn=replace(state.turn, checks_called=event, checks=None),
                budget=_hold(state.budget, event.hold),
            )
        case ChecksReturned():
            return _checked(state, event)
        case StepReviewed():
            return _reviewed(state, event)
        case LessonLearned():
            return replace(state, trials={w: t for w, t in state.trials.items() if not _is_of(event.lesson, t)})
        case HookDecided():
            return _decided(state, event)
        case ApprovalRequested():
            return replace(state, question=event, asked_at=id, turn=replace(state.turn, asked=event))
        case ApprovalAnswered() | ApprovalExpired() | ApprovalWithdrawn() if not _asks(state, event.approval):
            return state
        case ApprovalAnswered():
            return _heard(_answered(state, event), id)
        case ApprovalExpired():
            return _heard(replace(state, rejected=True, question=None), id)
        case ApprovalWithdrawn():
            return replace(state, question=None)
        case SessionPaused():
            return replace(state, paused=True)
        case SessionResumed():
            return replace(state, paused=False)
        case StopRequested():
            return _heard(replace(state, stop_requested=True, paused=False), id)
        case SessionEnded():
            return replace(state, ended=event.outcome, budget=replace(state.budget, held=0))
    assert_never(event)


def _started(state: State, event: SessionStarted, session: str) -> State:
    return replace(
        state,
        id=session,
        words=event.words,
        principal=event.principal,
        roles=event.roles,
        grants=event.grants,
        workspace=event.workspace,
        limits=event.limits,
        stay=event.stay,
        budget=Budget(ask_line=event.limits.ask_line, cap=event.limits.cap),
        baseline=event.check_digests,
        ask_after=event.limits.after_tries,
    )


def _hold(budget: Budget, amount: int) -> Budget:
    return replace(budget, held=budget.held + amount) if amount else budget


def _book(budget: Budget, cost: int, release: int) -> Budget:
    return replace(budget, spent=budget.spent + cost, held=budget.held - release) if cost or release else budget


def _is_of(lesson: Lesson, trial: Trial) -> bool:
    return (trial.fix, trial.fingerprint) == (lesson.fix, lesson.fingerprint)


def _use_up(state: State, proposal: Proposal) -> dict[str, tuple[str, ...]]:
    """The fixes tried, with this proposal's among them."""
    if proposal.fix is None or proposal.fingerprint is None:
        return state.tried
    used = (*state.tried.get(proposal.fingerprint, ()), proposal.fix)
    others = [entry for entry in state.tried.items() if entry[0] != proposal.fingerprint]
    return dict([*others[1 - FAILURES_KEPT :], (proposal.fingerprint, used)])


def _denied(state: State, event: CallDenied) -> State:
    """A denied fix is used up; a denied act is neither pinned nor to be repeated any longer."""
    return replace(
        state,
        violation=state.violation or event.violation,
        cap_refused=state.cap_refused or event.cap_refused,
        tried=_use_up(state, event.proposal),
        pinned=None,
        pinned_by=None,
        repeat=None,
    )


def _called(state: State, event: SkillCalled) -> State:
    return replace(
        state,
        turn=replace(state.turn, called=event, returned=None, proposal=event.proposal),
        budget=_hold(state.budget, event.hold),
        pinned=None,
        pinned_by=None,
        repeat=None,
        tried=_use_up(state, event.proposal),
    )


def _returned(state: State, event: SkillReturned) -> State:
    proposal = state.turn.called.proposal if state.turn.called else None
    is_step = proposal is not None and proposal.task is not None
    done = state.done
    revision = state.revision + (event.changed and not is_step)
    if event.ok and proposal is not None and proposal.task is not None:
        done = {**done, proposal.task: revision}
    trials = state.trials
    if proposal is not None and proposal.fix is not None and state.failure is not None:
        failure = state.failure
        trial = Trial(fingerprint=failure.fingerprint, fix=proposal.fix, where=failure.where, cost=event.cost)
        trials = {**trials, failure.where: trial}
    return replace(
        state,
        turn=replace(state.turn, returned=event),
        budget=_book(state.budget, event.cost, event.release),
        changes=state.changes + event.changed,
        revision=revision,
        done=done,
        trials=trials,
    )


def _lost(state: State, event: CallLost) -> State:
    """Nobody knows whether it happened: it counts as a change. What may be repeated is proposed once more."""
    proposal = state.turn.called.proposal if state.turn.called else None
    return replace(
        state,
        turn=replace(state.turn, called=None),
        budget=_book(state.budget, event.cost, event.release),
        changes=state.changes + 1,
        revision=state.revision + 1,
        repeat=proposal if event.repeat else None,
        lost=None if event.repeat else proposal,
    )


def _stepped(state: State, event: StepTaken) -> State:
    """A turn without a proposal counts for no limit, yet it is one of the tries that a person granted."""
    tries = event.counts or event.outcome == "idle"
    return replace(
        state,
        turn=replace(state.turn, step=event),
        taken=state.taken + event.counts,
        granted=max(0, state.granted - tries),
        worked=state.worked + round(event.seconds * 1_000_000),
        budget=_book(state.budget, 0, event.release),
    )


def _checked(state: State, event: ChecksReturned) -> State:
    budget = _book(state.budget, event.cost, event.release)
    if event.lost:
        return replace(state, budget=budget, turn=replace(state.turn, checks_called=None, checks_lost=True))
    return replace(
        state,
        turn=replace(state.turn, checks=event),
        budget=budget,
        results=event.results,
        results_at=state.changes,
        digests=event.digests,
        worked=state.worked + round(event.seconds * 1_000_000),
    )


def _reviewed(state: State, event: StepReviewed) -> State:
    return replace(
        state,
        turn=replace(state.turn, review=event),
        failure=event.failure,
        diagnosis=event.diagnosis,
        added_risks=event.added_risks,
        stalled=0 if event.progressed else state.stalled + 1,
        broken=0 if event.expected else state.broken + 1,
        kept=state.kept + event.expected,
        forewarned=state.forewarned or event.forecast > 0,
    )


def _decided(state: State, event: HookDecided) -> State:
    """A turn that goes on makes room for the next one."""
    if event.decision.action is not Action.CONTINUE:
        return replace(state, turn=replace(state.turn, decided=event), unheard=None)
    return replace(state, turn=Turn(), unheard=None, iteration=state.iteration + 1)


def _heard(state: State, id: str) -> State:
    return replace(state, unheard=id, turn=replace(state.turn, decided=None, asked=None))


def _asks(state: State, approval: str) -> bool:
    """Whether that is the open question: every question ends once, and no other's answer counts for it."""
    return state.question is not None and state.question.approval == approval


def _answered(state: State, event: ApprovalAnswered) -> State:
    question = state.question
    if question is None:
        return state
    accepted = (question.rule, *(state.withheld.risks if state.withheld else ()))
    others = tuple(risk for risk in state.added_risks if risk not in accepted)
    closed = replace(state, question=None, withheld=None, added_risks=others)
    match event.answer:
        case "rejected":
            return replace(closed, rejected=True)
        case "edited":
            return _edited(closed, question, event)
        case "approved":
            budget = closed.budget
            if event.up_to is not None:
                budget = replace(budget, ask_line=min(max(budget.ask_line, event.up_to), budget.cap))
            approved = replace(closed, budget=budget)
            if question.subject == "act":
                return replace(approved, pinned=question.proposal, pinned_by=event.approval)
            return _goes_on(approved, question)


def _edited(state: State, question: ApprovalRequested, event: ApprovalAnswered) -> State:
    """The edited act is pinned, not yet approved: the gate sees it under its own digest.

    It is the person's remedy, not the catalogue's: the fix that it stands for is used up, and learns nothing from it.
    """
    if event.edited is None or question.proposal is None:
        return state
    why = event.reason or "a person's edit"
    edited = replace(question.proposal, act=event.edited, agent="person", why=why, fix=None)
    return replace(state, pinned=edited, pinned_by=None, tried=_use_up(state, question.proposal))


def _goes_on(state: State, question: ApprovalRequested) -> State:
    """Only the counter of the rule that asked starts anew, and the tries that the question showed are granted."""
    match question.rule:
        case "no_progress":
            state = replace(state, stalled=0)
        case "broken_expectation":
            state = replace(state, broken=0)
        case "checks_changed":
            state = replace(state, baseline=question.baseline)
        case "unclear_impact":
            step = state.lost.task if state.lost else None
            # the question promised not to repeat it: a step of the plan counts as done
            state = replace(state, lost=None, done={**state.done, step: state.revision} if step else state.done)
        case "asked_by_person" if state.ask_after is not None and state.taken >= state.ask_after:
            state = replace(state, ask_after=state.taken + question.tries)
    return replace(state, granted=max(state.granted, question.tries))
