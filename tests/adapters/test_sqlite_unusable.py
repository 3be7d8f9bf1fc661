"""A store that can't be used says so in words, says what to do, and loses nothing that was acknowledged."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import warnings
from contextlib import closing
from pathlib import Path

import pytest

from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog, verify
from interlock.ports import StoreUnusable
from interlock.testing import FakeClock
from store_drafts import planned, started


def opened(folder, busy=5.0):
    return SqliteLog.open(folder, clock=FakeClock(), seal=Seal.open(folder), busy=busy)


async def with_session(folder, busy=5.0):
    log = opened(folder, busy)
    await log.append("ses-1", [started(at=1)], expected=0, epoch=None)
    return log


def tamper(folder, statement):
    with closing(sqlite3.connect(folder / "interlock.db")) as db, db:
        db.execute(statement)


async def test_a_newer_store_is_left_alone(tmp_path):
    (await with_session(tmp_path)).close()
    tamper(tmp_path, "PRAGMA user_version = 99")

    with pytest.raises(StoreUnusable, match="has schema 99, this interlock knows 3; upgrade interlock"):
        opened(tmp_path)


def test_a_database_of_something_else_is_left_alone(tmp_path):
    tamper(tmp_path, "CREATE TABLE notes (text)")

    with pytest.raises(StoreUnusable, match="a database of something else"):
        opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / "interlock.db")) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]


def test_a_store_that_another_process_is_making_is_waited_for(tmp_path):
    with closing(sqlite3.connect(tmp_path / "interlock.db", isolation_level=None, check_same_thread=False)) as maker:
        maker.execute("BEGIN IMMEDIATE")
        made = threading.Timer(0.3, maker.execute, ["ROLLBACK"])
        made.start()

        opened(tmp_path).close()
        assert not maker.in_transaction
        made.join()


async def test_a_locked_store_is_named_and_works_again_when_it_is_free(tmp_path):
    log = await with_session(tmp_path, busy=0.05)
    with closing(sqlite3.connect(tmp_path / "interlock.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        for attempt in (
            log.append("ses-1", [planned(at=1)], expected=1, epoch=None),
            log.claim("me", session="ses-1", place="", lease=30),
        ):
            with pytest.raises(StoreUnusable, match="locked by another process"):
                await attempt
        assert (await log.row("ses-1")).version == 1
        holder.execute("ROLLBACK")

    await log.append("ses-1", [planned(at=1)], expected=1, epoch=None)
    log.close()


async def test_everyone_in_a_group_learns_that_the_store_is_locked(tmp_path):
    log = await with_session(tmp_path, busy=0.05)
    await log.append("ses-2", [started(at=1)], expected=0, epoch=None)
    with closing(sqlite3.connect(tmp_path / "interlock.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        both = (log.append(id, [planned(at=1)], expected=1, epoch=None) for id in ("ses-1", "ses-2"))
        results = await asyncio.gather(*both, return_exceptions=True)

    assert [type(result) for result in results] == [StoreUnusable, StoreUnusable]
    log.close()


async def test_a_damaged_page_is_named(tmp_path):
    log = await with_session(tmp_path)
    for seq in range(1, 60):
        await log.append("ses-1", [planned(at=1, why="x" * 500)], expected=seq, epoch=None)
    log.close()
    path = tmp_path / "interlock.db"
    # All but the pages of an empty store, where the settings and the schema are.
    opened(tmp_path / "empty").close()
    kept = (tmp_path / "empty" / "interlock.db").stat().st_size
    path.write_bytes(path.read_bytes()[:kept] + os.urandom(path.stat().st_size - kept))

    log = opened(tmp_path)
    with pytest.raises(StoreUnusable, match=r"is damaged .*; restore a backup"):
        await log.read("ses-1")
    log.close()
    assert not verify(tmp_path, seal=Seal.open(tmp_path)).ok


async def test_a_full_database_refuses_whole_and_goes_on_when_there_is_room(tmp_path):
    log = await with_session(tmp_path)
    # The limit is SQLite's own, so that the test needs no rights; the next one fills a real disk.
    pages = log._db.execute("PRAGMA page_count").fetchone()[0]
    log._db.execute(f"PRAGMA max_page_count = {pages + 4}")
    acknowledged = 1
    with pytest.raises(StoreUnusable, match="no space left"):
        while True:
            await log.append("ses-1", [planned(at=1, why="x" * 1000)] * 2, expected=acknowledged, epoch=None)
            acknowledged += 2

    assert (await log.row("ses-1")).version == len(await log.read("ses-1")) == acknowledged > 1
    log._db.execute("PRAGMA max_page_count = 1000000")
    await log.append("ses-1", [planned(at=1)], expected=acknowledged, epoch=None)
    log.close()
    assert verify(tmp_path, seal=Seal.open(tmp_path)).records == acknowledged + 1


FILL_A_DISK = """
import asyncio, subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store_drafts import planned, started
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog, verify
from interlock.ports import StoreUnusable
from interlock.testing import FakeClock

folder = Path(sys.argv[1])
if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).returncode:
    sys.exit(77)
ballast = folder / "ballast"
ballast.write_bytes(bytes(300_000))

async def main():
    seal = Seal.open(folder)
    log = SqliteLog.open(folder, clock=FakeClock(), seal=seal)
    await log.append("ses-1", [started(at=1)], expected=0, epoch=None)
    acknowledged = 1
    try:
        while True:
            await log.append("ses-1", [planned(at=1, why="x" * 3000)], expected=acknowledged, epoch=None)
            acknowledged += 1
    except StoreUnusable as problem:
        print(problem)
    assert len(await log.read("ses-1")) == acknowledged > 10, acknowledged
    ballast.unlink()
    await log.append("ses-1", [planned(at=1)], expected=acknowledged, epoch=None)
    log.close()
    found = verify(folder, seal=seal)
    assert found.ok and found.records == acknowledged + 1, found

asyncio.run(main())
"""


def test_a_full_disk_loses_nothing_and_the_store_goes_on_when_there_is_space(tmp_path):
    namespaces = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    script = [sys.executable, "-c", FILL_A_DISK, str(tmp_path), str(Path(__file__).parent)]
    ran = subprocess.run([*namespaces, *script], capture_output=True, text=True, timeout=60)
    if ran.returncode == 77 or "unshare:" in ran.stderr:
        pytest.skip("no file system can be mounted here; the test above fills the database by SQLite's own limit")

    assert ran.returncode == 0, ran.stderr
    assert "no space left for the store" in ran.stdout


def as_ordinary_user(act):
    """What `act` raises, in words, when an ordinary user does it: root may write everywhere."""
    if os.getuid():
        return act()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        os.write(writing, act().encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def test_a_store_that_may_not_be_written_is_named():
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "store"
        asyncio.run(with_session(folder)).close()
        # Readable for everyone, writable for nobody.
        for path in (folder, *folder.rglob("*"), Path(base)):
            path.chmod(0o555 if path.is_dir() else 0o444)

        def attempt():
            try:
                log = opened(folder)
                try:
                    asyncio.run(log.append("ses-1", [planned(at=1)], expected=1, epoch=None))
                finally:
                    log.close()
            except StoreUnusable as problem:
                return str(problem)
            return "it was written"

        said = as_ordinary_user(attempt)
        assert "can't be written" in said
        assert "check its owner, or choose another INTERLOCK_HOME" in said
        Path(base).chmod(0o700)
        folder.chmod(0o700)


def test_a_folder_that_can_not_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnusable, match="check the folder's owner and free space"):
        Seal.open(tmp_path / "file" / "store")
