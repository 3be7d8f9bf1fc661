"""Undo: put files back as a plan says, and see that they are. What changed since the plan was made is never touched."""

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from interlock.core.plan import Effects, Workspace
from interlock.core.policy import Quote
from interlock.core.snapshot import Entry, alike
from interlock.core.undo import Plan, Restoration, decode_plan, visible
from interlock.ports import BadArguments, SkillResult, Snapshots, StoreUnusable
from interlock.skills.anchored import Spot, spot
from interlock.skills.paths import Moved
from interlock.skills.skill import Arguments, Scene, Skill

Now = Mapping[str, Entry | None]


class Undo(Arguments, frozen=True, kw_only=True):
    """`plan` is the digest of what `interlock undo` planned for `session` from iteration `step` on.

    `paths` are all that it puts back, `overwrites` those whose present content somebody else may have made.
    """

    session: str
    step: int
    plan: str
    paths: tuple[str, ...]
    overwrites: tuple[str, ...] = ()


class Unfit(Exception):
    """The plan can't be carried out; the message says why."""


def settle(arguments: Undo, workspace: Workspace) -> Undo:
    """With absolute paths, taken as they are written: a link among them is put back itself. Raises BadArguments."""
    for path in (*arguments.paths, *arguments.overwrites):
        if not path.startswith(f"{workspace.root}/") or "\0" in path or os.path.normpath(path) != path:
            raise BadArguments(f"`{path[:200]}` lies outside of the workspace; `interlock undo` names what was kept")
    return arguments


def quote(arguments: Undo, workspace: Workspace) -> Quote:
    """It destroys what somebody else may have made, if it overwrites that; all else is kept and can come back."""
    effects = Effects(writes=True, destructive=bool(arguments.overwrites), idempotent=True)
    return Quote(effects=effects, timeout=600.0)


async def restore(arguments: Undo, scene: Scene) -> SkillResult:
    """Put everything back, if each path holds what the plan found there, or what it is to hold already."""
    began = time.monotonic()
    try:
        kept, plan = await _plan(arguments, scene)
        now = await kept.look(scene.workspace.root, [each.path for each in plan.restore])
        if moved := [each.path for each in plan.restore if not _expected(each, now)]:
            raise Unfit(f"changed since the undo was planned: {_named(moved)}; nothing was put back, so undo again")
        lines = await _put_back(plan, scene.workspace.root, now, kept)
    except (Unfit, StoreUnusable, Moved) as problem:
        return SkillResult(ok=False, output=str(problem), changed=False, usage={})
    except OSError as problem:
        said = f"`{problem.filename}`: {problem.strerror}; what is not back yet is put back by another undo"
        return SkillResult(ok=False, output=said, usage={})
    output = "\n".join(lines) or "everything was as it was already"
    return SkillResult(ok=True, output=output, changed=bool(lines), seconds=time.monotonic() - began, usage={})


async def verify(arguments: Undo, scene: Scene) -> SkillResult:
    """Whether everything that was to be put back is."""
    try:
        kept, plan = await _plan(arguments, scene)
    except Unfit as problem:
        return SkillResult(ok=False, output=str(problem), changed=False, usage={})
    now = await kept.look(scene.workspace.root, [each.path for each in plan.restore])
    wrong = [each.path for each in plan.restore if not alike(visible(each.path, now), each.to)]
    said = f"not as before: {_named(wrong)}" if wrong else f"{len(plan.restore)} as before"
    return SkillResult(ok=not wrong, output=said, changed=False, usage={})


async def _plan(arguments: Undo, scene: Scene) -> tuple[Snapshots, Plan]:
    """The plan, which must be what the arguments say it is: those are what policy and people have judged."""
    kept = scene.snapshots
    stored = await kept.get(arguments.plan) if kept is not None else None
    if kept is None or stored is None:
        raise Unfit("the plan is not kept here any more; `interlock undo` makes a new one")
    try:
        plan = decode_plan(stored)
    except msgspec.DecodeError as problem:
        raise Unfit(f"`{arguments.plan[:12]}` is no plan of an undo; `interlock undo` makes one") from problem
    root = scene.workspace.root
    paths = tuple(f"{root}/{each.path}" for each in plan.restore)
    overwrites = tuple(f"{root}/{path}" for path in plan.overwrites)
    if (arguments.paths, arguments.overwrites) != (paths, overwrites):
        raise Unfit("the act names other paths than its plan; `interlock undo` makes a new one")
    return kept, plan


