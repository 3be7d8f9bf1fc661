"""MCP servers and the calls of their tools, from the project file."""

import json
from typing import TYPE_CHECKING

from interlock.config import values
from interlock.config.reading import Source
from interlock.core.plan import Act, Effects, McpServer, Task, ToolTerms

if TYPE_CHECKING:
    from interlock.config.project_file import McpTable, TaskTable, ToolTable

PREFIX = "mcp."
_ONLY_WITH = {"command": ("args", "env", "inherit", "network", "sandbox"), "url": ("token",)}
_ONLY_OF_COMMANDS = ("cwd", "env", "effects", "reversible", "idempotent", "worst", "timeout")


def server(name: str, table: "McpTable", source: Source, prices: dict[str, int]) -> McpServer:
    """The server that the table declares. Raises ProjectFileError."""
    key = ("mcp", name)
    given = [kind for kind in _ONLY_WITH if getattr(table, kind) is not None]
    if len(given) != 1:
        raise source.wrong(key, f"has {' and '.join(given) or 'nothing to reach'}; give exactly one of command, url")
    for kind, options in _ONLY_WITH.items():
        for option in options:
            if kind not in given and option in table.model_fields_set:
                raise source.wrong((*key, option), f"belongs to servers with `{kind}`; take it out")
    if table.url is not None and not table.url.startswith(("http://", "https://")):
        raise source.wrong((*key, "url"), f"is `{table.url[:60]}`; write an address such as https://tools.example/mcp")
    if table.command == "":
        raise source.wrong((*key, "command"), "is empty; name a program")
    with source.at(*key, "start_timeout"):
        start_timeout = values.duration(table.start_timeout)
    away = table.network or table.url is not None
    return McpServer(
        name=name,
        argv=() if table.command is None else (table.command, *table.args),
        url=table.url or "",
        env=tuple(table.env.items()),
        inherit=tuple(table.inherit),
        token=table.token or "",
        network=table.network,
        sandbox=table.sandbox,
        start_timeout=start_timeout,
        restarts=table.restarts,
        tools=tuple(_terms(tool, it, (*key, "tools", tool), source, prices, away) for tool, it in table.tools.items()),
    )


def _terms(
    name: str, table: "ToolTable", key: tuple[str, ...], source: Source, prices: dict[str, int], away: bool
) -> ToolTerms:
    """What is declared of a tool; one whose server reaches the network may reach it, too."""
    with source.at(*key, "worst"):
        worst = values.worst(table.worst, prices)
    with source.at(*key, "timeout"):
        timeout = values.duration(table.timeout)
    return ToolTerms(
        name=name,
        effects=Effects(
            reads=True,
            writes="writes" in table.effects or "destructive" in table.effects,
            network=away or "network" in table.effects,
            destructive="destructive" in table.effects,
            reversible=table.reversible,
            idempotent=table.idempotent,
        ),
        worst=worst,
        timeout=timeout,
    )


def task(name: str, table: "TaskTable", source: Source, servers: tuple[McpServer, ...]) -> Task:
    """The task that is a call of a tool, on the tool's terms. Raises ProjectFileError."""
    key, skill = ("tasks", name), table.skill or ""
    for option in _ONLY_OF_COMMANDS:
        if option in table.model_fields_set:
            raise source.wrong((*key, option), "belongs to tasks with `run`; declare it in [mcp.SERVER.tools.TOOL]")
    if not skill.startswith(PREFIX):
        raise source.wrong((*key, "skill"), f"names `{skill[:60]}`; only the tools of [mcp] servers can be tasks")
    said, _, tool = skill.removeprefix(PREFIX).partition(".")
    server = next((each for each in servers if each.name == said), None)
    if server is None or not tool:
        raise source.wrong((*key, "skill"), f"names `{skill[:60]}`, but no [mcp.{said[:60]}] is declared; add it")
    try:
        arguments = json.loads(json.dumps(table.arguments, allow_nan=False))
    except (TypeError, ValueError) as problem:
        raise source.wrong((*key, "arguments"), f"are not what JSON can say: {problem}") from problem
    terms, act = server.terms(tool), Act(skill=skill, arguments=arguments)
    return Task(name=name, act=act, effects=terms.effects, worst=terms.worst, timeout=terms.timeout, when=table.when)
