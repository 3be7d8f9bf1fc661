"""The outside world in one file of Protocols: adapters implement them, `bootstrap` wires them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from msgspec import Struct

from interlock.core.channels import Notice, Outcome
from interlock.core.events import Draft, Envelope
from interlock.core.memory import Remembered
from interlock.core.plan import Act, Effects, McpServer, Proposal
from interlock.core.policy import Quote, Request, Verdict
from interlock.core.programs import Command, Ran, Service, ServiceState
from interlock.core.remediation import Diagnosis, Failure
from interlock.core.session_row import SessionRow
from interlock.core.snapshot import Change, Entry
from interlock.core.state import State

# what few sessions use is loaded where it is used: looking at a store is to be quick
if TYPE_CHECKING:
    from interlock.core.tools import Tool

# --- the event log -----------------------------------------------------------------------------------------------


class Claim(Struct, frozen=True, kw_only=True):
    """A worker's hold on a session: `epoch` is the fence, `until` unix micro-seconds."""

    session: str
    owner: str
    epoch: int
    until: int


class Conflict(Exception):
    """The log moved on since `expected`: fold what came, and judge again."""


class ClaimLost(Exception):
    """Another worker holds the session: this one must let go and write nothing more."""


class CapRefused(Exception):
    """The reservation does not fit under the cap: nothing was appended."""


class ApprovalUsed(Exception):
    """The approval that the act needs is used, withdrawn or not approved: nothing was appended."""


class StoreUnusable(Exception):
    """The store can't be used (corrupt, locked, read-only, newer, disk full); the message says what to do next."""


class EventLog(Protocol):
    """One append-only stream per session, its row, and the claim on it."""

    async def append(
        self, session: str, drafts: Sequence[Draft], *, expected: int | None, epoch: int | None
    ) -> Sequence[Envelope]:
        """Append all or nothing, durable on return; row, approvals, memory and seal change in the same transaction.

        A driver's judgements pass both `expected` (last seq folded) and `epoch`; an outcome of an act that ran passes
        the epoch alone; people pass `expected` alone. Raises Conflict, ClaimLost, CapRefused, ApprovalUsed.
        """
        ...

    async def read(self, session: str, *, after: int = 0, limit: int | None = None) -> Sequence[Envelope]:
        """The committed envelopes with seq > `after`, in order."""
        ...

    async def row(self, session: str) -> SessionRow | None:
        """The session's row, or None."""
        ...

    async def rows(self, *, workspace: str | None = None, limit: int = 200) -> Sequence[SessionRow]:
        """Rows, newest first."""
        ...

    async def find(self, beginning: str) -> Sequence[tuple[str, str]]:
        """(session, approval or "") pairs whose session id or approval id begins so; at most 10."""
        ...

    async def claim(self, owner: str, *, session: str | None, place: str, lease: float) -> Claim | None:
        """Take a session that is due here (or exactly `session`), bumping its epoch; None when there is none."""
        ...

    async def heartbeat(self, claim: Claim, *, lease: float) -> None:
        """Prolong the lease by `lease` seconds from now. Raises ClaimLost."""
        ...

    async def release(self, claim: Claim, *, version: int) -> bool:
        """Let go, if nothing came after `version`; False when there is news that the holder must see first."""
        ...


class Memories(Protocol):
    """Operational memory as agents see it: to read, as it counts today. It is written by appends that hold a lesson."""

    async def recall(self, fingerprint: str) -> Sequence[Remembered]: ...


class KeptMemories(Memories, Protocol):
    """Operational memory as its owner sees it: to look at, forget, and exchange between stores."""

    async def remembered(self, *, limit: int = 1000) -> Sequence[Remembered]: ...

    async def all_memory(self) -> Sequence[Remembered]: ...

    async def forget(self, fingerprint: str, fix: str | None = None) -> int: ...

    async def take_in(self, records: Sequence[Remembered], *, origin: str) -> int:
        """Replace all that came from the store `origin` by these records, or nothing; the number taken in.

        What was forgotten here stays forgotten, and what this store learned itself is never touched.
        """
        ...


