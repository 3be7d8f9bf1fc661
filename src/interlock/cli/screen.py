"""The screen of one command: a view of committed events, questions, and what it came to."""

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from interlock.cli.render.console import console_for, print_sections, print_wrapped
from interlock.cli.render.question import print_question
from interlock.cli.render.viewing import view_for
from interlock.core.events import ApprovalRequested, Envelope
from interlock.core.state import State
from interlock.core.views.asking import open_question
from interlock.core.views.summary import summary

LONGEST_LINE = 10_000
MOST_LINES = 30


class Screen:
    """Shows a session as it goes; a `Shown`."""

    def __init__(self, *, quiet: bool = False, plain: bool = False, goal: str = "") -> None:
        self._quiet = quiet
        self._unfinished = ""
        self._heard: deque[tuple[int, str]] = deque()
        self._asked = ""
        self._console = console_for(sys.stdout)
        self._view = view_for(self._console, quiet=quiet, plain=plain, goal=goal, environ=os.environ)

    def watching(self) -> AbstractContextManager[object]:
        """While it is entered, a terminal shows the live view."""
        return self._view

    def past(self, envelopes: Sequence[Envelope]) -> None:
        """What was committed before: known, and not shown."""
        self._view.past(envelopes)

    def saw(self, envelope: Envelope) -> None:
        """One committed event, after what was printed before it."""
        self._say(envelope.at)
        self._view.saw(envelope)
        if isinstance(envelope.data, ApprovalRequested):
            self._asked = envelope.data.approval

    @property
    def listener(self) -> Callable[[str, str], None] | None:
        """Who hears what acts print; nobody where it would not be shown."""
        return None if self._quiet else self.output

    def output(self, session: str, piece: str) -> None:
        """What a running act prints, in whatever pieces it comes: the view gets whole lines, in the events' order."""
        now = time.time_ns() // 1000
        *lines, self._unfinished = (self._unfinished + piece).split("\n")
        self._unfinished = self._unfinished[-LONGEST_LINE:]
        # of a flood, what nobody could read is not even looked at
        for whole in lines if len(lines) <= MOST_LINES else (*lines[: MOST_LINES - 3], *lines[-3:]):
            self._heard.append((now, whole))

    def tick(self, now: int) -> None:
        """Time passes (unix micro-seconds)."""
        self._say(now)
        self._view.tick(now)

    def _say(self, until: int) -> None:
        # an act prints before the event that announces it was read back from the store
        while self._heard and self._heard[0][0] <= until:
            self._view.output(self._heard.popleft()[1])

    def leave(self) -> None:
        """Give the terminal back as it was: this process ends without unwinding."""
        self._view.__exit__(None, None, None)

    def note(self, words: str) -> None:
        """A remark to the person, never among the events."""
        print_wrapped(self._console, [words])

    def read_back(self, lines: Sequence[str]) -> None:
        """How the words were read, and what was assumed."""
        if not self._quiet:
            print_wrapped(self._console, [*lines, ""])

    def question(self, state: State, now: int) -> None:
        """The open question, with the commands that answer it, unless it was shown when it came."""
        if state.question is not None and state.question.approval != self._asked:
            self._asked = state.question.approval
            print_question(self._console, open_question(state, now))

    def close(self, envelopes: Sequence[Envelope], state: State, now: int, processes: Sequence[str]) -> None:
        """What it came to: the summary of an end, the question that waits, or how to go on."""
        if state.ended:
            print_sections(self._console, summary(envelopes, processes=processes))
        elif state.question is not None:
            self.question(state, now)
        elif state.paused:
            self.note(f"paused; `interlock resume {state.id}` goes on, nothing is lost")
