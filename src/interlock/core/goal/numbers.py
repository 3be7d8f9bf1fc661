"""Numbers in figures and in words; one with two readings carries a doubt."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from interlock.core.goal.tokens import Token

_ORDER: Final = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
    """.split()  # noqa: SIM905
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_UNITS: Final = {w: n for n, w in enumerate(_ORDER[:10])}
SMALL: Final = {w: n for n, w in enumerate(_ORDER)} | {w: 20 + 10 * n for n, w in enumerate(_TENS)}
SCALES: Final = {
    "thousand": 1000,
    "k": 1000,
    "grand": 1000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "bn": 1_000_000_000,
}


class Doubt(NamedTuple):
    """Why a figure is not taken as it stands; `refused` when no answer could make it right."""

    why: str
    refused: bool = False


class Found(NamedTuple):
    """A figure that ends before token `end`: what kind it is, and its value or the doubt about it."""

    kind: str
    value: Decimal | int
    end: int
    doubt: Doubt | None = None


def word_at(tokens: Sequence[Token], at: int) -> str:
    """The word at this place in its plain form; empty outside of the sentence."""
    return tokens[at].canon if 0 <= at < len(tokens) else ""


def number(tokens: Sequence[Token], at: int) -> Found | None:
    """A number in figures or in words. `one fifty` has two readings, and so is a doubt."""
    if at >= len(tokens):
        return None
    if tokens[at].canon == "NUM":
        return _digits(str(tokens[at].value), at + 1)
    if tokens[at].canon == "ODD":
        return Found("NUM", 0, at + 1, Doubt("can be read in more than one way; write it plainly, like 50 or 1.5"))
    return _spelled(tokens, at)


def _digits(said: str, end: int) -> Found:
    match = re.fullmatch(r"([-−–]?)([\d.,]+)(.*)", said, re.DOTALL)
    assert match is not None, "the lexer gives figures only"
    sign, figures, suffix = match.groups()
    plain = re.fullmatch(r"(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?", figures)
    odd = re.fullmatch(r"\d{1,3}\.\d{3}", figures) and not figures.startswith("0")
    value = Decimal(figures.replace(",", "")) if plain and len(figures) < 25 else Decimal(0)
    doubt = None
    if sign:
        doubt = Doubt("is negative; a limit is zero or more", refused=True)
    elif not plain or odd or len(figures) >= 25:
        doubt = Doubt("can be read in more than one way; write it like 1,200 or 2.50", refused=len(figures) >= 25)
    lower = suffix.lower()
    if lower in SCALES:
        return Found("NUM", value * SCALES[lower], end, doubt)
    return Found(f"NUM{lower}", value, end, doubt)


def _spelled(tokens: Sequence[Token], at: int) -> Found | None:
    first = word_at(tokens, at)
    if first in ("a", "an") and word_at(tokens, at + 1) in ("hundred", "thousand", "dozen", "million", "grand"):
        value, end = 1, at + 1
    elif first in SMALL:
        value, end = _under_hundred(tokens, at)
    else:
        return None
    if word_at(tokens, end) == "dozen":
        return Found("NUM", Decimal(value * 12), end + 1)
    if word_at(tokens, end) == "hundred":
        value, end = _with_rest(tokens, value * 100, end + 1)
    if (scale := SCALES.get(word_at(tokens, end))) and word_at(tokens, end) != "k":
        value, end = _with_rest(tokens, value * scale, end + 1)
        if word_at(tokens, end) == "hundred":
            rest = value % 1000
            value, end = _with_rest(tokens, value - rest + rest * 100, end + 1)
    doubt = None
    while word_at(tokens, end) in SMALL or word_at(tokens, end) in ("hundred", "thousand", "million", "point"):
        doubt, end = Doubt("can be read in more than one way; write it in figures"), end + 1
    if word_at(tokens, end) == "NUM":
        doubt, end = Doubt("can be read in more than one way; write it in figures"), end + 1
    return Found("NUM", Decimal(value), end, doubt)


def _under_hundred(tokens: Sequence[Token], at: int) -> tuple[int, int]:
    value = SMALL[word_at(tokens, at)]
    unit = _UNITS.get(word_at(tokens, at + 1), 0)
    return (value + unit, at + 2) if value >= 20 and unit else (value, at + 1)


def _with_rest(tokens: Sequence[Token], value: int, at: int) -> tuple[int, int]:
    """What follows hundred or thousand: `and fifty`, `fifty`."""
    rest = at + 1 if word_at(tokens, at) == "and" else at
    if word_at(tokens, rest) not in SMALL:
        return value, at
    more, end = _under_hundred(tokens, rest)
    return value + more, end
