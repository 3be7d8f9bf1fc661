"""The command line under test: a store and small workspaces of its own, in this process, in another, on a terminal."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from interlock.cli import main
from shell import BUILD, CHECK, SMOKE, Command, MakeWorkspace, Process, Said, Terminal, gone


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of this test's own; nothing of the person's settings gets in."""
    for name in ("NO_COLOR", "FORCE_COLOR", "EDITOR", "VISUAL", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def interlock(home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """A command in this process: quick, and all that it prints is kept."""

    def call(*words: str | Path) -> Said:
        capfdbinary.readouterr()
        code = main([str(word) for word in words])
        out, err = capfdbinary.readouterr()
        return Said(code, out.decode(errors="replace"), err.decode(errors="replace"))

    return call


@pytest.fixture
def workspace(tmp_path: Path) -> MakeWorkspace:
    """Makes a folder with an `interlock.toml` and executable scripts."""

    def make(toml: str | None = BUILD + SMOKE, *, name: str = "app", **scripts: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        if toml is not None:
            (folder / "interlock.toml").write_text(toml)
        for script, text in {"check": CHECK, **scripts}.items():
            (folder / f"{script}.sh").write_text(text)
            (folder / f"{script}.sh").chmod(0o755)
        return folder

    return make


@pytest.fixture
def process(home: Path) -> Iterator[Callable[..., Process]]:
    """Starts a command in a process of its own."""
    with contextlib.ExitStack() as stack:

        def start(*words: str | Path) -> Process:
            piped = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            started = Process(tuple(map(str, words)), **piped)
            stack.callback(gone, started.popen)
            return started

        yield start


@pytest.fixture
def terminal(home: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts a command at a terminal."""
    with contextlib.ExitStack() as stack:

        def start(*words: str | Path, **environment: str) -> Terminal:
            started = Terminal(tuple(map(str, words)), environment)
            stack.callback(started.close)
            return started

        yield start
