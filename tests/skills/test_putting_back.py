"""Undo on a real folder, after any acts and any strangers: what was is back exactly, and nothing is lost."""

import asyncio
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.adapters.objects import ObjectFolder
from interlock.adapters.snapshots import FolderSnapshots
from interlock.adapters.supervisor import Supervisor
from interlock.adapters.unconfined import Unconfined
from interlock.core.budget import Limits
from interlock.core.events import Draft, Envelope, SessionStarted, SkillCalled, SkillReturned, place
from interlock.core.plan import Act, Effects, Proposal, Workspace
from interlock.core.undo import Plan, encode_plan
from interlock.engine.undoing import plan_undo
from interlock.order import undo_order
from interlock.ports import SkillResult, Surroundings
from interlock.skills.toolbox import Toolbox

Touch = tuple[str, str, str]
Look = dict[str, tuple[str, int, str]]


class Place:
    """A workspace, what is kept of it, and the record of a session that works there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "work"
        self.root.mkdir()
        self.kept = ObjectFolder(folder / "kept", synced=False)
        self.snapshots = FolderSnapshots(self.kept.keep, self.kept.find, largest=100)
        self.workspace = Workspace(root=str(self.root), name="work")
        self.toolbox = Toolbox(
            self.workspace,
            Unconfined(),
            Supervisor(folder / "services", Unconfined()),
            cache=folder / "cache",
            snapshots=self.snapshots,
        )
        self.log: list[Envelope] = []
        self.add(1, SessionStarted(words="w", workspace=self.workspace, limits=Limits(), principal="ada"))

    def add(self, iteration: int, event: Any) -> None:
        """Record an event."""
        draft = Draft(id=f"e{len(self.log)}", at=0, iteration=iteration, actor="test", event=event)
        self.log.append(place(draft, "ses-1", len(self.log) + 1))

    async def act(self, number: int, does: Callable[[], object], paths: list[str] | None = None) -> None:
        """An act of the session, as the engine performs it: kept before, done, seen after."""
        named = None if paths is None else [f"{self.root}/{path}" for path in paths]
        before = await self.snapshots.take(str(self.root), named)
        act = Act(skill="command.run", arguments={"argv": ["x"]})
        proposal = Proposal(act=act, agent="a", why="", expects="")
        effects = Effects(writes=True)
        self.add(
            number, SkillCalled(call=f"c{number}", proposal=proposal, effects=effects, timeout=1.0, snapshot=before)
        )
        does()
        after = await self.snapshots.again(str(self.root), before)
        self.add(number, SkillReturned(call=f"c{number}", ok=True, snapshot=after))

    async def plan(self, step: int = 1) -> Plan:
        """What would undo it now."""
        return await plan_undo(self.log, self.snapshots, step=step)

    async def undo(self, plan: Plan) -> tuple[SkillResult, SkillResult]:
        """Carry the plan out as the engine would, with what it can change kept before."""
        digest = await self.snapshots.put(encode_plan(plan))
        asked = undo_order(plan, digest, self.workspace).workspace.checks[0].act
        act, paths = self.toolbox.canonical(Act(skill="undo.restore", arguments=asked.arguments))
        await self.snapshots.take(str(self.root), paths)
        around = Surroundings(session="ses-2", call="c", timeout=60.0)
        done = await self.toolbox.call(act, around)
        return done, await self.toolbox.call(self.toolbox.canonical(asked)[0], around)

    def look(self) -> Look:
        """Every path with its kind, permissions and content."""
        return dict(_entries(self.root, self.root))

    def touch(self, touch: Touch) -> None:
        """Change something; what does not fit what is there changes nothing."""
        does, name, other = touch
        path = self.root / name
        try:
            match does:
                case "write":
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(other * 3)
                case "remove":
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
                case "folder":
                    path.mkdir(parents=True)
                case "link":
                    path.symlink_to(other)
                case "mode" if not path.is_symlink():
                    path.chmod(0o700 if path.is_dir() else 0o640 if other < "b" else 0o755)
                case "move":
                    path.rename(self.root / other)
        except OSError:
            return


def _entries(root: Path, folder: Path) -> Iterator[tuple[str, tuple[str, int, str]]]:
    for path in sorted(folder.iterdir()):
        found = path.lstat()
        mode = stat.S_IMODE(found.st_mode)
        name = str(path.relative_to(root))
        if path.is_symlink():
            yield name, ("link", 0, os.readlink(path))
        elif path.is_dir():
            yield name, ("folder", mode, "")
            yield from _entries(root, path)
        else:
            yield name, ("file", mode, path.read_text())


@contextmanager
def places() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        yield Place(Path(folder).resolve())


NAMES = st.sampled_from(["a", "b", "d", "d/a", "d/b", "d/e/a", "f/é"])
TOUCHES = st.tuples(st.sampled_from(["write", "remove", "folder", "link", "mode", "move"]), NAMES, NAMES)
ACTS = st.lists(st.lists(TOUCHES, min_size=1, max_size=3), max_size=4)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(ACTS, ACTS)
def test_undoing_any_acts_restores_the_tree_exactly_and_twice_is_once(before: Any, acts: Any) -> None:
    async def law(at: Place) -> None:
        for touches in before:
            for touch in touches:
                at.touch(touch)
        was = at.look()
        for number, touches in enumerate(acts, 1):
            await at.act(number, lambda touches=touches: [at.touch(touch) for touch in touches])
        plan = await at.plan()
        assert plan.overwrites == ()
        assert plan.remain == ()
        done, proof = await at.undo(plan)
        assert (done.ok, proof.ok) == (True, True), (done.output, proof.output)
        assert at.look() == was
        assert (await at.plan()).restore == ()
        assert (await at.undo(plan))[0].changed is False

    with places() as at:
        asyncio.run(law(at))


@QUICK
@given(ACTS, st.lists(st.lists(TOUCHES, min_size=1, max_size=2), min_size=2, max_size=2), ACTS)
def test_undoing_from_a_later_act_on_restores_what_was_before_that_act(before: Any, two: Any, after: Any) -> None:
    async def law(at: Place) -> None:
        for number, touches in enumerate([*before, two[0]], 1):
            await at.act(number, lambda touches=touches: [at.touch(touch) for touch in touches])
        was, step = at.look(), len(before) + 2
        for number, touches in enumerate([two[1], *after], step):
            await at.act(number, lambda touches=touches: [at.touch(touch) for touch in touches])
        await at.undo(await at.plan(step))
        assert at.look() == was

    with places() as at:
        asyncio.run(law(at))


@QUICK
@given(ACTS, st.lists(st.tuples(st.booleans(), TOUCHES), min_size=1, max_size=6))
def test_what_somebody_else_changed_is_asked_about_and_never_lost(before: Any, touches: Any) -> None:
    """Whatever an undo would take away that is not the session's is disputed, and kept when it is overwritten."""

    async def law(at: Place) -> None:
        for acts in before:
            for touch in acts:
                at.touch(touch)
        foreign: Look = {}
        for number, (ours, touch) in enumerate(touches, 1):
            was = at.look()
            if ours:
                await at.act(number, lambda touch=touch: at.touch(touch))
                continue
            at.touch(touch)
            foreign |= {path: now for path, now in at.look().items() if was.get(path) != now}
        now, plan = at.look(), await at.plan()
        stranger = {path for path, made in foreign.items() if now.get(path) == made}
        for each in plan.restore:
            assert each.disputed or each.path not in stranger
        await at.undo(plan)
        for path in stranger:
            kind, _, content = now[path]
            if kind == "file" and at.look().get(path) != now[path]:
                assert at.kept.find(hashlib.sha256(content.encode()).hexdigest()) == content.encode()

    with places() as at:
        asyncio.run(law(at))
