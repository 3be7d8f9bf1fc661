"""The store in plain Python: the model that the durable ones are held against, and a fast log for tests."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from interlock.core.events import Draft, Envelope, decode, encode, place
from interlock.core.memory import Remembered, faded, learned
from interlock.core.remediation import Lesson
from interlock.core.session_row import Change, SessionRow, begun, change, changed, fits
from interlock.ports import ApprovalUsed, CapRefused, Claim, ClaimLost, Clock, Conflict


class _Approval(Struct, frozen=True):
    session: str
    status: str = "open"
    used_by: str | None = None


class InMemoryLog:
    """Implements `EventLog` and `KeptMemories` for one process. `abandon` plays the death of an owner's process."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._rows: dict[str, SessionRow] = {}
        self._bodies: dict[str, list[bytes]] = {}
        self._approvals: dict[str, _Approval] = {}
        self._memory: dict[tuple[str, str, str, str], Remembered] = {}
        self._gone: set[str] = set()

    def close(self) -> None:
        """Nothing to let go of."""

    def abandon(self, owner: str) -> None:
        """From now on the owner counts as dead: what it holds can be claimed at once."""
        self._gone.add(owner)

    # --- the stream ----------------------------------------------------------------------------------------------

    async def append(
        self, session: str, drafts: Sequence[Draft], *, expected: int | None, epoch: int | None
    ) -> Sequence[Envelope]:
        """Append all or nothing; see `EventLog.append`."""
        if not drafts:
            return ()
        row = self._standing(session, drafts[0], expected, epoch)
        delta = change(drafts)
        if not fits(row, delta):
            raise CapRefused(f"holding {delta.holds} micro-dollars more would take `{session}` past its cap")
        approvals = self._changed_approvals(session, delta)
        envelopes = [place(draft, session, seq) for seq, draft in enumerate(drafts, row.version + 1)]
        bodies = [encode(envelope) for envelope in envelopes]

        self._rows[session] = changed(row, delta, count=len(drafts), at=drafts[-1].at)
        self._bodies.setdefault(session, []).extend(bodies)
        self._approvals = approvals
        for lesson, at in delta.lessons:
            self._learn(lesson, at)
        return envelopes

    async def read(self, session: str, *, after: int = 0, limit: int | None = None) -> Sequence[Envelope]:
        """The committed envelopes with seq > `after`, in order."""
        bodies = self._bodies.get(session, [])[after:]
        return [decode(body) for body in (bodies if limit is None else bodies[:limit])]

    async def row(self, session: str) -> SessionRow | None:
        """The session's row, or None."""
        return self._rows.get(session)

    async def rows(self, *, workspace: str | None = None, limit: int = 200) -> Sequence[SessionRow]:
        """Rows, newest first."""
        chosen = [row for row in self._rows.values() if workspace in (None, row.workspace)]
        return sorted(chosen, key=lambda row: (row.created_at, row.id), reverse=True)[:limit]

    async def find(self, beginning: str) -> Sequence[tuple[str, str]]:
        """(session, approval or "") pairs whose id begins so, with or without its prefix; at most 10."""
        session = "ses-" + beginning.removeprefix("ses-")
        approval = "apr-" + beginning.removeprefix("apr-")
        found = [(id, "") for id in sorted(self._rows) if id.startswith(session)][:10]
        asked = sorted(self._approvals)
        return (found + [(self._approvals[id].session, id) for id in asked if id.startswith(approval)])[:10]

    # --- driving -------------------------------------------------------------------------------------------------

    async def claim(self, owner: str, *, session: str | None, place: str, lease: float) -> Claim | None:
        """Take a session that is due here (or exactly `session`), bumping its epoch; None when there is none."""
        now = self._clock.now()
        free = [row for row in self._rows.values() if self._is_free(row, place, now)]
        if session is None:
            free = [row for row in free if not row.paused and row.wake_at is not None and row.wake_at <= now]
            free.sort(key=lambda row: (-row.priority, row.wake_at, row.id))
        else:
            free = [row for row in free if row.id == session]
        if not free:
            return None
        row, until = free[0], now + int(lease * 1_000_000)
        self._rows[row.id] = replace(row, epoch=row.epoch + 1, owner=owner, lease_until=until)
        return Claim(session=row.id, owner=owner, epoch=row.epoch + 1, until=until)

    async def heartbeat(self, claim: Claim, *, lease: float) -> None:
        """Prolong the lease by `lease` seconds from now. Raises ClaimLost."""
        row = self._held(claim)
        if row is None:
            raise ClaimLost(f"`{claim.session}` was claimed by another worker")
        self._rows[row.id] = replace(row, lease_until=self._clock.now() + int(lease * 1_000_000))

    async def release(self, claim: Claim, *, version: int) -> bool:
        """Let go, if nothing came after `version`. A claim that was lost already is let go too."""
        row = self._held(claim)
        if row is None:
            return True
        if row.version != version:
            return False
        self._rows[row.id] = replace(row, owner="", lease_until=0)
        return True

    # --- memory --------------------------------------------------------------------------------------------------

    async def recall(self, fingerprint: str) -> Sequence[Remembered]:
        """What is known of fixes for this failure, as it counts today; what was forgotten is not."""
        return [known for known in await self._counted() if known.fingerprint == fingerprint]

    async def remembered(self, *, limit: int = 1000) -> Sequence[Remembered]:
        """The whole memory as it counts today, newest first."""
        return sorted(await self._counted(), key=lambda entry: -entry.last_at)[:limit]

    async def all_memory(self) -> Sequence[Remembered]:
        """Everything for an export, marks of what was forgotten included."""
        return [self._memory[key] for key in sorted(self._memory)]

    async def forget(self, fingerprint: str, fix: str | None = None) -> int:
        """Set the counts to zero and leave a mark; the number of entries forgotten."""
        known = [entry for entry in await self.recall(fingerprint) if fix in (None, entry.fix)]
        for entry in known:
            self._memory[_key(entry)] = Remembered(
                fingerprint=entry.fingerprint,
                fix=entry.fix,
                environment=entry.environment,
                last_at=self._clock.now(),
                forgotten=True,
                origin=entry.origin,
            )
        return len(known)

    async def _counted(self) -> list[Remembered]:
        return [faded(entry, self._clock.now()) for entry in await self.all_memory() if not entry.forgotten]

    async def take_in(self, records: Sequence[Remembered], *, origin: str) -> int:
        """Replace all that came from the store `origin` by these records, or nothing; see `KeptMemories`."""
        gone = {key for key, known in self._memory.items() if known.origin == origin and not known.forgotten}
        kept = {key: known for key, known in self._memory.items() if key not in gone}
        taken = {_key(one): one for one in (replace(record, origin=origin) for record in records)}
        new = {key: one for key, one in taken.items() if key not in kept}
        self._memory = kept | new
        return len(new)

    # --- inside --------------------------------------------------------------------------------------------------

    def _standing(self, session: str, first: Draft, expected: int | None, epoch: int | None) -> SessionRow:
        row = self._rows.get(session) or (begun(session, first) if expected == 0 else None)
        if row is None:
            raise Conflict(f"there is no session `{session}`; it must begin with its start")
        if epoch is not None and epoch != row.epoch:
            raise ClaimLost(f"`{session}` was claimed by another worker")
        if expected is not None and expected != row.version:
            raise Conflict(f"`{session}` is at {row.version}, not at {expected}; read on and judge again")
        return row

    def _changed_approvals(self, session: str, delta: Change) -> dict[str, _Approval]:
        approvals = dict(self._approvals)
        for approval, event in delta.uses:
            if approvals.get(approval) != _Approval(session, "approved"):
                raise ApprovalUsed(f"`{approval}` is used or was not approved; ask again")
            approvals[approval] = _Approval(session, "approved", event)
        for approval, status in delta.answers:
            if approvals.get(approval) != _Approval(session):
                raise Conflict(f"`{approval}` is not open any more; look at it again")
            approvals[approval] = _Approval(session, status)
        for approval, _digest, _deadline in delta.asks:
            if approval in approvals:
                raise Conflict(f"the question `{approval}` was asked before")
            approvals[approval] = _Approval(session)
        return approvals

    def _is_free(self, row: SessionRow, place: str, now: int) -> bool:
        unowned = row.owner == "" or row.lease_until < now or row.owner in self._gone
        return row.outcome == "" and row.place in ("", place) and unowned

    def _held(self, claim: Claim) -> SessionRow | None:
        row = self._rows.get(claim.session)
        return row if row and (row.epoch, row.owner) == (claim.epoch, claim.owner) else None

    def _learn(self, lesson: Lesson, at: int) -> None:
        fresh = Remembered(fingerprint=lesson.fingerprint, fix=lesson.fix, environment=lesson.environment)
        self._memory[_key(fresh)] = learned(self._memory.get(_key(fresh), fresh), lesson, at)


def _key(entry: Remembered) -> tuple[str, str, str, str]:
    return (entry.fingerprint, entry.fix, entry.environment, entry.origin)
