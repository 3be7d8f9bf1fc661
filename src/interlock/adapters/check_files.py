"""The files that define the checks, by digest: success on checks that changed is no success."""

import hashlib
from pathlib import Path

from interlock.core.plan import Workspace

LARGEST = 10_000_000


def digests(workspace: Workspace) -> dict[str, str]:
    """SHA-256 of every file that a check names (glob patterns relative to the workspace), by relative path."""
    root = Path(workspace.root)
    found: dict[str, str] = {}
    for pattern in sorted({pattern for check in workspace.checks for pattern in check.files}):
        for path in sorted(root.glob(pattern)):
            if path.is_file() and path.suffix != ".pyc" and path.stat().st_size <= LARGEST:
                found[str(path.relative_to(root))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
