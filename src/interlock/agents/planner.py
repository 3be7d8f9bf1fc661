"""The planner: the deterministic one. What a person declared for deployment, in order, and the checks."""

from interlock.core.events import PlanMade
from interlock.core.state import State


def plan(state: State) -> PlanMade:
    """The declared tasks of the deployment, then the services, then the checks that prove it."""
    workspace = state.workspace
    tasks = tuple(f"task:{task.name}" for task in workspace.tasks if task.when == "deploy")
    services = tuple(f"service:{service.name}" for service in workspace.services)
    checks = tuple(check.name for check in workspace.checks)
    steps = ", ".join(step.split(":", 1)[1] for step in (*tasks, *services)) or "nothing to deploy"
    return PlanMade(steps=(*tasks, *services), checks=checks, why=f"{steps}; then {', '.join(checks) or 'no checks'}")
