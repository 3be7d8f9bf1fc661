"""Lists as plain columns, for a pipe and as what a terminal's tables are made of. Needs nothing but text."""

import sys
from collections.abc import Iterable, Sequence

from interlock.core.money import show
from interlock.core.session_row import SessionRow
from interlock.core.views.text import count, lasting, one_line

NO_SESSIONS = (
    "no sessions yet; begin one with",
    '  interlock run "Keep fixing it until the tests pass, but ask me if cost goes above $5."',
)
HEADS = ("session", "status", "iteration", "spent", "changed", "words")


def session_lines(rows: Sequence[SessionRow], now: int) -> list[str]:
    """The sessions as they come, whole, and what waits for a person. `now` is unix micro-seconds."""
    if not rows:
        return list(NO_SESSIONS)
    cells = [HEADS, *session_cells(rows, now)]
    spaces = widths(cells)
    return [*(aligned(row, spaces) for row in cells), *waiting_lines(rows)]


def write_lines(lines: Iterable[str]) -> None:
    """Lines to standard output; characters that its encoding lacks are replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write("".join(f"{line}\n" for line in lines).encode(encoding, "replace").decode(encoding))


def session_cells(rows: Sequence[SessionRow], now: int) -> list[tuple[str, ...]]:
    """A row of cells a session, under `HEADS`."""
    return [tuple(map(one_line, _session(row, now))) for row in rows]


def waiting_lines(rows: Sequence[SessionRow]) -> list[str]:
    """What to type for each session that waits for a person; nothing where none does."""
    waiting = [row for row in rows if row.question and not row.outcome]
    return ["", *_waits(waiting)] if waiting else []


def widths(cells: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column, in characters."""
    return [max(map(len, column)) for column in zip(*cells, strict=True)]


def aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """One row, its cells filled up to their columns' widths."""
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()


def ago(at: int, now: int) -> str:
    """How long before `now` something was, both in unix micro-seconds."""
    passed = lasting(max(0, now - at) // 1_000_000)
    return f"{' '.join(passed.split()[:2])} ago"


def _session(row: SessionRow, now: int) -> tuple[str, ...]:
    status = row.outcome or row.status
    spent = f"{show(row.spent)} of {show(row.ask_line)}"
    return (row.id, status, str(row.iteration), spent, ago(row.updated_at, now), row.words)


def _waits(waiting: Sequence[SessionRow]) -> list[str]:
    verb = "waits" if len(waiting) == 1 else "wait"
    lines = [f"{count(len(waiting), 'session')} {verb} for you:"]
    for row in waiting:
        lines.append(
            f"  {one_line(row.id)}: interlock show {one_line(row.id)}; interlock approve {one_line(row.question)}"
        )
    return lines
