"""Tools of MCP servers: as a server describes them, as a person approved them, and what differs since."""

import difflib
import hashlib
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from interlock.core.plan import Effects, McpServer

MISSING = "MCP servers need a part that is not installed; run `pip install 'interlock[mcp]'`"
Standing = Literal["approved", "new", "changed", "gone"]


class Tool(Struct, frozen=True, kw_only=True):
    """A tool as its server describes it: the server's claims, none of which says what it may do."""

    name: str
    description: str = ""
    schema: dict[str, Any] = {}
    output_schema: dict[str, Any] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over the whole description in canonical form."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class ApprovedTool(Struct, frozen=True, kw_only=True):
    """A tool as it was shown to a person, with the effects that were declared then."""

    tool: Tool
    effects: Effects


class Approval(Struct, frozen=True, kw_only=True):
    """What a person approved of a server in a workspace. `at` is unix micro-seconds."""

    workspace: str
    server: McpServer
    by: str
    at: int
    tools: tuple[ApprovedTool, ...] = ()

    def tool(self, name: str) -> ApprovedTool | None:
        """The approved tool of that name."""
        return next((each for each in self.tools if each.tool.name == name), None)


def launch(server: McpServer) -> McpServer:
    """What of a declaration says which program is meant and what reaches it: all that an approval of it binds to."""
    bare = McpServer(name=server.name)
    return replace(server, tools=(), start_timeout=bare.start_timeout, restarts=bare.restarts)


def launch_changes(server: McpServer, approval: Approval) -> tuple[str, ...]:
    """What the declaration says otherwise than it did when it was approved, a line for each."""
    was, now = msgspec.to_builtins(launch(approval.server)), msgspec.to_builtins(launch(server))
    return tuple(f"{name}: {_json(was[name])} → {_json(now[name])}" for name in now if was[name] != now[name])


def usable(server: McpServer, approval: Approval | None) -> tuple[Tool, ...]:
    """The tools that may be offered to agents: approved for this very declaration, with these very effects."""
    if approval is None or launch_changes(server, approval):
        return ()
    return tuple(each.tool for each in approval.tools if each.effects == server.terms(each.tool.name).effects)


def standing(server: McpServer, name: str, offered: Tool | None, approval: Approval | None) -> Standing:
    """How a tool stands: only what is offered exactly as it was approved is `approved`."""
    approved = approval.tool(name) if approval is not None else None
    if approved is None:
        return "new"
    if offered is None:
        return "gone"
    same = offered.digest == approved.tool.digest and approved.tool in usable(server, approval)
    return "approved" if same else "changed"


def differences(server: McpServer, offered: Tool, approved: ApprovedTool) -> tuple[str, ...]:
    """Lines that show what of a tool changed since it was approved, as a diff."""
    was, now = dict(_parts(approved.tool, approved.effects)), dict(_parts(offered, server.terms(offered.name).effects))
    return tuple(line for part in now for line in _diff(part, was[part], now[part]))


def _parts(tool: Tool, effects: Effects) -> Iterator[tuple[str, str]]:
    yield "description", tool.description
    yield "input schema", _pretty(tool.schema)
    yield "output schema", "" if tool.output_schema is None else _pretty(tool.output_schema)
    yield "declared effects", _pretty(msgspec.to_builtins(effects))


def _diff(part: str, was: str, now: str) -> Iterator[str]:
    if was != now:
        lines = difflib.unified_diff(was.splitlines(), now.splitlines(), n=1, lineterm="")
        yield f"{part}:"
        yield from (line for line in lines if not line.startswith(("---", "+++", "@@")))


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1).decode()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
