"""What the MCP servers of a workspace offer, held against what a person approved. Nothing unapproved is started."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from interlock.bootstrap import Interlock
from interlock.core.plan import McpServer, Workspace
from interlock.core.tools import Approval, Standing, Tool, differences, launch_changes, standing
from interlock.ports import ServerUnusable
from interlock.skills import tool_schema
from interlock.skills.tools import skill_of

NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")
LONGEST = 10_000


class SurveyedTool(Struct, frozen=True, kw_only=True):
    """A tool, how it stands, what changed since it was approved, and why it can't be used (empty: it can)."""

    tool: Tool
    skill: str
    state: Standing
    declared: bool
    changes: tuple[str, ...] = ()
    problem: str = ""


class SurveyedServer(Struct, frozen=True, kw_only=True):
    """A server: `new` and `changed` ones were not started; `problem` is why an approved one can't be used."""

    server: McpServer
    state: Literal["approved", "new", "changed"]
    changes: tuple[str, ...] = ()
    problem: str = ""
    tools: tuple[SurveyedTool, ...] = ()


async def survey(il: Interlock, workspace: Workspace) -> tuple[SurveyedServer, ...]:
    """Every declared server; those that are approved as they are declared now are started and asked."""
    return tuple([await _surveyed(il, workspace, server) for server in workspace.mcp])


async def _surveyed(il: Interlock, workspace: Workspace, server: McpServer) -> SurveyedServer:
    approval = il.approvals.read(workspace.root, server.name)
    if approval is None:
        return SurveyedServer(server=server, state="new")
    if changes := launch_changes(server, approval):
        return SurveyedServer(server=server, state="changed", changes=changes)
    try:
        tools = await offered(il, workspace, server, approval)
    except ServerUnusable as problem:
        return SurveyedServer(server=server, state="approved", problem=str(problem))
    return SurveyedServer(server=server, state="approved", tools=tools)


async def offered(
    il: Interlock, workspace: Workspace, server: McpServer, approval: Approval | None
) -> tuple[SurveyedTool, ...]:
    """Start the server, ask what it offers, and end it; what it no longer offers comes last. Raises ServerUnusable."""
    servers = il.servers(workspace)
    try:
        tools = await servers.tools(server)
    finally:
        await servers.close()
    names = Counter(tool.name for tool in tools)
    gone = [each.tool for each in approval.tools if each.tool.name not in names] if approval is not None else []
    return (
        *(_tool(server, tool, tool, approval, twice=names[tool.name] > 1) for tool in tools),
        *(_tool(server, tool, None, approval) for tool in gone),
    )


def _tool(
    server: McpServer, tool: Tool, now: Tool | None, approval: Approval | None, *, twice: bool = False
) -> SurveyedTool:
    approved = approval.tool(tool.name) if approval is not None else None
    return SurveyedTool(
        tool=tool,
        skill=skill_of(server, tool),
        state=standing(server, tool.name, now, approval),
        declared=any(terms.name == tool.name for terms in server.tools),
        changes=differences(server, now, approved) if now is not None and approved is not None else (),
        problem="its name is offered twice" if twice else _problem(tool),
    )


def _problem(tool: Tool) -> str:
    if not NAME.fullmatch(tool.name):
        return "its name has other characters than letters, digits, `_`, `-` and `.`"
    if len(tool.description) > LONGEST:
        return f"its description is longer than {LONGEST} characters"
    return tool_schema.problem(tool) or ""


def of(surveyed: Sequence[SurveyedTool], name: str) -> tuple[SurveyedTool, ...]:
    """The tools of that name; all where none is named."""
    return tuple(each for each in surveyed if name in ("", each.tool.name))
