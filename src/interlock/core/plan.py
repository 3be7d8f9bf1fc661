"""What a workspace declares and a plan consists of: acts, effects, tasks, services, checks."""

import hashlib
from typing import Any, Literal

import msgspec
from msgspec import Struct

TASK = "command.task"
CheckKind = Literal["unit", "smoke", "acceptance", "other"]


class Effects(Struct, frozen=True, kw_only=True):
    """What an act does to the world. `idempotent`: doing it twice is doing it once, so a crash may repeat it."""

    reads: bool = True
    writes: bool = False
    network: bool = False
    destructive: bool = False
    reversible: bool = True
    idempotent: bool = False


class Act(Struct, frozen=True, kw_only=True):
    """A skill with its arguments: what would be done, nothing about whether it may be."""

    skill: str
    arguments: dict[str, Any] = {}

    @property
    def digest(self) -> str:
        """SHA-256 over skill and arguments in canonical form: what an approval binds to."""
        canonical = msgspec.json.encode([self.skill, self.arguments], order="sorted")
        return hashlib.sha256(canonical).hexdigest()


class Proposal(Struct, frozen=True, kw_only=True):
    """What an agent would like to do. `why` and `confidence` are claims, never decisions.

    `promise` says what a person asked for would no longer hold (their pin, their interpreter), empty when all does.
    """

    act: Act
    agent: str
    why: str
    expects: str
    task: str | None = None
    fix: str | None = None
    fingerprint: str | None = None
    confidence: float = 0.5
    promise: str = ""


class Task(Struct, frozen=True, kw_only=True):
    """A piece of work that a person declared. `worst` is in micro-dollars; None is unknown, and then it is denied."""

    name: str
    act: Act
    effects: Effects = Effects(writes=True)
    worst: int | None = 0
    timeout: float = 600.0
    when: Literal["deploy", "manual"] = "deploy"

    @property
    def call(self) -> Act:
        """The act that performs it, as an agent names it: a command by the task's name, a tool with its arguments."""
        return Act(skill=TASK, arguments={"name": self.name}) if self.act.skill == TASK else self.act


class ServiceSpec(Struct, frozen=True, kw_only=True):
    """A process that outlives the act that starts it. `{port}` in `argv` stands for the port in use."""

    name: str
    argv: tuple[str, ...]
    port: int | None = None
    ready: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    worst: int | None = 0
    ready_timeout: float = 20.0


class Check(Struct, frozen=True, kw_only=True):
    """One success test: an act, and it passes when the act does. `files` must not change during a session."""

    name: str
    act: Act
    kind: CheckKind = "other"
    worst: int | None = 0
    timeout: float = 600.0
    files: tuple[str, ...] = ()
    service: str | None = None
    source: str = ""


class ToolTerms(Struct, frozen=True, kw_only=True):
    """What a person declared of one tool of an MCP server. `worst` is in micro-dollars, `timeout` in seconds."""

    name: str
    effects: Effects
    worst: int | None = 0
    timeout: float = 60.0


UNDECLARED = Effects(writes=True, network=True, destructive=True, reversible=False)


class McpServer(Struct, frozen=True, kw_only=True):
    """An MCP server that a person declared: a program (`argv`) or an address (`url`), and the terms of its tools.

    `inherit` and `token` name variables of the person's environment: their values are never recorded. `restarts` is how
    often it may be started again while a session is driven.
    """

    name: str
    argv: tuple[str, ...] = ()
    url: str = ""
    env: tuple[tuple[str, str], ...] = ()
    inherit: tuple[str, ...] = ()
    token: str = ""
    network: bool = False
    sandbox: Literal["bubblewrap", "none"] = "bubblewrap"
    start_timeout: float = 20.0
    restarts: int = 2
    tools: tuple[ToolTerms, ...] = ()

    def terms(self, tool: str) -> ToolTerms:
        """What was declared of the tool; the worst is assumed of what was not."""
        assumed = ToolTerms(name=tool, effects=UNDECLARED)
        return next((terms for terms in self.tools if terms.name == tool), assumed)


class Workspace(Struct, frozen=True, kw_only=True):
    """A folder and what is declared about it, recorded with the session so that no later edit changes a running one.

    `prices` are micro-dollars a unit. `assumptions` say what was guessed because nothing was declared.
    """

    root: str
    name: str
    prices: dict[str, int] = {}
    tasks: tuple[Task, ...] = ()
    services: tuple[ServiceSpec, ...] = ()
    checks: tuple[Check, ...] = ()
    skills: tuple[str, ...] = ("*",)
    network: bool = True
    sandbox: Literal["bubblewrap", "none"] = "bubblewrap"
    assumptions: tuple[str, ...] = ()
    mcp: tuple[McpServer, ...] = ()

    def task(self, name: str) -> Task | None:
        """The declared task of that name."""
        return next((task for task in self.tasks if task.name == name), None)

    def service(self, name: str) -> ServiceSpec | None:
        """The declared service of that name."""
        return next((service for service in self.services if service.name == name), None)


class CheckResult(Struct, frozen=True, kw_only=True):
    """What a check said. `cost` is in micro-dollars, `seconds` is wall time."""

    name: str
    passed: bool
    output: str = ""
    exit_code: int | None = None
    seconds: float = 0.0
    cost: int = 0
