"""Reading back: how the words were understood, what counts as done, and what bounds it, before anything runs."""

import shlex
from collections.abc import Mapping, Sequence

from interlock.core.budget import Limits
from interlock.core.goal import Goal
from interlock.core.money import show
from interlock.core.plan import Act, Check, Workspace
from interlock.core.views.text import brief, count, lasting, one_line

WORDS = "your words"
CLASSES = {
    "destructive": "anything that destroys or can't be undone",
    "deploy": "deploying",
    "network": "using the network",
}
DEFAULTS = Limits()


def read_back(
    goal: Goal,
    workspace: Workspace,
    limits: Limits,
    sources: Mapping[str, str] | None = None,
    tell: Mapping[str, Sequence[str]] | None = None,
) -> tuple[str, ...]:
    """The lines to be read back. `sources` says where a limit comes from (`ask_line`: `interlock.toml:9`), if known.

    `tell` names the channels that hear of it, each with what it hears.
    """
    return (
        f"goal: {one_line(goal.objective)}",
        *_done_when(workspace.checks),
        f"ask me when: {_ask_when(goal, limits, sources or {})}",
        *([f"never: {_listed(goal.never)}"] if goal.never else []),
        f"always stop at: {_stop_at(goal, limits, sources or {})}",
        *_waits(limits, sources or {}),
        *([f"tells: {_told(tell)}"] if tell else []),
        f"may use: {_may_use(workspace)}",
        *(f"assumed: {one_line(assumption)}" for assumption in workspace.assumptions),
    )


def command_of(act: Act) -> str:
    """What an act of a check runs, as a person would type it."""
    argv = act.arguments.get("argv")
    if isinstance(argv, list | tuple):
        return one_line(shlex.join(map(str, argv)), 120)
    match act.skill:
        case "http.get":
            return one_line(f"GET {act.arguments.get('url', '')}", 120)
        case "files.exists":
            return one_line(f"{act.arguments.get('path', '')} exists", 120)
        case _:
            return brief(act)


def _done_when(checks: tuple[Check, ...]) -> tuple[str, ...]:
    """Each check with its source, and what is missing for the word *success* to mean more than tests."""
    if not checks:
        return ("done when: nothing would prove success; `interlock init` adds checks",)
    proofs = [
        f"  proof: `{command_of(check.act)}`" + (f" ({one_line(check.source)})" if check.source else "")
        for check in checks
    ]
    if {check.kind for check in checks} <= {"unit", "other"}:
        proofs.append("  No smoke or acceptance check, so success means tests only; `interlock init` adds them")
    each = "it passes" if len(checks) == 1 else f"all {len(checks)} pass, after the last change"
    return (f"done when: {each}", *proofs)


def _ask_when(goal: Goal, limits: Limits, sources: Mapping[str, str]) -> str:
    line = f"the cost could go above {show(limits.ask_line)} ({_source('ask_line', goal.ask_above, limits, sources)})"
    acts = [act for act in goal.ask_before if not act.startswith("after_tries:")]
    always = () if "destructive" in acts else ("destructive",)  # the policies ask about it, whatever the words say
    before = [f"before {_act(act)}" for act in (*acts, *always)]
    after = [f"after {count(limits.after_tries, 'try', 'tries')}"] if limits.after_tries is not None else []
    return "; ".join([line, *before, *after, "no known fix is left"])


def _stop_at(goal: Goal, limits: Limits, sources: Mapping[str, str]) -> str:
    return ", ".join(
        (
            f"{show(limits.cap)} ({_source('cap', goal.cap, limits, sources)})",
            f"{count(limits.max_iterations, 'iteration')} "
            f"({_source('max_iterations', goal.max_iterations, limits, sources)})",
            f"{lasting(limits.max_time)} of work ({_source('max_time', goal.max_time, limits, sources)})",
        )
    )


def _waits(limits: Limits, sources: Mapping[str, str]) -> tuple[str, ...]:
    """How patient it is, where somebody chose so; the rest is in the reference."""
    place = sources.get("answer_within")
    said = f"a question waits {lasting(limits.answer_within)} for an answer, then it is a no"
    return (f"patience: {said} ({one_line(place)})",) if place else ()


def _told(tell: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{one_line(name)} of each {', '.join(kinds)}" for name, kinds in tell.items())


def _source(name: str, said: int | None, limits: Limits, sources: Mapping[str, str]) -> str:
    """Where a limit comes from; without a recorded source, what can be told from its value."""
    if name in sources:
        return one_line(sources[name])
    if said is not None:
        return WORDS
    if name == "cap" and limits.cap == 2 * limits.ask_line:
        return "twice the ask line"
    return "default" if getattr(limits, name) == getattr(DEFAULTS, name) else "set for this workspace"


def _listed(acts: tuple[str, ...]) -> str:
    return "; ".join(map(_act, acts))


def _act(said: str) -> str:
    return CLASSES.get(said, one_line(said.removeprefix("act:")))


def _may_use(workspace: Workspace) -> str:
    skills = "all skills" if "*" in workspace.skills else "skills " + ", ".join(map(one_line, workspace.skills))
    network = "the network for declared work" if workspace.network else "no network"
    sandbox = (
        "no sandbox, by a recorded choice: commands can do whatever you can"
        if workspace.sandbox == "none"
        else "commands in a sandbox that writes to this folder only"
    )
    servers = ", ".join(server.name for server in workspace.mcp)
    return "; ".join([skills, network, sandbox, *([f"approved tools of the MCP servers {servers}"] if servers else [])])
