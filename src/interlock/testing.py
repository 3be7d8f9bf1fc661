"""Fakes that are shipped and public: a clock to wind, scripted agents, a skill without effects, factories."""

import itertools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from interlock.core.budget import Limits
from interlock.core.events import GoalUnderstood, SessionStarted
from interlock.core.goal import Goal
from interlock.core.plan import Act, Check, Effects, Proposal, Workspace
from interlock.core.policy import Quote, Request, Verdict
from interlock.core.remediation import Diagnosis, Failure
from interlock.core.state import State
from interlock.ports import Manifest, NotTold, SkillResult, Surroundings


class FakeClock:
    """Time that stands still until it is wound. Unix micro-seconds."""

    def __init__(self, now: int = 1_700_000_000_000_000) -> None:
        self.at = now

    def now(self) -> int:
        """The time it was wound to."""
        return self.at

    def wind(self, seconds: float) -> None:
        """Let time pass."""
        self.at += round(seconds * 1_000_000)


class CountingIds:
    """Ids that count, so that tests can be read."""

    def __init__(self) -> None:
        self._next = itertools.count(1)

    def event(self) -> str:
        """The next event id."""
        return f"e{next(self._next)}"

    def short(self, prefix: str) -> str:
        """The next id with the prefix."""
        return f"{prefix}-{next(self._next):04d}"


class ScriptedAgent:
    """Proposes what it was given, one list of candidates a turn, then the last one again and again."""

    def __init__(self, *turns: Sequence[Proposal], name: str = "scripted") -> None:
        self.name = name
        self._turns = list(turns)

    async def propose(self, state: State) -> Sequence[Proposal]:
        """The candidates of this turn."""
        if not self._turns:
            return []
        return self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]


class ScriptedDebugger(ScriptedAgent):
    """Diagnoses with a function of the state and the failure; proposes what was diagnosed."""

    def __init__(self, judge: Callable[[State, Failure], Diagnosis] = lambda _, __: Diagnosis()) -> None:
        super().__init__(name="debugger")
        self._judge = judge

    async def propose(self, state: State) -> Sequence[Proposal]:
        """The recorded candidates, while something fails."""
        return state.diagnosis.candidates if state.failure and state.diagnosis else ()

    async def diagnose(self, state: State, failure: Failure) -> Diagnosis:
        """What the function says."""
        return self._judge(state, failure)


class FixedAuthorizer:
    """Answers by a function of the request; allows everything when none is given."""

    def __init__(self, judge: Callable[[Request], Verdict] = lambda _: Verdict(outcome="allowed")) -> None:
        self._judge = judge

    def judge(self, request: Request) -> Verdict:
        """What the function says."""
        return self._judge(request)


class MemoryObjects:
    """Artifacts in a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def put(self, content: bytes) -> str:
        """Keep it under its length and position."""
        digest = f"object-{len(self.kept)}"
        self.kept[digest] = content
        return digest

    async def get(self, digest: str) -> bytes | None:
        """What was kept."""
        return self.kept.get(digest)


class Notebook:
    """A notifier that writes down what it is told to tell; addresses in `refusing` take nothing, with those words."""

    def __init__(self, **refusing: str) -> None:
        self.told: list[tuple[str, str, str]] = []
        self.refusing = refusing

    def problem(self, address: str) -> str | None:
        """Only `note://…` can be told."""
        return None if address.startswith("note://") else "only `note://…` can be told"

    async def tell(self, address: str, title: str, body: str) -> None:
        """Write it down. Raises NotTold."""
        if (words := self.problem(address) or self.refusing.get(address.removeprefix("note://"))) is not None:
            raise NotTold(words)
        self.told.append((address, title, body))


class NoopSkills:
    """`test.noop` writes one line to a ledger outside the store, if it has one, and returns what it was told to return.

    `test.check` passes once the ledger has `passes_after` lines. Quotes: `worst` and effects as the arguments say.
    """

    def __init__(self, ledger: Path | None = None) -> None:
        self.ledger = ledger
        self.calls: list[Act] = []

    def manifests(self) -> Sequence[Manifest]:
        """The two skills."""
        schema: dict[str, Any] = {"type": "object"}
        return [
            Manifest(name="test.noop", summary="does nothing", schema=schema, effects=Effects(writes=True)),
            Manifest(name="test.check", summary="looks", schema=schema, effects=Effects(idempotent=True)),
        ]

    def canonical(self, act: Act) -> tuple[Act, tuple[str, ...]]:
        """The act as it is."""
        return act, ()

    def quote(self, act: Act) -> Quote:
        """What the arguments say."""
        said = act.arguments
        return Quote(
            effects=Effects(
                writes=True,
                idempotent=said.get("idempotent", act.skill == "test.check"),
                destructive=said.get("destructive", False),
            ),
            worst=said.get("worst", 0),
            timeout=said.get("timeout", 60.0),
        )

    async def call(self, act: Act, around: Surroundings) -> SkillResult:
        """Leave a durable trace, then answer."""
        self.calls.append(act)
        if act.skill == "test.check":
            return SkillResult(ok=self._count() >= act.arguments.get("passes_after", 0), output="looked", changed=False)
        if self.ledger is not None:
            self._trace(act, around)
        return SkillResult(
            ok=act.arguments.get("ok", True),
            output=act.arguments.get("output", "done"),
            usage=act.arguments.get("usage"),
            changed=act.arguments.get("changed", True),
        )

    async def tidy(self, session: str) -> None:
        """Nothing was left running."""

    def _trace(self, act: Act, around: Surroundings) -> None:
        assert self.ledger is not None
        line = json.dumps({"session": around.session, "call": around.call, "act": act.digest, **act.arguments})
        handle = os.open(self.ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode() + b"\n")
        finally:
            os.close(handle)

    def _count(self) -> int:
        if self.ledger is None:
            return sum(act.skill == "test.noop" for act in self.calls)
        return len(self.ledger.read_text().splitlines()) if self.ledger.exists() else 0


def make_act(**arguments: Any) -> Act:
    """A `test.noop` with these arguments."""
    return Act(skill="test.noop", arguments=arguments)


def make_proposal(**arguments: Any) -> Proposal:
    """A proposal to do nothing, with these arguments."""
    return Proposal(act=make_act(**arguments), agent="scripted", why="a test wants it", expects="nothing changes")


def make_check(name: str = "unit", *, passes_after: int = 0, worst: int = 0) -> Check:
    """A check that passes once so many acts ran."""
    act = Act(skill="test.check", arguments={"passes_after": passes_after, "worst": worst})
    return Check(name=name, act=act, kind="unit", worst=worst)


def make_workspace(*checks: Check, prices: Mapping[str, int] | None = None) -> Workspace:
    """A workspace without a folder."""
    return Workspace(root="/nowhere", name="test", checks=checks or (make_check(),), prices=dict(prices or {}))


def make_start(
    workspace: Workspace | None = None, limits: Limits | None = None, words: str = "fix it", **goal: Any
) -> tuple[SessionStarted, GoalUnderstood]:
    """The two events that begin a session."""
    started = SessionStarted(
        words=words,
        workspace=workspace or make_workspace(),
        limits=limits or Limits(),
        principal="ada",
        roles=("owner",),
        grants=("*",),
    )
    return started, GoalUnderstood(goal=replace(Goal(objective=words), **goal))
