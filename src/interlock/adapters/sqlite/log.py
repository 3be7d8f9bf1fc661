"""The event log on SQLite: commits inline when one session is at work, in groups when several are."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from interlock.adapters.sqlite import exchange
from interlock.adapters.sqlite.commit import Append, Result, Writer
from interlock.adapters.sqlite.connection import DATABASE, connect, in_words, statements
from interlock.adapters.sqlite.outbox import SqliteOutbox
from interlock.adapters.sqlite.owner_lock import OwnerLock, is_gone
from interlock.adapters.sqlite.rows import remembered, session_row
from interlock.core.audit import Sealer
from interlock.core.events import Draft, Envelope, decode
from interlock.core.memory import Remembered, faded
from interlock.core.session_row import SessionRow
from interlock.ports import Claim, ClaimLost, Clock

SHARED_EVERY = 0.01


class SqliteLog:
    """Implements `EventLog` and `KeptMemories` on `<folder>/interlock.db`. Every method may raise StoreUnusable."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, *, clock: Clock, seal: Sealer) -> None:
        self._path = folder / DATABASE
        self._locks_folder = folder / "run"
        self._db = connection
        self._sql = statements()
        self._clock = clock
        self._writer = Writer(connection, self._sql, seal)
        self.outbox = SqliteOutbox(self._path, connection, self._sql, clock)
        self._locks: dict[str, OwnerLock] = {}
        self._driven: set[str] = set()
        self._last = ""
        self._waiting: list[Append] = []
        self._shared_at = 0.0

    @classmethod
    def open(cls, folder: Path, *, clock: Clock, seal: Sealer, busy: float = 5.0) -> "SqliteLog":
        """The store in `folder`, made where there is none; `busy` is how many seconds to wait for others' locks.

        Raises StoreUnusable, with what to do.
        """
        return cls(folder, connect(folder / DATABASE, busy=busy, sealer=seal), clock=clock, seal=seal)

    def close(self) -> None:
        """Let go of everything; what this process still held can be claimed at once."""
        for lock in self._locks.values():
            lock.release()
        self._locks.clear()
        self._db.close()

    # --- the stream ----------------------------------------------------------------------------------------------

    async def append(
        self, session: str, drafts: Sequence[Draft], *, expected: int | None, epoch: int | None
    ) -> Sequence[Envelope]:
        """Append all or nothing; see `EventLog.append`."""
        if not drafts:
            return ()
        alone = not self._waiting and self._driven <= {session} and self._last in ("", session)
        self._last = session
        if alone:
            [result] = self._committed([Append(session, drafts, expected, epoch)])
            await self._let_others_in()
            return _or_raise(result)
        return await self._commit_with_others(session, drafts, expected, epoch)

    async def read(self, session: str, *, after: int = 0, limit: int | None = None) -> Sequence[Envelope]:
        """The committed envelopes with seq > `after`, in order."""
        rows = self._all("read", (session, after, -1 if limit is None else limit))
        return [decode(body) for (body,) in rows]

    async def row(self, session: str) -> SessionRow | None:
        """The session's row, or None."""
        rows = self._all("row", (session,))
        return session_row(rows[0]) if rows else None

    async def rows(self, *, workspace: str | None = None, limit: int = 200) -> Sequence[SessionRow]:
        """Rows, newest first."""
        return [session_row(row) for row in self._all("rows", (workspace, limit))]

    async def find(self, beginning: str) -> Sequence[tuple[str, str]]:
        """(session, approval or "") pairs whose id begins so, with or without its prefix; at most 10."""
        found: list[tuple[str, str]] = []
        for prefix, name in (("ses-", "find_sessions"), ("apr-", "find_approvals")):
            found += self._all(name, (prefix + beginning.removeprefix(prefix),))
        return found[:10]

    # --- driving -------------------------------------------------------------------------------------------------

    async def claim(self, owner: str, *, session: str | None, place: str, lease: float) -> Claim | None:
        """Take a session that is due here (or exactly `session`), bumping its epoch; None when there is none."""
        with in_words(self._path), self._unsynced():
            self._hold_lock(owner)
            now = self._clock.now()
            until = now + _micro(lease)
            given = {"owner": owner, "place": place, "now": now, "until": until, "gone": self._gone(now)}
            if session is None and not self._db.execute(self._sql["any_due"], given).fetchone():
                return None
            name = "claim_due" if session is None else "claim_exactly"
            # Fetching to the end is what ends the statement, and so commits it.
            taken = self._db.execute(self._sql[name], given | {"session": session}).fetchall()
        if not taken:
            return None
        [(claimed, epoch)] = taken
        self._driven.add(claimed)
        return Claim(session=claimed, owner=owner, epoch=epoch, until=until)

    async def heartbeat(self, claim: Claim, *, lease: float) -> None:
        """Prolong the lease by `lease` seconds from now. Raises ClaimLost."""
        until = self._clock.now() + _micro(lease)
        with self._unsynced():
            held = self._run("heartbeat", (until, claim.session, claim.epoch, claim.owner))
        if not held:
            self._driven.discard(claim.session)
            raise ClaimLost(f"`{claim.session}` was claimed by another worker")

    async def release(self, claim: Claim, *, version: int) -> bool:
        """Let go, if nothing came after `version`. A claim that was lost already is let go too."""
        hold = (claim.session, claim.epoch, claim.owner)
        with self._unsynced():
            released = self._run("release", (*hold, version))
        if not released and self._all("holds", hold):
            return False
        self._driven.discard(claim.session)
        return True

    # --- memory --------------------------------------------------------------------------------------------------

    async def recall(self, fingerprint: str) -> Sequence[Remembered]:
        """What is known of fixes for this failure, as it counts today; what was forgotten is not."""
        return self._remembered("recall", fingerprint)

    async def remembered(self, *, limit: int = 1000) -> Sequence[Remembered]:
        """The whole memory as it counts today, newest first."""
        return self._remembered("remembered", limit)

    async def all_memory(self) -> Sequence[Remembered]:
        """Everything for an export, marks of what was forgotten included."""
        return [remembered(row) for row in self._all("all_memory", ())]

    async def forget(self, fingerprint: str, fix: str | None = None) -> int:
        """Set the counts to zero and leave a mark; the number of entries forgotten."""
        return self._run("forget", {"fingerprint": fingerprint, "fix": fix, "now": self._clock.now()})

    async def take_in(self, records: Sequence[Remembered], *, origin: str) -> int:
        """Replace all that came from the store `origin` by these records, or nothing; see `KeptMemories`."""
        with in_words(self._path):
            return exchange.take_in(self._db, self._sql, records, origin=origin)

    # --- inside --------------------------------------------------------------------------------------------------

    async def _let_others_in(self) -> None:
        """A driver whose acts never wait would otherwise keep the loop to itself."""
        now = time.monotonic()
        if now - self._shared_at > SHARED_EVERY:
            await asyncio.sleep(0)
            self._shared_at = now

    async def _commit_with_others(
        self, session: str, drafts: Sequence[Draft], expected: int | None, epoch: int | None
    ) -> Sequence[Envelope]:
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Sequence[Envelope]] = loop.create_future()
        if not self._waiting:
            # One turn of the loop later: whoever else is ready to append has queued up by then.
            loop.call_soon(self._commit_waiting)
        self._waiting.append(Append(session, drafts, expected, epoch, result))
        return await result

    def _commit_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        appends = [append for append in waiting if append.result and not append.result.done()]
        if not appends:
            return
        try:
            results = self._committed(appends)
        except Exception as problem:
            results = [problem] * len(appends)
        for append, result in zip(appends, results, strict=True):
            assert append.result is not None
            if isinstance(result, Exception):
                append.result.set_exception(result)
            else:
                append.result.set_result(result)

    def _committed(self, appends: Sequence[Append]) -> list[Result]:
        with in_words(self._path):
            return self._writer.commit(appends)

    @contextmanager
    def _unsynced(self) -> Iterator[None]:
        """Commits that need not outlive the machine: who drives what is void anyway once every process is gone.

        The next append syncs them along. A killed process loses nothing by it: the system holds what was written.
        """
        self._db.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            self._db.execute("PRAGMA synchronous=FULL")

    def _hold_lock(self, owner: str) -> None:
        if owner not in self._locks:
            self._locks[owner] = OwnerLock.take(self._locks_folder, owner)

    def _gone(self, now: int) -> str:
        """Owners (as a JSON list) whose lease still runs and whose process does not."""
        owners = [owner for (owner,) in self._db.execute(self._sql["leases"], (now,)).fetchall()]
        return json.dumps([owner for owner in owners if is_gone(self._locks_folder, owner)])

    def _remembered(self, name: str, given: object) -> list[Remembered]:
        now = self._clock.now()
        return [faded(remembered(row), now) for row in self._all(name, (given,))]

    def _all(self, name: str, given: tuple[object, ...]) -> list[Any]:
        with in_words(self._path):
            return self._db.execute(self._sql[name], given).fetchall()

    def _run(self, name: str, given: tuple[object, ...] | dict[str, object]) -> int:
        with in_words(self._path):
            return self._db.execute(self._sql[name], given).rowcount


def _or_raise(result: Result) -> Sequence[Envelope]:
    if isinstance(result, Exception):
        raise result
    return result


def _micro(seconds: float) -> int:
    return int(seconds * 1_000_000)
