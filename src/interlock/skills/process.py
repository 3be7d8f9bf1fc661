"""Processes that outlive the act that starts them: declared services, one current edition of each."""

import asyncio
import socket
import time
from typing import Any

from interlock.core.plan import Effects, ServiceSpec, Workspace
from interlock.core.policy import Quote
from interlock.core.programs import Service, ServiceState
from interlock.ports import BadArguments, SkillResult
from interlock.skills import confined, running
from interlock.skills.masking import masked
from interlock.skills.skill import Arguments, Scene, Skill


class Ensure(Arguments, frozen=True, kw_only=True):
    """`service` is a declared one. `port`: another than the declared one; 0 lets a free one be chosen."""

    service: str
    port: int | None = None


class Stop(Arguments, frozen=True, kw_only=True):
    """`service` is a declared one."""

    service: str


def find_service(name: str, workspace: Workspace) -> ServiceSpec:
    """The declared service. Raises BadArguments, naming those that are."""
    if (spec := workspace.service(name)) is None:
        names = ", ".join(f"`{spec.name}`" for spec in workspace.services) or "none"
        raise BadArguments(f"no service `{name}` is declared; declared: {names}")
    return spec


def settle_ensure(arguments: Ensure, workspace: Workspace) -> Ensure:
    """Checked against the declaration. Raises BadArguments."""
    spec = find_service(arguments.service, workspace)
    if arguments.port is None:
        return arguments
    if not any("{port}" in word for word in (*spec.argv, *dict(spec.env).values())):
        raise BadArguments(f"service `{spec.name}` has its port written out; put `{{port}}` in its command to move it")
    if arguments.port != 0 and not 1024 <= arguments.port <= 65535:
        raise BadArguments(
            f"`{arguments.port}` is no port for a service; choose one from 1024 to 65535, or 0 for a free one"
        )
    return arguments


def settle_stop(arguments: Stop, workspace: Workspace) -> Stop:
    """Checked against the declaration. Raises BadArguments."""
    find_service(arguments.service, workspace)
    return arguments


def quote_ensure(arguments: Ensure, workspace: Workspace) -> Quote:
    """What the service declares; starting an edition that runs already is nothing."""
    spec = find_service(arguments.service, workspace)
    return Quote(
        effects=Effects(writes=True, network=workspace.network, idempotent=True),
        worst=spec.worst,
        timeout=2 * spec.ready_timeout + 30.0,
        declared=True,
        network=workspace.network,
    )


async def ensure(arguments: Ensure, scene: Scene) -> SkillResult:
    """Have the current edition run and answer; costs nothing when it does already."""
    spec = find_service(arguments.service, scene.workspace)
    began = time.monotonic()
    before = await scene.services.state(scene.around.session, spec.name)
    port = await asyncio.to_thread(_port, arguments.port, spec, before)
    current = str(running.edition(spec, scene.around.changes, port))
    ran_already = before is not None and before.status == "ready" and before.digest == current
    state = await scene.services.ensure(_service(spec, scene, port, current))
    fault = _fault(spec, port, state) if state.status != "ready" else await _unanswered(spec, port, scene)
    last = await scene.services.state(scene.around.session, spec.name) if fault else None
    return SkillResult(
        ok=fault is None,
        output=_told(spec, port, fault, last or state),
        exit_code=(last or state).exit_code,
        seconds=time.monotonic() - began,
        usage={} if ran_already and fault is None else None,
        changed=False,
        facts={"service": spec.name, "pid": state.pid, **({"port": port} if port is not None else {})},
    )


async def stop(arguments: Stop, scene: Scene) -> SkillResult:
    """End the service; stopping what does not run is nothing."""
    await scene.services.stop(scene.around.session, arguments.service)
    return SkillResult(ok=True, output=f"service `{arguments.service}` is stopped", changed=False, usage={})


def _service(spec: ServiceSpec, scene: Scene, port: int | None, digest: str) -> Service:
    def put_in(word: str) -> str:
        return word.replace("{port}", str(port)) if port is not None else word

    program = confined.Program(
        argv=[put_in(word) for word in spec.argv],
        cwd=scene.workspace.root,
        env={name: put_in(value) for name, value in spec.env},
        network=scene.workspace.network,
    )
    return Service(
        name=spec.name,
        session=scene.around.session,
        digest=digest,
        command=confined.command(program, scene),
        port=port,
        ready_timeout=spec.ready_timeout,
    )


def _port(wanted: int | None, spec: ServiceSpec, before: ServiceState | None) -> int | None:
    last = running.port_in_use(spec, before)
    if wanted is None:
        return last
    if wanted != 0:
        return wanted
    moved_already = before is not None and before.status == "ready" and last != spec.port
    return last if moved_already else _free_port()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fault(spec: ServiceSpec, port: int | None, state: ServiceState) -> str:
    if state.status == "port_taken":
        return f"service `{spec.name}` can't start: port {port} is taken"
    return f"service `{spec.name}` did not start: {running.said(state)}"


async def _unanswered(spec: ServiceSpec, port: int | None, scene: Scene) -> str | None:
    if spec.ready is None or port is None:
        return None
    url = f"http://127.0.0.1:{port}/{spec.ready.lstrip('/')}"
    deadline = time.monotonic() + spec.ready_timeout
    while (fault := await _unwell(url)) is not None:
        state = await scene.services.state(scene.around.session, spec.name)
        if state is None or state.status != "ready":
            return f"service `{spec.name}` did not stay: {running.said(state) if state else 'gone'}"
        stopped = scene.around.stop is not None and scene.around.stop.is_set()
        if stopped or time.monotonic() > deadline:
            return f"service `{spec.name}` is not ready: {fault}"
        await asyncio.sleep(0.1)
    return None


async def _unwell(url: str) -> str | None:
    from interlock.skills.asking import ask  # the HTTP client costs more to load than all of the skills

    answer = await ask(url, away=False, timeout=5.0)
    if isinstance(answer, str):
        return answer
    return None if 200 <= answer.status < 300 else f"GET {url} answered {answer.status}\n{answer.body[:2000]}"


def _told(spec: ServiceSpec, port: int | None, fault: str | None, state: ServiceState) -> str:
    if fault is not None:
        return masked(f"{fault}\n{state.output}")
    where = f" on port {port}" if port is not None else ""
    return f"service `{spec.name}` runs{where} (process {state.pid})"


PROCESS: tuple[Skill[Any], ...] = (
    Skill(
        name="process.ensure",
        summary="have the current edition of a declared service run",
        arguments=Ensure,
        effects=Effects(writes=True, network=True, idempotent=True),
        settle=settle_ensure,
        quote=quote_ensure,
        perform=ensure,
    ),
    Skill(
        name="process.stop",
        summary="stop a declared service of this session",
        arguments=Stop,
        effects=Effects(writes=True, idempotent=True),
        settle=settle_stop,
        perform=stop,
    ),
)
