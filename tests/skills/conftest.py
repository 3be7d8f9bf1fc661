"""A real workspace with real sandbox and supervisor for the skills."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.adapters.bubblewrap import Bubblewrap
from interlock.adapters.supervisor import Supervisor
from interlock.adapters.unconfined import Unconfined
from interlock.core.plan import Act, Workspace
from interlock.ports import SkillResult, Surroundings
from interlock.skills.toolbox import Toolbox


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty workspace folder."""
    folder = tmp_path.resolve() / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def sandbox() -> Bubblewrap | Unconfined:
    """The best that this machine has."""
    confined = Bubblewrap()
    return confined if confined.problem() is None else Unconfined()


class Bench:
    """A toolbox with a short way to do one act as the gate would: canonical first, then exactly that."""

    def __init__(self, toolbox: Toolbox, supervisor: Supervisor) -> None:
        self.toolbox = toolbox
        self.supervisor = supervisor

    async def do(self, skill: str, *, changes: int = 0, timeout: float = 60.0, **arguments: Any) -> SkillResult:
        act, _ = self.toolbox.canonical(Act(skill=skill, arguments=arguments))
        return await self.toolbox.call(
            act, Surroundings(session="ses-1", call="call-1", timeout=timeout, changes=changes)
        )


@pytest.fixture
async def bench(root: Path, tmp_path: Path, sandbox: Bubblewrap | Unconfined) -> AsyncIterator[Callable[..., Bench]]:
    """Makes a bench for a workspace with these declarations."""
    made: list[Toolbox] = []
    supervisor = Supervisor(tmp_path / "services", sandbox)

    def make(**declared: Any) -> Bench:
        workspace = Workspace(root=str(root), name="work", **declared)
        toolbox = Toolbox(workspace, sandbox, supervisor, cache=tmp_path / "cache")
        made.append(toolbox)
        return Bench(toolbox, supervisor)

    yield make
    for toolbox in made:
        await toolbox.tidy("ses-1")


@pytest.fixture
def python() -> str:
    """An interpreter that the sandbox shows."""
    return "python3" if Path("/usr/bin/python3").exists() else sys.executable
