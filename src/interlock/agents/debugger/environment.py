"""A workspace's Python environment, read from its files: interpreter, distributions, who provides which module."""

import re
from collections.abc import Iterable, Iterator, Mapping
from email.parser import HeaderParser
from functools import cached_property
from pathlib import Path

from msgspec import Struct
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from interlock.agents.debugger.folder import Folder

_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", re.MULTILINE)


class Distribution(Struct, frozen=True, kw_only=True):
    """An installed distribution: canonical name, version, the requirements it declares (extras included).

    `python` bounds the interpreters that it accepts.
    """

    name: str
    version: str
    folder: Path
    requires: tuple[str, ...] = ()
    python: str = ""

    def wanted(self) -> Iterator[Requirement]:
        """The requirements that can be read."""
        return parsed(self.requires)

    def provides(self, module: str) -> bool:
        """Whether the distribution installed that top-level module."""
        top = _text(self.folder / "top_level.txt").split()
        if module in top:
            return True
        starts = (f"{module}/", f"{module}.py,", f"{module}.cpython", f"{module}.abi3")
        return any(line.startswith(starts) for line in _text(self.folder / "RECORD").splitlines())

    def owns(self, path: str) -> bool:
        """Whether the distribution installed the file that ends so, beside its modules."""
        return any(line.split(",")[0].endswith(f"/{path}") for line in _text(self.folder / "RECORD").splitlines())


class Environment:
    """The virtual environment of a folder; `venv` is its name there, empty when there is none."""

    def __init__(self, folder: Folder) -> None:
        self._root = folder.root
        self.venv = next((name for name in (".venv", "venv") if (self._root / name / "pyvenv.cfg").is_file()), "")

    @property
    def python(self) -> tuple[int, int] | None:
        """The interpreter's major and minor version."""
        found = _VERSION.search(_text(self._root / self.venv / "pyvenv.cfg")) if self.venv else None
        return (int(found[1]), int(found[2])) if found else None

    @cached_property
    def distributions(self) -> Mapping[str, Distribution]:
        """What is installed, by canonical name."""
        folders = sorted((self._root / self.venv).glob("lib*/python*/site-packages/*.dist-info")) if self.venv else []
        found = (_distribution(folder) for folder in folders)
        return {distribution.name: distribution for distribution in found if distribution}

    def provider(self, module: str) -> Distribution | None:
        """The installed distribution that provides a top-level module."""
        same = self.distributions.get(canonicalize_name(module))
        if same and same.provides(module):
            return same
        return next((found for found in self.distributions.values() if found.provides(module)), None)

    def leads_to(self, start: str, goal: str) -> bool:
        """Whether the distribution `start` depends on `goal`, directly or through others."""
        waiting, seen = [start], set[str]()
        while waiting:
            name = waiting.pop()
            if name == goal:
                return True
            if name not in seen and (found := self.distributions.get(name)):
                waiting += self.needs(found)
            seen.add(name)
        return False

    def needs(self, distribution: Distribution) -> tuple[str, ...]:
        """The names of what it requires, extras left out."""
        return tuple(canonicalize_name(wanted.name) for wanted in distribution.wanted() if not _is_extra(wanted))

    def optional_requirement(self, name: str, among: Iterable[str]) -> Requirement | None:
        """The requirement on `name` that one of the installed distributions `among` declares, extras included."""
        for owner in among:
            found = self.distributions.get(owner)
            for wanted in found.wanted() if found else ():
                if canonicalize_name(wanted.name) == canonicalize_name(name):
                    return wanted
        return None


def parsed(lines: Iterable[str]) -> Iterator[Requirement]:
    """The lines that are requirements, parsed."""
    for line in lines:
        try:
            yield Requirement(line)
        except InvalidRequirement:
            continue


def version_of(text: str) -> Version | None:
    """The version, or None when it is none by today's rules."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def bare(requirement: Requirement) -> str:
    """The requirement without its marker, which has been judged when it was chosen."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{requirement.specifier}"


def _is_extra(requirement: Requirement) -> bool:
    return requirement.marker is not None and "extra" in str(requirement.marker)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _distribution(folder: Path) -> Distribution | None:
    headers = HeaderParser().parsestr(_text(folder / "METADATA"))
    name, version = headers.get("Name"), headers.get("Version")
    if not name or not version:
        return None
    requires = tuple(headers.get_all("Requires-Dist") or ())
    python = headers.get("Requires-Python") or ""
    return Distribution(name=canonicalize_name(name), version=version, folder=folder, requires=requires, python=python)
