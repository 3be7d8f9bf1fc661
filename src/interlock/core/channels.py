"""Where people hear of a session, of what, and when not: channels, notices, quiet hours, and when to try again."""

from datetime import datetime, time, timedelta
from typing import Literal, get_args

from msgspec import Struct

Kind = Literal["question", "forecast", "end"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BELL, DESKTOP = "bell", "desktop"


Outcome = Literal["waiting", "delivered", "failed", "void"]


class Notice(Struct, frozen=True, kw_only=True):
    """One event to be told through one channel. Times in unix micro-seconds; `due` None is settled, else when to try.

    `outcome`: waiting, delivered, failed (given up after `tries`), or void (nobody needs to hear it any more).
    """

    event: str
    channel: str
    session: str
    kind: Kind
    at: int
    due: int | None
    tries: int = 0
    outcome: Outcome = "waiting"
    words: str = ""
    changed: int = 0


class QuietHours(Struct, frozen=True, kw_only=True):
    """A daily time, in the machine's own zone, in which nothing is told; it may go over midnight."""

    begin: time
    end: time

    def over(self, now: datetime) -> datetime | None:
        """When the quiet around `now` (local, naive) ends; None when it is not quiet."""
        clock = now.time()
        if self.begin < self.end:
            quiet, tomorrow = self.begin <= clock < self.end, False
        else:
            quiet, tomorrow = clock >= self.begin or clock < self.end, clock >= self.begin
        return datetime.combine(now.date() + timedelta(days=tomorrow), self.end) if quiet else None


def quiet_hours(said: str) -> QuietHours:
    """The hours of "22:00-07:00". Raises ValueError."""
    begin, mark, end = said.replace("–", "-").partition("-")
    try:
        hours = QuietHours(begin=time.fromisoformat(_padded(begin)), end=time.fromisoformat(_padded(end)))
    except ValueError:
        mark = ""
    if not mark or hours.begin == hours.end or hours.begin.tzinfo or hours.end.tzinfo:
        raise ValueError(f"`{said[:40]}` is not a time of day; write it like 22:00-07:00")
    return hours


def kinds(said: str) -> tuple[Kind, ...]:
    """The kinds of "question, end". Raises ValueError."""
    words = {word.strip() for word in said.split(",")}
    if not words <= set(KINDS):
        raise ValueError(f"`{said[:60]}` is not a list of what can be told; there are {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if kind in words)


def masked(address: str) -> str:
    """The address as it may be shown: what follows the scheme can hold a password or a token, host included."""
    scheme, mark, _ = address.partition("://")
    return f"{scheme}://…" if mark else address


RETRIES = (10, 60, 300, 1_800, 7_200, 21_600)


def again_after(tries: int) -> float | None:
    """Seconds until the next try after so many that failed: longer each time; None when it is given up."""
    return RETRIES[tries - 1] if tries <= len(RETRIES) else None


def _padded(said: str) -> str:
    return said.strip() if len(said.strip()) != 4 else f"0{said.strip()}"
