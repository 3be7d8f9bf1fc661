"""Showing: one session as one object, for `show --json` and for programs."""

from collections.abc import Sequence
from typing import Any

from interlock.core.events import Envelope, SkillReturned
from interlock.core.evolve import replay
from interlock.core.money import show as usd
from interlock.core.state import State
from interlock.core.views.asking import answers
from interlock.core.views.text import brief, exact, moment, one_line


def show(envelopes: Sequence[Envelope], status: str) -> dict[str, Any]:
    """The session as it is. `status` comes from its row; amounts are micro-dollars with their text, times both ways."""
    state = replay(envelopes)
    return {
        "id": state.id,
        "status": status,
        "outcome": state.ended,
        "words": state.words,
        "goal": state.goal.objective if state.goal else None,
        "workspace": state.workspace.root,
        "principal": state.principal,
        "iteration": state.iteration,
        "taken": state.taken,
        "max_iterations": state.limits.max_iterations,
        **_money(state),
        "question": _question(state),
        "failing": _failing(state),
        "checks": _checks(state),
        "plan": _plan(state),
        "services": list(services(envelopes).values()),
        "version": state.version,
        "began": _time(envelopes[0].at) if envelopes else None,
        "changed": _time(envelopes[-1].at) if envelopes else None,
    }


def services(envelopes: Sequence[Envelope]) -> dict[str, dict[str, Any]]:
    """The services that the session started, as their last act reported them: name, process, port, whether up."""
    found: dict[str, dict[str, Any]] = {}
    for envelope in envelopes:
        if isinstance(envelope.data, SkillReturned) and (name := envelope.data.facts.get("service")):
            facts = envelope.data.facts
            known = {key: facts[key] for key in ("pid", "port") if key in facts}
            found[str(name)] = {"name": str(name), "up": envelope.data.ok} | known
    return found


def _amount(micros: int) -> dict[str, Any]:
    return {"micros": micros, "text": usd(micros)}


def _time(at: int) -> dict[str, Any]:
    return {"micros": at, "text": moment(at)}


def _money(state: State) -> dict[str, Any]:
    budget = state.budget
    return {
        "spent": _amount(budget.spent),
        "held": _amount(budget.held),
        "ask_line": _amount(budget.ask_line),
        "cap": _amount(budget.cap),
        "basis": "declared, not billed",
    }


def _question(state: State) -> dict[str, Any] | None:
    asked = state.question
    if asked is None:
        return None
    return {
        "approval": asked.approval,
        "rule": asked.rule,
        "subject": asked.subject,
        "text": one_line(asked.question),
        "act": list(exact(asked.proposal.act)) if asked.proposal else None,
        "digest": asked.digest or None,
        "worst": _amount(asked.worst),
        "deadline": _time(asked.deadline),
        "answer_with": list(answers(asked)),
    }


def _failing(state: State) -> dict[str, Any] | None:
    if state.failure is None:
        return None
    return {
        "where": state.failure.where,
        "signature": one_line(state.failure.signature),
        "fingerprint": state.failure.fingerprint,
        "known_as": state.diagnosis.pattern if state.diagnosis else None,
        "remedies": [brief(each.act) for each in state.diagnosis.candidates] if state.diagnosis else [],
        "advice": one_line(state.diagnosis.advice) if state.diagnosis else "",
    }


def _checks(state: State) -> list[dict[str, Any]]:
    """What each check last said; None when it has not run since it last could have."""
    said = {result.name: result.passed for result in state.results}
    fresh = state.results_at == state.changes
    return [
        {"name": check.name, "kind": check.kind, "passed": said.get(check.name), "fresh": fresh and check.name in said}
        for check in state.workspace.checks
    ]


def _plan(state: State) -> list[dict[str, Any]]:
    """Each step with its state: done, stale (the workspace changed since) or open."""
    return [{"step": step, "state": step_state(state, step)} for step in (state.plan.steps if state.plan else ())]


def step_state(state: State, step: str) -> str:
    """`done`, `running`, `stale` (done before the workspace changed) or `open`."""
    turn = state.turn
    if turn.called is not None and turn.returned is None and turn.called.proposal.task == step:
        return "running"
    if step not in state.done:
        return "open"
    return "done" if state.done[step] == state.revision else "stale"
