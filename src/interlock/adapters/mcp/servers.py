"""The servers of one workspace: each started once, kept while its session is driven, ended with all it started."""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from interlock.adapters.children import Confines, Unstartable
from interlock.core.plan import McpServer, Workspace
from interlock.core.programs import Command
from interlock.core.tools import MISSING, Tool
from interlock.ports import OutcomeUnknown, ServerUnusable, Surroundings, ToolAnswer

# what speaks the protocol takes a second to load, and most sessions use no server
if TYPE_CHECKING:
    from interlock.adapters.mcp.connection import Connection
    from interlock.adapters.mcp.stdio import Streams, Wire


class McpServers:
    """`confines` says what a server's program runs in."""

    def __init__(
        self,
        workspace: Workspace,
        confines: Callable[[McpServer], Confines],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._workspace = workspace
        self._confines = confines
        self._environment = os.environ if environment is None else environment
        self._kept: dict[str, Connection] = {}
        self._starts: Counter[str] = Counter()

    async def tools(self, server: McpServer) -> Sequence[Tool]:
        """What the server offers now. Raises ServerUnusable."""
        try:
            from interlock.adapters.mcp.connection import CutOff, Refused
        except ImportError as problem:
            raise ServerUnusable(MISSING) from problem

        connection = await self._connected(server)
        try:
            return await connection.tools(server.start_timeout)
        except (CutOff, Refused, TimeoutError) as cut:
            await self._drop(server)
            raise ServerUnusable(_words(server, f"does not say what it offers: {cut}")) from cut

    async def call(
        self, server: McpServer, tool: Tool, arguments: Mapping[str, Any], around: Surroundings, *, repeatable: bool
    ) -> ToolAnswer:
        """Call the tool, if the server still offers it exactly as given. Raises ServerUnusable, OutcomeUnknown."""
        while True:
            await self._require_same(server, tool)
            from interlock.adapters.mcp.connection import CutOff, Refused

            calling = self._kept[server.name].call(tool.name, arguments, around.timeout)
            try:
                return await _unless_stopped(calling, around.stop)
            except Refused as refusal:
                if repeatable or refusal.certain or not server.url:
                    return ToolAnswer(ok=False, output=_words(server, f"refuses: {refusal}"))
                # over HTTP an error may be that of something in between, which does not know either
                raise OutcomeUnknown(_words(server, f"answered with an error: {refusal}")) from refusal
            except _Stopped:
                await self._drop(server)
                return ToolAnswer(ok=False, output=_words(server, "was stopped"), ended="stopped")
            except TimeoutError as late:
                await self._drop(server)
                words = _words(server, f"did not answer within {around.timeout:g} s")
                if not repeatable:
                    raise OutcomeUnknown(words) from late
                return ToolAnswer(ok=False, output=words, ended="timeout", seconds=around.timeout)
            except CutOff as cut:
                await self._drop(server)
                if not repeatable:
                    raise OutcomeUnknown(_words(server, f"was cut off amid the call: {cut}")) from cut

    async def close(self) -> None:
        """End every server that was started."""
        await asyncio.gather(*(connection.close() for connection in self._kept.values()))
        self._kept.clear()

    async def _require_same(self, server: McpServer, tool: Tool) -> None:
        offered = next((each for each in await self.tools(server) if each.name == tool.name), None)
        if offered is None or offered.digest != tool.digest:
            what = "no longer offers" if offered is None else "describes otherwise than was approved"
            hint = f"`interlock mcp list` shows what changed, `interlock mcp approve {server.name}` allows it"
            raise ServerUnusable(_words(server, f"{what} `{tool.name}`; {hint}"))

    async def _connected(self, server: McpServer) -> "Connection":
        kept = self._kept.get(server.name)
        if kept is not None and kept.alive:
            return kept
        await self._drop(server)
        if self._starts[server.name] > server.restarts:
            words = f"ended {self._starts[server.name]} times, and is not started again: {kept.words if kept else ''}"
            raise ServerUnusable(_words(server, words))
        self._starts[server.name] += 1
        try:
            return await self._open(server)
        except ServerUnusable as problem:
            raise ServerUnusable(_words(server, f"can't be used: {problem}")) from problem

    async def _open(self, server: McpServer) -> "Connection":
        from interlock.adapters.mcp.connection import Connection
        from interlock.adapters.mcp.stdio import Wire

        wire = Wire()
        connection = Connection(await self._transport(server, wire), wire)
        self._kept[server.name] = connection
        try:
            await connection.open(server.start_timeout)
        except BaseException:
            await self._drop(server)
            raise
        return connection

    async def _transport(self, server: McpServer, wire: "Wire") -> "AbstractAsyncContextManager[Streams]":
        if server.url:
            from interlock.adapters.mcp.http import reached

            return reached(server.url, self._value(server, server.token) if server.token else "", wire)
        from interlock.adapters.mcp.stdio import piped

        command = Command(
            argv=server.argv,
            cwd=self._workspace.root,
            workspace=self._workspace.root,
            env=(*server.env, *((name, self._value(server, name)) for name in server.inherit)),
            network=server.network and self._workspace.network,
        )
        try:
            return piped(await asyncio.to_thread(self._confines(server).plan, command), wire)
        except Unstartable as problem:
            raise ServerUnusable(f"can't be started: {problem}") from problem

    def _value(self, server: McpServer, name: str) -> str:
        if name not in self._environment:
            raise ServerUnusable(f"the variable `{name}`, which [mcp.{server.name}] names, is not set; set it")
        return self._environment[name]

    async def _drop(self, server: McpServer) -> None:
        if (connection := self._kept.pop(server.name, None)) is not None:
            await connection.close(patient=False)


class _Stopped(Exception):
    """A person's stop came before the answer."""


async def _unless_stopped(calling: Awaitable[ToolAnswer], stop: asyncio.Event | None) -> ToolAnswer:
    if stop is None:
        return await calling
    call = asyncio.ensure_future(calling)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({call, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            raise _Stopped
        return call.result()
    finally:
        call.cancel()
        stopping.cancel()
        await asyncio.gather(call, stopping, return_exceptions=True)


def _words(server: McpServer, said: str) -> str:
    return f"MCP server `{server.name}` {said}"
