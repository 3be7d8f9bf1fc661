"""Quick sessions that a seed makes up: dear acts near the cap, risky ones, failing ones with fixes, dear checks."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

from msgspec.structs import replace

from bench.faults.ledgers import EFFECTS, Ledgers
from bench.faults.points import Fate
from interlock.core.budget import Limits
from interlock.core.events import GoalUnderstood, PlanMade, SessionStarted
from interlock.core.plan import Act, Proposal
from interlock.core.policy import Request, Verdict
from interlock.core.remediation import Diagnosis, Failure
from interlock.core.state import State
from interlock.engine.gate import Gate
from interlock.engine.hooks import Reviewer
from interlock.engine.questions import Questions
from interlock.engine.step import Stepper
from interlock.engine.steps import TurnSteps
from interlock.ports import Clock, Ids, SkillResult, Surroundings
from interlock.testing import (
    FixedAuthorizer,
    MemoryObjects,
    NoopSkills,
    make_check,
    make_proposal,
    make_start,
    make_workspace,
)

PRICES = {"unit": 1}
ASK_LINE, CAP, CHECK_COST = 6_000, 9_000, 120


def order(random: Random) -> tuple[SessionStarted, GoalUnderstood]:
    """One session's beginning: how much must change before its checks pass, and how long its questions stand."""
    checks = [
        make_check(name, passes_after=random.randint(1, 4), worst=random.choice((0, CHECK_COST)))
        for name in ("unit", "smoke")[: random.randint(1, 2)]
    ]
    limits = Limits(
        ask_line=ASK_LINE,
        cap=CAP,
        max_iterations=random.randint(3, 9),
        answer_within=random.choice((0.1, 3600.0, 3600.0, 3600.0)),
    )
    return make_start(make_workspace(*checks, prices=PRICES), limits)


def act_of(random: Random, nth: str) -> dict[str, Any]:
    """The arguments of one act; `nth` makes it unlike any other of its session."""
    worst = random.choice((0, 300, 1_500, 4_000))
    return {
        "nth": nth,
        "idempotent": random.random() < 0.35,
        "destructive": random.random() < 0.15,
        "worst": worst,
        "usage": {"unit": random.randint(0, worst)} if random.random() < 0.6 else None,
        "ok": random.random() < 0.85,
        "linger": random.choice((0, 0, 0.002, 0.01)),
    }


class SeededAgent:
    """Proposes what the session's id and turn determine: a crash changes nothing about it."""

    name = "seeded"

    async def propose(self, state: State) -> Sequence[Proposal]:
        """One or two candidates."""
        random = Random(f"{state.id}/{state.iteration}")
        count = random.randint(1, 2)
        return [make_proposal(**act_of(random, f"{state.iteration}.{position}")) for position in range(count)]


class SeededDebugger:
    """Knows two fixes for most failures, and nothing about the rest."""

    name = "debugger"

    async def propose(self, state: State) -> Sequence[Proposal]:
        """What was diagnosed, while something fails."""
        return state.diagnosis.candidates if state.failure and state.diagnosis else ()

    async def diagnose(self, state: State, failure: Failure) -> Diagnosis:
        """The fixes that were not tried yet."""
        random = Random(f"{state.id}/{state.iteration}/{failure.fingerprint}")
        if random.random() < 0.2:
            return Diagnosis()
        tried = state.tried.get(failure.fingerprint, ())
        fixes = tuple(
            replace(
                make_proposal(**act_of(random, f"{state.iteration}.{fix}")), fix=fix, fingerprint=failure.fingerprint
            )
            for fix in ("fix:a", "fix:b")
            if fix not in tried
        )
        return Diagnosis(pattern="seeded", candidates=fixes)


class LedgerSkills(NoopSkills):
    """Leaves a line in the effect ledger for everything that it does, and may die before or after."""

    def __init__(self, ledgers: Ledgers, fate: Fate) -> None:
        super().__init__()
        self._ledgers = ledgers
        self._fate = fate

    async def call(self, act: Act, around: Surroundings) -> SkillResult:
        """Do it durably, take a while, answer."""
        is_check = act.skill == "test.check"
        said = act.arguments
        cost = said.get("worst", 0) if said.get("usage") is None else said["usage"]["unit"]
        self._fate.at("before the effect")
        self._ledgers.write(
            EFFECTS,
            {"session": around.session, "call": around.call, "check": is_check, "cost": cost, "arguments": said},
        )
        self._fate.at("after the effect, before its record")
        if linger := said.get("linger"):
            await asyncio.sleep(linger)
        if is_check:
            return SkillResult(ok=around.changes >= said["passes_after"], output=f"{around.changes} changes")
        return SkillResult(ok=said["ok"], output="it went wrong" if not said["ok"] else "", usage=said["usage"])


def steps_of(ledgers: Ledgers, fate: Fate, clock: Clock, ids: Ids) -> TurnSteps:
    """The real parts of a turn around the seeded agents."""
    skills = LedgerSkills(ledgers, fate)
    debugger = SeededDebugger()
    stepper = Stepper(
        agents=[debugger, SeededAgent()],
        planner=lambda state: PlanMade(checks=tuple(check.name for check in state.workspace.checks)),
        gate=Gate(skills, FixedAuthorizer(_ask_before_destroying)),
        skills=skills,
        objects=MemoryObjects(),
        clock=clock,
        ids=ids,
    )
    reviewer = Reviewer(skills=skills, debugger=debugger, clock=clock, digest=_no_files, environment="faults")
    return TurnSteps(stepper, reviewer, Questions(clock, ids))


def _no_files(state: State) -> dict[str, str]:
    return {}


def _ask_before_destroying(request: Request) -> Verdict:
    if request.quote.effects.destructive and not request.approved:
        return Verdict(outcome="withheld", because=("ask-destructive",), risks=("destructive_action",))
    return Verdict(outcome="allowed")
