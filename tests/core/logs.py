"""Hand-made logs that hang together: causes chain, money adds up, and every decision is the stop hook's own."""

from msgspec.structs import replace

from interlock.core.budget import Limits
from interlock.core.events import (
    ActionProposed,
    AnyEvent,
    ApprovalAnswered,
    ApprovalRequested,
    ApprovalWithdrawn,
    CallAllowed,
    CallDenied,
    CallWithheld,
    ChecksCalled,
    ChecksReturned,
    Draft,
    Envelope,
    GoalUnderstood,
    HookDecided,
    LessonLearned,
    PlanMade,
    SessionEnded,
    SessionStarted,
    SkillCalled,
    SkillReturned,
    StepReviewed,
    StepTaken,
    StopRequested,
    place,
)
from interlock.core.evolve import fold
from interlock.core.fingerprint import failure
from interlock.core.goal import Goal
from interlock.core.plan import Act, Check, CheckResult, Effects, Proposal, ServiceSpec, Task, Workspace
from interlock.core.remediation import Diagnosis, Failure, Lesson
from interlock.core.state import State, facts
from interlock.core.stop_hook import RULES, Action, Decision, decide

USD = 1_000_000
BEGAN = 1_763_900_000_000_000
WORDS = "Keep fixing the deployment until it passes all tests, but ask me if cost goes above $50."
GOAL = Goal(objective="the deployment works", until=("it passes all tests",), ask_above=50 * USD)

MISSING = """\
Traceback (most recent call last):
  File "shop/describe.py", line 3, in <module>
    import markdown
ModuleNotFoundError: No module named 'markdown'
"""
WRONG_TOTAL = """\
tests/test_orders.py:14: AssertionError
E       assert 30 == 33
FAILED tests/test_orders.py::test_total_adds_up - assert 30 == 33
1 failed, 3 passed in 0.31s
"""

WORKSPACE = Workspace(
    root="/srv/shop",
    name="shop",
    prices={"runner-minute": 1_250_000},
    tasks=(Task(name="migrate", act=Act(skill="command.run", arguments={"argv": ["python", "-m", "shop.migrate"]})),),
    services=(ServiceSpec(name="web", argv=("python", "-m", "shop"), port=8765, ready="/healthz"),),
    checks=(
        Check(
            name="unit",
            act=Act(skill="command.run", arguments={"argv": ["pytest", "-q", "tests"]}),
            kind="unit",
            worst=4 * USD,
            files=("tests/*.py",),
            source="interlock.toml:31",
        ),
        Check(
            name="smoke",
            act=Act(skill="http.get", arguments={"url": "http://127.0.0.1:8765/healthz"}),
            kind="smoke",
            service="web",
            source="interlock.toml:38",
        ),
    ),
)
LIMITS = Limits(ask_line=50 * USD, cap=100 * USD)


