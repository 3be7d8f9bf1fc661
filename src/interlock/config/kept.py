"""What a person sets once: names and texts in one small file of the store, for everywhere or for one folder.

The texts are kept as they were written, and read again at each use: what can't be read stops the command that needs it.
"""

import difflib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from interlock.config.reading import ProjectFileError

EVERYWHERE = ""
LONGEST = 1_000_000


class Item(Struct, frozen=True):
    """Something that can be set. A `name` that ends in `.` stands for a family: `channel.` for `channel.phone`.

    `read` understands the text, and raises ValueError in words for a person; a `secret` text is never shown whole.
    """

    name: str
    means: str
    read: Callable[[str], Any]
    secret: bool = False

    def covers(self, name: str) -> bool:
        """Whether this item, or its family, has that name."""
        family, _, own = name.rpartition(".")
        return bool(own) and f"{family}." == self.name if self.name.endswith(".") else name == self.name


class Kept:
    """The texts in one file, checked. Raises ProjectFileError where it can't be read, or holds what is unknown."""

    def __init__(self, file: Path, items: Sequence[Item]) -> None:
        self.file = file
        self.items = items
        self._texts = _texts(file)
        for scope, texts in self._texts.items():
            for name, text in texts.items():
                self._understood(name, text, f"`{file}`{f' ({scope})' if scope else ''}: ")

    def item(self, name: str) -> Item:
        """The item of that name. Raises ProjectFileError, with the nearest that there is."""
        return self._item(name, "")

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """(folder or "" for everywhere, name, text) of all that is set."""
        for scope in sorted(self._texts):
            for name in sorted(self._texts[scope]):
                yield scope, name, self._texts[scope][name]

    def values(self, folder: Path | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What holds in a folder: everywhere first, then each folder above it that has a say, the nearest last."""
        for scope in sorted(self._texts, key=len):
            if scope == EVERYWHERE or (folder is not None and folder.is_relative_to(scope)):
                yield scope, {name: self.item(name).read(text) for name, text in self._texts[scope].items()}

    def set(self, name: str, text: str, scope: str = EVERYWHERE) -> None:
        """Keep a text, durable on return. Raises ProjectFileError for one that can't be understood."""
        self._understood(name, text, "")
        self._write({**self._texts, scope: {**self._texts.get(scope, {}), name: text}})

    def unset(self, name: str, scope: str = EVERYWHERE) -> bool:
        """Forget a text; False when there was none."""
        here = self._texts.get(scope, {})
        if name not in here:
            return False
        left = {other: text for other, text in here.items() if other != name}
        others = {each: texts for each, texts in self._texts.items() if each != scope}
        self._write({**others, scope: left} if left else others)
        return True

    def _item(self, name: str, where: str) -> Item:
        found = next((item for item in self.items if item.covers(name)), None)
        if found is None:
            known = [f"{item.name}NAME" if item.name.endswith(".") else item.name for item in self.items]
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(known)}"
            raise ProjectFileError(f"{where}`{name}` can't be set; {hint}")
        return found

    def _understood(self, name: str, text: str, where: str) -> None:
        item = self._item(name, where)
        try:
            if not name.replace(".", "").replace("_", "").replace("-", "").isalnum() or len(name) > 80:
                raise ValueError("is no name; use letters, digits, `-` and `_`")
            item.read(text)
        except ValueError as problem:
            raise ProjectFileError(f"{where}`{name}`: {problem}") from problem

    def _write(self, texts: dict[str, dict[str, str]]) -> None:
        """Whole or not at all, and readable by its owner alone: addresses hold secrets."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.file.with_name(f".{self.file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(texts, order="sorted"), indent=2) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.file)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        self._texts = texts


def _texts(file: Path) -> dict[str, dict[str, str]]:
    try:
        with file.open("rb") as opened:
            content = opened.read(LONGEST)
    except FileNotFoundError:
        return {}
    except OSError as problem:
        raise ProjectFileError(f"`{file}` can't be read ({problem.strerror}); check its owner and mode") from problem
    try:
        return msgspec.json.decode(content, type=dict[str, dict[str, str]])
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        words = str(problem).lower()
        raise ProjectFileError(
            f"`{file}` is not what was written there ({words}); mend it or move it away"
        ) from problem
