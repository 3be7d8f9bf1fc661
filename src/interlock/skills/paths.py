"""Where a path really leads: canonical before it is judged, and still there when it is used."""

import os
from pathlib import Path

from interlock.core.plan import Workspace
from interlock.ports import BadArguments


class Moved(Exception):
    """A path leads elsewhere than when it was authorised."""


def canonical(path: str, workspace: Workspace) -> str:
    """The absolute path with every `..` and symbolic link resolved. Raises BadArguments."""
    return _real(f"{workspace.root}/{path}" if path[:1] != "/" else path, path)


def canonical_entry(path: str, workspace: Workspace) -> str:
    """As `canonical`, but a link at the end is meant itself (what removing it does). Raises BadArguments."""
    given = Path(workspace.root, path)
    if given.name in ("", ".."):
        return canonical(path, workspace)
    return f"{_real(given.parent, path).rstrip('/')}/{given.name}"


def unmoved(path: str) -> Path:
    """The canonical path, if it still leads where it did. Raises Moved."""
    given = Path(path)
    now = _real(given, path)
    if now != path:
        raise Moved(f"`{path}` now leads to `{now}`; ask again, so that the new path is judged")
    return given


def _real(path: Path | str, said: str) -> str:
    if not said or "\0" in said:
        raise BadArguments("a path is empty or holds a zero byte; name a file in the workspace")
    try:
        return os.path.realpath(path)
    except (OSError, ValueError) as error:
        raise BadArguments(f"`{said[:200]}` leads nowhere ({error}); name a file in the workspace") from error
