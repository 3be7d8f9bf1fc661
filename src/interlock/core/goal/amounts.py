"""Amounts: figures and number words become money, durations and counts of tries; a doubtful one becomes a doubt."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from interlock.core.goal.tokens import Token
from interlock.core.money import exact

MOST_SECONDS = 366 * 86_400
MOST_TRIES = 1_000_000

_UNITS = {w: n for n, w in enumerate("zero one two three four five six seven eight nine".split())}
_TEENS = dict(
    zip(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        range(10, 20),
        strict=True,
    )
)
_TENS = dict(
    zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True),
)
_SMALL = {**_UNITS, **_TEENS, **_TENS}
_SCALES = {"thousand": 1000, "k": 1000, "grand": 1000, "million": 1_000_000, "billion": 1_000_000_000, "bn": 1_000_000_000}
_DOLLARS = frozenset("dollar dollars buck bucks usd".split())
_FOREIGN = frozenset(
    "euro euros eur pound pounds gbp quid sterling yen jpy chf francs franc cad aud rupee rupees inr yuan rmb cny kronor "
    "krona kroner sek nok dkk peso pesos real reais won bitcoin bitcoins btc eth zloty pln".split()
)
_NATIONS = frozenset("canadian australian singapore hongkong zealand".split())
_SECONDS = {w: 1 for w in "second seconds sec secs s".split()} | {w: 60 for w in "minute minutes min mins m".split()}
_SECONDS |= {w: 3600 for w in "hour hours hr hrs h".split()} | {w: 86_400 for w in "day days d".split()}
_SECONDS |= {w: 604_800 for w in "week weeks".split()}
_TRIES = frozenset("tries try attempt attempts iteration iterations times time turn turns round rounds goes retries".split())
_TRIES |= frozenset("retry cycle cycles loops runs steps shots x".split())
_TRY_ADJECTIVES = frozenset("failed unsuccessful failing full complete different separate fruitless".split())
_VAGUE_BEFORE = frozenset("about around roughly approximately approx circa ca ~ nearly almost maybe perhaps some".split())
_VAGUE_COUNT = frozenset("couple few several some many handful".split())
_RATE = frozenset("each apiece daily hourly weekly monthly per / every".split())
_NOT_FINITE = re.compile(r"(?:nan|inf(?:inity|inite)?|∞)$")


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


def _word(tokens: Sequence[Token], at: int) -> str:
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
    if lower in _SCALES:
        return Found("NUM", value * _SCALES[lower], end, doubt)
    return Found(f"NUM{lower}", value, end, doubt)


def _spelled(tokens: Sequence[Token], at: int) -> Found | None:
    first = _word(tokens, at)
    if first in ("a", "an") and _word(tokens, at + 1) in ("hundred", "thousand", "dozen", "million", "grand"):
        value, end = 1, at + 1
    elif first in _SMALL:
        value, end = _under_hundred(tokens, at)
    else:
        return None
    if _word(tokens, end) == "dozen":
        return Found("NUM", Decimal(value * 12), end + 1)
    if _word(tokens, end) == "hundred":
        value, end = _with_rest(tokens, value * 100, end + 1)
    if (scale := _SCALES.get(_word(tokens, end))) and _word(tokens, end) != "k":
        value, end = _with_rest(tokens, value * scale, end + 1)
        if _word(tokens, end) == "hundred":
            rest = value % 1000
            value, end = _with_rest(tokens, value - rest + rest * 100, end + 1)
    doubt = None
    while _word(tokens, end) in _SMALL or _word(tokens, end) in ("hundred", "thousand", "million", "point"):
        doubt, end = Doubt("can be read in more than one way; write it in figures"), end + 1
    if _word(tokens, end) == "NUM":
        doubt, end = Doubt("can be read in more than one way; write it in figures"), end + 1
    return Found("NUM", Decimal(value), end, doubt)


def _under_hundred(tokens: Sequence[Token], at: int) -> tuple[int, int]:
    value = _SMALL[_word(tokens, at)]
    unit = _UNITS.get(_word(tokens, at + 1), 0)
    return (value + unit, at + 2) if value >= 20 and unit else (value, at + 1)


def _with_rest(tokens: Sequence[Token], value: int, at: int) -> tuple[int, int]:
    """What follows hundred or thousand: `and fifty`, `fifty`."""
    rest = at + 1 if _word(tokens, at) == "and" else at
    if _word(tokens, rest) not in _SMALL:
        return value, at
    more, end = _under_hundred(tokens, rest)
    return value + more, end


def _money(tokens: Sequence[Token], at: int) -> Found | None:
    sign = str(tokens[at].value).lower().replace(" ", "") if tokens[at].canon == "CUR" else ""
    if sign:
        return _signed_money(tokens, at, sign)
    minus = _word(tokens, at) in ("minus", "negative", "-")
    count = number(tokens, at + 1 if minus else at) or _one_of(tokens, at)
    if count is None:
        if _NOT_FINITE.match(_word(tokens, at)) and _word(tokens, at + 1) in _DOLLARS:
            return Found("USD", 0, at + 2, Doubt("is not a number", refused=True))
        return None
    if minus and _word(tokens, at + 1) == "CUR":
        return None
    return _unit_money(tokens, count, minus)


def _one_of(tokens: Sequence[Token], at: int) -> Found | None:
    """The `a` of `a dollar`, the `no` of nothing."""
    single = _word(tokens, at) in ("a", "an") and _word(tokens, at + 1) in ("dollar", "buck")
    return Found("NUM", Decimal(1), at + 1) if single else None


def _unit_money(tokens: Sequence[Token], count: Found, minus: bool) -> Found | None:
    """Money whose currency comes after the figure: `50 dollars`, `50$`, `fifty bucks`, `50 euros`."""
    value, at = count.value, count.end
    if scale := _SCALES.get(_word(tokens, at)):
        value, at = value * scale, at + 1
    grand = _word(tokens, at - 1) == "grand"
    nation = 1 if _word(tokens, at) in _NATIONS | {"us"} and _word(tokens, at + 1) in _DOLLARS else 0
    unit = _word(tokens, at + nation)
    sign = str(tokens[at].value).lower().replace(" ", "") if unit == "CUR" else ""
    followed = _word(tokens, at + 1) in ("NUM", *_SMALL)  # the sign belongs to the next figure
    if unit in _FOREIGN or _word(tokens, at) in _NATIONS & {_word(tokens, at)} and nation or _foreign(sign) and not followed:
        return Found("USD", 0, at + nation + 1, _FOREIGN_DOUBT)
    if unit in ("cents", "cent") or sign == "¢":
        value, at = value / 100, at + 1
    elif unit in _DOLLARS or (sign and not followed):
        at += nation + 1
    elif not grand:
        return None
    if count.kind not in ("NUM",):
        return Found("USD", 0, at, Doubt("is not an amount I can read; write it like $50"))
    return _checked(value, at, count.doubt, minus)


_FOREIGN_DOUBT = Doubt("is in another currency; amounts are in US dollars", refused=True)


def _foreign(sign: str) -> bool:
    return bool(sign) and sign not in ("$", "us$", "usd", "usd$", "¢")


def _signed_money(tokens: Sequence[Token], at: int, sign: str) -> Found:
    """Money whose currency comes first: `$50`, `US$1,200`, `$1.5k`, `$fifty`; and `$-50`, `$NaN`, `€50`."""
    minus = _word(tokens, at + 1) in ("-", ",") and tokens[at + 1].end == tokens[at + 1].start + 1
    minus = minus and _word(tokens, at + 2) == "NUM" and _word(tokens, at + 1) == "-"
    count = number(tokens, at + 2 if minus else at + 1)
    if _foreign(sign):
        return Found("USD", 0, count.end if count else at + 1, _FOREIGN_DOUBT)
    if count is None:
        wild = bool(_NOT_FINITE.match(_word(tokens, at + 1)))
        why = "is not a number" if wild else "names no amount I can read; write it like $50"
        return Found("USD", 0, at + (2 if wild else 1), Doubt(why, refused=wild))
    before = tokens[at - 1] if at else None
    minus = minus or bool(before and before.canon in ("-", "minus", "negative"))
    value, end = count.value, count.end
    suffix = count.kind.removeprefix("NUM")
    if suffix in ("m", "mn"):
        value = value * 1_000_000
    elif suffix:
        return Found("USD", 0, end, Doubt("is not an amount I can read; write it like $50"))
    if scale := _SCALES.get(_word(tokens, end)):
        value, end = value * scale, end + 1
    if _word(tokens, end) in _FOREIGN:
        return Found("USD", 0, end + 1, _FOREIGN_DOUBT)
    return _checked(value, end + 1 if _word(tokens, end) in _DOLLARS else end, count.doubt, minus)


def _checked(value: Decimal | int, end: int, doubt: Doubt | None, minus: bool) -> Found:
    if minus:
        doubt = Doubt("is negative; a limit is zero or more", refused=True)
    if doubt:
        return Found("USD", 0, end, doubt)
    try:
        return Found("USD", exact(Decimal(value), str(value)), end)
    except ValueError as beyond:
        return Found("USD", 0, end, Doubt(str(beyond).partition("` ")[2], refused=True))


def _duration(tokens: Sequence[Token], at: int) -> Found | None:
    first = _span(tokens, at)
    if first is None or _word(tokens, first.end) == "ago":
        return None
    value, end, doubt = Decimal(first.value), first.end, first.doubt
    joint = end + 1 if _word(tokens, end) == "and" else end
    if second := (_span(tokens, joint) if _word(tokens, joint) == "NUM" or _word(tokens, joint) in _SMALL else None):
        value, end, doubt = value + second.value, second.end, doubt or second.doubt
    if not doubt and not 0 < value <= MOST_SECONDS:
        doubt = Doubt("is not a time to work in; say more than nothing and at most a year", refused=True)
    if not doubt and value % 1:
        doubt = Doubt("is finer than a second")
    return Found("DUR", 0 if doubt else int(value), end, doubt)


def _span(tokens: Sequence[Token], at: int) -> Found | None:
    """One stretch of time: `2 hours`, `90min`, `1h30m`, `half an hour`, `an hour and a half`, `two and a half hours`."""
    for words, share, unit in _FRACTIONS:
        if tuple(_word(tokens, at + i) for i in range(len(words))) == words:
            return Found("DUR", int(share * unit), at + len(words))
    if _word(tokens, at) in ("a", "an", "one") and (each := _SECONDS.get(_word(tokens, at + 1))) and len(_word(tokens, at + 1)) > 2:
        return _and_a_half(tokens, Decimal(1), each, at + 2)
    count = number(tokens, at)
    if count is None:
        return None
    if packed := re.fullmatch(r"NUM(h|hr|hrs)(\d+)(m|min|mins)?", count.kind):
        return Found("DUR", count.value * 3600 + int(packed[2]) * 60, count.end, count.doubt)
    if count.kind.removeprefix("NUM") in _SECONDS:
        return Found("DUR", count.value * _SECONDS[count.kind[3:]], count.end, count.doubt)
    if tuple(_word(tokens, count.end + i) for i in range(3)) == ("and", "a", "half") and _word(tokens, count.end + 3) in _SECONDS:
        return Found("DUR", (count.value + Decimal("0.5")) * _SECONDS[_word(tokens, count.end + 3)], count.end + 4, count.doubt)
    if count.kind == "NUM" and (each := _SECONDS.get(_word(tokens, count.end))):
        return _and_a_half(tokens, Decimal(count.value), each, count.end + 1, count.doubt)
    return None


def _and_a_half(tokens: Sequence[Token], count: Decimal, unit: int, at: int, doubt: Doubt | None = None) -> Found:
    half = tuple(_word(tokens, at + i) for i in range(3)) == ("and", "a", "half")
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
    if _word(tokens, at) in ("twice", "thrice"):
        return Found("TRY", 2 if _word(tokens, at) == "twice" else 3, at + 1)
    count = number(tokens, at)
    if count is None:
        return None
    end = count.end + 1 if _word(tokens, count.end) in _TRY_ADJECTIVES else count.end
    suffixed = count.kind == "NUMx"
    if not suffixed and (count.kind != "NUM" or _word(tokens, end) not in _TRIES):
        return None
    doubt = count.doubt
    if not doubt and (count.value % 1 or not 1 <= count.value <= MOST_TRIES):
        doubt = Doubt("is no number of tries; say a whole number from 1", refused=True)
    return Found("TRY", 0 if doubt else int(count.value), end if suffixed else end + 1, doubt)


def _vague(tokens: Sequence[Token], at: int) -> Found | None:
    """`a couple of tries`, `a few dollars`: a limit without a number."""
    start = at + 1 if _word(tokens, at) == "a" else at
    if _word(tokens, start) not in _VAGUE_COUNT:
        return None
    end = start + 1
    while _word(tokens, end) in ("of", "hundred", "thousand", "more"):
        end += 1
    unit = _word(tokens, end)
    if unit in _DOLLARS | _TRIES - {"time", "try", "runs", "steps"} or (unit in _SECONDS and _word(tokens, end + 1) != "ago"):
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
    after = [_word(tokens, found.end + i) for i in range(3)]
    if _word(tokens, at - 1) in _VAGUE_BEFORE or after[0] in ("ish", "approximately", "roughly", "thereabouts", "plus", "+"):
        return found._replace(doubt=Doubt("is only roughly a number; say exactly how much"))
    if after[:2] in (["or", "so"], ["or", "thereabouts"], ["give", "or"], ["or", "less"], ["or", "ish"]):
        return found._replace(doubt=Doubt("is only roughly a number; say exactly how much"))
    rate = after[0] in _RATE or (after[0] in ("a", "an") and after[1] in _SECONDS | {"month": 1, "try": 1, "go": 1, "pop": 1, "night": 1})
    if found.kind == "USD" and rate:
        return found._replace(doubt=Doubt("is a rate; I can hold a total, say the total"))
    return found


def _ranged(tokens: Sequence[Token], found: Found) -> Found:
    """`$40-50`, `3 to 5 tries`, `$20 or $30`: two figures where one limit is meant."""
    joint = _word(tokens, found.end)
    if joint not in ("-", "to", "or", ","):
        return found
    if joint == "," and str(tokens[found.end].value) not in ("–", "—", "-"):
        return found
    other = next((f for reads in _READERS[:4] if (f := reads(tokens, found.end + 1))), None)
    plain = number(tokens, found.end + 1) if other is None else None
    kinds = {found.kind, other.kind if other else "NUM" if plain else ""}
    if (other and (found.kind == other.kind or found.kind == "NUM")) or (plain and found.kind in ("USD", "DUR", "TRY")):
        end = other.end if other else plain.end if plain else found.end
        if not (kinds == {"NUM"} or joint == "," and plain):
            return Found("USD", 0, end, Doubt("is a range; say one number"))
    return found


_Reader = Callable[[Sequence[Token], int], Found | None]
_READERS: tuple[_Reader, ...] = (_vague, _money, _duration, _tries, _plain)