class Log:
    """Builds a session's envelopes one by one, as the engine would, and keeps the state they add up to."""

    def __init__(self, workspace: Workspace = WORKSPACE, limits: Limits = LIMITS, goal: Goal = GOAL) -> None:
        self.envelopes: list[Envelope] = []
        self.state = State()
        self.at = BEGAN
        self._calls = 0
        started = SessionStarted(
            words=WORDS,
            workspace=workspace,
            limits=limits,
            principal="ada",
            roles=("owner",),
            grants=("*",),
            check_digests={"tests/test_orders.py": "d1"},
        )
        self.add(started, actor="person:ada")
        self.add(GoalUnderstood(goal=goal, read_back=("goal: the deployment works",)), actor="person:ada")
        steps = tuple(f"task:{task.name}" for task in workspace.tasks)
        services = tuple(f"service:{service.name}" for service in workspace.services)
        names = tuple(check.name for check in workspace.checks)
        self.add(
            PlanMade(steps=(*steps, *services), checks=names, why="migrate, web; then unit, smoke"), actor="planner"
        )

    def add(self, event: AnyEvent, *, actor: str = "engine", cause: str | None = None, seconds: float = 0.2) -> str:
        """Append one event, caused by the one before unless said otherwise. Returns its id."""
        self.at += round(seconds * USD)
        draft = Draft(
            id=f"e{self.state.version + 1}",
            at=self.at,
            iteration=self.state.iteration,
            actor=actor,
            event=event,
            cause=cause or self.state.last,
        )
        envelope = place(draft, "ses-0001", self.state.version + 1)
        self.envelopes.append(envelope)
        self.state = fold(self.state, envelope)
        return draft.id

    def propose(self, proposal: Proposal, *, others: int = 0) -> None:
        """An agent proposes."""
        self.add(ActionProposed(proposal=proposal, others=others, approval=self.state.pinned_by), actor=proposal.agent)

    def act(
        self,
        proposal: Proposal,
        *,
        ok: bool = True,
        output: str = "",
        cost: int = 0,
        changed: bool = True,
        checks: bool = False,
        **known: object,
    ) -> None:
        """Propose, allow, run and settle an act, with the hold of the checks in it."""
        approval = self.state.pinned_by
        self.propose(proposal)
        checks_hold = sum(check.worst or 0 for check in self.state.workspace.checks) if checks else 0
        hold = max(cost, USD) + checks_hold
        self._calls += 1
        call = f"call-{self._calls:04d}"
        digest = proposal.act.digest
        self.add(CallAllowed(digest=digest, hold=hold, because=("declared-work",)), actor="gate")
        announced = self.add(
            SkillCalled(
                call=call,
                proposal=proposal,
                effects=Effects(writes=True),
                timeout=600.0,
                hold=hold,
                checks_hold=checks_hold,
                approval=approval,
                snapshot="5a",
            )
        )
        returned = SkillReturned(
            call=call,
            ok=ok,
            output=output,
            exit_code=0 if ok else 1,
            seconds=1.5,
            cost=cost,
            release=hold - checks_hold,
            changed=changed,
            where=proposal.task or f"skill:{proposal.act.skill}",
            facts=dict(known),
        )
        self.add(returned, actor="skill", cause=announced, seconds=1.5)
        self.add(StepTaken(outcome="acted" if ok else "failed", seconds=1.5, release=0 if ok else checks_hold))

    def withhold(self, proposal: Proposal, *, worst: int) -> None:
        """Propose a dear act, which the gate withholds."""
        self.propose(proposal)
        self.add(
            CallWithheld(
                proposal=proposal,
                digest=proposal.act.digest,
                risks=("high_cost",),
                because=("ask-line",),
                words="it could cost $45.00, and $12.30 are spent: past $50.00 you want to be asked",
                worst=worst,
            ),
            actor="gate",
        )
        self.add(StepTaken(outcome="withheld", counts=False, words="it could cost $45.00"))

    def deny(self, proposal: Proposal) -> None:
        """Propose an act that no policy permits."""
        self.propose(proposal)
        words = "no policy permits `git.push` here; nearest: `workspace-files`"
        denied = CallDenied(proposal=proposal, digest=proposal.act.digest, because=("default-deny",), words=words)
        self.add(denied, actor="gate")
        self.add(StepTaken(outcome="denied", words=words))

    def check(self, *results: CheckResult) -> None:
        """Run the turn's checks."""
        hold = self.state.turn.called.checks_hold if self.state.turn.called else 0
        self.add(ChecksCalled(checks=tuple(check.name for check in self.state.workspace.checks)), actor="check")
        self.add(
            ChecksReturned(
                results=results,
                cost=sum(result.cost for result in results),
                release=hold,
                digests=self.state.baseline,
                seconds=2.0,
            ),
            actor="check",
            seconds=2.0,
        )

    def review(self, found: Failure | None, diagnosis: Diagnosis | None = None, **more: bool) -> Decision:
        """The post-step hooks' findings, and the stop hook's decision on them."""
        self.add(StepReviewed(failure=found, diagnosis=diagnosis, **more))
        return self.decide()

    def decide(self) -> Decision:
        """The real stop hook's decision on the facts as they are."""
        seen = facts(self.state)
        held = tuple(rule.name for rule in RULES if rule.holds(seen))
        self.add(HookDecided(facts=seen, decision=decide(seen), held=held), cause=self.state.unheard)
        return decide(seen)

    def learn(self, found: Failure, fix: str, *, worked: bool) -> None:
        """The outcome of a fix."""
        lesson = Lesson(fingerprint=found.fingerprint, fix=fix, environment="py311", worked=worked, cost=0)
        self.add(LessonLearned(lesson=lesson), actor="post-step")

    def ask(self, approval: str = "apr-7f3a") -> None:
        """The question that the last decision calls for."""
        decided, withheld = self.state.turn.decided, self.state.withheld
        assert decided is not None and decided.decision.action is Action.ESCALATE
        about = {}
        if withheld is not None:
            about = {
                "proposal": withheld.proposal,
                "digest": withheld.digest,
                "worst": withheld.worst,
                "because": withheld.because,
            }
        self.add(
            ApprovalRequested(
                approval=approval,
                rule=decided.decision.rule,
                subject="act" if withheld else "going_on",
                question=f"may it go on? {decided.decision.reason}",
                deadline=self.at + 86_400 * USD,
                undo="rebuild the virtual environment from the requirements",
                tries=0 if withheld else 3,
                **about,  # type: ignore[arg-type]
            )
        )

    def answer(self, approval: str = "apr-7f3a", *, up_to: int | None = None, reason: str = "") -> None:
        """Ada says yes."""
        answered = ApprovalAnswered(approval=approval, answer="approved", up_to=up_to, reason=reason)
        self.add(answered, actor="person:ada", cause=self.state.asked_at, seconds=95)

    def stop(self) -> None:
        """Ada stops it, and the hook ends it."""
        if self.state.question is not None:
            void = ApprovalWithdrawn(approval=self.state.question.approval)
            self.add(void, actor="person:ada", cause=self.state.asked_at)
        self.add(StopRequested(reason="enough"), actor="person:ada")
        self.end(self.decide())

    def end(self, decision: Decision) -> None:
        """What the decision ends, ends."""
        assert decision.action is Action.TERMINATE
        self.add(SessionEnded(outcome=decision.outcome, reason=decision.reason))


