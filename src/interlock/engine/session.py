"""A driven session: its log, what is buffered, and the state that both add up to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

from msgspec.structs import replace

from interlock.core.events import (
    OUTCOMES,
    AnyEvent,
    ApprovalRequested,
    Draft,
    HookDecided,
    StepReviewed,
    StepTaken,
    StopRequested,
)
from interlock.core.evolve import evolve, fold, replay
from interlock.core.state import State
from interlock.ports import Claim, Clock, Conflict, EventLog, Ids

E = TypeVar("E", StepTaken, StepReviewed, HookDecided, ApprovalRequested)


class Overtaken(Exception):
    """A person's word came in between: outcomes are kept, judgements are made again."""


class Session:
    """One claimed session. `state` is the committed fold plus what is buffered; `stop` is set by a person's stop.

    `resting`: its worker is shutting down, so the next turn is somebody else's.
    """

    def __init__(self, log: EventLog, clock: Clock, ids: Ids, claim: Claim, state: State) -> None:
        self.claim = claim
        self.state = state
        self.stop = asyncio.Event()
        self.resting = False
        self._log = log
        self._clock = clock
        self._ids = ids
        self._committed = state
        self._buffer: list[Draft] = []
        self._before: list[State] = []

    @classmethod
    async def resume(cls, log: EventLog, clock: Clock, ids: Ids, claim: Claim) -> Self:
        """The session as its log tells it."""
        return cls(log, clock, ids, claim, replay(await log.read(claim.session)))

    @property
    def version(self) -> int:
        """The last committed seq that this driver has folded."""
        return self._committed.version

    def add(self, event: AnyEvent, *, actor: str = "engine", cause: str | None = None) -> str:
        """Buffer an event and fold it; it reaches the store before the next outside act. Returns its id."""
        draft = Draft(
            id=self._ids.event(),
            at=self._clock.now(),
            iteration=self.state.iteration,
            actor=actor,
            event=event,
            cause=cause or self.state.last,
        )
        self._buffer.append(draft)
        self._before.append(self.state)
        self.state = replace(evolve(self.state, event, draft.id, self.state.id), last=draft.id)
        return draft.id

    async def record(self, event: AnyEvent) -> None:
        """Buffer an event and make it durable."""
        self.add(event)
        await self.flush()

    async def once(self, kind: type[E], make: Callable[[Self], Awaitable[E]]) -> E:
        """The event of this kind in this turn, since the last word heard: found in the log, or made now."""
        found = self._found(kind)
        if found is None:
            found = await make(self)
            self.add(found, cause=self.state.unheard if kind is HookDecided else None)
        return found

    def _found(self, kind: type[E]) -> E | None:
        turn = self.state.turn
        for event in (turn.step, turn.review, turn.decided, turn.asked):
            if isinstance(event, kind):
                return event
        return None

    async def flush(self) -> None:
        """Make what is buffered durable. Raises Overtaken, ClaimLost, CapRefused, ApprovalUsed."""
        if not self._buffer:
            return
        try:
            committed = await self._log.append(
                self.state.id, self._buffer, expected=self.version, epoch=self.claim.epoch
            )
        except Conflict:
            await self._keep_outcomes()
            await self.refresh()
            raise Overtaken from None
        self._clear()
        self._committed = self.state = replace(self.state, version=committed[-1].seq)

    async def _keep_outcomes(self) -> None:
        """What has really happened is appended whatever a person said in between."""
        outcomes = [draft for draft in self._buffer if isinstance(draft.event, OUTCOMES)]
        self._clear()
        if outcomes:
            await self._log.append(self.state.id, outcomes, expected=None, epoch=self.claim.epoch)

    def retract(self, count: int) -> None:
        """Take back the last events that were added: a refused commit means that they never happened."""
        self.state = self._before[-count]
        del self._buffer[-count:], self._before[-count:]

    def _clear(self) -> None:
        self._buffer = []
        self._before = []

    async def refresh(self) -> None:
        """Fold what came since; the buffer must be empty."""
        for envelope in await self._log.read(self.state.id, after=self.version):
            self._committed = fold(self._committed, envelope)
        self.state = self._committed
        if self.state.stop_requested:
            self.stop.set()

    async def listen(self) -> None:
        """Look for a stop while an act runs; everything else waits for the next commit."""
        for envelope in await self._log.read(self.state.id, after=self.version):
            if isinstance(envelope.data, StopRequested):
                self.stop.set()
