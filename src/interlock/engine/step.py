"""One step: an agent proposes, the gate admits, a skill acts. Every phase is found again after a crash."""

import asyncio
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from interlock.core.budget import settle
from interlock.core.events import (
    ActionProposed,
    CallAllowed,
    CallDenied,
    CallLost,
    CallWithheld,
    PlanMade,
    SkillCalled,
    SkillReturned,
    StepTaken,
)
from interlock.core.plan import Proposal
from interlock.core.state import State, time_left
from interlock.engine.around import after, before
from interlock.engine.cut_off import lose_call
from interlock.engine.gate import Admission, Gate, due
from interlock.engine.session import Session
from interlock.ports import (
    Agent,
    ApprovalUsed,
    CapRefused,
    Clock,
    Ids,
    Objects,
    OutcomeUnknown,
    SkillResult,
    Skills,
    Snapshots,
    Surroundings,
)

PREVIEW = 64_000
Planner = Callable[[State], PlanMade]


class Stepper:
    """Performs the step of a turn. `on_output` hears each line that a running act prints.

    Without `snapshots` nothing is kept, and nothing can be undone.
    """

    def __init__(
        self,
        *,
        agents: Sequence[Agent],
        planner: Planner,
        gate: Gate,
        skills: Skills,
        objects: Objects,
        clock: Clock,
        ids: Ids,
        snapshots: Snapshots | None = None,
        on_output: Callable[[str], None] | None = None,
    ) -> None:
        self._agents = agents
        self._planner = planner
        self._gate = gate
        self._skills = skills
        self._objects = objects
        self._clock = clock
        self._ids = ids
        self._snapshots = snapshots
        self._on_output = on_output

    async def perform_step(self, session: Session) -> StepTaken:
        """Take up the step where the log left it, and bring it to its end."""
        began = self._clock.now()
        if session.state.plan is None:
            session.add(self._planner(session.state), actor="planner")
        lose_call(session)
        if session.state.lost is not None:
            return StepTaken(outcome="lost")
        if session.state.turn.returned is None:
            denied = await self._try_candidates(session)
            if session.state.turn.returned is None:
                return replace(denied, seconds=(self._clock.now() - began) / 1_000_000)
        return self._acted(session, began)

    async def _try_candidates(self, session: Session) -> StepTaken:
        """The first candidate that the gate admits is performed; what is returned matters only if none was."""
        state = session.state
        approved_by = state.pinned_by
        try:
            candidates = await self._candidates(state)
        except Exception as problem:
            return StepTaken(outcome="idle", counts=False, words=f"no agent could propose: {problem}")
        words = "no agent proposed anything"
        for position, proposal in enumerate(candidates):
            session.add(
                ActionProposed(proposal=proposal, others=len(candidates) - position - 1, approval=approved_by),
                actor=proposal.agent,
            )
            admission = await self._gate.judge(session.state, proposal, approved=approved_by is not None)
            match admission.verdict.outcome:
                case "withheld":
                    _withhold(session, admission)
                    return StepTaken(outcome="withheld", counts=False, words=admission.verdict.words)
                case "allowed":
                    words = await self._perform(session, admission, approved_by)
                    if session.state.lost is not None:
                        return StepTaken(outcome="lost")
                    if not words:
                        return StepTaken(outcome="acted")
                case "denied":
                    words = admission.verdict.words
                    _deny(session, admission)
            if session.state.violation or session.state.cap_refused:
                break
        return StepTaken(outcome="denied" if candidates else "idle", counts=bool(candidates), words=words)

    async def _candidates(self, state: State) -> Sequence[Proposal]:
        """What a person approved is performed unasked; so is what a crash cut off and may be repeated."""
        certain = state.pinned or state.repeat
        if certain is not None:
            return [certain]
        for agent in self._agents:
            proposals = await agent.propose(state)
            if proposals:
                return [_serving(state, proposal) for proposal in proposals]
        return []

    async def _perform(self, session: Session, admission: Admission, approved_by: str | None) -> str:
        """Announce durably, act, and note what came of it. Returns why it was refused at the last moment, or ""."""
        call = SkillCalled(
            call=self._ids.short("call"),
            proposal=admission.proposal,
            effects=admission.quote.effects,
            timeout=time_left(session.state, admission.quote.timeout),
            network=admission.quote.network,
            hold=admission.hold,
            checks_hold=admission.checks_hold,
            approval=approved_by,
            snapshot=await before(self._snapshots, session.state, admission),
        )
        digest = admission.proposal.act.digest
        verdict = admission.verdict
        session.add(
            CallAllowed(digest=digest, hold=call.hold, because=verdict.because, words=verdict.words), actor="gate"
        )
        announced = session.add(call)
        # INVARIANT: nothing leaves the process before it is durable.
        try:
            await session.flush()
        except (CapRefused, ApprovalUsed) as refusal:
            return _refuse(session, admission, refusal)
        session.add(await self._call(session, call), actor="skill", cause=announced)
        return ""

    async def _call(self, session: Session, call: SkillCalled) -> SkillReturned | CallLost:
        around = Surroundings(
            session=session.state.id,
            call=call.call,
            timeout=call.timeout,
            changes=session.state.changes,
            network=call.network,
            on_output=self._on_output,
            stop=session.stop,
        )
        try:
            result = await self._skills.call(call.proposal.act, around)
        except asyncio.CancelledError:
            raise
        except OutcomeUnknown as unknown:
            forfeited = call.hold - call.checks_hold
            return CallLost(call=call.call, release=call.hold, cost=forfeited, words=str(unknown))
        except Exception as problem:
            result = SkillResult(ok=False, output=f"skill `{call.proposal.act.skill}` failed: {problem}")
        settled = await self._settled(session.state, call, readable(result))
        return replace(settled, snapshot=await after(self._snapshots, session.state, call.snapshot))

    async def _settled(self, state: State, call: SkillCalled, result: SkillResult) -> SkillReturned:
        hold = call.hold - call.checks_hold
        cost, reported = settle(result.usage, state.workspace.prices, hold)
        whole = result.output.encode()
        return SkillReturned(
            call=call.call,
            ok=result.ok,
            output=result.output if len(whole) <= PREVIEW else f"{result.output[:2000]}\n…\n{result.output[-30000:]}",
            artifact=await self._objects.put(whole) if len(whole) > PREVIEW else "",
            exit_code=result.exit_code,
            ended=result.ended,
            seconds=result.seconds,
            cost=cost,
            release=hold,
            reported=reported,
            changed=result.changed,
            where=result.where or call.proposal.task or f"skill:{call.proposal.act.skill}",
            facts=result.facts,
        )

    def _acted(self, session: Session, began: int) -> StepTaken:
        """The step's end; the hold of checks that will not run goes back."""
        turn = session.state.turn
        assert turn.called is not None and turn.returned is not None
        returned = turn.returned
        outcome = "stopped" if returned.ended == "stopped" else "acted" if returned.ok else "failed"
        # An act that made the plan stale is not followed by the checks that were foreseen.
        checked = outcome == "acted" and bool(due(session.state, turn.called.proposal))
        return StepTaken(
            outcome=outcome,  # type: ignore[arg-type]
            release=0 if checked else turn.called.checks_hold,
            seconds=max((self._clock.now() - began) / 1_000_000, returned.seconds),
        )


