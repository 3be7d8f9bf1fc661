"""The strategies that catalogue entries may name: remedies that need more than a template."""

import re
from collections.abc import Mapping

import msgspec

from interlock.agents.debugger.case import Answer, Case, Option, Strategy
from interlock.agents.debugger.drift import older_build_backend, step_through_time
from interlock.agents.debugger.javascript import module_kind, wider_heap
from interlock.agents.debugger.locking import fetch_history, lock_anew, unlock_git
from interlock.agents.debugger.peers import accept_peers
from interlock.agents.debugger.plugins import provide_plugin
from interlock.agents.debugger.provide import (
    provide_module,
    provide_named_package,
    rename_requirement,
)
from interlock.agents.debugger.rebuilding import provide_environment, rebuild_environment
from interlock.agents.debugger.scripts import present_interpreter, strip_carriage_returns
from interlock.agents.debugger.settings import allowed_value, variable_from_example
from interlock.agents.debugger.source import drop_unused_import, restore_tracked, tabs_in_makefile
from interlock.agents.debugger.tasks import generate_by_task, install_by_task, tidy_by_task
from interlock.agents.debugger.yanked import next_repair
from interlock.core.catalog import render
from interlock.core.plan import Act, ServiceSpec

_MIGRATES = re.compile(r"migrat|alembic[\"',\s]+upgrade|upgrade[\"',\s]+head|db[:_-]?upgrade", re.IGNORECASE)
WAITS = (3, 12)
_PORT = re.compile(r"(?:port |:)(?P<port>\d{2,5})\b")


async def migrate(case: Case) -> Answer:
    """Run the declared task that migrates, judged by its name first and its command second."""
    named = [task.name for task in case.workspace.tasks if _MIGRATES.search(task.name)]
    commands = {task.name: msgspec.json.encode(task.act.arguments).decode() for task in case.workspace.tasks}
    running = [name for name, command in commands.items() if name not in named and _MIGRATES.search(command)]
    if not named and not running:
        return Answer(advice="the database's schema is behind the code, and no task that migrates is declared")
    return Answer(
        options=tuple(
            Option(
                variant=f"task-{name}",
                act=Act(skill="database.migrate", arguments={"task": name}),
                why=f"the code expects a schema that the database lacks, and task `{name}` is declared to migrate it",
                expects="the schema has what the code asks for",
            )
            for name in (*named, *running)
        )
    )


async def free_port(case: Case) -> Answer:
    """Move the service to a free port. Whoever holds the declared one is a stranger, and is left alone."""
    movable = [spec for spec in _services_meant(case) if any("{port}" in word for word in _words(spec))]
    if not movable:
        return Answer(advice="the port is taken by a process that is not ours; free it, or declare another port")
    return Answer(
        options=tuple(
            Option(
                variant=f"move-{spec.name}",
                act=Act(skill="process.ensure", arguments={"service": spec.name, "port": 0}),
                why=f"another process holds port {spec.port}; it may be somebody's, so `{spec.name}` moves",
                expects=f"`{spec.name}` listens on a free port",
            )
            for spec in movable
        )
    )


async def await_service(case: Case) -> Answer:
    """Start the declared service that should answer; else look again, since what starts up needs its time."""
    refused = {int(found["port"]) for found in _PORT.finditer(case.failure.output)}
    services = [spec for spec in case.workspace.services if spec.port in refused]
    options = [
        Option(
            variant=f"start-{spec.name}",
            act=Act(skill="process.ensure", arguments={"service": spec.name}),
            why=f"nothing listens on port {spec.port}, where `{spec.name}` is declared to",
            expects=f"`{spec.name}` answers",
        )
        for spec in services
    ]
    return Answer(options=(*options, *look_again("nothing listened there yet; what starts up needs its time")))


async def retry(case: Case) -> Answer:
    """Look again, twice at most: what the network did once it need not do again."""
    return Answer(options=look_again(case.match.entry.why))


async def retry_or_say(case: Case) -> Answer:
    """Look again, twice at most, and tell a person what it means should it stay."""
    advice = str(render(case.match.entry.advice, case.captures))
    return Answer(options=look_again(case.match.entry.why), advice=advice)


def look_again(why: str) -> tuple[Option, ...]:
    """Two looks at the checks, with nothing changed, and more time before the second."""
    return tuple(
        Option(
            variant=f"look-again-{number}",
            act=Act(skill="checks.look", arguments={"wait": seconds}),
            why=f"{why.rstrip('.')}: the checks look again after {seconds} seconds",
            expects="the checks pass now",
        )
        for number, seconds in enumerate(WAITS, start=1)
    )


def _services_meant(case: Case) -> tuple[ServiceSpec, ...]:
    services = case.workspace.services
    named = tuple(spec for spec in services if case.failure.where == f"service:{spec.name}")
    ports = {int(found["port"]) for found in _PORT.finditer(case.failure.output)}
    return named or tuple(spec for spec in services if spec.port in ports) or (services if len(services) == 1 else ())


def _words(spec: ServiceSpec) -> tuple[str, ...]:
    return (*spec.argv, *dict(spec.env).values())


STRATEGIES: Mapping[str, Strategy] = {
    "accept-peers": accept_peers,
    "allowed-value": allowed_value,
    "await-service": await_service,
    "drop-unused-import": drop_unused_import,
    "fetch-history": fetch_history,
    "free-port": free_port,
    "generate-by-task": generate_by_task,
    "install-by-task": install_by_task,
    "lock-anew": lock_anew,
    "migrate": migrate,
    "older-build-backend": older_build_backend,
    "module-kind": module_kind,
    "next-repair": next_repair,
    "present-interpreter": present_interpreter,
    "provide-environment": provide_environment,
    "provide-module": provide_module,
    "provide-named-package": provide_named_package,
    "provide-plugin": provide_plugin,
    "rebuild-environment": rebuild_environment,
    "rename-requirement": rename_requirement,
    "restore-tracked": restore_tracked,
    "retry": retry,
    "retry-or-say": retry_or_say,
    "step-through-time": step_through_time,
    "strip-carriage-returns": strip_carriage_returns,
    "tabs-in-makefile": tabs_in_makefile,
    "tidy-by-task": tidy_by_task,
    "unlock-git": unlock_git,
    "variable-from-example": variable_from_example,
    "wider-heap": wider_heap,
}
