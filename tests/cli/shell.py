"""What tests of the command line speak of: answers, processes, terminals, small workspaces."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSCTTY, TIOCSWINSZ
from typing import Any, NamedTuple

PROGRAM = (sys.executable, "-m", "interlock")
PATIENCE = 60.0
SENTENCE = "Build it until ./check.sh passes."
CHECK = "#!/bin/sh\ntest -e built && echo '1 passed' || { echo 'AssertionError: nothing is built'; exit 1; }\n"
BUILD = '[tasks.build]\nrun = ["touch", "built"]\nidempotent = true\n'
SMOKE = '[checks.smoke]\nkind = "smoke"\nrun = ["./check.sh"]\n'
DEAR = (
    "[prices]\nminute = 1\n[limits]\nask_above = 5\ncap = 20\n"
    '[tasks.build]\nrun = ["touch", "built"]\nworst = { minute = 6 }\n' + SMOKE
)


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def all(self) -> str:
        """Everything that the person saw."""
        return self.out + self.err


Command = Callable[..., Said]
MakeWorkspace = Callable[..., Path]


class Process:
    """Another process that runs the command line."""

    def __init__(self, words: tuple[str, ...], **options: Any) -> None:
        self.popen = subprocess.Popen([*PROGRAM, *words], start_new_session=True, **options)

    def ended(self, patience: float = PATIENCE) -> Said:
        """What it answered, once it ends."""
        out, err = self.popen.communicate(timeout=patience)
        return Said(self.popen.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    def signal(self, which: signal.Signals) -> None:
        """Send a signal to it alone."""
        self.popen.send_signal(which)


def gone(popen: "subprocess.Popen[bytes]") -> None:
    if popen.poll() is None:
        popen.kill()
    popen.wait()
    for stream in (popen.stdout, popen.stderr):
        if stream is not None:
            stream.close()


class Terminal:
    """A command at a real terminal of 100 columns: what it shows, and what a person types."""

    def __init__(self, words: tuple[str, ...], environment: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        ioctl(theirs, TIOCSWINSZ, (40).to_bytes(2, sys.byteorder) + (100).to_bytes(2, sys.byteorder) + bytes(4))
        self.popen = subprocess.Popen(
            [*PROGRAM, *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: ioctl(0, TIOCSCTTY, 0),
            env=os.environ | {"TERM": "xterm-256color"} | environment,
        )
        os.close(theirs)
        self.shown = ""

    def until(self, text: str, patience: float = PATIENCE) -> str:
        """Read until the text is shown; what was shown so far."""
        until = time.monotonic() + patience
        while text not in self.shown:
            assert time.monotonic() < until, f"`{text}` was not shown in {patience} s:\n{self.shown}"
            if not self._read(0.2) and self.popen.poll() is not None:
                break
        assert text in self.shown, f"ended without showing `{text}`:\n{self.shown}"
        return self.shown

    def type(self, keys: str) -> None:
        """Press keys: `\\x03` is Ctrl-C, `\\x04` is Ctrl-D."""
        os.write(self._ours, keys.encode())

    def typed_until_ended(self, keys: str) -> int:
        """Press keys, and again after two seconds if nothing came of it, as people do; the exit code."""
        while self.popen.poll() is None:
            self.type(keys)
            with contextlib.suppress(AssertionError):
                self.ended(2.0)
        return self.ended()

    def ended(self, patience: float = PATIENCE) -> int:
        """The exit code, once it ends."""
        until = time.monotonic() + patience
        while self.popen.poll() is None:
            assert time.monotonic() < until, f"still running after {patience} s:\n{self.shown}"
            self._read(0.1)
        while self._read(0.0):
            pass
        return self.popen.returncode

    def close(self) -> None:
        """End it."""
        gone(self.popen)
        os.close(self._ours)

    def _read(self, patience: float) -> bool:
        if not select.select([self._ours], [], [], patience)[0]:
            return False
        try:
            piece = os.read(self._ours, 65536)
        except OSError:
            return False
        self.shown += piece.decode(errors="replace")
        return bool(piece)


def until(holds: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Wait for something to hold; what it was."""
    end = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.02)
    return found


def the_session(interlock: Command) -> dict[str, Any]:
    """The only session there is, as `ls --json` tells it."""
    [session] = interlock("ls", "--json").lines
    return session
