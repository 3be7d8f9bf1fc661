"""What is remembered of fixes: counts per failure, fix and environment, folded from lessons, fading as they age.

A trial counts less with every later trial of the same fix, and half after ninety days: what has changed since is
forgotten while what still holds is confirmed (discounting; Garivier and Moulines 2011, "On upper-confidence bound
policies for switching bandit problems").
"""

from msgspec import Struct
from msgspec.structs import replace

from interlock.core.remediation import Lesson

FADE = 0.97
HALF_LIFE = 90 * 24 * 3600 * 1_000_000


class Remembered(Struct, frozen=True, kw_only=True):
    """The record of one fix against one failure: how often it was tried and worked; `last_at` is unix micro-seconds.

    `counted_wins` of `counted_tries` is what of it still counts at `last_at`. `refused` counts people's rejections,
    `cost` is the sum in micro-dollars. `origin` is the store that learned it, empty for this one.
    """

    fingerprint: str
    fix: str
    environment: str
    wins: int = 0
    tries: int = 0
    cost: int = 0
    last_at: int = 0
    forgotten: bool = False
    origin: str = ""
    counted_wins: float = 0.0
    counted_tries: float = 0.0
    refused: int = 0


def learned(known: Remembered, lesson: Lesson, at: int) -> Remembered:
    """The record after one more lesson, at unix micro-seconds `at`. A refusal is no trial: nothing was seen to fail."""
    now = faded(known, at)
    latest = max(known.last_at, at)
    if lesson.is_refusal:
        return replace(now, refused=known.refused + 1, last_at=latest, forgotten=False)
    return replace(
        now,
        wins=known.wins + lesson.worked,
        tries=known.tries + 1,
        cost=known.cost + lesson.cost,
        last_at=latest,
        forgotten=False,
        counted_wins=now.counted_wins * FADE + lesson.worked,
        counted_tries=now.counted_tries * FADE + 1,
    )


def faded(known: Remembered, at: int) -> Remembered:
    """The record as it counts at unix micro-seconds `at`."""
    share = 0.5 ** (max(0, at - known.last_at) / HALF_LIFE)
    return replace(known, counted_wins=known.counted_wins * share, counted_tries=known.counted_tries * share)
