"""Walking a workspace's folders through no link: what stands at each name, read only where it changed."""

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from interlock.core.snapshot import PERMISSIONS, Entry, Tree, encode

CACHES = frozenset(("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox"))
APART = frozenset((".git", "node_modules"))
SETTLED = 100_000_000
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
Signature = tuple[int, ...]
Wanted = Mapping[str, "Wanted"]
Known = dict[str, tuple[Signature, Entry]]


class TooMuch(Exception):
    """There are more entries than a snapshot may hold."""


class Walk:
    """One walk below `root`. `keep` takes contents, `known` remembers files from walk to walk, `closed` is not entered.

    At most `entries` are seen and `room` bytes read; a file larger than `largest` is told by its size and time alone.
    """

    def __init__(
        self,
        root: str,
        keep: Callable[[bytes], str],
        known: Known,
        *,
        closed: frozenset[str],
        entries: int,
        room: int,
        largest: int,
    ) -> None:
        self._root = root
        self._keep = keep
        self._known = known
        self._closed = closed
        self._entries = entries
        self._room = room
        self._largest = largest

    def whole(self) -> Entry:
        """All that is there. Raises TooMuch."""
        with entered(self._root) as folder:
            return self._folder(folder, "")

    def parts(self, paths: Sequence[str]) -> Entry:
        """What stands at the paths, and the folders above them without what else is in them. Raises TooMuch."""
        wanted: dict[str, Wanted] = {}
        for path in paths:
            below = wanted
            for part in path.split("/"):
                below = below.setdefault(part, {})  # type: ignore[assignment]
        with entered(self._root) as folder:
            return self._some(folder, "", wanted)

    def _some(self, folder: int, path: str, wanted: Wanted) -> Entry:
        tree: Tree = {}
        for name, below in wanted.items():
            found = found_at(folder, name)
            if found is None:
                continue
            entry = self._any(folder, name, f"{path}/{name}", found, below)
            if entry is not None:
                tree[name] = entry
        return self._tree(folder, tree)

    def _folder(self, folder: int, path: str) -> Entry:
        tree: Tree = {}
        for name in _inside(folder):
            found = found_at(folder, name)
            entry = self._any(folder, name, f"{path}/{name}", found) if found is not None and _is_text(name) else None
            if entry is not None:
                tree[name] = entry
        return self._tree(folder, tree)

    def _any(
        self, folder: int, name: str, path: str, found: os.stat_result, below: Wanted | None = None
    ) -> Entry | None:
        """What stands at a name, `below` alone of what is in a folder; None for what is not to be seen, or gone."""
        self._entries -= 1
        if self._entries < 0:
            raise TooMuch
        if not stat.S_ISDIR(found.st_mode):
            return self._file(folder, name, path, found)
        if f"{self._root}{path}" in self._closed or (name in CACHES and not below):
            return None
        if not below and (mark := apart(folder, name)) is not None:
            return Entry(kind="apart", mark=mark)
        try:
            with entered(name, folder) as inner:
                return self._some(inner, path, below) if below else self._folder(inner, path)
        except PermissionError:
            return Entry(kind="other", mode=found.st_mode & PERMISSIONS)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _file(self, folder: int, name: str, path: str, found: os.stat_result) -> Entry:
        signature = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_mode)
        before, entry = self._known.get(f"{self._root}{path}", ((), None))
        if entry is None or before != signature:
            entry = at_name(folder, name, found, most=min(self._largest, self._room), keep=self._keep)
            self._room -= entry.size if entry.kept else 0
            # a file touched within a tick of the clock can change again without showing it
            if time.time_ns() - max(found.st_ctime_ns, found.st_mtime_ns) > SETTLED:
                self._known[f"{self._root}{path}"] = (signature, entry)
        return entry

    def _tree(self, folder: int, tree: Tree) -> Entry:
        mode = os.fstat(folder).st_mode & PERMISSIONS
        return Entry(kind="folder", mode=mode, mark=self._keep(encode(tree)), kept=True)


def crowded(root: str, most: int, closed: frozenset[str]) -> bool:
    """Whether more than `most` entries are there, without reading any."""
    count = 0
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in CACHES | APART
            and f"{folder}/{name}" not in closed
            and not os.path.lexists(f"{folder}/{name}/pyvenv.cfg")
        ]
        count += len(folders) + len(files)
        if count > most:
            return True
    return False


