"""Backups that are verified, and pruning that the seal survives."""

import sqlite3
from contextlib import closing

import pytest

from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog, backup, prune, verify
from interlock.ports import Conflict, StoreUnusable
from interlock.testing import FakeClock
from store_drafts import asked, called, ended, planned, started

DAY = 86_400


@pytest.fixture
async def store(tmp_path):
    """Three sessions: ended long ago, ended just now, and going on."""
    clock = FakeClock()
    folder = tmp_path / "store"
    log = SqliteLog.open(folder, clock=clock, seal=Seal.open(folder))
    for session in ("ses-old", "ses-new", "ses-open"):
        await log.append(session, [started(at=clock.now())], expected=0, epoch=None)
        await log.append(session, [asked(f"apr-{session}", at=clock.now())], expected=1, epoch=None)
    await log.append("ses-old", [planned(at=clock.now()), ended(at=clock.now())], expected=2, epoch=None)
    clock.wind(10 * DAY)
    await log.append("ses-new", [ended(at=clock.now())], expected=2, epoch=None)
    yield folder, log, clock
    log.close()


def verified(folder):
    return verify(folder, seal=Seal.open(folder))


async def test_a_backup_of_a_store_in_use_is_one_file_that_verifies_and_opens(store, tmp_path):
    folder, log, clock = store
    target = tmp_path / "copy.db"
    taken = backup(folder, target, seal=Seal.open(folder))
    assert (taken.ok, taken.records) == (True, 9)
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "store"]

    restored = tmp_path / "restored"
    restored.mkdir()
    for name in ("seal.key", "heads.log"):
        (restored / name).write_bytes((folder / name).read_bytes())
    target.rename(restored / "interlock.db")
    again = SqliteLog.open(restored, clock=clock, seal=Seal.open(restored))
    assert await again.read("ses-old") == await log.read("ses-old")
    assert await again.rows() == await log.rows()
    again.close()
    assert verified(restored).ok


def test_a_backup_never_overwrites(store, tmp_path):
    folder, _, _ = store
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(StoreUnusable, match="is there already"):
        backup(folder, tmp_path / "copy.db", seal=Seal.open(folder))
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_copy_that_does_not_verify_is_not_kept(store, tmp_path):
    folder, log, _ = store
    log.close()
    with closing(sqlite3.connect(folder / "interlock.db")) as db, db:
        db.execute("UPDATE events SET body = x'7b7d' WHERE leaf = 3")
    taken = backup(folder, tmp_path / "copy.db", seal=Seal.open(folder))

    assert (taken.ok, taken.leaf) == (False, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]


def test_a_backup_to_where_there_is_no_folder_is_refused_in_words(store, tmp_path):
    folder, _, _ = store
    with pytest.raises(StoreUnusable, match="No such file or directory"):
        backup(folder, tmp_path / "nowhere" / "copy.db", seal=Seal.open(folder))


async def test_pruning_drops_what_ended_long_ago_and_the_seal_still_verifies(store):
    folder, log, clock = store
    assert prune(folder, seal=Seal.open(folder), now=clock.now(), days=5) == 1

    assert [row.id for row in await log.rows()] == ["ses-open", "ses-new"]
    assert await log.read("ses-old") == []
    assert await log.find("ses-old") == []
    with closing(sqlite3.connect(folder / "interlock.db")) as db:
        assert db.execute("SELECT count(*), count(body) FROM events").fetchone() == (10, 6)
        assert db.execute("SELECT session FROM approvals ORDER BY id").fetchall() == [("ses-new",), ("ses-open",)]
    assert (verified(folder).ok, verified(folder).records) == (True, 10)

    with pytest.raises(Conflict):
        await log.append("ses-old", [called(at=clock.now())], expected=None, epoch=None)
    await log.append("ses-open", [planned(at=clock.now())], expected=2, epoch=None)
    assert prune(folder, seal=Seal.open(folder), now=clock.now(), days=5) == 0
    assert prune(folder, seal=Seal.open(folder), now=clock.now() + 1, days=0) == 1
    assert (verified(folder).ok, verified(folder).records) == (True, 12)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE events SET body = NULL WHERE session = 'ses-new' AND seq = 2",
        "UPDATE events SET body = NULL WHERE session = 'ses-new'",
        "UPDATE events SET hash = zeroblob(32) WHERE session = 'ses-old' AND seq = 2",
        "DELETE FROM events WHERE session = ''",
        "UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'ses-old', 'ses-new') AS BLOB) WHERE session = ''",
    ],
)
def test_dropping_more_than_was_pruned_is_seen(store, harm):
    folder, log, clock = store
    prune(folder, seal=Seal.open(folder), now=clock.now(), days=5)
    log.close()
    with closing(sqlite3.connect(folder / "interlock.db")) as db, db:
        db.execute(harm)

    assert not verified(folder).ok
