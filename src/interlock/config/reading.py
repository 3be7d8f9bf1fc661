"""Reading `interlock.toml`: every mistake is named with its line, its key and what to do."""

import difflib
import os
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from interlock.config.project_file import ProjectFile

FILE_NAME = "interlock.toml"
LONGEST = 1_000_000


class ProjectFileError(Exception):
    """The workspace can't be used as it is declared; the message names file, line and key, and what to do."""


class Source:
    """The file's text, to point into."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._lines = dict(_keys(text))

    def wrong(self, key: Sequence[str | int], words: str) -> ProjectFileError:
        """An error at the key, or at the nearest table above it."""
        names = [str(part) for part in key]
        line = next(
            (self._lines[tuple(names[:n])] for n in range(len(names), 0, -1) if tuple(names[:n]) in self._lines), 1
        )
        dotted = ".".join(names)
        return ProjectFileError(f"{self.path.name}:{line}: {f'`{dotted}` ' if dotted else ''}{words}")

    @contextmanager
    def at(self, *key: str) -> Iterator[None]:
        """What is said to be wrong within is wrong at the key."""
        try:
            yield
        except ValueError as error:
            raise self.wrong(key, str(error)) from error

    def line(self, *key: str) -> int:
        """The line of a key."""
        return self._lines.get(key, 1)


def read(path: Path) -> "tuple[ProjectFile, Source]":
    """The file's content, checked. Raises ProjectFileError."""
    # most commands read no project file, and need not wait for pydantic
    from pydantic import ValidationError

    from interlock.config.project_file import ProjectFile

    text = _text(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, reason = _where(str(error), text)
        raise ProjectFileError(f"{path.name}:{line}: not valid TOML: {reason}") from error
    source = Source(path, text)
    try:
        return ProjectFile.model_validate(content), source
    except ValidationError as error:
        raise _first(error.errors(), source, ProjectFile) from error


def _text(path: Path) -> str:
    try:
        # a pipe or a device of that name must not be waited for
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ProjectFileError(f"{path.name}: not a regular file; move it away, or write one")
            content = file.read(LONGEST + 1)
    except OSError as error:
        raise ProjectFileError(f"{path.name}: can't be read ({error.strerror}); make it readable") from error
    if len(content) > LONGEST:
        raise ProjectFileError(f"{path.name}: larger than {LONGEST} bytes; keep to what is declared")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ProjectFileError(f"{path.name}:{line}: not UTF-8; save it as UTF-8") from error


def _where(said: str, text: str) -> tuple[int, str]:
    found = re.search(r" \(at line (\d+), column \d+\)$", said)
    line = int(found[1]) if found else text.count("\n") + 1
    reason = (said[: found.start()] if found else said.removesuffix(" (at end of document)")).rstrip(".")
    return line, reason[:1].lower() + reason[1:]


def _first(errors: "Iterable[ErrorDetails]", source: Source, model: "type[BaseModel]") -> ProjectFileError:
    error = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    key = [part for part in error["loc"] if not _is_a_type(part)]
    known = _known(model, [str(part) for part in key[:-1]])
    return source.wrong(key, _words(error, key, known))


def _is_a_type(part: str | int) -> bool:
    return isinstance(part, str) and part in ("str", "int", "float", "[key]", "list[str]")


def _words(error: "ErrorDetails", key: Sequence[str | int], known: Sequence[str]) -> str:
    match error["type"]:
        case "extra_forbidden":
            close = difflib.get_close_matches(str(key[-1]), known, n=1)
            return (
                f"is no key here; did you mean `{close[0]}`?"
                if close
                else f"is no key here; known are {_listed(known)}"
            )
        case "missing":
            return "is missing; add it"
        case "literal_error":
            return f"is {_shown(error['input'])}; choose {error['ctx']['expected']}"
        case "string_pattern_mismatch":
            return "has a name with other characters than letters, digits, `_` and `-`; rename it"
        case _:
            words = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
            return f"is {_shown(error['input'])}; it should be {words}"


def _known(model: "type[BaseModel]", key: Sequence[str]) -> list[str]:
    fields = model.model_fields
    if not key:
        return list(fields)
    field = fields.get(key[0])
    if field is None:
        return []
    inner = _model_in(field.annotation)
    if inner is None:
        return []
    return _known(inner, key[1:] if field.annotation is inner else key[2:])


def _model_in(annotation: Any) -> "type[BaseModel] | None":
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    arguments = getattr(annotation, "__args__", ())
    return next((inner for argument in arguments if (inner := _model_in(argument)) is not None), None)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text[:60]}`"


_HEADER = re.compile(r"\s*\[\[?\s*(?P<name>[^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"\s*(?P<name>(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")


def _keys(text: str) -> Iterable[tuple[tuple[str, ...], int]]:
    """Each key with its line; later lines of a key's value are passed over."""
    table: tuple[str, ...] = ()
    inside: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if inside is not None:
            inside = None if inside in line else inside
            continue
        if header := _HEADER.match(line):
            table = _parts(header["name"])
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, *_parts(key["name"])), number
            inside = next((mark for mark in ('"""', "'''") if line.count(mark) == 1), None)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
