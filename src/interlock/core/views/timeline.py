"""The timeline: every committed event as a line that a person reads."""

from collections.abc import Sequence
from typing import assert_never

from msgspec import Struct

from interlock.core.budget import AHEAD
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
from interlock.core.evolve import fold
from interlock.core.fingerprint import failure
from interlock.core.money import show
from interlock.core.state import State
from interlock.core.stop_hook import Action
from interlock.core.views.text import Tone, because, brief, count, lasting, one_line

Said = tuple[Tone, str]


class Row(Struct, frozen=True, kw_only=True):
    """One event in words. `at` is unix micro-seconds; `tone` says how it should be shown, `detail` what lies behind."""

    seq: int
    id: str
    iteration: int
    at: int
    kind: str
    actor: str
    tone: Tone
    words: str
    detail: tuple[str, ...] = ()


def timeline(envelopes: Sequence[Envelope]) -> tuple[Row, ...]:
    """A row for each event, in order."""
    rows: list[Row] = []
    state = State()
    for envelope in envelopes:
        rows.append(told(envelope, state))
        state = fold(state, envelope)
    return tuple(rows)


def told(envelope: Envelope, before: State) -> Row:
    """The event in words, given the state before it."""
    tone, words = _said(envelope.data, envelope.actor, before)
    return Row(
        seq=envelope.seq,
        id=envelope.id,
        iteration=envelope.iteration,
        at=envelope.at,
        kind=envelope.kind,
        actor=one_line(envelope.actor),
        tone=tone,
        words=one_line(words, 400),
        detail=_detail(envelope.data),
    )


def who(actor: str) -> str:
    """The person's name of an actor `person:NAME`; any other actor as it is."""
    return one_line(actor.removeprefix("person:"))


def _said(event: AnyEvent, actor: str, before: State) -> Said:
    match event:
        case SessionStarted():
            return "plain", f"{one_line(event.principal)} says: {event.words}"
        case GoalUnderstood():
            return "plain", f"understood: {event.goal.objective}"
        case PlanMade():
            return "plain", f"plan: {', '.join(map(step_name, event.steps)) or 'no steps'}; {_proof(event)}"
        case ActionProposed():
            return _proposed(event)
        case CallAllowed():
            held = f", holds {show(event.hold)}" if event.hold else ""
            return "quiet", f"gate allows it{held}{because(event.because)}"
        case CallWithheld():
            return "ask", f"gate withholds {brief(event.proposal.act)}: {_why(event.words)}{because(event.because)}"
        case CallDenied():
            return "bad", f"gate denies {brief(event.proposal.act)}: {_why(event.words)}{because(event.because)}"
        case SkillCalled():
            return "plain", f"runs {brief(event.proposal.act)}, at most {lasting(event.timeout)}"
        case SkillReturned() | CallLost():
            return _came_of_it(event, before)
        case StepTaken():
            return ("quiet", f"step {event.outcome}{': ' if event.words else ''}{event.words}")
        case ChecksCalled() | ChecksReturned():
            return _checks(event)
        case StepReviewed():
            return _reviewed(event)
        case LessonLearned():
            return "quiet", f"remembers: fix `{event.lesson.fix}` {event.lesson.result}"
        case HookDecided():
            return _decided(event)
        case SessionEnded():
            return ("good" if event.outcome == "success" else "bad"), f"ends: {event.outcome} ({_why(event.reason)})"
        case _:
            return _person(event, actor)


def _person(
    event: ApprovalRequested
    | ApprovalAnswered
    | ApprovalExpired
    | ApprovalWithdrawn
    | SessionPaused
    | SessionResumed
    | StopRequested,
    actor: str,
) -> Said:
    match event:
        case ApprovalRequested():
            return "ask", f"asks {event.approval}: {event.question}"
        case ApprovalAnswered():
            return _answered(event, who(actor))
        case ApprovalExpired():
            return "bad", f"nobody answered {event.approval} in time, which is a no"
        case ApprovalWithdrawn():
            return "quiet", f"question {event.approval} is void"
        case SessionPaused():
            return "ask", f"{who(actor)} pauses it"
        case SessionResumed():
            return "plain", f"{who(actor)} lets it go on"
        case StopRequested():
            return "bad", f"{who(actor)} stops it{': ' if event.reason else ''}{event.reason}"
    assert_never(event)


def step_name(step: str) -> str:
    """A plan step as people call it: `task:migrate` is `migrate`."""
    return one_line(step.split(":", 1)[-1])


