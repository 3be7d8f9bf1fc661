"""One GET over HTTP: the answer, or in words why there is none. The only file here that loads the HTTP client."""

import asyncio
import ipaddress

import httpx
from msgspec import Struct

LONGEST = 1_000_000
METADATA = (ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("100.100.100.200"))


class Answer(Struct, frozen=True, kw_only=True):
    """What came back; `body` is cut at a million bytes."""

    status: int
    body: str


async def ask(url: str, *, away: bool, timeout: float) -> Answer | str:
    """Ask once within `timeout` seconds, without following redirects; proxies count only for other machines."""
    try:
        async with asyncio.timeout(timeout), httpx.AsyncClient(trust_env=away, timeout=30.0) as client:
            return await _read(client, url)
    except TimeoutError:
        return f"GET {url} got no answer in {timeout:g} s"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"GET {url} failed: {error or type(error).__name__}"


async def _read(client: httpx.AsyncClient, url: str) -> Answer | str:
    async with client.stream("GET", url) as answer:
        if _answered_by_metadata(answer):
            return f"GET {url} was answered from where clouds keep a machine's credentials, and not read"
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > LONGEST:
                break
        return Answer(status=answer.status_code, body=_text(bytes(body[:LONGEST]), answer.charset_encoding))


def _answered_by_metadata(answer: httpx.Response) -> bool:
    """Whether a cloud's metadata answered. Who answered is asked, not who was named: names lead where they like."""
    address = answer.extensions["network_stream"].get_extra_info("server_addr")
    return address is not None and is_metadata(str(address[0]))


def is_metadata(address: str) -> bool:
    """Whether it is an address where clouds tell a machine its credentials."""
    plain = ipaddress.ip_address(address.partition("%")[0])
    plain = getattr(plain, "ipv4_mapped", None) or plain
    return plain.is_link_local or plain in METADATA


def _text(body: bytes, encoding: str | None) -> str:
    try:
        return body.decode(encoding or "utf-8", errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")