class Outbox(Protocol):
    """What is to be told, put there by the append that holds the event, and kept until it is told or given up."""

    async def due(self) -> bool:
        """Whether something is to be told now that nobody is telling already."""
        ...

    async def take(self, *, lease: float) -> Notice | None:
        """The notice that is due first, nobody else's for `lease` seconds; a taker that dies leaves it due again."""
        ...

    async def settle(
        self, notice: Notice, *, outcome: Outcome, words: str = "", again: int | None = None, tried: bool = True
    ) -> bool:
        """Record what came of a taken notice, and when it is due `again` (unix micro-seconds; None: never).

        One that was not `tried` keeps its count. False when the lease ran out and another taker has it.
        """
        ...

    async def notices(self, *, session: str | None = None, unsettled: bool = False) -> Sequence[Notice]:
        """What was to be told, newest first: of one session, or of all; `unsettled`: only what did not get through."""
        ...


class Objects(Protocol):
    """Large artifacts by content hash (SHA-256, hex)."""

    async def put(self, content: bytes) -> str: ...

    async def get(self, digest: str) -> bytes | None: ...


class Snapshots(Objects, Protocol):
    """What stood in a workspace at one moment, kept by content, so that what changed it since can be undone.

    Paths are absolute where a snapshot is taken, and from the workspace's root everywhere else.
    """

    async def take(self, root: str, paths: Sequence[str] | None = None) -> str:
        """Keep what stands at the paths, or (None) everywhere; the snapshot's digest.

        What it holds outlives this process. Raises StoreUnusable and OSError.
        """
        ...

    async def again(self, root: str, before: str) -> str:
        """A snapshot of what is there now, of the same scope. Raises StoreUnusable and OSError."""
        ...

    async def compare(self, before: str, after: str) -> Sequence[Change] | str:
        """What differs, or in words why that can't be told."""
        ...

    async def look(self, root: str, paths: Sequence[str]) -> Mapping[str, Entry | None]:
        """What stands there now; nothing is kept."""
        ...


# --- agents ------------------------------------------------------------------------------------------------------


class Agent(Protocol):
    """Proposes, best first, and never acts. An empty answer means: nothing to propose."""

    @property
    def name(self) -> str: ...

    async def propose(self, state: State) -> Sequence[Proposal]: ...


class Debugger(Agent, Protocol):
    """The agent for failures: its diagnosis is recorded by the post-step hook, its proposals come from it."""

    async def diagnose(self, state: State, failure: Failure) -> Diagnosis: ...


# --- skills ------------------------------------------------------------------------------------------------------


class Manifest(Struct, frozen=True, kw_only=True):
    """What a skill is: arguments as a JSON schema, effects at worst, cost in micro-dollars, timeout in seconds."""

    name: str
    summary: str
    schema: dict[str, Any]
    effects: Effects
    cost: int = 0
    timeout: float = 600.0


class BadArguments(Exception):
    """The arguments do not fit the skill's schema or name what does not exist; the message says which and how."""


class OutcomeUnknown(Exception):
    """The act was begun, and nobody knows whether it happened: a person is asked, and it is never repeated unasked."""


class SkillResult(Struct, frozen=True, kw_only=True):
    """What came of an act. `usage` are declared units used (None: not reported); `changed` says the workspace changed.

    `ended` is `stopped` when a person's stop ended it, `timeout` when its wall clock did.
    """

    ok: bool
    output: str = ""
    exit_code: int | None = None
    seconds: float = 0.0
    usage: Mapping[str, float] | None = None
    changed: bool = True
    ended: Literal["exited", "timeout", "stopped", "flooded", "unstartable", "signalled"] = "exited"
    where: str = ""
    facts: dict[str, Any] = {}


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a skill may know of its session. `changes` counts the workspace's changes so far: services restart on it."""

    session: str
    call: str
    timeout: float
    changes: int = 0
    network: bool = False
    on_output: Callable[[str], None] | None = None
    stop: asyncio.Event | None = None


