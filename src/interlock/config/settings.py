"""Settings of this user: what sentence and project file leave open, from environment variables, then preferences."""

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from interlock.config import values
from interlock.config.reading import ProjectFileError
from interlock.core import money
from interlock.core.budget import Limits

V = TypeVar("V")
FILES = ("preferences.json", "organisation.json")


class Own(Struct, frozen=True, kw_only=True):
    """What is set in the store for one workspace. `tell` has each channel with what it hears.

    `limits` are fields of Settings that the person prefers, `ceilings` fields of Limits that the organisation bounds.
    """

    limits: Mapping[str, Any] = {}
    ceilings: Mapping[str, Any] = {}
    tell: dict[str, tuple[str, ...]] = {}


class Settings(Struct, frozen=True, kw_only=True):
    """Defaults of this user. Money in micro-dollars, times in seconds; None is not set."""

    ask_line: int = 10 * money.MICROS
    cap: int | None = None
    max_iterations: int = 30
    max_time: float = 3600.0
    max_retries: int = 4
    answer_within: float = 24 * 3600.0

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, preferred: Mapping[str, Any] = MappingProxyType({})
    ) -> "Settings":
        """What `INTERLOCK_ASK_ABOVE` and its like say, and where they say nothing, what the person prefers.

        Raises ProjectFileError, naming the variable.
        """
        env = os.environ if environment is None else environment
        given = {
            field: _read(env, name, understood) for field, (name, understood) in VARIABLES.items() if env.get(name)
        }
        settings = replace(cls(), **{**preferred, **given})
        if settings.cap is not None and settings.ask_line > settings.cap:
            # a cap nearer to the person than the ask line lowers it; the other way round somebody is mistaken
            if "ask_line" in given or ("ask_line" in preferred and "cap" not in given):
                ask = "INTERLOCK_ASK_ABOVE" if "ask_line" in given else "your preferred ask line"
                cap = "INTERLOCK_CAP" if "cap" in given else "your preferred cap"
                above = f"({money.show(settings.ask_line)}) is above {cap} ({money.show(settings.cap)})"
                raise ProjectFileError(f"{ask} {above}; raise the cap")
            return replace(settings, ask_line=settings.cap)
        return settings

    def limits(self, *, ask_line: int | None = None, cap: int | None = None, **given: Any) -> Limits:
        """The limits, as given where they are and as set where they are None; the cap is never below the ask line."""
        ask = ask_line if ask_line is not None else self.ask_line if cap is None else min(self.ask_line, cap)
        most = cap if cap is not None else max(self.cap, ask) if self.cap is not None else 2 * ask
        more = {name: getattr(self, name) if said is None else said for name, said in {**self._rest(), **given}.items()}
        return Limits(ask_line=ask, cap=most, **more)

    def _rest(self) -> dict[str, None]:
        return dict.fromkeys(("max_iterations", "max_time", "max_retries", "answer_within"))


def sources(environment: Mapping[str, str], preferred: Mapping[str, Any]) -> dict[str, str]:
    """Where each setting that is not the default comes from: its variable, or the person's preference."""
    own = dict.fromkeys(preferred, "your preference")
    return own | {field: name for field, (name, _) in VARIABLES.items() if environment.get(name)}


def _count(said: str) -> int:
    if not said.isdecimal() or not 1 <= int(said) <= 10_000:
        raise ValueError(f"`{said[:40]}` is not a count from 1 to 10000")
    return int(said)


VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "ask_line": ("INTERLOCK_ASK_ABOVE", money.usd),
    "cap": ("INTERLOCK_CAP", money.usd),
    "max_iterations": ("INTERLOCK_MAX_ITERATIONS", _count),
    "max_time": ("INTERLOCK_MAX_TIME", values.duration),
    "max_retries": ("INTERLOCK_MAX_RETRIES", _count),
    "answer_within": ("INTERLOCK_ANSWER_WITHIN", values.duration),
}


def _read(environment: Mapping[str, str], name: str, understood: Callable[[str], V]) -> V:
    try:
        return understood(environment[name])
    except ValueError as error:
        raise ProjectFileError(f"{name}: {error}") from error
