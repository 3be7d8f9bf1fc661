"""Notices: a trial, what came of those that were sent, and delivering what is due."""

import asyncio
from typing import Annotated

import msgspec
from cyclopts import Parameter

from interlock.adapters.notify import Notify
from interlock.adapters.teller import terminal
from interlock.bootstrap import Interlock, home
from interlock.cli.failing import BadInput, bounded, harmless
from interlock.cli.sessions import session_of
from interlock.config.organisation import OWNER, organisation
from interlock.config.preferences import preferences
from interlock.core.channels import Notice
from interlock.core.views.telling import outcome_line
from interlock.ports import NotTold

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]
NOT_TOLD = 1


def test(channel: str | None = None, /) -> int:
    """Send a trial message, quiet hours or not. Exit code 1 when one did not get through.

    Examples: `interlock notify test` · `interlock notify test owner.ana`

    :param channel: A channel's name, or `owner.NAME`; all of your channels when left out.
    """
    channels = dict(preferences(home()).channels)
    if channel is not None:
        owners = {f"{OWNER}{name}": address for name, address in organisation(home()).owners.items()}
        known = channels | owners
        if channel not in known:
            raise BadInput(f"`{channel}` is no channel; there are {', '.join(known) or 'none'}")
        channels = {channel: known[channel]}
    if not channels:
        raise BadInput("no channel is set; for example: interlock preferences set channel.bell bell")
    return asyncio.run(_test(channels))


def ls(id: str | None = None, /, *, json: JsonFlag = False) -> int:
    """List what was to be told, newest first, and what came of it.

    Examples: `interlock notify ls` · `interlock notify ls ses-91c0 --json`

    :param id: Only of this session: its id, or a unique beginning of one.
    :param json: One object a line.
    """
    return asyncio.run(_ls(id, json))


def deliver(*, linger: float = 0) -> int:
    """Deliver what is due. Sessions do this by themselves; from a timer it covers the end of quiet hours, too.

    Example: `interlock notify deliver`

    :param linger: Seconds to stay for what becomes due meanwhile.
    """
    bounded("--linger", linger, most=86_400)
    return asyncio.run(_deliver(linger))


async def _test(channels: dict[str, str]) -> int:
    notify, code = Notify(terminal()), 0
    for name, address in channels.items():
        try:
            await notify.tell(address, "Interlock: a trial", "You would be told here.")
            print(f"ok  {name}")
        except NotTold as problem:
            print(harmless(f"BAD {name}: {problem}"))
            code = NOT_TOLD
    return code


async def _ls(beginning: str | None, as_json: bool) -> int:
    async with Interlock.open() as il:
        session = None if beginning is None else await session_of(il, beginning)
        for notice in await il.log.outbox.notices(session=session):
            print(msgspec.json.encode(notice).decode() if as_json else _line(notice))
        return 0


def _line(notice: Notice) -> str:
    return harmless(f"{notice.session}  {outcome_line(notice)}")


async def _deliver(linger: float) -> int:
    async with Interlock.open() as il:
        await il.delivery(Notify(terminal())).run(linger=linger)
        return 0
