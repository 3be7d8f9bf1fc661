"""The state of a session, and the facts that the stop hook sees of it.

Everything here is bounded: a field that grew with the number of turns would make late turns dearer than early ones.
"""

from msgspec import Struct

from interlock.core.budget import Budget, Limits
from interlock.core.events import (
    ApprovalRequested,
    CallWithheld,
    ChecksCalled,
    ChecksReturned,
    HookDecided,
    PlanMade,
    SkillCalled,
    SkillReturned,
    StepReviewed,
    StepTaken,
)
from interlock.core.goal import Goal
from interlock.core.plan import CheckResult, Proposal, Workspace
from interlock.core.policy import Risk
from interlock.core.remediation import Diagnosis, Failure
from interlock.core.stop_hook import Facts

NOWHERE = Workspace(root="", name="")


class Turn(Struct, frozen=True, kw_only=True):
    """How far this turn has come. A person's word clears `decided` and `asked`: the hook hears it anew."""

    called: SkillCalled | None = None
    returned: SkillReturned | None = None
    step: StepTaken | None = None
    proposal: Proposal | None = None
    checks_called: ChecksCalled | None = None
    checks: ChecksReturned | None = None
    checks_lost: bool = False
    review: StepReviewed | None = None
    decided: HookDecided | None = None
    asked: ApprovalRequested | None = None


class Trial(Struct, frozen=True, kw_only=True):
    """A fix whose outcome is not yet known: `where` must be seen again. `cost` is in micro-dollars."""

    fingerprint: str
    fix: str
    where: str
    cost: int


class State(Struct, frozen=True, kw_only=True):
    """Everything that the engine knows of a session. Money in micro-dollars, `worked` in micro-seconds.

    `revision` counts the workspace changes that were not steps of the plan: a step done at an older one is stale.
    `done` maps a plan step to the revision at which it succeeded, `trials` a place to the fix on trial there.
    """

    id: str = ""
    words: str = ""
    principal: str = ""
    roles: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    workspace: Workspace = NOWHERE
    limits: Limits = Limits()
    stay: bool = False
    goal: Goal | None = None
    plan: PlanMade | None = None
    version: int = 0
    last: str | None = None
    iteration: int = 1
    taken: int = 0
    worked: int = 0
    budget: Budget = Budget()
    changes: int = 0
    revision: int = 0
    done: dict[str, int] = {}
    turn: Turn = Turn()
    results: tuple[CheckResult, ...] = ()
    results_at: int = -1
    baseline: dict[str, str] = {}
    digests: dict[str, str] | None = None
    failure: Failure | None = None
    diagnosis: Diagnosis | None = None
    tried: dict[str, tuple[str, ...]] = {}
    trials: dict[str, Trial] = {}
    withheld: CallWithheld | None = None
    added_risks: tuple[Risk, ...] = ()
    lost: Proposal | None = None
    repeat: Proposal | None = None
    pinned: Proposal | None = None
    pinned_by: str | None = None
    question: ApprovalRequested | None = None
    asked_at: str | None = None
    ask_after: int | None = None
    granted: int = 0
    stalled: int = 0
    broken: int = 0
    kept: int = 0
    paused: bool = False
    unheard: str | None = None
    stop_requested: bool = False
    rejected: bool = False
    violation: bool = False
    cap_refused: bool = False
    forewarned: bool = False
    ended: str | None = None

    @property
    def waits_for_person(self) -> bool:
        """Paused, or a question without an answer; a stop ends both."""
        return not self.stop_requested and (self.paused or self.question is not None)

    @property
    def checks_changed(self) -> bool:
        """The files that define the checks are not those of the baseline."""
        return self.digests is not None and self.digests != self.baseline

    def risk(self, name: Risk) -> bool:
        """Whether that risk stands open."""
        return name in self.added_risks or (self.withheld is not None and name in self.withheld.risks)


def time_left(state: State, wanted: float) -> float:
    """The seconds that something may take: never longer than the working time that is left, and at least one."""
    return max(1.0, min(wanted, state.limits.max_time - state.worked / 1_000_000))


def facts(state: State) -> Facts:
    """All that the stop hook may know, gathered from the state."""
    failure, diagnosis, limits = state.failure, state.diagnosis, state.limits
    asked_to_ask = state.ask_after is not None and state.taken >= state.ask_after
    return Facts(
        stop_requested=state.stop_requested,
        rejected=state.rejected,
        violation=state.violation,
        taken=state.taken,
        max_iterations=limits.max_iterations,
        worked=state.worked,
        max_time=round(limits.max_time * 1_000_000),
        spent=state.budget.spent,
        ask_line=state.budget.ask_line,
        cap=state.budget.cap,
        cap_refused=state.cap_refused,
        checks_declared=len(state.workspace.checks),
        checks_passed=sum(result.passed for result in state.results),
        evidence_fresh=state.results_at == state.changes,
        checks_changed=state.checks_changed,
        failing=failure is not None,
        pattern_known=diagnosis is not None and diagnosis.pattern is not None,
        fixes_left=len(diagnosis.candidates) if diagnosis else 0,
        fix_wins=diagnosis.wins if diagnosis else 0,
        fix_tries=diagnosis.tries if diagnosis else 0,
        retries=len(state.tried.get(failure.fingerprint, ())) if failure else 0,
        max_retries=limits.max_retries,
        destructive=state.risk("destructive_action"),
        high_cost=state.risk("high_cost"),
        unclear_impact=state.lost is not None,
        guard_unavailable=state.risk("guard_unavailable"),
        asked_by_person=state.risk("asked_by_person") or asked_to_ask,
        pinned=state.pinned is not None,
        granted=state.granted,
        stalled=state.stalled,
        stall_limit=limits.stall_limit,
        broken=state.broken,
        broken_limit=limits.broken_limit,
        kept=state.kept,
        expects=_expected_next(state),
    )


def _expected_next(state: State) -> str:
    """What the act that comes next is expected to bring, as far as it is known: the pinned one, or the best fix."""
    candidates = state.diagnosis.candidates if state.failure and state.diagnosis else ()
    coming = state.pinned or state.repeat or next(iter(candidates), None)
    return coming.expects if coming else ""
