"""What a project declares that it needs: requirements files, pyproject.toml, setup.cfg and setup.py, as written."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from interlock.agents.debugger.environment import parsed
from interlock.agents.debugger.folder import Folder
from interlock.agents.debugger.setup_files import of_setup_cfg, of_setup_py

_FILE = re.compile(r"^(?:requirements[\w.-]{0,40}\.(?:txt|in)|requirements/[\w.-]{1,60}\.(?:txt|in))$")
_PURPOSES = tuple(
    re.compile(rf"(?:^|[/_.-])(?:{words})(?:$|\.(?:txt|in)$|-requirements\.)")
    for words in ("tests?|testing", "dev|develop|development")
)
_COMMENT = re.compile(r"(?:^|\s)#.*$")


class Declared(Struct, frozen=True, kw_only=True):
    """One declared requirement, the file that declares it, and the extra or group it is a part of, if of any."""

    file: str
    requirement: Requirement
    extra: str = ""

    @property
    def name(self) -> str:
        """The canonical name."""
        return canonicalize_name(self.requirement.name)

    @property
    def pin(self) -> str:
        """The exact version asked for, or empty."""
        pins = [each.version for each in self.requirement.specifier if each.operator in ("==", "===")]
        return pins[0] if len(pins) == 1 and "*" not in pins[0] else ""


def declared(folder: Folder) -> tuple[Declared, ...]:
    """Every requirement that the project declares and that applies here, the main file first."""
    names = sorted((path for path in _candidates(folder)), key=lambda path: (path != "requirements.txt", path))
    found = [Declared(file=name, requirement=each) for name in names for each in parsed(_lines(folder.read(name)))]
    for name, read in _DECLARATIONS:
        found += [
            Declared(file=name, requirement=requirement, extra=extra)
            for line, extra in read(folder.read(name))
            for requirement in parsed([line])
        ]
    return tuple(each for each in found if _applies(each.requirement))


def for_testing(everything: Sequence[Declared]) -> tuple[Declared, ...]:
    """Of all that is declared, what it takes to run the tests: no extra and no file that is for something else.

    A `requirements.txt` at the root speaks for the project; else its own declaration does. Where nothing is named
    after testing, what is named after developing counts, and where no file is named after either, every file.
    """
    files = list(dict.fromkeys(each.file for each in everything if each.file.endswith((".txt", ".in"))))
    extras = list(dict.fromkeys(each.extra for each in everything if each.extra))
    chosen = _named_for_it(files) or ([] if "requirements.txt" in files else files)
    main = ("requirements.txt",) if "requirements.txt" in files else tuple(name for name, _ in _DECLARATIONS)
    of_tests = () if "requirements.txt" in files else _named_for_it(extras)
    return tuple(
        each for each in everything if each.file in chosen or (each.file in main and each.extra in ("", *of_tests))
    )


def _named_for_it(names: Sequence[str]) -> list[str]:
    """Those named after testing, else after developing."""
    return next((found for said in _PURPOSES if (found := [each for each in names if said.search(each)])), [])


def _candidates(folder: Folder) -> Iterator[str]:
    for path in (*folder.root.glob("requirements*"), *folder.root.glob("requirements/*")):
        if path.is_file() and _FILE.match(name := str(path.relative_to(folder.root))):
            yield name


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        if (said := _COMMENT.sub("", line).split(" --")[0].strip()) and not said.startswith("-"):
            yield said


def _of_project(text: str) -> Iterator[tuple[str, str]]:
    try:
        project: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    table = _table(project, "project")
    groups = [*_table(table, "optional-dependencies").items(), *_table(project, "dependency-groups").items()]
    for extra, lines in [("", table.get("dependencies")), *groups]:
        yield from ((line, extra) for line in (lines if isinstance(lines, list) else ()) if isinstance(line, str))


def _table(of: dict[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


_DECLARATIONS = (("pyproject.toml", _of_project), ("setup.cfg", of_setup_cfg), ("setup.py", of_setup_py))


def _applies(requirement: Requirement) -> bool:
    try:
        return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    except UndefinedEnvironmentName:
        return False
