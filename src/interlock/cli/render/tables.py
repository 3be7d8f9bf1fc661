"""Tables: sessions, what waits for a person, memory; and what is said where there is nothing yet."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from interlock.cli.render.columns import HEADS, ago, aligned, session_cells, session_lines, waiting_lines, widths
from interlock.cli.render.console import print_lines
from interlock.core.learning import confidence
from interlock.core.memory import Remembered
from interlock.core.money import show
from interlock.core.session_row import SessionRow
from interlock.core.views.ranking import chance_words
from interlock.core.views.text import cut, one_line

NO_MEMORY = (
    "nothing is remembered yet; what helps against a failure is remembered as sessions run",
    "  interlock catalog lint   lists what is known beforehand",
)
HOW_SURE = (
    "chance: (wins + 1) / (tries + 2), Laplace's rule, of the trials that still count (half after 90 days)",
    "between: it works that often with 80 % probability (quantiles of Beta(wins + 1, tries - wins + 1))",
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


def print_memory(console: Console, remembered: Sequence[Remembered], now: int) -> None:
    """What is remembered of fixes, as it counts at `now` (unix micro-seconds), and how sure that is."""
    if not remembered:
        print_lines(console, NO_MEMORY)
        return
    heads = ("failure", "fix", "worked", "chance", "between", "cost", "refused", "last", "where")
    _print_table(console, heads, [tuple(map(one_line, _remembered(one, now))) for one in remembered])
    print_lines(console, ["", *HOW_SURE])


def _remembered(one: Remembered, now: int) -> tuple[str, ...]:
    wins, tries = one.counted_wins, one.counted_tries
    where = f"{one.environment} (from {one.origin})" if one.origin else one.environment
    sure = (f"{confidence(wins, tries):.0%}", chance_words(wins, tries)) if one.tries else ("–", "–")
    refused = str(one.refused or "–")
    worked = f"{one.wins} of {one.tries}"
    return (one.fingerprint, one.fix, worked, *sure, show(one.cost), refused, ago(one.last_at, now), where)


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
