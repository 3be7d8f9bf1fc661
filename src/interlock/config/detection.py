"""A first look at a folder without `interlock.toml`: what its checks probably are, and why that is assumed."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from interlock.config.protection import protected
from interlock.config.reading import FILE_NAME, ProjectFileError
from interlock.core.plan import Act, Check, CheckKind, Workspace

LONGEST = 1_000_000
NAME = re.compile(r"[^A-Za-z0-9_-]+")


class Guess(Struct, frozen=True, kw_only=True):
    """A check that is assumed, and from which line of which file."""

    name: str
    argv: tuple[str, ...]
    source: str
    kind: CheckKind = "unit"
    files: tuple[str, ...] = ()


def detect(root: Path) -> Workspace:
    """The workspace that a first look assumes; what was assumed is said in it."""
    guesses = guess(root)
    said = [f"no {FILE_NAME}: assumed `{' '.join(each.argv)}` from {each.source}" for each in guesses]
    return Workspace(
        root=str(root),
        name=root.name or "workspace",
        checks=tuple(_check(each, root) for each in guesses),
        assumptions=tuple(said) or (f"no {FILE_NAME}, and nothing here that looks like a test",),
    )


def init(folder: Path) -> str:
    """A first `interlock.toml` for the folder, each guess with a comment. Raises ProjectFileError if there is one."""
    root = folder.resolve()
    if (root / FILE_NAME).exists():
        raise ProjectFileError(f"{FILE_NAME} is there already; edit it, or move it away first")
    tables = "\n".join(_table(each) for each in guess(root)) or _NO_GUESS
    return _HEAD.replace("NAME", json.dumps(root.name or "workspace", ensure_ascii=False)) + tables + _TAIL


def guess(root: Path) -> tuple[Guess, ...]:
    """The checks that the folder's files suggest, one a way of testing."""
    found: dict[str, Guess] = {}
    for look in (_python, _node, _go, _cargo, _makefile, _scripts):
        for each in look(root):
            found.setdefault(each.name, each)
    return tuple(found.values())


def _python(root: Path) -> Iterator[Guess]:
    program = ".venv/bin/python" if (root / ".venv/bin/python").exists() else "python3"
    evidence = next((at for name, pattern in _PYTEST for at in _lines(root, name, pattern)), None) or _test_file(root)
    if evidence is None:
        return
    tests = tuple(f"{name}/**/*" for name in ("tests", "test") if (root / name).is_dir())
    settings = tuple(name for name in ("pytest.ini", "conftest.py") if (root / name).is_file())
    loose = tuple(sorted(path.name for path in root.glob("test_*.py"))[:50])
    yield Guess(name="pytest", argv=(program, "-m", "pytest", "-q"), source=evidence, files=(*tests, *settings, *loose))


_PYTEST = (
    ("pyproject.toml", r"\[tool\.pytest|\bpytest\b"),
    ("pytest.ini", r"\[pytest\]"),
    ("setup.cfg", r"\[tool:pytest\]|\bpytest\b"),
    ("tox.ini", r"\[pytest\]|\bpytest\b"),
    ("requirements-dev.txt", r"^pytest\b"),
    ("requirements-test.txt", r"^pytest\b"),
    ("requirements.txt", r"^pytest\b"),
)


def _test_file(root: Path) -> str | None:
    patterns = ("tests/test_*.py", "tests/**/test_*.py", "test/test_*.py", "test_*.py")
    first = next((path for pattern in patterns for path in sorted(root.glob(pattern))[:1]), None)
    return str(first.relative_to(root)) if first is not None else None


def _node(root: Path) -> Iterator[Guess]:
    try:
        script = json.loads(_text(root / "package.json") or "{}")["scripts"]["test"]
    except (ValueError, KeyError, TypeError):
        return
    if isinstance(script, str) and "no test specified" not in script:
        at = next(_lines(root, "package.json", r"\"test\"\s*:"), "package.json")
        tests = tuple(f"{name}/**/*" for name in ("test", "tests", "__tests__") if (root / name).is_dir())
        yield Guess(name="npm-test", argv=("npm", "test", "--silent"), source=at, files=tests)


def _go(root: Path) -> Iterator[Guess]:
    if (root / "go.mod").is_file():
        yield Guess(name="go-test", argv=("go", "test", "./..."), source="go.mod:1", files=("**/*_test.go",))


def _cargo(root: Path) -> Iterator[Guess]:
    if (root / "Cargo.toml").is_file():
        tests = ("tests/**/*",) if (root / "tests").is_dir() else ()
        yield Guess(name="cargo-test", argv=("cargo", "test", "--quiet"), source="Cargo.toml:1", files=tests)


def _makefile(root: Path) -> Iterator[Guess]:
    for name in ("Makefile", "makefile", "GNUmakefile"):
        for at in _lines(root, name, r"^test\s*:(?!=)"):
            yield Guess(name="make-test", argv=("make", "test"), source=at, files=(name,))
            return


def _scripts(root: Path) -> Iterator[Guess]:
    for name in ("check.sh", "test.sh", "tests.sh", "run-tests.sh", "run_tests.sh", "smoke.sh", "acceptance.sh"):
        path = root / name
        if path.is_file() and os.access(path, os.X_OK):
            kind: CheckKind = "smoke" if "smoke" in name else "acceptance" if name[0] in "ac" else "unit"
            yield Guess(name=NAME.sub("-", path.stem), argv=(f"./{name}",), source=name, kind=kind)


def _check(guessed: Guess, root: Path) -> Check:
    arguments = {"argv": list(guessed.argv), "cwd": ".", "env": {}, "check": guessed.name}
    act = Act(skill="command.run", arguments=arguments)
    files = tuple(dict.fromkeys((*guessed.files, *protected(act, root))))
    return Check(name=guessed.name, act=act, kind=guessed.kind, files=files, source=guessed.source)


def _lines(root: Path, name: str, pattern: str) -> Iterator[str]:
    for number, line in enumerate(_text(root / name).splitlines(), 1):
        if re.search(pattern, line):
            yield f"{name}:{number}"


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _table(guessed: Guess) -> str:
    def quoted(texts: tuple[str, ...]) -> str:
        return "[" + ", ".join(json.dumps(text, ensure_ascii=False) for text in texts) + "]"

    files = f"files = {quoted(guessed.files)}    # success is refused if these change\n" if guessed.files else ""
    return (
        f"[checks.{guessed.name}]                # a guess, from {guessed.source}\n"
        f'kind = "{guessed.kind}"\n'
        f"run = {quoted(guessed.argv)}\n{files}"
        'timeout = "10m"\n'
    )


_HEAD = """# What this workspace consists of, what it costs (declared, not billed), and what proves that it works.
[workspace]
name = NAME

[limits]
ask_above = 10                 # USD; beyond it you are asked first
cap = 20                       # USD; never exceeded
max_iterations = 30
max_time = "45m"

"""

_NO_GUESS = """# Nothing here looked like a test. A session needs at least one check:
# [checks.unit]
# kind = "unit"
# run = "./check.sh"
"""

_TAIL = """
# What costs money, in USD a unit; tasks, services and checks then say `worst = { runner-minute = 2 }`.
# [prices]
# runner-minute = 0.01

# What a deployment consists of, in order.
# [tasks.install]
# run = "uv pip sync --python .venv/bin/python requirements.txt"
# effects = ["writes", "network"]
# idempotent = true

# [services.web]
# run = ".venv/bin/python -m app --port {port}"
# port = 8000
# ready = "/healthz"

# [checks.smoke]
# kind = "smoke"
# http = "http://127.0.0.1:{web.port}/healthz"
# service = "web"
"""
