"""Workspaces on disk, as the debugger finds them: requirements, installed distributions, an index that answers."""

import struct
from datetime import UTC, datetime

import pytest

from interlock import catalog
from interlock.agents.debugger import CatalogDebugger
from interlock.core.fingerprint import failure
from interlock.core.goal import Goal
from interlock.core.memory import Remembered
from interlock.core.plan import Workspace
from interlock.core.release import Interpreter, Release
from interlock.core.state import State

ENVIRONMENT = "python3.11-linux-x86_64"


def day(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


class Index:
    """A package index of a few made-up packages; `down` makes it answer nothing."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[Release, ...]] = {}
        self.down = False

    def has(self, package: str, **versions: str) -> None:
        self.known[package] = tuple(
            Release(version=name[1:].replace("_", "."), uploaded=day(when)) for name, when in versions.items()
        )

    async def releases(self, package):
        if self.down:
            raise LookupError("no route to host")
        return self.known.get(package, ())


class Memory:
    """Operational memory as a list."""

    def __init__(self) -> None:
        self.rows: list[Remembered] = []

    async def recall(self, fingerprint):
        return [row for row in self.rows if row.fingerprint == fingerprint]


class Bench:
    """One workspace, and the debugger that looks at it."""

    def __init__(self, root) -> None:
        self.root = root
        self.index = Index()
        self.memory = Memory()
        self.workspace = Workspace(root=str(root), name="shop")
        self.modules = dict(catalog.modules())
        self.tried: dict[str, tuple[str, ...]] = {}
        self.pythons: tuple[Interpreter, ...] = ()
        self.goal: Goal | None = None

    def write(self, path: str, text: str):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return file

    def python(self, version: str = "3.11.7") -> None:
        self.write(".venv/pyvenv.cfg", f"home = /usr/bin\nversion = {version}\n")

    def installed(self, name: str, version: str, *modules: str, requires: tuple[str, ...] = ()) -> None:
        folder = f".venv/lib/python3.11/site-packages/{name.replace('-', '_')}-{version}.dist-info"
        wanted = "".join(f"Requires-Dist: {each}\n" for each in requires)
        self.write(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{wanted}\n")
        record = "".join(f"{module}/__init__.py,sha256=x,1\n" for module in modules or (name.replace("-", "_"),))
        self.write(f"{folder}/RECORD", record)

    def tracks(self, *paths: str) -> None:
        """A git index of version 2 with these paths."""
        entries = b""
        for path in sorted(paths):
            entry = b"\0" * 60 + struct.pack(">H", len(path)) + path.encode()
            entries += entry + b"\0" * (8 - len(entry) % 8)
        (self.root / ".git").mkdir(exist_ok=True)
        (self.root / ".git" / "index").write_bytes(struct.pack(">4sLL", b"DIRC", 2, len(paths)) + entries)

    @property
    def debugger(self) -> CatalogDebugger:
        return CatalogDebugger(
            catalog.entries(), self.memory, self.index, ENVIRONMENT, self.modules, lambda: self.pythons
        )

    def state(self) -> State:
        return State(workspace=self.workspace, tried=self.tried, goal=self.goal)

    async def diagnose(self, output: str, where: str = "check:unit"):
        return await self.debugger.diagnose(self.state(), failure(where, output, 1))

    async def fixes(self, output: str, where: str = "check:unit"):
        return [each.fix for each in (await self.diagnose(output, where)).candidates]

    def remember(self, output: str, fix: str, wins: int, tries: int) -> None:
        named = failure("check:unit", output, 1).fingerprint
        self.memory.rows.append(
            Remembered(
                fingerprint=named, fix=fix, environment=ENVIRONMENT, wins=wins, tries=tries,
                counted_wins=wins, counted_tries=tries,
            )
        )  # fmt: skip

    def has_tried(self, output: str, *fixes: str) -> None:
        self.tried[failure("check:unit", output, 1).fingerprint] = fixes


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)
