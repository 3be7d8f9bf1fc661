"""Which checks a goal asks for, out of those a workspace has."""

import shlex
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from interlock.config.protection import protected
from interlock.config.reading import ProjectFileError
from interlock.core.goal import Goal
from interlock.core.plan import Act, Check, Workspace

WORDS = "your words"


def for_goal(workspace: Workspace, goal: Goal) -> Workspace:
    """The workspace with the checks that prove this goal: all where the words name none.

    Raises ProjectFileError for an unknown check, or when nothing would prove success.
    """
    wanted: tuple[Check, ...] = ()
    for said in goal.until or ("tests",):
        wanted += tuple(check for check in _named(said, workspace) if check not in wanted)
    if not wanted:
        raise ProjectFileError("nothing would prove success; say until which command passes, or run `interlock init`")
    return replace(workspace, checks=_told_apart(wanted))


def _named(said: str, workspace: Workspace) -> tuple[Check, ...]:
    kind, _, what = said.partition(":")
    match kind:
        case "tests":
            return workspace.checks
        case "check":
            return (_declared(what, workspace),)
        case "command":
            return (_command(what, workspace),)
        case "url":
            return (_check("url", "smoke", "http.get", {"url": what, "status": 200}),)
        case "file":
            return (_check("file", "acceptance", "files.exists", {"path": what}),)
        case _:
            raise ProjectFileError(f"`{said}` names no proof; say a command, an address, a file or a declared check")


def _declared(name: str, workspace: Workspace) -> Check:
    found = next((check for check in workspace.checks if check.name == name), None)
    if found is None:
        names = ", ".join(f"`{check.name}`" for check in workspace.checks) or "none"
        raise ProjectFileError(f"no check `{name}` is declared; declared: {names}")
    return found


def _command(said: str, workspace: Workspace) -> Check:
    try:
        argv = shlex.split(said)
    except ValueError as error:
        raise ProjectFileError(f"`{said}` can't be split into words ({error}); quote it otherwise") from error
    if not argv:
        raise ProjectFileError("an empty command proves nothing; say until which command passes")
    if (same := _same_command(argv, workspace)) is not None:
        return same
    check = _check("command", "acceptance", "command.run", {"argv": argv, "cwd": ".", "env": {}})
    return replace(check, files=protected(check.act, Path(workspace.root)))


def _same_command(argv: list[str], workspace: Workspace) -> Check | None:
    runs = (check for check in workspace.checks if check.act.skill == "command.run")
    return next((check for check in runs if check.act.arguments["argv"] == argv), None)


def _check(name: str, kind: Any, skill: str, arguments: dict[str, Any]) -> Check:
    return Check(name=name, kind=kind, act=Act(skill=skill, arguments=arguments), source=WORDS)


def _told_apart(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """With distinct names, which the acts of commands carry too."""
    named: list[Check] = []
    for check in checks:
        taken = {other.name for other in named}
        names = (check.name, *(f"{check.name}-{number}" for number in range(2, len(checks) + 2)))
        name = next(name for name in names if name not in taken)
        arguments = {**check.act.arguments, "check": name} if check.act.skill == "command.run" else check.act.arguments
        named.append(replace(check, name=name, act=replace(check.act, arguments=arguments)))
    return tuple(named)
