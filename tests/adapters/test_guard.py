"""A user's guard: a real program, one that objects, one that hangs, one that answers garbage."""

import asyncio
from pathlib import Path

import pytest

from interlock.adapters.guard import ProgramGuard
from interlock.core.plan import Act, Effects
from interlock.core.policy import Quote, Request
from interlock.core.state import State
from interlock.engine.gate import Gate
from interlock.testing import FixedAuthorizer, NoopSkills, make_proposal

REQUEST = Request(
    principal="ada",
    roles=("owner",),
    act=Act(skill="files.write", arguments={"path": "notes.md"}),
    quote=Quote(effects=Effects(writes=True)),
    workspace="/nowhere",
    session="ses-1",
)


def program(folder: Path, text: str) -> ProgramGuard:
    file = folder / "guard"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return ProgramGuard(file)


async def test_a_guard_that_allows_adds_nothing(tmp_path: Path) -> None:
    guard = program(tmp_path, """cat >/dev/null; echo '{"verdict": "allow"}'""")
    assert (await guard.judge(REQUEST)).outcome == "allowed"


async def test_a_guard_hears_the_act_and_can_want_a_person(tmp_path: Path) -> None:
    guard = program(tmp_path, """grep -q notes.md && echo '{"verdict": "ask", "words": "notes are mine"}'""")
    verdict = await guard.judge(REQUEST)
    assert (verdict.outcome, verdict.words) == ("withheld", "notes are mine")


async def test_a_guard_can_refuse(tmp_path: Path) -> None:
    guard = program(tmp_path, """cat >/dev/null; echo '{"verdict": "deny", "words": "never"}'""")
    assert (await guard.judge(REQUEST)).outcome == "denied"


@pytest.mark.parametrize(
    "text",
    ["exit 1", "echo yes", """echo '{"verdict": "maybe"}'""", """echo '{"verdict": "allow", "approve": "all"}'"""],
)
async def test_a_guard_that_fails_or_answers_garbage_withholds_the_act(tmp_path: Path, text: str) -> None:
    gate = Gate(NoopSkills(), FixedAuthorizer(), [program(tmp_path, f"cat >/dev/null; {text}")])
    admission = await gate.judge(State(), make_proposal(), approved=True)
    assert admission.verdict.outcome == "withheld"
    assert admission.verdict.risks == ("guard_unavailable",)


async def test_a_guard_that_hangs_withholds_the_act_and_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    guard = program(tmp_path, f"echo $$ > {pid}; exec sleep 1000")
    gate = Gate(NoopSkills(), FixedAuthorizer(), [guard], guard_timeout=0.5)
    admission = await gate.judge(State(), make_proposal(), approved=False)
    assert admission.verdict.risks == ("guard_unavailable",)
    for _ in range(100):
        if not Path(f"/proc/{pid.read_text().strip()}").exists():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the guard's program is still there")
