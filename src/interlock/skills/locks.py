"""Lock and module files, brought in line with what is declared by the tool that owns them; what is locked stays."""

import asyncio
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from interlock.core.plan import Effects, Workspace
from interlock.ports import BadArguments, SkillResult
from interlock.skills import confined
from interlock.skills.paths import Moved, canonical, unmoved
from interlock.skills.skill import Arguments, Scene, Skill

SHOWN = 60
_LARGEST = 4_000_000


class Owner(Struct, frozen=True, kw_only=True):
    """Who writes a lock file, and the file beside it that declares what is wanted."""

    declares: str
    argv: tuple[str, ...]


OWNERS = {
    "uv.lock": Owner(declares="pyproject.toml", argv=("uv", "lock")),
    "poetry.lock": Owner(declares="pyproject.toml", argv=("poetry", "lock", "--no-interaction")),
    "package-lock.json": Owner(
        declares="package.json",
        argv=("npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"),
    ),
    "pnpm-lock.yaml": Owner(declares="package.json", argv=("pnpm", "install", "--lockfile-only", "--ignore-scripts")),
    "Cargo.lock": Owner(declares="Cargo.toml", argv=("cargo", "update", "--workspace")),
    "go.sum": Owner(declares="go.mod", argv=("go", "mod", "tidy")),
}


class Lock(Arguments, frozen=True, kw_only=True):
    """`file` is the lock file, such as `uv.lock`, beside the file that declares what is wanted."""

    file: str


def settle(arguments: Lock, workspace: Workspace) -> Lock:
    """With the real path. Raises BadArguments."""
    file = Path(canonical(arguments.file, workspace))
    owner = OWNERS.get(file.name)
    if owner is None:
        raise BadArguments(f"`{file.name[:80]}` is no lock file; known are {', '.join(OWNERS)}")
    if not (file.parent / owner.declares).is_file():
        raise BadArguments(f"`{owner.declares}` does not stand beside `{arguments.file}`; name the lock file beside it")
    return replace(arguments, file=str(file))


async def lock(arguments: Lock, scene: Scene) -> SkillResult:
    """Let its owner write it, and show what changed."""
    file = Path(arguments.file)
    owner = OWNERS[file.name]
    touched = (file, file.with_name(owner.declares))
    try:
        for path in touched:
            unmoved(str(path))
    except Moved as moved:
        return SkillResult(ok=False, output=str(moved), changed=False, usage={})
    before = await asyncio.to_thread(_texts, touched)
    cache = scene.cache / "locks"
    cache.mkdir(parents=True, exist_ok=True)
    program = confined.Program(
        argv=owner.argv,
        cwd=str(file.parent),
        env={"UV_CACHE_DIR": str(cache / "uv"), "npm_config_cache": str(cache / "npm")},
        writable=(str(cache),),
        network=True,
    )
    result = await confined.run(program, scene)
    after = await asyncio.to_thread(_texts, touched)
    return replace(result, output=f"{result.output.rstrip()}\n{_difference(before, after)}", changed=before != after)


def _texts(files: Sequence[Path]) -> dict[str, str]:
    """What each file says; nothing where it is not there or too large to be shown."""
    there = (file for file in files if file.is_file() and file.stat().st_size <= _LARGEST)
    return {file.name: file.read_text(encoding="utf-8", errors="replace") for file in there}


def _difference(before: dict[str, str], after: dict[str, str]) -> str:
    lines = [
        line
        for name in sorted({*before, *after})
        for line in difflib.unified_diff(
            before.get(name, "").splitlines(), after.get(name, "").splitlines(), name, name, n=0, lineterm=""
        )
    ]
    more = [f"… {len(lines) - SHOWN} more lines"] if len(lines) > SHOWN else []
    return "".join(f"{line}\n" for line in (*lines[:SHOWN], *more)) or "nothing changed\n"


LOCKS: tuple[Skill[Any], ...] = (
    Skill(
        name="packages.lock",
        summary="bring a lock file in line with what is declared, by the tool that owns it",
        arguments=Lock,
        effects=Effects(writes=True, network=True, idempotent=True),
        settle=settle,
        paths=lambda arguments: (arguments.file,),
        perform=lock,
        network=True,
    ),
)
