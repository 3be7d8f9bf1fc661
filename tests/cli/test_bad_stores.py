"""A store that is damaged, locked, read-only, from the future or on a full disk: said in words, and nothing is lost."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from interlock.adapters.sqlite import SqliteLog
from shell import SENTENCE, Command, MakeWorkspace, the_session

QUIETLY = ("--non-interactive",)


@pytest.fixture
def store(interlock: Command, workspace: MakeWorkspace, home: Path) -> Path:
    """A store's database, with one session in it."""
    interlock("run", SENTENCE, "--workspace", workspace(), "--detach")
    return home / "interlock.db"


def test_a_damaged_database_is_named_with_what_to_do(interlock: Command, store: Path) -> None:
    store.write_bytes(b"SQLite format 3\0" + b"\xee" * 8192)
    for words in (("ls",), ("show", "ses"), ("resume", "ses")):
        said = interlock(*words)
        assert (said.code, "is damaged" in said.err, "restore a backup" in said.err) == (2, True, True), said
    assert interlock("audit", "verify").code == 3
    assert interlock("doctor").code == 1


def test_an_emptied_or_missing_database_is_no_fresh_start(interlock: Command, store: Path) -> None:
    for ruin in (lambda: store.write_bytes(b""), store.unlink):
        ruin()
        for leftover in store.parent.glob("interlock.db-*"):
            leftover.unlink()
        said = interlock("ls")
        assert (said.code, "heads file knows" in said.err) == (2, True), said


def test_a_database_of_something_else_is_left_alone(interlock: Command, home: Path) -> None:
    home.mkdir()
    with closing(sqlite3.connect(home / "interlock.db")) as db, db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    said = interlock("ls")
    assert (said.code, "a database of something else" in said.err) == (2, True), said


def test_a_newer_database_asks_for_an_upgrade(interlock: Command, store: Path) -> None:
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("PRAGMA user_version = 99")
    said = interlock("ls")
    assert (said.code, "upgrade interlock" in said.err) == (2, True), said


def test_a_locked_database_is_waited_for_and_then_named(
    interlock: Command, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = SqliteLog.open.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(
        SqliteLog, "open", classmethod(lambda cls, *at, **with_: impatient(cls, *at, **with_, busy=0.2))
    )
    with closing(sqlite3.connect(store, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        said = interlock("stop", "ses", "--no-drive")
        assert (said.code, "is locked by another process" in said.err) == (2, True), said
        assert interlock("ls").code == 0, "reading needs no lock"
        db.execute("ROLLBACK")
    assert the_session(interlock)["status"] == "queued"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk can be mounted by root alone: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_said_and_what_was_recorded_stays(
    interlock: Command, workspace: MakeWorkspace, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_HOME", str(small_disk / "home"))
    folder = workspace()
    session = interlock("run", SENTENCE, "--workspace", folder, "--detach", "--quiet").out.strip()
    before = interlock("audit", "export").out
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(b"\0" * 1024)
    said = interlock("resume", session, *QUIETLY)
    assert said.code == 2, said
    assert "space" in said.err
    assert len(said.err.splitlines()) == 1
    filler.unlink()
    assert interlock("audit", "export").out.startswith(before)
    assert interlock("resume", session).code == 0
    assert interlock("audit", "verify").code == 0
