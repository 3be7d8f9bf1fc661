"""Services that outlive the act: detached, each in its own sandbox, recorded so that only our own are ever stopped."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Set
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import msgspec
import psutil
from msgspec import Struct
from msgspec.structs import replace

from interlock.adapters.children import GRACE, Confines, Unstartable, ask_to_end, start
from interlock.adapters.launch import born
from interlock.core.programs import Service, ServiceState

SETTLE = 1.0
POLL = 0.05
TAIL = 16_000


class Record(Struct, frozen=True, kw_only=True):
    """What is known of a started service; `pid` and `born` together name one process for good (0 and "": none yet)."""

    session: str
    name: str
    digest: str
    argv: tuple[str, ...]
    started: float
    port: int | None
    tail: int
    walled: bool
    pid: int = 0
    born: str = ""

    def alive(self) -> bool:
        """The very process that was started still runs: a recycled number does not count."""
        return born(self.pid) == self.born

    def pids(self) -> set[int]:
        """The process and all below it."""
        if not self.alive():
            return set()
        with contextlib.suppress(psutil.NoSuchProcess):
            return {self.pid, *(child.pid for child in psutil.Process(self.pid).children(recursive=True))}
        return set()


class Supervisor:
    """Starts, recognises and stops services. Records, logs and ends lie in `folder`, one sub-folder a session."""

    def __init__(self, folder: Path, sandbox: Confines) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.locks: dict[Path, asyncio.Lock] = {}

    async def ensure(self, service: Service) -> ServiceState:
        """Have exactly this service running: the same digest is left alone, another is replaced, a dead one started."""
        async with self.locks.setdefault(self.place(service.session, service.name), asyncio.Lock()):
            record = self.recorded(service.session, service.name)
            if record is not None and not (record.digest == service.digest and record.alive()):
                await self.end(record)
                record = None
            if record is None:
                if service.port is not None and (other := await asyncio.to_thread(stranger, service.port)):
                    return unstarted(service, "port_taken", other)
                try:
                    record = await self.launch(service)
                except Unstartable as error:
                    return unstarted(service, "exited", str(error), 127)
            return await self.ready(record, service.ready_timeout)

    async def state(self, session: str, name: str) -> ServiceState | None:
        """How the service is now; None when it was never started or has been stopped."""
        record = self.recorded(session, name)
        return None if record is None else await asyncio.to_thread(self.look, record)

    def owns_port(self, session: str, name: str, port: int) -> str | None:
        """None when every listener on `port` belongs to the service (and there is one); else who answers instead."""
        record = self.recorded(session, name)
        if record is None or not record.alive():
            return f"service `{name}` does not run" + (f"; {other}" if (other := stranger(port)) else "")
        return silent(record, port)

    async def stop(self, session: str, name: str | None = None) -> None:
        """Stop one service of the session, or all: SIGTERM, 5 s, then everything below it dies. Logs stay."""
        for file in sorted((self.folder / file_name(session)).glob("*.json")):
            known = msgspec.json.decode(file.read_bytes(), type=Record).name
            if name is None or known == name:
                async with self.locks.setdefault(self.place(session, known), asyncio.Lock()):
                    if (record := self.recorded(session, known)) is not None:
                        await self.end(record)

    def sessions(self) -> list[str]:
        """The sessions that services were started for, and not forgotten since."""
        found = self.folder.glob("*/*.json")
        return sorted({msgspec.json.decode(file.read_bytes(), type=Record).session for file in found})

    def forget(self, session: str) -> None:
        """Remove the records and logs of a session whose services are stopped."""
        shutil.rmtree(self.folder / file_name(session), ignore_errors=True)

    def place(self, session: str, name: str) -> Path:
        """Where the service's files lie, without their endings."""
        return self.folder / file_name(session) / file_name(name)

    def recorded(self, session: str, name: str) -> Record | None:
        """The record of the service's last start, with the identity that the starter itself wrote down."""
        place = self.place(session, name)
        try:
            record = msgspec.json.decode(beside(place, "json").read_bytes(), type=Record)
        except FileNotFoundError:
            return None
        who = next((line for line in said(beside(place, "ended")) if "born" in line), {"pid": 0, "born": ""})
        return replace(record, pid=who["pid"], born=who["born"])

    async def launch(self, service: Service) -> Record:
        """Start the service detached; its record is there before it is, so that a crash between them loses nothing."""
        place = self.place(service.session, service.name)
        plan = await asyncio.to_thread(self.sandbox.plan, service.command)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = Record(
            session=service.session, name=service.name, digest=service.digest, argv=service.command.argv,
            started=time.time(), port=service.port, tail=min(service.command.output_limit, TAIL),
            walled=plan.walled,
        )  # fmt: skip
        with beside(place, "log").open("wb") as log, beside(place, "ended").open("wb") as ended:
            written(beside(place, "json"), msgspec.json.encode(record))
            starter = await start(plan, output=log.fileno(), status=ended.fileno(), lasting=True)
            await starter.wait()
        return self.recorded(service.session, service.name) or record

    async def ready(self, record: Record, timeout: float) -> ServiceState:
        """Wait until the service listens (or has lived a while, without a port), ended, or took too long."""
        deadline = time.monotonic() + timeout
        while (state := await asyncio.to_thread(self.look, record)).status == "not_ready":
            if time.monotonic() >= deadline:
                break
            await asyncio.sleep(POLL)
        return state

    def look(self, record: Record) -> ServiceState:
        """The service's state, its log's tail and, when it is not ready, why."""
        place = self.place(record.session, record.name)
        state = ServiceState(
            name=record.name, digest=record.digest, pid=record.pid, started=record.started, status="ready"
        )
        why = unready(record)
        output = tail(beside(place, "log"), record.tail)
        if not record.alive():
            return replace(state, status="exited", output=output, exit_code=code(beside(place, "ended")))
        if why is not None:
            return replace(state, status="not_ready", output=f"{output}\n[not ready: {why}]".lstrip())
        return replace(state, output=output)

    async def end(self, record: Record) -> None:
        """SIGTERM to all below, 5 s, SIGKILL to what is left; then forget it."""
        asked: set[int] = set()
        deadline = time.monotonic() + GRACE
        while record.alive() and time.monotonic() < deadline:
            await asyncio.to_thread(ask_to_end, record.pid, record.walled, asked)
            await asyncio.sleep(POLL)
        for how in (signal.SIGTERM, signal.SIGKILL):
            if record.alive():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(record.pid, how)
            await gone(record, GRACE)
        beside(self.place(record.session, record.name), "json").unlink(missing_ok=True)


