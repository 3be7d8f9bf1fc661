"""Taking figures: rounds that alternate between us and what we are compared with, and rows that judge them."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

from msgspec import Struct


class Figure(Struct, frozen=True):
    """Medians of rounds: the typical one, and the extremes that say how noisy the machine was."""

    typical: float
    least: float
    most: float


class Row(Struct, frozen=True, kw_only=True):
    """A line of the table. `floor` is what the ratio must reach: at least it, or (`at_most`) no more; None only tells.

    `missing` says why there is no figure, which counts as short.
    """

    name: str
    ours: str = ""
    against: str = ""
    ratio: float | None = None
    floor: float | None = None
    at_most: bool = True
    noise: str = ""
    missing: str = ""

    @property
    def verdict(self) -> Literal["ok", "short"]:
        """Whether the floor is kept."""
        if self.missing:
            return "short"
        if self.ratio is None or self.floor is None:
            return "ok"
        return "ok" if (self.ratio <= self.floor if self.at_most else self.ratio >= self.floor) else "short"


def undisturbed() -> int:
    """Nanoseconds of a clock that stands still while this process could run and others hold the CPU.

    Where the kernel does not count that time (`/proc/self/schedstat`), it is the ordinary clock.
    """
    return time.perf_counter_ns() - _held_up()


def _held_up() -> int:
    file = _schedule()
    return int(os.pread(file, 64, 0).split()[1]) if file is not None else 0


@lru_cache(maxsize=1)
def _schedule() -> int | None:
    try:
        return os.open("/proc/self/schedstat", os.O_RDONLY)
    except OSError:
        return None


def figure(rounds: Sequence[float]) -> Figure:
    """The median of rounds and their extremes."""
    return Figure(statistics.median(rounds), min(rounds), max(rounds))


def timed(act: Callable[[], object], times: int) -> list[float]:
    """Seconds of each call."""
    taken = []
    for _ in range(times):
        began = undisturbed()
        act()
        taken.append((undisturbed() - began) / 1e9)
    return taken


def percentile(samples: Sequence[float], share: float) -> float:
    """The sample below which that share lies."""
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * share))]


def span(seconds: float) -> str:
    """Seconds in the unit in which they can be read."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def spread(found: Figure) -> str:
    """The noise: the least and the most of the rounds."""
    return f"{span(found.least)} – {span(found.most)}"


def within(name: str, found: Figure, limit: float) -> Row:
    """A row that holds seconds against a limit."""
    return Row(
        name=name,
        ours=span(found.typical),
        against=f"limit {span(limit)}",
        ratio=found.typical / limit,
        floor=1.0,
        noise=spread(found),
    )


def told(name: str, found: Figure) -> Row:
    """A row that only tells."""
    return Row(name=name, ours=span(found.typical), noise=spread(found))
