"""Text for people: made safe, cut to a line, with acts, money, time and durations in words."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from interlock.core.plan import Act

_SEQUENCES = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, clipboard
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\n]*(?:\x1b\\|\x9c)?"  # device strings
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, cursor, screen
    r"|\x1b[ -/]*[0-~]?"
)
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")


Tone = Literal["plain", "good", "bad", "ask", "quiet"]


class Section(Struct, frozen=True, kw_only=True):
    """Some lines under a heading."""

    title: str
    lines: tuple[str, ...]


def flat(sections: tuple[Section, ...]) -> tuple[str, ...]:
    """The sections as plain lines: a heading, its lines indented, an empty line between."""
    lines: list[str] = []
    for section in sections:
        lines += [*([""] if lines else []), section.title, *(f"  {line}" if line else "" for line in section.lines)]
    return tuple(lines)


def clean(text: str) -> str:
    """Text from outside without anything that a terminal would obey or that reads otherwise than it looks."""
    text = _SEQUENCES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_harmless, text))


def _harmless(char: str) -> str:
    if char == "\n":
        return char
    if char == "\t":
        return "    "
    category = unicodedata.category(char)
    return "" if category in _INVISIBLE else " " if category in ("Zl", "Zp") else char


def one_line(text: str, width: int | None = None) -> str:
    """Cleaned text on one line, cut to `width` characters where one is given."""
    said = " ".join(clean(text).split())
    return cut(said, width) if width is not None else said


def cut(text: str, width: int) -> str:
    """At most `width` characters, an ellipsis standing for what is missing."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def brief(act: Act) -> str:
    """The act in short: `process.ensure(web)`, `files.write(path=app.py, content=…)`."""
    arguments = {name: value for name, value in act.arguments.items() if value not in (None, "", [], {})}
    if len(arguments) == 1:
        return f"{one_line(act.skill)}({_short(next(iter(arguments.values())))})"
    said = ", ".join(f"{one_line(name)}={_short(value)}" for name, value in sorted(arguments.items()))
    return f"{one_line(act.skill)}({said})"


def _short(value: Any) -> str:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return one_line(" ".join(value), 60)
    return one_line(value if isinstance(value, str) else _json(value), 60)


def exact(act: Act) -> tuple[str, ...]:
    """The act with every argument, whole: what an approval binds to."""
    return (
        one_line(act.skill),
        *(f"{one_line(name)} = {_whole(act.arguments[name])}" for name in sorted(act.arguments)),
    )


def _whole(value: Any) -> str:
    """The value as JSON; what can't be seen is spelled out as an escape, never dropped."""
    return "".join(
        char if char.isprintable() and unicodedata.category(char) not in _INVISIBLE else f"\\u{ord(char):04x}"
        for char in _json(value)
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def lasting(seconds: float) -> str:
    """A duration in words: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{rest} s" if rest and not hours else "",
    ]
    return " ".join(part for part in parts if part)


def moment(at: int) -> str:
    """A moment (unix micro-seconds) in words, in UTC."""
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def count(number: int, one: str, many: str = "") -> str:
    """`1 check`, `2 checks`, `3 tries`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def because(ids: tuple[str, ...]) -> str:
    """The policies and rules that said so, in parentheses with a space before; empty when none is named."""
    if not ids:
        return ""
    return f" ({'policy' if len(ids) == 1 else 'policies'} {', '.join(f'`{one_line(id)}`' for id in ids)})"
