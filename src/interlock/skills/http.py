"""HTTP: one GET, whose answer counts only when it comes from whom it should."""

import ipaddress
import time
from typing import Any
from urllib.parse import urlsplit

from interlock.core.plan import Effects, Workspace
from interlock.core.policy import Quote
from interlock.ports import BadArguments, SkillResult
from interlock.skills import process, running
from interlock.skills.masking import masked
from interlock.skills.skill import Arguments, Scene, Skill


class Get(Arguments, frozen=True, kw_only=True):
    """`url` is asked once, redirects are not followed. With `service`, its current edition must be who answers."""

    url: str
    status: int = 200
    contains: str | None = None
    service: str | None = None


def settle(arguments: Get, workspace: Workspace) -> Get:
    """Checked: a plain http address, of a declared service where one is named. Raises BadArguments."""
    running.require_services((arguments.url,), workspace)
    if arguments.service is not None:
        process.find_service(arguments.service, workspace)
    plain = running.with_ports(arguments.url, dict.fromkeys(running.named_services((arguments.url,)), 80))
    try:
        parts = urlsplit(plain)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        fits = False
    if not fits or any(ord(letter) <= 32 for letter in plain):
        raise BadArguments(f"`{arguments.url[:200]}` is not an address such as http://127.0.0.1:8000/healthz")
    return arguments


def leaves_the_machine(arguments: Get) -> bool:
    """Whether the address is another machine's, or can't be told not to be."""
    host = urlsplit(running.with_ports(arguments.url, {})).hostname or ""
    if host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def quote(arguments: Get, workspace: Workspace) -> Quote:
    """Reading, over the network where the address is not this machine's."""
    away = leaves_the_machine(arguments)
    return Quote(effects=Effects(network=away, idempotent=True), timeout=60.0, network=away)


async def get(arguments: Get, scene: Scene) -> SkillResult:
    """Ask once and compare; an older edition or a stranger that answers is a failure, whatever it says."""
    began = time.monotonic()
    ports = await running.ports_for((arguments.url,), scene.workspace, scene.services, scene.around.session)
    url = running.with_ports(arguments.url, ports)
    fault = await _doubt(arguments, url, scene) or await _compare(arguments, url, scene)
    return SkillResult(
        ok=fault is None,
        output=masked(fault or f"GET {url} answered {arguments.status}"),
        seconds=time.monotonic() - began,
        changed=False,
    )


async def _doubt(arguments: Get, url: str, scene: Scene) -> str | None:
    if arguments.service is None:
        return None
    spec = process.find_service(arguments.service, scene.workspace)
    return await running.doubt(spec, scene.services, scene.around, urlsplit(url).port or 80)


async def _compare(arguments: Get, url: str, scene: Scene) -> str | None:
    from interlock.skills.asking import ask  # the HTTP client costs more to load than all of the skills

    answer = await ask(url, away=leaves_the_machine(arguments), timeout=scene.around.timeout)
    if isinstance(answer, str):
        return answer
    if answer.status != arguments.status:
        return f"GET {url} answered {answer.status}, not {arguments.status}\n{answer.body[:4000]}"
    if arguments.contains is not None and arguments.contains not in answer.body:
        return f"GET {url} answered {answer.status} without `{arguments.contains}`\n{answer.body[:4000]}"
    return None


HTTP: tuple[Skill[Any], ...] = (
    Skill(
        name="http.get",
        summary="ask an address once and compare the answer",
        arguments=Get,
        effects=Effects(network=True, idempotent=True),
        settle=settle,
        quote=quote,
        perform=get,
        timeout=60.0,
    ),
)
