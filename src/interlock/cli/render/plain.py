"""The plain view: one line for each thing that happens, for files, pipes, logs and quiet people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, Self

from rich.console import Console
from rich.text import Text

from interlock.cli.render.board import SILENT_AFTER, Board
from interlock.cli.render.console import SIGNS, STYLES
from interlock.cli.render.question import print_question
from interlock.core.events import ApprovalRequested, Envelope, SessionEnded
from interlock.core.views.asking import asking
from interlock.core.views.text import cut
from interlock.core.views.timeline import Row

UNSEEN = ("StepTaken", "ChecksCalled")
OUTPUT_WIDTH = 160
OUTPUT_LINES = 20
AGAIN_AFTER = 30_000_000


class View(Protocol):
    """What follows a session. Used as a context manager; `now` is unix micro-seconds."""

    def saw(self, envelope: Envelope) -> None:
        """A committed event, in order."""
        ...

    def output(self, line: str) -> None:
        """A line that the running act printed."""
        ...

    def tick(self, now: int) -> None:
        """Time passes; called a few times a second."""
        ...

    def past(self, envelopes: Sequence[Envelope]) -> None:
        """What was committed before this view began: known, and not shown."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *problem: object) -> None: ...


class PlainView:
    """Prints lines, and nothing that moves."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._board = Board()
        self._shown = 0
        self._said_at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        return None

    def past(self, envelopes: Sequence[Envelope]) -> None:
        """Fold it silently."""
        for envelope in envelopes:
            self._board.saw(envelope)

    def saw(self, envelope: Envelope) -> None:
        """Print it, a question in full."""
        row = self._board.saw(envelope)
        self._shown = self._shown if self._board.act else 0
        print_event(self._console, row, envelope, self._board)

    def output(self, line: str) -> None:
        """Print the beginning of an act's output; the rest is counted, not shown."""
        said = self._board.output(line)
        if not said:
            return
        self._shown += 1
        if self._shown <= OUTPUT_LINES:
            self._console.print(Text(output_line(said, OUTPUT_WIDTH)), soft_wrap=True)
        elif self._shown == OUTPUT_LINES + 1:
            self._console.print(Text("     │ … more; `interlock logs` shows all of it"), soft_wrap=True)

    def tick(self, now: int) -> None:
        """After three seconds of silence, and every half minute from then on, say what runs."""
        self._board.tick(now)
        silent = self._board.silent_for(now)
        if silent < SILENT_AFTER or (self._said_at > self._board.heard_at and now - self._said_at < AGAIN_AFTER):
            return
        self._said_at = now
        self._console.print(Text(f"     … {self._board.doing(now)}"), soft_wrap=True)


class QuietView:
    """Prints what a person must know: a question, and the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._board = Board()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        return None

    def past(self, envelopes: Sequence[Envelope]) -> None:
        """Fold it silently."""
        for envelope in envelopes:
            self._board.saw(envelope)

    def saw(self, envelope: Envelope) -> None:
        """Print a question or the end."""
        row = self._board.saw(envelope)
        if isinstance(envelope.data, ApprovalRequested | SessionEnded):
            print_event(self._console, row, envelope, self._board)

    def output(self, line: str) -> None:
        """Nothing."""

    def tick(self, now: int) -> None:
        """Nothing."""


def print_event(console: Console, row: Row, envelope: Envelope, board: Board) -> None:
    """One event: its line, a question in full."""
    if row.kind in UNSEEN:
        return
    if isinstance(envelope.data, ApprovalRequested):
        print_question(console, asking(envelope.data, board.state.budget, envelope.at))
        return
    print_row(console, row)


def print_row(console: Console, row: Row) -> None:
    """`iteration time sign words`: cut to three lines on a terminal, whole elsewhere."""
    head = f"{row.iteration:>3} {clock(row.at)} {SIGNS[row.tone]} "
    words = cut(row.words, 3 * (console.width - len(head)) - 12) if console.is_terminal else row.words
    if not console.is_terminal:
        console.print(Text(head + words), soft_wrap=True)
        return
    width = console.width - len(head)
    for at, line in enumerate(Text(words, style=STYLES[row.tone]).wrap(console, width)):
        console.print(Text.assemble((head if at == 0 else " " * len(head), "dim"), line), no_wrap=True)


def output_line(said: str, width: int) -> str:
    """A process's line behind a bar, so that it can't pass for a line of ours."""
    return cut(f"     │ {said}", width)


def clock(at: int) -> str:
    """The time of day here."""
    return datetime.fromtimestamp(at / 1_000_000).astimezone().strftime("%H:%M:%S")
