"""A server's program as a transport: under a keeper and in the sandbox, each message and their sum bounded.

The library's own transport passes on parts of our environment, runs unconfined, and buffers a line without end.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from interlock.adapters.children import CHUNK, GRACE, Kept, Plan, start

MESSAGE = 4_000_000
FLOOD = 16_000_000
LAST_WORDS = 2_000
LEAVE = 1.0

Heard = MemoryObjectSendStream[SessionMessage | Exception]
Said = MemoryObjectReceiveStream[SessionMessage]
Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]


class Wire:
    """What came over a connection: bytes since the last request, why it is over (empty: it is not), last words.

    `leave` is how many seconds a program gets to end by itself.
    """

    def __init__(self) -> None:
        self.heard = 0
        self.leave = LEAVE
        self.over = ""
        self.errors = Kept(LAST_WORDS)

    def take(self, size: int) -> bool:
        """Count bytes that came; False when they are a flood, which ends the connection."""
        self.heard += size
        if self.heard > FLOOD:
            self.over = f"it sent more than {FLOOD // 1_000_000} MB unasked"
        return not self.over


@contextlib.asynccontextmanager
async def piped(plan: Plan, wire: Wire) -> AsyncIterator[Streams]:
    """Start the program; when the context is left, it and all that it started are gone."""
    pipe = asyncio.subprocess.PIPE
    child = await start(plan, output=pipe, errors=pipe, entry=pipe)
    hears, heard = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    says, said = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_hear, child, hears, wire)
            tasks.start_soon(_say, child, said)
            tasks.start_soon(_note, child, wire)
            try:
                yield heard, says
            finally:
                with anyio.CancelScope(shield=True):
                    await _end(child, wire.leave)
                tasks.cancel_scope.cancel()
    finally:
        for stream in (hears, heard, says, said):
            stream.close()


async def _hear(child: asyncio.subprocess.Process, hears: Heard, wire: Wire) -> None:
    """Pass on each line that is a message; what a program prints beside its messages is passed over."""
    assert child.stdout is not None
    rest = b""
    with hears, contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        while not wire.over and (chunk := await child.stdout.read(CHUNK)):
            *lines, rest = (rest + chunk).split(b"\n")
            if not wire.take(len(chunk)) or len(rest) > MESSAGE:
                wire.over = wire.over or f"it sent a message of more than {MESSAGE // 1_000_000} MB"
                break
            for line in lines:
                if (message := _message(line)) is not None:
                    await hears.send(message)
        wire.over = wire.over or "it ended"
    # until it is killed: an end is only seen behind all that was said
    while await child.stdout.read(CHUNK):
        continue


def _message(line: bytes) -> SessionMessage | None:
    with contextlib.suppress(ValueError):
        text = line.decode("utf-8", "replace")
        return SessionMessage(jsonrpc_message_adapter.validate_json(text, by_name=False))
    return None


async def _say(child: asyncio.subprocess.Process, said: Said) -> None:
    assert child.stdin is not None
    with contextlib.suppress(OSError, anyio.ClosedResourceError):
        async for message in said:
            json = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            child.stdin.write(json.encode() + b"\n")
            await child.stdin.drain()


async def _note(child: asyncio.subprocess.Process, wire: Wire) -> None:
    """Keep the last of what it says on its standard error."""
    assert child.stderr is not None
    while chunk := await child.stderr.read(CHUNK):
        wire.errors.add(chunk)


async def _end(child: asyncio.subprocess.Process, leave: float) -> None:
    """Close its entry, give it a moment, then end its keeper, which kills all that is left."""
    assert child.stdin is not None
    child.stdin.close()
    dying = asyncio.create_task(child.wait())
    await asyncio.wait({dying}, timeout=leave)
    for how in (signal.SIGTERM, signal.SIGKILL):
        if not dying.done():
            child.send_signal(how)
            await asyncio.wait({dying}, timeout=GRACE)
