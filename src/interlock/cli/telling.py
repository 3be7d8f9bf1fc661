"""Every other error in words: what was foreseen, and what was not; never a traceback."""

import os
import traceback

from interlock.adapters.cedar import PolicyUnusable
from interlock.cli.failing import INTERNAL, BadInput, complain
from interlock.config import ProjectFileError
from interlock.core.catalog import BadEntry
from interlock.core.events import UnknownEvent
from interlock.engine.control import Refused
from interlock.order import Contradiction, Unclear
from interlock.ports import BadArguments, ClaimLost, StoreUnusable

EXPECTED = (
    BadInput,
    ProjectFileError,
    Refused,
    Contradiction,
    StoreUnusable,
    PolicyUnusable,
    BadEntry,
    BadArguments,
    UnknownEvent,
)


def told(problem: Exception) -> int:
    """Turn an error into words and an exit code; an unforeseen one is kept in a file for a report."""
    if isinstance(problem, Unclear):
        return _unclear(problem)
    if isinstance(problem, EXPECTED):
        return complain(str(problem))
    if isinstance(problem, ClaimLost):
        return complain("another process took this session over; `interlock watch` follows it", INTERNAL)
    if isinstance(problem, OSError):
        place = f" (`{problem.filename}`)" if problem.filename else ""
        return complain(f"{problem.strerror or problem}{place}".lower())
    return complain(f"internal error: {type(problem).__name__}: {problem}{_kept(problem)}", INTERNAL)


def _unclear(problem: Unclear) -> int:
    reading = problem.reading
    for question in reading.questions:
        complain(question)
    if reading.unread:
        complain(f"not understood: {', '.join(f'`{word}`' for word in reading.unread)}")
    verb = "refused" if reading.expect == "refuse" else "not clear enough to begin"
    return complain(f"{verb}; nothing was started. Say it again without the doubt")


def _kept(problem: Exception) -> str:
    """Where the traceback was put, for a report."""
    from interlock.bootstrap import home

    place = home() / "crash.log"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a") as file:
            file.writelines(traceback.format_exception(problem))
    except OSError:
        return ""
    return f"; please report it with `{place}`"
