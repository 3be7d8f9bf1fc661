"""The post-step hooks: checks, recall, learning, assessors. They observe and remember, and may only add risk."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from interlock.core.budget import forecast, settle
from interlock.core.events import ChecksCalled, ChecksReturned, StepReviewed
from interlock.core.fingerprint import failure as failure_of
from interlock.core.fingerprint import shortened
from interlock.core.lessons import fix_itself_failed, from_trials
from interlock.core.plan import Check, CheckResult
from interlock.core.policy import Risk
from interlock.core.remediation import Diagnosis, Failure
from interlock.core.state import State, time_left
from interlock.engine.around import after
from interlock.engine.cut_off import checks_hold, lose_checks
from interlock.engine.gate import due
from interlock.engine.session import Session
from interlock.engine.step import readable
from interlock.ports import CapRefused, Clock, Debugger, SkillResult, Skills, Snapshots, Surroundings

ASSESSOR_TIMEOUT = 10.0
OUTPUT_KEPT = 8_000


class Assessor(Protocol):
    """Observes a turn before the stop hook; what it returns is added to the open risks. Raising adds one, too."""

    async def assess(self, state: State) -> Sequence[Risk]: ...


class Reviewer:
    """Runs after every step and before every decision. `digest` reads the check files' digests in a workspace."""

    def __init__(
        self,
        *,
        skills: Skills,
        debugger: Debugger,
        clock: Clock,
        digest: Callable[[State], dict[str, str]],
        environment: str,
        assessors: Sequence[Assessor] = (),
        snapshots: Snapshots | None = None,
        on_output: Callable[[str], None] | None = None,
        assessor_timeout: float = ASSESSOR_TIMEOUT,
    ) -> None:
        self._skills = skills
        self._debugger = debugger
        self._clock = clock
        self._digest = digest
        self._environment = environment
        self._assessors = assessors
        self._snapshots = snapshots
        self._on_output = on_output
        self._assessor_timeout = assessor_timeout

    async def run_post_step_hooks(self, session: Session) -> StepReviewed:
        """Run the turn's checks, name what fails, learn from what was tried, recall what may help."""
        remarks: list[str] = []
        await self._check(session, remarks)
        before, state = session.state.failure, session.state
        found = _failure_now(state)
        for lesson in from_trials(state, found, self._environment):
            session.add(lesson, actor="post-step")
        diagnosis = await self._diagnose(session.state, found, remarks) if found else None
        return StepReviewed(
            failure=found,
            diagnosis=diagnosis,
            expected=_as_expected(state, found),
            progressed=_progressed(state, before, found),
            added_risks=await self._assess(session, remarks),
            remarks=tuple(remarks),
            forecast=0 if state.forewarned else forecast(state.budget, state.taken),
        )

    async def _check(self, session: Session, remarks: list[str]) -> None:
        """Checks follow an act that succeeded. Both commits of a turn are complete when this returns."""
        turn = session.state.turn
        if turn.step is None or turn.step.outcome != "acted" or turn.proposal is None:
            await session.flush()
            return
        checks = due(session.state, turn.proposal)
        if turn.checks is not None or not checks:
            await session.flush()
            return
        if not await self._announce(session, checks, remarks):
            return
        began = self._clock.now()
        results = await self._run_checks(session, checks)
        hold = checks_hold(session.state)
        session.add(
            ChecksReturned(
                results=tuple(results),
                cost=sum(result.cost for result in results),
                release=hold,
                digests=self._digests(session.state),
                seconds=(self._clock.now() - began) / 1_000_000,
                snapshot=await self._left(session.state),
            ),
            actor="check",
        )

    async def _left(self, state: State) -> str:
        """What the checks left, where an act before them could change anything."""
        called = state.turn.called
        return await after(self._snapshots, state, called.snapshot) if called else ""

    async def _announce(self, session: Session, checks: Sequence[Check], remarks: list[str]) -> bool:
        """Checks that a crash cut off forfeit their hold, and run again only if a fresh one fits."""
        hold = 0
        lose_checks(session)
        if session.state.turn.checks_lost:
            hold = sum(check.worst or 0 for check in checks)
            if session.state.budget.crosses_ask_line(hold):
                remarks.append("the checks were cut off, and running them again would cross the ask line")
                return False
        session.add(ChecksCalled(checks=tuple(check.name for check in checks), hold=hold), actor="check")
        try:
            await session.flush()
        except CapRefused:
            session.retract(1)
            remarks.append("the checks were cut off, and running them again would not fit under the cap")
            return False
        return True

    async def _run_checks(self, session: Session, checks: Sequence[Check]) -> list[CheckResult]:
        """In order, up to a stop, a failure, or one whose service still runs what was before the last change."""
        results: list[CheckResult] = []
        for check in checks:
            if session.stop.is_set():
                break
            if check.service and session.state.done.get(f"service:{check.service}") != session.state.revision:
                break
            results.append(await self._run_check(session, check))
            if not results[-1].passed:
                break
        return results

    async def _run_check(self, session: Session, check: Check) -> CheckResult:
        state = session.state
        around = Surroundings(
            session=state.id,
            call=f"check-{check.name}",
            timeout=time_left(state, check.timeout),
            changes=state.changes,
            network=state.workspace.network,
            on_output=self._on_output,
            stop=session.stop,
        )
        try:
            act, _ = self._skills.canonical(check.act)
            result = await self._skills.call(act, around)
        except asyncio.CancelledError:
            raise
        except Exception as problem:
            result = SkillResult(ok=False, output=f"the check could not run: {problem}")
        result = readable(result)
        cost, _ = settle(result.usage, state.workspace.prices, check.worst or 0)
        return CheckResult(
            name=check.name,
            passed=result.ok,
            output=shortened(result.output, OUTPUT_KEPT),
            exit_code=result.exit_code,
            seconds=result.seconds,
            cost=cost,
        )

    def _digests(self, state: State) -> dict[str, str]:
        """Files that can't be read are not those of the baseline: a person is asked."""
        try:
            return self._digest(state)
        except OSError as problem:
            return {f"unreadable ({problem})": ""}

    async def _diagnose(self, state: State, failure: Failure, remarks: list[str]) -> Diagnosis | None:
        try:
            return await self._debugger.diagnose(state, failure)
        except asyncio.CancelledError:
            raise
        except Exception as problem:
            remarks.append(f"the debugger could not judge the failure: {problem}")
            return None

    async def _assess(self, session: Session, remarks: list[str]) -> tuple[Risk, ...]:
        """Assessors may be outside: what they are asked about is durable first."""
        if self._assessors:
            await session.flush()
        state = session.state
        risks: list[Risk] = []
        for assessor in self._assessors:
            try:
                said = await asyncio.wait_for(assessor.assess(state), self._assessor_timeout)
                risks += msgspec.convert(list(said), list[Risk])
            except Exception as problem:
                risks.append("guard_unavailable")
                remarks.append(f"an assessor could not be asked: {str(problem) or type(problem).__name__}")
        return tuple(dict.fromkeys(risks))


