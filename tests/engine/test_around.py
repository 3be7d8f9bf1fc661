"""What is looked at around an act: nothing for one that writes nothing, named paths for a bounded one, else all."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from interlock.adapters.snapshots import FolderSnapshots
from interlock.adapters.supervisor import Supervisor
from interlock.adapters.unconfined import Unconfined
from interlock.core.events import SkillCalled, SkillReturned
from interlock.core.plan import Act, Workspace
from interlock.core.state import State
from interlock.engine.around import after, before
from interlock.engine.gate import Gate
from interlock.ports import StoreUnusable
from interlock.skills.toolbox import Toolbox
from interlock.testing import FixedAuthorizer, make_proposal


class Looked(FolderSnapshots):
    """Snapshots that note what was looked at."""

    def __init__(self, store: Path) -> None:
        within = FolderSnapshots.within(store)
        super().__init__(within._keep, within._get)
        self.looked: list[Sequence[str] | None] = []

    async def take(self, root: str, paths: Sequence[str] | None = None) -> str:
        """Note the paths."""
        self.looked.append(paths)
        return await super().take(root, paths)


@pytest.mark.parametrize(
    ("skill", "arguments", "looked"),
    [
        ("files.read", {"path": "a"}, []),
        ("checks.look", {}, []),
        ("git.status", {}, []),
        ("files.write", {"path": "a", "content": ""}, [("{root}/a",)]),
        ("files.remove", {"path": "a"}, [("{root}/a",)]),
        ("command.run", {"argv": ["true"]}, [None]),
        ("packages.uninstall", {"packages": ["a"]}, [None]),
    ],
)
async def test_only_what_an_act_can_change_is_looked_at_before_it(skill, arguments, looked, tmp_path):
    root = tmp_path.resolve() / "work"
    root.mkdir()
    (root / "a").write_text("a")
    workspace = Workspace(root=str(root), name="work")
    services = Supervisor(tmp_path / "services", Unconfined())
    toolbox = Toolbox(workspace, Unconfined(), services, cache=tmp_path / "cache")
    state = State(id="s", workspace=workspace)
    proposal = replace(make_proposal(), act=Act(skill=skill, arguments=arguments))
    admission = await Gate(toolbox, FixedAuthorizer()).judge(state, proposal, approved=False)
    snapshots = Looked(tmp_path / "store")
    kept = await before(snapshots, state, admission)
    expected = [None if paths is None else tuple(path.format(root=root) for path in paths) for paths in looked]
    assert snapshots.looked == expected
    assert bool(kept) is bool(expected)


async def test_an_act_whose_files_can_not_be_kept_does_not_run(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "kept").write_text("in the way")
    root = tmp_path.resolve() / "work"
    root.mkdir()
    state = State(id="s", workspace=Workspace(root=str(root), name="work"))
    services = Supervisor(tmp_path / "services", Unconfined())
    toolbox = Toolbox(state.workspace, Unconfined(), services, cache=tmp_path / "cache")
    proposal = replace(make_proposal(), act=Act(skill="command.run", arguments={"argv": ["true"]}))
    admission = await Gate(toolbox, FixedAuthorizer()).judge(state, proposal, approved=False)
    with pytest.raises(StoreUnusable, match="check its owner and free space"):
        await before(FolderSnapshots.within(tmp_path / "store"), state, admission)


async def test_what_has_run_is_recorded_though_what_it_left_can_not_be_kept(tmp_path):
    state = State(id="s", workspace=Workspace(root=str(tmp_path / "gone"), name="work"))
    assert await after(FolderSnapshots.within(tmp_path / "store"), state, "0" * 64) == ""


def test_events_from_before_there_were_snapshots_stay_as_they_were():
    for kind in (SkillCalled, SkillReturned):
        assert kind.__struct_fields__[-1] == "snapshot"
        assert kind.__struct_defaults__[-1] == ""
