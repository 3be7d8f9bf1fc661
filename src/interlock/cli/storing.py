"""The store as a whole: back it up while it is in use, and prune what ended long ago."""

import time
from pathlib import Path

from interlock.adapters.objects import ObjectFolder
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import upkeep
from interlock.cli.auditing import existing_store
from interlock.cli.failing import bounded, complain


def backup(target: Path, /) -> int:
    """Copy the store to a new file while it is in use, and verify the copy.

    Example: `interlock store backup /backup/interlock.db`

    :param target: The file to write. Keep `seal.key` and `heads.log` apart from it.
    """
    folder = existing_store()
    verified = upkeep.backup(folder, target, seal=Seal.open(folder))
    if not verified.ok:
        return complain(f"the copy does not verify: {verified.problem}; nothing was kept", 3)
    print(f"{verified.records} records copied to {target} and verified")
    return 0


def prune(*, days: float = 90) -> int:
    """Drop the events of sessions that ended long ago; their hashes stay, so the seal stays whole.

    What was kept of workspaces to undo acts goes, too, where it was last seen as long ago.

    Example: `interlock store prune --days 30`

    :param days: How long ago a session must have ended.
    """
    bounded("--days", days, most=36_500)
    folder = existing_store()
    count = upkeep.prune(folder, seal=Seal.open(folder), now=time.time_ns() // 1000, days=days)
    forgotten = ObjectFolder(folder / "kept").prune(time.time() - days * 86_400)
    print(f"pruned {count} session{'s' if count != 1 else ''} that ended more than {days:g} days ago")
    if forgotten:
        print(f"dropped {forgotten} kept contents; acts from before can't be undone any more")
    return 0
