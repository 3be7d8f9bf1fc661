"""Money: integer micro-dollars everywhere, exact decimal arithmetic at the edges, no floats."""

import re
from decimal import Decimal
from typing import TypeAlias

Micros: TypeAlias = int

MICROS = 1_000_000
MOST: Micros = 1_000_000_000 * MICROS  # a billion dollars: beyond it an amount is a slip, not a limit

_PLAIN = re.compile(
    r"(?:US ?\$|USD|\$)? ?(?P<digits>\d{1,3}(?:,\d{3})+|\d+)?(?:\.(?P<part>\d+))?(?P<kilo>k)?"
    r" ?(?:USD|\$|dollars?|bucks?)?",
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"[€£¥₹₽₩₿]|\b(?:EUR|GBP|JPY|CHF|CAD|AUD|CNY|INR|euros?|pounds?|yen)\b|\b[AC]A?\$", re.IGNORECASE)


def usd(text: str) -> Micros:
    """Read a plain amount ("50", "$50", "1,200.50", "1.5k") as micro-dollars.

    Raises ValueError, in words for a person, when it is negative, not a number, foreign, too fine or too large.
    """
    said = text.strip()
    if _FOREIGN.search(said):
        raise ValueError(f"`{text}` is in another currency; amounts are in US dollars, such as $50")
    if re.search(r"nan|inf|∞", said, re.IGNORECASE):
        raise ValueError(f"`{text}` is not a number of dollars; write it like $50")
    if re.match(r"(?:US ?\$|USD|\$)?\s*[-−–]|minus\b", said, re.IGNORECASE):
        raise ValueError(f"`{text}` is negative; an amount is zero or more")
    found = _PLAIN.fullmatch(said) if said.isascii() else None
    if found is None or not (found["digits"] or found["part"]):
        raise ValueError(f"`{text}` is not an amount of dollars; write it like $50 or 1,200.50")
    whole = (found["digits"] or "0").replace(",", "")
    if len(whole) > 20 or len(found["part"] or "") > 20:
        raise ValueError(f"`{text[:20]}…` has too many digits; write it like $50")
    return exact(Decimal(f"{whole}.{found['part'] or '0'}") * (1000 if found["kilo"] else 1), text)


def exact(dollars: Decimal, said: str) -> Micros:
    """Turn exact dollars into micro-dollars. Raises ValueError, quoting what was said, beyond the bounds."""
    if dollars < 0:
        raise ValueError(f"`{said}` is negative; an amount is zero or more")
    if dollars * MICROS > MOST:
        raise ValueError(f"`{said}` is more than {show(MOST)}; say a smaller amount")
    if (dollars * MICROS) % 1:
        raise ValueError(f"`{said}` is finer than a millionth of a dollar; round it to six decimals")
    return int(dollars * MICROS)


def show(micros: Micros) -> str:
    """Show micro-dollars as dollars: two decimals, more only where they are needed ("$50.00", "$0.0042")."""
    whole, part = divmod(abs(micros), MICROS)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}${whole:,}.{decimals}"