async def gone(record: Record, timeout: float) -> None:
    """Wait for the end of a killed service."""
    deadline = time.monotonic() + timeout
    while record.alive() and time.monotonic() < deadline:  # noqa: ASYNC110 - no child of ours, so nothing to wait on
        await asyncio.sleep(POLL)


def listeners(port: int) -> list[int | None]:
    """Who listens on a TCP port of this machine; None stands for a process that this user can't see."""
    return [
        connection.pid
        for connection in psutil.net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
    ]


def stranger(port: int) -> str | None:
    """In words, who listens on the port."""
    return named(set(listeners(port)), port)


def named(pids: Set[int | None], port: int) -> str | None:
    """One of the listeners in words, the visible ones first; None when there is none."""
    for pid in sorted(pid for pid in pids if pid is not None):
        return f"process {pid} ({described(pid)}) listens on port {port}"
    return f"a process that this user can't see listens on port {port}" if pids else None


def silent(record: Record, port: int) -> str | None:
    """Why the port is not, or not alone, this service's; None when it is."""
    found = listeners(port)
    return named(set(found) - record.pids(), port) if found else f"nothing listens on port {port}"


def unready(record: Record) -> str | None:
    """What a living service still lacks; None when it is ready."""
    if record.port is not None:
        return silent(record, record.port)
    return "it has just started" if time.time() - record.started < SETTLE else None


def described(pid: int) -> str:
    """A process as its command line, as far as it can be seen."""
    try:
        return f"`{' '.join(psutil.Process(pid).cmdline())[:120]}`"
    except psutil.Error:
        return "already gone"


def unstarted(
    service: Service, status: Literal["exited", "port_taken"], words: str, exit_code: int | None = None
) -> ServiceState:
    """The state of a service that was not started."""
    return ServiceState(
        name=service.name, digest=service.digest, pid=0, started=0.0, status=status, output=words, exit_code=exit_code
    )


def file_name(text: str) -> str:
    """A name that is safe as a file's, whatever it holds."""
    return "_" + quote(text, safe="")


def beside(place: Path, ending: str) -> Path:
    """One of the service's files."""
    return place.with_name(f"{place.name}.{ending}")


def written(file: Path, content: bytes) -> None:
    """Put a file in place whole or not at all."""
    part = beside(file, "part")
    part.write_bytes(content)
    part.replace(file)


def tail(log: Path, size: int) -> str:
    """The end of a log, from a line's beginning where it is cut."""
    with log.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - size))
        text = file.read().decode(errors="replace")
    return text if end <= size else text.partition("\n")[2] or text


def said(ended: Path) -> list[dict[str, Any]]:
    """What starter and keeper told of a process: who it is, and how it ended."""
    return [json.loads(line) for line in ended.read_text().splitlines()] if ended.is_file() else []


def code(ended: Path) -> int | None:
    """The exit code that the keeper left behind; None when it was killed itself."""
    return next((int(line["exit-code"]) for line in said(ended) if "exit-code" in line), None)
