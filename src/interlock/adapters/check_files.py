"""The files that define the checks, by digest: success on checks that changed is no success."""

import hashlib
from pathlib import Path

from interlock.core.plan import Workspace
from interlock.ports import BadArguments

LARGEST = 10_000_000


def digests(workspace: Workspace) -> dict[str, str]:
    """SHA-256 of every file that a check names (glob patterns relative to the workspace), by relative path.

    Raises BadArguments for a pattern that leads out of the workspace.
    """
    root = Path(workspace.root)
    found: dict[str, str] = {}
    for pattern in sorted({pattern for check in workspace.checks for pattern in check.files}):
        if not pattern or pattern.startswith("/") or ".." in Path(pattern).parts:
            raise BadArguments(f"`files` of a check names `{pattern[:80]}`; name files within the workspace")
        for path in sorted(root.glob(pattern)):
            if path.is_file() and path.suffix != ".pyc" and path.stat().st_size <= LARGEST:
                found[str(path.relative_to(root))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
