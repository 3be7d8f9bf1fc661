"""A person's preferences: shown, set, unset, exported."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from interlock.bootstrap import home
from interlock.cli import keeping
from interlock.config import Settings
from interlock.config.preferences import kept, preferences

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def show(*, json: JsonFlag = False) -> int:
    """Show what is set, and what can be. Addresses are masked.

    Example: `interlock preferences show`

    :param json: One object.
    """
    return keeping.show(kept(home()), as_json=json)


def set(name: str, value: str | None = None, /, *, workspace: Path | None = None) -> int:
    """Set a preference: it holds from the next session on, where words, options and project file say nothing else.

    Examples: `interlock preferences set ask_above 20` · `interlock preferences set channel.phone ntfys://ntfy.sh/TOPIC`

    :param name: What to set, as `interlock preferences show` lists it.
    :param value: Its value. Left out, it is read from standard input, which keeps an address out of the history.
    :param workspace: Only for this folder and those below it.
    """
    return keeping.set(kept(home()), name, value, workspace, check=_fit_together)


def unset(name: str, /, *, workspace: Path | None = None) -> int:
    """Forget a preference; the default holds again.

    Example: `interlock preferences unset quiet`

    :param name: What to forget.
    :param workspace: What was set for this folder alone.
    """
    return keeping.unset(kept(home()), name, workspace)


def export() -> int:
    """Write all that is set as JSON, addresses masked; the file `preferences.json` in the store holds them whole.

    Example: `interlock preferences export > preferences.json`
    """
    return keeping.export(kept(home()))


def _fit_together(folder: Path | None) -> None:
    """Raises ProjectFileError when the ask line is above the cap."""
    Settings.from_environment({}, preferences(home(), folder).limits)
