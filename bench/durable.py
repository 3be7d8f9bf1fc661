"""Durable iterations: against our limits, a raw commit on the same disk, LangGraph, and our own first turns."""

import asyncio
import os
import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from msgspec import Struct

from bench.measuring import Figure, Row, figure, percentile, span, spread, undisturbed
from bench.peer import Peer, PeerMissing
from bench.world import World

TURNS, ROUNDS, RAW_COMMITS = 25, 40, 50
SESSIONS, TURNS_EACH, CROWD_ROUNDS = 100, 10, 7
LONG, WINDOW = 10_000, 100


class Loop(Struct, frozen=True):
    """A round: seconds of a turn, and its CPU seconds; `undisturbed` leaves out waiting for others' use of the CPU."""

    turn: float
    cpu: float
    undisturbed: float = 0.0


def iterations(folder: Path) -> Iterator[Row]:
    """One session at a time: ours, raw commits and LangGraph's in turn, round after round."""
    world = World(folder / "alone")
    asyncio.run(_one_session(world, 30))
    raw = _RawCommits(folder / "raw.db")
    raw.median(30)
    ours: list[Loop] = []
    commits: list[float] = []
    theirs: list[Loop] = []
    with Peer() as peer:
        _their_loop(peer, folder)
        for _ in range(ROUNDS):
            ours.append(asyncio.run(_one_session(world, TURNS)))
            commits.append(raw.median(RAW_COMMITS))
            theirs += _their_loop(peer, folder)
        why = peer.missing
    counted = _commits_a_turn(world)
    world.close()
    turn, cpu, commit = figure([it.undisturbed for it in ours]), figure([it.cpu for it in ours]), figure(commits)
    yield Row(name="commits an iteration", ours=f"{counted:.3g}", against="limit 2", ratio=counted / 2, floor=1.0)
    yield Row(
        name="CPU an iteration",
        ours=span(cpu.typical),
        against="limit 1.2 ms",
        ratio=cpu.typical / 1.2e-3,
        floor=1.0,
        noise=spread(cpu),
    )
    yield Row(
        name="iteration / raw commit, p50",
        ours=span(turn.typical),
        against=f"raw {span(commit.typical)}",
        ratio=statistics.median(our.undisturbed / raw for our, raw in zip(ours, commits, strict=True)),
        floor=4.0,
        noise=f"{spread(turn)}, raw {spread(commit)}",
    )
    yield _beside("iteration / LangGraph's step, p50", ours, theirs, 1.5, why)


def crowd(folder: Path) -> Iterator[Row]:
    """A hundred sessions at once: one process of ours; LangGraph's threads and its tasks, whichever is quicker."""
    world = World(folder / "crowd")
    asyncio.run(_many_sessions(world, 10, TURNS_EACH))
    ours: list[Loop] = []
    by_kind: dict[str, list[Loop]] = {"threads": [], "tasks": []}
    with Peer() as peer:
        for _ in range(CROWD_ROUNDS):
            ours.append(asyncio.run(_many_sessions(world, SESSIONS, TURNS_EACH)))
            for kind, found in by_kind.items():
                found += _their_crowd(peer, folder, kind)
        why = peer.missing
    world.close()
    best = min(by_kind, key=lambda kind: statistics.median([it.turn for it in by_kind[kind]] or [0.0]))
    yield _beside(f"{SESSIONS} sessions / LangGraph's {best}, a turn", ours, by_kind[best], 4.0, why)


def late(folder: Path) -> Iterator[Row]:
    """The ten-thousandth turn of one session beside its tenth: medians of windows around them."""
    world = World(folder / "long")
    asyncio.run(_one_session(world, 30))
    world.began.clear()
    asyncio.run(_driven(world, LONG))
    turns = [(end[2] - start[2]) / 1e9 for start, end in pairwise(world.began)]
    world.close()
    early, last = turns[10 : 10 + WINDOW], turns[-WINDOW:]
    middle = [statistics.median(turns[at : at + WINDOW]) for at in range(0, len(turns) - WINDOW, WINDOW)]
    yield Row(
        name="10,000th iteration / 10th",
        ours=span(statistics.median(last)),
        against=f"10th {span(statistics.median(early))}",
        ratio=statistics.median(last) / statistics.median(early),
        floor=1.1,
        noise=spread(Figure(0, percentile(middle, 0.05), percentile(middle, 0.95))),
    )


