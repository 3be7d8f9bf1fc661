"""One commit: a queue of appends, each all or nothing, under one signature and one fsync."""

import asyncio
import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from interlock.adapters.sqlite.rows import remember, remembered
from interlock.core.audit import Head, Sealer, leaf_hash, unpacked
from interlock.core.events import Draft, Envelope, encode, place
from interlock.core.memory import Remembered, learned
from interlock.core.remediation import Lesson
from interlock.core.session_row import Change, begun, change
from interlock.ports import ApprovalUsed, CapRefused, ClaimLost, Conflict

Result = Sequence[Envelope] | Exception


class Append(Struct, frozen=True):
    """An append that waits for its turn, and the future that its caller awaits (None: the caller waits inline)."""

    session: str
    drafts: Sequence[Draft]
    expected: int | None
    epoch: int | None
    result: "asyncio.Future[Sequence[Envelope]] | None" = None


class Writer:
    """Writes appends through one connection."""

    def __init__(self, connection: sqlite3.Connection, sql: dict[str, str], sealer: Sealer) -> None:
        self._db = connection
        self._sql = sql
        self._sealer = sealer

    def commit(self, appends: Sequence[Append]) -> list[Result]:
        """Write them all in one transaction; one that is refused leaves the others whole. Raises sqlite3.Error."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            results, head = self._write_and_seal(appends)
            self._db.execute("COMMIT" if head else "ROLLBACK")
        except BaseException:
            # A full disk may have ended the transaction already.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        if head:
            self._sealer.publish(head)
        return results

    def seal(self, leaves: Sequence[bytes], size: int, frontier: bytes) -> Head:
        """Grow the tree by these leaf hashes, and sign its head, inside the transaction that writes their records."""
        tree = unpacked(size, frontier).grown(leaves)
        head = self._sealer.signed(tree)
        self._db.execute(self._sql["set_head"], (tree.size, tree.packed(), head.root, head.signature))
        return head

    def _write_and_seal(self, appends: Sequence[Append]) -> tuple[list[Result], Head | None]:
        size, frontier, _, _ = self._db.execute(self._sql["head"]).fetchone()
        results: list[Result] = []
        leaves: list[bytes] = []
        for append in appends:
            result, written = self._write(append, size + len(leaves), guarded=len(appends) > 1)
            results.append(result)
            leaves.extend(written)
        return results, self.seal(leaves, size, frontier) if leaves else None

    def _write(self, append: Append, leaf: int, *, guarded: bool) -> tuple[Result, Sequence[bytes]]:
        """Write one append and give its leaf hashes; a refused one is undone: here if guarded, else by the caller."""
        if guarded:
            self._db.execute("SAVEPOINT append")
        result: Result
        hashes: Sequence[bytes] = ()
        try:
            result = self._place(append)
            hashes = self._add_events(leaf, result)
        except sqlite3.Error:
            raise
        except Exception as refusal:
            result = refusal
            if guarded:
                self._db.execute("ROLLBACK TO append")
        if guarded:
            self._db.execute("RELEASE append")
        return result, hashes

    def _place(self, append: Append) -> Sequence[Envelope]:
        """Check the append against the row, change what hangs on it, and say where its events go."""
        session, drafts = append.session, append.drafts
        version = self._standing(append)
        delta = change(drafts)
        if not self._change_row(session, delta, drafts):
            raise CapRefused(f"holding {delta.holds} micro-dollars more would take `{session}` past its cap")
        self._change_driving(session, delta)
        self._change_approvals(session, delta)
        for lesson, at in delta.lessons:
            remember(self._db, self._sql, learned(self._known(lesson), lesson, at))
        for kind, channel in delta.hears:
            self._db.execute(self._sql["hear"], (session, kind, channel))
        for event, kind, at in delta.notices:
            self._db.execute(self._sql["announce"], {"event": event, "session": session, "kind": kind, "at": at})
        return [place(draft, session, seq) for seq, draft in enumerate(drafts, version + 1)]

    def _known(self, lesson: Lesson) -> Remembered:
        key = (lesson.fingerprint, lesson.fix, lesson.environment)
        row = self._db.execute(self._sql["known"], key).fetchone()
        return remembered(row) if row else Remembered(fingerprint=key[0], fix=key[1], environment=key[2])

    def _standing(self, append: Append) -> int:
        standing = self._db.execute(self._sql["standing"], (append.session,)).fetchone()
        if standing is None:
            standing = self._begin(append)
        version, epoch = standing
        if append.epoch is not None and append.epoch != epoch:
            raise ClaimLost(f"`{append.session}` was claimed by another worker")
        if append.expected is not None and append.expected != version:
            raise Conflict(f"`{append.session}` is at {version}, not at {append.expected}; read on and judge again")
        return int(version)

    def _begin(self, append: Append) -> tuple[int, int]:
        row = begun(append.session, append.drafts[0]) if append.expected == 0 else None
        if row is None:
            raise Conflict(f"there is no session `{append.session}`; it must begin with its start")
        given = {
            "id": row.id,
            "workspace": row.workspace,
            "place": row.place,
            "words": row.words,
            "principal": row.principal,
            "cap": row.cap,
            "ask_line": row.ask_line,
            "at": row.created_at,
        }
        self._db.execute(self._sql["begin_session"], given)
        return row.version, row.epoch

    def _change_row(self, session: str, delta: Change, drafts: Sequence[Draft]) -> bool:
        given = {
            "id": session,
            "count": len(drafts),
            "iteration": delta.iteration,
            "question": delta.question,
            "spent": delta.spent,
            "clear_held": delta.clear_held,
            "held": delta.held,
            "holds": delta.holds,
            "up_to": delta.up_to,
            "at": drafts[-1].at,
        }
        return self._db.execute(self._sql["change_session"], given).rowcount == 1

    def _change_driving(self, session: str, delta: Change) -> None:
        wake, wake_at = delta.wake or (None, None)
        given = {
            "id": session,
            "outcome": delta.outcome,
            "paused": delta.paused,
            "wake": wake,
            "wake_at": wake_at,
        }
        if (delta.outcome, delta.paused, delta.wake) != (None, None, None):
            self._db.execute(self._sql["change_driving"], given)

    def _change_approvals(self, session: str, delta: Change) -> None:
        # Backwards, so that no question is asked, answered and used within one append.
        for approval, event in delta.uses:
            if not self._wrote("use_approval", (event, approval, session)):
                raise ApprovalUsed(f"`{approval}` is used or was not approved; ask again")
        for approval, status in delta.answers:
            if not self._wrote("answer", (status, approval, session)):
                raise Conflict(f"`{approval}` is not open any more; look at it again")
        for approval, digest, deadline in delta.asks:
            if not self._wrote("ask", (approval, session, digest, deadline)):
                raise Conflict(f"the question `{approval}` was asked before")

    def _add_events(self, leaf: int, envelopes: Sequence[Envelope]) -> Sequence[bytes]:
        bodies = [encode(envelope) for envelope in envelopes]
        hashes = [leaf_hash(body) for body in bodies]
        self._db.executemany(
            self._sql["add_event"],
            [
                (number, event.session, event.seq, event.id, event.at, event.kind, hash, body)
                for number, (event, hash, body) in enumerate(zip(envelopes, hashes, bodies, strict=True), leaf)
            ],
        )
        return hashes

    def _wrote(self, name: str, given: tuple[object, ...]) -> bool:
        return self._db.execute(self._sql[name], given).rowcount == 1
