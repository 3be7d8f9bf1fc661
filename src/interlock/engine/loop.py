"""The loop: agents propose, the gate admits, skills act, the stop hook decides. Only the hook ends a session."""

from enum import StrEnum
from typing import Protocol

from interlock.core.events import ApprovalRequested, HookDecided, SessionEnded, StepReviewed, StepTaken
from interlock.core.state import facts
from interlock.core.stop_hook import RULES, Action, decide
from interlock.engine.cut_off import lose_call, lose_checks
from interlock.engine.session import Session


class Status(StrEnum):
    """How a drive ended: for good, or until a person speaks (or the next worker comes)."""

    ENDED = "ended"
    WAITING = "waiting"


class Steps(Protocol):
    """The parts of a turn, each of which makes the one event that records it."""

    async def perform_step(self, session: Session) -> StepTaken: ...

    async def run_post_step_hooks(self, session: Session) -> StepReviewed: ...

    async def ask_human(self, session: Session) -> ApprovalRequested: ...


async def run(session: Session, steps: Steps) -> Status:
    """Drive a session until the stop hook ends it, or until it waits. Raises Overtaken and ClaimLost."""
    while session.state.ended is None:
        if session.state.waits_for_person or session.resting:
            await session.flush()
            return Status.WAITING
        if session.state.unheard is None:
            await session.once(StepTaken, steps.perform_step)
            await session.once(StepReviewed, steps.run_post_step_hooks)
        else:
            lose_call(session)
            lose_checks(session)
        decision = (await session.once(HookDecided, run_stop_hook)).decision

        match decision.action:
            case Action.CONTINUE:
                continue
            case Action.ESCALATE:
                await session.once(ApprovalRequested, steps.ask_human)
            case Action.TERMINATE:
                await session.record(SessionEnded(outcome=decision.outcome, reason=decision.reason))
    return Status.ENDED


async def run_stop_hook(session: Session) -> HookDecided:
    """Gather the facts, decide, and keep both, with the truth of every rule."""
    seen = facts(session.state)
    return HookDecided(
        facts=seen,
        decision=decide(seen),
        held=tuple(rule.name for rule in RULES if rule.holds(seen)),
    )
