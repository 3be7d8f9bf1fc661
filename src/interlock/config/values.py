"""Values as people write them: durations, amounts, commands. Each raises ValueError in words for a person."""

import re
import shlex
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal

from interlock.core import money

LONGEST = 366 * 24 * 3600.0
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")


def duration(said: str | int | float) -> float:
    """Seconds of "90s", "1h30m", or a plain number of them."""
    if isinstance(said, str):
        text = said.strip().lower()
        if not re.fullmatch(rf"(?:{_PART.pattern}\s*)+", text):
            raise ValueError(f'`{said[:40]}` is not a duration; write it like "90s", "5m" or "1h30m"')
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    else:
        seconds = float(said)
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"`{said}` is not between nothing and a year; choose a duration within")
    return seconds


def dollars(said: str | int | float) -> money.Micros:
    """Micro-dollars of an amount: a number or text such as "$50"."""
    if isinstance(said, str):
        return money.usd(said)
    if said != said or said in (float("inf"), float("-inf")):
        raise ValueError(f"`{said}` is not a number of dollars; write it like 50")
    return money.exact(Decimal(str(said)), str(said))


def worst(units: Mapping[str, float], prices: Mapping[str, int]) -> money.Micros:
    """Micro-dollars of units at declared prices, rounded up. Raises ValueError for a unit without a price."""
    for unit in units:
        if unit not in prices:
            raise ValueError(f"`{unit}` has no price; add `{unit}` to [prices]")
    total = sum((Decimal(str(amount)) * prices[unit] for unit, amount in units.items()), Decimal(0))
    return money.exact(total.to_integral_value(ROUND_CEILING) / money.MICROS, str(dict(units)))


def words(said: str | list[str]) -> tuple[str, ...]:
    """The words of a command; a string is split as a shell splits words, and no shell runs it."""
    try:
        split = tuple(said) if isinstance(said, list) else tuple(shlex.split(said))
    except ValueError as error:
        raise ValueError(f"`{str(said)[:60]}` can't be split into words ({str(error).lower()})") from error
    if not split or not split[0]:
        raise ValueError("is empty; name a program")
    if isinstance(said, str) and (mark := next((word for word in split if word in _SHELL), None)):
        raise ValueError(f'holds `{mark}`, but no shell runs it; write ["sh", "-c", "…"] if you want one')
    return split


_SHELL = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "2>&1", "&"})