def look(root: str, path: str, most: int) -> Entry | None:
    """What stands at a path from the root now; what lies behind a link or a file is `hidden`."""
    *folders, name = path.split("/")
    try:
        with entered(root) as folder:
            return _deeper(folder, folders, name, most)
    except FileNotFoundError:
        return None
    except OSError:
        return Entry(kind="hidden")


def _deeper(folder: int, folders: Sequence[str], name: str, most: int) -> Entry | None:
    if folders:
        with entered(folders[0], folder) as inner:
            return _deeper(inner, folders[1:], name, most)
    found = found_at(folder, name)
    if found is None:
        return None
    if not stat.S_ISDIR(found.st_mode):
        return at_name(folder, name, found, most=most, keep=lambda content: hashlib.sha256(content).hexdigest())
    if (mark := apart(folder, name)) is not None:
        return Entry(kind="apart", mark=mark)
    with entered(name, folder) as inner:
        return Entry(kind="folder", mode=found.st_mode & PERMISSIONS, kept=True, size=len(_inside(inner)))


def at_name(folder: int, name: str, found: os.stat_result, *, most: int, keep: Callable[[bytes], str]) -> Entry:
    """What stands at a name that is no folder; `keep` takes a file's content, where it is at most `most` bytes."""
    mode, size = found.st_mode & PERMISSIONS, found.st_size
    if stat.S_ISLNK(found.st_mode):
        target = os.readlink(name, dir_fd=folder)
        return Entry(kind="link", mark=os.fsencode(target).decode(errors="replace"), kept=_is_text(target))
    if not stat.S_ISREG(found.st_mode):
        return Entry(kind="other", mode=mode, mark=str(found.st_rdev))
    content = _content(folder, name, most) if size <= most else None
    if content is None:
        return Entry(kind="file", mode=mode, mark=f"{size} {found.st_mtime_ns} {found.st_ino}", size=size)
    return Entry(kind="file", mode=mode, mark=keep(content), kept=True, size=len(content))


def _content(folder: int, name: str, most: int) -> bytes | None:
    try:
        with os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb") as file:
            content = file.read(most + 1)
    except OSError:
        return None
    return content if len(content) <= most else None


def apart(folder: int, name: str) -> str | None:
    """What tells one state of a folder that is left apart from another; None for a folder that is not."""
    if name == ".git":  # what its settings and hooks name may run later, outside of every sandbox
        return f"{_commit(folder, name)} {_times(folder, name, 'config', 'hooks')}"
    if name == "node_modules":
        return _times(folder, name, ".", ".package-lock.json")
    if found_at(folder, f"{name}/pyvenv.cfg") is None:
        return None
    libraries = (f"{each}/site-packages" for each in _names(folder, f"{name}/lib"))
    return _times(folder, name, ".", "pyvenv.cfg", *(f"lib/{each}" for each in libraries))


def _times(folder: int, name: str, *inside: str) -> str:
    found = [found_at(folder, f"{name}/{each}") for each in inside]
    return " ".join(str(each.st_mtime_ns) for each in found if each is not None)


def _names(folder: int, path: str) -> list[str]:
    try:
        with entered(path, folder) as inner:
            return _inside(inner)
    except OSError:
        return []


def _inside(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries)


def _commit(folder: int, name: str) -> str:
    """The commit that a repository stands at; empty where none can be told."""
    head = _line(folder, f"{name}/HEAD")
    if _COMMIT.fullmatch(head):
        return head
    branch = head.removeprefix("ref: ")
    if branch == head or ".." in branch or not branch.startswith("refs/"):
        return ""
    own = _line(folder, f"{name}/{branch}")
    packed = _content(folder, f"{name}/packed-refs", 10_000_000) or b""
    lines = (line.partition(" ") for line in packed.decode(errors="replace").splitlines())
    said = own or next((commit for commit, _, named in lines if named == branch), "")
    return said if _COMMIT.fullmatch(said) else ""


def _line(folder: int, path: str) -> str:
    return (_content(folder, path, 1_000) or b"").decode(errors="replace").strip()


def found_at(folder: int, name: str) -> os.stat_result | None:
    """What the system tells of a name, of a link itself; None when nothing stands there."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextmanager
def entered(name: str, above: int | None = None) -> Iterator[int]:
    """A folder, opened through no link. Raises OSError."""
    folder = os.open(name, _FOLDER, dir_fd=above)
    try:
        yield folder
    finally:
        os.close(folder)


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8, and so can be recorded."""
    return name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)
