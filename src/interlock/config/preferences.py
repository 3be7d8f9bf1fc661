"""What this user prefers: limits where words and workspace leave them open, the look of output, where to be told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from msgspec import Struct

from interlock.config.kept import Item, Kept
from interlock.config.settings import FILES, VARIABLES
from interlock.core.channels import BELL, DESKTOP, KINDS, Kind, QuietHours, kinds, quiet_hours

FILE = FILES[0]
CHANNEL = "channel."
Style = Literal["live", "plain", "quiet"]
STYLES: tuple[Style, ...] = get_args(Style)


class Preferences(Struct, frozen=True, kw_only=True):
    """One person's preferences in one workspace. `limits` are fields of Settings; `channels` map names to addresses."""

    limits: Mapping[str, Any] = {}
    style: Style = "live"
    quiet: QuietHours | None = None
    tell_about: tuple[Kind, ...] = KINDS
    channels: Mapping[str, str] = {}


def address(said: str) -> str:
    """An address to tell: `bell`, `desktop`, or one that Apprise knows, such as `mailto://…`. Raises ValueError."""
    scheme, mark, rest = said.strip().partition("://")
    if said.strip() not in (BELL, DESKTOP) and not (scheme.isalnum() and mark and rest):
        raise ValueError("is no address; say bell, desktop, or an address such as mailto://… or ntfys://…")
    return said.strip()


def _style(said: str) -> Style:
    for style in STYLES:
        if said == style:
            return style
    raise ValueError(f"`{said[:40]}` is no style; there are {', '.join(STYLES)}")


LIMITS = {"ask_line": "ask_above", "cap": "cap"} | {
    name: name for name in ("max_iterations", "max_time", "max_retries", "answer_within")
}
_MEANS = {
    "ask_above": "ask before the spend goes past this many dollars",
    "cap": "never spend more than this many dollars",
    "max_iterations": "turns of the loop, at most",
    "max_time": "working time at most, such as 30m",
    "max_retries": "fixes tried against one failure, at most",
    "answer_within": "how long a question waits for an answer, such as 4h",
}
ITEMS: tuple[Item, ...] = (
    *(Item(name, _MEANS[name], VARIABLES[field][1]) for field, name in LIMITS.items()),
    Item("style", f"how `run` shows a session at a terminal: {', '.join(STYLES)}", _style),
    Item("tell_about", f"what you are told of, out of {', '.join(KINDS)}", kinds),
    Item("quiet", "when you are not told, such as 22:00-07:00, in this machine's time", quiet_hours),
    Item(CHANNEL, "where you are told: bell, desktop, or an address that Apprise knows", address, secret=True),
)


def kept(store: Path) -> Kept:
    """The preferences as they are kept in a store's folder. Raises ProjectFileError."""
    return Kept(store / FILE, ITEMS)


def preferences(store: Path, folder: Path | None = None) -> Preferences:
    """What holds in a workspace; the nearest folder's word counts. Raises ProjectFileError."""
    values: dict[str, Any] = {}
    for _, here in kept(store).values(folder):
        values |= here
    other = {name: values[name] for name in ("style", "quiet", "tell_about") if name in values}
    return Preferences(
        limits={field: values[name] for field, name in LIMITS.items() if name in values},
        channels={name.removeprefix(CHANNEL): said for name, said in values.items() if name.startswith(CHANNEL)},
        **other,
    )
