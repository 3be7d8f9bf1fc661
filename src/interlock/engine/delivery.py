"""Delivery: what lies in the outbox is told, tried again for a while, and what came of it is recorded.

It runs beside the drive and after it, in whatever process comes next: a person is told at least once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from msgspec import Struct

from interlock.core.channels import Notice, Outcome, again_after
from interlock.core.views.telling import telling
from interlock.ports import Clock, EventLog, Notifier, NotTold, Outbox, StoreUnusable

LEASE = 120.0
LONGEST = 45.0
AT_A_TIME = 8
POLL = 0.5
LOOK = 1.0


class Channel(Struct, frozen=True, kw_only=True):
    """How a channel is reached now: no `address` when it was unset, `quiet` is until when nothing is told on it."""

    address: str = ""
    quiet: int | None = None


class Came(Struct, frozen=True, kw_only=True):
    """What came of a try, and when the next is due (unix micro-seconds; None: never). `tried` counts a real one."""

    outcome: Outcome
    words: str = ""
    again: int | None = None
    tried: bool = True


class Delivery:
    """Tells what is due. `reach` looks up a channel in a workspace at a time (unix micro-seconds)."""

    def __init__(
        self, outbox: Outbox, log: EventLog, notifier: Notifier, clock: Clock, reach: Callable[[str, str, int], Channel]
    ) -> None:
        self._outbox = outbox
        self._log = log
        self._notifier = notifier
        self._clock = clock
        self._reach = reach

    async def run(self, *, linger: float = 0.0) -> None:
        """Tell all that is due, and for `linger` seconds what becomes due meanwhile. Raises StoreUnusable."""
        until = self._clock.now() + round(linger * 1_000_000)
        while True:
            await self._tell_due()
            waiting = [one.due for one in await self._outbox.notices(unsettled=True) if one.due is not None]
            if self._clock.now() >= until or not any(due <= until for due in waiting):
                return
            await asyncio.sleep(POLL)

    async def _tell_due(self) -> None:
        while True:
            taken = [await self._outbox.take(lease=LEASE) for _ in range(AT_A_TIME)]
            notices = [notice for notice in taken if notice is not None]
            await asyncio.gather(*map(self._tell, notices))
            if len(notices) < AT_A_TIME:
                return

    async def _tell(self, notice: Notice) -> None:
        """Only NotTold's words are known to hold no secret; of another error its kind is recorded."""
        try:
            came = await self._attempt(notice)
        except NotTold as problem:
            came = self._later(notice.tries, str(problem))
        except Exception as problem:
            came = self._later(notice.tries, f"telling failed ({type(problem).__name__})")
        await self._outbox.settle(notice, outcome=came.outcome, words=came.words, again=came.again, tried=came.tried)

    async def _attempt(self, notice: Notice) -> Came:
        row = await self._log.row(notice.session)
        said = telling(await self._log.read(notice.session), notice.event)
        channel = self._reach(notice.channel, row.workspace if row else "", self._clock.now())
        if said is None:
            return Came(outcome="void", words="nobody needed to hear it any more", tried=False)
        if not channel.address:
            return Came(outcome="void", words="the channel is not set any more", tried=False)
        if channel.quiet is not None:
            return Came(outcome="waiting", words="quiet hours", again=channel.quiet, tried=False)
        await asyncio.wait_for(self._notifier.tell(channel.address, said.title, said.body), LONGEST)
        return Came(outcome="delivered")

    def _later(self, tries: int, problem: str) -> Came:
        after = again_after(tries)
        if after is None:
            return Came(outcome="failed", words=problem)
        return Came(outcome="waiting", words=problem, again=self._clock.now() + round(after * 1_000_000))


@contextlib.asynccontextmanager
async def watched(outbox: Outbox, start: Callable[[], None]) -> AsyncIterator[None]:
    """While something is driven, and once at its end: `start` telling when something is due. Fails no drive."""
    looking = asyncio.create_task(_look_on(outbox, start))
    try:
        yield
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
        await _look(outbox, start)


async def _look_on(outbox: Outbox, start: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(LOOK)
        await _look(outbox, start)


async def _look(outbox: Outbox, start: Callable[[], None]) -> None:
    # a store in trouble stops the drive by itself; what is due stays so
    with contextlib.suppress(StoreUnusable):
        if await outbox.due():
            start()
