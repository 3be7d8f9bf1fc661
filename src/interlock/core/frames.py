"""Frames of a Python traceback, read from its text: the interpreter's own form and pytest's."""

import re
from itertools import pairwise

from msgspec import Struct

_INTERPRETER = re.compile(r'^ *File "(?P<file>[^"\n]{1,400})", line (?P<line>\d+), in (?P<function>[^\n]{1,120})$')
_PYTEST = re.compile(r"^(?P<file>[^\s:][^:\n]{0,400}\.py):(?P<line>\d+): in (?P<function>[^\n]{1,120})$")
_START = re.compile(r"^(?:Traceback \(most recent call last\):|_{3,} .{1,160} _{3,}|_ .{1,160} _)$")
_THIRD_PARTY = re.compile(r"(?:site|dist)-packages/(?P<module>[^/\n]{1,100})(?P<rest>/[^\n]*)?")
_EXTENSION = re.compile(r"\.(?:py|[\w.-]*so|pyd)$")


class Frame(Struct, frozen=True, kw_only=True):
    """One step of a traceback. `module` is the top-level module when the file is a third party's, else empty."""

    file: str
    line: int
    function: str
    module: str = ""


def module_of(file: str) -> str:
    """The top-level module that a file under `site-packages` belongs to; empty for any other file."""
    found = _THIRD_PARTY.search(file)
    return _EXTENSION.sub("", found["module"]) if found else ""


def frames(text: str) -> tuple[Frame, ...]:
    """The frames of the last traceback in `text`, outermost first (pytest: of the first failing test)."""
    collected: list[Frame] = []
    for line in text.splitlines():
        if _START.match(line):
            if collected and not line.startswith("Traceback"):
                break
            collected = []
        elif found := _INTERPRETER.match(line) or _PYTEST.match(line):
            file = found["file"]
            frame = Frame(file=file, line=int(found["line"]), function=found["function"], module=module_of(file))
            collected.append(frame)
    return tuple(collected)


def import_chain(seen: tuple[Frame, ...]) -> tuple[str, ...]:
    """The third-party modules that an import ran through, in order, when the failure came while importing them.

    Empty when the third party's code was called rather than imported: then its caller may be at fault.
    """
    inner = [frame for frame in seen if frame.module]
    outer = next((before for before, frame in pairwise(seen) if frame.module), None)
    imported = inner and inner[0].function == "<module>" and (outer is None or "<module>" in outer.function)
    return tuple(dict.fromkeys(frame.module for frame in inner)) if imported else ()


def call_chain(seen: tuple[Frame, ...]) -> tuple[str, ...]:
    """The third-party modules at the end of a traceback, in order: who called whom when no import failed."""
    inner: list[str] = []
    for frame in reversed(seen):
        if not frame.module:
            break
        inner.append(frame.module)
    return tuple(dict.fromkeys(reversed(inner)))
