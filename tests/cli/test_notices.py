"""People are told, from the installed command: by another process, in time, once, with no secret anywhere."""

import asyncio
import contextlib
import os
import signal
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hearing import Hook, desktop_program, free_port
from interlock.bootstrap import Interlock
from shell import DEAR, SENTENCE, Command, MakeWorkspace, Process, Terminal, the_session, until

SECRETS = ("hunter2", "s3cr3t-token")
QUIETLY = ("--non-interactive", "--quiet")


@pytest.fixture
def hook():
    with Hook().listening() as listening:
        yield listening


def outcomes(interlock: Command) -> list[tuple[str, str]]:
    return sorted((each["kind"], each["outcome"]) for each in interlock("notify", "ls", "--json").lines)


def driven_with_no_teller(home: Path, folder: Path) -> None:
    """A session up to its question or end, by a process that is gone before it told anybody."""

    async def drive() -> None:
        async with Interlock.open(home) as il:
            claim = await il.worker.claim((await il.start(SENTENCE, workspace=folder)).id)
            assert claim is not None
            await il.worker.drive(claim)

    asyncio.run(drive())


def an_hour_later(home: Path) -> None:
    with contextlib.closing(sqlite3.connect(home / "interlock.db", isolation_level=None)) as db:
        db.execute("UPDATE notices SET due = due - 3600000000 WHERE due IS NOT NULL")


def test_a_question_and_an_end_are_told_by_a_process_of_their_own_once(
    interlock: Command, workspace: MakeWorkspace, hook: Hook, home: Path
) -> None:
    interlock("preferences", "set", "channel.chat", hook.address)
    assert interlock("run", SENTENCE, "--workspace", workspace(DEAR), *QUIETLY).code == 10
    [question] = until(lambda: hook.heard)
    approval = the_session(interlock)["question"]
    assert f"interlock approve {approval}" in question

    assert interlock("approve", approval, "--json").code == 0
    until(lambda: len(hook.heard) == 2)
    assert "ended with success" in hook.heard[1]
    until(lambda: outcomes(interlock) == [("end", "delivered"), ("question", "delivered")])
    assert "end of" in (shown := interlock("show", the_session(interlock)["id"]).out)
    assert "to chat: delivered" in shown
    assert len(hook.heard) == 2


def test_no_secret_of_an_address_is_ever_shown_or_recorded(
    interlock: Command, workspace: MakeWorkspace, hook: Hook, home: Path
) -> None:
    hook.status = 403
    said = interlock("preferences", "set", "channel.chat", hook.address)
    said_too = interlock("organisation", "set", "owner.ana", hook.address)
    driven_with_no_teller(home, workspace())
    interlock("notify", "deliver")
    session = the_session(interlock)["id"]
    every = [
        said, said_too, interlock("notify", "test"), interlock("notify", "ls", "--json"), interlock("doctor"),
        interlock("preferences", "show"), interlock("preferences", "export"), interlock("organisation", "export"),
        interlock("show", session), interlock("show", session, "--json"), interlock("audit", "export"),
        interlock("preferences", "set", "channel.bad", "nosuch://hunter2@s3cr3t-token"),
    ]  # fmt: skip
    assert not [(each, secret) for each in every for secret in SECRETS if secret in each.all]
    stored = [file for file in home.rglob("*") if file.is_file() and file.suffix != ".json"]
    assert not [(file, secret) for file in stored for secret in SECRETS if secret.encode() in file.read_bytes()]


def test_telling_holds_no_command_up(interlock: Command, workspace: MakeWorkspace, hook: Hook, home: Path) -> None:
    interlock("preferences", "set", "channel.chat", hook.address)
    hook.silent.clear()
    assert interlock("run", SENTENCE, "--workspace", workspace(), *QUIETLY).code == 0
    assert hook.asked.wait(30), "the teller goes on when the command has ended"
    assert hook.heard == []
    assert outcomes(interlock) == [("end", "waiting")]
    hook.silent.set()
    until(lambda: outcomes(interlock) == [("end", "delivered")])


