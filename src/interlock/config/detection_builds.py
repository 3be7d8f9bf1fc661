"""First guesses from build files: Go, Cargo, Make, just, check scripts; compose files are only mentioned."""

import os
import re
from collections.abc import Iterator

from interlock.config.detection_guesses import CheckGuess, Guess, LeftOut, TaskGuess, runners, slug
from interlock.config.detection_sight import Sight, inside
from interlock.core.plan import CheckKind

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_JUSTFILES = ("justfile", "Justfile", ".justfile")
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_HEADS = {
    "make": re.compile(r"([A-Za-z][\w-]{0,60})(?: [^:=]{0,200})?\s*::?(?!=|:)(.*)$"),
    "just": re.compile(r"@?([A-Za-z][\w-]{0,60})(?: [^:]{0,200})?\s*:(?!=)(.*)$"),
}
_CHORES = ("lint", "typecheck", "build")
_SCRIPTS = ("check.sh", "test.sh", "tests.sh", "run-tests.sh", "run_tests.sh", "smoke.sh", "acceptance.sh")


def go(sight: Sight, at: str) -> Iterator[Guess]:
    """`go test` over the module."""
    if sight.has(at, "go.mod"):
        files = ("**/*_test.go",) if at == "." else (f"{at}/**/*_test.go",)
        source = f"{inside(at, 'go.mod')}:1"
        argv = ("go", "test", "./...")
        yield CheckGuess(name="go-test", argv=argv, source=source, cwd=at, files=files, runner="go")


def cargo(sight: Sight, at: str) -> Iterator[Guess]:
    """`cargo test`, over all members where the file declares a workspace."""
    if sight.has(at, "Cargo.toml"):
        tests = inside(at, "tests")
        whole = ("--workspace",) if is_cargo_workspace(sight, at) else ()
        yield CheckGuess(
            name="cargo-test",
            argv=("cargo", "test", "--quiet", *whole),
            source=f"{inside(at, 'Cargo.toml')}:1",
            cwd=at,
            files=(f"{tests}/**/*",) if tests in sight.files else (),
            runner="cargo",
        )


def is_cargo_workspace(sight: Sight, at: str) -> bool:
    """Whether the folder's Cargo.toml speaks for members below it."""
    return any(sight.lines(inside(at, "Cargo.toml"), r"^\s*\[workspace\]"))


def recipes(sight: Sight, at: str, known: frozenset[str]) -> Iterator[Guess]:
    """The test target of a Makefile or a justfile, unless it runs what is a check already; lint and build as tasks."""
    for tool, names in (("make", _MAKEFILES), ("just", _JUSTFILES)):
        name = next((name for name in names if sight.has(at, name)), None)
        if name is None:
            continue
        targets = _targets(sight.text(inside(at, name)), _HEADS[tool])
        yield from _tests(tool, at, name, targets, known)
        for chore in _CHORES:
            if chore in targets:
                source = f"{inside(at, name)}:{targets[chore][0]}"
                yield TaskGuess(name=f"{tool}-{chore}", argv=(tool, chore), source=source, cwd=at)


def scripts(sight: Sight, at: str) -> Iterator[Guess]:
    """Executable scripts that say by their name that they test."""
    for name in _SCRIPTS:
        path = inside(at, name)
        if sight.has(at, name) and os.access(sight.root / path, os.X_OK):
            kind: CheckKind = "smoke" if "smoke" in name else "acceptance" if name[0] in "ac" else "unit"
            yield CheckGuess(name=slug(name.removesuffix(".sh")), argv=(f"./{name}",), source=path, cwd=at, kind=kind)


def compose(sight: Sight, at: str) -> Iterator[Guess]:
    """Containers are mentioned, and not run."""
    for name in _COMPOSE:
        if sight.has(at, name):
            yield LeftOut(source=inside(at, name), why="describes containers; they are not started here")


def _tests(
    tool: str, at: str, name: str, targets: dict[str, tuple[int, str]], known: frozenset[str]
) -> Iterator[Guess]:
    target = next((target for target in ("test", "tests", "check") if target in targets), None)
    if target is None:
        return
    line, recipe = targets[target]
    recipe += "".join(targets[word][1] for word in recipe.partition("\n")[0].split() if word in targets)
    source = f"{inside(at, name)}:{line}"
    if same := sorted(runners(recipe[:20_000]) & known):
        yield LeftOut(source=source, why=f"`{tool} {target}` runs the tests with {', '.join(same)}, a check already")
        return
    files = (inside(at, name),)
    argv = (tool, target)
    yield CheckGuess(name=f"{tool}-test", argv=argv, source=source, cwd=at, files=files, runner=tool)


def _targets(text: str, heads: re.Pattern[str]) -> dict[str, tuple[int, str]]:
    """Each target with its line and its recipe; variables and patterns are none."""
    found: dict[str, tuple[int, str]] = {}
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := heads.match(line):
            current = head[1]
            found.setdefault(current, (number, head[2]))
        elif current and line[:1] in ("\t", " "):
            first, recipe = found[current]
            found[current] = (first, f"{recipe}\n{line.strip()}"[:4_000])
        elif line.strip() and not line.startswith("#"):
            current = ""
    return found
