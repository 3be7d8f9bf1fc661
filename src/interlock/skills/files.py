"""Files: read, write, patch, make folders, remove, let be run. Paths are used as they were authorised."""

import asyncio
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from interlock.core.plan import Effects, Workspace
from interlock.ports import SkillResult
from interlock.skills.paths import Moved, canonical, canonical_entry, unmoved
from interlock.skills.skill import Arguments, Scene, Skill

LONGEST = 1_000_000


class File(Arguments, frozen=True, kw_only=True):
    """`path` is taken from the workspace's folder."""

    path: str


class Write(File, frozen=True, kw_only=True):
    """`content` becomes the whole file, with missing folders."""

    content: str


class Patch(File, frozen=True, kw_only=True):
    """`old`, which must stand in the file exactly once, becomes `new`."""

    old: str
    new: str


class Remove(File, frozen=True, kw_only=True):
    """A file or an empty folder; `recursive` takes all that is in a folder too."""

    recursive: bool = False


class Chmod(File, frozen=True, kw_only=True):
    """Whether the file may be run."""

    executable: bool


class Refused(Exception):
    """The file is not as the act needs it."""


F = TypeVar("F", bound=File)
Outcome = tuple[str, bool]


def settle(arguments: F, workspace: Workspace) -> F:
    """With the path that it really is. Raises BadArguments."""
    return replace(arguments, path=canonical(arguments.path, workspace))


def settle_entry(arguments: Remove, workspace: Workspace) -> Remove:
    """With the path that it really is; a link is removed itself. Raises BadArguments."""
    return replace(arguments, path=canonical_entry(arguments.path, workspace))


def read(arguments: File) -> Outcome:
    """The file's text."""
    with _regular(unmoved(arguments.path)).open("rb") as file:
        content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise Refused(f"`{arguments.path}` is larger than {LONGEST} bytes; read a part of it with command.run")
    return content.decode("utf-8", errors="replace"), False


def exists(arguments: File) -> Outcome:
    """Whether a file or folder is there."""
    if not unmoved(arguments.path).exists():
        raise Refused(f"`{arguments.path}` does not exist")
    return f"`{arguments.path}` exists", False


def write(arguments: Write) -> Outcome:
    """Replace the whole file at once."""
    path = unmoved(arguments.path)
    if path.is_file() and path.read_bytes() == arguments.content.encode():
        return f"`{path}` holds that already", False
    path.parent.mkdir(parents=True, exist_ok=True)
    _put(path, arguments.content.encode())
    return f"wrote `{path}` ({len(arguments.content)} characters)", True


def patch(arguments: Patch) -> Outcome:
    """Replace the one occurrence."""
    path = _regular(unmoved(arguments.path))
    content, old = path.read_bytes(), arguments.old.encode()
    count = content.count(old) if old else 0
    if count != 1:
        raise Refused(
            f"`{path}` holds the text to replace {count} times; quote more of it, so that it stands there once"
        )
    _put(path, content.replace(old, arguments.new.encode()))
    return f"patched `{path}`\n{_lines('-', arguments.old)}{_lines('+', arguments.new)}", arguments.old != arguments.new


def mkdir(arguments: File) -> Outcome:
    """Make the folder, with those above it."""
    path = unmoved(arguments.path)
    if path.is_dir():
        return f"`{path}` is there already", False
    path.mkdir(parents=True)
    return f"made `{path}`", True


def remove(arguments: Remove) -> Outcome:
    """Remove it; what is not there is nothing to remove."""
    path = unmoved(arguments.path, entry=True)
    if not path.is_symlink() and not path.exists():
        return f"`{path}` is not there", False
    if path.is_symlink() or not path.is_dir():
        path.unlink()
    elif arguments.recursive:
        shutil.rmtree(path)
    else:
        path.rmdir()
    return f"removed `{path}`", True


def chmod(arguments: Chmod) -> Outcome:
    """Let it be run, or not."""
    path = _regular(unmoved(arguments.path))
    mode = stat.S_IMODE(path.stat().st_mode)
    wanted = mode | (mode & 0o444) >> 2 if arguments.executable else mode & ~0o111
    path.chmod(wanted)
    return f"`{path}` may {'' if arguments.executable else 'not '}be run", wanted != mode


def _put(path: Path, content: bytes) -> None:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".interlock-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def _regular(path: Path) -> Path:
    if not path.is_file():
        raise Refused(f"`{path}` is {'no file' if path.exists() else 'not there'}; name an existing file")
    return path


def _lines(sign: str, text: str) -> str:
    return "".join(f"{sign} {line}\n" for line in text.splitlines())


def _performing(act: Callable[[F], Outcome]) -> Callable[[F, Scene], Awaitable[SkillResult]]:
    async def perform(arguments: F, scene: Scene) -> SkillResult:
        began = time.monotonic()
        try:
            output, changed = await asyncio.to_thread(act, arguments)
        except (Refused, Moved) as refusal:
            return SkillResult(ok=False, output=str(refusal), changed=False, usage={})
        except OSError as error:
            return SkillResult(ok=False, output=f"`{arguments.path}`: {error.strerror}", usage={})
        return SkillResult(ok=True, output=output, changed=changed, seconds=time.monotonic() - began, usage={})

    return perform


def _on_a_file(
    name: str, summary: str, arguments: type[F], effects: Effects, act: Callable[[F], Outcome], settle: Any = settle
) -> Skill[F]:
    return Skill(
        name=name,
        summary=summary,
        arguments=arguments,
        effects=effects,
        settle=settle,
        paths=lambda arguments: (arguments.path,),
        perform=_performing(act),
        timeout=60.0,
    )


READS = Effects(idempotent=True)
WRITES = Effects(writes=True, idempotent=True)
REMOVES = Effects(writes=True, destructive=True, reversible=False, idempotent=True)

FILES: tuple[Skill[Any], ...] = (
    _on_a_file("files.read", "read a text file", File, READS, read),
    _on_a_file("files.exists", "see whether a file or folder is there", File, READS, exists),
    _on_a_file("files.write", "write a whole text file", Write, WRITES, write),
    _on_a_file("files.patch", "replace one passage of a text file", Patch, Effects(writes=True), patch),
    _on_a_file("files.mkdir", "make a folder", File, WRITES, mkdir),
    _on_a_file("files.remove", "remove a file or folder", Remove, REMOVES, remove, settle_entry),
    _on_a_file("files.chmod", "let a file be run, or not", Chmod, WRITES, chmod),
)
