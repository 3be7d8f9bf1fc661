"""The public surface: one page of names, an import that costs nothing, and a first program that runs."""

import subprocess
import sys
from pathlib import Path

import interlock

PROGRAM = """
import asyncio, sys
from pathlib import Path
from interlock import Approve, Interlock, Overrides

async def first(folder, workspace):
    async with Interlock.open(folder) as il:
        session = await il.start("Build it until ./check.sh passes.", workspace=workspace)
        async for event in session.events():
            print(event.kind)
        state = await session.state()
        print(state.ended, state.question.rule if state.question else "")
        if state.question:
            await session.tell(Approve(approval=state.question.approval))
            async for event in session.events():
                pass
            print((await session.state()).ended)

asyncio.run(first(Path(sys.argv[1]), sys.argv[2]))
"""
FILE = """
[prices]
minute = 1
[limits]
ask_above = 5
cap = 20
[tasks.build]
run = ["touch", "built"]
worst = { minute = 6 }
[checks.smoke]
kind = "smoke"
run = ["./check.sh"]
"""


def test_every_public_name_is_there_and_documented() -> None:
    assert sorted(interlock.__all__) == list(interlock.__all__)
    assert all(getattr(interlock, name).__doc__ for name in interlock.__all__)
    assert not hasattr(interlock, "nonsense")


def test_it_is_typed() -> None:
    assert (Path(interlock.__file__).parent / "py.typed").exists()


def test_importing_it_loads_next_to_nothing() -> None:
    words = "import sys; before = set(sys.modules); import interlock; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout.split()
    assert {name.partition(".")[0] for name in loaded} <= {"interlock", *sys.stdlib_module_names}
    assert not [name for name in loaded if name.startswith("interlock.")]


def test_the_first_program_of_the_manual_runs(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "interlock.toml").write_text(FILE)
    (folder / "check.sh").write_text("#!/bin/sh\ntest -e built && echo '1 passed'\n")
    (folder / "check.sh").chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "home"), str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    said = done.stdout.splitlines()
    assert said[:3] == ["SessionStarted", "GoalUnderstood", "PlanMade"]
    assert "None high_cost" in said
    assert said[-1] == "success"
