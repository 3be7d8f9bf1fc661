"""What is wanted, as read from a person's words: `read` is total, and never guesses a limit."""

from typing import Literal

from msgspec import Struct


class Goal(Struct, frozen=True, kw_only=True):
    """What is wanted, as read from the words. None: not said. Money in micro-dollars, `max_time` in seconds."""

    objective: str
    until: tuple[str, ...] = ()
    ask_above: int | None = None
    ask_before: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    cap: int | None = None
    max_iterations: int | None = None
    max_time: int | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """How words were read: to be read back, asked about, or refused."""

    words: str
    expect: Literal["read", "ask", "refuse"]
    goal: Goal
    questions: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def read(words: str) -> Reading:
    """Read one command, typed or spoken. Never raises; what is doubtful becomes a question or a refusal."""
    from interlock.core.goal.reading import understand  # the grammar costs milliseconds that `--version` need not pay

    return understand(words)
