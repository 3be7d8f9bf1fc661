"""Consoles, and lines on them. Nothing printed here is read as markup, and no control sequence gets through."""

import io
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from interlock.core.views.text import Section, Tone, clean, flat

STYLES: dict[Tone, str] = {"plain": "", "good": "green", "bad": "red", "ask": "bold yellow", "quiet": "dim"}
SIGNS: dict[Tone, str] = {"plain": "·", "good": "✓", "bad": "✗", "ask": "?", "quiet": " "}
MARKS = {"✓": "green", "✗": "dim", "·": "dim", "│": "cyan"}


def console_for(stream: TextIO, width: int | None = None) -> Console:
    """A console on a stream: characters that its encoding lacks are replaced; NO_COLOR and the terminal are heeded."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def print_lines(console: Console, lines: Iterable[str]) -> None:
    """Lines as they are, so that a command can be copied whole."""
    for line in lines:
        console.print(Text(clean(line)), soft_wrap=True)


def print_wrapped(console: Console, lines: Iterable[str]) -> None:
    """Prose: wrapped between words on a terminal, as it is elsewhere."""
    for line in lines:
        if console.is_terminal:
            console.print(indented(line, 0))
        else:
            print_lines(console, [line])


def print_sections(console: Console, sections: Sequence[Section]) -> None:
    """Sections with their headings: wrapped and coloured on a terminal, plain lines elsewhere."""
    if not console.is_terminal:
        print_lines(console, flat(tuple(sections)))
        return
    for at, section in enumerate(sections):
        if at:
            console.print()
        console.print(Text(clean(section.title), style="bold"))
        for line in section.lines:
            console.print(indented(line, 2))


def indented(line: str, by: int) -> Padding:
    """A line whose wrapped parts stay as far in as it begins, coloured by its mark."""
    said = clean(line)
    inner = said.lstrip(" ")
    style = "bold green" if inner.endswith("held, and decided") else MARKS.get(inner[:1], "")
    return Padding(Text(inner, style=style), (0, 0, 0, by + len(said) - len(inner)), expand=False)


def write(line: bytes) -> None:
    """One line of JSON to standard output."""
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
