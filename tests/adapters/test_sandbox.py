"""The sandbox holds what it promises, shown with real programs; the opt-out keeps the same limits without the walls."""

import asyncio
import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from interlock.adapters.bubblewrap import Bubblewrap
from interlock.adapters.unconfined import Unconfined
from interlock.core.programs import Command
from interlock.ports import Sandbox


@pytest.fixture(params=[Bubblewrap, Unconfined], ids=["bubblewrap", "unconfined"])
def sandbox(request):
    return request.param()


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def shell(workspace: Path, script: str, **more) -> Command:
    return Command(argv=("sh", "-c", script), cwd=str(workspace), workspace=str(workspace), **more)


def running(marker: str) -> list[int]:
    return [p.pid for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", marker]]


async def until(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not become so in time"
        await asyncio.sleep(0.02)


async def test_output_and_exit_code_come_back(sandbox: Sandbox, workspace):
    ran = await sandbox.run(shell(workspace, "echo out; echo err >&2; exit 4"))
    assert (ran.exit_code, ran.output, ran.ended, ran.dropped) == (4, "out\nerr\n", "exited", 0)


async def test_the_environment_is_cleared_and_the_commands_own_is_added(sandbox: Sandbox, workspace, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "do-not-tell")
    ran = await sandbox.run(shell(workspace, "env; cat /proc/1/environ", env=(("STAGE", "a b\nc"),)))
    assert "do-not-tell" not in ran.output
    assert "STAGE=a b\nc\n" in ran.output
    assert "LANG=C.UTF-8" in ran.output and "TERM=dumb" in ran.output and "NO_COLOR=1" in ran.output


async def test_no_descriptor_of_ours_is_open_in_the_command(sandbox: Sandbox, workspace, tmp_path):
    with (tmp_path / "store.db").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        ran = await sandbox.run(shell(workspace, "ls -1 /proc/self/fd"))
    assert ran.output.split() == ["0", "1", "2", "3"]  # 3 is the listing of the folder itself


async def test_a_program_that_is_not_there_is_unstartable(sandbox: Sandbox, workspace):
    ran = await sandbox.run(Command(argv=("no-such-tool",), cwd=str(workspace), workspace=str(workspace)))
    assert (ran.ended, ran.exit_code, ran.output) == ("unstartable", None, "no-such-tool: command not found")


async def test_a_file_without_the_right_to_run_is_unstartable(sandbox: Sandbox, workspace):
    (workspace / "check.sh").write_text("#!/bin/sh\n")
    ran = await sandbox.run(Command(argv=("./check.sh",), cwd=str(workspace), workspace=str(workspace)))
    assert (ran.ended, ran.output) == ("unstartable", "./check.sh: permission denied")


async def test_a_script_runs_from_its_folder(sandbox: Sandbox, workspace):
    script = workspace / "sub" / "check.sh"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\npwd\n")
    script.chmod(0o755)
    ran = await sandbox.run(Command(argv=("./check.sh",), cwd=str(script.parent), workspace=str(workspace)))
    assert ran.output.strip() == str(script.parent)


async def test_a_zero_byte_smuggles_nothing_into_the_sandboxs_own_options(sandbox: Sandbox, workspace):
    ran = await sandbox.run(shell(workspace, "true", env=(("X", "1\0--bind\0/\0/"),)))
    assert ran.ended == "unstartable"


async def test_the_workspaces_environment_comes_first_on_the_path(sandbox: Sandbox, workspace):
    tool = workspace / ".venv" / "bin" / "sort"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\necho mine\n")
    tool.chmod(0o755)
    ran = await sandbox.run(Command(argv=("sort",), cwd=str(workspace), workspace=str(workspace)))
    assert ran.output == "mine\n"


async def test_invalid_utf8_is_replaced(sandbox: Sandbox, workspace):
    heard = []
    ran = await sandbox.run(shell(workspace, r"printf 'a\377b\303'"), on_output=heard.append)
    assert ran.output == "a\ufffdb\ufffd"
    assert "".join(heard) == "a\ufffdb"


async def test_a_hanging_command_ends_at_its_timeout(sandbox: Sandbox, workspace):
    ran = await sandbox.run(shell(workspace, "echo begun; sleep 600", timeout=0.7))
    assert (ran.ended, ran.exit_code, ran.output) == ("timeout", None, "begun\n")
    assert ran.seconds < 3


async def test_a_command_may_tidy_up_when_it_is_told_to_end(sandbox: Sandbox, workspace):
    script = "trap 'sleep 0.3; echo tidied; exit 0' TERM; echo begun; while :; do sleep 0.05; done"
    ran = await sandbox.run(shell(workspace, script, timeout=0.7))
    assert ran.ended == "timeout" and ran.output.endswith("tidied\n")
    assert ran.seconds < 3


async def test_a_command_that_ignores_the_request_to_end_is_killed_five_seconds_later(sandbox: Sandbox, workspace):
    ran = await sandbox.run(shell(workspace, "trap '' TERM; while :; do sleep 0.1; done", timeout=0.5))
    assert ran.ended == "timeout"
    assert 5 < ran.seconds < 8


async def test_a_person_can_stop_a_command(sandbox: Sandbox, workspace):
    stop = asyncio.Event()
    ran = await sandbox.run(shell(workspace, "echo begun; sleep 600"), on_output=lambda _: stop.set(), stop=stop)
    assert (ran.ended, ran.exit_code) == ("stopped", None)
    assert ran.seconds < 3


async def test_a_grandchild_in_its_own_session_dies_with_the_command(sandbox: Sandbox, workspace):
    marker = f"7{time.time_ns() % 10**9}"
    ran = await sandbox.run(shell(workspace, f"setsid sleep {marker} >/dev/null 2>&1 & echo gone"))
    assert (ran.ended, ran.exit_code) == ("exited", 0)
    await until(lambda: not running(marker))


async def test_a_grandchild_that_ignores_everything_dies_at_the_timeout(sandbox: Sandbox, workspace):
    marker = f"7{time.time_ns() % 10**9}"
    script = f"setsid sh -c \"trap '' TERM HUP; while :; do sleep {marker}; done\" & wait"
    ran = await sandbox.run(shell(workspace, script, timeout=0.5))
    assert ran.ended == "timeout"
    await until(lambda: not running(marker))


async def test_a_cancelled_run_leaves_nothing_behind(sandbox: Sandbox, workspace):
    marker = f"7{time.time_ns() % 10**9}"
    task = asyncio.create_task(sandbox.run(shell(workspace, f"trap '' TERM; sleep {marker}; sleep {marker}")))
    await until(lambda: running(marker))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not running(marker))


async def test_however_early_a_run_is_cancelled_nothing_is_left(sandbox: Sandbox, workspace):
    marker = f"7{time.time_ns() % 10**9}"
    for moment in range(0, 100, 4):
        task = asyncio.create_task(sandbox.run(shell(workspace, f"trap '' TERM; sleep {marker}; sleep {marker}")))
        await asyncio.wait({task}, timeout=moment / 1000)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)
    await until(lambda: not running(marker))


