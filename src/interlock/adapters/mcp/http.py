"""A server at an address as a transport: what it answers is bounded before it is unpacked or read."""

import contextlib
from collections.abc import AsyncIterator

import httpx2
from mcp.client.streamable_http import streamable_http_client

from interlock.adapters.mcp.stdio import MESSAGE, Streams, Wire

CONNECT = 10.0


class Bounded(httpx2.AsyncByteStream):
    """An answer's bytes, which end with an error where they flood."""

    def __init__(self, stream: httpx2.AsyncByteStream, wire: Wire) -> None:
        self._stream = stream
        self._wire = wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if not self._wire.take(len(chunk)):
                raise httpx2.StreamError(self._wire.over)
            yield chunk

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._stream.aclose()


@contextlib.asynccontextmanager
async def reached(url: str, token: str, wire: Wire) -> AsyncIterator[Streams]:
    """Talk to the server at `url`; `token` goes along as a bearer token, and to no other origin."""

    async def bound(response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise httpx2.StreamError("it answers in a packed form, which it was not asked for")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = Bounded(response.stream, wire)

    headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {token}"} if token else {})}
    async with (
        httpx2.AsyncClient(
            headers=headers, timeout=httpx2.Timeout(CONNECT, read=None), event_hooks={"response": [bound]}
        ) as client,
        streamable_http_client(url, http_client=client, max_sse_event_size=MESSAGE) as streams,
    ):
        yield streams  # type: ignore[misc]
