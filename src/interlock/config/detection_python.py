"""First guesses for Python: how tests are run, with which interpreter, what installs, what migrates."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from interlock.config.detection_guesses import CheckGuess, Guess, LeftOut, TaskGuess
from interlock.config.detection_sight import Sight, inside

_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\]\s*)?(?:[<>=!~;@#,]|$)")
_TEST = re.compile(r"^(?:test_.*|.*_test)\.py$")
_REQUIREMENTS = re.compile(r"^(?:[a-z]{1,20}[-_])?requirements[\w.-]{0,40}\.txt$")
SYSTEM = ("/usr/local/bin/python3", "/usr/bin/python3", "/bin/python3")
_PYTEST = (
    ("pyproject.toml", r"^\s*\[tool\.pytest\b"),
    ("pytest.ini", r"^\s*\[pytest\]"),
    ("setup.cfg", r"^\s*\[tool:pytest\]"),
    ("tox.ini", r"^\s*\[pytest\]"),
    ("pyproject.toml", r"\bpytest\b"),
    ("setup.cfg", r"\bpytest\b"),
    ("setup.py", r"""["']pytest\b"""),
    ("tox.ini", r"\bpytest\b"),
)
_MISSING = "there is no environment yet: a session makes it from what is declared"
_FROM_SOURCE = ", and the project itself is found by PYTHONPATH=src"


def python(sight: Sight, at: str) -> Iterator[Guess]:
    """How the folder's Python tests are run, one way; then what installs and migrates."""
    yield from _broken(sight, at)
    program = interpreter(sight, at)
    tests = _first_test(sight, at)
    evidence = _pytest(sight, at)
    if evidence is None and sight.has(at, "manage.py") and _django_tests(sight, at):
        yield _check(sight, at, "django-test", (program, "manage.py", "test"), inside(at, "manage.py"), "django")
    elif evidence is None and tests and _is_unittest(sight, tests):
        folder = str(PurePosixPath(tests).parent.relative_to(at))
        argv = ("python3" if missing(sight, program) else program, "-m", "unittest", "discover", "-s", folder)
        yield _check(sight, at, "unittest", argv, tests, "unittest")
    elif evidence or (tests and _is_tests_home(sight, at)):
        yield _check(sight, at, "pytest", (program, "-m", "pytest", "-q"), evidence or tests or at, "pytest")
    else:
        yield from _environments(sight, at)
    yield from _install(sight, at, program)
    yield from _migrate(sight, at, program)


def interpreter(sight: Sight, at: str) -> str:
    """The environment's program as seen from the folder; without one, that of the environment that would be made.

    Only where `python3` already has pytest and all that is declared is it taken as it is.
    """
    up = "/".join([".."] * (0 if at == "." else at.count("/") + 1))
    for base, folder in ((at, ""), (".", up)):
        for name in (".venv", "venv"):
            if (sight.root / base / name / "bin" / "python").exists():
                return "/".join(part for part in (folder, name, "bin/python") if part)
    if {"pytest", *declared(sight, at)} <= _installed():
        return "python3"
    return "/".join(part for part in (up, ".venv/bin/python") if part)


def missing(sight: Sight, program: str) -> bool:
    """Whether the program belongs to an environment that is not there yet."""
    return program.endswith(".venv/bin/python") and not (sight.root / ".venv").exists()


def declared(sight: Sight, at: str) -> frozenset[str]:
    """The names of the packages that the folder's files declare, tests included, in canonical form."""
    lines = [line for name in _requirement_files(sight, at) for line in sight.text(inside(at, name)).splitlines()]
    lines += _project_requirements(sight, at)
    found = (match[1] for line in lines if (match := _REQUIREMENT.match(line)))
    return frozenset(re.sub(r"[-_.]+", "-", name).lower() for name in found)


def _check(sight: Sight, at: str, name: str, argv: tuple[str, ...], source: str, runner: str) -> CheckGuess:
    fresh = missing(sight, argv[0])
    from_source = fresh and name == "pytest" and inside(at, "src") in sight.files
    return CheckGuess(
        name=name,
        argv=argv,
        source=source,
        cwd=at,
        env=(("PYTHONPATH", "src"),) if from_source else (),
        files=_protected(sight, at),
        runner=runner,
        note=(_MISSING + _FROM_SOURCE * from_source) if fresh else "",
    )


def _protected(sight: Sight, at: str) -> tuple[str, ...]:
    homes = [inside(at, name) for name in ("tests", "test") if inside(at, name) in sight.files]
    homes = homes or [path for path, _ in sight.below(at) if path.rpartition("/")[2] in ("tests", "test")]
    folders = tuple(f"{home}/**/*" for home in homes[:50])
    names = sight.files.get(at, ())
    settings = tuple(inside(at, name) for name in ("pytest.ini", "conftest.py") if name in names)
    loose = tuple(inside(at, name) for name in names if name.startswith("test_") and name.endswith(".py"))
    return (*folders, *settings, *loose[:50])


def _broken(sight: Sight, at: str) -> Iterator[LeftOut]:
    try:
        tomllib.loads(sight.text(inside(at, "pyproject.toml")))
    except tomllib.TOMLDecodeError as error:
        yield LeftOut(source=inside(at, "pyproject.toml"), why=f"is not valid TOML ({str(error).lower()})")


def _pytest(sight: Sight, at: str) -> str | None:
    listed = tuple((name, r"^pytest\b(?!-)") for name in _requirement_files(sight, at))
    for name, pattern in (*_PYTEST, *listed):
        for number in sight.lines(inside(at, name), pattern):
            return f"{inside(at, name)}:{number}"
    return None