def proposal(
    skill: str, *, agent: str = "executor", why: str = "it is the next step of the plan", **arguments: object
) -> Proposal:
    """A step or an act that somebody proposes."""
    return Proposal(act=Act(skill=skill, arguments=arguments), agent=agent, why=why, expects=f"{skill} succeeds")


MIGRATE = replace(proposal("command.task", name="migrate"), task="task:migrate")
WEB = replace(proposal("process.ensure", service="web"), task="service:web")
LOOK = proposal("checks.look", why="every step of the plan is done")


def fix(name: str, found: Failure, skill: str, **arguments: object) -> Proposal:
    """A remedy that the debugger proposes for a failure."""
    made = proposal(skill, agent="debugger", why=f"`{name}` helps where the output says so", **arguments)
    return replace(made, fix=name, fingerprint=found.fingerprint)


def known(pattern: str, *candidates: Proposal, wins: int = 0, tries: int = 0) -> Diagnosis:
    """A diagnosis with a pattern."""
    remembered = f"worked {wins} of {tries} times here" if tries else ""
    return Diagnosis(
        pattern=pattern, title=pattern, candidates=candidates, wins=wins, tries=tries, remembered=remembered
    )


def passing(name: str, cost: int = 0) -> CheckResult:
    """A check that passes."""
    return CheckResult(name=name, passed=True, exit_code=0, seconds=1.0, cost=cost)


def failing(name: str, output: str, cost: int = 0) -> CheckResult:
    """A check that fails."""
    return CheckResult(name=name, passed=False, output=output, exit_code=1, seconds=1.0, cost=cost)


def until_the_question() -> Log:
    """A missing module, a wrong pin, a denied push, and then a dear act that the gate withholds."""
    log = Log()
    log.act(MIGRATE, ok=False, output=MISSING, cost=USD // 2)
    module = failure("task:migrate", MISSING, 1)
    install = fix("install-module", module, "packages.install", requirements=["markdown==3.5"])
    pin = fix("pin-older", module, "packages.install", requirements=["markdown==3.4.4"])
    log.review(module, known("missing-module", install, pin, wins=1, tries=1), expected=False)
    log.act(install, cost=2 * USD, before={"markdown": "3.6"}, after={"markdown": "3.5"})
    log.review(None)
    log.act(MIGRATE, ok=False, output=MISSING, cost=USD // 2)
    log.learn(module, "install-module", worked=False)
    log.review(module, known("missing-module", pin), progressed=False, expected=False)
    log.act(pin, cost=2 * USD, before={"markdown": "3.5"}, after={"markdown": "3.4.4"})
    log.review(None)
    log.act(MIGRATE, cost=USD // 2)
    log.learn(module, "pin-older", worked=True)
    log.review(None)
    log.act(WEB, cost=3 * USD, changed=False, checks=True, service="web", pid=4711, port=8765)
    log.check(failing("unit", WRONG_TOTAL, cost=4_300_000))
    total = failure("check:unit", WRONG_TOTAL, 1)
    build = fix("rebuild-index", total, "command.run", argv=["python", "-m", "shop.reindex"], paths=["shop/prices.py"])
    log.review(total, known("stale-prices", build), expected=False)
    log.deny(proposal("git.push", agent="debugger", remote="origin"))
    log.review(total, known("stale-prices", build), progressed=True)
    log.withhold(build, worst=45 * USD)
    log.review(total, known("stale-prices", build))
    log.ask()
    return log


def repaired() -> Log:
    """The whole way: the question is approved up to $80, the act runs, and everything passes."""
    log = until_the_question()
    assert log.state.question is not None and log.state.question.proposal is not None
    build, total = log.state.question.proposal, log.state.failure
    assert total is not None
    log.answer(up_to=80 * USD, reason="the index is needed")
    log.decide()
    log.act(build, cost=30 * USD, checks=True)
    log.check(passing("unit", cost=4 * USD))
    log.learn(total, "rebuild-index", worked=True)
    log.review(None)
    log.act(WEB, cost=0, changed=False, checks=True, service="web", pid=4790, port=8765)
    log.check(passing("unit", cost=4 * USD), passing("smoke"))
    log.end(log.review(None))
    return log


def given_up() -> Log:
    """A code bug that nothing can fix: a question about going on, and a person's stop."""
    log = Log()
    total = failure("check:unit", WRONG_TOTAL, 1)
    guess = fix("reformat", total, "files.patch", path="shop/prices.py", patch="-1\n+2")
    log.act(WEB, cost=3 * USD, changed=False, checks=True, service="web", pid=4711, port=8765)
    log.check(failing("unit", WRONG_TOTAL))
    log.review(total, known("wrong-total", guess), expected=False)
    log.act(guess, checks=True)
    log.check(failing("unit", WRONG_TOTAL))
    log.learn(total, "reformat", worked=False)
    log.review(
        total, Diagnosis(pattern=None, advice="a person must look at the code"), expected=False, progressed=False
    )
    log.ask()
    log.stop()
    return log
