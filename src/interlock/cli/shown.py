"""What a command shows of a session: the committed events as JSON lines here, everything else on the screen."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from interlock.cli.failing import harmless
from interlock.core.events import Envelope, encode
from interlock.core.state import State


class Shown(Protocol):
    """A session under somebody's eyes, or ears. Times in unix micro-seconds."""

    @property
    def listener(self) -> Callable[[str, str], None] | None: ...

    def watching(self) -> AbstractContextManager[object]: ...

    def past(self, envelopes: Sequence[Envelope]) -> None: ...

    def saw(self, envelope: Envelope) -> None: ...

    def tick(self, now: int) -> None: ...

    def leave(self) -> None: ...

    def note(self, words: str) -> None: ...

    def read_back(self, lines: Sequence[str]) -> None: ...

    def question(self, state: State, now: int) -> None: ...

    def close(self, envelopes: Sequence[Envelope], state: State, now: int, processes: Sequence[str]) -> None: ...


def shown_as(*, as_json: bool = False, quiet: bool = False, goal: str = "") -> Shown:
    """JSON lines, or a screen in the person's style; what draws it is loaded only for one. Raises ProjectFileError."""
    if as_json:
        return JsonLines()
    from interlock.cli.screen import Screen

    style = _style()
    return Screen(quiet=quiet or style == "quiet", plain=style == "plain", goal=goal)


def _style() -> str:
    """The person's; where nothing was ever set, nothing is loaded to look."""
    from interlock.bootstrap import home
    from interlock.config.settings import FILES

    if not (home() / FILES[0]).exists():
        return "live"
    from interlock.config.preferences import preferences

    return preferences(home()).style


class JsonLines:
    """Standard output holds committed envelopes and nothing else; remarks go to standard error."""

    listener = None

    def watching(self) -> AbstractContextManager[object]:
        """Nothing is drawn."""
        return nullcontext()

    def past(self, envelopes: Sequence[Envelope]) -> None:
        """Nothing is drawn."""

    def saw(self, envelope: Envelope) -> None:
        """One committed event, the same bytes as in the store."""
        sys.stdout.buffer.write(encode(envelope) + b"\n")
        sys.stdout.buffer.flush()

    def tick(self, now: int) -> None:
        """Nothing is drawn."""

    def leave(self) -> None:
        """Nothing was taken."""

    def note(self, words: str) -> None:
        """A remark to the person."""
        sys.stderr.write(f"{harmless(words)}\n")

    def read_back(self, lines: Sequence[str]) -> None:
        """It is an event, too."""

    def question(self, state: State, now: int) -> None:
        """It is an event, too."""

    def close(self, envelopes: Sequence[Envelope], state: State, now: int, processes: Sequence[str]) -> None:
        """The last event says it."""
