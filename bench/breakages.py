"""Broken projects to hand over: folders whose published packages drifted apart, seen to break as they are told to."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "scenarios" / "depcases.json"
OWN = CASES.with_name("own_drifts.json")
BIN = Path(sys.executable).parent
LONGEST = 900.0


class Case(Struct, frozen=True, kw_only=True):
    """A breakage: what to install, on which Python, the probe that then fails, and how its output is known."""

    case: str
    requirements: tuple[str, ...]
    signature: str
    python: str = ""
    probe: str | None = None
    tool: str = "pip"


class Skipped(Exception):
    """The case can't be tried on this machine; the message says what is missing."""


class Unprepared(Exception):
    """The folder can't be made, or does not break as the case tells; the message says how."""


def cases(listed: Path = CASES) -> list[Case]:
    """All of them, in the order of the list."""
    return msgspec.json.decode(listed.read_bytes(), type=list[Case])


def prepare(case: Case, place: Path) -> Path:
    """The broken folder, seen to break in the way that the case tells. Raises Skipped and Unprepared."""
    folder = place / case.case
    folder.mkdir(parents=True)
    (with_npm if case.tool == "npm" else with_pip)(case, folder)
    seen = run(["./check.sh"], folder)
    if seen.returncode == 0 or not re.search(case.signature, seen.stdout + seen.stderr):
        raise Unprepared(f"does not break as it is told: {(seen.stdout + seen.stderr).strip()[-120:]!r}")
    return folder


def with_pip(case: Case, folder: Path) -> None:
    """A virtual environment with the newest that the requirements allow; without a probe, installing is the check."""
    (folder / "requirements.txt").write_text("".join(f"{each}\n" for each in case.requirements), encoding="utf-8")
    must([str(BIN / "uv"), "venv", "--quiet", "--python", interpreter(case.python), ".venv"], folder)
    install = ["uv", "pip", "install", "--quiet", "--python", ".venv/bin/python", "-r", "requirements.txt"]
    if case.probe is None:
        write_check(folder, shlex.join(install))
        return
    must(install, folder)
    (folder / "app.py").write_text(f"{case.probe}\n", encoding="utf-8")
    write_check(folder, ".venv/bin/python app.py")


def with_npm(case: Case, folder: Path) -> None:
    """A package.json whose installation is the check."""
    if shutil.which("npm") is None:
        raise Skipped("no npm on this machine")
    wanted = {name: version or "*" for name, _, version in (each.partition("@") for each in case.requirements)}
    declared = {"name": "app", "version": "1.0.0", "private": True, "dependencies": wanted}
    (folder / "package.json").write_text(json.dumps(declared, indent=2), encoding="utf-8")
    write_check(folder, "npm install --no-audit --no-fund")


def write_check(folder: Path, command: str) -> None:
    """An executable check.sh that runs one command."""
    check = folder / "check.sh"
    check.write_text(f"#!/bin/sh\nexec {command}\n", encoding="utf-8")
    check.chmod(0o755)


def interpreter(version: str) -> str:
    """The path of this Python, wherever it may be installed; nothing is downloaded. Raises Skipped."""
    own = [sys.executable] if f"{sys.version_info.major}.{sys.version_info.minor}" == version else []
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    others = [*map(str, sorted(kept.glob(f"{version}.*/bin/python"))), shutil.which(f"python{version}")]
    for each in filter(None, [*own, *others]):
        if subprocess.run([each, "-c", ""], capture_output=True, check=False).returncode == 0:
            return each
    raise Skipped(f"no Python {version} on this machine")


def must(command: list[str], folder: Path) -> None:
    """A step of the preparation. Raises Unprepared with the end of what it printed."""
    done = run(command, folder)
    if done.returncode != 0:
        raise Unprepared(f"`{shlex.join(command)}` failed: {done.stderr.strip()[-300:]}")


def run(command: list[str], folder: Path, more: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A command in the folder, with our `uv` on the path."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **(more or {})}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LONGEST,
        check=False,
    )
