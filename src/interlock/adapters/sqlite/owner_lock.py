"""A file lock that says a process lives: the kernel lets go of it when the process dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path

from interlock.ports import StoreUnusable


class OwnerLock:
    """Held from the owner's first claim until `release`, or until its process is gone."""

    def __init__(self, path: Path, file: int) -> None:
        self._path = path
        self._file = file

    @classmethod
    def take(cls, folder: Path, owner: str) -> "OwnerLock":
        """Lock `<folder>/<owner>.lock`. Raises StoreUnusable when another process goes by this name."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = lock_path(folder, owner)
        # A process that only asks holds a shared lock for an instant, and a tidy one may unlink the file: try again.
        for _ in range(100):
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            if _locked(file, fcntl.LOCK_EX) and _still_there(path, file):
                return cls(path, file)
            os.close(file)
            time.sleep(0.002)
        raise StoreUnusable(f"another process already drives as `{owner}`; end it, or drive under another name")

    def release(self) -> None:
        """Let go: what this owner still holds can be taken over at once."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def is_gone(folder: Path, owner: str) -> bool:
    """Whether no living process holds the owner's lock."""
    path = lock_path(folder, owner)
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        return _locked(file, fcntl.LOCK_SH)
    finally:
        os.close(file)


def lock_path(folder: Path, owner: str) -> Path:
    """Where the owner's lock lives."""
    if not owner or "/" in owner or "\0" in owner:
        raise ValueError(f"an owner's name must be usable as a file's: `{owner}`")
    return folder / f"{owner}.lock"


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _still_there(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False
