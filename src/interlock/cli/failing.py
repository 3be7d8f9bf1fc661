"""Bad input, and telling it: one line to standard error and an exit code."""

import sys

BAD_INPUT = 2
INTERNAL = 1


class BadInput(Exception):
    """A person's input that can't be taken; the message says what to do instead."""


def bounded(option: str, value: float, *, least: float = 0, most: float = 1_000_000_000) -> None:
    """Raises BadInput for a value outside of its bounds, and for one that is no number."""
    if not least <= value <= most:
        raise BadInput(f"{option} is between {least:g} and {most:,.0f}")


def complain(words: str, code: int = BAD_INPUT) -> int:
    """Say what is wrong, without what could control a terminal. Returns the exit code."""
    sys.stderr.write(f"interlock: {harmless(words)}\n")
    return code


def harmless(words: str) -> str:
    """The words with everything spelled out that could control a terminal."""
    return "".join(char if char == "\n" or char.isprintable() else repr(char)[1:-1] for char in words)