def test_a_killed_teller_loses_nothing(
    interlock: Command, workspace: MakeWorkspace, hook: Hook, home: Path, process: Callable[..., Process]
) -> None:
    interlock("preferences", "set", "channel.chat", hook.address)
    driven_with_no_teller(home, workspace())
    assert outcomes(interlock) == [("end", "waiting")]
    hook.silent.clear()
    teller = process("notify", "deliver")
    assert hook.asked.wait(30)
    teller.signal(signal.SIGKILL)
    teller.popen.wait()
    hook.silent.set()
    until(lambda: hook.heard)

    assert interlock("notify", "deliver").code == 0
    assert len(hook.heard) == 1, "the dead one's lease still runs"
    an_hour_later(home)
    assert interlock("notify", "deliver").code == 0
    assert len(hook.heard) == 2, "at least once: nobody knows that the first got through"
    assert outcomes(interlock) == [("end", "delivered")]


def test_the_next_drive_tells_what_a_killed_process_left(
    interlock: Command, workspace: MakeWorkspace, hook: Hook, home: Path
) -> None:
    interlock("preferences", "set", "channel.chat", hook.address)
    driven_with_no_teller(home, workspace(DEAR))
    assert hook.heard == []
    assert interlock("run", SENTENCE, "--workspace", workspace(name="other"), *QUIETLY).code == 0
    until(lambda: len(hook.heard) == 2)
    assert sorted("asks you" in each for each in hook.heard) == [False, True]


def test_what_does_not_get_through_is_seen_wherever_sessions_are_looked_at(
    interlock: Command, workspace: MakeWorkspace, home: Path
) -> None:
    interlock("preferences", "set", "channel.chat", f"json://127.0.0.1:{free_port()}/")
    driven_with_no_teller(home, workspace())
    assert "could not be delivered" not in interlock("ls").out
    assert interlock("notify", "deliver").code == 0

    assert "1 notice could not be delivered (yet); `interlock notify ls` says why" in interlock("ls").out
    assert "end of" in (listed := interlock("notify", "ls").out)
    assert "to chat: waiting: A Connection error occurred" in listed
    assert "next try at" in listed
    assert "to chat: waiting" in interlock("show", the_session(interlock)["id"]).out
    [found] = interlock("doctor", "--json").lines
    assert found["notices"]["ok"] is False
    an_hour_later(home)
    interlock("notify", "deliver")
    assert [each["tries"] for each in interlock("notify", "ls", "--json").lines] == [2]


def test_owners_are_told_though_your_hours_are_quiet(
    interlock: Command, workspace: MakeWorkspace, hook: Hook, home: Path
) -> None:
    folder = workspace()
    interlock("preferences", "set", "channel.mine", "json://127.0.0.1:9/")
    now, hour = datetime.now(), timedelta(hours=1)
    interlock("preferences", "set", "quiet", f"{now - hour:%H:%M}-{now + hour:%H:%M}")
    interlock("organisation", "set", "owner.ana", hook.address, "--workspace", folder)
    driven_with_no_teller(home, folder)
    interlock("notify", "deliver")
    assert len(hook.heard) == 1
    told = {each["channel"]: (each["outcome"], each["words"]) for each in interlock("notify", "ls", "--json").lines}
    assert told == {"owner.ana": ("delivered", ""), "mine": ("waiting", "quiet hours")}
    assert "could not be delivered" not in interlock("ls").out


def test_the_bell_rings_at_the_terminal_where_the_question_stands(
    interlock: Command, workspace: MakeWorkspace, terminal: Callable[..., Terminal]
) -> None:
    interlock("preferences", "set", "channel.bell", "bell")
    at = terminal("run", SENTENCE, "--workspace", workspace(DEAR), "--yes-to-readback")
    at.until("[l] later")
    at.until("\a")
    at.type("l\n")
    assert at.ended() == 10


def test_a_trial_reaches_every_channel_or_says_which_it_does_not(
    interlock: Command, hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no channel is set" in interlock("notify", "test").err
    shown = desktop_program(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    interlock("preferences", "set", "channel.chat", hook.address)
    interlock("preferences", "set", "channel.desk", "desktop")
    interlock("organisation", "set", "owner.ana", f"json://127.0.0.1:{free_port()}/")
    assert interlock("notify", "test") == (0, "ok  chat\nok  desk\n", "")
    assert len(hook.heard) == 1
    assert "Interlock: a trial" in shown.read_text()

    said = interlock("notify", "test", "owner.ana")
    assert (said.code, said.out[:14]) == (1, "BAD owner.ana:")
    assert interlock("notify", "test", "nobody").code == 2
