"""Dollars: an amount of money in figures or words, or the reason why it is none."""

import re
from collections.abc import Sequence
from decimal import Decimal

from interlock.core.goal.numbers import SCALES, SMALL, Doubt, Found, number, word_at
from interlock.core.goal.spelling import bag
from interlock.core.goal.tokens import Token
from interlock.core.money import MICROS, exact

DOLLARS = bag("dollar dollars buck bucks usd")
_FOREIGN = bag(
    """
    euro euros eur pound pounds gbp quid sterling yen jpy chf francs franc cad aud rupee rupees inr yuan rmb cny
    kronor krona kroner sek nok dkk peso pesos real reais won bitcoin bitcoins btc eth zloty pln
    """
)
_NATIONS = bag("canadian australian singapore hongkong zealand")
_NOT_FINITE = re.compile(r"(?:nan|inf(?:inity|inite)?|∞)$")
_FOREIGN_DOUBT = Doubt("is in another currency; amounts are in US dollars", refused=True)
_UNREADABLE = Doubt("is not an amount I can read; write it like $50")


def money(tokens: Sequence[Token], at: int) -> Found | None:
    """The amount that begins at this token, or the doubt about it; None when none begins here."""
    found = _amount(tokens, at)
    return found and _and_cents(tokens, found)


def _and_cents(tokens: Sequence[Token], found: Found) -> Found:
    """`fifty dollars and twenty cents` is one amount."""
    if word_at(tokens, found.end) != "and" or found.doubt or found.value % MICROS:
        return found
    cents = number(tokens, found.end + 1)
    if cents is None or cents.doubt or word_at(tokens, cents.end) not in ("cents", "cent") or not 0 < cents.value < 100:
        return found
    return found._replace(value=found.value + int(cents.value * MICROS / 100), end=cents.end + 1)


def _amount(tokens: Sequence[Token], at: int) -> Found | None:
    if word_at(tokens, at) == "CUR":
        return _signed_money(tokens, at, _sign(tokens[at]))
    minus = word_at(tokens, at) in ("minus", "negative", "-")
    count = number(tokens, at + 1 if minus else at) or _one_of(tokens, at)
    if count is None:
        if _NOT_FINITE.match(word_at(tokens, at)) and word_at(tokens, at + 1) in DOLLARS:
            return Found("USD", 0, at + 2, Doubt("is not a number", refused=True))
        return None
    if minus and word_at(tokens, at + 1) == "CUR":
        return None
    return _unit_money(tokens, count, minus)


def _one_of(tokens: Sequence[Token], at: int) -> Found | None:
    """The `a` of `a dollar`."""
    single = word_at(tokens, at) in ("a", "an") and word_at(tokens, at + 1) in ("dollar", "buck")
    return Found("NUM", Decimal(1), at + 1) if single else None


def _unit_money(tokens: Sequence[Token], count: Found, minus: bool) -> Found | None:
    """Money whose currency comes after the figure: `50 dollars`, `50$`, `fifty bucks`, `50 euros`."""
    scale = SCALES.get(word_at(tokens, count.end))
    value, at = Decimal(count.value) * (scale or 1), count.end + bool(scale)
    nation = word_at(tokens, at)
    named = nation in _NATIONS | {"us"} and word_at(tokens, at + 1) in DOLLARS
    unit = word_at(tokens, at + named)
    sign = _sign(tokens[at]) if unit == "CUR" and word_at(tokens, at + 1) not in ("NUM", *SMALL) else ""
    if unit in _FOREIGN or (named and nation in _NATIONS) or _foreign(sign):
        return Found("USD", 0, at + named + 1, _FOREIGN_DOUBT)
    if unit in ("cents", "cent") or sign == "¢":
        value, at = value / 100, at + 1
    elif unit in DOLLARS or sign:
        at += named + 1
    elif word_at(tokens, at - 1) != "grand":
        return None
    return _checked(value, at, count.doubt or (None if count.kind == "NUM" else _UNREADABLE), minus)


def _sign(token: Token) -> str:
    return str(token.value).lower().replace(" ", "")


def _foreign(sign: str) -> bool:
    return bool(sign) and sign not in ("$", "us$", "usd", "usd$", "¢")


def _signed_money(tokens: Sequence[Token], at: int, sign: str) -> Found:
    """Money whose currency comes first: `$50`, `US$1,200`, `$1.5k`, `$fifty`; and `$-50`, `$NaN`, `€50`."""
    minus = word_at(tokens, at + 1) == "-" and word_at(tokens, at + 2) == "NUM"
    count = number(tokens, at + 1 + minus)
    if _foreign(sign):
        return Found("USD", 0, count.end if count else at + 1, _FOREIGN_DOUBT)
    if count is None:
        return _no_money(tokens, at)
    value, end, suffix = Decimal(count.value), count.end, count.kind.removeprefix("NUM")
    if suffix and suffix not in ("m", "mn"):
        return Found("USD", 0, end, _UNREADABLE)
    value *= 1_000_000 if suffix else 1
    if scale := SCALES.get(word_at(tokens, end)):
        value, end = value * scale, end + 1
    if word_at(tokens, end) in _FOREIGN:
        return Found("USD", 0, end + 1, _FOREIGN_DOUBT)
    minus = minus or word_at(tokens, at - 1) in ("-", "minus", "negative")
    return _checked(value, end + (word_at(tokens, end) in DOLLARS), count.doubt, minus)


def _no_money(tokens: Sequence[Token], at: int) -> Found:
    """A currency sign without a number after it."""
    if _NOT_FINITE.match(word_at(tokens, at + 1)):
        return Found("USD", 0, at + 2, Doubt("is not a number", refused=True))
    return Found("USD", 0, at + 1, Doubt("names no amount I can read; write it like $50"))


def _checked(value: Decimal, end: int, doubt: Doubt | None, minus: bool) -> Found:
    if minus:
        doubt = Doubt("is negative; a limit is zero or more", refused=True)
    if doubt:
        return Found("USD", 0, end, doubt)
    try:
        return Found("USD", exact(value, str(value)), end)
    except ValueError as beyond:
        return Found("USD", 0, end, Doubt(str(beyond).partition("` ")[2], refused=True))
