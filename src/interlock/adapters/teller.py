"""The teller: a process of its own that delivers notices, so that telling never holds a drive up."""

import os
import sys
from pathlib import Path

LINGER = 90
ENOUGH = 3
TERMINAL = "INTERLOCK_TERMINAL"


class Teller:
    """Starts `interlock notify deliver` for a store, one at a time. It outlives this process, and ends by itself."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._process: int | None = None
        self._failures = 0

    def start(self) -> None:
        """Start it, unless it runs, or failed too often. What is not told waits for the next process."""
        if self._runs() or self._failures >= ENOUGH:
            return
        words = [sys.executable, "-P", "-m", "interlock", "notify", "deliver", "--linger", str(LINGER)]
        nothing = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
        environment = {**os.environ, TERMINAL: terminal() or "", "INTERLOCK_HOME": str(self._store)}
        try:
            self._process = os.posix_spawn(sys.executable, words, environment, file_actions=nothing, setsid=True)
        except OSError:
            self._failures += 1

    def _runs(self) -> bool:
        if self._process is None:
            return False
        try:
            process, status = os.waitpid(self._process, os.WNOHANG)
        except ChildProcessError:
            process, status = self._process, 0
        if process:
            self._process = None
            self._failures += status != 0
        return self._process is not None


def terminal() -> str | None:
    """The device of the terminal that this process, or the one that started it, writes to: the bell rings there."""
    if said := os.environ.get(TERMINAL):
        return said if Path(said).is_char_device() else None
    for descriptor in (1, 2, 0):
        try:
            return os.ttyname(descriptor)
        except OSError:
            continue
    return None
