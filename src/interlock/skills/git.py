"""Git: look at history, take files back, record work. Hooks and monitors of the repository are not run."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from interlock.core.plan import Effects, Workspace
from interlock.core.policy import Quote
from interlock.ports import BadArguments, SkillResult
from interlock.skills import confined
from interlock.skills.paths import Moved, canonical, unmoved
from interlock.skills.skill import Arguments, Scene, Skill

_REVISION = re.compile(r"[A-Za-z0-9_@][\w./~^@{}-]{0,200}", re.ASCII)
_PLAIN = (
    "git", "--no-pager", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "color.ui=never",
    "-c", "safe.directory=*", "-c", "diff.external=", "-c", "commit.gpgSign=false",
)  # fmt: skip


class Status(Arguments, frozen=True, kw_only=True):
    """Nothing to say."""


class Diff(Arguments, frozen=True, kw_only=True):
    """What changed since `commit`, in `path` alone where one is given."""

    commit: str = "HEAD"
    path: str = "."


class Log(Arguments, frozen=True, kw_only=True):
    """The last `count` commits that touched `path`; `patch` shows what they changed."""

    path: str = "."
    count: int = 10
    patch: bool = False


class Restore(Arguments, frozen=True, kw_only=True):
    """`path` becomes what it was in `commit`."""

    path: str
    commit: str = "HEAD"


class Fetch(Arguments, frozen=True, kw_only=True):
    """`remote` is asked for news; nothing in the workspace's files changes. `whole` brings all history and all tags."""

    remote: str = "origin"
    whole: bool = False


class Commit(Arguments, frozen=True, kw_only=True):
    """`paths` are recorded with `message`."""

    message: str
    paths: tuple[str, ...]


def settle_diff(arguments: Diff, workspace: Workspace) -> Diff:
    """With the real path. Raises BadArguments."""
    _revision(arguments.commit)
    return replace(arguments, path=canonical(arguments.path, workspace))


def settle_log(arguments: Log, workspace: Workspace) -> Log:
    """With the real path. Raises BadArguments."""
    if not 1 <= arguments.count <= 1000:
        raise BadArguments(f"`count` is {arguments.count}; choose from 1 to 1000")
    return replace(arguments, path=canonical(arguments.path, workspace))


def settle_restore(arguments: Restore, workspace: Workspace) -> Restore:
    """With the real path. Raises BadArguments."""
    _revision(arguments.commit)
    return replace(arguments, path=canonical(arguments.path, workspace))


def settle_fetch(arguments: Fetch, workspace: Workspace) -> Fetch:
    """Checked: the name of a remote, never an address. Raises BadArguments."""
    if not re.fullmatch(r"\w[\w.-]{0,100}", arguments.remote, re.ASCII):
        raise BadArguments(f"`{arguments.remote[:80]}` is not the name of a remote such as `origin`")
    return arguments


def settle_commit(arguments: Commit, workspace: Workspace) -> Commit:
    """With real paths. Raises BadArguments."""
    if not arguments.paths or not arguments.message.strip():
        raise BadArguments("a commit needs `paths` and a `message`")
    return replace(arguments, paths=tuple(canonical(path, workspace) for path in arguments.paths))


async def status(arguments: Status, scene: Scene) -> SkillResult:
    """What differs from the last commit."""
    return replace(await _git(scene, ["status", "--short", "--branch"]), changed=False)


async def diff(arguments: Diff, scene: Scene) -> SkillResult:
    """The differences as a patch."""
    words = ["diff", "--no-ext-diff", "--no-textconv", arguments.commit, "--", arguments.path]
    return replace(await _git(scene, words, paths=(arguments.path,)), changed=False)


async def log(arguments: Log, scene: Scene) -> SkillResult:
    """The history, newest first."""
    shown = ["--patch", "--no-ext-diff", "--no-textconv"] if arguments.patch else ["--stat"]
    words = ["log", f"--max-count={arguments.count}", "--date=iso-strict", *shown, "--", arguments.path]
    return replace(await _git(scene, words, paths=(arguments.path,)), changed=False)


