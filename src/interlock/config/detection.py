"""A first look at a folder without `interlock.toml`: its probable checks and tasks, and why they are assumed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from interlock.config.detection_builds import cargo, compose, go, is_cargo_workspace, recipes, scripts
from interlock.config.detection_guesses import CheckGuess, Guess, LeftOut, TaskGuess, slug
from interlock.config.detection_node import is_workspace, node
from interlock.config.detection_python import python
from interlock.config.detection_sight import Sight
from interlock.config.detection_workflows import FOLDER, workflows
from interlock.config.detection_writing import written
from interlock.config.protection import protected
from interlock.config.reading import FILE_NAME, ProjectFileError
from interlock.core.plan import Act, Check, Effects, Task, Workspace

PACKAGES = 20
SHOWN = 4


class Found(Struct, frozen=True, kw_only=True):
    """What a first look came to, under names of their own: checks and tasks taken, and what was left out."""

    checks: tuple[CheckGuess, ...] = ()
    tasks: tuple[TaskGuess, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def detect(root: Path) -> Workspace:
    """The workspace that a first look assumes; what was assumed, and what was left out, is said in it."""
    found = guess(root)
    return Workspace(
        root=str(root),
        name=root.name or "workspace",
        tasks=tuple(map(_task, found.tasks)),
        checks=tuple(_check(each, root) for each in found.checks),
        assumptions=tuple(_said(found)),
    )


def init(folder: Path) -> str:
    """A first `interlock.toml` for the folder, each guess with a comment. Raises ProjectFileError if there is one."""
    root = folder.resolve()
    if (root / FILE_NAME).exists():
        raise ProjectFileError(f"{FILE_NAME} is there already; edit it, or move it away first")
    found = guess(root)
    return written(root.name or "workspace", (*found.checks, *found.tasks), found.left_out)


def guess(root: Path) -> Found:
    """The checks and tasks that the folder's files suggest, one way of testing for each package."""
    sight = Sight(root)
    guesses: list[Guess] = []
    known: dict[str, frozenset[str]] = {}
    homes = list(_homes(sight))
    for at in homes[:PACKAGES]:
        here = list(_package(sight, at))
        guesses += here
        known[at] = frozenset(each.runner for each in here if isinstance(each, CheckGuess) and each.runner)
    guesses += workflows(sight, known)
    guesses += [LeftOut(source=path, why=why) for path, why in sight.unread.items()]
    if more := homes[PACKAGES:]:
        guesses.append(LeftOut(source=more[0], why=f"and {len(more) - 1} packages more: {PACKAGES} were looked at"))
    return _named(guesses)


def _homes(sight: Sight) -> Iterator[str]:
    """The root, and the packages below it that no workspace above speaks for."""
    whole = {
        mark
        for mark, speaks in (("Cargo.toml", is_cargo_workspace), ("package.json", is_workspace))
        if speaks(sight, ".")
    }
    if "package.json" in whole and not any(isinstance(each, CheckGuess) for each in node(sight, ".")):
        whole.discard("package.json")
    for at in sight.packages():
        if at == "." or sight.marks(at) - whole:
            yield at


def _package(sight: Sight, at: str) -> Iterator[Guess]:
    here: list[Guess] = [*python(sight, at), *node(sight, at), *go(sight, at), *cargo(sight, at)]
    known = frozenset(each.runner for each in here if isinstance(each, CheckGuess))
    yield from here
    yield from recipes(sight, at, known)
    yield from scripts(sight, at)
    yield from compose(sight, at)


def _named(guesses: Sequence[Guess]) -> Found:
    """Under distinct names that say the package; the same command in the same folder is taken once."""
    taken: dict[str, CheckGuess | TaskGuess] = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for each in guesses:
        if isinstance(each, LeftOut) or (each.cwd, each.argv) in seen:
            continue
        seen.add((each.cwd, each.argv))
        prefix = "" if each.cwd == "." else f"{slug(each.cwd)}-"
        names = (f"{prefix}{each.name}{suffix}" for suffix in ("", *(f"-{number}" for number in range(2, 1_000))))
        name = next(name for name in names if name not in taken)
        taken[name] = replace(each, name=name)
    return Found(
        checks=tuple(each for each in taken.values() if isinstance(each, CheckGuess)),
        tasks=tuple(each for each in taken.values() if isinstance(each, TaskGuess)),
        left_out=_once([each for each in guesses if isinstance(each, LeftOut)]),
    )


def _once(left_out: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
    """What is left out of several workflow steps for the same words is named where it stands first."""
    first: dict[tuple[str, str], LeftOut] = {}
    for each in left_out:
        first.setdefault((each.why, "" if each.source.startswith(FOLDER) else each.source), each)
    return tuple(first.values())


def _said(found: Found) -> Iterator[str]:
    for each in found.checks:
        where = "" if each.cwd == "." else f" in {each.cwd}"
        note = f" ({each.note})" if each.note else ""
        yield f"no {FILE_NAME}: assumed `{' '.join(each.argv)}`{where} from {each.source}{note}"
    if not found.checks:
        yield f"no {FILE_NAME}, and nothing here that looks like a test"
    if found.tasks:
        names = _first([f"`{each.name}` ({each.source})" for each in found.tasks])
        yield f"tasks, only as remedies: {names}"
    if found.left_out:
        yield f"left out: {_first([f'{each.source} {each.why}' for each in found.left_out], '; ')}"


def _first(texts: Sequence[str], between: str = ", ") -> str:
    more = f"{between}and {len(texts) - SHOWN} more, which `interlock init` names" if len(texts) > SHOWN else ""
    return between.join(texts[:SHOWN]) + more


def _check(guessed: CheckGuess, root: Path) -> Check:
    arguments = {
        "argv": list(guessed.argv),
        "cwd": guessed.cwd,
        "env": dict(guessed.env),
        "check": guessed.name,
    }
    act = Act(skill="command.run", arguments=arguments)
    files = tuple(dict.fromkeys((*guessed.files, *protected(act, root))))
    return Check(name=guessed.name, act=act, kind=guessed.kind, files=files, source=guessed.source)


def _task(guessed: TaskGuess) -> Task:
    arguments = {"name": guessed.name, "argv": list(guessed.argv), "cwd": guessed.cwd, "env": {}}
    effects = Effects(
        writes="writes" in guessed.effects or "destructive" in guessed.effects,
        network="network" in guessed.effects,
        destructive="destructive" in guessed.effects,
        reversible=False,
    )
    return Task(name=guessed.name, act=Act(skill="command.task", arguments=arguments), effects=effects, when="manual")
