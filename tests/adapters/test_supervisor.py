"""Services outlive the act, are recognised for certain, and nobody else's process is taken for them or stopped."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from interlock.adapters.bubblewrap import Bubblewrap
from interlock.adapters.launch import born
from interlock.adapters.supervisor import Supervisor
from interlock.adapters.unconfined import Unconfined
from interlock.core.programs import Command, Service

SERVER = (
    "import http.server as h; h.ThreadingHTTPServer(('127.0.0.1', {port}), h.SimpleHTTPRequestHandler).serve_forever()"
)


@pytest.fixture(params=[Bubblewrap, Unconfined], ids=["bubblewrap", "unconfined"])
def sandbox(request):
    return request.param()


@pytest.fixture
async def supervisor(tmp_path, sandbox):
    supervisor = Supervisor(tmp_path / "services", sandbox)
    yield supervisor
    for session in ("s1", "s2"):
        await supervisor.stop(session)


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def stranger(port):
    process = subprocess.Popen([sys.executable, "-c", SERVER.format(port=port)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not answers(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield process
    process.kill()
    process.wait()


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def service(workspace: Path, argv: tuple[str, ...], *, digest="d1", session="s1", name="web", **more) -> Service:
    command = Command(argv=argv, cwd=str(workspace), workspace=str(workspace), network=True)
    return Service(name=name, session=session, digest=digest, command=command, **more)


def web(workspace: Path, port: int, **more) -> Service:
    return service(workspace, (sys.executable, "-c", SERVER.format(port=port)), port=port, **more)


def shell(workspace: Path, script: str, **more) -> Service:
    return service(workspace, ("sh", "-c", script), **more)


def tree(pid: int) -> list[psutil.Process]:
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


async def until(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not become so in time"
        await asyncio.sleep(0.001)


async def dead(processes: list[psutil.Process]) -> bool:
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, 5)
    return not alive


async def test_a_service_is_ready_when_it_listens_and_outlives_the_call(supervisor, workspace, port):
    state = await supervisor.ensure(web(workspace, port))
    assert (state.status, state.name, state.digest) == ("ready", "web", "d1")
    assert answers(port)
    assert supervisor.owns_port("s1", "web", port) is None
    assert psutil.Process(state.pid).create_time() == pytest.approx(state.started, abs=2)


async def test_the_same_digest_is_left_alone(supervisor, workspace, port):
    first = await supervisor.ensure(web(workspace, port))
    again = await supervisor.ensure(web(workspace, port))
    assert (again.pid, again.started, again.status) == (first.pid, first.started, "ready")


async def test_two_askers_at_once_get_one_process(supervisor, workspace, port):
    first, second = await asyncio.gather(*(supervisor.ensure(web(workspace, port)) for _ in range(2)))
    assert first.pid == second.pid and second.status == "ready"


async def test_another_digest_replaces_the_older_deployment_whole(supervisor, workspace, port):
    first = await supervisor.ensure(web(workspace, port))
    older = tree(first.pid)
    second = await supervisor.ensure(web(workspace, port, digest="d2"))
    assert second.status == "ready" and second.pid != first.pid
    assert await dead(older)
    assert supervisor.owns_port("s1", "web", port) is None


async def test_a_dead_service_is_started_again_under_the_same_digest(supervisor, workspace, port):
    first = await supervisor.ensure(web(workspace, port))
    older = tree(first.pid)
    os.kill(first.pid, signal.SIGTERM)
    assert await dead(older)
    assert (await supervisor.state("s1", "web")).status == "exited"
    assert (await supervisor.ensure(web(workspace, port))).status == "ready"


async def test_a_stranger_on_the_port_is_named_and_not_mistaken(supervisor, workspace, port, stranger):
    state = await supervisor.ensure(web(workspace, port))
    assert state.status == "port_taken"
    assert f"process {stranger.pid} (`" in state.output and "http.server" in state.output
    assert stranger.poll() is None
    assert str(stranger.pid) in supervisor.owns_port("s1", "web", port)


async def test_a_stranger_that_comes_after_us_on_the_same_port_spoils_it(supervisor, workspace, port):
    script = (
        "import socket, time; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1);"
        f"s.bind(('127.0.0.1', {port})); s.listen(); time.sleep(600)"
    )
    state = await supervisor.ensure(service(workspace, (sys.executable, "-c", script), port=port))
    assert state.status == "ready"
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        assert f"process {os.getpid()}" in supervisor.owns_port("s1", "web", port)
    assert supervisor.owns_port("s1", "web", port) is None


async def test_an_older_deployment_under_another_name_fails_the_check(supervisor, workspace, port):
    older = await supervisor.ensure(web(workspace, port, name="old"))
    newer = await supervisor.ensure(web(workspace, port, name="web"))
    assert newer.status == "port_taken"
    assert "service `web` does not run" in supervisor.owns_port("s1", "web", port)
    assert psutil.pid_exists(older.pid)


async def test_a_port_held_by_another_process_while_ours_lives_is_not_ours(supervisor, workspace, port, stranger):
    await supervisor.ensure(shell(workspace, "sleep 600"))
    assert f"process {stranger.pid}" in supervisor.owns_port("s1", "web", port)


async def test_a_port_where_nobody_listens_is_nobodys(supervisor, workspace, port):
    await supervisor.ensure(shell(workspace, "sleep 600"))
    assert supervisor.owns_port("s1", "web", port) == f"nothing listens on port {port}"


async def test_a_service_that_exits_at_start_tells_why(supervisor, workspace, port):
    state = await supervisor.ensure(shell(workspace, "echo 'no such table: orders' >&2; exit 3", port=port))
    assert (state.status, state.exit_code, state.output) == ("exited", 3, "no such table: orders\n")


async def test_a_program_that_is_missing_is_an_exit_in_words(supervisor, workspace, port):
    state = await supervisor.ensure(service(workspace, ("no-such-server",), port=port))
    assert (state.status, state.exit_code, state.output) == ("exited", 127, "no-such-server: command not found")


async def test_a_service_that_never_listens_is_not_ready_and_says_what_it_printed(supervisor, workspace, port):
    state = await supervisor.ensure(shell(workspace, "echo waiting; sleep 600", port=port, ready_timeout=0.5))
    assert state.status == "not_ready"
    assert state.output == f"waiting\n\n[not ready: nothing listens on port {port}]"


async def test_a_service_without_a_port_is_ready_when_it_lives_a_while(supervisor, workspace):
    assert (await supervisor.ensure(shell(workspace, "sleep 600"))).status == "ready"


async def test_a_service_survives_the_process_that_started_it(supervisor, sandbox, workspace, port, tmp_path):
    kind = type(sandbox)
    driver = f"""
