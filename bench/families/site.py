"""A broken folder while it is built and tried: its files, the programs it needs, the processes that live beside it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

BIN = Path(sys.executable).parent
PATIENCE = 30.0
LONGEST = 600.0

Ending = Literal["mended", "asked", "stopped"]


class Skipped(Exception):
    """The family can't be reproduced on this machine; the message says what is missing."""


class Family(Struct, frozen=True, kw_only=True):
    """A family: its number and name, how it should end, words that the question must then hold (an expression).

    `signature` is what the check's output must hold before anything is tried, or the folder is not broken as told.
    `within` says that the check passes only while the session's own service runs, so that nobody can look afterwards.
    """

    number: int
    name: str
    ends: Ending
    build: Callable[["Site"], None]
    signature: str
    says: str = ""
    within: bool = False


class Site:
    """The folder of one family. `env` is what its check needs when it is run from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {**os.environ, "PATH": f"{os.environ['PATH']}{os.pathsep}{BIN}", "GIT_CONFIG_NOSYSTEM": "1"}
        self._beside: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True)

    def needs(self, *tools: str) -> None:
        """Raises Skipped, naming the first program that is missing."""
        if missing := next((tool for tool in tools if shutil.which(tool, path=self.env["PATH"]) is None), None):
            raise Skipped(f"no {missing} on this machine")

    def write(self, path: str, text: str, *, executable: bool = False) -> Path:
        """A file with its folders."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        if executable:
            file.chmod(0o755)
        return file

    def check(self, *lines: str, shell: str = "/bin/sh -e") -> None:
        """The check.sh that must pass in the end."""
        self.write("check.sh", "\n".join((f"#!{shell}", *lines, "")), executable=True)

    def must(self, *argv: str, cwd: Path | None = None) -> str:
        """A step of the preparation; what it printed. Raises RuntimeError with the end of its output."""
        done = self.run(*argv, cwd=cwd)
        if done.returncode != 0:
            raise RuntimeError(f"`{' '.join(argv)}` failed: {(done.stdout + done.stderr).strip()[-300:]}")
        return done.stdout

    def run(self, *argv: str, cwd: Path | None = None, more: dict[str, str] | None = None) -> "Done":
        """A command in the folder, to its end."""
        return subprocess.run(
            argv,
            cwd=cwd or self.folder,
            env={**self.env, **(more or {})},
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=LONGEST,
            check=False,
        )

    def repository(self, message: str = "begin") -> None:
        """A git repository of all that is there."""
        self.needs("git")
        for name, value in (("user.name", "Ada"), ("user.email", "ada@example.org"), ("commit.gpgSign", "false")):
            self.env[f"GIT_CONFIG_KEY_{self.env.get('GIT_CONFIG_COUNT', '0')}"] = name
            self.env[f"GIT_CONFIG_VALUE_{self.env.get('GIT_CONFIG_COUNT', '0')}"] = value
            self.env["GIT_CONFIG_COUNT"] = str(int(self.env.get("GIT_CONFIG_COUNT", "0")) + 1)
        self.must("git", "init", "--quiet", "--initial-branch=main")
        self.commit(message)

    def commit(self, message: str) -> None:
        """All that is there, committed."""
        self.must("git", "add", "--all")
        self.must("git", "commit", "--quiet", "--allow-empty", "-m", message)

    def environment(self, *packages: str) -> None:
        """A virtual environment of this Python, with packages."""
        self.must(str(BIN / "uv"), "venv", "--quiet", "--python", sys.executable, ".venv")
        if packages:
            uv = (str(BIN / "uv"), "pip", "install", "--quiet", "--python", ".venv/bin/python")
            self.must(*uv, *packages)

    def beside(self, *argv: str, port: int | None = None) -> None:
        """A process that lives while the family is tried, and listens on `port` before anything goes on."""
        self._beside.append(
            subprocess.Popen(argv, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        if port is not None:
            self.until(lambda: listens(port))

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something is so. Raises RuntimeError when it takes too long."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise RuntimeError("what should live beside the folder does not begin")
            time.sleep(0.05)

    def strangers_live(self) -> bool:
        """Whether nobody has ended the processes beside."""
        return all(process.poll() in (None, 0) for process in self._beside)

    def leave(self) -> None:
        """End what was started beside."""
        for process in self._beside:
            process.terminate()
            process.wait()


Done = subprocess.CompletedProcess[str]


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody answers there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Site]:
    """A site whose processes are gone afterwards."""
    site = Site(folder)
    try:
        yield site
    finally:
        site.leave()
