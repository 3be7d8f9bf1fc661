"""Snapshots of a workspace's files: each content kept once, by its hash; what did not change is not read again."""

import asyncio
import os
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec

from interlock.adapters.objects import ObjectFolder
from interlock.adapters.workspace_walk import Known, TooMuch, Walk, crowded, look
from interlock.core.snapshot import Change, Entry, Snapshot, Tree, alike, decode_snapshot, decode_tree, encode
from interlock.ports import StoreUnusable

LARGEST = 8_000_000
MOST_ENTRIES = 10_000
MOST_BYTES = 500_000_000
WHOLE = ("",)


class Incomparable(StoreUnusable):
    """Two snapshots do not tell what changed between them; the message says why."""


class FolderSnapshots:
    """Implements `Snapshots`. `keep` and `get` reach the contents by digest; folders in `closed` are Interlock's own.

    Virtual environments, `node_modules` and repositories are left apart: seen to change, not kept. Caches are not seen.
    """

    def __init__(
        self,
        keep: Callable[[bytes], str],
        get: Callable[[str], bytes | None],
        *,
        closed: Sequence[str] = (),
        largest: int = LARGEST,
        most_entries: int = MOST_ENTRIES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._keep = keep
        self._get = get
        self._closed = frozenset(closed)
        self._largest = largest
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._known: Known = {}
        self._counted: dict[str, bool] = {}

    @classmethod
    def within(cls, store: Path) -> Self:
        """Kept in the store's folder, which no snapshot looks into."""
        kept = ObjectFolder(store / "kept", synced=False)
        return cls(kept.keep, kept.find, closed=[os.path.realpath(store)])

    async def take(self, root: str, paths: Sequence[str] | None = None) -> str:
        """Keep what stands at these absolute paths, or (None) in the whole workspace; the snapshot's digest.

        Raises StoreUnusable and OSError.
        """
        inside = [posixpath.relpath(path, root) for path in paths or () if f"{path}/".startswith(f"{root}/")]
        scope = WHOLE if paths is None or "." in inside else tuple(sorted(set(inside)))
        return await asyncio.to_thread(self._take, root, scope)

    async def again(self, root: str, before: str) -> str:
        """A snapshot of what is there now, of the same scope. Raises StoreUnusable and OSError."""
        return await asyncio.to_thread(lambda: self._take(root, self._snapshot(before).scope))

    async def compare(self, before: str, after: str) -> Sequence[Change] | str:
        """What differs, or in words why that can't be told."""
        try:
            return await asyncio.to_thread(lambda: tuple(self._compare(before, after)))
        except (StoreUnusable, msgspec.DecodeError) as problem:
            return str(problem)

    async def look(self, root: str, paths: Sequence[str]) -> Mapping[str, Entry | None]:
        """What stands now at paths from the root; nothing is kept."""
        return await asyncio.to_thread(lambda: {path: look(root, path, self._largest) for path in paths})

    async def get(self, digest: str) -> bytes | None:
        """A kept content, or None when it is not here. Raises StoreUnusable."""
        return await asyncio.to_thread(self._get, digest)

    async def put(self, content: bytes) -> str:
        """Keep a content; its digest. Raises StoreUnusable."""
        return await asyncio.to_thread(self._keep, content)

    def _take(self, root: str, scope: tuple[str, ...]) -> str:
        walk = Walk(
            root,
            self._keep,
            self._known,
            closed=self._closed,
            entries=self._most_entries,
            room=self._most_bytes,
            largest=self._largest,
        )
        left_out = ""
        try:
            if scope == WHOLE and self._too_many(root):
                raise TooMuch
            entry = walk.whole() if scope == WHOLE else walk.parts(scope)
        except TooMuch:
            left_out = f"there were more than {self._most_entries:,} files, and so many are not kept"
            entry = Entry(kind="folder", mark=self._keep(encode({})))
        return self._keep(encode(Snapshot(scope=scope, root=entry, left_out=left_out)))

    def _too_many(self, root: str) -> bool:
        """Counted once: what is kept of a crowded workspace would be read in vain."""
        if root not in self._counted:
            self._counted[root] = crowded(root, self._most_entries, self._closed)
        return self._counted[root]

    def _compare(self, before: str, after: str) -> Iterator[Change]:
        one, other = self._snapshot(before), self._snapshot(after)
        if one.left_out or other.left_out:
            raise Incomparable(one.left_out or other.left_out)
        yield from self._differences("", one.root, other.root)

    def _differences(self, path: str, one: Entry | None, other: Entry | None) -> Iterator[Change]:
        if path and not alike(one, other):
            yield Change(path=path, was=one, became=other)
        if one == other:
            return
        before, after = self._children(one), self._children(other)
        for name in sorted({*before, *after}):
            yield from self._differences(posixpath.join(path, name), before.get(name), after.get(name))

    def _children(self, entry: Entry | None) -> Tree:
        if entry is None or entry.kind != "folder":
            return {}
        return decode_tree(self._stored(entry.mark))

    def _snapshot(self, digest: str) -> Snapshot:
        return decode_snapshot(self._stored(digest))

    def _stored(self, digest: str) -> bytes:
        stored = self._get(digest)
        if stored is None:
            raise Incomparable("what was there before is not kept any more")
        return stored
