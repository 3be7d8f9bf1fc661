"""What a first look comes to: assumed checks and tasks, each with the line it comes from; what was left out."""

import re

from msgspec import Struct

from interlock.core.plan import CheckKind

NAME = re.compile(r"[^A-Za-z0-9_-]+")

RUNNERS = {
    "pytest": r"\bpytest\b|\bpy\.test\b",
    "unittest": r"-m unittest\b",
    "django": r"manage\.py test\b",
    "node": r"\b(?:npm|yarn|pnpm|bun)\b.*\btest\b|\b(?:jest|vitest|mocha)\b",
    "go": r"\bgo test\b",
    "cargo": r"\bcargo (?:\S+ )?(?:test|nextest)\b",
    "tox": r"\btox\b",
    "nox": r"\bnox\b",
    "make": r"\bmake (?:test|check)\b",
    "just": r"\bjust test\b",
}


class CheckGuess(Struct, frozen=True, kw_only=True):
    """A check that is assumed, from which line of which file. `runner` is what it runs the tests with."""

    name: str
    argv: tuple[str, ...]
    source: str
    cwd: str = "."
    env: tuple[tuple[str, str], ...] = ()
    kind: CheckKind = "unit"
    files: tuple[str, ...] = ()
    runner: str = ""
    note: str = ""


class TaskGuess(Struct, frozen=True, kw_only=True):
    """A task that is assumed; it is manual, and never part of a deployment unless a person says so."""

    name: str
    argv: tuple[str, ...]
    source: str
    cwd: str = "."
    effects: tuple[str, ...] = ("writes",)
    note: str = ""


class LeftOut(Struct, frozen=True, kw_only=True):
    """What was seen and not taken, and why."""

    source: str
    why: str


Guess = CheckGuess | TaskGuess | LeftOut


def runners(text: str) -> frozenset[str]:
    """What a command or a recipe runs tests with, as far as it is known."""
    return frozenset(name for name, pattern in RUNNERS.items() if re.search(pattern, text, re.IGNORECASE))


def slug(text: str) -> str:
    """The text as a name for a check or a task."""
    return NAME.sub("-", text).strip("-")[:60].strip("-")
