"""A lock that a dead git left: moved aside when it is old and nobody is at work in the repository."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from interlock.core.plan import Effects, Workspace
from interlock.ports import BadArguments, SkillResult
from interlock.skills.skill import Arguments, Scene, Skill

OLD = 600.0
LOCKS = ("index.lock", "HEAD.lock", "config.lock", "shallow.lock")


class Unlock(Arguments, frozen=True, kw_only=True):
    """`lock` is the name of the lock in the workspace's own `.git`, such as `index.lock`."""

    lock: str = "index.lock"


def settle(arguments: Unlock, workspace: Workspace) -> Unlock:
    """A lock that git itself uses, and nothing else. Raises BadArguments."""
    if arguments.lock not in LOCKS:
        raise BadArguments(f"`{arguments.lock[:80]}` is none of git's locks: {', '.join(LOCKS)}")
    return arguments


async def unlock(arguments: Unlock, scene: Scene) -> SkillResult:
    """Rename it, so that it can be put back; refuse while it is young or somebody may be at work."""
    return await asyncio.to_thread(_aside, Path(scene.workspace.root) / ".git", arguments.lock)


def _aside(store: Path, name: str) -> SkillResult:
    file = store / name
    aside = store / f"{name}.left-by-a-dead-git"
    try:
        if store.is_symlink() or not store.is_dir() or not file.is_file():
            return _said("there is no such lock in this workspace's own repository")
        seen = file.lstat()
        if seen.st_uid != os.getuid():
            return _said("the lock belongs to another user")
        if (age := time.time() - seen.st_mtime) < OLD:
            return _said(f"the lock is {max(age, 0):.0f} seconds old; a git may still be at work")
        if (pid := _at_work(store.parent, file)) is not None:
            return _said(f"process {pid} is at work in the repository, or holds the lock")
        file.rename(aside)
    except OSError as error:
        return _said(f"`{file}`: {error.strerror}")
    return SkillResult(ok=True, output=f"moved `.git/{name}` to `.git/{aside.name}`\n", changed=True, usage={})


def _at_work(root: Path, lock: Path) -> int | None:
    """A process that is git in this folder, or that holds the lock open."""
    real, held = root.resolve(), str(lock.resolve())
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            is_git = (entry / "comm").read_text().strip().startswith("git")
            if is_git and (entry / "cwd").resolve().is_relative_to(real):
                return int(entry.name)
            if any(str(each.readlink()) == held for each in (entry / "fd").iterdir()):
                return int(entry.name)
        except OSError:
            continue  # it has ended, or is another user's, who can't have opened a lock of ours to write it
    return None


def _said(words: str) -> SkillResult:
    return SkillResult(ok=False, output=words, changed=False, usage={})


GIT_LOCK: tuple[Skill[Any], ...] = (
    Skill(
        name="git.unlock",
        summary="move a lock aside that a git left which has died",
        arguments=Unlock,
        effects=Effects(writes=True, idempotent=True),
        settle=settle,
        perform=unlock,
        timeout=60.0,
    ),
)
