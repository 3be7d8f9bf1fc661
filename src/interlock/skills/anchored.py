"""Files reached folder by folder, through no link: who swaps a folder meanwhile gets nothing out of it."""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct

from interlock.skills.paths import Moved

_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Spot(Struct, frozen=True):
    """A name in an open folder. What stands there may change, where it stands can't."""

    folder: int
    name: str
    path: str

    def stat(self) -> os.stat_result | None:
        """What stands here, a link itself; None when nothing does."""
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def mode(self) -> int | None:
        """The kind and permissions of what stands here; None when nothing does. Raises Moved for a link."""
        found = self.stat()
        if found is not None and stat.S_ISLNK(found.st_mode):
            raise _moved(self.path)
        return None if found is None else found.st_mode

    def is_file(self) -> bool:
        """Whether a file stands here. Raises Moved for a link."""
        return stat.S_ISREG(self.mode() or 0)

    def open(self) -> int:
        """A descriptor to read from. Raises OSError."""
        return os.open(self.name, os.O_RDONLY | _FILE, dir_fd=self.folder)

    def read(self, most: int = -1) -> bytes:
        """The content, `most` bytes of it. Raises OSError."""
        with os.fdopen(self.open(), "rb") as file:
            return file.read(most)

    def put(self, content: bytes, *, mode: int | None = None, draft: str = "") -> None:
        """Replace the file at once; it keeps its permissions (or gets `mode`), but runs as nobody else.

        It is written as `draft` first; one that a crash left is taken away. Raises OSError.
        """
        mode = (self.mode() or 0o644) & 0o777 if mode is None else mode
        fresh = draft or f".interlock-{secrets.token_hex(8)}"
        self.forget(draft)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE, 0o600, dir_fd=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), mode)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self.name, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        except BaseException:
            os.unlink(fresh, dir_fd=self.folder)
            raise

    def forget(self, draft: str) -> None:
        """Take a draft away that a crash left in this folder. Raises OSError."""
        with suppress(FileNotFoundError):
            if draft:
                os.unlink(draft, dir_fd=self.folder)

    def allow(self, mode: int) -> None:
        """Change the file's permissions. Raises OSError."""
        handle = self.open()
        try:
            os.fchmod(handle, mode)
        finally:
            os.close(handle)

    def remove(self, *, recursive: bool) -> None:
        """Remove the file, link or folder. Raises OSError."""
        found = self.stat()
        if found is None or not stat.S_ISDIR(found.st_mode):
            os.unlink(self.name, dir_fd=self.folder)
        elif recursive:
            shutil.rmtree(self.name, dir_fd=self.folder)
        else:
            os.rmdir(self.name, dir_fd=self.folder)


@contextmanager
def spot(path: str, *, make: bool = False) -> Iterator[Spot]:
    """The spot of a canonical path, with missing folders made where that is said. Raises Moved and OSError."""
    *folders, name = path.strip("/").split("/")
    folder = os.open("/", _FOLDER)
    try:
        for part in folders:
            inner = _entered(folder, part, path, make=make)
            os.close(folder)
            folder = inner
        yield Spot(folder, name or ".", path)
    finally:
        os.close(folder)


def _entered(folder: int, part: str, path: str, *, make: bool) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
        os.mkdir(part, dir_fd=folder)
        return os.open(part, _FOLDER, dir_fd=folder)
    except OSError as error:
        if stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
            raise _moved(path) from error
        raise


def _moved(path: str) -> Moved:
    return Moved(f"`{path}` now leads to another place; ask again, so that the new path is judged")
