"""What the organisation lays down: ceilings that neither words nor workspace loosen, and who owns what."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from interlock.config.kept import Item, Kept
from interlock.config.preferences import LIMITS, address, preferences
from interlock.config.settings import FILES, VARIABLES, Own
from interlock.core.channels import KINDS

FILE = FILES[1]
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


def own(store: Path, folder: Path) -> Own:
    """All that is set for a workspace: channels hear what you want to hear, owners hear everything.

    Raises ProjectFileError.
    """
    yours, above = preferences(store, folder), organisation(store, folder)
    tell: dict[str, tuple[str, ...]] = {name: yours.tell_about for name in yours.channels if yours.tell_about}
    owners = {f"{OWNER}{name}": KINDS for name in above.owners}
    return Own(limits=yours.limits, ceilings=above.ceilings, tell={**tell, **owners})
