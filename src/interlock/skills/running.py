"""Which of a workspace's services runs, on which port, and whether it started after the last change."""

import hashlib
import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from interlock.core.plan import ServiceSpec, Workspace
from interlock.core.programs import ServiceState
from interlock.ports import BadArguments, Services, Surroundings

_PORT_OF = re.compile(r"\{([A-Za-z0-9_-]+)\.port\}")


class Edition(Struct, frozen=True):
    """What a service's digest says: what was started, after how many changes of the workspace, on which port."""

    made_of: str
    changes: int
    port: int | None

    def __str__(self) -> str:
        return f"{self.made_of}.{self.changes}.{self.port or ''}"


def edition(spec: ServiceSpec, changes: int, port: int | None) -> Edition:
    """The edition of a service that is current now."""
    made_of = hashlib.sha256(msgspec.json.encode([spec.name, spec.argv, spec.env])).hexdigest()[:32]
    return Edition(made_of, changes, port)


def read_edition(digest: str) -> Edition | None:
    """The edition behind a recorded digest; None when it is none of ours."""
    made_of, _, rest = digest.partition(".")
    changes, _, port = rest.partition(".")
    if not changes.isdecimal() or not (port == "" or port.isdecimal()):
        return None
    return Edition(made_of, int(changes), int(port) if port else None)


def port_in_use(spec: ServiceSpec, state: ServiceState | None) -> int | None:
    """The port on which the session last started the service, else the declared one."""
    recorded = read_edition(state.digest) if state is not None else None
    return recorded.port if recorded is not None and recorded.port is not None else spec.port


def named_services(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The services whose `{NAME.port}` the texts hold."""
    return tuple(dict.fromkeys(name for text in texts for name in _PORT_OF.findall(text)))


def require_services(texts: tuple[str, ...], workspace: Workspace) -> None:
    """Raises BadArguments for a `{NAME.port}` of a service that has none."""
    for name in named_services(texts):
        spec = workspace.service(name)
        if spec is None:
            raise BadArguments(f"`{{{name}.port}}` names no declared service; declared: {_names(workspace)}")
        if spec.port is None:
            raise BadArguments(f"service `{name}` declares no port; add `port` to [services.{name}]")


async def ports_for(texts: tuple[str, ...], workspace: Workspace, services: Services, session: str) -> dict[str, int]:
    """The ports in use of the services that the texts name."""
    ports: dict[str, int] = {}
    for name in named_services(texts):
        spec = workspace.service(name)
        port = port_in_use(spec, await services.state(session, name)) if spec is not None else None
        if port is not None:
            ports[name] = port
    return ports


def with_ports(text: str, ports: Mapping[str, int]) -> str:
    """The text with each `{NAME.port}` replaced."""
    return _PORT_OF.sub(lambda found: str(ports.get(found[1], found[0])), text)


async def doubt(spec: ServiceSpec, services: Services, around: Surroundings, port: int | None) -> str | None:
    """Why an answer on `port` would not be the current service's, in words; None when it would be."""
    state = await services.state(around.session, spec.name)
    if state is None:
        return f"service `{spec.name}` was not started by this session; start it with process.ensure"
    if state.status != "ready":
        return f"service `{spec.name}` does not run ({said(state)}); start it with process.ensure\n{state.output}"
    running = port_in_use(spec, state)
    if port is not None and port != running:
        return f"service `{spec.name}` listens on port {running}, not on {port}; ask `{{{spec.name}.port}}`"
    if state.digest != str(edition(spec, around.changes, running)):
        return f"service `{spec.name}` was started before the last change; start it again with process.ensure"
    if running is not None and (other := services.owns_port(around.session, spec.name, running)) is not None:
        return f"port {running} is answered by {other}, not by service `{spec.name}`"
    return None


def said(state: ServiceState) -> str:
    """How a service is, in words."""
    match state.status:
        case "exited":
            return f"exited with code {state.exit_code}" if state.exit_code is not None else "exited"
        case "not_ready":
            return "not ready in time"
        case "port_taken":
            return "its port is taken"
        case "ready":
            return f"ready, process {state.pid}"


def _names(workspace: Workspace) -> str:
    return ", ".join(f"`{spec.name}`" for spec in workspace.services) or "none"
