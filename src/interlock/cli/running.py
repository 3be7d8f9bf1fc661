"""Starting sessions and driving them: run, resume, work."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from interlock.bootstrap import Interlock, home
from interlock.cli.driving import drive_shown
from interlock.cli.failing import BadInput, bounded, complain
from interlock.cli.prompting import agreed
from interlock.cli.sessions import exit_code, session_of
from interlock.cli.shown import shown_as
from interlock.config.values import duration
from interlock.core.money import usd
from interlock.order import Order, Overrides, order

LIVING_DRIVER = 1.0

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]
Flag = Annotated[bool, Parameter(negative="")]


def run(
    words: str,
    /,
    *,
    workspace: Path = Path(),
    ask_above: str | None = None,
    cap: str | None = None,
    max_iterations: int | None = None,
    max_time: str | None = None,
    non_interactive: Flag = False,
    yes_to_readback: Flag = False,
    detach: Flag = False,
    no_sandbox: Flag = False,
    stay: Flag = False,
    json: JsonFlag = False,
    quiet: Flag = False,
) -> int:
    """Hand over work in a sentence. It is read back before anything begins.

    Examples:

    `interlock run "Keep fixing the deployment until it passes all tests, but ask me if cost goes above $50."`

    `interlock run "Fix it until ./check.sh passes, at most 10 tries" --workspace app --non-interactive --json`

    :param words: What is wanted, until when, and when to ask.
    :param workspace: The folder to work in.
    :param ask_above: Ask before the spend goes past this many dollars.
    :param cap: Never spend more than this many dollars.
    :param max_iterations: Turns of the loop, at most.
    :param max_time: Working time, such as 30m.
    :param non_interactive: Never prompt: a question ends with exit code 10 and can be answered later.
    :param yes_to_readback: Take the read-back as read.
    :param detach: Print the session's id and leave it to `interlock work`.
    :param no_sandbox: Run commands unconfined: they can read and change all that you can. Recorded with the session.
    :param stay: Leave services running when the session ends.
    :param json: Print committed events, one a line, the same as in the store.
    :param quiet: Print the outcome only.
    """
    said = _overrides(ask_above, cap, max_iterations, max_time, no_sandbox, stay)
    wanted = order(words, workspace, said, home())
    interactive = not non_interactive and not json and sys.stdin.isatty() and sys.stdout.isatty()
    return asyncio.run(_run(wanted, interactive, yes_to_readback, detach, json, quiet))


def resume(id: str, /, *, json: JsonFlag = False, quiet: Flag = False, non_interactive: Flag = False) -> int:
    """Go on with a session: after a pause, or after what drove it was killed. Watches when another process drives it.

    Example: `interlock resume ses-91c0`

    :param id: A session's id, or a unique beginning of one.
    :param json: Print committed events, one a line.
    :param quiet: Print the outcome only.
    :param non_interactive: Never prompt.
    """
    interactive = not non_interactive and not json and sys.stdin.isatty() and sys.stdout.isatty()
    return asyncio.run(_resume(id, json, quiet, interactive))


def work(*, concurrency: int = 4) -> int:
    """Drive everything that is due here, until stopped with Ctrl-C or SIGTERM.

    Example: `interlock work --concurrency 2`

    :param concurrency: Sessions that are driven at a time.
    """
    bounded("--concurrency", concurrency, least=1, most=1_000)
    return asyncio.run(_work(concurrency))


async def _run(wanted: Order, interactive: bool, sure: bool, detach: bool, as_json: bool, quiet: bool) -> int:
    screen = shown_as(as_json=as_json, quiet=quiet, goal=wanted.goal.objective)
    screen.read_back(wanted.read_back)
    async with Interlock.open(on_output=screen.listener) as il:
        if (problem := il.sandbox(wanted.workspace).problem()) is not None:
            return complain(
                f"{problem}\nor run with --no-sandbox: commands could then read and change all that you can"
            )
        if interactive and not sure and not agreed("Begin?"):
            return complain("nothing was started")
        session = await il.begin(wanted)
        if detach:
            print(session)
            return 0
        return await drive_shown(il, session, screen, interactive=interactive)


async def _resume(beginning: str, as_json: bool, quiet: bool, interactive: bool) -> int:
    from interlock.core.commands import Resume

    screen = shown_as(as_json=as_json, quiet=quiet)
    async with Interlock.open(on_output=screen.listener) as il:
        session = await session_of(il, beginning)
        state = await il.state(session)
        if state.paused and not state.ended:
            await il.tell(session, Resume())
        return await drive_shown(il, session, screen, interactive=interactive, after=state.version)


async def drive_on(il: Interlock, session: str, *, no_drive: bool, as_json: bool) -> int:
    """After a recorded answer: give a living driver a second to take it up, else drive on here."""
    if no_drive:
        row = await il.row(session)
        return 0 if row is None or row.status != "ended" else exit_code(row)
    screen = shown_as(as_json=as_json, quiet=False)
    after = (await il.state(session)).version
    loop = asyncio.get_running_loop()
    until = loop.time() + LIVING_DRIVER
    while loop.time() < until:
        row = await il.row(session)
        if row is not None and (row.version > after or row.status == "ended"):
            break
        await asyncio.sleep(0.05)
    interactive = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    return await drive_shown(il, session, screen, interactive=interactive, after=after)


async def _work(concurrency: int) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    screen = shown_as(as_json=False, quiet=False)
    async with Interlock.open() as il:
        screen.note(f"driving what is due here, {concurrency} at a time; Ctrl-C ends it and loses nothing")
        await il.work(slots=concurrency, stop=stop, drove=lambda session, how: screen.note(f"{session}: {how}"))
    return 0


def _overrides(
    ask_above: str | None, cap: str | None, iterations: int | None, time: str | None, no_sandbox: bool, stay: bool
) -> Overrides:
    try:
        if iterations is not None and not 1 <= iterations <= 10_000:
            raise ValueError("--max-iterations is between 1 and 10000")
        return Overrides(
            ask_above=usd(ask_above) if ask_above is not None else None,
            cap=usd(cap) if cap is not None else None,
            max_iterations=iterations,
            max_time=duration(time) if time is not None else None,
            sandbox="none" if no_sandbox else None,
            stay=stay,
        )
    except ValueError as problem:
        raise BadInput(str(problem)) from problem
