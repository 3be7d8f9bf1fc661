"""A workspace's folder, read only: what is there, what git tracks, what its configuration says."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path

CONFIGURATION = (".toml", ".yaml", ".yml", ".json", ".ini", ".cfg", ".conf", ".properties", ".env")
_NOT_SETTINGS = ("interlock.toml", "pyproject.toml", "package.json", "pytest.ini", "tox.ini", "setup.cfg")
_SKIPPED = frozenset((".git", ".venv", "venv", "node_modules", "__pycache__", "tests", "test", "dist", "build"))
_ENTRY = struct.Struct(">40x20sH")
_READ = 1_000_000
_FILES = 5_000


class Folder:
    """Reads below `root` and nowhere else: a link that leads outside is not followed."""

    def __init__(self, root: str) -> None:
        self.root = Path(root).resolve()

    def relative(self, path: str) -> str:
        """The path relative to the root, empty when it leads outside or is none."""
        if not path or "\0" in path:
            return ""
        whole = Path(os.path.normpath(self.root / path))
        try:
            whole.resolve().relative_to(self.root)
            return str(whole.relative_to(self.root))
        except (ValueError, OSError):
            return ""

    def holds(self, condition: str) -> bool:
        """Whether a condition of the catalogue (`absent: var`) is true of this folder now."""
        predicate, _, path = condition.partition(": ")
        inside = self.relative(path)
        whole = self.root / inside
        match predicate:
            case "inside":
                return bool(inside)
            case "absent":
                return bool(inside) and not whole.exists()
            case "present":
                return bool(inside) and whole.exists()
            case "script":
                return bool(inside) and self.read(inside).startswith("#!")
            case "not_executable":
                return bool(inside) and whole.is_file() and not whole.stat().st_mode & 0o100
            case _:
                return False

    def read(self, path: str) -> str:
        """A file's text with its line ends as they are; empty when it can't be read, is too large or no text."""
        inside = self.relative(path)
        whole = self.root / inside
        try:
            if not inside or not whole.is_file() or whole.stat().st_size > _READ:
                return ""
            return whole.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def start(self, path: str) -> str:
        """The first line of a file, as far as it is text and no longer than 200 bytes; empty when it can't be read."""
        inside = self.relative(path)
        try:
            with (self.root / inside).open("rb") as file:
                return file.readline(200).decode("utf-8", "replace").rstrip() if inside else ""
        except OSError:
            return ""

    @property
    def memory(self) -> int:
        """The machine's memory in megabytes; 0 where it does not say."""
        try:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
        except (ValueError, OSError):
            return 0

    def files(self) -> Iterator[str]:
        """Files that belong to the project, by path; without tests, environments and what tools put there."""
        count = 0
        for parent, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in _SKIPPED)
            for name in sorted(names):
                count += 1
                if count > _FILES:
                    return
                yield str((Path(parent) / name).relative_to(self.root))

    def settings(self) -> tuple[str, ...]:
        """Configuration files that git tracks; all of them where the folder is no repository."""
        tracked = self.tracked()
        return tuple(
            path
            for path in self.files()
            if (path.endswith(CONFIGURATION) or Path(path).name.startswith(".env"))
            and Path(path).name not in _NOT_SETTINGS
            and "lock" not in Path(path).name
            and (tracked is None or path in tracked)
        )

    def tracked(self) -> frozenset[str] | None:
        """What git tracks, read from its index without running git; None where there is no repository."""
        index = self.root / ".git" / "index"
        if not (self.root / ".git").exists():
            return None
        try:
            return frozenset(_paths_in(index.read_bytes()))
        except (OSError, ValueError, struct.error):
            return frozenset()


def _paths_in(index: bytes) -> Iterator[str]:
    """The paths of a git index of version 2 or 3 (version 4 compresses them, and then nothing counts as tracked)."""
    signature, version, count = struct.unpack_from(">4sLL", index)
    if signature != b"DIRC" or version not in (2, 3):
        raise ValueError("not an index of version 2 or 3")
    at = 12
    for _ in range(count):
        _, flags = _ENTRY.unpack_from(index, at)
        start = at + 62 + (2 if version == 3 and flags & 0x4000 else 0)
        end = index.index(b"\0", start)
        yield index[start:end].decode("utf-8", "replace")
        at += (end - at + 8) // 8 * 8