def _first_test(sight: Sight, at: str) -> str | None:
    """The first test file in the folder, or in a folder of tests below it."""
    others = tuple(f"{path}/" for path, _ in sight.below(at) if path != at and sight.marks(path))
    for path, names in sight.below(at):
        if f"{path}/".startswith(others):
            continue
        if path == at or not {"tests", "test"}.isdisjoint(path.removeprefix(at).split("/")):
            for name in names:
                if _TEST.match(name):
                    return inside(path, name)
    return None


def _is_tests_home(sight: Sight, at: str) -> bool:
    marks = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "conftest.py")
    own = any(sight.has(at, mark) for mark in marks)
    return at == "." or own


def _is_unittest(sight: Sight, test: str) -> bool:
    text = sight.text(test)
    return "TestCase" in text and re.search(r"^\s*(?:import|from) pytest\b", text, re.MULTILINE) is None


def _django_tests(sight: Sight, at: str) -> bool:
    return any("tests.py" in names or any(map(_TEST.match, names)) for _, names in sight.below(at))


def _environments(sight: Sight, at: str) -> Iterator[Guess]:
    for name, tool in (("tox.ini", "tox"), ("noxfile.py", "nox")):
        if sight.has(at, name):
            yield CheckGuess(name=tool, argv=(tool,), source=inside(at, name), cwd=at, runner=tool)
            return


def _requirement_files(sight: Sight, at: str) -> tuple[str, ...]:
    plain = [name for name in sight.files.get(at, ()) if _REQUIREMENTS.match(name)]
    folder = inside(at, "requirements")
    nested = [f"requirements/{name}" for name in sight.files.get(folder, ()) if name.endswith(".txt")]
    return tuple(sorted(plain, key=lambda name: (name != "requirements.txt", name)) + nested)


def _project_requirements(sight: Sight, at: str) -> list[str]:
    try:
        content = tomllib.loads(sight.text(inside(at, "pyproject.toml")))
        project = content.get("project", {})
        groups = (*project.get("optional-dependencies", {}).values(), *content.get("dependency-groups", {}).values())
        lists = [project.get("dependencies", []), *groups]
        poetry = content.get("tool", {}).get("poetry", {}).get("dependencies", {})
        lines = [line for lines in lists for line in lines if isinstance(line, str)]
        return lines + [name for name in poetry if name != "python"]
    except (tomllib.TOMLDecodeError, AttributeError, TypeError):
        return []


def _install(sight: Sight, at: str, program: str) -> Iterator[TaskGuess]:
    locks = (
        ("uv.lock", ("uv", "sync")),
        ("poetry.lock", ("poetry", "install")),
        ("pdm.lock", ("pdm", "install")),
        ("Pipfile.lock", ("pipenv", "sync", "--dev")),
    )
    for name, argv in locks:
        if sight.has(at, name):
            yield _installing(at, argv, inside(at, name))
            return
    if files := _requirement_files(sight, at):
        wanted = [word for name in files for word in ("-r", name)]
        yield _installing(at, _into(sight, program, wanted), f"{inside(at, files[0])}:1")
    elif _is_buildable(sight, at):
        mark = "pyproject.toml" if sight.has(at, "pyproject.toml") else "setup.py"
        yield _installing(at, _into(sight, program, ["-e", "."]), inside(at, mark))


def _is_buildable(sight: Sight, at: str) -> bool:
    return sight.has(at, "setup.py") or any(
        sight.lines(inside(at, "pyproject.toml"), r"^\s*\[(?:project|build-system)\]")
    )


def _installing(at: str, argv: tuple[str, ...], source: str) -> TaskGuess:
    return TaskGuess(name="install", argv=argv, source=source, cwd=at, effects=("writes", "network"))


def _into(sight: Sight, program: str, wanted: list[str]) -> tuple[str, ...]:
    """Install into the environment, made first where there is none."""
    where = program if program != "python3" else ".venv/bin/python"
    install = ["uv", "pip", "install", "--python", where, *wanted]
    if program != "python3" and not missing(sight, program):
        return tuple(install)
    make = f"uv venv --allow-existing {where.removesuffix('/bin/python')}"
    return ("sh", "-c", f"{make} && {' '.join(install)}")


def _migrate(sight: Sight, at: str, program: str) -> Iterator[TaskGuess]:
    if sight.has(at, "alembic.ini"):
        yield _migrating(at, (program, "-m", "alembic", "upgrade", "head"), inside(at, "alembic.ini"))
    elif sight.has(at, "manage.py"):
        found = (path for path, names in sight.below(at) if path.endswith("migrations") and "__init__.py" in names)
        if folder := next(found, None):
            yield _migrating(at, (program, "manage.py", "migrate", "--no-input"), f"{folder}/")


def _migrating(at: str, argv: tuple[str, ...], source: str) -> TaskGuess:
    effects = ("writes", "network", "destructive")
    return TaskGuess(
        name="migrate", argv=argv, source=source, cwd=at, effects=effects, note="a migration may drop data"
    )


def _installed() -> frozenset[str]:
    """The distributions that the machine's `python3` holds, by their folders' names."""
    found = next((Path(path).resolve() for path in SYSTEM if os.access(path, os.X_OK)), None)
    if found is None:
        return frozenset()
    base = found.parent.parent
    patterns = ("lib/python3*/site-packages", "lib/python3/dist-packages", "local/lib/python3*/dist-packages")
    folders = [folder for pattern in patterns for folder in base.glob(pattern)]
    names = (path.name for folder in folders for path in folder.glob("*-info"))
    return frozenset(re.sub(r"[-_.]+", "-", name.partition("-")[0]).lower() for name in names)
