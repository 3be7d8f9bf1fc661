"""The composition root: the only place where parts meet."""

import asyncio
import contextlib
import hashlib
import os
import platform
import pwd
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from interlock.adapters.guard import ProgramGuard
from interlock.adapters.objects import ObjectFolder
from interlock.adapters.seal import Seal
from interlock.adapters.snapshots import FolderSnapshots
from interlock.adapters.sqlite import SqliteLog
from interlock.adapters.system import RandomIds, SystemClock
from interlock.adapters.teller import Teller
from interlock.core.commands import Command
from interlock.core.events import Envelope, GoalUnderstood, SessionStarted
from interlock.core.evolve import replay
from interlock.core.plan import Workspace
from interlock.core.session_row import SessionRow
from interlock.core.state import State
from interlock.engine.control import Control
from interlock.ports import Debugger, Guard, Notifier, Skills, ToolServers

# What only driving needs is loaded where it is used: looking at a store is to be quick.
if TYPE_CHECKING:
    from interlock.adapters.bubblewrap import Bubblewrap
    from interlock.adapters.cedar import CedarAuthorizer
    from interlock.adapters.mcp import Approvals, McpServers
    from interlock.adapters.supervisor import Supervisor
    from interlock.adapters.unconfined import Unconfined
    from interlock.core.catalog import Entry
    from interlock.core.plan import McpServer
    from interlock.core.tools import Tool
    from interlock.engine.delivery import Delivery
    from interlock.engine.loop import Status
    from interlock.engine.session import Session
    from interlock.engine.steps import TurnSteps
    from interlock.engine.worker import Drove, Worker
    from interlock.order import Order, Overrides

OutputHeard = Callable[[str, str], None]
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
ENVIRONMENT = f"{PYTHON}-{platform.system()}-{platform.machine()}".lower()


def home() -> Path:
    """Where the state lives: `$INTERLOCK_HOME`, else the user's data folder."""
    said = os.environ.get("INTERLOCK_HOME")
    if said:
        return Path(said).expanduser().resolve()
    from platformdirs import user_data_path

    return user_data_path("interlock")


def known_failures(folder: Path) -> "tuple[Entry, ...]":
    """The shipped catalogue, then the entries in the store's folder `catalog`. Raises BadEntry."""
    from interlock.agents.debugger.strategies import STRATEGIES
    from interlock.catalog import entries
    from interlock.catalog.own import own_entries
    from interlock.skills.toolbox import NAMES

    shipped = entries()
    return (*shipped, *own_entries(folder / "catalog", shipped=shipped, skills=NAMES, strategies=STRATEGIES))


def _own_guard(folder: Path) -> list[Guard]:
    """The user's guard, where the store's folder holds a `guard`; one that can't be run withholds every act."""
    program = folder / "guard"
    return [ProgramGuard(program)] if os.path.lexists(program) else []


