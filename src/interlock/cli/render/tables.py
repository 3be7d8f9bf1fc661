"""Tables: sessions, what waits for a person, memory; and what is said where there is nothing yet."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from interlock.cli.render.columns import HEADS, aligned, session_cells, session_lines, waiting_lines, widths
from interlock.cli.render.console import print_lines
from interlock.core.memory import Remembered
from interlock.core.money import show
from interlock.core.session_row import SessionRow
from interlock.core.views.text import cut, one_line

NO_MEMORY = (
    "nothing is remembered yet; what helps against a failure is remembered as sessions run",
    "  interlock catalog lint   lists what is known beforehand",
)
MIN_LAST = 20
STATUS_STYLES = {"waiting": "bold yellow", "running": "cyan", "paused": "yellow", "queued": "dim"}


def print_sessions(console: Console, rows: Sequence[SessionRow], now: int) -> None:
    """The sessions, newest first as they come, and what waits for a person. `now` is unix micro-seconds."""
    if not rows or not console.is_terminal:
        print_lines(console, session_lines(rows, now))
        return
    _print_table(console, HEADS, session_cells(rows, now), styles=[_status_style(row) for row in rows])
    print_lines(console, waiting_lines(rows))


def print_memory(console: Console, remembered: Sequence[Remembered]) -> None:
    """What is remembered of fixes."""
    if not remembered:
        print_lines(console, NO_MEMORY)
        return
    cells = [
        (
            one_line(one.fingerprint),
            one_line(one.fix),
            f"{one.wins} of {one.tries}",
            show(one.cost),
            "forgotten" if one.forgotten else one_line(one.environment),
        )
        for one in remembered
    ]
    _print_table(console, ("failure", "fix", "worked", "cost", "where"), cells)


def _status_style(row: SessionRow) -> str:
    if row.outcome:
        return "green" if row.outcome == "success" else "red"
    return STATUS_STYLES.get(row.status, "")


def _print_table(
    console: Console, heads: Sequence[str], cells: Sequence[Sequence[str]], styles: Sequence[str] = ()
) -> None:
    """Columns, of which the last gives way; where that leaves it no room, its text goes on a line of its own."""
    spaces = widths([heads, *cells])
    room = console.width - sum(spaces[:-1]) - 2 * (len(heads) - 1)
    if not console.is_terminal:
        print_lines(console, [aligned(row, spaces) for row in [heads, *cells]])
        return
    below = room < MIN_LAST
    console.print(
        Text(aligned(heads[:-1] if below else heads, spaces), style="bold"), no_wrap=True, overflow="ellipsis"
    )
    for at, row in enumerate(cells):
        style = styles[at] if at < len(styles) else ""
        line = Text(aligned(row[:-1], spaces))
        line.stylize(style, spaces[0] + 2, spaces[0] + 2 + len(row[1]))
        if not below:
            line.pad_right(console.width - room - len(line))
            line.append(cut(row[-1], room))
        console.print(line, no_wrap=True, overflow="ellipsis")
        if below:
            console.print(Text(f"  {cut(row[-1], console.width - 2)}", style="dim"))
