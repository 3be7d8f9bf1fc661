"""What a command says it used: the file `$INTERLOCK_USAGE`, read with suspicion."""

import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from interlock.core.money import MOST, show

LONGEST = 65_536


def read_report(path: Path, prices: Mapping[str, int]) -> tuple[dict[str, float] | None, str]:
    """(units used, remark): None when nothing usable was reported, and then the remark says why, if there was a try."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, f"the usage report can't be read ({error.strerror}); its worst case is booked"
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None, "the usage report is not a file; its worst case is booked"
        content = file.read(LONGEST + 1)
    return understood(content, prices)


def understood(content: bytes, prices: Mapping[str, int]) -> tuple[dict[str, float] | None, str]:
    """(units used, remark) of a report's bytes: a JSON object from priced units to amounts of zero or more."""
    if not content.strip():
        return None, ""
    try:
        used = msgspec.json.decode(content[:LONGEST], type=dict[str, float])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, 'the usage report is not an object such as {"unit": 1.5}; its worst case is booked'
    if unknown := next((unit for unit in used if unit not in prices), None):
        return None, f"the usage report names `{unknown[:80]}`, which has no price; its worst case is booked"
    if wrong := next((unit for unit, amount in used.items() if not (math.isfinite(amount) and amount >= 0)), None):
        return None, f"the usage report gives `{wrong}` an impossible amount; its worst case is booked"
    if sum(amount * prices[unit] for unit, amount in used.items()) > MOST:
        return None, f"the usage report costs more than {show(MOST)}; its worst case is booked"
    return used, ""
