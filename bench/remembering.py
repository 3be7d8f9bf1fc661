"""Recalling what is known of a failure and ranking its fixes, in a store that remembers very much."""

import asyncio
import random
import sqlite3
import statistics
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from msgspec.structs import asdict

from bench.measuring import Row, figure, percentile, told, undisturbed, within
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.adapters.sqlite.connection import DATABASE, statements
from interlock.adapters.system import SystemClock
from interlock.core.learning import Candidate, rank
from interlock.core.memory import Remembered
from interlock.core.plan import Act, Proposal

FIXES, ENVIRONMENTS = 8, 4
A_FAILURE = FIXES * ENVIRONMENTS
ROUNDS, CALLS = 7, 150
LIMITS = {100_000: 2e-3, 1_000_000: 5e-3}


def recalling(folder: Path) -> Iterator[Row]:
    """Every episode its own record, which is the worst there is: usually a record stands for many."""
    for episodes, limit in LIMITS.items():
        place = folder / f"memory-{episodes}"
        seal = Seal.open(place)
        log = SqliteLog.open(place, clock=SystemClock(), seal=seal)
        _fill(place / DATABASE, episodes, SystemClock().now())
        rounds = [asyncio.run(_recalled_and_ranked(log, episodes, seed)) for seed in range(ROUNDS + 1)][1:]
        log.close()
        yield within(
            f"recall and rank, {episodes:,} episodes, p50", figure(list(map(statistics.median, rounds))), limit
        )
        yield told(f"recall and rank, {episodes:,} episodes, p99", figure([percentile(one, 0.99) for one in rounds]))


async def _recalled_and_ranked(log: SqliteLog, episodes: int, seed: int) -> list[float]:
    """Seconds of each call, for failures anywhere in the store."""
    dice, act = random.Random(seed), Act(skill="bench.fix")
    candidates = [
        Candidate(proposal=Proposal(act=act, agent="bench", why="", expects="", fix=f"fix-{number}"))
        for number in range(FIXES)
    ]
    taken = []
    for _ in range(CALLS):
        fingerprint = _fingerprint(dice.randrange(episodes // A_FAILURE))
        began = undisturbed()
        ranking = rank(candidates, await log.recall(fingerprint), fingerprint, "environment-0")
        taken.append((undisturbed() - began) / 1e9)
        assert ranking.remembered
    return taken


def _fill(path: Path, episodes: int, now: int) -> None:
    dice = random.Random(episodes)
    records = (
        Remembered(
            fingerprint=_fingerprint(number // A_FAILURE),
            fix=f"fix-{number % A_FAILURE // ENVIRONMENTS}",
            environment=f"environment-{number % ENVIRONMENTS}",
            wins=(won := dice.randrange(2)),
            tries=1,
            last_at=now - dice.randrange(10**12),
            counted_wins=won,
            counted_tries=1,
        )
        for number in range(episodes)
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(statements()["remember"], map(asdict, records))


def _fingerprint(number: int) -> str:
    return f"v1:{number:016x}"