def _beside(name: str, ours: Sequence[Loop], theirs: Sequence[Loop], floor: float, why: str) -> Row:
    us = figure([it.turn for it in ours])
    if why or not theirs:
        return Row(name=name, ours=span(us.typical), against="LangGraph", missing=why or "no answer")
    them = figure([it.turn for it in theirs])
    cpu = [span(statistics.median(it.cpu for it in side)) for side in (ours, theirs)]
    return Row(
        name=name,
        ours=span(us.typical),
        against=f"LangGraph {span(them.typical)}",
        ratio=statistics.median(their.turn / our.turn for our, their in zip(ours, theirs, strict=True)),
        floor=floor,
        at_most=False,
        noise=f"{spread(us)}, LangGraph {spread(them)}; CPU {cpu[0]}, {cpu[1]}",
    )


async def _driven(world: World, turns: int) -> None:
    await world.drive(await world.start(turns))


async def _one_session(world: World, turns: int) -> Loop:
    world.began.clear()
    session = await world.start(turns)
    await world.drive(session)
    return _loop(world.began)


def _loop(began: Sequence[Sequence[int]]) -> Loop:
    """The median turn, and the CPU time between the first turn's beginning and the last's."""
    medians = [
        statistics.median(end - start for start, end in pairwise(column)) / 1e9 for column in zip(*began, strict=True)
    ]
    return Loop(medians[0], (began[-1][1] - began[0][1]) / 1e9 / (len(began) - 1), medians[-1])


async def _many_sessions(world: World, sessions: int, turns: int) -> Loop:
    """Seconds a turn, all sessions taken together."""
    begun = [await world.start(turns) for _ in range(sessions)]
    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(world.drive(session) for session in begun))
    total = sessions * turns
    return Loop((time.perf_counter() - start) / total, (time.process_time() - cpu) / total)


def _commits_a_turn(world: World) -> float:
    """What a longer session commits more than a shorter one: beginning and end are not a turn's."""
    return (asyncio.run(_commits(world, 60)) - asyncio.run(_commits(world, 10))) / 50


async def _commits(world: World, turns: int) -> int:
    session = await world.start(turns)
    said: list[str] = []
    world.trace(said.append)
    await world.drive(session)
    world.trace(None)
    return said.count("COMMIT")


class _RawCommits:
    """The cheapest durable write that SQLite has: one row, one autocommit, WAL and synchronous=FULL."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE raw (id INTEGER PRIMARY KEY, body BLOB)")

    def median(self, commits: int) -> float:
        """Seconds of a commit."""
        body, taken = os.urandom(200), []
        for _ in range(commits):
            began = undisturbed()
            self._db.execute("INSERT INTO raw (body) VALUES (?)", (body,))
            taken.append(undisturbed() - began)
        return statistics.median(taken) / 1e9


def _their_loop(peer: Peer, folder: Path) -> list[Loop]:
    try:
        said = peer.ask({"kind": "loop", "folder": str(_fresh(folder)), "steps": TURNS})
    except PeerMissing:
        return []
    return [_loop(said["began"])]


def _their_crowd(peer: Peer, folder: Path, kind: str) -> list[Loop]:
    try:
        said = peer.ask({"kind": kind, "folder": str(_fresh(folder)), "sessions": SESSIONS, "steps": TURNS_EACH})
    except PeerMissing:
        return []
    total = SESSIONS * TURNS_EACH
    return [Loop(said["seconds"] / total, said["cpu"] / total)]


def _fresh(folder: Path) -> Path:
    made = folder / f"peer-{uuid4().hex[:8]}"
    made.mkdir()
    return made
