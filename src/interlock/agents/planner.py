"""The planner: the deterministic one. What a person declared for deployment, in order, and the checks."""

from interlock.core.events import PlanMade
from interlock.core.money import show
from interlock.core.state import State


def plan(state: State) -> PlanMade:
    """The declared tasks of the deployment, then the services, then the checks that prove it."""
    workspace = state.workspace
    tasks = tuple(f"task:{task.name}" for task in workspace.tasks if task.when == "deploy")
    services = tuple(f"service:{service.name}" for service in workspace.services)
    checks = tuple(check.name for check in workspace.checks)
    steps = ", ".join(step.split(":", 1)[1] for step in (*tasks, *services)) or "nothing to deploy"
    why = f"{steps}; then {', '.join(checks) or 'no checks'}{_costs(state)}"
    return PlanMade(steps=(*tasks, *services), checks=checks, why=why)


def _costs(state: State) -> str:
    """What one pass could cost at worst, against the ask line, and what of it the cap rules out."""
    workspace, budget = state.workspace, state.budget
    tasks = [(task.name, task.worst or 0) for task in workspace.tasks if task.when == "deploy"]
    steps = [*tasks, *((service.name, service.worst or 0) for service in workspace.services)]
    checks = sum(check.worst or 0 for check in workspace.checks)
    worst = sum(cost for _, cost in steps) + checks
    if not worst:
        return ""
    beyond = ", ".join(f"`{name}`" for name, cost in steps if cost + checks > budget.cap)
    never = f"; {beyond} could cost more than the cap of {show(budget.cap)}, and will not run" if beyond else ""
    return f"; one pass costs at most {show(worst)}, and past {show(budget.ask_line)} you are asked{never}"
