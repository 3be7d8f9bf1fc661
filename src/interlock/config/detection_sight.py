"""What a first look sees: a project's folders within bounds, and its small text files. Links that lead out are not."""

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

DEEPEST = 4
FOLDERS = 1_500
ENTRIES = 80_000
LONGEST = 1_000_000
SKIPPED = frozenset(
    ("node_modules", "venv", "env", "target", "dist", "build", "vendor", "third_party", "site-packages", "__pycache__")
)
MARKS = frozenset(
    ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "package.json", "go.mod", "Cargo.toml", "manage.py")
)
NO_PACKAGE = frozenset(
    (
        "tests", "test", "__tests__", "spec", "testdata", "fixtures", "examples", "example", "samples", "docs", "doc",
        "templates", "template", ".github",
    )
)  # fmt: skip


class Sight:
    """The folders of a project by their path below `root` ("." is the root), with the names of their files."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.files: dict[str, tuple[str, ...]] = {}
        self.unread: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._entries = 0
        self._walk()

    def packages(self) -> Iterator[str]:
        """The folders that may hold a package of their own, the root first."""
        return (at for at in self.files if NO_PACKAGE.isdisjoint(at.split("/")))

    def marks(self, at: str) -> frozenset[str]:
        """The files that make the folder a package of its own."""
        return MARKS.intersection(self.files.get(at, ()))

    def has(self, at: str, name: str) -> bool:
        """Whether a regular file of that name is in the folder."""
        return name in self.files.get(at, ())

    def below(self, at: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The folder and all that was seen below it, with their files."""
        if at == ".":
            return iter(self.files.items())
        return ((path, names) for path, names in self.files.items() if path == at or path.startswith(f"{at}/"))

    def text(self, path: str) -> str:
        """A file's text without its byte order mark; empty where it can't be read or is no text."""
        folder, _, name = path.rpartition("/")
        if path not in self._texts:
            self._texts[path] = self._read(path) if self.has(folder or ".", name) else ""
        return self._texts[path]

    def lines(self, path: str, pattern: str) -> Iterator[int]:
        """The numbers of the lines, comments apart, in which the pattern is found."""
        found = re.compile(pattern)
        for number, line in enumerate(self.text(path).splitlines(), 1):
            if not line.lstrip().startswith("#") and found.search(line):
                yield number

    def _read(self, path: str) -> str:
        try:
            with (self.root / path).open("rb") as file:
                content = file.read(LONGEST + 1)
        except OSError as error:
            self.unread[path] = f"can't be read ({error.strerror})"
            return ""
        if b"\0" in content:
            self.unread[path] = "is no text"
            return ""
        if len(content) > LONGEST:
            self.unread[path] = f"is longer than {LONGEST} bytes; only its beginning was read"
        return content[:LONGEST].decode("utf-8-sig", errors="replace")

    def _walk(self) -> None:
        waiting = deque([(".", 0)])
        while waiting:
            at, depth = waiting.popleft()
            if len(self.files) >= FOLDERS or self._entries >= ENTRIES:
                self.unread[at] = f"and what follows was not looked at: more than {FOLDERS} folders or {ENTRIES} files"
                return
            folders = self._list(at)
            if depth < DEEPEST:
                waiting.extend((inside(at, name), depth + 1) for name in folders)

    def _list(self, at: str) -> list[str]:
        files: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(self.root / at) as entries:
                for entry in entries:
                    self._entries += 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    elif entry.is_file(follow_symlinks=False) or self._leads_to_a_file(entry):
                        files.append(entry.name)
        except OSError as error:
            self.unread[at] = f"can't be listed ({error.strerror})"
        self.files[at] = tuple(sorted(_sayable(files)))
        return sorted(name for name in _sayable(folders) if _looked_into(at, name))

    def _leads_to_a_file(self, entry: os.DirEntry[str]) -> bool:
        try:
            real = Path(entry.path).resolve() if entry.is_symlink() else None
            return real is not None and real.is_relative_to(self.root) and real.is_file()
        except (OSError, RuntimeError):
            return False


def inside(at: str, name: str) -> str:
    """The path of what is in a folder of the sight."""
    return name if at == "." else f"{at}/{name}"


def _looked_into(at: str, name: str) -> bool:
    return name not in SKIPPED and (not name.startswith(".") or (at, name) == (".", ".github"))


def _sayable(names: Iterable[str]) -> Iterator[str]:
    """Names that can be written into a comment; others would break out of it."""
    return (name for name in names if name.isprintable())
