"""Several processes on one store: answers, pauses, stops, signals and kills, each seen by whoever drives."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from shell import DEAR, SENTENCE, SMOKE, Command, MakeWorkspace, Process, the_session, until

Start = Callable[..., Process]
SLOW = '[tasks.build]\nrun = ["./build.sh"]\nidempotent = true\n' + SMOKE
GATED = "#!/bin/sh\ntouch began\nwhile ! test -e go; do sleep 0.05; done\ntouch built\n"
QUIETLY = ("--non-interactive",)


@pytest.fixture
def slow(workspace: MakeWorkspace) -> Path:
    """A workspace whose task begins, and ends once there is a file `go`."""
    return workspace(SLOW, build=GATED)


def test_a_pause_lets_the_running_act_end_and_resume_goes_on(interlock: Command, process: Start, slow: Path) -> None:
    driver, session = driven(process, interlock, slow)
    assert interlock("pause", session).out.startswith("pausing")
    (slow / "go").touch()
    said = driver.ended()
    assert said.code == 11
    assert f"interlock resume {session}" in said.out
    assert the_session(interlock)["status"] == "paused"
    assert (slow / "built").exists()
    assert interlock("pause", session).code == 2
    assert interlock("resume", session).code == 0
    assert acts(interlock, session) == 1, "what had run was not run again"


def test_a_stop_ends_the_running_act_and_the_session(interlock: Command, process: Start, slow: Path) -> None:
    driver, session = driven(process, interlock, slow)
    assert interlock("stop", session, "--reason", "changed my mind").code == 22
    assert driver.ended().code == 22
    assert not (slow / "built").exists()
    assert the_session(interlock)["outcome"] == "stopped_by_person"


def test_ctrl_c_once_pauses_cleanly(interlock: Command, process: Start, slow: Path) -> None:
    driver, session = driven(process, interlock, slow)
    driver.signal(signal.SIGINT)
    until(lambda: the_session(interlock)["status"] == "paused")
    (slow / "go").touch()
    said = driver.ended()
    assert (said.code, said.err) == (11, "")
    assert "pausing: the running act ends first" in said.out
    assert interlock("resume", session).code == 0


@pytest.mark.parametrize("ending", ["Ctrl-C twice", "SIGTERM", "SIGKILL"])
def test_a_process_that_is_ended_takes_its_act_along_and_loses_nothing(
    interlock: Command, process: Start, slow: Path, ending: str
) -> None:
    driver, session = driven(process, interlock, slow)
    children = psutil.Process(driver.popen.pid).children(recursive=True)
    if ending == "Ctrl-C twice":
        driver.signal(signal.SIGINT)
        until(lambda: the_session(interlock)["status"] == "paused")
        driver.signal(signal.SIGINT)
    else:
        driver.signal(getattr(signal, ending))
    said = driver.ended()
    assert said.code == {"Ctrl-C twice": 11, "SIGTERM": 143, "SIGKILL": -9}[ending]
    assert (f"interlock resume {session}" in said.out) == (ending != "SIGKILL")
    until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
    (slow / "go").touch()
    assert interlock("resume", session).code == 0
    assert acts(interlock, session) == 2, "the act that was cut off may be repeated, and was"
    assert interlock("audit", "verify").code == 0


def test_a_second_process_watches_and_takes_over_from_one_that_was_killed(
    interlock: Command, process: Start, slow: Path
) -> None:
    driver, session = driven(process, interlock, slow)
    watcher = process("resume", session, "--json", *QUIETLY)
    time.sleep(1.0)
    assert watcher.popen.poll() is None
    assert acts(interlock, session) == 1, "only one of them drives"
    driver.signal(signal.SIGKILL)
    (slow / "go").touch()
    assert watcher.ended().code == 0
    assert acts(interlock, session) == 2


def test_watch_follows_to_the_end_with_every_event(interlock: Command, process: Start, slow: Path) -> None:
    driver, session = driven(process, interlock, slow)
    watcher = process("watch", session, "--json")
    (slow / "go").touch()
    assert driver.ended().code == 0
    watched = watcher.ended()
    assert (watched.code, watched.out) == (0, interlock("audit", "export", session).out)


def test_two_processes_drive_two_sessions_of_one_new_store_at_once(
    interlock: Command, process: Start, workspace: MakeWorkspace
) -> None:
    folders = [workspace(name=name) for name in ("one", "two")]
    both = [process("run", SENTENCE, "--workspace", folder, *QUIETLY) for folder in folders]
    assert [each.ended().code for each in both] == [0, 0]
    assert {each["outcome"] for each in interlock("ls", "--json").lines} == {"success"}
    assert interlock("audit", "verify").code == 0


def test_work_drives_what_was_detached_and_ends_on_sigterm(
    interlock: Command, process: Start, workspace: MakeWorkspace
) -> None:
    worker = process("work")
    folder = workspace()
    session = interlock("run", SENTENCE, "--workspace", folder, "--detach", "--quiet").out.strip()
    until(lambda: status(interlock, session) == "ended")
    worker.signal(signal.SIGTERM)
    said = worker.ended()
    assert (said.code, said.err) == (0, "")
    assert f"{session}: ended" in said.out


def test_a_living_driver_takes_up_an_answer_within_a_second(
    interlock: Command, process: Start, workspace: MakeWorkspace
) -> None:
    worker = process("work")
    session = interlock("run", SENTENCE, "--workspace", workspace(DEAR), "--detach", "--quiet").out.strip()
    until(lambda: status(interlock, session) == "waiting")
    assert interlock("approve", session).code == 0
    worker.signal(signal.SIGINT)
    assert worker.ended().out.count(f"{session}: ended") == 1, "the worker drove it, not the one who answered"


def driven(process: Start, interlock: Command, folder: Path) -> tuple[Process, str]:
    """A process in the middle of an act, and its session."""
    driver = process("run", SENTENCE, "--workspace", folder, *QUIETLY)
    until(lambda: (folder / "began").exists() or driver.popen.poll() is not None)
    assert driver.popen.poll() is None, driver.ended()
    return driver, the_session(interlock)["id"]


def status(interlock: Command, session: str) -> str:
    """How a session stands."""
    return str(interlock("show", session, "--json").lines[0]["status"])


def acts(interlock: Command, session: str) -> int:
    """How many acts were begun."""
    return sum(event["kind"] == "SkillCalled" for event in exported(interlock, session))


def exported(interlock: Command, session: str) -> list[dict[str, Any]]:
    """The session's events."""
    return [json.loads(line) for line in interlock("audit", "export", session).out.splitlines()]
