"""What a process that was killed at a session's very end left running is stopped by the next worker."""

import asyncio
import socket
import sys
from pathlib import Path

import psutil

from interlock import Interlock
from interlock.core.events import SessionEnded
from interlock.core.evolve import replay
from interlock.engine.control import drafts

PROJECT = """
[services.web]
run = ["{python}", "-m", "http.server", "{{port}}", "--bind", "127.0.0.1"]
port = {port}
[checks.answers]
http = "http://127.0.0.1:{{web.port}}/"
service = "web"
[checks.never]
file = "never"
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_services_of_an_ended_session_do_not_outlive_it(tmp_path: Path) -> None:
    workspace, home = tmp_path / "work", tmp_path / "home"
    workspace.mkdir()
    (workspace / "interlock.toml").write_text(PROJECT.format(python=sys.executable, port=free_port()))
    async with Interlock.open(home) as il:
        session = await il.start("Fix it until all tests pass.", workspace=workspace)
        events = [event async for event in session.events()]
        pids = [event.data.facts["pid"] for event in events if event.kind == "SkillReturned" and event.data.facts]
        assert pids and runs(pids[-1]), "the service runs while a question is open"
        state = replay(await il.log.read(session.id))
        end = drafts([SessionEnded(outcome="stopped_by_person")], state, il.clock, il.ids, "engine")
        await il.log.append(session.id, end, expected=state.version, epoch=None)

        stop = asyncio.Event()
        stop.set()
        await il.work(slots=1, stop=stop)
        assert not runs(pids[-1])