import asyncio, os, pathlib, sys
from {kind.__module__} import {kind.__name__}
from interlock.adapters.supervisor import Supervisor
from interlock.core.programs import Command, Service
command = Command(argv=(sys.executable, "-c", {SERVER.format(port=port)!r}), cwd={str(workspace)!r},
                  workspace={str(workspace)!r}, network=True)
starting = Supervisor(pathlib.Path({str(tmp_path / "services")!r}), {kind.__name__}())
asyncio.run(starting.ensure(Service(name="web", session="s1", digest="d1", command=command, port={port})))
os.kill(os.getpid(), 9)
"""
    env = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    starter = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", driver], env=env)
    assert starter.returncode == -9
    state = await supervisor.ensure(web(workspace, port))
    assert state.status == "ready" and state.started < time.time() - 0.01
    assert supervisor.owns_port("s1", "web", port) is None
    assert os.getsid(state.pid) != os.getsid(0)


async def test_stop_ends_the_whole_tree_and_forgets_it(supervisor, workspace):
    state = await supervisor.ensure(shell(workspace, "setsid sleep 600 & sleep 600"))
    processes = tree(state.pid)
    assert len(processes) >= 3
    await supervisor.stop("s1", "web")
    assert await dead(processes)
    assert await supervisor.state("s1", "web") is None


async def test_a_service_may_tidy_up_when_it_is_stopped(supervisor, workspace):
    script = "trap 'sleep 0.3; echo bye > said; exit 0' TERM; while :; do sleep 0.05; done"
    await supervisor.ensure(shell(workspace, script))
    await supervisor.stop("s1")
    assert (workspace / "said").read_text() == "bye\n"


async def test_a_service_that_ignores_the_request_dies_anyway(supervisor, workspace):
    state = await supervisor.ensure(shell(workspace, "trap '' TERM; while :; do sleep 0.1; done"))
    processes = tree(state.pid)
    began = time.monotonic()
    await supervisor.stop("s1")
    assert 4.5 < time.monotonic() - began < 9
    assert await dead(processes)


async def test_stop_reaches_only_its_own_session(supervisor, workspace):
    other = await supervisor.ensure(shell(workspace, "sleep 600", session="s2"))
    await supervisor.ensure(shell(workspace, "sleep 600"))
    await supervisor.stop("s1")
    assert (await supervisor.state("s2", "web")).status == "ready"
    assert psutil.pid_exists(other.pid)


async def test_a_recycled_pid_is_never_killed(supervisor, workspace):
    state = await supervisor.ensure(shell(workspace, "sleep 600"))
    innocent = await asyncio.create_subprocess_exec("sleep", "600")
    ended = next(supervisor.folder.rglob("*.ended"))
    genuine = ended.read_text()
    ended.write_text(genuine.replace(f'"pid": {state.pid}', f'"pid": {innocent.pid}'))
    assert (await supervisor.state("s1", "web")).status == "exited"
    record = next(supervisor.folder.rglob("*.json"))
    kept = record.read_bytes()
    await supervisor.stop("s1")
    assert born(innocent.pid) is not None
    innocent.kill()
    await innocent.wait()
    ended.write_text(genuine)
    record.write_bytes(kept)


async def test_a_service_whose_starter_gave_up_at_once_is_found_again(supervisor, workspace):
    launched = asyncio.create_task(supervisor.ensure(shell(workspace, "sleep 600")))
    await until(lambda: (record := supervisor.recorded("s1", "web")) and record.pid)
    launched.cancel()
    with pytest.raises(asyncio.CancelledError):
        await launched
    first = await supervisor.state("s1", "web")
    assert (await supervisor.ensure(shell(workspace, "sleep 600"))).pid == first.pid


async def test_names_that_look_like_paths_stay_in_the_folder(supervisor, workspace, tmp_path):
    await supervisor.ensure(shell(workspace, "sleep 600", name="../../x"))
    await supervisor.stop("s1", "../../x")
    assert {path.name for path in tmp_path.iterdir()} == {"workspace", "services"}


async def test_a_service_whose_keeper_is_killed_outright_goes_with_it(supervisor, workspace):
    state = await supervisor.ensure(service(workspace, ("sleep", "600")))
    processes = tree(state.pid)
    os.kill(state.pid, signal.SIGKILL)
    assert await dead(processes)
    ended = await supervisor.state("s1", "web")
    assert (ended.status, ended.exit_code) == ("exited", None)
