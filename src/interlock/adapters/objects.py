"""Large artifacts in a folder, named by what they contain."""

import asyncio
import hashlib
import os
import re
import secrets
import time
from pathlib import Path

from interlock.ports import StoreUnusable

DAY = 86_400.0
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ObjectFolder:
    """Implements `Objects`: `<folder>/ab/cdef…`, written whole or not at all, checked when read.

    `synced` content outlives a loss of power; what is not can be lost by one, and then is not here.
    """

    def __init__(self, folder: Path, *, synced: bool = True) -> None:
        self._folder = folder
        self._synced = synced

    async def put(self, content: bytes) -> str:
        """Keep the content, durable on return; its SHA-256 in hex. Raises StoreUnusable."""
        return await asyncio.to_thread(self.keep, content)

    async def get(self, digest: str) -> bytes | None:
        """The content, or None when it is not here. Raises StoreUnusable when it is not what it was."""
        return await asyncio.to_thread(self.find, digest)

    def keep(self, content: bytes) -> str:
        """`put`, for those who wait in a thread of their own."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        try:
            if not self._has(path, len(content)):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.parent.mkdir(mode=0o700, exist_ok=True)
                _write(path, content, synced=self._synced)
        except OSError as problem:
            raise StoreUnusable(
                f"can't keep an artifact in `{self._folder}`: {problem.strerror}; check its owner and free space"
            ) from problem
        return digest

    def find(self, digest: str) -> bytes | None:
        """`get`, for those who wait in a thread of their own."""
        if not _DIGEST.fullmatch(digest):
            return None
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreUnusable(f"the artifact `{digest}` was changed on disk; restore `{self._folder}` from a backup")
        return content

    def prune(self, before: float) -> int:
        """Drop what was last put before that moment (unix seconds); the number of artifacts."""
        old = [path for path in self._folder.glob("??/*") if path.stat().st_mtime < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _has(self, path: Path, size: int) -> bool:
        """Whether it is here in full; putting it again keeps it from being pruned."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return False
        if found.st_size != size:
            return False
        if time.time() - found.st_mtime > DAY:
            os.utime(path)
        return True

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]


def _write(path: Path, content: bytes, *, synced: bool) -> None:
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(content)
            if synced:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    if not synced:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
