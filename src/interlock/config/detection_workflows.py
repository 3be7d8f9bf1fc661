"""First guesses from GitHub workflows: their simple run steps as checks and tasks, the others named as left out."""

import posixpath
import re
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath

from interlock.config.detection_guesses import CheckGuess, Guess, LeftOut, TaskGuess, runners, slug
from interlock.config.detection_python import interpreter
from interlock.config.detection_sight import Sight
from interlock.config.detection_yaml import Step, steps

FOLDER = ".github/workflows"
FILES = 20
STEPS = 200
_SHELL = re.compile(r"[$`|&;<>()*?~\\{}!]|^\w+=")
_WORDS_OF_A_SHELL = frozenset(
    ("cd", "export", "set", "source", ".", "if", "then", "fi", "for", "do", "done", "while", "case", "eval", "exec",
     "alias", "[", "[[", "test", "echo", "printf", "exit", "else", "pushd", "popd", "unset", "trap", "ulimit")
)  # fmt: skip
_NO_NAME = frozenset(("run", "python", "python3", "exec", "uv", "poetry", "pdm", "hatch", "pipenv", "npx"))
_WITH_A_VERB = frozenset(
    ("npm", "yarn", "pnpm", "bun", "go", "cargo", "make", "just", "mvn", "dotnet", "mix", "bundle")
)
_PREPARES = re.compile(
    r"^(?:sudo|apt|apt-get|brew|choco|curl|wget|git|mkdir|cp|mv|rm|chmod|corepack|rustup|tar|unzip|gem)\b"
    r"|^bundle install\b"
    r"|\b(?:pip3?|pipx|uv pip|npm|yarn|pnpm|bun|poetry|pdm|pipenv|conda|cargo|go) (?:install|ci|sync|i|add|get|-U)\b"
    r"|^(?:uv (?:sync|venv|lock|python)|yarn$|go mod\b|cargo fetch|uv tool install)"
)
_REACHES_OUT = re.compile(
    r"\b(?:publish|deploy|push|release|upload|twine|docker|podman|kubectl|helm|terraform|aws|gcloud|az|gh|ssh|scp|rsync"
    r"|login|codecov|coveralls|sentry-cli|npm version|fly|heroku|vercel|netlify|ansible\S*)\b"
)
_NO_TESTS = re.compile(r"\b(?:tox|nox)\b.* -[es] ?(?:lint|mypy|typ|doc|format|flake|style|pre-commit)")
_OTHER_TESTS = re.compile(
    r"^(?:(?:bundle exec )?(?:rspec|rake test)|phpunit|ctest|mvn (?:-\S+ )*(?:test|verify)"
    r"|(?:gradle|\./gradlew) (?:test|check)"
    r"|dotnet test|mix test|swift test|deno test|bazel test|hatch (?:test|run test)|meson test)\b"
)
_CHORES = re.compile(
    r"^(?:(?:uv|poetry|pdm|hatch|pipenv) run |npx |pnpm exec |python3? -m )?"
    r"(?P<name>ruff|black|flake8|pylint|mypy|pyright|isort|eslint|tsc|prettier|golangci-lint|staticcheck|shellcheck"
    r"|cargo (?:clippy|fmt|build|check)|go (?:vet|build)|gofmt"
    r"|(?:npm|yarn|pnpm|bun) (?:run )?(?:lint|build|typecheck|format)\S*"
    r"|(?:make|just) (?:lint|build|typecheck|format|docs)\S*|mkdocs build|sphinx-build)\b"
)


def workflows(sight: Sight, known: dict[str, frozenset[str]]) -> Iterator[Guess]:
    """What the workflows run. `known` is what runs the tests of each folder already."""
    names = [name for name in sight.files.get(FOLDER, ()) if name.endswith((".yml", ".yaml"))]
    for name in names[:FILES]:
        path = f"{FOLDER}/{name}"
        found = list(islice(steps(sight.text(path)), STEPS + 1))
        for step in found[:STEPS]:
            yield from _taken(sight, path, step, known)
        if len(found) > STEPS:
            yield LeftOut(source=f"{path}:{found[-1].line}", why=f"and what follows: {STEPS} steps were read")
    if len(names) > FILES:
        yield LeftOut(source=FOLDER, why=f"holds {len(names)} workflows; {FILES} were read")