def _proof(plan: PlanMade) -> str:
    names = ", ".join(map(one_line, plan.checks))
    match len(plan.checks):
        case 0:
            return "no checks"
        case 1:
            return f"done when check {names} passes"
        case _:
            return f"done when checks {names} pass"


def _why(words: str) -> str:
    return words or "no reason recorded"


def _proposed(event: ActionProposed) -> Said:
    proposal = event.proposal
    if event.approval:
        return "plain", f"{brief(proposal.act)} comes back, approved by {event.approval}"
    fix = f" as fix `{proposal.fix}`" if proposal.fix else ""
    others = f" ({count(event.others, 'other')} at hand)" if event.others else ""
    return "plain", f"{proposal.agent} proposes {brief(proposal.act)}{fix}{others}"


def _came_of_it(event: SkillReturned | CallLost, before: State) -> Said:
    called = before.turn.called
    act = brief(called.proposal.act) if called else "the act"
    if isinstance(event, CallLost):
        then = "it is done again" if event.repeat else "nobody knows whether it happened"
        return "bad", f"the outcome of {act} is lost ({one_line(event.words) or 'a crash'}): {then}"
    cost = f", {show(event.cost)}{'' if event.reported else ' (not reported: the worst case)'}" if event.cost else ""
    if event.ok:
        return "good", f"{act} succeeds in {lasting(event.seconds)}{cost}"
    how = {"exited": "fails", "timeout": "runs out of time", "stopped": "is stopped"}.get(event.ended, event.ended)
    return (
        "bad",
        f"{act} {how} after {lasting(event.seconds)}{cost}: {signature(event.where, event.output, event.exit_code)}",
    )


def signature(where: str, output: str, exit_code: int | None) -> str:
    """The line of an output that tells what broke."""
    return one_line(failure(where, output, exit_code).signature, 300)


def _checks(event: ChecksCalled | ChecksReturned) -> Said:
    if isinstance(event, ChecksCalled):
        return "quiet", f"checks begin: {', '.join(event.checks)}"
    if event.lost:
        return "bad", "a crash took the outcome of the checks"
    said = [
        f"check {result.name} passes"
        if result.passed
        else f"check {result.name} fails: {signature(f'check:{result.name}', result.output, result.exit_code)}"
        for result in event.results
    ]
    passed = all(result.passed for result in event.results)
    cost = f" ({show(event.cost)})" if event.cost else ""
    return ("good" if passed else "bad"), f"{'; '.join(said) or 'no check ran'}{cost}"


def _reviewed(event: StepReviewed) -> Said:
    risks = f"; risks added: {', '.join(event.added_risks)}" if event.added_risks else ""
    if event.forecast:
        risks += f"; at this pace {show(event.forecast)} are spent {AHEAD} turns on, past the ask line"
    if event.failure is None:
        return "quiet", f"review: nothing fails{risks}"
    found = event.diagnosis
    known = "no known pattern matches"
    if found is not None and found.pattern is not None:
        record = f", {found.remembered}" if found.remembered else ""
        known = f"known as `{found.pattern}`, {count(len(found.candidates), 'remedy', 'remedies')} left{record}"
    return "quiet", f"review: {event.failure.where} fails: {event.failure.signature}; {known}{risks}"


def _decided(event: HookDecided) -> Said:
    decision = event.decision
    tone: Tone = "plain"
    if decision.action is not Action.CONTINUE:
        tone = "good" if decision.outcome == "success" else "ask" if decision.action is Action.ESCALATE else "bad"
    return tone, (
        f"stop hook: {decision.action.upper()} by {decision.rule} (branch {decision.branch}): "
        f"{decision.reason}, confidence {decision.confidence:.2f}"
    )


def _answered(event: ApprovalAnswered, person: str) -> Said:
    reason = f": {event.reason}" if event.reason else ""
    match event.answer:
        case "approved":
            line = f" and raises the ask line to {show(event.up_to)}" if event.up_to is not None else ""
            return "good", f"{person} approves {event.approval}{line}{reason}"
        case "rejected":
            return "bad", f"{person} rejects {event.approval}{reason}"
        case "edited":
            act = f" to {brief(event.edited)}" if event.edited else ""
            return "plain", f"{person} changes the act of {event.approval}{act}{reason}"


def _detail(event: AnyEvent) -> tuple[str, ...]:
    match event:
        case GoalUnderstood():
            return tuple(map(one_line, event.read_back))
        case ActionProposed():
            return (f"claim: {one_line(event.proposal.why)}", f"expects: {one_line(event.proposal.expects)}")
        case StepReviewed():
            return tuple(map(one_line, event.remarks))
        case _:
            return ()
