"""Programs: what is run confined and how it ended, what is kept running and how it is."""

from typing import Literal

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True):
    """One program to run confined. `output_limit` bytes are kept (head and tail), the rest counted."""

    argv: tuple[str, ...]
    cwd: str
    workspace: str
    env: tuple[tuple[str, str], ...] = ()
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    network: bool = False
    timeout: float = 600.0
    output_limit: int = 1_000_000


class Ran(Struct, frozen=True, kw_only=True):
    """How a program ended. `exit_code` is None when it did not end by itself; `dropped` bytes were not kept."""

    exit_code: int | None
    output: str
    seconds: float
    ended: Literal["exited", "signalled", "timeout", "stopped", "flooded", "unstartable"]
    dropped: int = 0


class Service(Struct, frozen=True, kw_only=True):
    """A process to keep running; the same digest means: nothing to do."""

    name: str
    session: str
    digest: str
    command: Command
    port: int | None = None
    ready_timeout: float = 20.0


class ServiceState(Struct, frozen=True, kw_only=True):
    """How a service is. `pid` in our namespace, `started` unix seconds, `output` the tail of its log."""

    name: str
    digest: str
    pid: int
    started: float
    status: Literal["ready", "exited", "not_ready", "port_taken"]
    output: str = ""
    exit_code: int | None = None
