"""MCP servers: what they offer, and a person's word on what of it agents may use."""

import asyncio
import builtins
import json as json_text
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from interlock.bootstrap import Interlock, person
from interlock.cli.failing import BadInput, harmless
from interlock.cli.surveying import SurveyedServer, SurveyedTool, of, offered, survey
from interlock.config import load
from interlock.core.plan import McpServer, Workspace
from interlock.core.tools import Approval, ApprovedTool, launch, launch_changes
from interlock.ports import ServerUnusable

Flag = Annotated[bool, Parameter(negative="")]
JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def list(*, workspace: Path = Path(), json: JsonFlag = False) -> int:
    """List the workspace's MCP servers and their tools: approved, new, changed (and what changed) or gone.

    Only servers that are approved as they are declared are started, to see what they offer now.

    Example: `interlock mcp list`

    :param workspace: The folder whose interlock.toml declares them.
    :param json: One object.
    """
    return asyncio.run(_list(load(workspace)[0], json))


def approve(tool: str, /, *, workspace: Path = Path(), yes: Flag = False, no_sandbox: Flag = False) -> int:
    """Show a server and its tools, and allow agents to use them for as long as they stay exactly so.

    Examples: `interlock mcp approve files` · `interlock mcp approve files/read`

    :param tool: A server, or SERVER/TOOL.
    :param workspace: The folder whose interlock.toml declares it.
    :param yes: Ask nothing: what is shown is approved.
    :param no_sandbox: Approve a server that is declared to run without the sandbox.
    """
    name, _, one = tool.partition("/")
    loaded = load(workspace)[0]
    server = _declared(loaded, name)
    if server.sandbox == "none" and not no_sandbox:
        raise BadInput(f"`{name}` is declared to run with all of your rights; say --no-sandbox if you want that, too")
    if not yes and not sys.stdin.isatty():
        raise BadInput("there is no terminal to ask at; say --yes if what is shown may be approved")
    return asyncio.run(_approve(loaded, server, one, yes))


def revoke(server: str, /, *, workspace: Path = Path()) -> int:
    """Take back what was approved of a server: its tools are out of agents' reach from the next drive on.

    Example: `interlock mcp revoke files`

    :param server: A server.
    :param workspace: The folder whose interlock.toml declares it.
    """
    root = load(workspace)[0].root
    il = Interlock.open()
    try:
        was = il.approvals.forget(root, server)
    finally:
        il.close()
    print(f"`{server}` is not approved any more" if was else f"nothing of `{server}` was approved here")
    return 0


async def _list(workspace: Workspace, json: bool) -> int:
    async with Interlock.open() as il:
        found = await survey(il, workspace)
    if json:
        print(msgspec.json.encode({"servers": builtins.list(map(_as_json, found))}).decode())
        return 0
    for each in found:
        for line in _server_lines(each):
            print(harmless(line))
    if not found:
        print("no MCP servers are declared; `docs/how-to/use-mcp-tools.md` says how")
    return 0


async def _approve(workspace: Workspace, server: McpServer, one: str, yes: bool) -> int:
    async with Interlock.open() as il:
        approval = il.approvals.read(workspace.root, server.name)
        changes = launch_changes(server, approval) if approval is not None else ()
        _show([*_declaration(server), *(f"  changed: {line}" for line in changes)])
        if not yes and not _agreed("start it, to see its tools?"):
            return 2
        try:
            found = of(await offered(il, workspace, server, approval), one)
        except ServerUnusable as problem:
            raise BadInput(str(problem)) from problem
        usable = [each for each in found if not each.problem and each.state != "gone"]
        for each in found:
            _show(_whole(server, each))
        if not usable:
            raise BadInput(f"`{server.name}` offers {f'no usable tool `{one}`' if one else 'no tool that can be used'}")
        if not yes and not _agreed(f"approve {len(usable)} of them, exactly as shown?"):
            return 2
        kept = approval.tools if approval is not None and not changes and one else ()
        names = {each.tool.name for each in usable}
        fresh = (ApprovedTool(tool=it.tool, effects=server.terms(it.tool.name).effects) for it in usable)
        il.approvals.write(
            Approval(
                workspace=workspace.root,
                server=launch(server),
                by=person(),
                at=il.clock.now(),
                tools=(*(each for each in kept if each.tool.name not in names), *fresh),
            )
        )
    print(f"approved: {', '.join(each.skill for each in usable)}")
    return 0


