"""One connection to a server: opened, listed, called, closed."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import mcp_types as wire_types
from mcp.client.client import Client
from mcp.client.session import ClientSession
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from interlock.adapters.children import GRACE, Kept
from interlock.adapters.mcp.stdio import Streams, Wire
from interlock.core.tools import Tool
from interlock.ports import ServerUnusable, ToolAnswer

PAGES = 20
MOST_TOOLS = 500
OUTPUT = 1_000_000
NOTHING_RAN = frozenset({wire_types.INVALID_PARAMS, wire_types.METHOD_NOT_FOUND})


class CutOff(Exception):
    """A request was sent, and no answer that can be understood came; the message says why."""


class Refused(Exception):
    """The server answers with an error of the protocol. `certain` says that nothing was done."""

    def __init__(self, words: str, *, certain: bool) -> None:
        super().__init__(words)
        self.certain = certain


class Connection:
    """A server, kept connected by a task of its own: what the library opens must be closed by the task that did."""

    def __init__(self, transport: AbstractAsyncContextManager[Streams], wire: Wire) -> None:
        # the library logs what servers send; without a handler it would reach the person's terminal as it is
        logging.getLogger("mcp").addHandler(logging.NullHandler())
        self._transport = transport
        self._wire = wire
        self._ready: asyncio.Future[ClientSession] = asyncio.get_running_loop().create_future()
        self._leave = asyncio.Event()
        self._kept = asyncio.create_task(self._keep())

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return not self._kept.done() and not self._wire.over

    @property
    def words(self) -> str:
        """Why it is over, with the last that the program said."""
        last = self._wire.errors.text().strip()
        return (self._wire.over or _said(self._kept)) + (f"; it said: {last}" if last else "")

    async def open(self, timeout: float) -> None:
        """Wait until it can be asked. Raises ServerUnusable; nothing is left of it then."""
        opening: set[asyncio.Future[Any]] = {self._ready, self._kept}
        await asyncio.wait(opening, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if not self._ready.done():
            late = not self._kept.done()
            await self.close(patient=False)
            raise ServerUnusable(f"no answer within {timeout:g} s; {self.words}" if late else self.words)

    async def tools(self, timeout: float) -> Sequence[Tool]:
        """What it offers now. Raises CutOff, Refused."""
        found: list[wire_types.Tool] = []
        cursor: str | None = None
        for _ in range(PAGES):
            page = await self._asked(self._listed(cursor, timeout))
            found += page.tools
            cursor = page.next_cursor
            if len(found) > MOST_TOOLS:
                break
            if cursor is None:
                return tuple(map(_tool, found))
        raise CutOff(f"it lists more than {MOST_TOOLS} tools, or on more than {PAGES} pages")

    async def call(self, name: str, arguments: Mapping[str, Any], timeout: float) -> ToolAnswer:
        """Call a tool. Raises CutOff, Refused and TimeoutError."""
        began = time.monotonic()
        params = wire_types.CallToolRequestParams(name=name, arguments=dict(arguments))
        request = wire_types.CallToolRequest(params=params)
        session = self._ready.result()
        # the library's own `call_tool` would check the answer against the server's schema, which may never end
        result = await self._asked(
            session.send_request(request, wire_types.CallToolResult, request_read_timeout_seconds=timeout)
        )
        return ToolAnswer(
            ok=not result.is_error,
            output=_text(result),
            structured="structured_content" in result.model_fields_set,
            content=result.structured_content,
            seconds=time.monotonic() - began,
        )

    async def close(self, *, patient: bool = True) -> None:
        """End it, in bounded time; without patience a program gets none to end by itself."""
        if not patient:
            self._wire.leave = 0.0
        self._leave.set()
        if not self._ready.done():
            self._kept.cancel()
        await asyncio.wait({self._kept}, timeout=3 * GRACE)
        if not self._kept.done():
            self._kept.cancel()
            await asyncio.wait({self._kept}, timeout=GRACE)
        if self._kept.done() and not self._kept.cancelled():
            self._kept.exception()  # told already, as the words of whatever it cut off
        self._ready.cancel()

    async def _keep(self) -> None:
        client_info = wire_types.Implementation(name="interlock", version="0")
        async with Client(self._transport, cache=None, client_info=client_info) as client:
            self._ready.set_result(client.session)
            await self._leave.wait()

    async def _listed(self, cursor: str | None, timeout: float) -> wire_types.ListToolsResult:
        params = wire_types.PaginatedRequestParams(cursor=cursor)
        async with asyncio.timeout(timeout):
            return await self._ready.result().list_tools(params=params)

    async def _asked(self, asking: Any) -> Any:
        """The answer to a request. Raises CutOff, Refused and TimeoutError."""
        self._wire.heard = 0
        try:
            return await asking
        except MCPError as error:
            if error.code == wire_types.REQUEST_TIMEOUT:
                raise TimeoutError from error
            if error.code == wire_types.CONNECTION_CLOSED:
                await asyncio.wait({self._kept}, timeout=0.1)  # its last words may still be on their way
                raise CutOff(self.words if not self.alive else str(error)) from error
            raise Refused(str(error), certain=error.code in NOTHING_RAN) from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise CutOff(f"it answered what is no answer: `{place}` {first['msg']}") from error
        except (RuntimeError, ValueError) as error:
            raise CutOff(f"it answered what is no answer: {error}") from error


def _said(task: asyncio.Task[None]) -> str:
    problem = task.exception() if task.done() and not task.cancelled() else None
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return str(problem) or type(problem).__name__ if problem is not None else "it does not answer"


def _tool(tool: wire_types.Tool) -> Tool:
    return Tool(
        name=tool.name,
        description=tool.description or "",
        schema=tool.input_schema,
        output_schema=tool.output_schema,
    )


def _text(result: wire_types.CallToolResult) -> str:
    """What it says as text, head and tail of it; what is no text is named with its size."""
    kept = Kept(OUTPUT)
    for block in result.content:
        match block:
            case wire_types.TextContent():
                said = block.text
            case wire_types.EmbeddedResource(resource=wire_types.TextResourceContents() as resource):
                said = resource.text
            case wire_types.ImageContent() | wire_types.AudioContent():
                said = f"[{block.mime_type}, {len(block.data)} characters, not kept]"
            case wire_types.ResourceLink():
                said = f"[{block.uri}]"
            case _:
                said = "[a resource, not kept]"
        kept.add(said.encode("utf-8", "replace") + b"\n")
    if not result.content and result.structured_content is not None:
        with contextlib.suppress(ValueError):
            kept.add(result.model_dump_json(include={"structured_content"}, by_alias=True).encode())
    return kept.text()
