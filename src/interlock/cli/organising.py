"""What the organisation lays down: shown, set, unset, exported."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from interlock.bootstrap import home
from interlock.cli import keeping
from interlock.config.organisation import kept

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def show(*, json: JsonFlag = False) -> int:
    """Show what is laid down, and what can be. Addresses are masked.

    Example: `interlock organisation show`

    :param json: One object.
    """
    return keeping.show(kept(home()), as_json=json)


def set(name: str, value: str | None = None, /, *, workspace: Path | None = None) -> int:
    """Lay something down: a ceiling that neither words nor files loosen, or an owner who is told.

    Examples: `interlock organisation set cap 100` · `interlock organisation set owner.ana --workspace shop`

    :param name: What to set, as `interlock organisation show` lists it.
    :param value: Its value. Left out, it is read from standard input, which keeps an address out of the history.
    :param workspace: Only for this folder and those below it.
    """
    return keeping.set(kept(home()), name, value, workspace)


def unset(name: str, /, *, workspace: Path | None = None) -> int:
    """Take something back; sessions that run keep what they began with.

    Example: `interlock organisation unset cap`

    :param name: What to take back.
    :param workspace: What was set for this folder alone.
    """
    return keeping.unset(kept(home()), name, workspace)


def export() -> int:
    """Write all that is laid down as JSON, addresses masked; `organisation.json` in the store holds them whole.

    Example: `interlock organisation export > organisation.json`
    """
    return keeping.export(kept(home()))
