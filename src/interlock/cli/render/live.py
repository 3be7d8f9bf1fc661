"""The live view: what happens scrolls by, and a board below it shows plan, money and the running act."""

from collections.abc import Sequence
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from interlock.cli.render.board import Board, lines_of
from interlock.cli.render.plain import output_line, print_event
from interlock.core.events import Envelope

HIDDEN = ("CallAllowed", "SkillCalled", "StepTaken", "ChecksCalled")
LATEST = 3


class LiveView:
    """Draws on a terminal. Nothing that scrolled by is taken back; the board is gone when the view ends."""

    def __init__(self, console: Console, *, goal: str = "") -> None:
        self._console = console
        self._goal = goal
        self._board = Board()
        self._now = 0
        self._started = 0
        self._latest: list[str] = []
        self._live = self._fresh()

    def _fresh(self) -> Live:
        return Live(
            console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )

    def __enter__(self) -> Self:
        # a used one remembers its height, and would erase as many lines of what was printed since
        self._live = self._fresh()
        self._live.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._live.stop()

    def past(self, envelopes: Sequence[Envelope]) -> None:
        """Fold it silently."""
        for envelope in envelopes:
            self._board.saw(envelope)
            self._started = self._started or envelope.at

    def saw(self, envelope: Envelope) -> None:
        """Let it scroll by, and redraw the board."""
        row = self._board.saw(envelope)
        self._started = self._started or envelope.at
        self._now = max(self._now, envelope.at)
        if not self._board.act:
            self._latest.clear()
        if row.kind not in HIDDEN:
            print_event(self._console, row, envelope, self._board)
        self._draw()

    def output(self, line: str) -> None:
        """The last lines of the running act's output stand on the board."""
        if said := self._board.output(line):
            self._latest = [*self._latest, said][-LATEST:]

    def tick(self, now: int) -> None:
        """Redraw with the new time."""
        self._now = max(self._now, now)
        self._board.tick(now)
        self._draw()

    def board(self) -> Group:
        """The board as it is drawn now."""
        width = self._console.width
        latest = [Text(output_line(said, width), style="dim", no_wrap=True) for said in self._latest]
        return Group(*lines_of(self._board, self._goal, self._now, self._started, width), *latest)

    def _draw(self) -> None:
        if self._live.is_started:
            self._live.update(self.board(), refresh=True)
