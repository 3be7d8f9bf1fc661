"""Driving a session under a person's eyes: what is committed is shown, questions are asked, Ctrl-C pauses."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

from interlock.bootstrap import Interlock
from interlock.cli.prompting import Later, ask
from interlock.cli.screen import Screen
from interlock.cli.sessions import PAUSED, exit_code
from interlock.core.commands import Pause
from interlock.core.evolve import replay
from interlock.core.views import services
from interlock.engine.control import Refused

EVERY = 0.1
TAKE_OVER_AFTER = 1.0


async def drive_shown(il: Interlock, session: str, screen: Screen, *, interactive: bool, after: int = 0) -> int:
    """Drive (or, when another process does, watch) until the session ends or waits. Returns the exit code."""
    screen.past([envelope for envelope in await il.log.read(session) if envelope.seq <= after])
    async with _interruptible(il, session, screen):
        while True:
            after = await _drive_once(il, session, screen, after)
            row = await il.row(session)
            if row is None:
                return PAUSED
            if row.status == "waiting" and interactive:
                state = await il.state(session)
                with contextlib.suppress(Later, Refused):
                    await il.tell(session, ask(screen, state, il.clock.now(), await il.log.read(session)))
                    continue
            await _close(il, session, screen)
            return exit_code(row)


async def _drive_once(il: Interlock, session: str, screen: Screen, after: int) -> int:
    """One drive, shown; while another process drives, its events. Returns the last seq that was shown."""
    seen = after
    with screen.watching():
        while True:
            driving = asyncio.create_task(il.drive(session))
            try:
                while not driving.done():
                    seen = await _show_new(il, session, screen, seen)
                    screen.tick(il.clock.now())
                    await asyncio.wait([driving], timeout=EVERY)
            finally:
                if not driving.done():
                    driving.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await driving
            seen = await _show_new(il, session, screen, seen)
            if driving.result() is not None or await _rests(il, session):
                return seen
            # whoever drives it may die: then the next claim succeeds, and this process goes on
            seen = await _watch(il, session, screen, seen)


async def _watch(il: Interlock, session: str, screen: Screen, seen: int) -> int:
    for _ in range(round(TAKE_OVER_AFTER / EVERY)):
        seen = await _show_new(il, session, screen, seen)
        screen.tick(il.clock.now())
        if await _rests(il, session):
            break
        await asyncio.sleep(EVERY)
    return seen


async def _rests(il: Interlock, session: str) -> bool:
    """Nobody drives it, and nothing is to be driven before a person speaks."""
    row = await il.row(session)
    return row is None or (row.status in ("ended", "waiting", "paused") and not row.owner)


async def _show_new(il: Interlock, session: str, screen: Screen, seen: int) -> int:
    for envelope in await il.log.read(session, after=seen):
        screen.saw(envelope)
        seen = envelope.seq
    return seen


async def _close(il: Interlock, session: str, screen: Screen) -> None:
    envelopes = await il.log.read(session)
    running = [
        f"{name}: runs (process {service.get('pid')}, port {service.get('port')})"
        if service["up"]
        else f"{name}: stopped"
        for name, service in sorted(services(envelopes).items())
    ]
    screen.close(envelopes, replay(envelopes), il.clock.now(), running)


@contextlib.asynccontextmanager
async def _interruptible(il: Interlock, session: str, screen: Screen) -> AsyncIterator[None]:
    """Ctrl-C once pauses, twice ends the process; what is committed stays, and a later `resume` goes on."""
    loop = asyncio.get_running_loop()
    pausing: list[asyncio.Task[None]] = []

    async def pause() -> None:
        with contextlib.suppress(Refused):
            await il.tell(session, Pause())

    def interrupted() -> None:
        if pausing:
            screen.note(f"ended; nothing is lost: `interlock resume {session}` goes on")
            os._exit(PAUSED)
        screen.note("pausing: the running act ends first; Ctrl-C again ends this process at once")
        pausing.append(asyncio.create_task(pause()))

    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
