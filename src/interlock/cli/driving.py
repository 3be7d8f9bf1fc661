"""Driving a session under a person's eyes: what is committed is shown, questions are asked, Ctrl-C pauses."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

from interlock.bootstrap import Interlock
from interlock.cli.prompting import Later, ask
from interlock.cli.sessions import PAUSED, exit_code
from interlock.cli.shown import Shown
from interlock.core.commands import Pause
from interlock.core.evolve import replay
from interlock.core.views.showing import services
from interlock.engine.control import Refused

EVERY = 0.1
WATCH_ROUNDS = 10
TERMINATED = 128 + signal.SIGTERM


async def drive_shown(il: Interlock, session: str, screen: Shown, *, interactive: bool, after: int = 0) -> int:
    """Drive (or, while another process does, watch) until the session ends or waits. Returns the exit code."""
    screen.past([envelope for envelope in await il.log.read(session) if envelope.seq <= after])
    async with _interruptible(il, session, screen):
        while True:
            after = await _drive_once(il, session, screen, after)
            row = await il.row(session)
            if row is None:
                return PAUSED
            if row.status in ("running", "queued"):
                continue
            if row.status == "waiting" and interactive and await _answered(il, session, screen):
                continue
            await _close(il, session, screen)
            return exit_code(row)


async def _answered(il: Interlock, session: str, screen: Shown) -> bool:
    """Whether the person answered; a question that was closed meanwhile needs no answer any more."""
    state = await il.state(session)
    try:
        await il.tell(session, ask(screen, state, il.clock.now(), await il.log.read(session)))
    except Later:
        return False
    except Refused as refusal:
        screen.note(str(refusal))
    return True


async def _drive_once(il: Interlock, session: str, screen: Shown, after: int) -> int:
    """One drive, shown; or a second's watching of another's. Returns the last seq that was shown."""
    driving = asyncio.create_task(il.drive(session))
    seen = after
    with screen.watching():
        try:
            while not driving.done():
                seen = await _show_new(il, session, screen, seen)
                screen.tick(il.clock.now())
                await asyncio.wait([driving], timeout=EVERY)
            if driving.result() is None:
                seen = await _watch(il, session, screen, seen)
        finally:
            if not driving.done():
                driving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await driving
        return await _show_new(il, session, screen, seen)


async def _watch(il: Interlock, session: str, screen: Shown, seen: int) -> int:
    """Show what another process does until it lets go, or until it is time to see whether it is still there."""
    for _ in range(WATCH_ROUNDS):
        seen = await _show_new(il, session, screen, seen)
        row = await il.row(session)
        if row is None or (row.status in ("ended", "waiting", "paused") and not row.owner):
            break
        screen.tick(il.clock.now())
        await asyncio.sleep(EVERY)
    return seen


async def _show_new(il: Interlock, session: str, screen: Shown, seen: int) -> int:
    for envelope in await il.log.read(session, after=seen):
        screen.saw(envelope)
        seen = envelope.seq
    return seen


async def _close(il: Interlock, session: str, screen: Shown) -> None:
    envelopes = await il.log.read(session)
    running = [
        f"{name}: runs (process {service.get('pid')}, port {service.get('port')})"
        if service["up"]
        else f"{name}: stopped"
        for name, service in sorted(services(envelopes).items())
    ]
    screen.close(envelopes, replay(envelopes), il.clock.now(), running)


@contextlib.asynccontextmanager
async def _interruptible(il: Interlock, session: str, screen: Shown) -> AsyncIterator[None]:
    """Ctrl-C once pauses; twice, or SIGTERM, ends the process: what is committed stays, a later `resume` goes on."""
    loop = asyncio.get_running_loop()
    pausing: list[asyncio.Task[None]] = []

    async def pause() -> None:
        with contextlib.suppress(Refused):
            await il.tell(session, Pause())

    def end(code: int) -> None:
        screen.leave()
        screen.note(f"ended; nothing is lost: `interlock resume {session}` goes on")
        os._exit(code)

    def interrupted() -> None:
        if pausing:
            end(PAUSED)
        screen.note("pausing: the running act ends first; Ctrl-C again ends this process at once")
        pausing.append(asyncio.create_task(pause()))

    loop.add_signal_handler(signal.SIGINT, interrupted)
    loop.add_signal_handler(signal.SIGTERM, end, TERMINATED)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        loop.remove_signal_handler(signal.SIGTERM)
