"""What the cap leaves room for: a fix that could never be paid for is no way out while another is."""

from collections.abc import Sequence

from interlock.core.learning import Candidate
from interlock.core.money import show
from interlock.core.plan import Act, Workspace
from interlock.core.state import State


def affordable(candidates: Sequence[Candidate], state: State) -> tuple[Sequence[Candidate], str]:
    """(those that fit under the cap together with their checks, what to say of the others).

    All of them where none fits: the gate then refuses the first in words, and the session ends at its cap.
    """
    dear = {each.proposal.fix: _worst(each.proposal.act, state.workspace) for each in candidates}
    dear = {fix: worst for fix, worst in dear.items() if not state.budget.fits(worst)}
    fitting = [each for each in candidates if each.proposal.fix not in dear]
    if not dear or not fitting:
        return candidates, ""
    named = ", ".join(f"`{fix}` (up to {show(worst)})" for fix, worst in dear.items())
    return fitting, f"passed over, since the cap of {show(state.budget.cap)} leaves no room: {named}"


def _worst(act: Act, workspace: Workspace) -> int:
    """The worst case in micro-dollars: the declared task's or service's that it runs, and the checks'."""
    task = workspace.task(str(act.arguments.get("name"))) if act.skill == "command.task" else None
    service = workspace.service(str(act.arguments.get("service"))) if act.skill == "process.ensure" else None
    own = (task.worst if task else 0) or (service.worst if service else 0) or 0
    return own + sum(check.worst or 0 for check in workspace.checks)
