"""An order: words, workspace and limits put together, ready to be read back. Nothing has begun yet."""

import difflib
import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from interlock.config import FILE_NAME, ProjectFileError, Settings, for_goal, load
from interlock.config.reading import Source
from interlock.config.reading import read as read_file
from interlock.config.settings import FILES, Own, sources
from interlock.config.values import dollars
from interlock.core.budget import Limits, under
from interlock.core.goal import Goal, Reading, read
from interlock.core.money import show
from interlock.core.plan import Act, Check, Workspace
from interlock.core.undo import Plan
from interlock.core.views.reading_back import read_back
from interlock.core.views.text import lasting
from interlock.core.views.undoing import undo_lines, undo_words

N = TypeVar("N", int, float)

if TYPE_CHECKING:
    from interlock.config.project_file import LimitsTable


class Unclear(Exception):
    """The words can't be taken as they are; `reading` says what is doubtful."""

    def __init__(self, reading: Reading) -> None:
        super().__init__("; ".join(reading.questions) or "the words could not be read")
        self.reading = reading


class Contradiction(Exception):
    """Limits that can't hold together; the message says which, and what to say instead."""


class Overrides(Struct, frozen=True, kw_only=True):
    """What was said beside the sentence, as options. Money in micro-dollars, `max_time` in seconds."""

    ask_above: int | None = None
    cap: int | None = None
    max_iterations: int | None = None
    max_time: float | None = None
    sandbox: str | None = None
    stay: bool = False


NOTHING = Overrides()


class Order(Struct, frozen=True, kw_only=True):
    """What a session would begin with, and the lines that are read back first."""

    words: str
    goal: Goal
    workspace: Workspace
    limits: Limits
    read_back: tuple[str, ...]
    stay: bool = False
    tell: dict[str, tuple[str, ...]] = {}


def order(words: str, folder: Path, said: Overrides = NOTHING, store: Path | None = None) -> Order:
    """Read the words for a workspace; `store` is where preferences and the organisation's word are kept.

    Raises Unclear, Contradiction and ProjectFileError; begins nothing.
    """
    reading = read(words)
    if reading.expect != "read":
        raise Unclear(reading)
    own = _own(store, folder)
    settings = Settings.from_environment(preferred=own.limits)
    workspace, of_file = load(folder, replace(settings, cap=None))
    if not os.access(workspace.root, os.W_OK | os.X_OK):
        raise ProjectFileError(f"workspace `{folder}` can't be written, so nothing could be repaired; check its mode")
    workspace = for_goal(workspace, reading.goal)
    if workspace.sandbox == "none" and said.sandbox != "none":
        # the file may have come with a stranger's project
        raise ProjectFileError(f'{FILE_NAME} asks for `sandbox = "none"`; say --no-sandbox if you want that, too')
    if said.sandbox == "none":
        workspace = replace(workspace, sandbox="none")
    if "network" in reading.goal.never:
        workspace = replace(workspace, network=False)
    table, source = _table(Path(workspace.root))
    _require_known(workspace, source)
    nearest = _sources(reading.goal, said, table, source)
    cap_from = (sources(os.environ, own.limits) | nearest).get("cap", "")
    wanted = _limits(reading.goal, said, of_file, table, settings, cap_from)
    limits = under(wanted, own.ceilings)
    places = _places(nearest, wanted, limits, settings, own)
    return Order(
        words=words,
        goal=reading.goal,
        workspace=workspace,
        limits=limits,
        read_back=read_back(reading.goal, workspace, limits, places, own.tell),
        stay=said.stay,
        tell=own.tell,
    )


def _own(store: Path | None, folder: Path) -> Own:
    """What is set for the folder. Where nothing ever was, nothing is loaded to look."""
    if store is None or not any((store / name).exists() for name in FILES):
        return Own()
    from interlock.config.organisation import own

    # a folder that can't be looked up is refused in words later on
    return own(store, Path(os.path.realpath(folder)))


def undo_order(plan: Plan, digest: str, workspace: Workspace, store: Path | None = None) -> Order:
    """A session that carries out the plan (kept as `digest`) in its workspace, and proves that it did.

    It costs nothing, and one turn is enough: what is different then than it was planned is for a new plan. `store` is
    where it is kept whom to tell of its questions, and how long they stay open.
    """
    root = workspace.root
    arguments = {
        "session": plan.session,
        "step": plan.step,
        "plan": digest,
        "paths": [f"{root}/{each.path}" for each in plan.restore],
        "overwrites": [f"{root}/{path}" for path in plan.overwrites],
    }
    own = _own(store, Path(root))
    settings = Settings.from_environment(preferred=own.limits)
    check = Check(name="as before", act=Act(skill="undo.verify", arguments=arguments), kind="acceptance")
    return Order(
        words=undo_words(plan),
        goal=Goal(objective=undo_words(plan)),
        workspace=Workspace(
            root=root, name=workspace.name, checks=(check,), skills=("undo.restore", "undo.verify"), network=False
        ),
        limits=under(Limits(max_iterations=1, answer_within=settings.answer_within), own.ceilings),
        read_back=undo_lines(plan),
        tell=own.tell,
    )


