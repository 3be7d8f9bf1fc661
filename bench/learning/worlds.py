"""Worlds of failures and fixes: the chances are hidden, may drift, and a failure may be taken for another."""

import random
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

FAILURES, FIXES = 20, 8
EPISODES_A_DAY = 12
DAY = 24 * 3600 * 1_000_000


class World(Struct, frozen=True, kw_only=True):
    """What is simulated. `drift` and `wrong` are shares of episodes: chances drawn anew, fingerprints mistaken."""

    name: str
    chances: Callable[[random.Random], list[float]]
    drift: float = 0.0
    wrong: float = 0.0


class Episode(Struct, frozen=True):
    """A failure met at unix micro-seconds `at`: its fingerprint as it was `seen`, and the hidden `chances` of fixes.

    `luck` decides, the same for everyone: a fix works when its chance is above it.
    """

    at: int
    seen: int
    chances: Sequence[float]
    luck: float

    def regret(self, fix: int) -> float:
        """How much less likely this fix is to work than the best one."""
        return max(self.chances) - self.chances[fix]

    def works(self, fix: int) -> bool:
        """Whether it does."""
        return self.luck < self.chances[fix]


def _anything(dice: random.Random) -> list[float]:
    """Fixes of every quality, in no order."""
    return [dice.random() for _ in range(FIXES)]


def _one_helps(dice: random.Random) -> list[float]:
    """One fix that mostly works, and seven that mostly don't."""
    best = dice.randrange(FIXES)
    return [dice.betavariate(8, 2) if fix == best else dice.betavariate(1, 4) for fix in range(FIXES)]


WORLDS = (
    World(name="steady", chances=_anything),
    World(name="one fix helps", chances=_one_helps),
    World(name="drift", chances=_anything, drift=1 / 100),
    World(name="10 % wrong fingerprints", chances=_anything, wrong=0.1),
)


def episodes(world: World, seed: int, count: int) -> Iterator[Episode]:
    """So many episodes of the world, the same for the same seed."""
    dice = random.Random(f"{world.name}:{seed}")
    chances = [world.chances(dice) for _ in range(FAILURES)]
    for number in range(count):
        if dice.random() < world.drift:
            chances[dice.randrange(FAILURES)] = world.chances(dice)
        failure, other = dice.randrange(FAILURES), dice.randrange(FAILURES)
        seen = other if dice.random() < world.wrong else failure
        yield Episode(number * DAY // EPISODES_A_DAY, seen, chances[failure], dice.random())
