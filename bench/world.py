"""Sessions that never end by themselves: a no-op act and a failing check a turn; store, seal and policies are real."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from bench.measuring import undisturbed
from interlock.adapters.cedar import CedarAuthorizer
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.adapters.system import RandomIds, SystemClock
from interlock.core.budget import Limits
from interlock.core.commands import Command
from interlock.core.events import PlanMade, StepTaken
from interlock.core.plan import Act, Proposal
from interlock.core.remediation import Diagnosis
from interlock.core.state import State
from interlock.engine.control import Control
from interlock.engine.gate import Gate
from interlock.engine.hooks import Reviewer
from interlock.engine.loop import Status
from interlock.engine.questions import Questions
from interlock.engine.session import Session
from interlock.engine.step import Stepper
from interlock.engine.steps import TurnSteps
from interlock.engine.worker import Worker
from interlock.ports import SkillResult, Surroundings
from interlock.testing import (
    MemoryObjects,
    NoopSkills,
    ScriptedDebugger,
    make_check,
    make_proposal,
    make_start,
    make_workspace,
)

PLACE = "bench"


class Nothing(NoopSkills):
    """Acts that do nothing and checks that fail, without keeping count."""

    async def call(self, act: Act, around: Surroundings) -> SkillResult:
        """Answer at once."""
        if act.skill == "test.check":
            return SkillResult(ok=False, output="one test fails", changed=False)
        return SkillResult(ok=True, output="done")


class TimedSteps(TurnSteps):
    """The parts of a turn; each turn's beginning is left in `began`: wall, CPU and undisturbed time (ns)."""

    began: Callable[[tuple[int, int, int]], None]

    async def perform_step(self, session: Session) -> StepTaken:
        """The step, once its time is noted."""
        self.began((time.perf_counter_ns(), time.process_time_ns(), undisturbed()))
        return await super().perform_step(session)


class World:
    """One embedded store in a folder, and the sessions in it."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.ids = RandomIds()
        self.log = SqliteLog.open(folder, clock=self.clock, seal=Seal.open(folder))
        self.began: list[tuple[int, int, int]] = []
        self._authorizer = CedarAuthorizer.load()
        self._control = Control(self.log, self.clock, self.ids, environment=PLACE)
        self._worker = Worker(
            log=self.log,
            clock=self.clock,
            ids=self.ids,
            owner="bench",
            place=PLACE,
            steps_for=lambda session: nullcontext(self._steps_for(session)),
            finished=self._finished,
        )

    async def start(self, turns: int) -> str:
        """Begin a session that takes so many turns."""
        limits = Limits(max_iterations=turns, max_time=1e6)
        started, understood = make_start(make_workspace(make_check()), limits)
        return await self._control.start(started, understood)

    async def drive(self, session: str) -> Status:
        """Drive it to its end."""
        claim = await self._worker.claim(session)
        assert claim is not None, "the session could not be claimed"
        return await self._worker.drive(claim)

    async def tell(self, session: str, command: Command) -> None:
        """Give a person's command."""
        await self._control.handle(session, command, "ada")

    def trace(self, heard: Callable[[str], None] | None) -> None:
        """Hear every statement that the store runs; None ends it."""
        self.log._db.set_trace_callback(heard)

    def close(self) -> None:
        """Let go of the store."""
        self.log.close()

    def _steps_for(self, session: Session) -> TurnSteps:
        skills, debugger = Nothing(), _knowing()
        stepper = Stepper(
            agents=[debugger],
            planner=lambda state: PlanMade(checks=tuple(check.name for check in state.workspace.checks)),
            gate=Gate(skills, self._authorizer),
            skills=skills,
            objects=MemoryObjects(),
            clock=self.clock,
            ids=self.ids,
        )
        reviewer = Reviewer(skills=skills, debugger=debugger, clock=self.clock, digest=_no_files, environment="bench")
        steps = TimedSteps(stepper, reviewer, Questions(self.clock, self.ids))
        steps.began = self.began.append
        return steps

    async def _finished(self, state: State) -> None:
        assert state.ended == "max_iterations", f"a session of the benchmark ended as `{state.ended}`"


class _Knowing(ScriptedDebugger):
    """Proposes the same act from the first turn on, so that every turn is alike."""

    def __init__(self) -> None:
        known = Diagnosis(pattern="bench", candidates=(make_proposal(nth=1),))
        super().__init__(lambda _, __: known)
        self._always = known.candidates

    async def propose(self, state: State) -> tuple[Proposal, ...]:
        """The one act."""
        return self._always


def _knowing() -> ScriptedDebugger:
    return _Knowing()


def _no_files(state: State) -> dict[str, str]:
    return {}
