"""LangGraph in its own environment, made on demand: a subprocess that answers requests, a JSON line each."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FOLDER = Path(__file__).parent / "peers"
PATIENCE = 300


class PeerMissing(Exception):
    """The peer could not be set up or did not answer; the message says why."""


class Peer:
    """LangGraph's worker; `missing` says why there is none."""

    def __init__(self) -> None:
        self.missing = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            self._process = _started()
        except PeerMissing as problem:
            self.missing = str(problem)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request. Raises PeerMissing."""
        if self._process is None:
            raise PeerMissing(self.missing)
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as problem:
            self.missing = f"LangGraph's worker ended before it answered `{request['kind']}`"
            raise PeerMissing(self.missing) from problem
        return answer


def _started() -> "subprocess.Popen[str]":
    uv = Path(sys.executable).with_name("uv")
    # our own environment's variables would make uv use that one for the peer
    clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    try:
        subprocess.run(
            [uv, "sync", "--quiet", "--frozen", "--project", FOLDER],
            env=clean,
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.CalledProcessError as problem:
        said = (problem.stderr or "").strip().splitlines() or ["no words"]
        raise PeerMissing(f"LangGraph can't be installed: {said[-1]}") from problem
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise PeerMissing(f"LangGraph can't be installed: {problem}") from problem
    return subprocess.Popen(
        [FOLDER / ".venv" / "bin" / "python", FOLDER / "langgraph_loop.py"],
        env=clean,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
