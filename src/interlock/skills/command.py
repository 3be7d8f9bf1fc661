"""Commands: an agent's own, and the tasks and checks that a person declared."""

from typing import Any

import msgspec
from msgspec.structs import replace

from interlock.core.evidence import proves_nothing
from interlock.core.plan import TASK, Check, Effects, Task, Workspace
from interlock.core.policy import Quote
from interlock.ports import BadArguments, SkillResult
from interlock.skills import confined, running
from interlock.skills.paths import Moved, canonical, unmoved
from interlock.skills.skill import Arguments, Scene, Skill


class Run(Arguments, frozen=True, kw_only=True):
    """`argv` is run without a shell in the folder `cwd`; `check` names the declared check that this is."""

    argv: tuple[str, ...]
    cwd: str = "."
    env: dict[str, str] = {}
    check: str | None = None


class RunTask(Arguments, frozen=True, kw_only=True):
    """`name` is a declared task; the other arguments can only repeat what it declares."""

    name: str
    argv: tuple[str, ...] = ()
    cwd: str = "."
    env: dict[str, str] = {}


def settle_run(arguments: Run, workspace: Workspace) -> Run:
    """With the folder's real path. Raises BadArguments."""
    words = (*arguments.argv, *arguments.env, *arguments.env.values())
    if not arguments.argv or not arguments.argv[0] or any("\0" in word for word in words):
        raise BadArguments("`argv` is empty or holds a zero byte; give the program and its arguments as a list")
    running.require_services(words, workspace)
    return replace(arguments, cwd=canonical(arguments.cwd, workspace))


def settle_task(arguments: RunTask, workspace: Workspace) -> RunTask:
    """With all that the task declares, so that the digest binds what will run. Raises BadArguments."""
    task = find_task(arguments.name, workspace)
    declared = msgspec.convert(task.act.arguments, RunTask)
    settled = settle_run(Run(argv=declared.argv, cwd=declared.cwd, env=declared.env), workspace)
    full = RunTask(name=task.name, argv=settled.argv, cwd=settled.cwd, env=settled.env)
    said = replace(arguments, cwd=canonical(arguments.cwd, workspace))
    if arguments != RunTask(name=task.name) and said != full:
        raise BadArguments(
            f"task `{task.name}` is declared otherwise; leave the other arguments out, or use command.run"
        )
    return full


def find_task(name: str, workspace: Workspace) -> Task:
    """The declared task. Raises BadArguments, naming those that are."""
    if (task := workspace.task(name)) is None:
        names = ", ".join(f"`{task.name}`" for task in workspace.tasks) or "none"
        raise BadArguments(f"no task `{name}` is declared; declared: {names}")
    if task.act.skill != TASK:
        raise BadArguments(f"task `{name}` is a call of `{task.act.skill}`; propose that, with its arguments")
    return task


def quote_task(arguments: RunTask, workspace: Workspace) -> Quote:
    """What the task declares."""
    task = find_task(arguments.name, workspace)
    return Quote(effects=task.effects, worst=task.worst, timeout=task.timeout, declared=True, network=workspace.network)


async def run(arguments: Run, scene: Scene) -> SkillResult:
    """Run it; a check must prove something about what runs now to pass, and changes nothing."""
    if scene.check is None:
        return await perform(arguments, scene)
    if (doubt := await _doubt(scene.check, scene)) is not None:
        return SkillResult(ok=False, output=doubt, changed=False)
    result = await perform(arguments, scene)
    nothing = proves_nothing(result.output)
    if nothing is None:
        return replace(result, changed=False)
    return replace(result, ok=False, changed=False, output=f"{result.output.rstrip()}\n[interlock] {nothing}\n")


async def _doubt(check: Check, scene: Scene) -> str | None:
    spec = scene.workspace.service(check.service) if check.service is not None else None
    return await running.doubt(spec, scene.services, scene.around, None) if spec is not None else None


async def run_task(arguments: RunTask, scene: Scene) -> SkillResult:
    """Run the declared command; a task that declares no writing changes nothing."""
    result = await perform(Run(argv=arguments.argv, cwd=arguments.cwd, env=arguments.env), scene)
    return replace(result, changed=result.changed and scene.quote.effects.writes)


async def perform(arguments: Run, scene: Scene) -> SkillResult:
    """Run the words as they were authorised, with the ports in use put in."""
    texts = (*arguments.argv, *arguments.env.values())
    ports = await running.ports_for(texts, scene.workspace, scene.services, scene.around.session)
    try:
        unmoved(arguments.cwd)
    except Moved as moved:
        return SkillResult(ok=False, output=str(moved), changed=False, usage={})
    program = confined.Program(
        argv=[running.with_ports(word, ports) for word in arguments.argv],
        cwd=arguments.cwd,
        env={name: running.with_ports(value, ports) for name, value in arguments.env.items()},
        network=scene.network,
    )
    return await confined.run(program, scene)


COMMAND: tuple[Skill[Any], ...] = (
    Skill(
        name="command.run",
        summary="run a program in the sandbox, without a shell",
        arguments=Run,
        effects=Effects(writes=True, reversible=False),
        settle=settle_run,
        paths=lambda arguments: (arguments.cwd,),
        perform=run,
    ),
    Skill(
        name=TASK,
        summary="run a task that the workspace declares",
        arguments=RunTask,
        effects=Effects(writes=True, network=True, destructive=True, reversible=False),
        settle=settle_task,
        paths=lambda arguments: (arguments.cwd,),
        quote=quote_task,
        perform=run_task,
    ),
)
