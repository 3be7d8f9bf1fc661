"""The check of a whole store: every body hashed again, every sealed head compared, every row folded again."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import msgspec
from msgspec import Struct

from interlock.adapters.sqlite.connection import DATABASE, connect_to_read, in_words, statements
from interlock.adapters.sqlite.own_records import SessionPruned, decode_own
from interlock.core.audit import Head, Sealer, Tree, Verified, leaf_hash
from interlock.core.events import Draft, Envelope, UnknownEvent, decode
from interlock.core.session_row import Change, SessionRow, begun, change, changed
from interlock.ports import StoreUnusable

# What events alone decide; the rest of a row (owner, lease, epoch, wake) is driving.
_FOLDED = ("version", "iteration", "outcome", "paused", "spent", "held", "cap", "ask_line", "question", "workspace")


class Record(Struct, frozen=True):
    """One stored record, its columns as they are."""

    leaf: int
    session: str
    seq: int
    id: str
    at: int
    kind: str
    hash: bytes
    body: bytes | None


def verify(folder: Path, *, seal: Sealer) -> Verified:
    """Check the store in `folder` against its seal; the first bad record is named. Blocks; for a thread when awaited.

    The heads file is read before the database, so that a store in use is not mistaken for one rolled back.
    """
    try:
        published = seal.published()
        if published is None:
            return Verified(ok=False, problem="the heads file `heads.log` is missing; restore it from a backup")
        heads = list(published)
        path = folder / DATABASE
        with in_words(path), closing(connect_to_read(path)) as db:
            if not path.stat().st_size:
                return Verified(ok=False, problem=f"the database `{path}` is empty; restore a backup")
            if not any(head.size == 0 for head in heads):
                return Verified(ok=False, problem="the beginning of the heads file `heads.log` is missing")
            return check(db, seal, heads)
    except StoreUnusable as problem:
        return Verified(ok=False, problem=str(problem))


def check(db: sqlite3.Connection, sealer: Sealer, published: Iterable[Head]) -> Verified:
    """Check one database, in one read transaction, against these heads and its own."""
    sql = statements()
    db.execute("BEGIN")
    size, _, root, signature = db.execute(sql["head"]).fetchone()
    walk = _Walk(sealer, Head(sealer.origin, size, root, signature), published)
    for values in db.execute(sql["every_event"]):
        if problem := walk.take(Record(*values)):
            return problem
    return walk.ended() or walk.compared_with_tables(db, sql) or Verified(ok=True, records=walk.tree.size)


class _Walk:
    """Goes through the records in commit order, and stops at the first that is not what was sealed."""

    def __init__(self, sealer: Sealer, newest: Head, published: Iterable[Head]) -> None:
        self.tree = Tree()
        self._sealer = sealer
        self._newest = newest
        self._heads = defaultdict[int, list[Head]](list)
        for head in (*published, newest):
            self._heads[head.size].append(head)
        self._last_seq = defaultdict[str, int](int)
        self._since_head: Record | None = None
        self._beyond: Record | None = None
        self._bodiless = dict[str, Record]()
        self._pruned = set[str]()
        self._rows = dict[str, SessionRow]()
        self._approvals = dict[str, tuple[str, str, str | None]]()

    def take(self, record: Record) -> Verified | None:
        """Check one record; what is wrong with it, or None."""
        if problem := self._wrong_with(record):
            return self._found(problem, record)
        self._last_seq[record.session] = record.seq
        self._since_head = self._since_head or record
        if record.leaf == self._newest.size:
            self._beyond = record
        self.tree = self.tree.grown([record.hash])
        return self._compared_with_heads()

    def ended(self) -> Verified | None:
        """What can only be seen at the end: missing and added records, heads from a future that is gone."""
        here = self.tree.size
        if self._beyond:
            return self._found(f"record {self._beyond.leaf} was added past the newest sealed head", self._beyond)
        for size in sorted(size for size in self._heads if size > here):
            for head in self._heads[size]:
                if not self._sealer.genuine(head):
                    return Verified(ok=False, records=here, problem=f"the head of size {size} is forged", leaf=size - 1)
        if (most := max(self._heads)) > here:
            words = f"records {here} to {most - 1} are missing: cut off, or the database was rolled back"
            return Verified(ok=False, records=here, problem=words, leaf=here)
        if not self._sealer.genuine(self._newest):
            return Verified(ok=False, records=here, problem="the database's head is forged: its signature is not ours")
        for session, first in self._bodiless.items():
            if session not in self._pruned:
                return self._found(f"the body of `{session}` {first.seq} is gone, and no sealed pruning says so", first)
        return None

    def compared_with_tables(self, db: sqlite3.Connection, sql: dict[str, str]) -> Verified | None:
        """Whether sessions and approvals are what their events come to."""
        rows = {
            row[0]: dict(zip(SessionRow.__struct_fields__, row, strict=True))
            for row in db.execute(sql["every_session"])
        }
        for session in sorted((self._rows.keys() | rows.keys()) - self._pruned):
            folded, stored = self._rows.get(session), rows.get(session)
            if folded is None or stored is None:
                return self._off(session, f"the row of `{session}` is {'left over' if stored else 'missing'}")
            for field in _FOLDED:
                if getattr(folded, field) != stored[field]:
                    words = f"the row of `{session}` says {field} {stored[field]}, its events {getattr(folded, field)}"
                    return self._off(session, words)
        approvals = {
            id: (session, status, used) for id, session, _, _, status, used in db.execute(sql["every_approval"])
        }
        for id in sorted(self._approvals.keys() | approvals.keys()):
            folded_approval = self._approvals.get(id)
            if folded_approval != approvals.get(id) and (folded_approval or ("",))[0] not in self._pruned:
                return self._off(
                    (folded_approval or approvals[id])[0], f"`{id}` does not stand where its events put it"
                )
        return None

    def _wrong_with(self, record: Record) -> str:
        if record.leaf != self.tree.size:
            return f"record {self.tree.size} is missing"
        if record.seq != self._last_seq[record.session] + 1:
            return f"`{record.session}` {record.seq} does not follow {self._last_seq[record.session]}"
        if record.body is None:
            self._bodiless.setdefault(record.session, record)
            return ""
        if leaf_hash(record.body) != record.hash:
            return f"`{record.session}` {record.seq} was changed"
        return self._unlike_its_body(record, record.body)

    def _unlike_its_body(self, record: Record, body: bytes) -> str:
        columns = (record.session, record.seq, record.id, record.at, record.kind)
        try:
            stored = decode(body) if record.session else decode_own(body)
        except (msgspec.DecodeError, UnknownEvent) as problem:
            return f"`{record.session}` {record.seq} can't be read: {problem}"
        if columns != (stored.session, stored.seq, stored.id, stored.at, stored.kind):
            return f"`{record.session}` {record.seq} was changed: its columns are not its body's"
        if isinstance(stored.data, SessionPruned):
            self._pruned.add(stored.data.session)
            self._rows.pop(stored.data.session, None)
        elif isinstance(stored, Envelope):
            self._fold(stored)
        return ""

    def _fold(self, event: Envelope) -> None:
        draft = Draft(id=event.id, at=event.at, iteration=event.iteration, actor=event.actor, event=event.data)
        row = self._rows.get(event.session) or begun(event.session, draft)
        if row:
            delta = change([draft])
            self._rows[event.session] = changed(row, delta, count=1, at=event.at)
            self._fold_approvals(event.session, delta)

    def _fold_approvals(self, session: str, delta: Change) -> None:
        for approval, _, _ in delta.asks:
            self._approvals[approval] = (session, "open", None)
        for approval, status in delta.answers:
            self._approvals[approval] = (session, status, None)
        for approval, event in delta.uses:
            self._approvals[approval] = (session, "approved", event)

    def _compared_with_heads(self) -> Verified | None:
        size = self.tree.size
        if size not in self._heads:
            return None
        for head in self._heads[size]:
            if head.root != self.tree.root:
                if not self._sealer.genuine(head):
                    return Verified(ok=False, records=size, problem=f"the head of size {size} is forged", leaf=size - 1)
                assert self._since_head
                first = self._since_head
                return self._found(f"records {first.leaf} to {size - 1} are not those that were sealed", first)
        self._since_head = None
        return None

    def _found(self, problem: str, record: Record) -> Verified:
        return Verified(
            ok=False,
            records=self.tree.size,
            problem=problem,
            session=record.session,
            seq=record.seq,
            leaf=min(record.leaf, self.tree.size),
        )

    def _off(self, session: str, problem: str) -> Verified:
        return Verified(ok=False, records=self.tree.size, problem=problem, session=session)