async def restore(arguments: Restore, scene: Scene) -> SkillResult:
    """Take the file back; the index stays as it is."""
    words = ["restore", f"--source={arguments.commit}", "--worktree", "--", arguments.path]
    result = await _git(scene, words, paths=(arguments.path,))
    told = f"restored `{arguments.path}` as of {arguments.commit}\n"
    return replace(result, output=result.output or told) if result.ok else result


async def fetch(arguments: Fetch, scene: Scene) -> SkillResult:
    """Bring news from the remote; all of its history only where a shallow clone lacks some."""
    shallow = arguments.whole and (Path(scene.workspace.root) / ".git" / "shallow").is_file()
    more = [*(["--tags"] if arguments.whole else []), *(["--unshallow"] if shallow else [])]
    return await _git(scene, ["fetch", "--no-recurse-submodules", *more, arguments.remote], network=True)


async def commit(arguments: Commit, scene: Scene) -> SkillResult:
    """Record exactly the paths."""
    added = await _git(scene, ["add", "--", *arguments.paths], paths=arguments.paths)
    if not added.ok:
        return added
    return await _git(scene, ["commit", "-m", arguments.message, "--", *arguments.paths], paths=arguments.paths)


async def _git(scene: Scene, words: Sequence[str], *, paths: Sequence[str] = (), network: bool = False) -> SkillResult:
    try:
        for path in paths:
            unmoved(path)
    except Moved as moved:
        return SkillResult(ok=False, output=str(moved), changed=False, usage={})
    store = _store_outside(Path(scene.workspace.root))
    env = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1",
    }
    who = {f"GIT_{role}_{part}": said for role in ("AUTHOR", "COMMITTER") for part, said in _IDENTITY}
    program = confined.Program(
        argv=[*_PLAIN, *words], cwd=scene.workspace.root, env={**env, **who}, writable=store, network=network
    )
    return await confined.run(program, scene)


_IDENTITY = (("NAME", "interlock"), ("EMAIL", "interlock@localhost"))


def _store_outside(root: Path) -> tuple[str, ...]:
    """The repository's own folder, where it lies above the workspace."""
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    return (str(top / ".git"),) if top is not None and top != root else ()


def _revision(said: str) -> None:
    if not _REVISION.fullmatch(said) or ".." in said:
        raise BadArguments(f"`{said[:80]}` is not a commit such as `HEAD~1`")


def _one_path(arguments: Any) -> tuple[str, ...]:
    return (str(arguments.path),)


def _quote_fetch(arguments: Fetch, workspace: Workspace) -> Quote:
    return Quote(effects=Effects(writes=True, network=True, idempotent=True), network=True)


LOOKS = Effects(idempotent=True)
TAKES_BACK = Effects(writes=True, reversible=False, idempotent=True)

GIT: tuple[Skill[Any], ...] = (
    Skill(
        name="git.status", summary="what differs from the last commit", arguments=Status, effects=LOOKS, perform=status
    ),
    Skill(
        name="git.diff",
        summary="differences since a commit",
        arguments=Diff,
        effects=LOOKS,
        settle=settle_diff,
        paths=_one_path,
        perform=diff,
    ),
    Skill(
        name="git.log",
        summary="the last commits",
        arguments=Log,
        effects=LOOKS,
        settle=settle_log,
        paths=_one_path,
        perform=log,
    ),
    Skill(
        name="git.restore",
        summary="make a file what it was in a commit",
        arguments=Restore,
        effects=TAKES_BACK,
        settle=settle_restore,
        paths=_one_path,
        perform=restore,
    ),
    Skill(
        name="git.fetch",
        summary="bring news from a remote",
        arguments=Fetch,
        effects=Effects(writes=True, network=True, idempotent=True),
        settle=settle_fetch,
        quote=_quote_fetch,
        perform=fetch,
        network=True,
    ),
    Skill(
        name="git.commit",
        summary="record files in a commit",
        arguments=Commit,
        effects=Effects(writes=True),
        settle=settle_commit,
        paths=lambda arguments: arguments.paths,
        perform=commit,
    ),
)
