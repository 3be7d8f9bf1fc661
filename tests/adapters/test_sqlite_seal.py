"""Tampering with the embedded store: whatever is done to its files, `verify` sees it and names the first bad record."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog, verify
from interlock.core.audit import Tree, leaf_hash
from interlock.core.events import decode, encode, place
from interlock.ports import StoreUnusable
from interlock.testing import FakeClock
from store_drafts import answered, asked, called, learned, planned, returned, started

RECORDS = 14


async def fill(folder):
    """Two sessions in turn: leaves 0 and 1 are the starts, then a few commits each."""
    clock = FakeClock()
    log = SqliteLog.open(folder, clock=clock, seal=Seal.open(folder))
    for session in ("ses-a", "ses-b"):
        await log.append(session, [started(at=clock.now())], expected=0, epoch=None)
    for session in ("ses-a", "ses-b"):
        batches = [
            [planned(at=clock.now(), why="first"), asked(f"apr-{session}", at=clock.now())],
            [answered(f"apr-{session}", at=clock.now())],
            [called(at=clock.now(), hold=9, approval=f"apr-{session}"), returned(at=clock.now(), cost=4, release=9)],
            [learned(at=clock.now(), worked=True)],
        ]
        for batch in batches:
            await log.append(session, batch, expected=None, epoch=None)
    return log


@pytest.fixture
async def folder(tmp_path):
    log = await fill(tmp_path / "store")
    log.close()
    return tmp_path / "store"


def tamper(folder, *statements):
    with closing(sqlite3.connect(folder / "interlock.db")) as db, db:
        db.create_function("leaf_hash", 1, leaf_hash)
        for statement in statements:
            db.execute(statement)


def verified(folder):
    return verify(folder, seal=Seal.open(folder))


def reseal(folder):
    """What an intruder without the key can do best: make hashes, frontier and root right again."""
    with closing(sqlite3.connect(folder / "interlock.db")) as db, db:
        hashes = [row[0] for row in db.execute("SELECT hash FROM events ORDER BY leaf")]
        tree = Tree().grown(hashes)
        db.execute("UPDATE head SET size = ?, frontier = ?, root = ?", (tree.size, tree.packed(), tree.root))


EDIT = """UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'first', 'worst') AS BLOB)
          WHERE session = 'ses-a' AND seq = 2"""
REHASH = "UPDATE events SET hash = leaf_hash(body)"


async def test_an_untouched_store_verifies_closed_and_in_use(folder):
    assert verified(folder).ok
    assert verified(folder).records == RECORDS

    log = SqliteLog.open(folder, clock=FakeClock(), seal=Seal.open(folder))
    await log.append("ses-a", [planned(at=1)], expected=None, epoch=None)
    assert (verified(folder).ok, verified(folder).records) == (True, RECORDS + 1)
    log.close()


def test_a_store_without_records_verifies(tmp_path):
    SqliteLog.open(tmp_path, clock=FakeClock(), seal=Seal.open(tmp_path)).close()
    assert verified(tmp_path).ok


@pytest.mark.parametrize(
    ("change", "session", "seq", "leaf", "words"),
    [
        ([EDIT], "ses-a", 2, 2, "`ses-a` 2 was changed"),
        ([EDIT, REHASH], "ses-a", 2, 2, "records 2 to 3 are not those that were sealed"),
        (["UPDATE events SET hash = zeroblob(32) WHERE leaf = 5"], "ses-a", 5, 5, "was changed"),
        (["UPDATE events SET at = at + 1 WHERE leaf = 5"], "ses-a", 5, 5, "its columns are not its body's"),
        (["UPDATE events SET body = NULL WHERE leaf = 6"], "ses-a", 6, 6, "no sealed pruning says so"),
        (["DELETE FROM events WHERE leaf = 5"], "ses-a", 6, 5, "record 5 is missing"),
        (["DELETE FROM events WHERE leaf = 13"], "", 0, 13, "records 13 to 13 are missing"),
        (["DELETE FROM events WHERE session = 'ses-b'"], "ses-a", 2, 1, "record 1 is missing"),
        (
            ["INSERT INTO events SELECT 14, session, 8, id, at, kind, hash, body FROM events WHERE leaf = 13"],
            "ses-b",
            8,
            14,
            "its columns are not its body's",
        ),
        (
            [
                "UPDATE events SET leaf = -1 WHERE leaf = 7",
                "UPDATE events SET leaf = 7 WHERE leaf = 8",
                "UPDATE events SET leaf = 8 WHERE leaf = -1",
            ],
            "ses-b",
            2,
            7,
            "records 7 to 7 are not those that were sealed",
        ),
        (
            [
                "UPDATE events SET leaf = -1 WHERE leaf = 5",
                "UPDATE events SET leaf = 5 WHERE leaf = 6",
                "UPDATE events SET leaf = 6 WHERE leaf = -1",
            ],
            "ses-a",
            6,
            5,
            "`ses-a` 6 does not follow 4",
        ),
        (["UPDATE sessions SET spent = 0 WHERE id = 'ses-b'"], "ses-b", 0, None, "says spent 0, its events 4"),
        (["UPDATE sessions SET cap = 999 WHERE id = 'ses-b'"], "ses-b", 0, None, "says cap 999"),
        (["UPDATE sessions SET version = 6 WHERE id = 'ses-b'"], "ses-b", 0, None, "says version 6"),
        (["DELETE FROM sessions WHERE id = 'ses-b'"], "ses-b", 0, None, "the row of `ses-b` is missing"),
        (["UPDATE approvals SET used_by = NULL"], "ses-a", 0, None, "`apr-ses-a` does not stand where"),
        (["DELETE FROM approvals WHERE session = 'ses-b'"], "ses-b", 0, None, "`apr-ses-b` does not stand where"),
        (["UPDATE head SET signature = zeroblob(68)"], "", 0, None, "the database's head is forged"),
        (["UPDATE head SET root = zeroblob(32)"], "", 0, 13, "the head of size 14 is forged"),
    ],
)
def test_a_change_in_the_database_is_named(folder, change, session, seq, leaf, words):
    tamper(folder, *change)
    found = verified(folder)

    assert not found.ok
    assert words in found.problem
    assert (found.session, found.seq, found.leaf) == (session, seq, leaf)


def test_a_record_added_past_the_head_is_named(folder):
    body = encode(place(planned(at=1), "ses-b", 8))
    with closing(sqlite3.connect(folder / "interlock.db")) as db, db:
        row = (14, "ses-b", 8, decode(body).id, 1, "PlanMade", leaf_hash(body), body)
        db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    found = verified(folder)

    assert (found.ok, found.session, found.seq, found.leaf) == (False, "ses-b", 8, 14)
    assert found.problem == "record 14 was added past the newest sealed head"


def test_a_rewritten_tree_needs_the_key(folder):
    tamper(folder, EDIT, REHASH)
    reseal(folder)
    found = verified(folder)

    assert (found.ok, found.session, found.seq) == (False, "ses-a", 2)


async def test_a_rewritten_tree_is_seen_even_after_the_store_itself_signed_more(folder):
    tamper(folder, EDIT, REHASH)
    reseal(folder)
    log = SqliteLog.open(folder, clock=FakeClock(), seal=Seal.open(folder))
    await log.append("ses-b", [planned(at=1)], expected=None, epoch=None)
    log.close()
    found = verified(folder)

    assert (found.ok, found.session, found.seq) == (False, "ses-a", 2)


def test_a_cut_off_end_with_an_older_genuine_head_is_seen(folder):
    *_, before, _ = Seal.open(folder).published()
    with closing(sqlite3.connect(folder / "interlock.db")) as db, db:
        db.execute("DELETE FROM events WHERE leaf >= ?", (before.size,))
        hashes = [row[0] for row in db.execute("SELECT hash FROM events ORDER BY leaf")]
        given = (before.size, Tree().grown(hashes).packed(), before.root, before.signature)
        db.execute("UPDATE head SET size = ?, frontier = ?, root = ?, signature = ?", given)
    found = verified(folder)

    assert (found.ok, found.leaf) == (False, 13)
    assert "records 13 to 13 are missing" in found.problem


async def test_a_database_rolled_back_to_a_copy_is_seen(folder, tmp_path):
    shutil.copy(folder / "interlock.db", tmp_path / "old.db")
    log = SqliteLog.open(folder, clock=FakeClock(), seal=Seal.open(folder))
    await log.append("ses-a", [planned(at=1)], expected=None, epoch=None)
    log.close()
    shutil.copy(tmp_path / "old.db", folder / "interlock.db")

    assert "records 14 to 14 are missing" in verified(folder).problem


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda db: os.truncate(db, 0), "is empty"),
        (lambda db: db.unlink(), "is missing"),
        (lambda db: db.write_bytes(b"x" * 8192), "is damaged"),
        (lambda db: os.truncate(db, 8192), "is damaged"),
    ],
)
def test_an_emptied_deleted_or_garbled_file_is_seen_and_never_written_over(folder, harm, words):
    harm(folder / "interlock.db")
    found = verified(folder)

    assert not found.ok
    assert words in found.problem
    with pytest.raises(StoreUnusable, match="restore a backup"):
        log = SqliteLog.open(folder, clock=FakeClock(), seal=Seal.open(folder))
        log.close()


async def test_another_stores_database_is_seen_and_refused(folder, tmp_path):
    other = await fill(tmp_path / "other")
    other.close()
    shutil.copy(tmp_path / "other" / "interlock.db", folder / "interlock.db")

    assert not verified(folder).ok
    with pytest.raises(StoreUnusable, match="belongs to another store"):
        SqliteLog.open(folder, clock=FakeClock(), seal=Seal.open(folder))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda heads: heads.unlink(), "`heads.log` is missing"),
        (lambda heads: os.truncate(heads, 0), "the beginning of the heads file"),
        (
            lambda heads: heads.write_bytes(heads.read_bytes().replace(b"\n14 ", b"\n99 ")),
            "the head of size 99 is forged",
        ),
    ],
)
def test_harm_to_the_heads_file_is_seen(folder, harm, words):
    harm(folder / "heads.log")
    assert words in verified(folder).problem


def test_heads_that_a_crash_lost_or_tore_are_no_tampering(folder):
    heads = folder / "heads.log"
    os.truncate(heads, heads.stat().st_size - 40)
    assert verified(folder).ok

    seal = Seal.open(folder)
    left = list(seal.published())
    seal.publish(left[-1])
    seal.close()
    assert list(Seal.open(folder).published()) == [*left, left[-1]]
    assert verified(folder).ok


def test_a_lost_key_is_not_replaced_in_silence(folder):
    (folder / "seal.key").unlink()
    with pytest.raises(StoreUnusable, match=r"key .* is missing; put it back"):
        Seal.open(folder)

    (folder / "heads.log").unlink()
    seal = Seal.open(folder)
    with pytest.raises(StoreUnusable, match="belongs to another store"):
        SqliteLog.open(folder, clock=FakeClock(), seal=seal)
    assert not verify(folder, seal=seal).ok


def test_a_founding_that_was_killed_half_way_begins_anew(tmp_path):
    Seal.open(tmp_path)
    (tmp_path / "seal.key").unlink()  # as after a kill between the founding head and the key
    seal = Seal.open(tmp_path)
    SqliteLog.open(tmp_path, clock=FakeClock(), seal=seal).close()
    assert verify(tmp_path, seal=seal).ok


def test_the_key_is_private_and_made_once(tmp_path):
    first, second = Seal.open(tmp_path), Seal.open(tmp_path)
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600
    assert first.verifier == second.verifier
    assert second.genuine(first.signed(Tree()))

    (tmp_path / "seal.key").write_text("PRIVATE+KEY+x")
    with pytest.raises(StoreUnusable, match="damaged"):
        Seal.open(tmp_path)


def test_keys_are_in_the_format_that_other_tools_read(tmp_path):
    # The example key of Go's golang.org/x/mod/sumdb/note.
    key = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
    (tmp_path / "seal.key").write_text(key)
    assert Seal.open(tmp_path).verifier == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
