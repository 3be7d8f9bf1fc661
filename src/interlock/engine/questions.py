"""Questions to people: what is asked, what it is bound to, and what happens on no."""

import re

from interlock.core.events import ApprovalRequested
from interlock.core.evidence import reached_nothing
from interlock.core.fingerprint import telling
from interlock.core.money import show
from interlock.core.plan import Act
from interlock.core.state import State
from interlock.engine.session import Session
from interlock.ports import Clock, Ids

TRIES = 3
_CAUSE = re.compile(r"\s*(?:caused? by|cause): (.+)", re.IGNORECASE)
ABOUT_AN_ACT = ("destructive_action", "high_cost", "asked_by_person", "guard_unavailable")


class Questions:
    """Turns an escalation into exactly one durable question."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    async def ask_human(self, session: Session) -> ApprovalRequested:
        """The question that the hook's decision calls for. It is durable before anybody sees it."""
        state = session.state
        decided = state.turn.decided
        assert decided is not None
        rule, reason = decided.decision.rule, decided.decision.reason
        deadline = self._clock.now() + round(state.limits.answer_within * 1_000_000)
        approval = self._ids.short("apr")
        withheld = state.withheld
        if withheld is not None and rule in ABOUT_AN_ACT:
            return ApprovalRequested(
                approval=approval,
                rule=rule,
                subject="act",
                question=f"may it {in_words(withheld.proposal.act)}? {withheld.words or reason}",
                deadline=deadline,
                proposal=withheld.proposal,
                digest=withheld.digest,
                worst=withheld.worst,
                undo=undo_of(withheld.proposal.act),
                because=withheld.because,
            )
        return ApprovalRequested(
            approval=approval,
            rule=rule,
            subject="going_on",
            question=_going_on(state, rule, reason),
            deadline=deadline,
            worst=sum(check.worst or 0 for check in state.workspace.checks),
            tries=TRIES,
            baseline=state.digests or {},
            proposal=state.lost if rule == "unclear_impact" else None,
        )


def in_words(act: Act) -> str:
    """The act as a person would say it: the skill and its arguments, nothing left out that fits a line."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in sorted(act.arguments.items()))
    return f"{act.skill}({arguments})"


def undo_of(act: Act) -> str:
    """How the act could be undone, as far as the skill's family tells."""
    match act.skill.split(".")[0]:
        case "files" | "undo":
            return "`interlock undo` puts back what was there before, once the session has ended"
        case "command" | "database" | "mcp":
            return "`interlock undo` puts the workspace's files back; what it does elsewhere stays done"
        case "git":
            return "`interlock undo` puts files back; a commit stays, until `git reset` takes it away"
        case "packages":
            return "rebuild the virtual environment from the requirements"
        case "process":
            return "`interlock stop` ends the process"
        case _:
            return "nothing is known to undo it"


def _going_on(state: State, rule: str, reason: str) -> str:
    match rule:
        case "unclear_impact" if state.lost is not None:
            return (
                f"{in_words(state.lost.act)} was cut off, and nobody knows whether it happened; "
                "go on as if it may have, without repeating it?"
            )
        case "checks_changed":
            now = state.digests or {}
            changed = sorted(name for name in now if now[name] != state.baseline.get(name))
            gone = sorted(set(state.baseline) - set(now))
            return f"{reason}: {', '.join([*changed, *gone])}; take what is there now as the checks?"
        case _:
            failing = (
                f" What fails: {state.failure.where}: {state.failure.signature.rstrip('.')}." if state.failure else ""
            )
            advice = f" {state.diagnosis.advice}." if state.diagnosis and state.diagnosis.advice else ""
            spent = f"{show(state.budget.spent)} are spent."
            return f"{reason}.{failing}{_last_try(state)}{advice} {spent} Go on for {TRIES} more tries?"


def _last_try(state: State) -> str:
    """What kept the last remedy from being carried out, if anything did: an index that is down is no broken project."""
    returned, proposal = state.turn.returned, state.turn.proposal
    if returned is None or returned.ok or proposal is None or proposal.fix is None:
        return ""
    why = " (what it needs from the network did not answer)" if reached_nothing(returned.output) else ""
    deepest = next((said[1] for line in reversed(returned.output.splitlines()) if (said := _CAUSE.match(line))), "")
    told = f"{telling(returned.output)[:120].rstrip('.')}{' … ' if deepest else ''}{deepest[-100:].rstrip('.')}"
    return f" The last try could not be carried out{why}: {told}."
