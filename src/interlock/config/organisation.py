"""What the organisation lays down: ceilings that neither words nor workspace loosen, and who owns what."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from interlock.config.kept import Item, Kept
from interlock.config.preferences import LIMITS, address
from interlock.config.settings import VARIABLES
from interlock.core.budget import Limits

FILE = "organisation.json"
OWNER = "owner."
_CEILINGS = {
    "ask_above": "a person is asked before the spend goes past this many dollars, whatever words and files say",
    "cap": "no session spends more than this many dollars",
    "max_time": "no session works longer than this, such as 2h",
    "answer_within": "no question waits longer than this for an answer, such as 4h",
}
_FIELDS = {name: field for field, name in LIMITS.items() if name in _CEILINGS}
ITEMS: tuple[Item, ...] = (
    *(Item(name, means, VARIABLES[_FIELDS[name]][1]) for name, means in _CEILINGS.items()),
    Item(OWNER, "who owns it, and is told of questions, forecasts and ends: an address", address, secret=True),
)


class Organisation(Struct, frozen=True, kw_only=True):
    """What holds in one workspace: `ceilings` are fields of Limits, `owners` map names to addresses."""

    ceilings: Mapping[str, Any] = {}
    owners: Mapping[str, str] = {}

    def hold(self, limits: Limits) -> Limits:
        """The limits, none of them above its ceiling; the ask line stays within the cap."""
        held = {field: min(getattr(limits, field), most) for field, most in self.ceilings.items()}
        held_limits: Limits = replace(limits, **held)
        return replace(held_limits, ask_line=min(held_limits.ask_line, held_limits.cap))


def kept(store: Path) -> Kept:
    """What the organisation laid down, as it is kept in a store's folder. Raises ProjectFileError."""
    return Kept(store / FILE, ITEMS)


def organisation(store: Path, folder: Path | None = None) -> Organisation:
    """What holds in a workspace: of ceilings the lowest, of owners the nearest folder's. Raises ProjectFileError."""
    ceilings: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for _, here in kept(store).values(folder):
        for name, field in _FIELDS.items():
            if name in here:
                ceilings[field] = min(here[name], ceilings.get(field, here[name]))
        owners = {name.removeprefix(OWNER): said for name, said in here.items() if name.startswith(OWNER)} or owners
    return Organisation(ceilings=ceilings, owners=owners)
