"""The user's own guard: being there is enough to be heard, and one that can't be run withholds."""

from pathlib import Path

import pytest

from examined import examine
from interlock.bootstrap import Interlock
from interlock.engine.loop import Status
from interlock.testing import make_check
from world import World


@pytest.mark.parametrize("mode", [0o600, None])
async def test_a_guard_that_cannot_be_run_withholds_every_act(tmp_path: Path, mode: int | None) -> None:
    if mode is None:
        (tmp_path / "guard").symlink_to(tmp_path / "nowhere")
    else:
        (tmp_path / "guard").write_text('#!/bin/sh\necho \'{"verdict": "allow"}\'\n')
        (tmp_path / "guard").chmod(mode)
    async with Interlock.open(tmp_path) as il:
        world = World(checks=[make_check(passes_after=1)], guards=il._guards)
        assert await world.drive() is Status.WAITING
        state = await examine(world)
    assert state.question is not None and state.question.rule == "guard_unavailable"
    assert not world.skills.calls
