"""Amounts: figures and number words become money, durations and counts of tries; a doubtful one becomes a doubt."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from interlock.core.goal.dollars import DOLLARS, money
from interlock.core.goal.numbers import SMALL, Doubt, Found, number, word_at
from interlock.core.goal.spelling import bag
from interlock.core.goal.tokens import Token

MOST_SECONDS = 366 * 86_400
MOST_TRIES = 1_000_000

_SECONDS = {
    word: seconds
    for seconds, words in [
        (1, "second seconds sec secs s"),
        (60, "minute minutes min mins m"),
        (3600, "hour hours hr hrs h"),
        (86_400, "day days d"),
        (604_800, "week weeks"),
    ]
    for word in words.split()
}
_TRIES = bag(
    """
    tries try attempt attempts iteration iterations times time turn turns round rounds goes retries retry cycle cycles
    loops runs steps shots x
    """
)
_TRY_ADJECTIVES = bag("failed unsuccessful failing full complete different separate fruitless")
_VAGUE_BEFORE = bag("about around roughly approximately approx circa ca ~ nearly almost maybe perhaps some")
_VAGUE_AFTER = re.compile(
    r"(?:ish|approximately|roughly|thereabouts|plus|or so|or thereabouts|give or|or less|or ish)\b|\+"
)
_VAGUE_COUNT = bag("couple few several some many handful")
_RATE = re.compile(
    r"(?:each|apiece|daily|hourly|weekly|monthly|per|every|"
    r"an? (?:second|minute|hour|day|week|month|night|try|go|pop))\b|/"
)
_ROUGH = Doubt("is only roughly a number; say exactly how much")


class Amounts(NamedTuple):
    """Tokens with their figures recognised, and every doubt about a figure, by the token that carries it."""

    tokens: tuple[Token, ...]
    doubts: tuple[tuple[Token, Doubt], ...]


def recognise(tokens: Sequence[Token]) -> Amounts:
    """Replace figures by the tokens USD (micro-dollars), DUR (seconds), TRY (a count), NUM, or BAD when in doubt."""
    out: list[Token] = []
    doubts: list[tuple[Token, Doubt]] = []
    at = 0
    while at < len(tokens):
        found = _figure(tokens, at)
        if found is None:
            out.append(tokens[at])
            at += 1
            continue
        canon = "BAD" if found.doubt else found.kind
        value = int(found.value) if found.kind in ("USD", "DUR", "TRY") else found.value
        token = Token(canon, tokens[at].start, tokens[found.end - 1].end, value)
        out.append(token)
        if found.doubt:
            doubts.append((token, found.doubt))
        at = found.end
    return Amounts(tuple(out), tuple(doubts))


def _figure(tokens: Sequence[Token], at: int) -> Found | None:
    for reads in _READERS:
        if found := reads(tokens, at):
            return _ranged(tokens, _rounded(tokens, at, found))
    return None


def _duration(tokens: Sequence[Token], at: int) -> Found | None:
    first = _span(tokens, at)
    if first is None or word_at(tokens, first.end) == "ago":
        return None
    value, end, doubt = Decimal(first.value), first.end, first.doubt
    joint = end + 1 if word_at(tokens, end) == "and" else end
    if second := (_span(tokens, joint) if word_at(tokens, joint) == "NUM" or word_at(tokens, joint) in SMALL else None):
        value, end, doubt = value + second.value, second.end, doubt or second.doubt
    if not doubt and not 0 < value <= MOST_SECONDS:
        doubt = Doubt("is not a time to work in; say more than nothing and at most a year", refused=True)
    if not doubt and value % 1:
        doubt = Doubt("is finer than a second")
    return Found("DUR", 0 if doubt else int(value), end, doubt)


def _span(tokens: Sequence[Token], at: int) -> Found | None:
    """One stretch of time: `2 hours`, `90min`, `1h30m`, `an hour and a half`."""
    for words, share, unit in _FRACTIONS:
        if tuple(word_at(tokens, at + i) for i in range(len(words))) == words:
            return Found("DUR", int(share * unit), at + len(words))
    if (
        word_at(tokens, at) in ("a", "an", "one")
        and (each := _SECONDS.get(word_at(tokens, at + 1)))
        and len(word_at(tokens, at + 1)) > 2
    ):
        return _and_a_half(tokens, Decimal(1), each, at + 2)
    count = number(tokens, at)
    if count is None:
        return None
    if packed := re.fullmatch(r"NUM(h|hr|hrs)(\d+)(m|min|mins)?", count.kind):
        return Found("DUR", count.value * 3600 + int(packed[2]) * 60, count.end, count.doubt)
    if count.kind.removeprefix("NUM") in _SECONDS:
        return Found("DUR", count.value * _SECONDS[count.kind[3:]], count.end, count.doubt)
    if (
        tuple(word_at(tokens, count.end + i) for i in range(3)) == ("and", "a", "half")
        and word_at(tokens, count.end + 3) in _SECONDS
    ):
        return Found(
            "DUR", (count.value + Decimal("0.5")) * _SECONDS[word_at(tokens, count.end + 3)], count.end + 4, count.doubt
        )
    if count.kind == "NUM" and (each := _SECONDS.get(word_at(tokens, count.end))):
        return _and_a_half(tokens, Decimal(count.value), each, count.end + 1, count.doubt)
    return None


def _and_a_half(tokens: Sequence[Token], count: Decimal, unit: int, at: int, doubt: Doubt | None = None) -> Found:
    half = tuple(word_at(tokens, at + i) for i in range(3)) == ("and", "a", "half")
    return Found("DUR", (count + (Decimal("0.5") if half else 0)) * unit, at + 3 * half, doubt)


_FRACTIONS = [
    (tuple(words.split()), Decimal(share), unit)
    for words, share, unit in [
        ("half an hour", "0.5", 3600),
        ("half hour", "0.5", 3600),
        ("a half hour", "0.5", 3600),
        ("half a day", "0.5", 86_400),
        ("half a minute", "0.5", 60),
        ("a quarter of an hour", "0.25", 3600),
        ("a quarter hour", "0.25", 3600),
        ("quarter of an hour", "0.25", 3600),
        ("three quarters of an hour", "0.75", 3600),
    ]
]


def _tries(tokens: Sequence[Token], at: int) -> Found | None:
    if word_at(tokens, at) in ("twice", "thrice"):
        return Found("TRY", 2 if word_at(tokens, at) == "twice" else 3, at + 1)
    count = number(tokens, at)
    if count is None:
        return None
    end = count.end + 1 if word_at(tokens, count.end) in _TRY_ADJECTIVES else count.end
    suffixed = count.kind == "NUMx"
    if not suffixed and (count.kind != "NUM" or word_at(tokens, end) not in _TRIES):
        return None
    doubt = count.doubt
    if not doubt and (count.value % 1 or not 1 <= count.value <= MOST_TRIES):
        doubt = Doubt("is no number of tries; say a whole number from 1", refused=True)
    return Found("TRY", 0 if doubt else int(count.value), end if suffixed else end + 1, doubt)


def _vague(tokens: Sequence[Token], at: int) -> Found | None:
    """`a couple of tries`, `a few dollars`: a limit without a number."""
    start = at + 1 if word_at(tokens, at) == "a" else at
    if word_at(tokens, start) not in _VAGUE_COUNT:
        return None
    end = start + 1
    while word_at(tokens, end) in ("of", "hundred", "thousand", "more"):
        end += 1
    unit = word_at(tokens, end)
    if unit in DOLLARS | _TRIES - {"time", "try", "runs", "steps"} or (
        unit in _SECONDS and word_at(tokens, end + 1) != "ago"
    ):
        return Found("USD", 0, end + 1, Doubt("names no number; say how many"))
    return None


def _plain(tokens: Sequence[Token], at: int) -> Found | None:
    found = number(tokens, at)
    if found and found.kind == "NUM%":
        return Found("PCT", found.value, found.end)
    if found and found.kind == "NUM" and found.value in (0, 200) and not found.doubt and tokens[at].canon == "NUM":
        return Found(f"n{found.value}", found.value, found.end)
    return found and found._replace(kind="NUM", doubt=found.doubt if at + 1 < found.end else None)


def _rounded(tokens: Sequence[Token], at: int, found: Found) -> Found:
    """`about $50`, `$50 or so`, `$50 a day`: not the figure that it seems to be."""
    if found.doubt or found.kind not in ("USD", "DUR", "TRY"):
        return found
    after = f"{word_at(tokens, found.end)} {word_at(tokens, found.end + 1)}"
    if word_at(tokens, at - 1) in _VAGUE_BEFORE or _VAGUE_AFTER.match(after):
        return found._replace(doubt=_ROUGH)
    if found.kind == "USD" and _RATE.match(after):
        return found._replace(doubt=Doubt("is a rate; I can hold a total, say the total"))
    return found


def _ranged(tokens: Sequence[Token], found: Found) -> Found:
    """`$40-50`, `3 to 5 tries`, `$20 or $30`: two figures where one limit is meant."""
    joint = word_at(tokens, found.end)
    dashed = joint == "-" or (joint == "," and tokens[found.end].value in ("–", "-"))
    if not dashed and joint not in ("to", "or"):
        return found
    limit = next((f for reads in _READERS[:4] if (f := reads(tokens, found.end + 1))), None)
    plain = None if limit or (dashed and joint == ",") else number(tokens, found.end + 1)
    if limit and found.kind in (limit.kind, "NUM"):
        return Found("USD", 0, limit.end, Doubt("is a range; say one number"))
    if plain and found.kind in ("USD", "DUR", "TRY"):
        return Found("USD", 0, plain.end, Doubt("is a range; say one number"))
    return found


_Reader = Callable[[Sequence[Token], int], Found | None]
_READERS: tuple[_Reader, ...] = (_vague, money, _duration, _tries, _plain)
