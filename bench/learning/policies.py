"""Who chooses: the ranking that ships, with its memory and the stop hook; Thompson sampling, UCB and a static order."""

import random
from math import inf, log, sqrt
from typing import Protocol

from bench.learning.worlds import FAILURES, FIXES, Episode
from interlock.core.learning import Candidate, rank, whole
from interlock.core.memory import Remembered, faded, learned
from interlock.core.plan import Act, Proposal
from interlock.core.remediation import Lesson
from interlock.core.stop_hook import Facts, decide

ENVIRONMENT = "bench"
NAMES = tuple(f"fix-{number}" for number in range(FIXES))


class Policy(Protocol):
    """Chooses a fix for a failure, and hears what came of it."""

    def choose(self, episode: Episode) -> int: ...

    def hear(self, episode: Episode, fix: int, worked: bool) -> None: ...


class Interlock:
    """What ships: lessons are folded, faded and ranked by the core, the stop hook says how sure it is."""

    def __init__(self) -> None:
        self.sure = 0.0
        self._memory: list[dict[str, Remembered]] = [
            {name: Remembered(fingerprint=str(failure), fix=name, environment=ENVIRONMENT) for name in NAMES}
            for failure in range(FAILURES)
        ]
        act = Act(skill="bench.fix")
        self._candidates = [
            Candidate(proposal=Proposal(act=act, agent="bench", why="", expects="", fix=name)) for name in NAMES
        ]

    def choose(self, episode: Episode) -> int:
        """The first of the ranking; `sure` is the stop hook's confidence in it."""
        memory = [faded(known, episode.at) for known in self._memory[episode.seen].values()]
        best = rank(self._candidates, memory, str(episode.seen), ENVIRONMENT).standings[0]
        wins, tries = whole(best.counted_wins, best.counted_tries)
        decision = decide(
            Facts(failing=True, pattern_known=True, fixes_left=FIXES, fix_wins=wins, fix_tries=tries, max_iterations=2)
        )
        assert decision.rule == "known_fix"
        self.sure = decision.confidence
        return NAMES.index(best.fix)

    def hear(self, episode: Episode, fix: int, worked: bool) -> None:
        """One more lesson."""
        known = self._memory[episode.seen]
        lesson = Lesson(fingerprint=str(episode.seen), fix=NAMES[fix], environment=ENVIRONMENT, worked=worked)
        known[NAMES[fix]] = learned(known[NAMES[fix]], lesson, episode.at)


class Thompson:
    """Thompson sampling with uniform priors (Chapelle and Li 2011)."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(f"thompson:{seed}")
        self._beta = [[[1, 1] for _ in range(FIXES)] for _ in range(FAILURES)]

    def choose(self, episode: Episode) -> int:
        """The largest of one draw a fix."""
        drawn = [self._dice.betavariate(a, b) for a, b in self._beta[episode.seen]]
        return drawn.index(max(drawn))

    def hear(self, episode: Episode, fix: int, worked: bool) -> None:
        """One more count."""
        self._beta[episode.seen][fix][0 if worked else 1] += 1


class Ucb:
    """UCB1 (Auer, Cesa-Bianchi, Fischer 2002)."""

    def __init__(self) -> None:
        self._wins = [[0] * FIXES for _ in range(FAILURES)]
        self._tries = [[0] * FIXES for _ in range(FAILURES)]

    def choose(self, episode: Episode) -> int:
        """The largest upper confidence bound."""
        wins, tries = self._wins[episode.seen], self._tries[episode.seen]
        bounds = [
            won / tried + sqrt(2 * log(sum(tries)) / tried) if tried else inf
            for won, tried in zip(wins, tries, strict=True)
        ]
        return bounds.index(max(bounds))

    def hear(self, episode: Episode, fix: int, worked: bool) -> None:
        """One more count."""
        self._wins[episode.seen][fix] += worked
        self._tries[episode.seen][fix] += 1


class Static:
    """A catalogue's order that never changes. Fixes come in no order of quality, so any fixed choice is as good."""

    def choose(self, episode: Episode) -> int:
        """The first."""
        return 0

    def hear(self, episode: Episode, fix: int, worked: bool) -> None:
        """It learns nothing."""


def policies(seed: int) -> dict[str, Policy]:
    """Everyone who is compared."""
    return {"interlock": Interlock(), "Thompson": Thompson(seed), "UCB": Ucb(), "static": Static()}