def _table(root: Path) -> "tuple[LimitsTable | None, Source | None]":
    if not (root / FILE_NAME).exists():
        return None, None
    content, source = read_file(root / FILE_NAME)
    return content.limits, source


def _require_known(workspace: Workspace, source: Source | None) -> None:
    """Raises ProjectFileError for a name or pattern that no skill has: a slip of the pen would allow nothing."""
    if workspace.skills == ("*",):
        return
    from interlock.skills.toolbox import BUILT_IN

    names = [skill.name for skill in BUILT_IN]
    tools = tuple(f"mcp.{server.name}." for server in workspace.mcp)
    for pattern in workspace.skills:
        if tools and (pattern == "mcp.*" or pattern.startswith(tools)):
            continue
        if source is not None and not any(fnmatchcase(name, pattern) for name in names):
            close = difflib.get_close_matches(pattern, [*names, *{f"{name.split('.')[0]}.*" for name in names}], n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(names[:4])} …"
            raise source.wrong(("skills", "allow"), f"names `{pattern}`, which no skill is called; {hint}")


def _sources(goal: Goal, said: Overrides, table: "LimitsTable | None", source: Source | None) -> dict[str, str]:
    """Where each limit that the words leave open comes from: "" for the words, an option, or a line of the file."""
    places: dict[str, str] = {}
    for name in ("ask_above", "cap", "max_iterations", "max_time", "max_retries", "answer_within"):
        limit = "ask_line" if name == "ask_above" else name
        if getattr(goal, name, None) is not None:
            places[limit] = ""
        elif getattr(said, name, None) is not None:
            places[limit] = f"`--{name.replace('_', '-')}`"
        elif source is not None and getattr(table, name) is not None:
            places[limit] = f"{FILE_NAME}:{source.line('limits', name)}"
    return places


def _places(nearest: dict[str, str], wanted: Limits, limits: Limits, settings: Settings, own: Own) -> dict[str, str]:
    """Where each limit comes from, as far as that is not told by the words or the default."""
    shown = {"ask_line": show, "cap": show, "max_time": lasting, "answer_within": lasting}
    set_here = {n: p for n, p in sources(os.environ, own.limits).items() if getattr(wanted, n) == getattr(settings, n)}
    lowered = {
        name: f"the organisation's most, instead of {in_words(getattr(wanted, name))}"
        for name, in_words in shown.items()
        if getattr(limits, name) < getattr(wanted, name)
    }
    return {name: place for name, place in (set_here | nearest | lowered).items() if place}


def _limits(
    goal: Goal, said: Overrides, of_file: Limits, table: "LimitsTable | None", settings: Settings, cap_from: str
) -> Limits:
    """The words first, then the options, then the file, then the settings. Nothing is guessed from the words."""
    ask = _agreed("ask line", goal.ask_above, said.ask_above)
    cap = _agreed("cap", goal.cap, said.cap)
    if ask is None and table is not None and table.ask_above is not None:
        ask = dollars(table.ask_above)
    if cap is None:
        cap = dollars(table.cap) if table is not None and table.cap is not None else settings.cap
    if ask is not None and cap is not None and ask > cap:
        raise Contradiction(
            f"the ask line of {show(ask)} is above the cap of {show(cap)}{f' ({cap_from})' if cap_from else ''}, "
            "so it could never ask; raise the cap or lower the ask line"
        )
    ask = ask if ask is not None else min(settings.ask_line, cap if cap is not None else settings.ask_line)
    iterations = _agreed("iterations", goal.max_iterations, said.max_iterations)
    seconds = _agreed("time", goal.max_time, said.max_time)
    return replace(
        of_file,
        ask_line=ask,
        cap=cap if cap is not None else 2 * (ask or settings.ask_line),
        max_iterations=iterations if iterations is not None else of_file.max_iterations,
        max_time=float(seconds) if seconds is not None else of_file.max_time,
        after_tries=_after_tries(goal),
    )


def _agreed(name: str, words: N | None, option: N | None) -> N | None:
    if words is not None and option is not None and words != option:
        raise Contradiction(f"the words and the option differ on the {name}; say it once")
    return words if words is not None else option


def _after_tries(goal: Goal) -> int | None:
    counts = [int(entry.split(":")[1]) for entry in goal.ask_before if entry.startswith("after_tries:")]
    return min(counts) if counts else None
