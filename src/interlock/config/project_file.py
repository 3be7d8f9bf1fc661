"""The shape of `interlock.toml`, as models: they read the file, describe it to editors and document it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", description="Letters, digits, `_` and `-`.")]
ToolName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,128}$", description="A tool's name.")]
Words = Annotated[
    str | list[str],
    Field(description="A command: a list of words, or a string that is split as a shell would; no shell runs it."),
]
Duration = Annotated[
    str | int | float,
    Field(description='Such as `"90s"`, `"5m"`, `"1h30m"`; a plain number is seconds.'),
]
Dollars = Annotated[
    int | float | str,
    Field(description='US dollars, such as `50`, `1.25` or `"$50"`.'),
]
Effect = Literal["reads", "writes", "network", "destructive"]
Units = Annotated[
    dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]],
    Field(
        description="What a run uses at most, in units that `[prices]` prices. Nothing named means: it costs nothing."
    ),
]


class Table(BaseModel):
    """A table of the file: unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WorkspaceTable(Table):
    """The folder itself."""

    name: str = Field(default="", description="What to call it; the folder's name when left out.")
    sandbox: Literal["bubblewrap", "none"] = Field(
        default="bubblewrap", description="`none` runs commands with all of your rights; the choice is recorded."
    )
    network: bool = Field(
        default=True, description="Whether declared tasks, services and checks share the machine's network."
    )


class LimitsTable(Table):
    """What bounds a session, where the sentence leaves it open."""

    ask_above: Dollars | None = Field(default=None, description="Spend beyond which a person is asked first.")
    cap: Dollars | None = Field(
        default=None, description="Spend that is never exceeded; twice `ask_above` when left out."
    )
    max_iterations: int | None = Field(default=None, ge=1, le=10_000, description="Turns of the loop.")
    max_time: Duration | None = Field(default=None, description="Working time; waiting for people does not count.")
    max_retries: int | None = Field(default=None, ge=1, le=100, description="Tries of known fixes for one failure.")
    answer_within: Duration | None = Field(
        default=None, description="How long a question waits before it counts as rejected."
    )


class SkillsTable(Table):
    """What agents may propose."""

    allow: list[str] = Field(default=["*"], description='Names and patterns of skills, such as `"files.*"`.')


class TaskTable(Table):
    """A piece of work: one command, or one call of an MCP server's tool, whose effects its own table declares."""

    run: Words | None = None
    skill: str | None = Field(default=None, description="A tool to call instead, such as `mcp.files.read`.")
    arguments: dict[str, Any] = Field(default={}, description="With `skill`: the tool's arguments.")
    cwd: str = Field(default=".", description="The folder to run in, within the workspace.")
    env: dict[str, str] = Field(default={}, description="Additions to the environment.")
    effects: list[Effect] = Field(default=["writes"], description="What it does to the world.")
    reversible: bool = Field(default=False, description="Whether it can be undone.")
    idempotent: bool = Field(
        False, description="Whether doing it twice is doing it once, so that a crash may repeat it."
    )
    worst: Units = {}
    timeout: Duration = "10m"
    when: Literal["deploy", "manual"] = Field(
        default="deploy",
        description="`deploy`: part of every deployment, in the file's order; `manual`: only as a remedy.",
    )


class ServiceTable(Table):
    """A process that keeps running; `{port}` in its command stands for the port in use."""

    run: Words
    port: int | None = Field(
        None, ge=1, le=65535, description="Where it listens; another may be chosen if it is taken."
    )
    ready: str | None = Field(default=None, description="The path that answers with a success once it is ready.")
    env: dict[str, str] = Field(default={}, description="Additions to the environment.")
    worst: Units = {}
    ready_timeout: Duration = "20s"


class CheckTable(Table):
    """One proof of success: a command that ends with 0, an address that answers, or a file that is there."""

    kind: Literal["unit", "smoke", "acceptance", "other"] = Field(default="other", description="What it proves.")
    run: Words | None = None
    http: str | None = Field(default=None, description="An address; `{web.port}` stands for the port of service `web`.")
    file: str | None = Field(default=None, description="A file that must be there.")
    status: int | None = Field(
        default=None, ge=100, le=599, description="With `http`: the status expected; 200 when left out."
    )
    contains: str | None = Field(default=None, description="With `http`: text that the answer must hold.")
    service: str | None = Field(
        default=None, description="The service that must be running its current edition and answer."
    )
    cwd: str | None = Field(default=None, description="With `run`: the folder to run in.")
    env: dict[str, str] | None = Field(default=None, description="With `run`: additions to the environment.")
    files: list[str] = Field(
        default=[], description="The files that make the check; success is refused if they change."
    )
    worst: Units = {}
    timeout: Duration = "10m"


class ToolTable(Table):
    """What a tool does at worst, and costs. What is not declared is destructive, and asked about each time."""

    effects: list[Effect] = Field(default=["writes"], description="What it does to the world.")
    reversible: bool = Field(default=False, description="Whether it can be undone.")
    idempotent: bool = Field(
        False, description="Whether doing it twice is doing it once, so that what was cut off may be repeated."
    )
    worst: Units = {}
    timeout: Duration = "1m"


class McpTable(Table):
    """An MCP server: a program or an address. Nothing of it runs before `interlock mcp approve`."""

    command: str | None = Field(default=None, description="The program.")
    args: list[str] = Field(default=[], description="With `command`: its arguments.")
    url: str | None = Field(default=None, description="The address, instead of a program.")
    env: dict[str, str] = Field(
        default={}, description="With `command`: its environment, which holds nothing else; it is recorded."
    )
    inherit: list[Name] = Field(
        [], description="With `command`: variables of yours that it gets, too; their values are not recorded."
    )
    token: Name | None = Field(
        None, description="With `url`: the variable of yours whose value is sent along as the bearer token."
    )
    network: bool = Field(default=False, description="With `command`: whether the program shares the network.")
    sandbox: Literal["bubblewrap", "none"] = Field(
        default="bubblewrap", description="With `command`: `none` runs it with all of your rights."
    )
    start_timeout: Duration = "20s"
    restarts: int = Field(default=2, ge=0, le=20, description="How often it may be started again in one drive.")
    tools: dict[ToolName, ToolTable] = Field(default={}, description="What its tools do, by their names.")


class ProjectFile(Table):
    """What a workspace consists of, what it costs (declared, not billed), and what proves that it works."""

    workspace: WorkspaceTable = WorkspaceTable()
    prices: dict[str, Dollars] = Field(default={}, description="US dollars for one unit of each thing that costs.")
    limits: LimitsTable = LimitsTable()
    skills: SkillsTable = SkillsTable()
    tasks: dict[Name, TaskTable] = Field(default={}, description="In the order in which they are to be done.")
    services: dict[Name, ServiceTable] = {}
    checks: dict[Name, CheckTable] = Field(
        {}, description="In the order in which they are run; the first failure counts."
    )
    mcp: dict[Name, McpTable] = Field(default={}, description="MCP servers, by the names that their skills get.")
