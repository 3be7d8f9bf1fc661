"""The processes that get killed: workers that drive what is due, and people who start, answer, pause and stop."""

import asyncio
import signal
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing, nullcontext
from pathlib import Path
from random import Random
from traceback import format_exc, format_exception
from typing import Any, Literal

from msgspec import Struct

from bench.faults.ledgers import TROUBLE, WORDS, Ledgers
from bench.faults.mutants import plant
from bench.faults.points import Fate, WitnessedLog
from bench.faults.workload import act_of, order, steps_of
from interlock.adapters.sqlite.connection import DATABASE
from interlock.adapters.system import SystemClock
from interlock.core.commands import Approve, Command, Edit, Pause, Reject, Resume, Stop
from interlock.core.evolve import replay
from interlock.core.state import State
from interlock.engine.control import Control, Refused
from interlock.engine.loop import Status
from interlock.engine.worker import Worker, work
from interlock.ports import Conflict
from interlock.testing import make_act

Role = Literal["worker", "person"]
LIVE_SESSIONS = 10
LEASE = 1.0
SLOTS = 3
TROUBLED = 70


class Birth(Struct, frozen=True, kw_only=True):
    """What one process is to be, and when it kills itself: the n-th time that it passes the point ("": any).

    `calm`: it never dies by itself, begins nothing new, and people answer everything.
    """

    role: Role
    number: int
    seed: int
    folder: Path
    mutant: str = ""
    passes: int | None = None
    point: str = ""
    calm: bool = False

    @property
    def name(self) -> str:
        """The process's name as an owner of claims."""
        return f"{self.role}-{self.number}"

    @property
    def random(self) -> Random:
        """Its own dice."""
        return Random(f"{self.seed}/{self.name}")


class SeededIds:
    """Ids from a process's own dice, so that a seed makes the same sessions."""

    def __init__(self, birth: Birth) -> None:
        self._random = Random(f"{birth.seed}/{birth.name}/ids")

    def event(self) -> str:
        """An event's id."""
        return f"{self._random.getrandbits(128):032x}"

    def short(self, prefix: str) -> str:
        """An id behind a prefix."""
        return f"{prefix}-{self._random.getrandbits(48):012x}"


def live(birth: Birth) -> int:
    """Live the whole life of a forked process. Returns its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ledgers = Ledgers(birth.folder)
    lives: dict[Role, Callable[[Birth, Ledgers], Coroutine[Any, Any, None]]] = {"worker": _work, "person": _speak}
    try:
        plant(birth.mutant)
        asyncio.run(lives[birth.role](birth, ledgers))
    except BaseException:
        ledgers.write(TROUBLE, {"who": birth.name, "what": format_exc()})
        return TROUBLED
    return 0


async def _work(birth: Birth, ledgers: Ledgers) -> None:
    """Drive what is due until killed, or asked to leave."""
    clock, ids, fate = SystemClock(), SeededIds(birth), Fate(ledgers, birth.passes, birth.point)
    log = WitnessedLog(birth.folder, ledgers, fate)

    async def finished(state: State) -> None:
        fate.at("ended, not tidied")

    def drove(session: str, how: Status | Exception) -> None:
        if isinstance(how, Exception):
            ledgers.write(TROUBLE, {"who": f"{birth.name} on {session}", "what": "".join(format_exception(how))})

    worker = Worker(
        log=log,
        clock=clock,
        ids=ids,
        owner=birth.name,
        place="",
        steps_for=lambda session: nullcontext(steps_of(ledgers, fate, clock, ids)),
        finished=finished,
        lease=LEASE,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await work(worker, slots=SLOTS, stop=stop, drove=drove, poll=0.005)
    log.close()


async def _speak(birth: Birth, ledgers: Ledgers) -> None:
    """Look at the board again and again, and say something now and then."""
    fate = Fate(ledgers, birth.passes, birth.point)
    log = WitnessedLog(birth.folder, ledgers, fate)
    person = _Person(birth, ledgers, fate, log)
    with closing(sqlite3.connect(birth.folder / DATABASE, isolation_level=None, timeout=30.0)) as board:
        while True:
            open_ones = board.execute("SELECT id, question, paused FROM sessions WHERE outcome = ''").fetchall()
            if birth.calm and not open_ones:
                return
            await person.look_at(open_ones)
            await asyncio.sleep(0.004)


class _Person:
    """One person's dice and doings."""

    def __init__(self, birth: Birth, ledgers: Ledgers, fate: Fate, log: WitnessedLog) -> None:
        self._random = birth.random
        self._calm = birth.calm
        self._name = birth.name
        self._ledgers = ledgers
        self._fate = fate
        self._log = log
        self._control = Control(log, SystemClock(), SeededIds(birth), environment="faults")

    async def look_at(self, open_ones: list[tuple[str, str, int]]) -> None:
        """Begin what may be begun, and say what the dice say."""
        if not self._calm and len(open_ones) < LIVE_SESSIONS:
            session = await self._control.start(*order(self._random))
            self._heard(session, "start", "")
        for session, question, paused in open_ones:
            if command := await self._wish(session, question, bool(paused)):
                await self._say(session, command)

    async def _wish(self, session: str, question: str, paused: bool) -> Command | None:
        chance = self._random.random()
        if paused:
            return Resume() if self._calm or chance < 0.3 else None
        if question and (self._calm or chance < 0.6):
            return await self._answer(session, question)
        if self._calm:
            return None
        if chance > 0.99:
            return Stop(reason="enough")
        return Pause() if chance > 0.975 else None

    async def _answer(self, session: str, approval: str) -> Command:
        chance = self._random.random()
        if chance < 0.08:
            return Reject(approval=approval, reason="no")
        state = replay(await self._log.read(session))
        if chance < 0.2 and state.question is not None and state.question.subject == "act":
            return Edit(approval=approval, act=make_act(**act_of(self._random, f"edit:{approval}")))
        up_to = (state.budget.ask_line + state.budget.cap) // 2 if chance < 0.35 else None
        return Approve(approval=approval, up_to=up_to)

    async def _say(self, session: str, command: Command) -> None:
        try:
            await self._control.handle(session, command, self._name)
        except (Refused, Conflict):
            return
        self._heard(session, type(command).__name__.lower(), getattr(command, "approval", ""))

    def _heard(self, session: str, word: str, approval: str) -> None:
        self._fate.at("taken, the person not yet told")
        self._ledgers.write(WORDS, {"session": session, "word": word, "approval": approval, "who": self._name})
