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

from bench.measuring import Figure, Row, figure, percentile, span, spread
from bench.peer import Peer, PeerMissing
from bench.world import World

TURNS, ROUNDS, RAW_COMMITS = 200, 7, 300
SESSIONS, TURNS_EACH, CROWD_ROUNDS = 100, 10, 3
LONG, WINDOW = 10_000, 100


class Loop(Struct, frozen=True):
    """One session's turns: the median seconds of a turn, and its CPU seconds."""

    turn: float
    cpu: float


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
    counted = asyncio.run(_commits(world, TURNS))
    world.close()
    turn, cpu, commit = figure([it.turn for it in ours]), figure([it.cpu for it in ours]), figure(commits)
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
        ratio=statistics.median(our.turn / raw for our, raw in zip(ours, commits, strict=True)),
        floor=4.0,
        noise=f"{spread(turn)}, raw {spread(commit)}",
    )
    yield _beside("iteration / LangGraph's step, p50", turn, [it.turn for it in theirs], 1.5, why)


def crowd(folder: Path) -> Iterator[Row]:
    """A hundred sessions at once: one process of ours; LangGraph's threads and its tasks, whichever is quicker."""
    world = World(folder / "crowd")
    asyncio.run(_many_sessions(world, 10, TURNS_EACH))
    ours: list[float] = []
    by_kind: dict[str, list[float]] = {"threads": [], "tasks": []}
    with Peer() as peer:
        for _ in range(CROWD_ROUNDS):
            ours.append(asyncio.run(_many_sessions(world, SESSIONS, TURNS_EACH)))
            for kind, found in by_kind.items():
                found += _their_crowd(peer, folder, kind)
        why = peer.missing
    world.close()
    best = min(by_kind, key=lambda kind: statistics.median(by_kind[kind] or [0.0]))
    name = f"{SESSIONS} sessions / LangGraph's {best}, a turn"
    yield _beside(name, figure(ours), by_kind[best], 4.0, why)


def late(folder: Path) -> Iterator[Row]:
    """The ten-thousandth turn of one session beside its tenth: medians of windows around them."""
    world = World(folder / "long")
    asyncio.run(_one_session(world, 30))
    world.began.clear()
    asyncio.run(_driven(world, LONG))
    turns = [(end - start) / 1e9 for start, end in pairwise(world.began)]
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


def _beside(name: str, ours: Figure, theirs: Sequence[float], floor: float, why: str) -> Row:
    if why or not theirs:
        return Row(name=name, ours=span(ours.typical), against="LangGraph", missing=why or "no answer")
    them = figure(theirs)
    return Row(
        name=name,
        ours=span(ours.typical),
        against=f"LangGraph {span(them.typical)}",
        ratio=them.typical / ours.typical,
        floor=floor,
        at_most=False,
        noise=f"{spread(ours)}, LangGraph {spread(them)}",
    )


async def _driven(world: World, turns: int) -> None:
    await world.drive(await world.start(turns))


async def _one_session(world: World, turns: int) -> Loop:
    world.began.clear()
    session = await world.start(turns)
    cpu = time.process_time()
    await world.drive(session)
    cpu = time.process_time() - cpu
    return Loop(statistics.median(end - start for start, end in pairwise(world.began)) / 1e9, cpu / turns)


async def _many_sessions(world: World, sessions: int, turns: int) -> float:
    """Seconds a turn, all sessions taken together."""
    begun = [await world.start(turns) for _ in range(sessions)]
    start = time.perf_counter()
    await asyncio.gather(*(world.drive(session) for session in begun))
    return (time.perf_counter() - start) / (sessions * turns)


async def _commits(world: World, turns: int) -> float:
    """Commits a turn of a drive from claim to release; the plan, the end, claim and release are taken off."""
    session = await world.start(turns)
    said: list[str] = []
    world.trace(said.append)
    await world.drive(session)
    world.trace(None)
    return sum(statement.startswith("COMMIT") for statement in said) / turns


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
            began = time.perf_counter_ns()
            self._db.execute("INSERT INTO raw (body) VALUES (?)", (body,))
            taken.append(time.perf_counter_ns() - began)
        return statistics.median(taken) / 1e9


def _their_loop(peer: Peer, folder: Path) -> list[Loop]:
    try:
        said = peer.ask({"kind": "loop", "folder": str(_fresh(folder)), "steps": TURNS})
    except PeerMissing:
        return []
    began = said["began"]
    return [Loop(statistics.median(end - start for start, end in pairwise(began)) / 1e9, said["cpu"] / TURNS)]


def _their_crowd(peer: Peer, folder: Path, kind: str) -> list[float]:
    try:
        said = peer.ask({"kind": kind, "folder": str(_fresh(folder)), "sessions": SESSIONS, "steps": TURNS_EACH})
    except PeerMissing:
        return []
    return [said["seconds"] / (SESSIONS * TURNS_EACH)]


def _fresh(folder: Path) -> Path:
    made = folder / f"peer-{uuid4().hex[:8]}"
    made.mkdir()
    return made