def readable(result: SkillResult) -> SkillResult:
    """The result with an output that can be stored: what is no text becomes question marks."""
    if result.output.isascii():
        return result
    return replace(result, output=result.output.encode(errors="replace").decode())


def _serving(state: State, proposal: Proposal) -> Proposal:
    """Whoever proposes it, starting a service of the plan is that step of the plan."""
    step = f"service:{proposal.act.arguments.get('service')}"
    if proposal.act.skill != "process.ensure" or state.plan is None or step not in state.plan.steps:
        return proposal
    return replace(proposal, task=step)


def _withhold(session: Session, admission: Admission) -> None:
    verdict = admission.verdict
    session.add(
        CallWithheld(
            proposal=admission.proposal,
            digest=admission.proposal.act.digest,
            risks=verdict.risks or ("asked_by_person",),
            because=verdict.because,
            words=verdict.words,
            worst=admission.hold,
        ),
        actor="gate",
    )


def _deny(session: Session, admission: Admission) -> None:
    verdict = admission.verdict
    session.add(
        CallDenied(
            proposal=admission.proposal,
            digest=admission.proposal.act.digest,
            because=verdict.because,
            words=verdict.words,
            violation=verdict.violation,
            cap_refused=admission.cap_refused,
        ),
        actor="gate",
    )


def _refuse(session: Session, admission: Admission, refusal: CapRefused | ApprovalUsed) -> str:
    """The store refused the commit: `CallAllowed` and `SkillCalled` never were, and nothing ran."""
    session.retract(2)
    over_cap = isinstance(refusal, CapRefused)
    because = ("cap",) if over_cap else ("approval-used",)
    words = str(refusal) or ("the reservation does not fit under the cap" if over_cap else "the approval is used up")
    verdict = replace(admission.verdict, outcome="denied", because=because, words=words)
    _deny(session, replace(admission, verdict=verdict, cap_refused=over_cap))
    return words
