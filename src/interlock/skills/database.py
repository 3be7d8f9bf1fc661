"""Database migrations: a declared task that brings the schema up to date; never undone by itself."""

from typing import Any

from msgspec.structs import replace

from interlock.core.plan import Effects, Workspace
from interlock.core.policy import Quote
from interlock.ports import SkillResult
from interlock.skills import command
from interlock.skills.skill import Arguments, Scene, Skill


class Migrate(Arguments, frozen=True, kw_only=True):
    """`task` is the declared task that migrates; the other arguments can only repeat what it declares."""

    task: str
    argv: tuple[str, ...] = ()
    cwd: str = "."
    env: dict[str, str] = {}


def _as_task(arguments: Migrate) -> command.RunTask:
    return command.RunTask(name=arguments.task, argv=arguments.argv, cwd=arguments.cwd, env=arguments.env)


def settle(arguments: Migrate, workspace: Workspace) -> Migrate:
    """With all that the task declares. Raises BadArguments."""
    task = command.settle_task(_as_task(arguments), workspace)
    return Migrate(task=task.name, argv=task.argv, cwd=task.cwd, env=task.env)


def quote(arguments: Migrate, workspace: Workspace) -> Quote:
    """What the task declares, and that a schema does not go back by itself."""
    declared = command.quote_task(_as_task(arguments), workspace)
    return replace(declared, effects=replace(declared.effects, writes=True, reversible=False))


async def migrate(arguments: Migrate, scene: Scene) -> SkillResult:
    """Run the task."""
    return await command.run_task(_as_task(arguments), scene)


DATABASE: tuple[Skill[Any], ...] = (
    Skill(
        name="database.migrate",
        summary="bring a database's schema up to date with the declared task",
        arguments=Migrate,
        effects=Effects(writes=True, network=True, reversible=False),
        settle=settle,
        paths=lambda arguments: (arguments.cwd,),
        quote=quote,
        perform=migrate,
    ),
)
