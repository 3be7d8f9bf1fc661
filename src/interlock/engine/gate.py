"""The gate: nothing reaches a skill without passing here. Policy first, then guards, then money."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from interlock.core.money import show
from interlock.core.plan import Act, Check, Effects, Proposal
from interlock.core.policy import Quote, Request, Verdict, quote_of
from interlock.core.state import State
from interlock.ports import Authorizer, BadArguments, Guard, Skills

GUARD_TIMEOUT = 10.0
ALLOWED = Verdict(outcome="allowed")
SEVERITY = {"allowed": 0, "withheld": 1, "denied": 2}


class Admission(Struct, frozen=True, kw_only=True):
    """The gate's word on a proposal, with the canonical act that would run and what it would hold (micro-dollars).

    `paths` are the absolute ones that the act names.
    """

    proposal: Proposal
    verdict: Verdict
    quote: Quote
    hold: int = 0
    checks_hold: int = 0
    cap_refused: bool = False
    paths: tuple[str, ...] = ()


class Gate:
    """Admits, withholds or denies. An error while judging is a denial; a guard that can't be asked withholds."""

    def __init__(
        self, skills: Skills, authorizer: Authorizer, guards: Sequence[Guard] = (), guard_timeout: float = GUARD_TIMEOUT
    ) -> None:
        self._skills = skills
        self._authorizer = authorizer
        self._guards = guards
        self._guard_timeout = guard_timeout

    async def judge(self, state: State, proposal: Proposal, *, approved: bool) -> Admission:
        """Judge the act and its turn's checks, in the form in which they would run."""
        try:
            act, paths = self._skills.canonical(proposal.act)
            quote = self._skills.quote(act)
        except Exception as problem:
            return _refused(proposal, _unfit(problem))
        proposal = replace(proposal, act=act)
        if quote.worst is None:
            return _refused(proposal, _unknown_price(act))
        request = _request(state, proposal, quote, paths, approved)
        checks = due(state, proposal)
        verdict = _worst([self._authorise(request), *(self._check_verdict(state, check) for check in checks)])
        if verdict.outcome != "denied":
            verdict = _worst([verdict, *[await self._ask(guard, request) for guard in self._guards]])
        checks_hold = sum(check.worst or 0 for check in checks)
        worst = quote.worst + checks_hold
        admission = Admission(
            proposal=proposal, verdict=verdict, quote=quote, hold=worst, checks_hold=checks_hold, paths=paths
        )
        if verdict.outcome == "denied":
            return admission
        if not state.budget.fits(worst):
            return replace(admission, verdict=_over_cap(state, worst), cap_refused=True)
        if state.budget.crosses_ask_line(worst) and not approved:
            return replace(admission, verdict=_worst([verdict, _dear(state, worst)]))
        return admission

    def _authorise(self, request: Request) -> Verdict:
        try:
            return self._authorizer.judge(request)
        except Exception as problem:
            return Verdict(outcome="denied", because=("policy-error",), words=f"policy could not be judged: {problem}")

    def _check_verdict(self, state: State, check: Check) -> Verdict:
        """Checks pass the gate with their turn; a person who declared a check has approved running it."""
        try:
            act, paths = self._skills.canonical(check.act)
        except Exception as problem:
            return _unfit(problem, f"check `{check.name}`: ")
        if check.worst is None:
            return _unknown_price(act)
        proposal = Proposal(act=act, agent="check", why="", expects="")
        return self._authorise(_request(state, proposal, quote_of(check, state.workspace), paths, approved=True))

    async def _ask(self, guard: Guard, request: Request) -> Verdict:
        try:
            verdict = await asyncio.wait_for(guard.judge(request), self._guard_timeout)
            verdict = msgspec.convert(msgspec.to_builtins(verdict), Verdict)
        except Exception as problem:
            said = str(problem) or type(problem).__name__
            return Verdict(
                outcome="withheld",
                because=("guard",),
                risks=("guard_unavailable",),
                words=f"the guard could not be asked: {said}",
            )
        # what the guard wanted a person for, a person has seen; a refusal stands
        return ALLOWED if request.approved and verdict.outcome == "withheld" else verdict


def due(state: State, proposal: Proposal) -> tuple[Check, ...]:
    """The checks that follow the act: all of them, unless tasks of the plan are still to do after it."""
    steps = state.plan.steps if state.plan else ()
    pending = [step for step in steps if step.startswith("task:") and state.done.get(step) != state.revision]
    return () if set(pending) - {proposal.task} else state.workspace.checks


def _request(state: State, proposal: Proposal, quote: Quote, paths: tuple[str, ...], approved: bool) -> Request:
    goal = state.goal
    return Request(
        principal=state.principal,
        roles=state.roles,
        act=proposal.act,
        quote=quote,
        workspace=state.workspace.root,
        session=state.id,
        agent=proposal.agent,
        paths=paths,
        grants=state.grants,
        never=goal.never if goal else (),
        ask_before=goal.ask_before if goal else (),
        approved=approved,
        spent=state.budget.spent,
    )


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The severest word of all, with the risks and reasons of every one as severe or withheld."""
    said = list(verdicts)
    severest = max(said, key=lambda verdict: SEVERITY[verdict.outcome])
    if severest.outcome == "allowed":
        return severest
    agreeing = [verdict for verdict in said if verdict.outcome == severest.outcome]
    return Verdict(
        outcome=severest.outcome,
        because=tuple(dict.fromkeys(reason for verdict in agreeing for reason in verdict.because)),
        words="; ".join(dict.fromkeys(verdict.words for verdict in agreeing if verdict.words)),
        risks=tuple(dict.fromkeys(risk for verdict in agreeing for risk in verdict.risks)),
        violation=any(verdict.violation for verdict in agreeing),
    )


def _refused(proposal: Proposal, verdict: Verdict) -> Admission:
    return Admission(proposal=proposal, verdict=verdict, quote=Quote(effects=Effects()))


def _unfit(problem: Exception, what: str = "") -> Verdict:
    said = str(problem) if isinstance(problem, BadArguments) else f"the act could not be judged: {problem}"
    return Verdict(outcome="denied", because=("bad-arguments",), words=f"{what}{said}")


def _unknown_price(act: Act) -> Verdict:
    words = f"`{act.skill}` costs money, and its price is unknown; declare it under `[prices]` in interlock.toml"
    return Verdict(outcome="denied", because=("unknown-price",), words=words)


def _over_cap(state: State, worst: int) -> Verdict:
    budget = state.budget
    words = f"{show(budget.spent + budget.held)} spent and held, and up to {show(worst)} more, exceed the cap"
    return Verdict(outcome="denied", because=("cap",), words=f"{words} of {show(budget.cap)}")


def _dear(state: State, worst: int) -> Verdict:
    budget = state.budget
    words = f"it could cost {show(worst)}, and {show(budget.spent + budget.held)} are spent"
    return Verdict(
        outcome="withheld",
        because=("ask-line",),
        risks=("high_cost",),
        words=f"{words}: past {show(budget.ask_line)} you want to be asked",
    )
