"""Where a process can be told to die: around every append, inside its transaction, around every effect."""

import hashlib
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.faults.ledgers import ACKNOWLEDGED, DEATHS, Ledgers
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.adapters.system import SystemClock
from interlock.core.audit import Head, Tree
from interlock.core.events import Draft, Envelope, encode
from interlock.core.session_row import SessionRow
from interlock.ports import Claim

AROUND_THE_EFFECT = ("before the effect", "after the effect, before its record")
POINTS: dict[str, tuple[str, ...]] = {
    "worker": (
        "claimed",
        "before the append",
        "inside the transaction",
        "committed, head not published",
        "committed, not acknowledged",
        "acknowledged",
        *AROUND_THE_EFFECT,
        "before the release",
        "ended, not tidied",
    ),
    "person": (
        "before the append",
        "inside the transaction",
        "committed, head not published",
        "committed, not acknowledged",
        "taken, the person not yet told",
    ),
}


class Fate:
    """Kills this very process, for real, at the n-th time that it passes the point ("": any). None: never."""

    def __init__(self, ledgers: Ledgers, passes: int | None, point: str = "") -> None:
        self._ledgers = ledgers
        self._left = passes
        self._point = point

    def at(self, point: str) -> None:
        """Pass a point, or die there."""
        if self._left is None or self._point not in ("", point):
            return
        self._left -= 1
        if self._left <= 0:
            self._ledgers.write(DEATHS, {"point": point})
            os.kill(os.getpid(), signal.SIGKILL)


class FatefulSeal:
    """A seal on the way through which a process may die: inside the transaction, and right after its commit."""

    def __init__(self, seal: Seal, fate: Fate) -> None:
        self._seal = seal
        self._fate = fate

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._seal.origin

    def signed(self, tree: Tree) -> Head:
        """The signed head; events are written by now, and not yet committed."""
        self._fate.at("inside the transaction")
        return self._seal.signed(tree)

    def genuine(self, head: Head) -> bool:
        """Whether the seal signed it."""
        return self._seal.genuine(head)

    def publish(self, head: Head) -> None:
        """Publish a committed head."""
        self._fate.at("committed, head not published")
        self._seal.publish(head)

    def published(self) -> Iterator[Head] | None:
        """The heads outside the database."""
        return self._seal.published()


class WitnessedLog:
    """The embedded log, with a ledger of what its appends promised. Implements `EventLog`."""

    def __init__(self, folder: Path, ledgers: Ledgers, fate: Fate) -> None:
        seal = FatefulSeal(Seal.open(folder), fate)
        self._log = SqliteLog.open(folder, clock=SystemClock(), seal=seal, busy=30.0)
        self._ledgers = ledgers
        self._fate = fate

    async def append(
        self, session: str, drafts: Sequence[Draft], *, expected: int | None, epoch: int | None
    ) -> Sequence[Envelope]:
        """Append, and write down what was promised."""
        self._fate.at("before the append")
        committed = await self._log.append(session, drafts, expected=expected, epoch=epoch)
        self._fate.at("committed, not acknowledged")
        self.acknowledge(committed)
        self._fate.at("acknowledged")
        return committed

    def acknowledge(self, committed: Sequence[Envelope]) -> None:
        """Promise that these are kept."""
        self._ledgers.write(ACKNOWLEDGED, *map(_promise, committed))

    async def read(self, session: str, *, after: int = 0, limit: int | None = None) -> Sequence[Envelope]:
        """Committed envelopes."""
        return await self._log.read(session, after=after, limit=limit)

    async def row(self, session: str) -> SessionRow | None:
        """The session's row."""
        return await self._log.row(session)

    async def rows(self, *, workspace: str | None = None, limit: int = 200) -> Sequence[SessionRow]:
        """Rows, newest first."""
        return await self._log.rows(workspace=workspace, limit=limit)

    async def find(self, beginning: str) -> Sequence[tuple[str, str]]:
        """Sessions and approvals whose id begins so."""
        return await self._log.find(beginning)

    async def claim(self, owner: str, *, session: str | None, place: str, lease: float) -> Claim | None:
        """Take what is due."""
        claim = await self._log.claim(owner, session=session, place=place, lease=lease)
        if claim is not None:
            self._fate.at("claimed")
        return claim

    async def heartbeat(self, claim: Claim, *, lease: float) -> None:
        """Prolong the lease."""
        await self._log.heartbeat(claim, lease=lease)

    async def release(self, claim: Claim, *, version: int) -> bool:
        """Let go."""
        self._fate.at("before the release")
        return await self._log.release(claim, version=version)

    def close(self) -> None:
        """Let go of everything."""
        self._log.close()


def _promise(envelope: Envelope) -> dict[str, str | int]:
    digest = hashlib.sha256(encode(envelope)).hexdigest()
    return {"session": envelope.session, "seq": envelope.seq, "id": envelope.id, "sha256": digest}