def _declared(workspace: Workspace, name: str) -> McpServer:
    server = next((each for each in workspace.mcp if each.name == name), None)
    if server is None:
        names = ", ".join(f"`{each.name}`" for each in workspace.mcp) or "none"
        raise BadInput(f"no MCP server `{name}` is declared; declared: {names}")
    return server


def _agreed(question: str) -> bool:
    """Whether the person says yes in so many words: here, no answer is no."""
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _show(lines: Iterable[str]) -> None:
    for line in lines:
        print(harmless(line))


def _declaration(server: McpServer) -> Iterator[str]:
    yield f"server {server.name}: {json_text.dumps(server.argv) if server.argv else server.url}"
    if server.env or server.inherit or server.token:
        names = [
            *(name for name, _ in server.env),
            *(f"{name} (yours)" for name in (*server.inherit, server.token) if name),
        ]
        yield f"  gets the variables {', '.join(names)}"
    if server.argv:
        walls = "in the sandbox" if server.sandbox == "bubblewrap" else "WITHOUT the sandbox, with all of your rights"
        yield f"  runs {walls}, {'with' if server.network else 'without'} the network"


def _whole(server: McpServer, each: SurveyedTool) -> Iterator[str]:
    """All that is approved: a person can't approve what was not shown."""
    yield f"tool {each.skill} ({each.problem or each.state})"
    yield f"  {_effects(server, each)}"
    yield from (f"  | {line}" for line in each.tool.description.splitlines())
    yield f"  takes {json_text.dumps(each.tool.schema, ensure_ascii=False)}"
    if each.tool.output_schema is not None:
        yield f"  gives {json_text.dumps(each.tool.output_schema, ensure_ascii=False)}"
    yield from (f"  changed: {line}" for line in each.changes)


def _effects(server: McpServer, each: SurveyedTool) -> str:
    if not each.declared:
        return "its effects are not declared: the worst is assumed, and a person is asked each time"
    effects = server.terms(each.tool.name).effects
    names = ("reads", "writes", "network", "destructive", "reversible", "idempotent")
    return f"declared: {', '.join(name for name in names if getattr(effects, name))}"


def _server_lines(each: SurveyedServer) -> Iterator[str]:
    hint = (
        ""
        if each.state == "approved"
        else f"; `interlock mcp approve {each.server.name}` starts it and shows its tools"
    )
    yield f"{each.server.name:<20} {each.state}{hint}"
    yield from (f"  changed: {line}" for line in each.changes)
    if each.problem:
        yield f"  BAD {each.problem}"
    for tool in each.tools:
        asked = "" if tool.declared else "; nothing is declared of it, so you are asked each time"
        yield f"  {tool.skill:<40} {tool.state}{f'; BAD {tool.problem}' if tool.problem else asked}"
        yield from (f"      {line}" for line in tool.changes)


def _as_json(each: SurveyedServer) -> dict[str, Any]:
    return {
        "name": each.server.name,
        "state": each.state,
        "changes": each.changes,
        "problem": each.problem,
        "tools": [
            {
                "skill": tool.skill,
                "state": tool.state,
                "declared": tool.declared,
                "effects": each.server.terms(tool.tool.name).effects,
                "changes": tool.changes,
                "problem": tool.problem,
                "digest": tool.tool.digest,
            }
            for tool in each.tools
        ],
    }
