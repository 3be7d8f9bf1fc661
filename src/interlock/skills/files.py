"""Files: read, write, patch, make folders, remove, let be run. Paths are used as they were authorised."""

import asyncio
import os
import stat
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from interlock.core.plan import Effects, Workspace
from interlock.core.policy import Quote
from interlock.ports import SkillResult
from interlock.skills.anchored import Spot, spot
from interlock.skills.paths import Moved, canonical, canonical_entry
from interlock.skills.skill import Arguments, Scene, Skill

LONGEST = 1_000_000


class File(Arguments, frozen=True, kw_only=True):
    """`path` is taken from the workspace's folder."""

    path: str


class Write(File, frozen=True, kw_only=True):
    """`content` becomes the whole file, with missing folders."""

    content: str


class Patch(File, frozen=True, kw_only=True):
    """`old`, which must stand in the file exactly once, becomes `new`; where it has, nothing is left to do."""

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
    with spot(arguments.path) as at:
        content = _regular(at).read(LONGEST + 1)
    if len(content) > LONGEST:
        raise Refused(f"`{arguments.path}` is larger than {LONGEST} bytes; read a part of it with command.run")
    return content.decode("utf-8", errors="replace"), False


def exists(arguments: File) -> Outcome:
    """Whether a file or folder is there."""
    try:
        with spot(arguments.path) as at:
            there = at.mode() is not None
    except (FileNotFoundError, NotADirectoryError):
        there = False
    if not there:
        raise Refused(f"`{arguments.path}` does not exist")
    return f"`{arguments.path}` exists", False


def write(arguments: Write) -> Outcome:
    """Replace the whole file at once."""
    path, content = arguments.path, arguments.content.encode()
    with spot(path, make=True) as at:
        if at.is_file() and at.read() == content:
            return f"`{path}` holds that already", False
        at.put(content)
    return f"wrote `{path}` ({len(arguments.content)} characters)", True


def patch(arguments: Patch) -> Outcome:
    """Replace the one occurrence."""
    path, old, new = arguments.path, arguments.old.encode(), arguments.new.encode()
    with spot(path) as at:
        content = _regular(at).read()
        if new and content.count(new) == 1 and content.count(old) == new.count(old):
            return f"`{path}` holds that already", False
        count = content.count(old) if old else 0
        if count != 1:
            raise Refused(
                f"`{path}` holds the text to replace {count} times; quote more of it, so that it stands there once"
            )
        at.put(content.replace(old, new))
    return f"patched `{path}`\n{_lines('-', arguments.old)}{_lines('+', arguments.new)}", arguments.old != arguments.new


def quote_patch(arguments: Patch, workspace: Workspace) -> Quote | None:
    """That a passage was taken out, with nothing in its place, can't be seen afterwards: it is not done twice."""
    return None if arguments.new else Quote(effects=Effects(writes=True), timeout=60.0)


def mkdir(arguments: File) -> Outcome:
    """Make the folder, with those above it."""
    path = arguments.path
    with spot(path, make=True) as at:
        if stat.S_ISDIR(at.mode() or 0):
            return f"`{path}` is there already", False
        os.mkdir(at.name, dir_fd=at.folder)
    return f"made `{path}`", True


def remove(arguments: Remove) -> Outcome:
    """Remove it; what is not there is nothing to remove."""
    path = arguments.path
    try:
        with spot(path) as at:
            if at.stat() is None:
                return f"`{path}` is not there", False
            at.remove(recursive=arguments.recursive)
    except FileNotFoundError:
        return f"`{path}` is not there", False
    return f"removed `{path}`", True


def chmod(arguments: Chmod) -> Outcome:
    """Let it be run, or not."""
    path = arguments.path
    with spot(path) as at:
        mode = stat.S_IMODE(_regular(at).mode() or 0)
        wanted = mode | (mode & 0o444) >> 2 if arguments.executable else mode & ~0o111
        at.allow(wanted)
    return f"`{path}` may {'' if arguments.executable else 'not '}be run", wanted != mode


def _regular(at: Spot) -> Spot:
    if not at.is_file():
        there = at.mode() is not None
        raise Refused(f"`{at.path}` is {'no file' if there else 'not there'}; name an existing file")
    return at


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
    name: str,
    summary: str,
    arguments: type[F],
    effects: Effects,
    act: Callable[[F], Outcome],
    settle: Any = settle,
    quote: Callable[[F, Workspace], Quote | None] | None = None,
) -> Skill[F]:
    return Skill(
        name=name,
        summary=summary,
        arguments=arguments,
        effects=effects,
        settle=settle,
        paths=lambda arguments: (arguments.path,),
        perform=_performing(act),
        quote=quote,
        bounded=True,
        timeout=60.0,
    )


READS = Effects(idempotent=True)
WRITES = Effects(writes=True, idempotent=True)
REMOVES = Effects(writes=True, destructive=True, reversible=False, idempotent=True)

FILES: tuple[Skill[Any], ...] = (
    _on_a_file("files.read", "read a text file", File, READS, read),
    _on_a_file("files.exists", "see whether a file or folder is there", File, READS, exists),
    _on_a_file("files.write", "write a whole text file", Write, WRITES, write),
    _on_a_file("files.patch", "replace one passage of a text file", Patch, WRITES, patch, quote=quote_patch),
    _on_a_file("files.mkdir", "make a folder", File, WRITES, mkdir),
    _on_a_file("files.remove", "remove a file or folder", Remove, REMOVES, remove, settle_entry),
    _on_a_file("files.chmod", "let a file be run, or not", Chmod, WRITES, chmod),
)
