"""First guesses for Node: which package client, and which of the scripts prove, check or build."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from interlock.config.detection_guesses import CheckGuess, Guess, LeftOut, TaskGuess
from interlock.config.detection_sight import Sight, inside

_LOCKS = (
    ("pnpm-lock.yaml", "pnpm", ("pnpm", "install", "--frozen-lockfile")),
    ("yarn.lock", "yarn", ("yarn", "install", "--frozen-lockfile")),
    ("bun.lockb", "bun", ("bun", "install", "--frozen-lockfile")),
    ("bun.lock", "bun", ("bun", "install", "--frozen-lockfile")),
    ("package-lock.json", "npm", ("npm", "ci")),
)
_TESTS = ("test", "test:ci", "test:unit")
_CHORES = ("lint", "typecheck", "type-check", "build")
_FOREVER = re.compile(r"--watch(?!=false|All=false)\b|\bwatch\b")


def node(sight: Sight, at: str) -> Iterator[Guess]:
    """The test script as a check, lint and build as manual tasks."""
    path = inside(at, "package.json")
    scripts = _scripts(sight, at)
    if isinstance(scripts, LeftOut):
        yield scripts
        return
    client = _client(sight, at)
    yield from _test(sight, at, client, scripts)
    for name in _CHORES:
        if name in scripts:
            argv = (client, "run", name)
            yield TaskGuess(name=f"{client}-{name}", argv=argv, source=_line(sight, path, name), cwd=at)
    if sight.has(at, "package.json"):
        yield from _install(sight, at)


def is_workspace(sight: Sight, at: str) -> bool:
    """Whether the folder's package holds others, so that its test script speaks for them."""
    content = _content(sight, at)
    members = isinstance(content, Mapping) and "workspaces" in content
    return members or sight.has(at, "pnpm-workspace.yaml") or sight.has(at, "lerna.json")


def _content(sight: Sight, at: str) -> Any:
    try:
        return json.loads(sight.text(inside(at, "package.json")) or "{}")
    except (ValueError, RecursionError):
        return None


def _scripts(sight: Sight, at: str) -> Mapping[str, str] | LeftOut:
    content = _content(sight, at)
    if not isinstance(content, Mapping):
        return LeftOut(source=inside(at, "package.json"), why="is no JSON object")
    scripts = content.get("scripts", {})
    found = scripts.items() if isinstance(scripts, Mapping) else ()
    return {name: said for name, said in found if isinstance(said, str)}


def _test(sight: Sight, at: str, client: str, scripts: Mapping[str, str]) -> Iterator[Guess]:
    for name in (name for name in _TESTS if name in scripts):
        source = _line(sight, inside(at, "package.json"), name)
        if "no test specified" in scripts[name]:
            continue
        if _FOREVER.search(scripts[name]):
            yield LeftOut(source=source, why=f"script `{name}` watches and never ends")
            continue
        silent = ("--silent",) if client == "npm" else ()
        verb = ("test",) if name == "test" and client != "bun" else ("run", name)
        tests = tuple(inside(at, each) for each in ("test", "tests", "__tests__"))
        yield CheckGuess(
            name=f"{client}-test",
            argv=(client, *verb, *silent),
            source=source,
            cwd=at,
            env=(("CI", "true"),) if "react-scripts" in scripts[name] else (),
            files=tuple(f"{each}/**/*" for each in tests if each in sight.files),
            runner="node",
        )
        return


def _client(sight: Sight, at: str) -> str:
    for folder in _upwards(at):
        content = _content(sight, folder)
        said = content.get("packageManager") if isinstance(content, Mapping) else None
        named = re.match(r"(npm|yarn|pnpm|bun)@", said) if isinstance(said, str) else None
        if named:
            return named[1]
        for lock, client, _ in _LOCKS:
            if sight.has(folder, lock):
                return client
    return "npm"


def _install(sight: Sight, at: str) -> Iterator[TaskGuess]:
    for lock, _, argv in _LOCKS:
        if sight.has(at, lock):
            effects = ("writes", "network")
            yield TaskGuess(name="install-node", argv=argv, source=inside(at, lock), cwd=at, effects=effects)
            return


def _upwards(at: str) -> Iterator[str]:
    while at != ".":
        yield at
        at = at.rpartition("/")[0] or "."
    yield "."


def _line(sight: Sight, path: str, name: str) -> str:
    number = next(sight.lines(path, rf'"{re.escape(name)}"\s*:'), None)
    return f"{path}:{number}" if number else path
