"""The `run` steps of a GitHub workflow, by a reader of the small part of YAML that workflows are written in.

What is written in another way (flow style, anchors, tags) is not guessed at: the step says so.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

_KEY = re.compile(r"^(?P<key>[A-Za-z_][\w-]*)\s*:(?:\s+(?P<value>.*))?$")
_BLOCK = re.compile(r"^[|>][0-9+-]*\s*(?:#.*)?$")


class Step(Struct, frozen=True, kw_only=True):
    """One `run` step: its commands, the line of its `run`, the folder it runs in, and why it can't be taken if so."""

    commands: tuple[str, ...]
    line: int
    cwd: str = "."
    why_not: str = ""


def steps(text: str) -> Iterator[Step]:
    """The run steps of all jobs, in order."""
    lines = text.splitlines()
    everywhere = folder = top = ""
    job = number = 0
    while number < len(lines):
        depth, content = _depth(lines[number]), lines[number].strip()
        if re.match(r"steps\s*:\s*(?:#.*)?$", content):
            end = _end(lines, number + 1, depth)
            yield from _items(lines, number + 1, end, folder or everywhere)
            number = end
            continue
        if content and not content.startswith("#") and depth == 0:
            top, job = content.partition(":")[0], 0
        elif top == "jobs" and content.endswith(":") and depth <= (job or depth):
            job, folder = depth, ""
        elif content.startswith("working-directory:"):
            said = _plain(content.partition(":")[2].strip())
            everywhere, folder = (said, folder) if top == "defaults" else (everywhere, said)
        number += 1


def _items(lines: Sequence[str], start: int, end: int, default: str) -> Iterator[Step]:
    dashes = [number for number in range(start, end) if lines[number].lstrip().startswith("- ")]
    depth = min((_depth(lines[number]) for number in dashes), default=0)
    firsts = [number for number in dashes if _depth(lines[number]) == depth]
    for first, after in pairwise([*firsts, end]):
        if step := _step(lines, first, after, default):
            yield step


def _step(lines: Sequence[str], first: int, after: int, default: str) -> Step | None:
    keys = _keys(lines, first, after)
    if "run" not in keys:
        return None
    line, value, below = keys["run"]
    said: dict[str, str] = {name: keys[name][1] for name in ("shell", "if", "working-directory") if name in keys}
    reason = _reason(said, keys, value)
    commands = () if reason else _commands(value, below)
    cwd = _plain(said.get("working-directory", default)) or "."
    return Step(commands=commands, line=line, cwd=cwd, why_not=reason)


def _reason(said: dict[str, str], keys: dict[str, tuple[int, str, list[str]]], value: str) -> str:
    shell = _plain(said.get("shell", "bash")).split()
    if not shell or shell[0] not in ("bash", "sh"):
        return f"runs in `{' '.join(shell)}`"
    if "if" in said:
        return "runs under a condition only"
    if "env" in keys:
        return "needs an environment of its own"
    if "continue-on-error" in keys:
        return "may fail there too"
    if value.startswith(("&", "*", "!", "{", "[")):
        return "is written in a part of YAML that is not read here"
    return ""


def _keys(lines: Sequence[str], first: int, after: int) -> dict[str, tuple[int, str, list[str]]]:
    """Each key of the step: its line, its value, the lines below it."""
    found: dict[str, tuple[int, str, list[str]]] = {}
    start = lines[first].lstrip()
    depth = _depth(lines[first]) + len(start) - len(start[1:].lstrip())
    current: list[str] = []
    for number in range(first, after):
        line = " " * depth + start[1:].lstrip() if number == first else lines[number]
        key = _KEY.match(line[depth:]) if _depth(line) == depth else None
        if key:
            current = []
            found.setdefault(key["key"], (number + 1, (key["value"] or "").strip(), current))
        else:
            current.append(line)
    return found


def _commands(value: str, below: Sequence[str]) -> tuple[str, ...]:
    if _BLOCK.match(value):
        margin = next((_depth(line) for line in below if line.strip()), 0)
        block = [line for line in below if not line.strip() or _depth(line) >= margin]
        folded = value[0] == ">" and all(_depth(line) == margin for line in block if line.strip())
        lines = [line.strip() for line in block]
        return (" ".join(line for line in lines if line),) if folded else tuple(lines)
    more = [line.strip() for line in below if line.strip() and not line.lstrip().startswith("#")]
    return (_plain(" ".join((value, *more))),)


def _plain(value: str) -> str:
    """A scalar without its quotes and its comment."""
    if value.startswith("'"):
        return re.split(r"'(?!')", value[1:].replace("''", "\0"))[0].replace("\0", "'")
    if value.startswith('"'):
        try:
            return str(json.JSONDecoder().raw_decode(value)[0])
        except ValueError:
            return value
    return re.sub(r"\s+#.*$", "", value).strip()


def _end(lines: Sequence[str], start: int, depth: int) -> int:
    """Where the list that begins here ends; its dashes may stand as deep as its key."""
    for number in range(start, len(lines)):
        content = lines[number].strip()
        here = _depth(lines[number])
        listed = here == depth and content.startswith("-")
        if content and not content.startswith("#") and here <= depth and not listed:
            return number
    return len(lines)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
