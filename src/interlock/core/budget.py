"""Limits and money held: what one session may spend, and when a reservation fits."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from interlock.core.money import MOST

AHEAD = 3


class Limits(Struct, frozen=True, kw_only=True):
    """What bounds a session. Money in micro-dollars, times in seconds; cap ≥ ask line, always."""

    ask_line: int = 10_000_000
    cap: int = 20_000_000
    max_iterations: int = 30
    max_time: float = 3600.0
    max_retries: int = 4
    stall_limit: int = 4
    broken_limit: int = 4
    answer_within: float = 24 * 3600.0
    after_tries: int | None = None


def under(limits: Limits, ceilings: Mapping[str, Any]) -> Limits:
    """The limits, none of them above its ceiling (by field); the ask line stays within the cap."""
    held: Limits = replace(limits, **{field: min(getattr(limits, field), most) for field, most in ceilings.items()})
    return held if held.ask_line <= held.cap else replace(held, ask_line=held.cap)


class Budget(Struct, frozen=True, kw_only=True):
    """Money of one session, in micro-dollars: booked, held for acts under way, the soft line and the hard one."""

    spent: int = 0
    held: int = 0
    ask_line: int = 0
    cap: int = 0

    def fits(self, worst: int) -> bool:
        """Whether `worst` can be held under the cap."""
        return self.spent + self.held + worst <= self.cap

    def crosses_ask_line(self, worst: int) -> bool:
        """Whether holding `worst` could take the spend past the ask line. What costs nothing never crosses it."""
        return worst > 0 and self.spent + self.held + worst > self.ask_line


def forecast(budget: Budget, taken: int) -> int:
    """The spend foreseen AHEAD turns on, if it lies past an ask line that the spend has not passed yet; else 0.

    The mean over the `taken` turns so far goes on: `spent + AHEAD × spent / taken`, rounded down, in micro-dollars.
    """
    if not budget.spent or taken < 2:
        return 0
    foreseen = budget.spent + AHEAD * budget.spent // taken
    return foreseen if budget.spent <= budget.ask_line < foreseen else 0


def settle(usage: Mapping[str, float] | None, prices: Mapping[str, int], worst: int) -> tuple[int, bool]:
    """(cost in micro-dollars, whether it was reported): units used at their prices; no honest report costs the worst.

    A report above the worst case is booked as it is: an overrun is shown, never hidden. One beyond all money is none.
    """
    if usage is None or not all(unit in prices and amount >= 0 for unit, amount in usage.items()):
        return worst, False
    exact = sum((Decimal(str(amount)) * prices[unit] for unit, amount in usage.items()), Decimal(0))
    return (int(exact.to_integral_value()), True) if exact <= MOST else (worst, False)
