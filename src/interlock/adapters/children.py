"""Running a child process: bounded output, a wall clock, a stop that is heard, nothing left behind."""

import asyncio
import codecs
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from interlock.adapters import launch
from interlock.core.programs import Command, Ran

GRACE = 5.0
FLOOD = 64_000_000
CHUNK = 65_536
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PLAIN = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8"}


class Unstartable(Exception):
    """The command can't be started; the message is what a shell would say."""


class Plan(Struct, frozen=True, kw_only=True):
    """How a command is started under its keeper: `walled` says by a sandbox's program, which reads `options` unseen."""

    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    options: tuple[str, ...] = ()
    walled: bool = False


class Confines(Protocol):
    """A sandbox that can also say how it would start a command, for processes that outlive the act."""

    def plan(self, command: Command) -> Plan:
        """Plan the start. Raises Unstartable."""
        ...


class Kept:
    """The head and the tail of an output, and the count of what lay between."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.seen = 0
        self.head = bytearray()
        self.tail = bytearray()
        self.flooded = asyncio.Event()

    def add(self, chunk: bytes) -> None:
        """Take a piece; beyond the flood mark it is only counted."""
        self.seen += len(chunk)
        if self.seen > max(FLOOD, self.limit):
            self.flooded.set()
        room = max(0, self.limit // 2 - len(self.head))
        self.head += chunk[:room]
        self.tail += chunk[room:]
        if (excess := len(self.tail) - (self.limit - self.limit // 2)) > 0:
            del self.tail[:excess]

    @property
    def dropped(self) -> int:
        """Bytes that were not kept."""
        return self.seen - len(self.head) - len(self.tail)

    def text(self) -> str:
        """What was kept, with a line in the gap that says how much is missing."""
        gap = f"\n[{self.dropped} bytes not kept]\n".encode() if self.dropped else b""
        return (bytes(self.head) + gap + bytes(self.tail)).decode(errors="replace")


def environment(command: Command, home: str) -> dict[str, str]:
    """The whole environment of a command: nothing of ours but what is named here, then what the command adds."""
    venv = next((folder for folder in venvs(command) if (folder / "bin").is_dir()), None)
    return {
        "PATH": f"{venv}/bin:{SYSTEM_PATH}" if venv else SYSTEM_PATH,
        "HOME": home,
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": "/tmp",  # noqa: S108 - private where it is confined
        **dict(command.env),
    }


def venvs(command: Command) -> tuple[Path, ...]:
    """Where a command's virtual environment is looked for."""
    return (Path(command.cwd, ".venv"), Path(command.workspace, ".venv"))


def find(command: Command, path: str) -> str:
    """The program a command names, found as a shell would from its folder and `path`. Raises Unstartable."""
    texts = (*command.argv, command.cwd, command.workspace, *command.readable, *command.writable)
    if not command.argv or not command.argv[0] or any("\0" in text for text in (*texts, *sum(command.env, ()))):
        raise Unstartable("an empty program name, or a zero byte in the command")
    if not Path(command.cwd).is_dir():
        raise Unstartable(f"{command.cwd}: no such folder")
    name = command.argv[0]
    if "/" not in name:
        if found := shutil.which(name, path=path):
            return found
        raise Unstartable(f"{name}: command not found")
    program = Path(command.cwd, name)
    if not program.is_file():
        raise Unstartable(f"{name}: {'is a directory' if program.is_dir() else 'no such file or directory'}")
    if not os.access(program, os.X_OK):
        raise Unstartable(f"{name}: permission denied")
    return str(program)


async def start(
    plan: Plan,
    *,
    output: int,
    errors: int = asyncio.subprocess.STDOUT,
    entry: int = asyncio.subprocess.DEVNULL,
    status: int = -1,
    lasting: bool = False,
) -> asyncio.subprocess.Process:
    """Start a keeper with `plan`; a lasting one detaches and writes who it is, and how it ended, to `status`."""
    spec = {
        "argv": plan.argv,
        "env": plan.env,
        "options": plan.options,
        "status": status,
        "lasting": lasting,
        "parent": os.getpid(),
    }
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(spec).encode())
        file.seek(0)
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", launch.__file__, str(file.fileno()),
            stdin=entry, stdout=output, stderr=errors, cwd=plan.cwd, env=PLAIN,
            pass_fds=(file.fileno(), *(() if status < 0 else (status,))), start_new_session=True,
        )  # fmt: skip


