"""From the project file to the workspace and the limits of a session."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from interlock.config import loading_tools, values
from interlock.config.detection import detect
from interlock.config.protection import protected, whole
from interlock.config.reading import FILE_NAME, ProjectFileError, Source, read
from interlock.config.settings import Settings
from interlock.core import money
from interlock.core.budget import Limits
from interlock.core.plan import TASK, Act, Check, Effects, McpServer, ServiceSpec, Task, Workspace

if TYPE_CHECKING:
    from interlock.config.project_file import CheckTable, LimitsTable, ProjectFile, ServiceTable, TaskTable

V = TypeVar("V")
_PORT_OF = re.compile(r"\{([A-Za-z0-9_-]+)\.port\}")


def load(folder: Path, settings: Settings | None = None) -> tuple[Workspace, Limits]:
    """The workspace that the folder's `interlock.toml` declares, or that a first look assumes, with its limits.

    Raises ProjectFileError.
    """
    root = _folder(folder)
    known = settings if settings is not None else Settings.from_environment()
    if not (root / FILE_NAME).exists():
        return detect(root), known.limits()
    content, source = read(root / FILE_NAME)
    return declared(content, source, root), limits(content.limits, source, known)


def declared(content: "ProjectFile", source: Source, root: Path) -> Workspace:
    """The workspace that the file declares. Raises ProjectFileError."""
    prices = {unit: _price(unit, said, source) for unit, said in content.prices.items()}
    services = tuple(_service(name, table, source, prices) for name, table in content.services.items())
    ports = {spec.name for spec in services if spec.port is not None}
    servers = tuple(loading_tools.server(name, table, source, prices) for name, table in content.mcp.items())
    return Workspace(
        root=str(root),
        name=content.workspace.name or root.name,
        prices=prices,
        tasks=tuple(_task(name, table, source, prices, ports, servers) for name, table in content.tasks.items()),
        services=services,
        checks=tuple(
            _check(name, table, source, prices, ports, {spec.name for spec in services}, root)
            for name, table in content.checks.items()
        ),
        skills=tuple(content.skills.allow),
        network=content.workspace.network,
        sandbox=content.workspace.sandbox,
        mcp=servers,
    )


def limits(table: "LimitsTable", source: Source, settings: Settings) -> Limits:
    """The file's limits, with the settings' where it leaves them open. Raises ProjectFileError."""
    ask = _or(table.ask_above, source, "ask_above", values.dollars)
    cap = _or(table.cap, source, "cap", values.dollars)
    if ask is not None and cap is not None and ask > cap:
        words = f"is {money.show(ask)}, above `cap` ({money.show(cap)}); raise the cap or lower the ask line"
        raise source.wrong(("limits", "ask_above"), words)
    return settings.limits(
        ask_line=ask,
        cap=cap,
        max_iterations=table.max_iterations,
        max_time=_or(table.max_time, source, "max_time", values.duration),
        max_retries=table.max_retries,
        answer_within=_or(table.answer_within, source, "answer_within", values.duration),
    )


def _folder(folder: Path) -> Path:
    try:
        root = folder.resolve(strict=True)
        if not root.is_dir():
            raise ProjectFileError(f"`{folder}` is not a folder; name the workspace's folder")
        next(root.iterdir(), None)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProjectFileError(f"workspace `{folder}` can't be read ({reason}); name a folder that can") from error
    return root


def _price(unit: str, said: Any, source: Source) -> int:
    with source.at("prices", unit):
        price = values.dollars(said)
        if price == 0:
            raise ValueError("is 0; leave the unit out of `worst` if it costs nothing")
    return price


def _task(
    name: str,
    table: "TaskTable",
    source: Source,
    prices: dict[str, int],
    ports: set[str],
    servers: tuple[McpServer, ...],
) -> Task:
    key = ("tasks", name)
    if table.run is None and table.skill is None:
        raise source.wrong((*key, "run"), "is missing; add it")
    if table.run is not None and table.skill is not None:
        raise source.wrong(key, "has run and skill; give exactly one of them")
    if table.skill is not None:
        return loading_tools.task(name, table, source, servers)
    if table.arguments:
        raise source.wrong((*key, "arguments"), "belongs to tasks with `skill`; take it out")
    with source.at(*key, "run"):
        argv = values.words(table.run or "")
        _ports_known((*argv, *table.env.values()), ports)
    with source.at(*key, "worst"):
        worst = values.worst(table.worst, prices)
    with source.at(*key, "timeout"):
        timeout = values.duration(table.timeout)
    return Task(
        name=name,
        act=Act(
            skill=TASK,
            arguments={"name": name, "argv": list(argv), "cwd": table.cwd, "env": dict(table.env)},
        ),
        effects=Effects(
            reads=True,
            writes="writes" in table.effects or "destructive" in table.effects,
            network="network" in table.effects,
            destructive="destructive" in table.effects,
            reversible=table.reversible,
            idempotent=table.idempotent,
        ),
        worst=worst,
        timeout=timeout,
        when=table.when,
    )


def _service(name: str, table: "ServiceTable", source: Source, prices: dict[str, int]) -> ServiceSpec:
    key = ("services", name)
    with source.at(*key, "run"):
        argv = values.words(table.run)
        if table.port is None and any("{port}" in word for word in (*argv, *table.env.values())):
            raise ValueError("holds `{port}`, but no `port` is declared; add it")
    with source.at(*key, "worst"):
        worst = values.worst(table.worst, prices)
    with source.at(*key, "ready_timeout"):
        ready_timeout = values.duration(table.ready_timeout)
    if table.ready is not None and table.port is None:
        raise source.wrong((*key, "ready"), "needs a `port` to ask; add it")
    return ServiceSpec(
        name=name,
        argv=argv,
        port=table.port,
        ready=table.ready,
        env=tuple(table.env.items()),
        worst=worst,
        ready_timeout=ready_timeout,
    )


def _check(
    name: str,
    table: "CheckTable",
    source: Source,
    prices: dict[str, int],
    ports: set[str],
    services: set[str],
    root: Path,
) -> Check:
    key = ("checks", name)
    with source.at(*key, "worst"):
        worst = values.worst(table.worst, prices)
    with source.at(*key, "timeout"):
        timeout = values.duration(table.timeout)
    if table.service is not None and table.service not in services:
        raise source.wrong((*key, "service"), f"names `{table.service}`, which [services] does not declare")
    act = _check_act(name, table, source, ports)
    return Check(
        name=name,
        act=act,
        kind=table.kind,
        worst=worst,
        timeout=timeout,
        files=tuple(dict.fromkeys((*map(whole, table.files), *protected(act, root)))),
        service=table.service,
        source=f"{source.path.name}:{source.line(*key)}",
    )


_ONLY_WITH = {"http": ("status", "contains"), "run": ("cwd", "env")}


def _check_act(name: str, table: "CheckTable", source: Source, ports: set[str]) -> Act:
    key = ("checks", name)
    given = [kind for kind in ("run", "http", "file") if getattr(table, kind) is not None]
    if len(given) != 1:
        raise source.wrong(key, f"has {' and '.join(given) or 'nothing to check'}; give exactly one of run, http, file")
    for kind, options in _ONLY_WITH.items():
        for option in options:
            if kind not in given and getattr(table, option) is not None:
                raise source.wrong((*key, option), f"belongs to checks with `{kind}`; take it out")
    with source.at(*key, given[0]):
        if table.http is not None:
            _ports_known((table.http,), ports)
            return Act(skill="http.get", arguments=_address(table, table.http))
        if table.file is not None:
            return Act(skill="files.exists", arguments={"path": table.file})
        argv = values.words(table.run or [])
        _ports_known((*argv, *(table.env or {}).values()), ports)
        more = {"cwd": table.cwd or ".", "env": dict(table.env or {})}
        return Act(skill="command.run", arguments={"argv": list(argv), **more, "check": name})


def _address(table: "CheckTable", url: str) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"is `{url[:60]}`; write an address such as http://127.0.0.1:8000/healthz")
    wanted = {"contains": table.contains, "service": table.service}
    return {
        "url": url,
        "status": table.status or 200,
        **{name: said for name, said in wanted.items() if said is not None},
    }


def _ports_known(texts: tuple[str, ...], ports: set[str]) -> None:
    for name in (name for text in texts for name in _PORT_OF.findall(text)):
        if name not in ports:
            raise ValueError(f"names `{{{name}.port}}`, but no [services.{name}] with a `port` is declared; add it")


def _or(said: Any, source: Source, name: str, understood: Callable[[Any], V]) -> V | None:
    if said is None:
        return None
    with source.at("limits", name):
        return understood(said)