async def test_a_listener_that_raises_ends_the_command_and_is_heard(sandbox: Sandbox, workspace):
    def broken(_text: str) -> None:
        raise ValueError("no room on the screen")

    marker = f"7{time.time_ns() % 10**9}"
    with pytest.raises(ValueError, match="no room"):
        await sandbox.run(shell(workspace, f"echo begun; sleep {marker}; true"), on_output=broken)
    await until(lambda: not running(marker))


async def test_a_flood_of_a_gigabyte_is_cut_off_in_bounded_memory_and_time(sandbox: Sandbox, workspace):
    before = psutil.Process().memory_info().rss
    ran = await sandbox.run(shell(workspace, "echo first; yes | head -c 1000000000", output_limit=10_000))
    assert ran.ended == "flooded"
    assert ran.output.startswith("first\ny\n") and len(ran.output) < 11_000
    assert ran.dropped > 50_000_000
    assert ran.seconds < 20
    assert psutil.Process().memory_info().rss - before < 50_000_000


async def test_head_and_tail_of_a_long_output_are_kept(sandbox: Sandbox, workspace):
    ran = await sandbox.run(shell(workspace, "echo head; seq 100000; echo tail", output_limit=1000))
    assert (ran.ended, ran.exit_code) == ("exited", 0)
    assert ran.output.startswith("head\n") and ran.output.endswith("100000\ntail\n")
    assert f"[{ran.dropped} bytes not kept]" in ran.output


async def test_a_command_that_closes_its_output_is_still_waited_for(sandbox: Sandbox, workspace):
    ran = await sandbox.run(shell(workspace, "exec >&- 2>&-; sleep 0.6; exit 3"))
    assert ran.exit_code == 3
    assert ran.seconds > 0.6


async def test_a_crash_is_told_from_an_exit(sandbox: Sandbox, workspace):
    ran = await sandbox.run(shell(workspace, "kill -SEGV $$"))
    assert (ran.ended, ran.exit_code) == ("signalled", 139)


async def test_core_files_processes_and_file_sizes_are_bounded(sandbox: Sandbox, workspace):
    ran = await sandbox.run(shell(workspace, "grep -E 'core file|processes|file size' /proc/self/limits"))
    bounds = {line[:25].strip(): line.split()[-2] for line in ran.output.splitlines()}
    bounds = {name: value for name, value in bounds.items() if value != "unlimited"}
    assert len(bounds) == 3, ran.output


async def test_the_loop_goes_on_while_a_command_runs(sandbox: Sandbox, workspace):
    task = asyncio.create_task(sandbox.run(shell(workspace, "yes | head -c 20000000; sleep 0.5")))
    longest, last = 0.0, time.monotonic()
    while not task.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert longest < 0.4


async def test_the_command_dies_with_the_process_that_drives_it(sandbox: Sandbox, workspace):
    marker = f"7{time.time_ns() % 10**9}"
    kind = type(sandbox)
    driver = (
        f"import asyncio; from {kind.__module__} import {kind.__name__}; from interlock.core.programs import Command\n"
        f"asyncio.run({kind.__name__}().run(Command(argv=('sh','-c','sleep {marker}; true'),"
        f" cwd={str(workspace)!r}, workspace={str(workspace)!r})))"
    )
    env = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", driver, env=env)
    await until(lambda: running(marker), 20)
    process.kill()
    await process.wait()
    await until(lambda: not running(marker))
