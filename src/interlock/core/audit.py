"""The seal's arithmetic: an RFC 9162 Merkle tree over stored bytes, and heads in the C2SP checkpoint format.

Pure: keys, files and databases are the adapters' business.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct

HASH_BYTES = 32


def leaf_hash(body: bytes) -> bytes:
    """The hash of one stored record."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree(Struct, frozen=True):
    """A Merkle tree by its frontier alone: the roots of its perfect subtrees, largest first. Grows in O(log n)."""

    size: int = 0
    frontier: tuple[bytes, ...] = ()

    def grown(self, leaves: Iterable[bytes]) -> "Tree":
        """The tree with these leaf hashes appended."""
        size, nodes = self.size, list(self.frontier)
        for leaf in leaves:
            merged, carry = leaf, size
            while carry & 1:
                merged = node_hash(nodes.pop(), merged)
                carry >>= 1
            nodes.append(merged)
            size += 1
        return Tree(size, tuple(nodes))

    @property
    def root(self) -> bytes:
        """The tree's hash; that of nothing is the hash of the empty string."""
        if not self.frontier:
            return hashlib.sha256(b"").digest()
        *lefts, root = self.frontier
        for left in reversed(lefts):
            root = node_hash(left, root)
        return root

    def packed(self) -> bytes:
        """The frontier as one value to store."""
        return b"".join(self.frontier)


def unpacked(size: int, frontier: bytes) -> Tree:
    """The tree of a stored size and frontier."""
    return Tree(size, tuple(frontier[at : at + HASH_BYTES] for at in range(0, len(frontier), HASH_BYTES)))


class Head(Struct, frozen=True):
    """A signed statement: the log named `origin` had `size` records with this root.

    `signature` is the signed note's: four bytes of key id, then the Ed25519 signature over `text`.
    """

    origin: str
    size: int
    root: bytes
    signature: bytes = b""

    @property
    def text(self) -> bytes:
        """The checkpoint's body, which is what is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n".encode()

    @property
    def note(self) -> bytes:
        """The whole signed note, as other people's tools read it."""
        return self.text + f"\n— {self.origin} {_base64(self.signature)}\n".encode()

    @property
    def line(self) -> bytes:
        """The head as one line of the heads file: size, root, signature; the origin is the file's."""
        return f"{self.size} {_base64(self.root)} {_base64(self.signature)}\n".encode()


def head_of_line(origin: str, line: bytes) -> Head | None:
    """The head that a line of the heads file holds; None for a line that a crash tore."""
    try:
        size, root, signature = line.split()
        head = Head(
            origin, int(size), base64.b64decode(root, validate=True), base64.b64decode(signature, validate=True)
        )
    except ValueError:
        return None
    return head if len(head.root) == HASH_BYTES and len(head.signature) == 4 + 64 else None


class Sealer(Protocol):
    """Who signs heads, and keeps them where the database is not."""

    @property
    def origin(self) -> str:
        """The log's name, as it stands in every head: `interlock/<store id>`."""
        ...

    def signed(self, tree: Tree) -> Head:
        """The head of this tree, signed."""
        ...

    def genuine(self, head: Head) -> bool:
        """Whether this log's own key signed the head."""
        ...

    def publish(self, head: Head) -> None:
        """Keep a committed head outside the database; never fails a commit that has happened."""
        ...

    def published(self) -> Iterator[Head] | None:
        """The heads kept outside the database, oldest first, signatures unchecked; None when the file is gone."""
        ...


class Verified(Struct, frozen=True, kw_only=True):
    """What a check of the whole log found. `problem` says what is wrong in words; `session` and `seq` name the
    first bad record where there is one, `leaf` its place in the log (from 0)."""

    ok: bool
    records: int = 0
    problem: str = ""
    session: str = ""
    seq: int = 0
    leaf: int | None = None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
