"""The worker: claims a session, drives it under a heartbeat, and lets go when a person must speak."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from interlock.core.state import State
from interlock.engine.control import expire
from interlock.engine.loop import Status, Steps, run
from interlock.engine.session import Overtaken, Session
from interlock.ports import Claim, ClaimLost, Clock, EventLog, Ids, StoreUnusable

LEASE = 10.0
LISTEN = 0.3
DRAIN = 30.0


class Worker:
    """Drives what it claims. `finished` runs once a session's end is durable.

    `steps_for` opens a session's parts, which are closed when the worker lets go of it.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        clock: Clock,
        ids: Ids,
        owner: str,
        place: str,
        steps_for: Callable[[Session], AbstractAsyncContextManager[Steps]],
        finished: Callable[[State], Awaitable[None]],
        lease: float = LEASE,
    ) -> None:
        self._log = log
        self._clock = clock
        self._ids = ids
        self._owner = owner
        self._place = place
        self._steps_for = steps_for
        self._finished = finished
        self._lease = lease
        self._driven: set[Session] = set()

    async def claim(self, session: str | None = None) -> Claim | None:
        """Take what is due here, or exactly this session."""
        return await self._log.claim(self._owner, session=session, place=self._place, lease=self._lease)

    async def drive(self, claim: Claim) -> Status:
        """Drive until the end or until a person must speak. Raises ClaimLost when another worker took over."""
        await expire(self._log, self._clock, self._ids, claim.session)
        session = await Session.resume(self._log, self._clock, self._ids, claim)
        if session.state.stop_requested:
            session.stop.set()
        self._driven.add(session)
        try:
            async with self._pulse(session), self._steps_for(session) as steps:
                status = await self._until_released(session, steps)
        finally:
            self._driven.discard(session)
        if status is Status.ENDED:
            await self._finished(session.state)
        return status

    def rest(self) -> None:
        """Let go of every session once its turn is over; others take them up."""
        for session in self._driven:
            session.resting = True

    async def _until_released(self, session: Session, steps: Steps) -> Status:
        while True:
            try:
                status = await run(session, steps)
                await session.flush()
            except Overtaken:
                continue
            # a word that came after the last fold must be seen before letting go
            if await self._log.release(session.claim, version=session.version):
                return status
            await session.refresh()

    @contextlib.asynccontextmanager
    async def _pulse(self, session: Session) -> AsyncIterator[None]:
        """Heartbeats, and listens for a stop, while the session is driven."""
        pulse = asyncio.create_task(self._beat(session))
        try:
            yield
        finally:
            pulse.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pulse

    async def _beat(self, session: Session) -> None:
        """Until the claim is lost, or could not be prolonged before it ran out; a busy store is tried again."""
        waited = 0.0
        while waited < self._lease:
            await asyncio.sleep(LISTEN)
            waited += LISTEN
            try:
                await session.listen()
                if waited >= self._lease / 3:
                    await self._log.heartbeat(session.claim, lease=self._lease)
                    waited = 0.0
            except ClaimLost:
                break
            except StoreUnusable:
                continue
        # INVARIANT: whoever lost the claim ends its act and begins no other; the fence refuses its next commit.
        session.stop.set()
        session.resting = True


Drove = Callable[[str, Status | Exception], None]


async def work(worker: Worker, *, slots: int, stop: asyncio.Event, drove: Drove, poll: float = 0.5) -> None:
    """Drive all that is due, `slots` sessions at a time, until `stop` is set. `drove` hears how each drive ended.

    A drive that raises keeps its lease until it runs out, so that a broken session is not tried in a tight loop.
    At the end, running turns get 30 s to finish; what is cut off then is taken up as after a crash.
    """
    running: set[asyncio.Task[None]] = set()
    while not stop.is_set():
        claim = await worker.claim() if len(running) < slots else None
        if claim is not None:
            task = asyncio.create_task(_drive(worker, claim, drove))
            running.add(task)
            task.add_done_callback(running.discard)
            continue
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), poll)
    worker.rest()
    if running:
        await asyncio.wait(running, timeout=DRAIN)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _drive(worker: Worker, claim: Claim, drove: Drove) -> None:
    try:
        drove(claim.session, await worker.drive(claim))
    except ClaimLost:
        return
    except Exception as problem:
        drove(claim.session, problem)
