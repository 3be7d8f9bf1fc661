"""Setting up: a first project file, the machine's health, shell completion, the reading of a sentence alone."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter

from interlock.cli.failing import BadInput
from interlock.core.money import MICROS
from interlock.core.views.text import count

if TYPE_CHECKING:
    from interlock.cli.surveying import SurveyedServer

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def init(folder: Path = Path(), /) -> int:
    """Write a first interlock.toml from what the folder shows; each guess says where it comes from.

    Example: `interlock init app`

    :param folder: The workspace.
    """
    from interlock.config import FILE_NAME
    from interlock.config import init as first_file

    if not folder.is_dir():
        raise BadInput(f"`{folder}` is not a folder")
    text = first_file(folder)
    (folder / FILE_NAME).write_text(text)
    print(f'wrote {folder / FILE_NAME}; read it, then: interlock run "…" --workspace {folder}')
    return 0


def read(words: str, /, *, json: JsonFlag = False) -> int:
    """Show how a sentence is read, without beginning anything. Exit code 0 for a clear reading, else 2.

    Example: `interlock read "Fix it until pytest passes, ask me above $5."`

    :param words: The sentence.
    :param json: One object: expect (read, ask, refuse) and the fields that were read.
    """
    from interlock.core.goal import read as reading_of

    reading = reading_of(words)
    goal = reading.goal
    said = {
        "expect": reading.expect,
        "goal": goal.objective,
        "until": goal.until,
        "ask_above_usd": _dollars(goal.ask_above),
        "ask_before": goal.ask_before,
        "never": goal.never,
        "cap_usd": _dollars(goal.cap),
        "max_iterations": goal.max_iterations,
        "max_minutes": goal.max_time / 60 if goal.max_time is not None else None,
        "questions": reading.questions,
        "unread": reading.unread,
    }
    if json:
        print(msgspec.json.encode(said).decode())
    else:
        for name, value in said.items():
            if value not in (None, (), ""):
                print(f"{name:15} {', '.join(value) if isinstance(value, tuple) else value}")
    return 0 if reading.expect == "read" else 2


def completion(shell: Literal["bash", "zsh", "fish"] | None = None, /) -> int:
    """Print a shell completion script.

    Example: `interlock completion bash > ~/.local/share/bash-completion/completions/interlock`

    :param shell: bash, zsh or fish; that of $SHELL when left out.
    """
    from interlock.cli.app import build

    name = shell or Path(os.environ.get("SHELL", "bash")).name
    if name not in ("bash", "zsh", "fish"):
        raise BadInput(f"`{name}` is not a shell this can complete for; say bash, zsh or fish")
    print(build().generate_completion(prog_name="interlock", shell=name))  # type: ignore[arg-type]
    return 0


def doctor(*, json: JsonFlag = False) -> int:
    """Check this machine: Python, sandbox, uv, git, store, settings, notices, MCP servers. Exit code 1 if one is bad.

    Example: `interlock doctor`

    :param json: One object.
    """
    findings = {name: look() for name, look in _looks()} | _servers()
    if json:
        print(
            msgspec.json.encode({name: {"ok": ok, "words": words} for name, (ok, words) in findings.items()}).decode()
        )
    else:
        for name, (ok, words) in findings.items():
            print(f"{'ok ' if ok else 'BAD'} {name:8} {words}")
    return 0 if all(ok for ok, _ in findings.values()) else 1


def _dollars(micros: int | None) -> float | None:
    return None if micros is None else micros / MICROS


def _looks() -> Iterator[tuple[str, Callable[[], tuple[bool, str]]]]:
    yield "python", lambda: (sys.version_info >= (3, 11), sys.version.split()[0])
    yield "sqlite", lambda: (sqlite3.sqlite_version_info >= (3, 37), sqlite3.sqlite_version)
    yield "sandbox", _sandbox
    yield "uv", lambda: _program("uv", Path(sys.executable).parent)
    yield "git", lambda: _program("git", None)
    yield "store", _store
    yield "settings", _settings
    yield "notices", _notices


def _servers() -> dict[str, tuple[bool, str]]:
    """The MCP servers that this folder declares: what nobody approved is not started, and is no fault."""
    from interlock.config import FILE_NAME, load

    if not Path(FILE_NAME).exists() or not (workspace := load(Path())[0]).mcp:
        return {}
    import asyncio

    from interlock.bootstrap import Interlock
    from interlock.cli.surveying import survey

    async def surveyed() -> "tuple[SurveyedServer, ...]":
        async with Interlock.open() as il:
            return await survey(il, workspace)

    return {
        f"mcp.{each.server.name}": (not each.problem, each.problem or f"{each.state}, {count(len(each.tools), 'tool')}")
        for each in asyncio.run(surveyed())
    }


def _sandbox() -> tuple[bool, str]:
    from interlock.adapters.bubblewrap import Bubblewrap

    problem = Bubblewrap().problem()
    return problem is None, problem or "bubblewrap works"


def _program(name: str, beside: Path | None) -> tuple[bool, str]:
    found = shutil.which(name, path=str(beside)) if beside else None
    found = found or shutil.which(name)
    return (True, found) if found else (False, f"`{name}` is missing; install it with your package manager")


def _store() -> tuple[bool, str]:
    from interlock.bootstrap import Interlock, home

    try:
        il = Interlock.open()
    except Exception as problem:
        return False, str(problem)
    il.close()
    return True, str(home())


def _settings() -> tuple[bool, str]:
    from interlock.bootstrap import home
    from interlock.config import ProjectFileError, Settings
    from interlock.config.organisation import kept as laid_down
    from interlock.config.preferences import kept, preferences

    try:
        own, above = kept(home()), laid_down(home())
        Settings.from_environment(preferred=preferences(home()).limits)
    except ProjectFileError as problem:
        return False, str(problem)
    return True, f"{len(list(own.texts()))} preferences, {len(list(above.texts()))} of the organisation's"


def _notices() -> tuple[bool, str]:
    import asyncio

    from interlock.bootstrap import Interlock
    from interlock.core.views.telling import undelivered

    try:
        il = Interlock.open()
    except Exception as problem:
        return False, str(problem)
    try:
        words = undelivered(asyncio.run(il.log.outbox.notices(unsettled=True)))
    finally:
        il.close()
    return not words, words or "all that was to be told is delivered, or not due yet"
