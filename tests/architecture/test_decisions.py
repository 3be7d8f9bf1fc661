"""Two decisions that only show across parts: a recorded workspace, and a step that goes stale."""

import pytest

from interlock import Interlock
from interlock.agents.executor import Executor
from interlock.core.events import PlanMade
from interlock.core.state import State

CHECK = '[checks.unit]\nrun = "./check.sh"\n'


async def test_an_edit_of_the_project_file_changes_nothing_of_a_session_that_began(tmp_path):
    (tmp_path / "interlock.toml").write_text(f"[limits]\nask_above = 2\ncap = 4\nmax_iterations = 1\n{CHECK}")
    (tmp_path / "check.sh").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "check.sh").chmod(0o755)
    async with Interlock.open(tmp_path / "home") as il:
        session = await il.start("Keep fixing it until the tests pass.", workspace=tmp_path)
        (tmp_path / "interlock.toml").write_text('[limits]\ncap = 900\n[checks.unit]\nrun = "true"\n')
        async for _ in session.events():
            pass
        state = await session.state()
    assert state.ended == "max_iterations"
    assert (state.budget.cap, state.workspace.checks[0].act.arguments["argv"]) == (4_000_000, ["./check.sh"])


@pytest.mark.parametrize(("revision", "skill"), [(3, "checks.look"), (4, "process.ensure")])
async def test_a_step_done_before_a_change_outside_the_plan_is_done_again(revision, skill):
    done = State(plan=PlanMade(steps=("service:web",)), done={"service:web": 3}, revision=revision)
    (proposal,) = await Executor().propose(done)
    assert proposal.act.skill == skill