def _failure_now(state: State) -> Failure | None:
    """What fails, on the newest evidence; without new evidence what failed before still does."""
    turn = state.turn
    if turn.step is None or turn.step.outcome in ("withheld", "idle", "lost", "stopped"):
        return state.failure
    if turn.step.outcome == "denied":
        where = (turn.proposal.task if turn.proposal else None) or "gate"
        return state.failure or failure_of(where, turn.step.words, None)
    returned = turn.returned
    assert returned is not None
    if turn.step.outcome == "failed":
        if fix_itself_failed(state):
            return state.failure
        return failure_of(returned.where, returned.output, returned.exit_code)
    failed = next((result for result in state.results if not result.passed), None)
    if failed is None or turn.checks is None:
        return None
    return failure_of(f"check:{failed.name}", failed.output, failed.exit_code)


def _as_expected(state: State, found: Failure | None) -> bool:
    """Steps of the plan are expected to succeed, fixes to make their failure go away."""
    turn = state.turn
    if turn.step is None or turn.step.outcome in ("withheld", "idle"):
        return True
    if turn.step.outcome != "acted":
        return False
    proposal = turn.proposal
    if proposal is None or proposal.fingerprint is None:
        return True
    return found is None or found.fingerprint != proposal.fingerprint


def _progressed(state: State, before: Failure | None, found: Failure | None) -> bool:
    """Something about what fails, or about what of the plan is done, is different now."""
    turn = state.turn
    if turn.step is None or turn.step.outcome == "withheld":
        return True
    if turn.step.outcome == "idle":
        return False
    if turn.step.outcome == "acted" and turn.proposal is not None and turn.proposal.task is not None:
        return True
    if found is None:
        changed = turn.returned is not None and turn.returned.changed
        return turn.step.outcome == "acted" and (changed or before is not None)
    return before is None or before.fingerprint != found.fingerprint
