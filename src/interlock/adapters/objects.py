"""Large artifacts in a folder, named by what they contain."""

import asyncio
import hashlib
import os
import re
import secrets
from pathlib import Path

from interlock.ports import StoreUnusable

_DIGEST = re.compile(r"[0-9a-f]{64}")


class ObjectFolder:
    """Implements `Objects`: `<folder>/ab/cdef…`, written whole or not at all, checked when read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes) -> str:
        """Keep the content, durable on return; its SHA-256 in hex. Raises StoreUnusable."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, digest: str) -> bytes | None:
        """The content, or None when it is not here. Raises StoreUnusable when it is not what it was."""
        return await asyncio.to_thread(self._get, digest)

    def _put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        try:
            if not path.exists():
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(path, content)
        except OSError as problem:
            raise StoreUnusable(
                f"can't keep an artifact in `{self._folder}`: {problem.strerror}; check its owner and free space"
            ) from problem
        return digest

    def _get(self, digest: str) -> bytes | None:
        if not _DIGEST.fullmatch(digest):
            return None
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreUnusable(f"the artifact `{digest}` was changed on disk; restore `{self._folder}` from a backup")
        return content

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
