"""What stood at each place of a workspace at one moment, as a tree of entries named by what they hold."""

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Struct

Kind = Literal["file", "link", "folder", "apart", "other", "hidden"]
PERMISSIONS = 0o777


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands at a name. `mark` tells one content from another; `kept`: the content can be had by it.

    It is a file's SHA-256, a link's target, the digest of a folder's `Tree`; of a file too large or not readable, and
    of a folder that is left apart (an environment, a repository), what can be told without reading. `size` is in
    bytes, for a folder that is only looked at the number of its entries. `hidden` stands behind what is no folder.
    """

    kind: Kind
    mode: int = 0
    mark: str = ""
    kept: bool = False
    size: int = 0


Tree = dict[str, Entry]


class Snapshot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The workspace's files as they were: below `scope` (paths from its root, "" is all), as far as they were kept.

    `left_out` says why it holds less than its scope, empty when it holds it all.
    """

    scope: tuple[str, ...]
    root: Entry
    left_out: str = ""


class Change(Struct, frozen=True, kw_only=True):
    """What stood at a path (from the root) in one snapshot and in the next; None is nothing."""

    path: str
    was: Entry | None
    became: Entry | None


_encoder = msgspec.json.Encoder(order="sorted")
_tree = msgspec.json.Decoder(Tree)
_snapshot = msgspec.json.Decoder(Snapshot)


def encode(value: Tree | Snapshot) -> bytes:
    """The bytes by whose digest it is known: the same content always gives the same."""
    return _encoder.encode(value)


def decode_tree(stored: bytes) -> Tree:
    """The entries of a folder. Raises msgspec.DecodeError."""
    return _tree.decode(stored)


def decode_snapshot(stored: bytes) -> Snapshot:
    """The snapshot of stored bytes. Raises msgspec.DecodeError."""
    return _snapshot.decode(stored)


def alike(one: Entry | None, other: Entry | None) -> bool:
    """Whether the same stands there, what is in a folder aside."""
    if one is None or other is None:
        return one is other
    if one.kind != other.kind or one.mode != other.mode:
        return False
    return one.kind == "folder" or one.mark == other.mark


def above(path: str) -> Iterator[str]:
    """The folders that a path lies in, the nearest first, the root left out."""
    while (path := path.rpartition("/")[0]) != "":
        yield path
