"""Tools of MCP servers as skills: what a person approved, with effects that a person declared."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from interlock.core.plan import McpServer, Workspace
from interlock.core.policy import Quote
from interlock.core.tools import Tool
from interlock.ports import BadArguments, OutcomeUnknown, ServerUnusable, SkillResult, ToolAnswer, ToolServers
from interlock.skills import tool_schema
from interlock.skills.masking import masked
from interlock.skills.skill import Scene, Skill

PREFIX = "mcp."


def skill_of(server: McpServer, tool: Tool) -> str:
    """The name under which a tool is a skill."""
    return f"{PREFIX}{server.name}.{tool.name}"


def tool_skills(
    approved: Sequence[tuple[McpServer, Tool]], servers: ToolServers, environment: Mapping[str, str] | None = None
) -> tuple[Skill[Any], ...]:
    """A skill for each approved tool. `environment` holds what servers inherit: its values are masked."""
    seen = os.environ if environment is None else environment
    return tuple(_skill(server, tool, servers, seen) for server, tool in approved)


def _skill(server: McpServer, tool: Tool, servers: ToolServers, environment: Mapping[str, str]) -> Skill[Any]:
    terms = server.terms(tool.name)
    first = next(iter(tool.description.strip().splitlines()), "")
    return Skill(
        name=skill_of(server, tool),
        summary=masked(first)[:200] or f"`{tool.name}` of the MCP server `{server.name}`",
        arguments=dict[str, Any],
        schema=tool.schema,
        effects=terms.effects,
        settle=partial(_settled, tool),
        quote=partial(_quote, server, tool),
        perform=partial(_perform, server, tool, servers, environment),
        timeout=terms.timeout,
    )


def _settled(tool: Tool, arguments: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    """The arguments as they are, if they fit what a person approved. Raises BadArguments."""
    if (words := tool_schema.problem(tool) or tool_schema.misfit(arguments, tool.schema)) is not None:
        raise BadArguments(f"arguments of `{tool.name}` do not fit what was approved: {words}")
    return arguments


def _quote(server: McpServer, tool: Tool, arguments: dict[str, Any], workspace: Workspace) -> Quote:
    """What was declared of the tool; a task that is exactly this call counts as declared, under its name."""
    terms, skill = server.terms(tool.name), skill_of(server, tool)
    task = next((it for it in workspace.tasks if (it.act.skill, it.act.arguments) == (skill, arguments)), None)
    return Quote(
        effects=terms.effects,
        worst=terms.worst,
        timeout=terms.timeout,
        declared=task is not None,
        network=terms.effects.network,
        name=task.name if task is not None else "",
    )


async def _perform(
    server: McpServer, tool: Tool, servers: ToolServers, environment: Mapping[str, str], arguments: Any, scene: Scene
) -> SkillResult:
    """Call it. What it answers is output and nothing else. Raises OutcomeUnknown."""
    effects, where = scene.quote.effects, f"tool:{server.name}.{tool.name}"
    secrets = tuple(environment[name] for name in (*server.inherit, server.token) if environment.get(name))
    try:
        answer = await servers.call(server, tool, arguments, scene.around, repeatable=effects.idempotent)
    except ServerUnusable as problem:
        words = masked(str(problem), secrets)
        return SkillResult(ok=False, output=words, changed=False, ended="unstartable", usage={}, where=where)
    except OutcomeUnknown as unknown:
        raise OutcomeUnknown(masked(str(unknown), secrets)) from None
    wrong = _wrong(tool, answer)
    output = masked(answer.output, secrets)
    return SkillResult(
        ok=answer.ok and wrong is None,
        output=output if wrong is None else f"{output.rstrip()}\n[interlock] {masked(wrong, secrets)}\n",
        seconds=answer.seconds,
        changed=effects.writes or effects.destructive,
        ended=answer.ended,
        where=where,
        facts={"tool": tool.digest},
    )


def _wrong(tool: Tool, answer: ToolAnswer) -> str | None:
    """Why an answer is not of the form that the tool promises."""
    if not answer.ok or tool.output_schema is None:
        return None
    if not answer.structured:
        return f"`{tool.name}` promises structured output and gave none"
    words = tool_schema.misfit(answer.content, tool.output_schema)
    return f"`{tool.name}` answered otherwise than it promises: {words}" if words is not None else None
