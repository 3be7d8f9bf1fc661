"""The seal's key and the heads file: two small files beside the database that make its tampering visible."""

import base64
import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.core.audit import Head, Tree, head_of_line
from interlock.ports import StoreUnusable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_FILE = "seal.key"
HEADS_FILE = "heads.log"
_ED25519 = b"\x01"


class Seal:
    """Signs heads with the store's own key and appends them to the heads file. Implements `core.audit.Sealer`."""

    def __init__(self, folder: Path, origin: str, secret: bytes) -> None:
        self._heads = folder / HEADS_FILE
        self._origin = origin
        self._secret = secret
        self._file: int | None = None

    @classmethod
    def open(cls, folder: Path) -> "Seal":
        """The folder's seal; a first call makes key and heads file. Raises StoreUnusable."""
        path = folder / KEY_FILE
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                _found(folder)
            return cls(folder, *_read_key(path))
        except OSError as problem:
            raise StoreUnusable(
                f"can't use the seal's key `{path}`: {problem.strerror}; check the folder's owner and free space"
            ) from problem

    @property
    def origin(self) -> str:
        """The log's name in every head."""
        return self._origin

    @property
    def verifier(self) -> str:
        """The public key in the note format (`name+id+key`): what others need to check heads."""
        public = _ED25519 + self._key.public_key().public_bytes_raw()
        return f"{self._origin}+{self._key_id.hex()}+{base64.b64encode(public).decode()}"

    def signed(self, tree: Tree) -> Head:
        """The head of this tree, signed: about 50 µs, once a commit."""
        bare = Head(self._origin, tree.size, tree.root)
        return Head(bare.origin, bare.size, bare.root, self._key_id + self._key.sign(bare.text))

    def genuine(self, head: Head) -> bool:
        """Whether this seal's key signed the head."""
        from cryptography.exceptions import InvalidSignature

        if head.origin != self._origin or head.signature[:4] != self._key_id:
            return False
        try:
            self._key.public_key().verify(head.signature[4:], head.text)
        except InvalidSignature:
            return False
        return True

    def sign(self, content: bytes) -> bytes:
        """The signature of something that is no head; it must not begin as one, with the log's name."""
        assert not content.startswith(self._origin.encode())
        return self._key.sign(content)

    def publish(self, head: Head) -> None:
        """Append the head to the heads file, in one write.

        Without fsync: the newest head also lives in the database, and a head that a power cut takes from this file
        only weakens what the file can prove, until the next one. A failed write is therefore no reason to disown a
        commit that has happened.
        """
        with contextlib.suppress(OSError):
            if self._file is None:
                self._file = os.open(self._heads, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
                self._mend_torn_line(self._file)
            os.write(self._file, head.line)

    def published(self) -> Iterator[Head] | None:
        """The heads of the heads file; lines that a crash tore are passed over."""
        try:
            lines = self._heads.read_bytes().split(b"\n")
        except FileNotFoundError:
            return None
        return (head for line in lines if (head := head_of_line(self._origin, line)))

    def close(self) -> None:
        """Let go of the heads file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @cached_property
    def _key(self) -> "Ed25519PrivateKey":
        # Loaded on first use: commands that only read need no 50 ms of imports.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._secret)

    @cached_property
    def _key_id(self) -> bytes:
        return _key_id(self._origin, self._key.public_key().public_bytes_raw())

    @staticmethod
    def _mend_torn_line(file: int) -> None:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            os.write(file, b"\n")


def is_signed_by(verifier: str, content: bytes, signature: bytes) -> bool:
    """Whether the key of `verifier` (`name+id+key`, as `Seal.verifier` gives it) signed the content."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        name, key_id, encoded = verifier.split("+", 2)
        public = base64.b64decode(encoded, validate=True)
        if public[:1] != _ED25519 or _key_id(name, public[1:]).hex() != key_id:
            return False
        Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature, content)
    except (ValueError, InvalidSignature):
        return False
    return True


def _found(folder: Path) -> None:
    """Write the founding head, then the key: whoever is killed in between leaves no key, and the next one begins anew.

    Raises StoreUnusable where heads of a log that has grown are there without their key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    lock = os.open(folder / "founding.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path, heads = folder / KEY_FILE, folder / HEADS_FILE
        if path.exists():
            return
        if heads.exists() and any(not line.startswith(b"0 ") for line in heads.read_bytes().splitlines() if line):
            raise StoreUnusable(f"the seal's key `{path}` is missing; put it back from a backup")
        key = Ed25519PrivateKey.generate()
        origin = f"interlock/{secrets.token_hex(8)}"
        founding = Seal(folder, origin, key.private_bytes_raw()).signed(Tree())
        _write(heads, founding.line)
        secret = base64.b64encode(_ED25519 + key.private_bytes_raw()).decode()
        key_id = _key_id(origin, key.public_key().public_bytes_raw()).hex()
        draft = path.with_name(f"{path.name}.draft")
        _write(draft, f"PRIVATE+KEY+{origin}+{key_id}+{secret}\n".encode())
        draft.rename(path)
        _sync_folder(folder)
    finally:
        os.close(lock)


def _write(path: Path, content: bytes) -> None:
    """The file with exactly this content, durable, for its owner alone."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(file, content)
        os.fsync(file)
    finally:
        os.close(file)


def _read_key(path: Path) -> tuple[str, bytes]:
    try:
        # Base64 has plus signs too, so the key is what remains after four of them.
        _, _, origin, _, encoded = path.read_text().strip().split("+", 4)
        kind_and_secret = base64.b64decode(encoded, validate=True)
        if kind_and_secret[:1] != _ED25519 or len(kind_and_secret) != 33:
            raise ValueError
    except ValueError as problem:
        raise StoreUnusable(f"the seal's key `{path}` is damaged; put it back from a backup") from problem
    return origin, kind_and_secret[1:]


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
