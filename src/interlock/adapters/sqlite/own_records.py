"""Records of the store itself, sealed among the sessions' events under the session ''."""

from typing import Literal

import msgspec
from msgspec import Struct


class SessionPruned(Struct, frozen=True, kw_only=True):
    """The bodies of an ended session were deleted, `records` of them; their hashes stay in the tree."""

    session: str
    records: int


class OwnRecord(Struct, frozen=True, kw_only=True):
    """A record of the store: the fields of any envelope."""

    v: int = 1
    id: str
    session: Literal[""] = ""
    seq: int
    iteration: int = 0
    at: int
    kind: Literal["SessionPruned"] = "SessionPruned"
    actor: str = "store"
    cause: None = None
    data: SessionPruned


def encode_own(record: OwnRecord) -> bytes:
    """The bytes that are stored and hashed."""
    return msgspec.json.encode(record)


def decode_own(stored: bytes) -> OwnRecord:
    """The record of stored bytes. Raises msgspec.DecodeError."""
    return msgspec.json.decode(stored, type=OwnRecord)
