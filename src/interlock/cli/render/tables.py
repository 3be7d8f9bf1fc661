"""Tables: sessions, what waits for a person, memory; and what is said where there is nothing yet."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from interlock.cli.render.console import print_lines
from interlock.core.memory import Remembered
from interlock.core.money import show
from interlock.core.session_row import SessionRow
from interlock.core.views.text import count, cut, lasting, one_line

NO_SESSIONS = (
    "no sessions yet; begin one with",
    '  interlock run "Keep fixing it until the tests pass, but ask me if cost goes above $5."',
)
NO_MEMORY = (
    "nothing is remembered yet; what helps against a failure is remembered as sessions run",
    "  interlock catalog lint   lists what is known beforehand",
)
MIN_LAST = 20
STATUS_STYLES = {"waiting": "bold yellow", "running": "cyan", "paused": "yellow", "queued": "dim"}


def print_sessions(console: Console, rows: Sequence[SessionRow], now: int) -> None:
    """The sessions, newest first as they come, and what waits for a person. `now` is unix micro-seconds."""
    if not rows:
        print_lines(console, NO_SESSIONS)
        return
    heads = ("session", "status", "iteration", "spent", "changed", "words")
    _print_table(console, heads, [_session(row, now) for row in rows], styles=[_status_style(row) for row in rows])
    waiting = [row for row in rows if row.question and not row.outcome]
    if waiting:
        print_lines(console, ["", *_waits(waiting)])


def print_memory(console: Console, remembered: Sequence[Remembered]) -> None:
    """What is remembered of fixes."""
    if not remembered:
        print_lines(console, NO_MEMORY)
        return
    cells = [
        (
            one.fingerprint,
            one.fix,
            f"{one.wins} of {one.tries}",
            show(one.cost),
            "forgotten" if one.forgotten else one.environment,
        )
        for one in remembered
    ]
    _print_table(console, ("failure", "fix", "worked", "cost", "where"), cells)


def _session(row: SessionRow, now: int) -> tuple[str, ...]:
    status = row.outcome or row.status
    passed = lasting(max(0, now - row.updated_at) // 1_000_000)
    ago = f"{' '.join(passed.split()[:2])} ago"
    return (row.id, status, str(row.iteration), f"{show(row.spent)} of {show(row.ask_line)}", ago, row.words)


def _status_style(row: SessionRow) -> str:
    if row.outcome:
        return "green" if row.outcome == "success" else "red"
    return STATUS_STYLES.get(row.status, "")


def _waits(waiting: Sequence[SessionRow]) -> list[str]:
    verb = "waits" if len(waiting) == 1 else "wait"
    lines = [f"{count(len(waiting), 'session')} {verb} for you:"]
    for row in waiting:
        lines.append(
            f"  {one_line(row.id)}: interlock show {one_line(row.id)}; interlock approve {one_line(row.question)}"
        )
    return lines


def _print_table(
    console: Console, heads: Sequence[str], cells: Sequence[Sequence[str]], styles: Sequence[str] = ()
) -> None:
    """Columns, of which the last gives way; where that leaves it no room, its text goes on a line of its own."""
    rows = [[one_line(cell) for cell in row] for row in cells]
    widths = [max(len(row[at]) for row in [list(heads), *rows]) for at in range(len(heads))]
    room = console.width - sum(widths[:-1]) - 2 * (len(heads) - 1)
    if not console.is_terminal:
        print_lines(console, [_aligned(row, widths) for row in [heads, *rows]])
        return
    below = room < MIN_LAST
    console.print(
        Text(_aligned(heads[:-1] if below else heads, widths), style="bold"), no_wrap=True, overflow="ellipsis"
    )
    for at, row in enumerate(rows):
        style = styles[at] if at < len(styles) else ""
        line = Text(_aligned(row[:-1], widths))
        line.stylize(style, widths[0] + 2, widths[0] + 2 + len(row[1]))
        if not below:
            line.pad_right(console.width - room - len(line))
            line.append(cut(row[-1], room))
        console.print(line, no_wrap=True, overflow="ellipsis")
        if below:
            console.print(Text(f"  {cut(row[-1], console.width - 2)}", style="dim"))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
