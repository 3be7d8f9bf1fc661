"""Several processes on one store: real ones, killed for real."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog, verify
from interlock.adapters.sqlite.owner_lock import OwnerLock, is_gone
from interlock.core.events import Draft, PlanMade
from interlock.ports import ClaimLost, StoreUnusable
from interlock.testing import FakeClock
from store_drafts import planned, started

HERE = Path(__file__).parent

CLAIM_AND_HANG = """
import asyncio, sys, time
from pathlib import Path
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.testing import FakeClock

folder = Path(sys.argv[1])
log = SqliteLog.open(folder, clock=FakeClock(), seal=Seal.open(folder))
claim = asyncio.run(log.claim("doomed", session="ses-1", place="here", lease=3600))
print(claim.epoch, flush=True)
time.sleep(600)
"""

APPEND_UNTIL_KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store_drafts import planned
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.testing import FakeClock

folder, name, most = Path(sys.argv[1]), sys.argv[3], int(sys.argv[4])

async def main():
    log = SqliteLog.open(folder, clock=FakeClock(), seal=Seal.open(folder))
    for number in range(most):
        [event] = await log.append("ses-1", [planned(at=1, why=f"{name}-{number}")], expected=None, epoch=None)
        print(event.seq, event.data.why, flush=True)

asyncio.run(main())
"""


def opened(folder, clock=None):
    return SqliteLog.open(folder, clock=clock or FakeClock(), seal=Seal.open(folder))


async def with_session(folder):
    log = opened(folder)
    await log.append("ses-1", [started(at=1)], expected=0, epoch=None)
    return log


