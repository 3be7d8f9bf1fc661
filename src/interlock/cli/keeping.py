"""Showing, setting and exporting what is kept in a file of the store, for preferences and organisation alike."""

import getpass
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from interlock.cli.failing import BadInput
from interlock.config import ProjectFileError
from interlock.config.kept import EVERYWHERE, Kept
from interlock.core.channels import masked

Check = Callable[[Path | None], None]


def show(kept: Kept, *, as_json: bool) -> int:
    """Print what is set, then what can be set and is not."""
    said = [(scope, name, _shown(kept, name, text)) for scope, name, text in kept.texts()]
    if as_json:
        return export(kept)
    for scope, name, text in said:
        print(f"{name:16} {text}{f'   in {scope}' if scope else ''}")
    names = {name for scope, name, _ in said if scope == EVERYWHERE}
    left = [item for item in kept.items if item.name not in names]
    if left:
        print(f"{chr(10) if said else ''}can be set:")
    for item in left:
        print(f"  {item.name + 'NAME' if item.name.endswith('.') else item.name:16} {item.means}")
    return 0


def set(kept: Kept, name: str, said: str | None, workspace: Path | None, check: Check = lambda _: None) -> int:
    """Keep a value, if it can be understood and fits what is there."""
    scope = _scope(workspace)
    secret = kept.item(name).secret
    value = (_asked(name) if said is None else said).strip()
    before = next((text for where, known, text in kept.texts() if (where, known) == (scope, name)), None)
    if secret:
        _require_reachable(name, value)
    kept.set(name, value, scope)
    try:
        check(Path(scope) if scope else None)
    except ProjectFileError:
        kept.unset(name, scope) if before is None else kept.set(name, before, scope)
        raise
    print(f"{name} is {_shown(kept, name, value)}{f' in {scope}' if scope else ''}")
    return 0


def unset(kept: Kept, name: str, workspace: Path | None) -> int:
    """Forget a value."""
    kept.item(name)
    if not kept.unset(name, _scope(workspace)):
        raise BadInput(f"`{name}` is not set{f' for `{workspace}`' if workspace else ''}")
    print(f"{name} is not set any more")
    return 0


def export(kept: Kept) -> int:
    """Print all that is set as one object: folder ("" for everywhere), then name, then text."""
    whole: dict[str, dict[str, str]] = {}
    for scope, name, text in kept.texts():
        whole.setdefault(scope, {})[name] = _shown(kept, name, text)
    print(msgspec.json.encode(whole).decode())
    return 0


def _shown(kept: Kept, name: str, text: str) -> str:
    return masked(text) if kept.item(name).secret else text


def _scope(workspace: Path | None) -> str:
    if workspace is None:
        return EVERYWHERE
    if not workspace.is_dir():
        raise BadInput(f"`{workspace}` is not a folder")
    return str(workspace.resolve())


def _asked(name: str) -> str:
    """The value from standard input; at a terminal it is typed unseen."""
    try:
        return getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline()
    except EOFError:
        raise BadInput(f"`{name}` needs a value") from None


def _require_reachable(name: str, address: str) -> None:
    """Raises BadInput for an address of which nothing here knows how to tell it."""
    from interlock.adapters.notify import Notify

    if problem := Notify().problem(address):
        raise BadInput(f"`{name}`: {problem}")
