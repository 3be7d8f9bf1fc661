"""One run: forks workers and people, kills them for as long as asked, lets what is left end in peace, and checks."""

import contextlib
import gc
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from msgspec import Struct

from bench.faults.checker import broken
from bench.faults.points import AROUND_THE_EFFECT, POINTS
from bench.faults.processes import LEASE, Birth, Role, live
from bench.faults.records import Records, read_records
from bench.faults.replaying import broken_by_replay
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.adapters.sqlite.connection import DATABASE
from interlock.adapters.system import SystemClock

CREW: tuple[Role, ...] = ("worker", "worker", "worker", "person", "person")
CALM_CREW: tuple[Role, ...] = ("worker", "worker", "person")
LIFE = (0.01, 0.35)
LONGEST_LIFE = 1.5
FREEZE = LEASE * 1.2
PEACE = 60.0
MISHAPS = 20


class Outcome(Struct, frozen=True, kw_only=True):
    """What a run came to. `broken` maps a property to its problems; `points` where processes killed themselves."""

    seed: int
    mutant: str
    kills: int
    frozen: int
    left: int
    points: dict[str, int]
    sessions: int
    outcomes: dict[str, int]
    events: int
    effects: int
    lost_calls: int
    answers: int
    acknowledged: int
    seconds: float
    broken: dict[str, list[str]]


class Process:
    """One forked process, with the hour of its death, and perhaps of a long faint or a dismissal before it."""

    def __init__(self, birth: Birth, random: Random) -> None:
        self.birth = birth
        self._faint_at = float("inf")
        self._wake_at = float("inf")
        now = time.monotonic()
        self._kill_at = now + (LONGEST_LIFE if birth.passes else random.uniform(*LIFE))
        self._leave_at = float("inf")
        if birth.role == "worker" and random.random() < 0.05:
            self._leave_at = now + random.uniform(*LIFE)
            self._kill_at = self._leave_at + LONGEST_LIFE
        elif birth.role == "worker" and random.random() < 0.03:
            self._faint_at = now + random.uniform(0.03, 0.1)
            self._kill_at = self._faint_at + FREEZE + random.uniform(0.05, 0.2)
        if birth.calm:
            self._faint_at = self._leave_at = self._kill_at = float("inf")
        self._pid = os.fork()
        if self._pid == 0:
            # Nothing of the parent may run here, least of all its tidying up.
            os._exit(live(birth))

    def advance(self) -> bool:
        """Freeze, thaw, dismiss or kill it when it is time. True when it was frozen, past its lease."""
        now = time.monotonic()
        if now >= self._kill_at:
            os.kill(self._pid, signal.SIGKILL)
        elif now >= self._leave_at:
            self._leave_at = float("inf")
            os.kill(self._pid, signal.SIGTERM)
        elif now >= self._wake_at:
            self._wake_at = float("inf")
            os.kill(self._pid, signal.SIGCONT)
        elif now >= self._faint_at:
            self._faint_at, self._wake_at = float("inf"), now + FREEZE
            os.kill(self._pid, signal.SIGSTOP)
            return True
        return False

    def ended(self) -> int | None:
        """None while it lives; else its exit code, the signal's number below zero."""
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def kill(self) -> None:
        """Kill it now, if it lives, and wait for it."""
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)


class Crew:
    """Keeps its processes alive while it kills them one after another."""

    def __init__(self, folder: Path, seed: int, mutant: str) -> None:
        self._folder = folder
        self._seed = seed
        self._mutant = mutant
        self._random = Random(f"{seed}/crew")
        self._born = 0
        self.kills = 0
        self.frozen = 0
        self.left = 0

    def suffer(self, kills: int, on_kill: Callable[[int], None]) -> None:
        """Kill so many, and the last ones too; give up when processes end by themselves again and again."""
        mishaps = 0
        crew = [self._fork(role) for role in CREW]
        try:
            while self.kills < kills and mishaps < MISHAPS:
                for position, process in enumerate(crew):
                    self.frozen += process.advance()
                    ended = process.ended()
                    if ended is None:
                        continue
                    self.kills += ended == -signal.SIGKILL
                    self.left += ended == 0
                    mishaps += ended not in (0, -signal.SIGKILL)
                    on_kill(self.kills)
                    crew[position] = self._fork(process.birth.role)
                time.sleep(0.001)
        finally:
            for process in crew:
                process.kill()
        self.kills += len(crew)

    def rest(self) -> None:
        """Let everything that was begun come to its end, within a time."""
        limit = time.monotonic() + (PEACE / 6 if self._mutant else PEACE)
        crew = [self._fork(role, calm=True) for role in CALM_CREW]
        try:
            while time.monotonic() < limit and _unfinished(self._folder):
                time.sleep(0.02)
        finally:
            for process in crew:
                process.kill()

    def _fork(self, role: Role, *, calm: bool = False) -> Process:
        self._born += 1
        passes, point = (None, "") if calm else _fate(self._random, role)
        birth = Birth(
            role=role,
            number=self._born,
            seed=self._seed,
            folder=self._folder,
            mutant=self._mutant,
            passes=passes,
            point=point,
            calm=calm,
        )
        return Process(birth, self._random)


def _fate(random: Random, role: Role) -> tuple[int | None, str]:
    """Half of them live until the parent kills them; some die at any point, some at a certain one."""
    chance = random.random()
    if chance < 0.5:
        return None, ""
    if chance < 0.65:
        return random.randint(1, 70), ""
    points = AROUND_THE_EFFECT if role == "worker" and chance < 0.8 else POINTS[role]
    return random.randint(1, 5), random.choice(points)


def _unfinished(folder: Path) -> int:
    # Opened anew each time: a connection must not be open in a process that forks.
    with contextlib.closing(sqlite3.connect(folder / DATABASE, timeout=30.0)) as db:
        [left] = db.execute("SELECT count(*) FROM sessions WHERE outcome = ''").fetchone()
    return int(left)


def run(
    folder: Path, *, seed: int, kills: int, mutant: str = "", on_kill: Callable[[int], None] = lambda _: None
) -> Outcome:
    """Run and check in this folder, which must be empty."""
    began = time.monotonic()
    SqliteLog.open(folder, clock=SystemClock(), seal=Seal.open(folder)).close()
    gc.freeze()
    crew = Crew(folder, seed, mutant)
    crew.suffer(kills, on_kill)
    crew.rest()
    records = read_records(folder)
    found = broken(records) | broken_by_replay(folder, records)
    return _outcome(crew, records, seed=seed, mutant=mutant, seconds=time.monotonic() - began, found=found)


def _outcome(
    crew: Crew, records: Records, *, seed: int, mutant: str, seconds: float, found: dict[str, list[str]]
) -> Outcome:
    kinds = Counter(event.kind for events in records.events.values() for event in events)
    return Outcome(
        seed=seed,
        mutant=mutant,
        kills=crew.kills,
        frozen=crew.frozen,
        left=crew.left,
        points=dict(Counter(death["point"] for death in records.deaths).most_common()),
        sessions=len(records.sessions),
        outcomes=dict(Counter(row["outcome"] for row in records.sessions.values()).most_common()),
        events=kinds.total(),
        effects=len(records.effects),
        lost_calls=kinds["CallLost"],
        answers=kinds["ApprovalAnswered"],
        acknowledged=len(records.acknowledged),
        seconds=seconds,
        broken=found,
    )
