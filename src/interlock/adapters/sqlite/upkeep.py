"""Keeping a store in shape: copies that are verified, and the bodies of long ended sessions dropped."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from interlock.adapters.sqlite.commit import Writer
from interlock.adapters.sqlite.connection import DATABASE, connect, connect_to_read, in_words, statements
from interlock.adapters.sqlite.own_records import OwnRecord, SessionPruned, encode_own
from interlock.adapters.sqlite.verify import check
from interlock.core.audit import Head, Sealer, Verified, leaf_hash
from interlock.ports import StoreUnusable


def backup(folder: Path, target: Path, *, seal: Sealer) -> Verified:
    """Copy the database to the new file `target` while it is in use, and check the copy. Blocks.

    A copy that does not verify is not kept. Raises StoreUnusable. `seal.key` and `heads.log` are copied like any file;
    keep the key apart.
    """
    if target.exists():
        raise StoreUnusable(f"`{target}` is there already; name another file")
    draft = target.with_name(f"{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with in_words(target):
            os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            verified = _copied(folder / DATABASE, draft, seal)
            if verified.ok:
                _sync(draft)
                os.link(draft, target)
                _sync(target.parent)
    finally:
        draft.unlink(missing_ok=True)
    return verified


def prune(folder: Path, *, seal: Sealer, now: int, days: float, busy: float = 5.0) -> int:
    """Drop what sessions that ended more than `days` ago have stored; the number of sessions. `now` in micro-seconds.

    Their records' hashes stay, so the tree stays the same, and a sealed record says which sessions were dropped: a
    body that is gone without one is tampering. Blocks. Raises StoreUnusable.
    """
    path = folder / DATABASE
    before = now - int(days * 86_400_000_000)
    with closing(connect(path, busy=busy, sealer=seal)) as db, in_words(path):
        sql = statements()
        db.execute("BEGIN IMMEDIATE")
        try:
            ended = db.execute(sql["ended_before"], (before,)).fetchall()
            head = _drop(db, sql, seal, ended, now) if ended else None
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
    if head:
        seal.publish(head)
    return len(ended)


def _drop(db: sqlite3.Connection, sql: dict[str, str], sealer: Sealer, ended: list[tuple[str, int]], now: int) -> Head:
    size, frontier, _, _ = db.execute(sql["head"]).fetchone()
    seq: int = db.execute(sql["own_records"]).fetchone()[0]
    leaves = []
    for number, (session, records) in enumerate(ended):
        pruned = SessionPruned(session=session, records=records)
        own = OwnRecord(id=f"pruned-{session}", seq=seq + number + 1, at=now, data=pruned)
        body = encode_own(own)
        leaves.append(leaf_hash(body))
        columns = (size + number, own.session, own.seq, own.id, own.at, own.kind)
        db.execute(sql["add_event"], (*columns, leaves[-1], body))
        db.execute(sql["drop_bodies"], (session,))
        db.execute(sql["drop_session"], (session,))
    return Writer(db, sql, sealer).seal(leaves, size, frontier)


def _copied(source: Path, draft: Path, sealer: Sealer) -> Verified:
    published = list(sealer.published() or ())
    with closing(connect_to_read(source)) as db, closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        db.backup(copy)
        # One file, without a write-ahead log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        return check(copy, sealer, published)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
