"""Packages that really drifted apart, repaired from one sentence: `python -m bench.cases [--all] [--own] [CASE…]`.

Each case is a folder with `requirements.txt`, `.venv`, `app.py` and `check.sh`, a store of its own, nothing remembered.
The first three by default; `--own` takes the list that the remedies were never tuned on; `--twice` breaks all of it
again, with the memory of the first time. Exits with 1 when a case that can be tried here does not end in success.
"""

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from interlock.core.events import AnyEvent, LessonLearned, SessionEnded, SkillCalled, StepReviewed, decode

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "scenarios" / "depcases.json"
OWN = CASES.with_name("own_drifts.json")
BIN = Path(sys.executable).parent
WORDS = "Keep fixing it until ./check.sh passes, but ask me before anything destructive."
USUAL = 3
LONGEST = 900.0


class Case(Struct, frozen=True, kw_only=True):
    """A breakage: what to install, on which Python, the probe that then fails, and how its output is known."""

    case: str
    requirements: tuple[str, ...]
    signature: str
    python: str = ""
    probe: str | None = None
    tool: str = "pip"


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a case: `success`, how it ended else, or `skipped`. `remedy` names the fixes that worked."""

    case: str
    outcome: str
    tries: int = 0
    seconds: float = 0.0
    remedy: str = ""


class Skipped(Exception):
    """The case can't be tried on this machine; the message says what is missing."""


class Unprepared(Exception):
    """The folder can't be made, or does not break as the case tells; the message says how."""


def cases(listed: Path = CASES) -> list[Case]:
    """All of them, in the order of the list."""
    return msgspec.json.decode(listed.read_bytes(), type=list[Case])


def attempt(case: Case, place: Path, home: Path) -> Outcome:
    """Prepare the case in an empty folder, hand it over, and look for oneself whether its check passes now.

    `home` is the store's folder: whoever shares it remembers.
    """
    try:
        folder = prepare(case, place)
    except Skipped as missing:
        return Outcome(case=case.case, outcome="skipped", remedy=str(missing))
    except Unprepared as problem:
        return Outcome(case=case.case, outcome="not prepared", remedy=str(problem))
    began = time.monotonic()
    command = [str(BIN / "interlock"), "run", WORDS, "--workspace", str(folder), "--non-interactive", "--json"]
    done = run(command, folder, {"INTERLOCK_HOME": str(home)})
    seconds = time.monotonic() - began
    events = [decode(line.encode()).data for line in done.stdout.splitlines()]
    outcome = ended(events, done)
    if outcome == "success" and run(["./check.sh"], folder).returncode != 0:
        outcome = "claims success, and its check fails"
    tries = sum(isinstance(each, SkillCalled) and each.proposal.fix is not None for each in events)
    return Outcome(case=case.case, outcome=outcome, tries=tries, seconds=seconds, remedy=remedy(events))


def ended(events: Sequence[AnyEvent], done: subprocess.CompletedProcess[str]) -> str:
    """How the session ended, or that it waits, or why there was none."""
    for each in reversed(events):
        if isinstance(each, SessionEnded):
            return each.outcome
    if done.returncode == 10:
        return "asks"
    return f"exit code {done.returncode}: {done.stderr.strip()[-200:]}"


def remedy(events: Sequence[AnyEvent]) -> str:
    """The fixes that worked; where none did, what still fails."""
    worked = [each.lesson.fix for each in events if isinstance(each, LessonLearned) and each.lesson.worked]
    failing = [each.failure.signature for each in events if isinstance(each, StepReviewed) and each.failure]
    return ", ".join(worked) or (f"still: {failing[-1]}" if failing else "")


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


@contextlib.contextmanager
def somewhere(kept: Path | None) -> Iterator[Path]:
    """The folder to work in: one that is kept, or one that is gone afterwards."""
    if kept is not None:
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="interlock-cases-") as made:
        yield Path(made)


def main() -> int:
    """Try the chosen cases one after the other, a line each."""
    arguments = argparse.ArgumentParser(prog="python -m bench.cases", description=__doc__)
    arguments.add_argument("names", nargs="*", metavar="CASE", help="only these")
    arguments.add_argument("--all", action="store_true", help=f"all of them, not only the first {USUAL}")
    arguments.add_argument("--own", action="store_true", help=f"all of our own list, {OWN.name}")
    arguments.add_argument("--twice", action="store_true", help="a second time, with the memory of the first")
    arguments.add_argument("--keep", type=Path, help="an empty folder in which everything is left for a look")
    said = arguments.parse_args()
    known = cases(OWN if said.own else CASES)
    if unknown := set(said.names) - {each.case for each in known}:
        arguments.error(f"no case is called {', '.join(sorted(unknown))}; {(OWN if said.own else CASES).name} has them")
    chosen = [each for each in known if each.case in said.names] or (known if said.all or said.own else known[:USUAL])
    with somewhere(said.keep) as place:
        first = table(chosen, place, "first")
        failed = verdict(first)
        if said.twice:
            print("\nthe same once more, with the memory of the first time")
            again = table(chosen, place, "again")
            failed |= verdict(again)
            print(f"tries, where both times ended in success: {fewer(first, again)}")
    return failed


def table(chosen: Sequence[Case], place: Path, turn: str) -> list[Outcome]:
    """A line for each case as it ends."""
    print(f"{'case':<26} {'outcome':<20} {'tries':>5} {'seconds':>8}  remedy", flush=True)
    results: list[Outcome] = []
    for case in chosen:
        one = attempt(case, place / case.case / turn, place / case.case / "home")
        results.append(one)
        print(f"{one.case:<26} {one.outcome:<20} {one.tries:>5} {one.seconds:>8.1f}  {one.remedy}", flush=True)
    return results


def verdict(results: Sequence[Outcome]) -> int:
    """The last line, and the exit code: what could not be tried here is counted, and no failure."""
    tried = [one for one in results if one.outcome != "skipped"]
    passed = [one for one in tried if one.outcome == "success"]
    skipped = f", {len(results) - len(tried)} skipped" if len(tried) < len(results) else ""
    soon = f"{sum(one.tries <= 2 for one in passed)} in at most 2 tries, {sum(one.tries <= 4 for one in passed)} in 4"
    print(f"{len(passed)} of {len(tried)} end in success ({soon}){skipped}", flush=True)
    return 0 if tried and len(passed) == len(tried) else 1


def fewer(first: Sequence[Outcome], again: Sequence[Outcome]) -> str:
    """How many tries it took in all, the first time and the second."""
    both = [pair for pair in zip(first, again, strict=True) if all(one.outcome == "success" for one in pair)]
    return f"{sum(one.tries for one, _ in both)} then {sum(one.tries for _, one in both)}"


if __name__ == "__main__":
    sys.exit(main())
