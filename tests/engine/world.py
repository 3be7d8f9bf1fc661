"""A small world to drive sessions in: an in-memory log, a clock to wind, scripted agents, a skill without effects."""

from collections.abc import Sequence
from contextlib import nullcontext

from msgspec.structs import replace

from interlock.adapters.inmemory import InMemoryLog
from interlock.core.budget import Limits
from interlock.core.commands import Command
from interlock.core.events import AnyEvent, Envelope, PlanMade
from interlock.core.evolve import replay
from interlock.core.plan import Check, Proposal
from interlock.core.remediation import Diagnosis, Failure
from interlock.core.state import State
from interlock.engine.control import Control
from interlock.engine.gate import Gate
from interlock.engine.hooks import Assessor, Reviewer
from interlock.engine.loop import Status
from interlock.engine.questions import Questions
from interlock.engine.session import Session
from interlock.engine.step import Stepper
from interlock.engine.steps import TurnSteps
from interlock.engine.worker import Worker
from interlock.ports import Authorizer, Guard
from interlock.testing import (
    CountingIds,
    FakeClock,
    FixedAuthorizer,
    MemoryObjects,
    NoopSkills,
    ScriptedAgent,
    ScriptedDebugger,
    make_proposal,
    make_start,
    make_workspace,
)


class World:
    """One session's world; every part can be replaced before `start`."""

    def __init__(
        self,
        *turns: Sequence[Proposal],
        checks: Sequence[Check] = (),
        limits: Limits | None = None,
        authorizer: Authorizer | None = None,
        guards: Sequence[Guard] = (),
        assessors: Sequence[Assessor] = (),
        debugger: ScriptedDebugger | None = None,
        skills: NoopSkills | None = None,
        prices: dict[str, int] | None = None,
        steps: tuple[str, ...] = (),
        **goal: object,
    ) -> None:
        self.clock = FakeClock()
        self.ids = CountingIds()
        self.log = InMemoryLog(clock=self.clock)
        self.skills = skills or NoopSkills()
        self.digests: dict[str, str] = {"test_shop.py": "a1"}
        self.finished: list[State] = []
        self._turns = turns or ([make_proposal()],)
        self._checks = checks
        self._limits = limits or Limits()
        self._authorizer = authorizer or FixedAuthorizer()
        self._guards = guards
        self._assessors = assessors
        self._debugger = debugger or ScriptedDebugger()
        self._prices = prices or {}
        self._steps = steps
        self._goal = goal
        self.agent = ScriptedAgent(*self._turns)
        self.session = ""

    def steps_for(self, session: Session) -> TurnSteps:
        """The parts of a turn."""
        gate = Gate(self.skills, self._authorizer, self._guards, guard_timeout=0.05)
        stepper = Stepper(
            agents=[self._debugger, self.agent],
            planner=lambda state: PlanMade(
                steps=self._steps, checks=tuple(check.name for check in state.workspace.checks)
            ),
            gate=gate,
            skills=self.skills,
            objects=MemoryObjects(),
            clock=self.clock,
            ids=self.ids,
        )
        reviewer = Reviewer(
            skills=self.skills,
            debugger=self._debugger,
            clock=self.clock,
            digest=lambda state: self.digest(state),
            environment="test",
            assessors=self._assessors,
            assessor_timeout=0.05,
        )
        return TurnSteps(stepper, reviewer, Questions(self.clock, self.ids))

    def digest(self, state: State) -> dict[str, str]:
        """The digests of the files that define the checks."""
        return self.digests

    @property
    def control(self) -> Control:
        """The entrance for people."""
        return Control(self.log, self.clock, self.ids, environment="here")

    def worker(self, owner: str = "w1") -> Worker:
        """A worker of this world."""

        async def finished(state: State) -> None:
            self.finished.append(state)

        return Worker(
            log=self.log,
            clock=self.clock,
            ids=self.ids,
            owner=owner,
            place="here",
            steps_for=lambda session: nullcontext(self.steps_for(session)),
            finished=finished,
        )

    async def start(self) -> str:
        """Begin the session."""
        started, understood = make_start(make_workspace(*self._checks, prices=self._prices), self._limits, **self._goal)
        started = replace(started, check_digests=dict(self.digests))
        self.session = await self.control.start(started, understood)
        return self.session

    async def drive(self, owner: str = "w1") -> Status:
        """Drive it until it ends or waits; starts it when it wasn't."""
        if not self.session:
            await self.start()
        worker = self.worker(owner)
        claim = await worker.claim(self.session)
        assert claim is not None, "the session could not be claimed"
        return await worker.drive(claim)

    async def say(self, command: Command, principal: str = "ada") -> State:
        """A person's command."""
        return await self.control.handle(self.session, command, principal)

    async def envelopes(self) -> Sequence[Envelope]:
        """The committed log."""
        return await self.log.read(self.session)

    async def events(self, kind: type[AnyEvent]) -> list[AnyEvent]:
        """The committed events of a kind."""
        return [envelope.data for envelope in await self.envelopes() if isinstance(envelope.data, kind)]

    async def state(self) -> State:
        """The fold of the committed log."""
        return replay(await self.envelopes())

    async def question(self) -> str:
        """The open question's id."""
        state = await self.state()
        assert state.question is not None, "no question is open"
        return state.question.approval


def known(*candidates: Proposal) -> ScriptedDebugger:
    """A debugger that knows these fixes for everything, and proposes those not tried yet."""

    def judge(state: State, failure: Failure) -> Diagnosis:
        used = {fix for fixes in state.tried.values() for fix in fixes}
        left = tuple(replace(fix, fingerprint=failure.fingerprint) for fix in candidates if fix.fix not in used)
        return Diagnosis(pattern="known", candidates=left)

    return ScriptedDebugger(judge)


def mends(count: int, **arguments: object) -> ScriptedDebugger:
    """A debugger that knows so many fixes, none of them special."""
    return known(*(replace(make_proposal(nth=nth, **arguments), fix=f"mend:{nth}") for nth in range(count)))
