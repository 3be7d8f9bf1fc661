"""Snapshots around an act: kept before it is announced, and taken again once it and its checks have run."""

from interlock.core.state import State
from interlock.engine.gate import Admission
from interlock.ports import Snapshots, StoreUnusable


async def before(snapshots: Snapshots | None, state: State, admission: Admission) -> str:
    """What the act can change, as it is; empty for one that writes nothing. Raises StoreUnusable: then nothing runs."""
    if snapshots is None or not admission.quote.effects.writes:
        return ""
    try:
        return await snapshots.take(state.workspace.root, admission.paths if admission.quote.bounded else None)
    except OSError:  # no workspace to change any more
        return ""


async def after(snapshots: Snapshots | None, state: State, kept: str) -> str:
    """What stands there now; empty where nothing was kept. What has run is told whether or not this can be."""
    if snapshots is None or not kept:
        return ""
    try:
        return await snapshots.again(state.workspace.root, kept)
    except (OSError, StoreUnusable):
        return ""
