"""The executor: the next step of the plan that is not done, or one more look at the checks."""

from collections.abc import Sequence

from interlock.core.plan import TASK, Act, Proposal
from interlock.core.state import State


class Executor:
    """Proposes the plan's steps in order; a step done before the last change outside the plan is stale: due again."""

    name = "executor"

    async def propose(self, state: State) -> Sequence[Proposal]:
        """The next step; a look at the checks when every step is done."""
        steps = state.plan.steps if state.plan else ()
        pending = next((step for step in steps if state.done.get(step) != state.revision), None)
        return [_step(state, pending) if pending is not None else _look(state)]


def _step(state: State, step: str) -> Proposal:
    kind, name = step.split(":", 1)
    again = " again, as the workspace changed since" if step in state.done else ""
    if kind == "service":
        return Proposal(
            act=Act(skill="process.ensure", arguments={"service": name}),
            agent="executor",
            task=step,
            why=f"`{name}` is the next step of the plan{again}",
            expects=f"service `{name}` is up and answers",
            confidence=0.7,
        )
    task = state.workspace.task(name)
    return Proposal(
        act=task.call if task else Act(skill=TASK, arguments={"name": name}),
        agent="executor",
        task=step,
        why=f"`{name}` is the next step of the plan{again}",
        expects=f"task `{name}` succeeds",
        confidence=0.7,
    )


def _look(state: State) -> Proposal:
    return Proposal(
        act=Act(skill="checks.look"),
        agent="executor",
        why="every step of the plan is done" if state.plan and state.plan.steps else "there is nothing to deploy",
        expects="the checks say where things stand",
    )