def _taken(sight: Sight, path: str, step: Step, known: dict[str, frozenset[str]]) -> Iterator[Guess]:
    commands = [(step.line + number, said) for number, said in enumerate(step.commands, len(step.commands) > 1)]
    commands = [(line, said) for line, said in commands if said and not said.startswith("#")]
    cwd = posixpath.normpath(step.cwd)
    reason = step.why_not or _not_simple([said for _, said in commands])
    if not reason and cwd not in sight.files:
        reason = f"runs in `{_shown(cwd)}`, which is no folder of this project"
    if reason:
        yield LeftOut(source=f"{path}:{step.line}", why=f"a step {reason}")
        return
    for line, said in commands:
        yield _guess(sight, f"{path}:{line}", cwd, said, known)


def _not_simple(commands: list[str]) -> str:
    for said in commands:
        if "${{" in said:
            return "holds `${{ }}`"
        if not said.isprintable() or len(said) > 500:
            return "holds a command that can't be written on a line"
        if _SHELL.search(said) or said.split()[0] in _WORDS_OF_A_SHELL:
            return f"needs a shell: `{_shown(said)}`"
        try:
            shlex.split(said)
        except ValueError:
            return f"can't be split into words: `{_shown(said)}`"
    return ""


def _guess(sight: Sight, source: str, cwd: str, said: str, known: dict[str, frozenset[str]]) -> Guess:
    found = runners(said)
    if _PREPARES.search(said):
        return LeftOut(source=source, why=f"`{_shown(said)}` prepares the machine it runs on")
    if _REACHES_OUT.search(said):
        return LeftOut(source=source, why=f"`{_shown(said)}` reaches beyond this folder")
    if same := sorted(found & known.get(cwd, frozenset())):
        return LeftOut(source=source, why=f"`{_shown(said)}` runs the tests with {', '.join(same)}, a check already")
    argv = _argv(sight, cwd, said)
    if found and found <= {"tox", "nox"} and "pytest" in known.get(cwd, frozenset()) and not _NO_TESTS.search(said):
        return LeftOut(source=source, why=f"`{_shown(said)}` runs the tests once more, in environments of its own")
    if _NO_TESTS.search(said):
        return TaskGuess(name=slug(f"ci-{'-'.join(said.split()[::2])}"), argv=argv, source=source, cwd=cwd)
    if found or _OTHER_TESTS.match(said) or _is_a_test_script(sight, cwd, said):
        runner = min(found, default="")
        known[cwd] = known.get(cwd, frozenset()) | found
        return CheckGuess(name=slug(f"ci-{_short(said)}"), argv=argv, source=source, cwd=cwd, runner=runner)
    if chore := _CHORES.match(said):
        return TaskGuess(name=slug(f"ci-{chore['name']}"), argv=argv, source=source, cwd=cwd)
    return LeftOut(source=source, why=f"`{_shown(said)}`: unknown what it does")


def _argv(sight: Sight, cwd: str, said: str) -> tuple[str, ...]:
    """The words, with the environment's interpreter for a bare `python` or `pytest`."""
    words = shlex.split(said)
    if words[0] in ("python", "python3"):
        return (interpreter(sight, cwd), *words[1:])
    if words[0] in ("pytest", "py.test"):
        return (interpreter(sight, cwd), "-m", "pytest", *words[1:])
    return tuple(words)


def _is_a_test_script(sight: Sight, cwd: str, said: str) -> bool:
    path = posixpath.normpath(posixpath.join(cwd, said.split()[0]))
    folder = str(PurePosixPath(path).parent)
    named = re.search(r"(?:^|[/_-])(?:tests?|check|smoke|acceptance)(?:[._-]|$)", path) is not None
    return said.startswith("./") and named and sight.has(folder, PurePosixPath(path).name)


def _short(said: str) -> str:
    words = [word for word in said.split() if not word.startswith("-") and word not in _NO_NAME]
    return "-".join(PurePosixPath(word).stem for word in words[: 2 if set(words[:1]) & _WITH_A_VERB else 1]) or "check"


def _shown(said: str) -> str:
    return "".join(char for char in said if char.isprintable())[:80]
