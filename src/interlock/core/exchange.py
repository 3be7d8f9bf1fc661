"""What one store tells another of fixes: a header, a record a line, and a signature over all of it."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from interlock.core.memory import Remembered

FORMAT = 1
SIGNED_AS = b"interlock memory export\n"  # heads of the log begin with its name: neither can pass for the other
LONGEST_NAME = 500


class Header(Struct, frozen=True, kw_only=True):
    """The first line. `origin` is the store's name, `key` its public key, `at` unix micro-seconds."""

    interlock_memory: int = FORMAT
    origin: str
    key: str
    at: int
    records: int


class Export(Struct, frozen=True, kw_only=True):
    """An export that is whole and well formed. Whether it is genuine is for the `signature` over `signed` to say."""

    header: Header
    records: tuple[Remembered, ...]
    signed: bytes
    signature: bytes


class BadExport(ValueError):
    """The export can't be taken in; the message says what is wrong with it and what to do."""


class _Signature(Struct, frozen=True):
    signature: str


def body(records: Iterable[Remembered], *, origin: str, key: str, at: int) -> bytes:
    """What the store `origin` learned itself, as bytes to sign: neither what it was told nor what it forgot."""
    own = [one for one in records if not one.origin and not one.forgotten]
    header = Header(origin=origin, key=key, at=at, records=len(own))
    return b"".join(msgspec.json.encode(line) + b"\n" for line in (header, *own))


def closing_line(signature: bytes) -> bytes:
    """The last line."""
    return msgspec.json.encode(_Signature(base64.b64encode(signature).decode())) + b"\n"


def read_export(content: bytes) -> Export:
    """The export in these bytes. Raises BadExport."""
    lines = content.splitlines(keepends=True)
    header = _header(lines[0] if lines else b"")
    if len(lines) != header.records + 2 or not lines[-1].endswith(b"\n"):
        raise BadExport(f"it is cut off or added to: {header.records} records were exported; export it again")
    try:
        signature = base64.b64decode(msgspec.json.decode(lines[-1], type=_Signature).signature, validate=True)
    except ValueError as problem:
        raise BadExport("its last line is no signature; export it again") from problem
    records = tuple(_record(line, number, header) for number, line in enumerate(lines[1:-1], 2))
    return Export(header=header, records=records, signed=b"".join(lines[:-1]), signature=signature)


def refuse_older(header: Header, known: Sequence[Remembered]) -> None:
    """Raise BadExport where something that `known` holds of the same store was learned after this export was made."""
    newest = max((one.last_at for one in known if one.origin == header.origin), default=0)
    if newest > header.at:
        raise BadExport(f"a newer export of `{header.origin}` was taken in already; export it again")


def _header(line: bytes) -> Header:
    found = _object(line)
    if "interlock_memory" not in found:
        old = "fingerprint" in found
        raise BadExport(
            "it was written by an interlock that did not sign exports; export it again with this version"
            if old
            else "it is no export of `interlock memory export`"
        )
    if found["interlock_memory"] != FORMAT:
        raise BadExport(
            f"it has format `{found['interlock_memory']}`, this interlock reads {FORMAT}; use one version on both sides"
        )
    try:
        return msgspec.convert(found, Header)
    except msgspec.ValidationError as problem:
        raise BadExport(f"its first line is damaged ({problem}); export it again") from problem


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _record(line: bytes, number: int, header: Header) -> Remembered:
    try:
        one = msgspec.json.decode(line, type=Remembered)
    except ValueError as problem:
        raise BadExport(f"line {number} is damaged ({problem}); export it again") from problem
    if not _is_possible(one, header):
        raise BadExport(f"line {number} tells of what can't have happened; nothing of it is taken in")
    return replace(one, origin=header.origin)


def _is_possible(one: Remembered, header: Header) -> bool:
    names = (one.fingerprint, one.fix, one.environment)
    return (
        all(0 < len(name) <= LONGEST_NAME for name in names)
        and 0 <= one.wins <= one.tries < 2**53
        and 0 <= one.counted_wins <= one.counted_tries <= one.tries
        and one.counted_wins <= one.wins
        and 0 <= one.cost < 2**53
        and 0 <= one.refused < 2**53
        and 0 <= one.last_at <= header.at < 2**62
        and not one.forgotten
        and not one.origin
    )