def _expected(each: Restoration, now: Now) -> bool:
    """Whether the path is as planned, back already, or on the way: gone, to become something of another kind."""
    there = visible(each.path, now)
    if alike(there, each.found) or alike(there, each.to):
        return True
    ends = [entry for entry in (each.found, each.to) if entry is not None]
    if there is None:
        return len({entry.kind for entry in ends}) == 2
    return there.kind == "folder" and any(entry.kind == "folder" for entry in ends)


async def _put_back(plan: Plan, root: str, now: Now, kept: Snapshots) -> list[str]:
    """Deepest first what goes, then shallowest first what comes; folders get their permissions last."""
    there = {each.path: visible(each.path, now) for each in plan.restore}
    due = [each for each in plan.restore if not alike(there[each.path], each.to)]
    deepest = sorted(due, key=lambda each: each.path.count("/"), reverse=True)
    folders = [each for each in deepest if _is_folder(each.to)]
    contents = {each.path: await _content(each, kept) for each in due}
    for each in reversed(deepest):
        if _is_folder(there[each.path]):
            await asyncio.to_thread(_allow, f"{root}/{each.path}", 0o700)
    for each in deepest:
        found = there[each.path]
        if found is not None and (each.to is None or found.kind != each.to.kind):
            await asyncio.to_thread(_remove, f"{root}/{each.path}")
    for each in reversed(deepest):
        if each.to is not None:
            await asyncio.to_thread(_make, f"{root}/{each.path}", each.to, contents[each.path])
    for each in folders:
        if each.to is not None:
            await asyncio.to_thread(_allow, f"{root}/{each.path}", each.to.mode)
    return [f"{'removed' if each.to is None else 'put back'} `{each.path}`" for each in due]


async def _content(each: Restoration, kept: Snapshots) -> bytes:
    """Read before anything is touched: what is lost must not be found out halfway. Raises Unfit."""
    if each.to is None or each.to.kind != "file":
        return b""
    content = await kept.get(each.to.mark)
    if content is None:
        raise Unfit(f"what `{each.path}` held is not kept any more, so nothing was put back")
    return content


def _is_folder(entry: Entry | None) -> bool:
    return entry is not None and entry.kind == "folder"


def _remove(path: str) -> None:
    with spot(path) as at:
        if at.stat() is not None:
            at.remove(recursive=False)


def _make(path: str, entry: Entry, content: bytes) -> None:
    with spot(path) as at:
        if entry.kind == "file":
            at.put(content, mode=entry.mode, draft=_draft(path))
        elif entry.kind == "link":
            _link(at, entry.mark, _draft(path))
        elif at.stat() is None:
            os.mkdir(at.name, 0o700, dir_fd=at.folder)


def _link(at: Spot, target: str, draft: str) -> None:
    at.forget(draft)
    os.symlink(target, draft, dir_fd=at.folder)
    os.replace(draft, at.name, src_dir_fd=at.folder, dst_dir_fd=at.folder)


def _draft(path: str) -> str:
    """The same name whenever the same path is put back: what a crash left lying is taken away then."""
    return f".interlock-undo-{hashlib.sha256(path.encode()).hexdigest()[:16]}"


def _allow(path: str, mode: int) -> None:
    with spot(path) as at:
        found = at.stat()
        if found is not None and stat.S_ISDIR(found.st_mode):
            os.chmod(at.name, stat.S_IMODE(found.st_mode) & ~0o777 | mode, dir_fd=at.folder)


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - 10} more" if len(paths) > 10 else ""
    return ", ".join(f"`{path}`" for path in paths[:10]) + more


UNDO: tuple[Skill[Any], ...] = (
    Skill(
        name="undo.restore",
        summary="put back what a session changed, as `interlock undo` planned it",
        arguments=Undo,
        effects=Effects(writes=True, destructive=True, idempotent=True),
        settle=settle,
        paths=lambda arguments: arguments.paths,
        quote=quote,
        perform=restore,
        bounded=True,
    ),
    Skill(
        name="undo.verify",
        summary="see whether what was to be put back is",
        arguments=Undo,
        effects=Effects(idempotent=True),
        settle=settle,
        paths=lambda arguments: arguments.paths,
        perform=verify,
    ),
)
