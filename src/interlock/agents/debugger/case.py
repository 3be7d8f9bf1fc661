"""One case: a failure that an entry claims, with all that a strategy may look at, and what it may answer."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from interlock.agents.debugger.folder import Folder
from interlock.core.catalog import Match
from interlock.core.plan import Act, Workspace
from interlock.core.release import Interpreter, Release
from interlock.core.remediation import Failure


class Releases(Protocol):
    """What a package index knows. Raises LookupError where it does not answer; an unknown package has no releases."""

    async def releases(self, package: str) -> Sequence[Release]: ...


class Option(Struct, frozen=True, kw_only=True):
    """One way out: `variant` names it to memory, so it holds what makes it different from its neighbours.

    `promise` says what a person asked for would no longer hold.
    """

    variant: str
    act: Act
    why: str
    expects: str = ""
    promise: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """A strategy's options, best evidence first, and what a person should know besides."""

    options: tuple[Option, ...] = ()
    advice: str = ""


def distinct(options: Iterable[Option]) -> tuple[Option, ...]:
    """Each variant once, at its first place."""
    first: dict[str, Option] = {}
    for option in options:
        first.setdefault(option.variant, option)
    return tuple(first.values())


class Case(Struct, frozen=True, kw_only=True):
    """A failure, the entry that claims it, and the surroundings. `modules` maps import names to distributions.

    `pythons` are the interpreters that are present, newest first.
    """

    match: Match
    failure: Failure
    folder: Folder
    workspace: Workspace
    index: Releases
    modules: Mapping[str, str]
    pythons: Sequence[Interpreter] = ()

    @property
    def captures(self) -> Mapping[str, str]:
        """What the entry's pattern captured; `path` is relative to the workspace where it lies inside."""
        inside = self.folder.relative(self.match.captures.get("path", ""))
        return {**self.match.captures, "path": inside} if inside else self.match.captures


Strategy = Callable[[Case], Awaitable[Answer]]