def person() -> str:
    """Who runs this process, by the user id: what the environment says of it is anybody's claim."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


class Interlock:
    """One store, opened. Use it as an async context manager; everything people and programs do goes through it."""

    def __init__(self, folder: Path, *, guards: Sequence[Guard] = (), on_output: OutputHeard | None = None) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.ids = RandomIds()
        self.seal = Seal.open(folder)
        self.log = SqliteLog.open(folder, clock=self.clock, seal=self.seal)
        self.owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.place = socket.gethostname()
        self.objects = ObjectFolder(folder / "objects")
        self.snapshots = FolderSnapshots.within(folder)
        self.teller = Teller(folder)
        self.control = Control(self.log, self.clock, self.ids, environment=ENVIRONMENT)
        self._guards = [*guards, *_own_guard(folder)]
        self._on_output = on_output

    @classmethod
    def open(
        cls, folder: Path | None = None, *, guards: Sequence[Guard] = (), on_output: OutputHeard | None = None
    ) -> Self:
        """Open (or create) the store in a folder. Raises StoreUnusable."""
        return cls(folder or home(), guards=guards, on_output=on_output)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self.log.close()

    @cached_property
    def authorizer(self) -> "CedarAuthorizer":
        """The starter policies and the organisation's own. Raises PolicyUnusable."""
        from interlock.adapters.cedar import CedarAuthorizer

        own = self.folder / "policies"
        return CedarAuthorizer.load([own] if own.is_dir() else [])

    @cached_property
    def worker(self) -> "Worker":
        """This process's worker."""
        from interlock.engine.worker import Worker

        return Worker(
            log=self.log,
            clock=self.clock,
            ids=self.ids,
            owner=self.owner,
            place=self.place,
            steps_for=self._steps_for,
            finished=self._finished,
        )

    def delivery(self, notifier: Notifier) -> "Delivery":
        """What delivers notices in this process."""
        from interlock.config.reaching import reach
        from interlock.engine.delivery import Delivery

        return Delivery(self.log.outbox, self.log, notifier, self.clock, partial(reach, self.folder))

    async def start(self, words: str, *, workspace: Path | str = ".", said: "Overrides | None" = None) -> "Running":
        """Read the words and begin; `events()` of what is returned drives it. Raises what `order` raises."""
        from interlock.order import NOTHING, order

        return Running(self, await self.begin(order(words, Path(workspace), said or NOTHING, self.folder)))

    async def begin(self, order: "Order") -> str:
        """Begin a session from an order that was read back. Returns its id; nothing is driven yet."""
        from interlock.adapters.check_files import digests

        # read before anything begins: a broken entry of the organisation's is told now, and not amid a repair
        if (self.folder / "catalog").is_dir():
            await asyncio.to_thread(lambda: self.known_failures)
        self._require_approved(order.workspace)
        started = SessionStarted(
            words=order.words,
            workspace=order.workspace,
            limits=order.limits,
            principal=person(),
            roles=("owner",),
            grants=order.workspace.skills,
            place=self.place,
            check_digests=await asyncio.to_thread(digests, order.workspace),
            stay=order.stay,
            tell=order.tell,
        )
        return await self.control.start(started, GoalUnderstood(goal=order.goal, read_back=order.read_back))

    def _require_approved(self, workspace: Workspace) -> None:
        """Raises ProjectFileError for a task of the plan whose tool nobody approved: it could only fail."""
        if not workspace.mcp:
            return
        from interlock.config import ProjectFileError
        from interlock.skills.tools import skill_of

        ready = {skill_of(server, tool) for server, tool in self.approved_tools(workspace)}
        for task in workspace.tasks:
            if task.when == "deploy" and task.act.skill.startswith("mcp.") and task.act.skill not in ready:
                server = task.act.skill.split(".")[1]
                words = f"task `{task.name}` calls `{task.act.skill}`, which is not approved as it stands"
                raise ProjectFileError(f"{words}; `interlock mcp approve {server}` shows and allows it")

    async def drive(self, session: str) -> "Status | None":
        """Drive one session until it ends or waits. None: another process drives it. Raises ClaimLost."""
        from interlock.engine.delivery import watched

        claim = await self.worker.claim(session)
        if claim is None:
            return None
        async with watched(self.log.outbox, self.teller.start):
            return await self.worker.drive(claim)

    async def work(self, *, slots: int, stop: asyncio.Event, drove: "Drove" = lambda *_: None) -> None:
        """Drive everything that is due here until `stop` is set; `drove` hears how each drive ended."""
        from interlock.engine.delivery import watched
        from interlock.engine.worker import work

        await self.tidy_left()
        async with watched(self.log.outbox, self.teller.start):
            await work(self.worker, slots=slots, stop=stop, drove=drove)

    async def tell(self, session: str, command: Command) -> State:
        """Give a person's command. Raises Refused."""
        return await self.control.handle(session, command, person())

    async def state(self, session: str) -> State:
        """The session as its log tells it."""
        return replay(await self.log.read(session))

    async def row(self, session: str) -> SessionRow | None:
        """The session's row."""
        return await self.log.row(session)

    async def follow(self, session: str, *, after: int = 0, every: float = 0.1) -> AsyncIterator[Envelope]:
        """Committed events as they come, until the session has ended or waits for a person and nothing drives it."""
        while True:
            envelopes = await self.log.read(session, after=after)
            for envelope in envelopes:
                after = envelope.seq
                yield envelope
            if not envelopes:
                row = await self.log.row(session)
                if row is None or (row.status in ("ended", "waiting", "paused") and not row.owner):
                    return
                await asyncio.sleep(every)

    def skills(self, workspace: Workspace, servers: "ToolServers | None" = None) -> Skills:
        """The skills of a workspace; with `servers`, also the tools of its MCP servers that a person approved."""
        from interlock.skills.toolbox import Toolbox
        from interlock.skills.tools import tool_skills

        more = tool_skills(self.approved_tools(workspace), servers) if servers is not None else ()
        sandbox, ours, kept = self.sandbox(workspace), (self.folder,), self.snapshots
        services = self._services(sandbox)
        # one cache a workspace: what a build puts there must not reach another workspace
        own = hashlib.sha256(workspace.root.encode()).hexdigest()[:16]
        cache = self.folder / "cache" / own
        return Toolbox(workspace, sandbox, services, cache=cache, more=more, closed=ours, snapshots=kept)

    @property
    def approvals(self) -> "Approvals":
        """What people approved of MCP servers."""
        from interlock.adapters.mcp import Approvals

        return Approvals(self.folder / "mcp")

    def approved_tools(self, workspace: Workspace) -> "tuple[tuple[McpServer, Tool], ...]":
        """The tools of the workspace's MCP servers that agents may be offered. Raises StoreUnusable."""
        from interlock.core.tools import usable

        read = self.approvals.read
        return tuple((it, tool) for it in workspace.mcp for tool in usable(it, read(workspace.root, it.name)))

    def servers(self, workspace: Workspace) -> "McpServers":
        """The workspace's MCP servers, none of them started; a person's choice alone takes one out of the sandbox."""
        from interlock.adapters.mcp import McpServers
        from interlock.adapters.unconfined import Unconfined

        sandbox = self.sandbox(workspace)
        return McpServers(workspace, lambda server: Unconfined() if server.sandbox == "none" else sandbox)

    def sandbox(self, workspace: Workspace) -> "Bubblewrap | Unconfined":
        """What commands run in: bubblewrap, unless a person chose otherwise, which is recorded."""
        from interlock.adapters.bubblewrap import Bubblewrap
        from interlock.adapters.unconfined import Unconfined

        return Unconfined() if workspace.sandbox == "none" else Bubblewrap(hidden=[str(self.folder)])

    @cached_property
    def known_failures(self) -> "tuple[Entry, ...]":
        """The shipped catalogue, then the organisation's own entries. Raises BadEntry."""
        return known_failures(self.folder)

    def debugger(self) -> Debugger:
        """The debugger with the catalogue, this store's memory and the package index."""
        from interlock.adapters.package_index import PackageIndex, index_url
        from interlock.agents.debugger import CatalogDebugger
        from interlock.catalog import modules
        from interlock.skills.interpreters import present

        index = PackageIndex(self.folder / "cache" / "index", url=index_url(os.environ))
        return CatalogDebugger(self.known_failures, self.log, index, ENVIRONMENT, modules(), present)

    @contextlib.asynccontextmanager
    async def _steps_for(self, session: "Session") -> "AsyncIterator[TurnSteps]":
        servers = self.servers(session.state.workspace) if session.state.workspace.mcp else None
        try:
            yield self._steps(session, servers)
        finally:
            if servers is not None:
                await servers.close()

    def _steps(self, session: "Session", servers: "ToolServers | None") -> "TurnSteps":
        from interlock.adapters.check_files import digests
        from interlock.agents.executor import Executor
        from interlock.agents.planner import plan
        from interlock.agents.undoer import Undoer
        from interlock.engine.gate import Gate
        from interlock.engine.hooks import Reviewer
        from interlock.engine.questions import Questions
        from interlock.engine.step import Stepper
        from interlock.engine.steps import TurnSteps

        workspace, name = session.state.workspace, session.state.id
        skills, debugger = self.skills(workspace, servers), self.debugger()
        heard = self._on_output
        on_output = None if heard is None else lambda line: heard(name, line)
        stepper = Stepper(
            agents=[Undoer(), debugger, Executor()],
            planner=plan,
            gate=Gate(skills, self.authorizer, self._guards),
            skills=skills,
            objects=self.objects,
            clock=self.clock,
            ids=self.ids,
            snapshots=self.snapshots,
            on_output=on_output,
        )
        reviewer = Reviewer(
            skills=skills,
            debugger=debugger,
            clock=self.clock,
            digest=lambda state: digests(state.workspace),
            environment=ENVIRONMENT,
            snapshots=self.snapshots,
            on_output=on_output,
        )
        return TurnSteps(stepper, reviewer, Questions(self.clock, self.ids))

    async def tidy_left(self) -> None:
        """Stop services of sessions that have ended: a process killed at a session's very end leaves them running."""
        for session in await asyncio.to_thread(self._services().sessions):
            row = await self.log.row(session)
            if row is not None and row.status == "ended":
                await self._finished(await self.state(session))

    def _services(self, sandbox: "Bubblewrap | Unconfined | None" = None) -> "Supervisor":
        """The services' supervisor; without a sandbox it can look and stop, and must not start anything."""
        from interlock.adapters.supervisor import Supervisor
        from interlock.adapters.unconfined import Unconfined

        return Supervisor(self.folder / "services", sandbox or Unconfined())

    async def _finished(self, state: State) -> None:
        """The session's end is durable: stop what it left running, unless it is told to stay."""
        if not state.stay:
            await self.skills(state.workspace).tidy(state.id)
            await asyncio.to_thread(self._services().forget, state.id)


class Running:
    """A session begun through the Python interface."""

    def __init__(self, il: Interlock, id: str) -> None:
        self.id = id
        self._il = il

    async def events(self) -> AsyncIterator[Envelope]:
        """Drive the session; yield what is committed until it ends or waits for a person. Call again to go on."""
        driving = asyncio.create_task(self._il.drive(self.id))
        seen = 0
        try:
            while not driving.done():
                await asyncio.wait([driving], timeout=0.05)
                for envelope in await self._il.log.read(self.id, after=seen):
                    seen = envelope.seq
                    yield envelope
            driving.result()
        finally:
            driving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await driving

    async def state(self) -> State:
        """Where it stands."""
        return await self._il.state(self.id)

    async def tell(self, command: Command) -> State:
        """Approve, reject, edit, pause, resume or stop. Raises Refused."""
        return await self._il.tell(self.id, command)