def spawn(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def end(process):
    process.kill()
    process.communicate()


async def test_what_a_killed_process_held_is_taken_over_at_once(tmp_path):
    log = await with_session(tmp_path)
    process = spawn(CLAIM_AND_HANG, tmp_path)
    try:
        assert process.stdout.readline() == "1\n"
        assert await log.claim("heir", session=None, place="here", lease=30) is None
        assert await log.claim("heir", session="ses-1", place="here", lease=30) is None
    finally:
        end(process)

    heir = await log.claim("heir", session=None, place="here", lease=30)
    assert (heir.session, heir.epoch) == ("ses-1", 2)
    with pytest.raises(ClaimLost):
        await log.append("ses-1", [planned(at=1)], expected=None, epoch=1)
    log.close()


async def test_what_a_closed_store_held_is_taken_over_at_once(tmp_path):
    first, second = await with_session(tmp_path), opened(tmp_path)
    assert await first.claim("first", session=None, place="here", lease=3600)
    assert await second.claim("second", session=None, place="here", lease=3600) is None
    first.close()

    assert (await second.claim("second", session=None, place="here", lease=3600)).epoch == 2
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == ["second.lock"]
    second.close()
    assert list((tmp_path / "run").iterdir()) == []


def test_an_owners_name_is_one_processs_alone(tmp_path):
    lock = OwnerLock.take(tmp_path, "me")
    assert not is_gone(tmp_path, "me")
    with pytest.raises(StoreUnusable, match="already drives as `me`"):
        OwnerLock.take(tmp_path, "me")
    lock.release()
    assert is_gone(tmp_path, "me")
    OwnerLock.take(tmp_path, "me").release()
    with pytest.raises(ValueError, match="usable as a file's"):
        OwnerLock.take(tmp_path, "../me")


async def test_many_processes_append_to_one_store_without_a_gap(tmp_path):
    log = await with_session(tmp_path)
    processes = [spawn(APPEND_UNTIL_KILLED, tmp_path, HERE, name, 40) for name in "abc"]
    for process in processes:
        process.communicate(timeout=60)

    assert [process.returncode for process in processes] == [0, 0, 0]
    events = await log.read("ses-1")
    assert [event.seq for event in events] == list(range(1, 122))
    assert Counter(event.data.why[0] for event in events[1:]) == {"a": 40, "b": 40, "c": 40}
    log.close()
    assert verify(tmp_path, seal=Seal.open(tmp_path)).ok


BEGIN_TOGETHER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store_drafts import started
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.testing import FakeClock

print("ready", flush=True)
sys.stdin.readline()
folder = Path(sys.argv[1])
log = SqliteLog.open(folder, clock=FakeClock(), seal=Seal.open(folder))
asyncio.run(log.append(f"ses-{sys.argv[3]}", [started(at=1)], expected=0, epoch=None))
log.close()
"""


async def test_processes_that_make_the_store_at_once_make_one(tmp_path):
    folder = tmp_path / "store"
    processes = [spawn(BEGIN_TOGETHER, folder, HERE, name) for name in "abcd"]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)

    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    found = verify(folder, seal=Seal.open(folder))
    assert (found.ok, found.records) == (True, 4), found


async def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path):
    log = await with_session(tmp_path)
    for round_ in range(8):
        process = spawn(APPEND_UNTIL_KILLED, tmp_path, HERE, f"round{round_}", 100_000)
        acknowledged = [process.stdout.readline() for _ in range(3 + 7 * round_)]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.communicate()[0].splitlines(keepends=True)

        events = {event.seq: event.data for event in await log.read("ses-1", after=1)}
        for line in filter(lambda line: line.endswith("\n"), acknowledged):
            seq, why = line.split()
            assert events[int(seq)].why == why
        assert verify(tmp_path, seal=Seal.open(tmp_path)).ok
    log.close()


async def test_appends_of_several_sessions_share_commits(tmp_path):
    log = opened(tmp_path)
    sessions = [f"ses-{number}" for number in range(20)]
    await asyncio.gather(*(log.append(id, [started(at=1)], expected=0, epoch=None) for id in sessions))

    async def drive(session):
        claim = await log.claim(f"worker-{session}", session=session, place="here", lease=30)
        for seq in range(1, 11):
            await log.append(session, [planned(at=1)], expected=seq, epoch=claim.epoch)

    before = len(list(Seal.open(tmp_path).published()))
    await asyncio.gather(*(drive(session) for session in sessions))
    commits = len(list(Seal.open(tmp_path).published())) - before
    assert 10 <= commits <= 15
    log.close()
    assert verify(tmp_path, seal=Seal.open(tmp_path)).records == 20 * 11


async def test_a_caller_that_gave_up_in_the_queue_wrote_nothing_and_harms_nobody(tmp_path):
    log = opened(tmp_path)
    for session in ("ses-1", "ses-2"):
        await log.append(session, [started(at=1)], expected=0, epoch=None)
    one = asyncio.ensure_future(log.append("ses-1", [planned(at=1)], expected=1, epoch=None))
    two = asyncio.ensure_future(log.append("ses-2", [planned(at=1)], expected=1, epoch=None))
    await asyncio.sleep(0)
    one.cancel()

    async with asyncio.timeout(10):
        assert [event.seq for event in await two] == [2]
    with pytest.raises(asyncio.CancelledError):
        await one
    assert (await log.row("ses-1")).version == 1
    log.close()


async def test_an_append_that_can_not_be_encoded_harms_nobody_in_its_commit(tmp_path):
    log = opened(tmp_path)
    for session in ("ses-1", "ses-2"):
        await log.append(session, [started(at=1)], expected=0, epoch=None)
    unspeakable = Draft(id="x", at=1, iteration=1, actor="x", event=PlanMade(why=object()))
    bad, good = await asyncio.gather(
        log.append("ses-1", [planned(at=1), unspeakable], expected=1, epoch=None),
        log.append("ses-2", [planned(at=1)], expected=1, epoch=None),
        return_exceptions=True,
    )

    assert isinstance(bad, TypeError)
    assert [event.seq for event in good] == [2]
    assert (await log.row("ses-1")).version == 1
    log.close()
    assert verify(tmp_path, seal=Seal.open(tmp_path)).ok
