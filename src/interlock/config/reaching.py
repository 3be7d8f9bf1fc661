"""How a channel is reached: its address and quiet hours, as they are set when something is to be told."""

from datetime import datetime
from pathlib import Path

from interlock.config.organisation import OWNER, organisation
from interlock.config.preferences import preferences
from interlock.config.reading import ProjectFileError
from interlock.engine.delivery import Channel
from interlock.ports import NotTold


def reach(store: Path, channel: str, workspace: str, now: int) -> Channel:
    """The channel of that name in a workspace, at `now` (unix micro-seconds). Quiet hours are yours, not an owner's.

    Raises NotTold where what is set can't be read.
    """
    try:
        if channel.startswith(OWNER):
            owners = organisation(store, Path(workspace)).owners
            return Channel(address=owners.get(channel.removeprefix(OWNER), ""))
        own = preferences(store, Path(workspace))
    except ProjectFileError as problem:
        raise NotTold(str(problem)) from problem
    over = own.quiet.over(datetime.fromtimestamp(now / 1_000_000)) if own.quiet else None
    quiet = None if over is None else round(over.timestamp() * 1_000_000)
    return Channel(address=own.channels.get(channel, ""), quiet=quiet)