def ask_to_end(keeper: int, walled: bool, asked: set[int]) -> None:
    """SIGTERM to all that a keeper keeps and has not asked yet, but for the sandbox's monitor, which would not wait.

    The first process inside a sandbox gets it too, and ignores it, as every first process does.
    """
    import psutil  # costs as much to load as the rest of this module, and most acts end by themselves

    with contextlib.suppress(psutil.NoSuchProcess):
        above = psutil.Process(keeper)
        spared = {child.pid for child in above.children()} if walled else set()
        for process in above.children(recursive=True):
            if process.pid not in asked | spared:
                asked.add(process.pid)
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.terminate()


async def finish(child: asyncio.subprocess.Process, kept: Kept, on_output: Callable[[str], None] | None) -> int:
    """Read the output to its end and reap the child."""
    assert child.stdout is not None
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    while chunk := await child.stdout.read(CHUNK):
        kept.add(chunk)
        if on_output is not None and not kept.flooded.is_set():
            on_output(decoder.decode(chunk))
    return await child.wait()


End = Literal["exited", "timeout", "stopped", "flooded"]


async def first_end(finishing: asyncio.Task[int], kept: Kept, timeout: float, stop: asyncio.Event | None) -> End:
    """What ends the command first."""
    waits: dict[asyncio.Task[bool], End] = {asyncio.create_task(kept.flooded.wait()): "flooded"}
    if stop is not None:
        waits[asyncio.create_task(stop.wait())] = "stopped"
    try:
        done, _ = await asyncio.wait({finishing, *waits}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    if finishing in done:
        return "exited"
    return next((end for wait, end in waits.items() if wait in done), "timeout")


async def end(child: asyncio.subprocess.Process, finishing: asyncio.Task[int], walled: bool, grace: float) -> None:
    """SIGTERM to the command, `grace` seconds, then SIGTERM to the keeper, which kills whatever is left."""
    asked: set[int] = set()
    deadline = time.monotonic() + grace
    while not finishing.done() and time.monotonic() < deadline:
        await asyncio.to_thread(ask_to_end, child.pid, walled, asked)
        await asyncio.wait({finishing}, timeout=0.25)
    for how in (signal.SIGTERM, signal.SIGKILL):
        if not finishing.done():
            child.send_signal(how)
            await asyncio.wait({finishing}, timeout=GRACE)


async def run(plan: Plan, command: Command, on_output: Callable[[str], None] | None, stop: asyncio.Event | None) -> Ran:
    """Run a planned command to its end, whatever ends it."""
    began = time.monotonic()
    kept = Kept(command.output_limit)
    child = await start(plan, output=asyncio.subprocess.PIPE)
    finishing = asyncio.create_task(finish(child, kept, on_output))
    try:
        ended = await first_end(finishing, kept, command.timeout, stop)
        if ended != "exited":
            await end(child, finishing, plan.walled, 0.0 if ended == "flooded" else GRACE)
        code = await finishing
    finally:
        if child.returncode is None:
            child.terminate()
            await asyncio.shield(buried(child, finishing))
    return verdict(ended, code, kept, time.monotonic() - began)


async def buried(child: asyncio.subprocess.Process, finishing: asyncio.Task[int]) -> None:
    """Wait for a killed child, throwing away what it still says."""
    await asyncio.wait({finishing})
    assert child.stdout is not None
    while await child.stdout.read(CHUNK):
        continue
    await child.wait()


def verdict(ended: End, code: int, kept: Kept, seconds: float) -> Ran:
    """What is told of the run; an exit code above 128 is a signal's, as in a shell."""
    if ended != "exited":
        return Ran(exit_code=None, output=kept.text(), seconds=seconds, ended=ended, dropped=kept.dropped)
    return Ran(
        exit_code=code if code >= 0 else None,
        output=kept.text(),
        seconds=seconds,
        ended="signalled" if code < 0 or 128 < code <= 192 else "exited",
        dropped=kept.dropped,
    )


def refused(words: str) -> Ran:
    """A command that never started."""
    return Ran(exit_code=None, output=words, seconds=0.0, ended="unstartable")
