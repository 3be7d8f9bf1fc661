"""A shop of one's own (history, environment, port, store), and the installed command on it, each time a new process."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from interlock.core.events import Envelope, decode

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
TIMEOUT = 240
WORDS = "Keep fixing the deployment until it passes all tests, but ask me if cost goes above $50."
FITTING = ("environs==4.0.0", "marshmallow==3.18.0", "markdown-captions==2.1.1", "markdown==3.3.6")


class Store:
    """A store of one's own, and the installed `interlock` on it, each time a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._environment = {**os.environ, "INTERLOCK_HOME": str(home), "COLUMNS": "400"}

    def interlock(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [str(BIN / "interlock"), *words],
            env=self._environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )

    def killed(self, *words: str, when: Callable[[Envelope], bool]) -> None:
        """Run a command that prints its events, and SIGKILL it at the first event for which `when` holds."""
        driving = subprocess.Popen(
            [str(BIN / "interlock"), *words, "--json"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        with driving:
            assert driving.stdout is not None
            assert any(when(decode(line)) for line in driving.stdout), "it ended before it could be killed"
            driving.kill()

    def sessions(self, *words: str) -> list[dict[str, Any]]:
        """The sessions, newest first."""
        return [json.loads(line) for line in self.interlock("ls", "--json", *words).stdout.splitlines()]

    def session(self) -> str:
        """The newest session's id."""
        return str(self.sessions()[0]["id"])

    def question(self) -> str:
        """The id of the newest open question."""
        return str(self.sessions("--waiting")[0]["question"])

    def show(self) -> dict[str, Any]:
        """The newest session as `show --json` has it."""
        return dict(json.loads(self.interlock("show", self.session(), "--json").stdout))

    def events(self) -> list[Envelope]:
        """What is committed of the newest session."""
        lines = self.interlock("audit", "export", self.session()).stdout.splitlines()
        return [decode(line.encode()) for line in lines]


def opened(home: Path) -> Iterator[Store]:
    """The store in a folder, whose open sessions are stopped in the end."""
    made = Store(home)
    yield made
    for row in made.sessions():
        if row["status"] != "ended":
            made.interlock("stop", row["id"])


def declare(folder: Path, was: str, now: str) -> None:
    """Change a line of the workspace's declaration, which has it exactly once."""
    file = folder / "interlock.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(was) == 1
    file.write_text(text.replace(was, now), encoding="utf-8")


def prepare(command: list[str], folder: Path) -> None:
    """A step of the preparation, which must work."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