class Skills(Protocol):
    """The skills of one workspace."""

    def manifests(self) -> Sequence[Manifest]: ...

    def canonical(self, act: Act) -> tuple[Act, tuple[str, ...]]:
        """The act with validated, canonical arguments, and the absolute paths it names. Raises BadArguments."""
        ...

    def quote(self, act: Act) -> Quote:
        """Effects, worst cost and timeout of this very (canonical) act."""
        ...

    async def call(self, act: Act, around: Surroundings) -> SkillResult:
        """Perform the canonical act. Raises OutcomeUnknown."""
        ...

    async def tidy(self, session: str) -> None:
        """Stop what the session left running."""
        ...


class Sandbox(Protocol):
    """Runs commands confined."""

    def problem(self) -> str | None:
        """None when it works; else the kernel's own words and the one command that fixes it here."""
        ...

    async def run(
        self,
        command: Command,
        *,
        on_output: Callable[[str], None] | None = None,
        stop: asyncio.Event | None = None,
    ) -> Ran: ...


class Services(Protocol):
    """Processes that outlive the act that started them."""

    async def ensure(self, service: Service) -> ServiceState: ...

    async def state(self, session: str, name: str) -> ServiceState | None: ...

    def owns_port(self, session: str, name: str, port: int) -> str | None:
        """None when every listener on the port belongs to this service (and there is one); else who answers instead."""
        ...

    async def stop(self, session: str, name: str | None = None) -> None: ...


class ServerUnusable(Exception):
    """An MCP server can't be started, reached or understood, or is no longer what was approved; nothing was done."""


class ToolAnswer(Struct, frozen=True, kw_only=True):
    """What a tool answered: its text, bounded, and its structured content (`None` is an answer where `structured`)."""

    ok: bool
    output: str = ""
    structured: bool = False
    content: Any = None
    seconds: float = 0.0
    ended: Literal["exited", "timeout", "stopped"] = "exited"


class ToolServers(Protocol):
    """MCP servers, each started or reached once and kept until `close`."""

    async def tools(self, server: McpServer) -> "Sequence[Tool]":
        """What the server offers now. Raises ServerUnusable."""
        ...

    async def call(
        self, server: McpServer, tool: "Tool", arguments: Mapping[str, Any], around: Surroundings, *, repeatable: bool
    ) -> ToolAnswer:
        """Call the tool, if the server still offers it exactly as given. Raises ServerUnusable, OutcomeUnknown.

        What is cut off is tried again where it is `repeatable`, and is of unknown outcome where it is not.
        """
        ...

    async def close(self) -> None:
        """End every server that was started, with all that it started."""
        ...


# --- judging and the rest ----------------------------------------------------------------------------------------


class Authorizer(Protocol):
    """Policy. An error while judging is a denial; a guard that can't be asked is `guard_unavailable`."""

    def judge(self, request: Request) -> Verdict: ...


class Guard(Protocol):
    """A user's hook, asked before an act: it may only add risk. Raises or hangs: the act is withheld."""

    async def judge(self, request: Request) -> Verdict: ...


class NotTold(Exception):
    """A notice did not get through; the message says why, and holds nothing secret."""


class Notifier(Protocol):
    """Tells people outside. An address is `bell`, `desktop`, or a URL whose scheme names a way to reach somebody."""

    def problem(self, address: str) -> str | None:
        """None when the address can be told; else what is wrong with it, without showing it."""
        ...

    async def tell(self, address: str, title: str, body: str) -> None:
        """Tell it once, within half a minute; it may have got through even when this raises NotTold."""
        ...


class Clock(Protocol):
    """Time: unix micro-seconds."""

    def now(self) -> int: ...


class Ids(Protocol):
    """Fresh identifiers (RFC 9562 version 7 for events)."""

    def event(self) -> str: ...

    def short(self, prefix: str) -> str: ...
