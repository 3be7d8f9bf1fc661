"""Running one program in the sandbox: its environment, its usage report, and its outcome as a result."""

import asyncio
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from interlock.core.programs import Command, Ran
from interlock.ports import SkillResult
from interlock.skills.masking import masked, secrets_of
from interlock.skills.skill import Scene
from interlock.skills.usage import read_report

SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


class Program(Struct, frozen=True, kw_only=True):
    """What to run: words, folder, additions to the environment, folders beyond the workspace."""

    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str] = {}
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    network: bool = False


async def run(program: Program, scene: Scene) -> SkillResult:
    """Run to the end, with a fresh file for the usage report; what it printed is masked."""
    folder = await asyncio.to_thread(_private_folder, scene.cache)
    try:
        report = folder / "usage.json"
        ran = await scene.sandbox.run(
            command(program, scene, {"INTERLOCK_USAGE": str(report)}, (str(folder),)),
            on_output=_masking(scene.around.on_output),
            stop=scene.around.stop,
        )
        used, remark = await asyncio.to_thread(read_report, report, scene.workspace.prices)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)
    return outcome(ran, used, remark)


def command(
    program: Program, scene: Scene, env: Mapping[str, str] | None = None, writable: tuple[str, ...] = ()
) -> Command:
    """The program as the sandbox takes it."""
    tools, kept = tools_folder(scene.cache), _kept(scene)
    around = environment(scene.workspace.root, program.cwd, tools)
    return Command(
        argv=tuple(program.argv),
        cwd=program.cwd,
        workspace=scene.workspace.root,
        env=tuple({**around, **kept, **(env or {}), **program.env}.items()),
        readable=(*program.readable, *readable_tools(tools), *_rust()),
        writable=(*program.writable, *writable, *kept.values()),
        network=program.network,
        timeout=scene.around.timeout,
    )


def environment(root: str, cwd: str, tools: Path) -> dict[str, str]:
    """What every command gets: a path that begins with the workspace's virtual environment; nothing of the caller's.

    No bytecode is written: a repair within the same second and of the same size would otherwise go unseen.
    """
    venv = next((folder for folder in (Path(cwd, ".venv"), Path(root, ".venv")) if (folder / "bin").is_dir()), None)
    here = [f"{venv}/bin"] if venv else []
    path = (*here, *SYSTEM_PATH, *_installed_elsewhere(), *_rust("/bin"), str(tools))
    env = {"PATH": ":".join(path), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**env, "VIRTUAL_ENV": str(venv)} if venv else env


def outcome(ran: Ran, used: dict[str, float] | None, remark: str) -> SkillResult:
    """The end of a program as the result of a skill."""
    output = masked(ran.output, secrets_of(os.environ))
    return SkillResult(
        ok=ran.ended == "exited" and ran.exit_code == 0,
        output=f"{output.rstrip()}\n[interlock] {remark}\n" if remark else output,
        exit_code=ran.exit_code,
        seconds=ran.seconds,
        usage=used,
        changed=ran.ended != "unstartable",
        ended=ran.ended,
    )


def find_uv() -> str | None:
    """The uv that came with us, else the one on the path."""
    ours = Path(sys.executable).with_name("uv")
    return str(ours) if os.access(ours, os.X_OK) else shutil.which("uv")


def tools_folder(cache: Path) -> Path:
    """A folder for the end of a command's path, with uv in it and none of our own interpreter's programs."""
    tools = cache / "tools"
    uv, link = find_uv(), tools / "uv"
    if uv is not None and not (link.is_symlink() and str(link.readlink()) == uv):
        tools.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mktemp(dir=tools))  # noqa: S306 - only renamed over the link, never opened
        fresh.symlink_to(uv)
        fresh.replace(link)
    return tools


def readable_tools(tools: Path) -> tuple[str, ...]:
    """The tools folder and the program behind its link."""
    link = tools / "uv"
    return (str(tools), str(link.resolve())) if link.exists() else ()


def _installed_elsewhere() -> tuple[str, ...]:
    home = str(Path.home())
    entries = os.environ.get("PATH", "").split(":")
    return tuple(
        entry
        for entry in dict.fromkeys(entries)
        if entry.startswith(("/usr/", "/opt/", "/nix/", "/snap/"))
        and entry not in SYSTEM_PATH
        and not entry.startswith(f"{home}/")
        and not Path(entry, "activate").exists()
    )


def _rust(below: str = "") -> tuple[str, ...]:
    """The toolchain that rustup takes by default: programs and libraries, none of the home folder around it."""
    rustup = Path(os.environ.get("RUSTUP_HOME") or Path.home() / ".rustup")
    try:
        said = tomllib.loads((rustup / "settings.toml").read_text(encoding="utf-8")).get("default_toolchain", "")
    except (OSError, ValueError):
        return ()
    folder = rustup / "toolchains" / str(said)
    named = re.fullmatch(r"[\w.-]{3,80}", str(said), re.ASCII)
    return (f"{folder}{below}",) if named and (folder / "bin" / "cargo").is_file() else ()


def _kept(scene: Scene) -> dict[str, str]:
    """What Go may keep between the acts in this workspace: it would compile its own library anew for each of them."""
    if not Path(scene.workspace.root, "go.mod").is_file():
        return {}
    folders = {name: scene.cache / "go" / name.lower() for name in ("GOCACHE", "GOMODCACHE")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {name: str(folder.resolve()) for name, folder in folders.items()}


def _private_folder(cache: Path) -> Path:
    parent = cache / "usage"
    parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=parent)).resolve()


def _masking(on_output: Callable[[str], None] | None) -> Callable[[str], None] | None:
    if on_output is None:
        return None
    secrets = secrets_of(os.environ)
    return lambda chunk: on_output(masked(chunk, secrets))
