"""What a project declares that it needs: requirements files and pyproject.toml, as written."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from interlock.agents.debugger.environment import parsed
from interlock.agents.debugger.folder import Folder

_FILE = re.compile(r"^(?:requirements[\w.-]{0,40}\.(?:txt|in)|requirements/[\w.-]{1,60}\.(?:txt|in))$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


class Declared(Struct, frozen=True, kw_only=True):
    """One declared requirement and the file that declares it."""

    file: str
    requirement: Requirement

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
    found += [
        Declared(file="pyproject.toml", requirement=each) for each in parsed(_of_project(folder.read("pyproject.toml")))
    ]
    return tuple(each for each in found if _applies(each.requirement))


def _candidates(folder: Folder) -> Iterator[str]:
    for path in (*folder.root.glob("requirements*"), *folder.root.glob("requirements/*")):
        if path.is_file() and _FILE.match(name := str(path.relative_to(folder.root))):
            yield name


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        if (said := _COMMENT.sub("", line).split(" --")[0].strip()) and not said.startswith("-"):
            yield said


def _of_project(text: str) -> list[str]:
    try:
        project: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    table = project.get("project", {})
    groups = (*table.get("optional-dependencies", {}).values(), *project.get("dependency-groups", {}).values())
    return [line for lines in (table.get("dependencies", []), *groups) for line in lines if isinstance(line, str)]


def _applies(requirement: Requirement) -> bool:
    try:
        return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    except UndefinedEnvironmentName:
        return False
